/* SPDX-License-Identifier: MIT
 *
 * What a filter lets pass (filter_rules.h).
 */
#include "traces/tools/filter_rules.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/format/kinds.h"

enum family { PAGE = 1, SLAB = 2, VMALLOC = 4, KMAP = 8, USER = 16, ALL = 31 };

static const struct {
	const char *name;
	unsigned int families;
} families[] = {
	{ "page", PAGE }, { "slab", SLAB }, { "vmalloc", VMALLOC }, { "kmap", KMAP },
	{ "user", USER }, { "nokmap", ALL & ~KMAP },
};

const char tool_families[] = "page, slab, vmalloc, kmap, user, nokmap";

/* 0: of no family (drain, idle, mark). */
static unsigned int family_of(unsigned int kind)
{
	if (kind <= TRACE_LRU_ADD)
		return PAGE;
	if (kind <= TRACE_CACHE_FREE_BULK)
		return SLAB;
	if (kind <= TRACE_VM_UNMAP_RAM)
		return VMALLOC;
	if (kind <= TRACE_KUNMAP_ATOMIC)
		return KMAP;
	return kind >= TRACE_MMAP && kind <= TRACE_EXIT ? USER : 0;
}

/* The next word of a comma-separated list: its length, and where the rest begins. */
static size_t word(const char *s, const char **rest)
{
	size_t n = strcspn(s, ",");

	*rest = s[n] ? s + n + 1 : NULL;
	return n;
}

static int add_families(unsigned int *set, const char *list, struct mm_error *err)
{
	const char *rest;
	size_t n, i;

	for (; list; list = rest) {
		n = word(list, &rest);
		for (i = 0; i < sizeof(families) / sizeof(families[0]); i++)
			if (strlen(families[i].name) == n && !memcmp(families[i].name, list, n))
				break;
		if (i == sizeof(families) / sizeof(families[0]))
			return mm_fail(err, -EINVAL, "--family: found '%.*s', expected one of %s", (int)n,
				       list, tool_families);
		*set |= families[i].families;
	}
	return 0;
}

static int set_families(struct filter_rules *f, struct mm_error *err)
{
	unsigned int set = 0, kind;
	size_t i;
	int rc = 0;

	for (i = 0; i < f->opt->nr_families && !rc; i++)
		rc = add_families(&set, f->opt->families[i], err);
	if (!set)
		set = ALL;
	for (kind = 0; kind <= TRACE_KIND_MAX; kind++)
		f->given[kind] = !family_of(kind) || (family_of(kind) & set);
	if (f->opt->invert)
		set = f->others || set == ALL ? ALL : ALL & ~set;
	if (set & (KMAP | VMALLOC))
		set |= PAGE;
	for (kind = 0; kind <= TRACE_KIND_MAX; kind++)
		f->family[kind] = !family_of(kind) || (family_of(kind) & set);
	return rc;
}

static bool makes(unsigned int kind)
{
	return mmt_kinds[kind].slot == SLOT_NEW || mmt_kinds[kind].items == SLOT_NEW;
}

static int add_kinds(struct filter_rules *f, const char *list, struct mm_error *err)
{
	const char *rest;
	unsigned int k;
	size_t n;

	for (; list; list = rest) {
		n = word(list, &rest);
		for (k = 1; k <= TRACE_KIND_MAX; k++)
			if (trace_kind_name(k) && strlen(trace_kind_name(k)) == n &&
			    !memcmp(trace_kind_name(k), list, n))
				break;
		if (k > TRACE_KIND_MAX)
			return mm_fail(err, -EINVAL, "--kind: found '%.*s', which is no kind of operation; "
				       "mmreplay info lists those of a trace", (int)n, list);
		if (!makes(k) && mmt_kinds[k].slot + mmt_kinds[k].items != SLOT_NONE)
			return mm_fail(err, -EINVAL, "--kind: %s goes with what it is done to: name the kind "
				       "that makes that", trace_kind_name(k));
		f->kind[k] = true;
	}
	return 0;
}

int filter_rules_init(struct filter_rules *f, const struct filter_options *opt, struct mm_error *err)
{
	size_t i;
	int rc;

	memset(f, 0, sizeof(*f));
	f->opt = opt;
	if (!opt->nr_tasks && !opt->nr_sites && !opt->nr_kinds && !opt->nr_families)
		return mm_fail(err, -EINVAL, "nothing to filter by: give --task, --site, --kind or --family");
	f->others = opt->nr_sites || opt->nr_tasks || opt->nr_kinds;
	rc = set_families(f, err);
	for (i = 0; i < opt->nr_kinds && !rc; i++)
		rc = add_kinds(f, opt->kinds[i], err);
	return rc;
}

void filter_rules_free(struct filter_rules *f)
{
	free(f->site.v);
	free(f->task.v);
	memset(f, 0, sizeof(*f));
}

/* "copy_process+0x278" by the whole name or by the function alone. */
static bool site_name(const struct filter_options *opt, const char *name)
{
	char function[256];
	size_t i, n = strcspn(name, "+");

	snprintf(function, sizeof(function), "%.*s", n < 255 ? (int)n : 255, name);
	for (i = 0; i < opt->nr_sites; i++)
		if (!fnmatch(opt->sites[i], name, 0) || !fnmatch(opt->sites[i], function, 0))
			return true;
	return false;
}

static bool judge_site(const struct filter_options *opt, const struct mmt_reader *r, uint32_t id)
{
	struct trace_site s = mmt_get_site(r, id);
	uint32_t i;

	if (s.name)
		return site_name(opt, s.name);
	for (i = 0; i < s.nr_frames; i++)
		if (site_name(opt, mmt_get_string(r, s.frames[i])))
			return true;
	return false;
}

static bool judge_task(const struct filter_options *opt, const struct mmt_reader *r, uint32_t id)
{
	struct trace_task t = mmt_get_task(r, id);
	char pid[16];
	size_t i;

	snprintf(pid, sizeof(pid), "%d", t.pid);
	for (i = 0; i < opt->nr_tasks; i++)
		if (!strcmp(opt->tasks[i], pid) || !fnmatch(opt->tasks[i], t.comm, 0))
			return true;
	return false;
}

/* Where the verdict on an id stands; NULL: out of memory. */
static uint8_t *verdict(struct filter_rules *f, struct filter_verdicts *v, uint32_t id)
{
	uint32_t n = v->n ? v->n : 1024;
	uint8_t *p;

	if (id < v->n)
		return &v->v[id];
	while (n <= id && n < 1u << 31)
		n *= 2;
	p = realloc(v->v, n);
	if (!p) {
		f->failed = true;
		return NULL;
	}
	memset(p + v->n, 0, n - v->n);
	v->v = p;
	v->n = n;
	return &p[id];
}

static bool names_match(struct filter_rules *f, const struct mmt_reader *r, const struct trace_op *op)
{
	uint8_t *v;

	if (f->opt->nr_sites) {
		v = op->site < mmt_nr_sites(r) ? verdict(f, &f->site, op->site) : NULL;
		if (v && !*v)
			*v = op->site && judge_site(f->opt, r, op->site) ? 2 : 1;
		if (!v || *v == 1)
			return false;
	}
	if (f->opt->nr_tasks) {
		v = op->task < mmt_nr_tasks(r) ? verdict(f, &f->task, op->task) : NULL;
		if (v && !*v)
			*v = op->task && judge_task(f->opt, r, op->task) ? 2 : 1;
		if (!v || *v == 1)
			return false;
	}
	return !f->opt->nr_kinds || f->kind[op->kind];
}

/* What a trace needs whatever is chosen: its times and phases, and of a family
 * that passes the lives of its caches and address spaces. */
static bool always(uint8_t kind)
{
	return kind == TRACE_MARK || kind == TRACE_IDLE || kind == TRACE_CACHE_CREATE ||
	       kind == TRACE_CACHE_DESTROY || kind == TRACE_EXIT;
}

bool filter_rules_match(struct filter_rules *f, const struct mmt_reader *r, const struct trace_op *op)
{
	if (!f->family[op->kind])
		return false;
	if (always(op->kind) || !f->others)
		return true;
	return (names_match(f, r, op) && f->given[op->kind]) != f->opt->invert;
}
