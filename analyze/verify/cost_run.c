/* SPDX-License-Identifier: MIT
 *
 * The cost model beside a free run of an untraced list: each operation's
 * modelled instructions and the kernel's.
 *
 * An operation that an interrupt fell into is left out, and one in which
 * reclaim ran.  The run of a list begins anew when it learns something
 * (learn.c), and with it the sheet.
 */
#include "analyze/verify/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyze/verify/oplist_in.h"
#include "traces/format/mmt.h"

static const uint8_t kind_of[OP_NR] = {
	[OP_ALLOC_PAGES] = TRACE_PAGE_ALLOC, [OP_GET_FREE_PAGES] = TRACE_PAGE_ALLOC,
	[OP_GET_ZEROED_PAGE] = TRACE_PAGE_ALLOC, [OP_FREE_PAGES_PAGE] = TRACE_PAGE_FREE,
	[OP_FREE_PAGES] = TRACE_PAGE_FREE, [OP_KMALLOC] = TRACE_KMALLOC,
	[OP_KZALLOC] = TRACE_KMALLOC, [OP_KFREE] = TRACE_KFREE,
	[OP_CACHE_CREATE] = TRACE_CACHE_CREATE, [OP_CACHE_ALLOC] = TRACE_CACHE_ALLOC,
	[OP_CACHE_FREE] = TRACE_CACHE_FREE, [OP_CACHE_DESTROY] = TRACE_CACHE_DESTROY,
	[OP_CACHE_SHRINK] = TRACE_CACHE_SHRINK, [OP_VMALLOC] = TRACE_VMALLOC,
	[OP_VFREE] = TRACE_VFREE, [OP_VMAP] = TRACE_VMAP, [OP_VUNMAP] = TRACE_VUNMAP,
	[OP_IOREMAP] = TRACE_IOREMAP, [OP_IOUNMAP] = TRACE_IOUNMAP, [OP_KMAP] = TRACE_KMAP,
	[OP_KUNMAP] = TRACE_KUNMAP, [OP_KMAP_LOCAL] = TRACE_KMAP_LOCAL,
	[OP_KUNMAP_LOCAL] = TRACE_KUNMAP_LOCAL, [OP_KMAP_ATOMIC] = TRACE_KMAP_ATOMIC,
	[OP_KUNMAP_ATOMIC] = TRACE_KUNMAP_ATOMIC, [OP_UNMAP_ALIASES] = TRACE_UNMAP_ALIASES,
};

int measured_read(struct measured **m, uint32_t nr, const char *dir, struct mm_error *err)
{
	static const char *const cols[] = { "i", "cycles", "rflags" };
	struct csv c;
	char *line;
	size_t len;
	int ret = lines_open(&c.lines, dir, "results.csv", err);

	if (ret)
		return ret;
	*m = calloc(nr ? nr : 1, sizeof(**m));
	ret = *m ? lines_next(c.lines, &line, &len, err) :
		   mm_fail(err, -ENOMEM, "%s: out of memory", dir);
	if (ret > 0)
		ret = csv_header(&c, line, cols, 3, CSV_ALL, err);
	while (!ret && (ret = lines_next(c.lines, &line, &len, err)) > 0) {
		uint32_t i = 0;
		struct measured o = { 0 };

		ret = csv_split(&c, line, err);
		ret = ret ? ret : csv_u32(&c, 0, &i, err);
		ret = ret ? ret : csv_u32(&c, 1, &o.cycles, err);
		ret = ret ? ret : csv_u32(&c, 2, &o.flags, err);
		if (!ret && i >= nr)
			ret = mm_fail(err, -EINVAL, "%s line %u: operation %u of %u",
				      lines_path(c.lines), lines_number(c.lines), i, nr);
		if (!ret)
			(*m)[i] = o;
	}
	lines_close(c.lines);
	return ret;
}

static void features_header(FILE *f)
{
	fputs("operation,traced,pae,kind,path,measured,modelled", f);
	for (unsigned int i = 0; i < COST_NR; i++)
		fprintf(f, ",%s", cost_name(i));
	fputc('\n', f);
}

int cost_begin(struct run *r, struct mm_error *err)
{
	FILE *f = r->opt->features;

	if (!r->opt->cost || r->mode != VERIFY_FREE)
		return 0;
	if (r->list->traced && !f)
		return mm_fail(err, -EINVAL, "%s: its operations were traced, so that their cost is not "
			       "the kernel's own; --cost needs an untraced list (with path.csv)", r->dir);
	if (f && (fflush(f) || ftruncate(fileno(f), 0)))
		return mm_fail(err, -errno, "the file of features cannot be written anew");
	if (f) {
		rewind(f);
		features_header(f);
	}
	cost_sheet_clear(r->res->cost);
	r->cost = cost_new(r->m, NULL, err);
	return r->cost ? measured_read(&r->measured, r->list->nr_op, r->dir, err) : err->code;
}

void cost_end(struct run *r)
{
	cost_free(r->cost);
	free(r->measured);
}

void cost_before(struct run *r)
{
	if (r->cost)
		cost_sync(r->cost);
}

static void features(struct run *r, const struct cost_request *q, const char *path, uint32_t modelled)
{
	uint32_t count[COST_NR];
	FILE *f = r->opt->features;

	cost_counts(r->cost, q, count);
	fprintf(f, "%u,%u,%u,%s,%s,%u,%u", r->op->i, r->list->traced, r->config.pae,
		op_name(r->op->op), path, r->measured[r->op->i].cycles, modelled);
	for (unsigned int i = 0; i < COST_NR; i++)
		fprintf(f, ",%u", count[i]);
	fputc('\n', f);
}

/* Local mappings are told the address, everything else its page. */
static uint32_t value_of(const struct run *r, const struct answer *a)
{
	const struct oracle_op *o = r->op;

	if (o->op >= OP_KMAP_LOCAL && o->op <= OP_KUNMAP_ATOMIC)
		return a->ptr;
	return o->op == OP_KUNMAP || a->pfn == NO_VALUE ? r->slot[o->id].pfn : a->pfn;
}

int cost_after(struct run *r, const struct answer *a)
{
	const struct oracle_op *o = r->op;
	struct cost_request q = { .kind = kind_of[o->op], .order = o->arg, .gfp = o->gfp, .size = o->size };
	char path[COST_PATH_LEN];
	uint32_t modelled;

	if (!r->cost || !q.kind || o->status != ST_OK || a->status != ST_OK || o->reclaim)
		return 0;
	if (r->measured[o->i].flags & (MEASURED_TICK | MEASURED_INTERRUPT)) {
		cost_sheet_left_out(r->res->cost);
		return 0;
	}
	q.address = o->op == OP_GET_FREE_PAGES || o->op == OP_GET_ZEROED_PAGE || o->op == OP_FREE_PAGES;
	q.cache = q.kind == TRACE_CACHE_ALLOC ? r->slot[o->id].cache : 0;
	q.value = value_of(r, a);
	if (q.kind == TRACE_PAGE_ALLOC || q.kind == TRACE_PAGE_FREE)
		q.order = r->slot[o->id].order;
	if (o->op == OP_KZALLOC || o->op == OP_GET_ZEROED_PAGE)
		q.gfp |= MM_GFP_ZERO;
	modelled = cost_of(r->cost, &q);
	cost_path(r->cost, &q, path);
	if (r->opt->features)
		features(r, &q, path, modelled);
	return r->list->traced ? 0 : cost_sheet_add(r->res->cost, path, r->measured[o->i].cycles, modelled);
}
