/* SPDX-License-Identifier: MIT
 *
 * perf.data: does it hold what an import needs?  What is missing is named.
 */
#include "traces/import/perf_file.h"

#include <errno.h>

/* What an event of a role must tell: one of each line's fields. */
static const struct {
	uint8_t role;
	uint8_t field, or_field;
} needs[] = {
	{ ROLE_PAGE_ALLOC, F_PFN, F_PAGE }, { ROLE_PAGE_ALLOC, F_ORDER, F_ORDER },
	{ ROLE_PAGE_ALLOC, F_GFP, F_GFP }, { ROLE_PAGE_FREE, F_PFN, F_PAGE },
	{ ROLE_PAGE_FREE, F_ORDER, F_ORDER }, { ROLE_KMALLOC, F_PTR, F_PTR },
	{ ROLE_KMALLOC, F_SIZE, F_SIZE }, { ROLE_KFREE, F_PTR, F_PTR },
	{ ROLE_CACHE_ALLOC, F_PTR, F_PTR }, { ROLE_CACHE_ALLOC, F_SIZE, F_SIZE },
	{ ROLE_CACHE_FREE, F_PTR, F_PTR }, { ROLE_AREA, F_SIZE, F_SIZE },
	{ ROLE_AREA_FREE, F_START, F_START },
};

static bool has_field(const struct dat_kind *k, unsigned int field)
{
	unsigned int i;

	for (i = 0; i < k->nr_fields; i++)
		if (k->fields[i].field == field)
			return true;
	return false;
}

/* The name that the event of this role should have for the field. */
static const char *field_name(enum import_role role, unsigned int field)
{
	const struct import_bind *b = roles_default(role);
	unsigned int i;

	for (i = 0; i < BIND_FIELDS && b->f[i].name; i++)
		if (b->f[i].field == (int)field)
			return b->f[i].name;
	return "?";
}

static int check_kind(const struct perf_file *f, const struct perf_attr *a, struct mm_error *err)
{
	const struct dat_kind *k = a->kind;
	const char *group = k->format->group;
	size_t i;

	if (!(a->sample_type & PERF_SAMPLE_RAW))
		return mm_fail(err, -EINVAL, "%s: the event %s:%s was recorded without its fields (PERF_SAMPLE_RAW); record it with perf record -R",
			       f->in->path, group, k->name);
	if (!a->time)
		return mm_fail(err, -EINVAL, "%s: the event %s:%s was recorded without its time (PERF_SAMPLE_TIME); record it with perf record -T",
			       f->in->path, group, k->name);
	for (i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		if (needs[i].role != k->role || has_field(k, needs[i].field) ||
		    has_field(k, needs[i].or_field))
			continue;
		return mm_fail(err, -EINVAL, "%s: the event %s:%s has no field '%s', which an import needs",
			       f->in->path, group, k->name, field_name(k->role, needs[i].field));
	}
	return 0;
}

int perf_check(struct perf_file *f, struct dat_kinds *k, struct mm_error *err)
{
	struct perf_attr *a;
	uint32_t i, found = 0, tracepoints = 0;
	int e = 0;

	for (i = 0; !e && i < f->nr_attrs; i++) {
		a = &f->attrs[i];
		if (a->type != PERF_TYPE_TRACEPOINT)
			continue;
		tracepoints++;
		a->kind = a->config < DAT_MAX_ID ? dat_kind(k, a->config) : NULL;
		if (!a->kind || a->kind->role <= ROLE_INFO)
			continue;
		found++;
		e = check_kind(f, a, err);
	}
	if (e || found)
		return e;
	return mm_fail(err, -EINVAL, "%s: of %u events recorded (%u of them tracepoints) none is one of memory; kmem:mm_page_alloc, kmem:mm_page_free, kmem:kmalloc, kmem:kfree, kmem:kmem_cache_alloc and kmem:kmem_cache_free are missing: record with perf record -e 'kmem:*' -e 'vmalloc:*'",
		       f->in->path, f->nr_attrs, tracepoints);
}

const char *perf_missing_free(const struct perf_file *f)
{
	static const struct { uint8_t alloc, free; const char *name; } pairs[] = {
		{ ROLE_PAGE_ALLOC, ROLE_PAGE_FREE, "kmem:mm_page_free" },
		{ ROLE_KMALLOC, ROLE_KFREE, "kmem:kfree" },
		{ ROLE_CACHE_ALLOC, ROLE_CACHE_FREE, "kmem:kmem_cache_free" },
	};
	bool there[IMPORT_NR_ROLES] = { false };
	uint32_t i;

	for (i = 0; i < f->nr_attrs; i++)
		if (f->attrs[i].kind)
			there[f->attrs[i].kind->role] = true;
	for (i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (there[pairs[i].alloc] && !there[pairs[i].free])
			return pairs[i].name;
	return NULL;
}
