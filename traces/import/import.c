/* SPDX-License-Identifier: MIT
 *
 * An import from end to end: open, first pass, second pass, metadata, finish.
 */
#include "traces/import/import.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "traces/import/input.h"
#include "traces/import/run.h"

/* kmap slots lie above this unless a probe tells FIXADDR_TOP: the last 8 MB,
 * which leaves out pkmap of every layout (reference for i386 6.1). */
#define FIXMAP_DEFAULT 0xff800000ull
#define PAGE_OFFSET_DEFAULT 0xc0000000ull
#define PAGE_OFFSET_64 0xffff888000000000ull	/* without KASLR, 4-level page tables */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

/* Look at what the caller gave before the input is opened. */
static int check_options(struct import_roles *roles, const struct import_options *opt,
		      struct mm_error *err)
{
	size_t i;
	int e = 0;

	for (i = 0; i < opt->nr_meta; i++)
		if (!strchr(opt->meta[i], '=') || opt->meta[i][0] == '=')
			return mm_fail(err, -EINVAL, "'%s': expected KEY=VALUE", opt->meta[i]);
	for (i = 0; !e && i < opt->nr_probes; i++)
		e = roles_add(roles, opt->probes[i], err);
	if (!e && opt->probe_file)
		e = roles_load(roles, opt->probe_file, err);
	return e;
}

/* The numbering of gfp flags: as asked, as the recording spells it out, by the
 * recorded kernel's version, or that of 6.1. */
static int choose_gfp(struct import_run *r)
{
	const struct import_about *a = &r->src->about;
	unsigned int major, minor;
	const char *v;
	char version[32];

	if (r->opt->gfp_version)
		return gfp_map_version(&r->gfp, r->opt->gfp_version, r->err);
	if (a->gfp_table && !gfp_map_format(&r->gfp, a->gfp_table, a->gfp_table_len))
		return 0;
	for (v = a->kernel; v && *v; v++) {
		if (sscanf(v, "%u.%u.", &major, &minor) != 2 || major < 2)
			continue;
		snprintf(version, sizeof(version), "%u.%u", major, minor);
		if (!gfp_map_version(&r->gfp, version, NULL))
			return 0;
	}
	return gfp_map_version(&r->gfp, NULL, r->err);
}

/* PAGE_OFFSET from where the kernel is linked: 16 MB above it on i386 unless it
 * was moved, so the split is the 128 MB step below. */
static int find_page_offset(struct import_run *r)
{
	uint64_t text, *base = &r->layout.page_offset;
	int e = 0;

	*base = r->opt->page_offset;
	if (*base)
		return 0;
	text = r->src->ops->address(r->src, "_text");
	if (!text)
		text = r->src->ops->address(r->src, "_stext");
	if (text && !(text >> 32))
		*base = text >= 0xc0000000 ? 0xc0000000 : text >= 0xb0000000 ? 0xb0000000
		      : text >= 0x80000000 ? 0x80000000 : text >= 0x78000000 ? 0x78000000 : 0x40000000;
	else if (r->src->about.long_size == 8)
		e = import_direct_map(r, base);
	if (!*base)
		*base = r->src->about.long_size == 8 ? PAGE_OFFSET_64 : PAGE_OFFSET_DEFAULT;
	return e;
}

/* The first pass needs no events that only inform or that look nowhere ahead. */
static void skip_in_scan(struct import_source *src)
{
	static const uint8_t roles[] = {
		ROLE_UNKNOWN, ROLE_INFO, ROLE_PAGE_FREE_BATCHED, ROLE_PAGE_INTERNAL, ROLE_LRU_ADD,
		ROLE_STACK, ROLE_MARK, ROLE_VM_INTERNAL, ROLE_KUNMAP_LOCAL, ROLE_DRAIN,
	};
	size_t i;

	for (i = 0; i < sizeof(roles); i++)
		src->skip[roles[i] >> 6] |= 1ull << (roles[i] & 63);
}

static int add_named(struct import_named_list *l, const char *name, uint64_t count)
{
	struct import_named *grown;
	size_t i;

	for (i = 0; i < l->n; i++) {
		if (!strcmp(l->v[i].name, name)) {
			l->v[i].count += count;
			return 0;
		}
	}
	grown = realloc(l->v, (l->n + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	l->v = grown;
	l->v[l->n].name = strdup(name);
	if (!l->v[l->n].name)
		return -ENOMEM;
	l->v[l->n++].count = count;
	return 0;
}

static int count_kinds(struct import_run *r)
{
	enum import_role role;
	const char *name;
	uint64_t count;
	uint32_t i;
	int e = 0;

	for (i = 0; !e && (name = r->src->ops->kind(r->src, i, &count, &role)); i++) {
		r->sum->events += count;
		if (!count)
			continue;
		if (role == ROLE_UNKNOWN)
			e = add_named(&r->sum->unknown, name, count);
		else if (role == ROLE_INFO || role == ROLE_RECLAIM_BEGIN || role == ROLE_RECLAIM_END)
			e = add_named(&r->sum->informational, name, count);
		if (role == ROLE_STACK)
			r->has_stacks = true;
	}
	return e ? mm_fail(r->err, e, "out of memory") : 0;
}

static bool anything_to_import(const struct import_run *r)
{
	enum import_role role;
	uint64_t count;
	uint32_t i;

	for (i = 0; r->src->ops->kind(r->src, i, &count, &role); i++)
		if (count && role > ROLE_INFO && role != ROLE_MARK && role != ROLE_STACK)
			return true;
	return false;
}

static int first_pass(struct import_run *r, const char *path)
{
	enum import_role role;
	uint64_t count;
	uint32_t i;
	int e;

	e = find_page_offset(r);
	if (e)
		return e;
	r->layout.mem_map = r->opt->mem_map;
	r->layout.struct_page = r->opt->struct_page;
	r->layout.fixmap = FIXMAP_DEFAULT;
	skip_in_scan(r->src);
	e = import_scan(r);
	if (e)
		return e;
	if (!anything_to_import(r))
		return mm_fail(r->err, -EINVAL, "%s: a recording (%s), but it holds no memory event (kmem:mm_page_alloc, kmem:kmalloc, ...) to import",
			       path, r->src->about.format);
	for (i = 0; r->src->ops->kind(r->src, i, &count, &role); i++)
		r->out.keep |= count && role == ROLE_STACK;
	memset(r->src->skip, 0, sizeof(r->src->skip));
	r->src->skip[0] = 1ull << ROLE_UNKNOWN | 1ull << ROLE_INFO;
	epochs_second_pass(&r->epochs);
	return r->src->ops->rewind(r->src, r->err);
}

static void meta_number(struct mmt_writer *w, const char *key, uint64_t v)
{
	char text[32];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)v);
	mmt_meta(w, key, text);
}

static void user_meta(struct mmt_writer *w, const char *pair)
{
	const char *eq = strchr(pair, '=');
	char *key = eq ? strndup(pair, eq - pair) : NULL;

	if (key)
		mmt_meta(w, key, eq + 1);
	free(key);
}

static void write_meta(struct import_run *r, const char *path)
{
	const struct import_about *a = &r->src->about;
	const char *base = strrchr(path, '/');
	struct mmt_writer *w = r->out.w;
	char *json, hex[32];
	size_t i;

	mmt_meta(w, "source.file", base ? base + 1 : path);
	mmt_meta(w, "source.format", a->format);
	if (a->kernel)
		mmt_meta(w, "kernel", a->kernel);
	if (a->tool)
		mmt_meta(w, "source.tool", a->tool);
	if (a->clock)
		mmt_meta(w, "source.clock", a->clock);
	if (a->cpus)
		meta_number(w, "cpus", a->cpus);
	snprintf(hex, sizeof(hex), "0x%llx", (unsigned long long)r->layout.page_offset);
	mmt_meta(w, "page_offset", hex);
	meta_number(w, "source.start_ns", r->out.start);
	meta_number(w, "source.events", r->sum->events);
	meta_number(w, "lost_events", r->sum->lost_events);
	json = import_counts_json(r->sum);
	if (json)
		mmt_meta(w, "import", json);
	free(json);
	for (i = 0; i < r->opt->nr_meta; i++)
		user_meta(w, r->opt->meta[i]);
}

static int second_pass(struct import_run *r, const char *path, const char *out)
{
	struct mmt_writer *w;
	bool keep;
	int e;

	w = mmt_create(out, &r->opt->write, r->err);
	if (!w)
		return r->err->code;
	keep = r->out.keep;
	e = emit_init(&r->out, w, r->err);
	r->out.keep = keep;
	if (!e && pfn_table_init(&r->pages, sizeof(struct page)))
		e = mm_fail(r->err, -ENOMEM, "out of memory");
	if (!e)
		e = import_build(r);
	if (!e)
		e = count_kinds(r);
	emit_free(&r->out); /* ends the thread */
	if (e) {
		mmt_abort(w);
		return e;
	}
	r->sum->lost_events = r->src->lost;
	r->sum->lost_places = r->src->lost_places;
	r->sum->bad_lines = r->src->bad_lines;
	snprintf(r->sum->note, sizeof(r->sum->note), "%s", r->src->note);
	write_meta(r, path);
	return mmt_finish(w, &r->sum->totals, r->err);
}

static void run_free(struct import_run *r)
{
	int i;

	if (r->src)
		r->src->ops->close(r->src);
	for (i = 0; r->anon && i < NAMES_MAX; i++)
		free(r->anon[i]);
	free(r->anon);
	free(r->nr_anon);
	epochs_free(&r->epochs);
	cache_names_free(&r->names);
	free(r->zeroing.v);
	free(r->is_vmalloc.v);
	free(r->sites);
	import_tasks_free(&r->tasks);
	emit_free(&r->out);
	trace_slots_free(&r->slots);
	pfn_table_free(&r->pages);
	addr_clear(&r->objects);
	addr_clear(&r->site_ids);
	addr_clear(&r->frame_ids);
	addr_clear(&r->stack_ids);
	free(r->stacks);
	free(r->stack_frames);
	addr_clear(&r->parts);
	free(r);
}

static int run_import(const char *path, const char *out, const struct import_input *in,
		      const struct import_roles *roles, const struct import_options *opt,
		      struct import_summary *sum, struct mm_error *err)
{
	struct import_run *r = calloc(1, sizeof(*r));
	int e;

	if (!r)
		return mm_fail(err, -ENOMEM, "out of memory");
	r->opt = opt;
	r->sum = sum;
	r->err = err;
	r->input_size = in->size;
	cache_names_init(&r->names);
	r->src = import_input_source(in, opt->format, roles, err);
	e = r->src ? 0 : err->code;
	if (!e && epochs_init(&r->epochs))
		e = mm_fail(err, -ENOMEM, "out of memory");
	if (!e)
		e = choose_gfp(r);
	if (!e) {
		snprintf(sum->format, sizeof(sum->format), "%s", r->src->about.format);
		snprintf(sum->kernel, sizeof(sum->kernel), "%s", r->src->about.kernel ?: "");
		snprintf(sum->gfp_from, sizeof(sum->gfp_from), "%s", r->gfp.from);
		e = first_pass(r, in->path);
	}
	if (!e)
		e = second_pass(r, path, out);
	run_free(r);
	return e;
}

int import_run(const char *path, const char *out, const struct import_options *opt,
	       struct import_summary *sum, struct mm_error *err)
{
	struct import_roles roles = { 0 };
	struct import_input in;
	double begin = now();
	int e;

	memset(sum, 0, sizeof(*sum));
	e = check_options(&roles, opt, err);
	if (!e) {
		e = import_input_open(&in, path, err);
		in.kallsyms = opt->kallsyms;
		in.events = opt->events;
		if (!e) {
			e = run_import(path, out, &in, &roles, opt, sum, err);
			import_input_close(&in);
		}
	}
	roles_free(&roles);
	sum->seconds = now() - begin;
	return e;
}
