/* SPDX-License-Identifier: MIT
 * The report's numbers and tables about memory: what came of the requests,
 * blocks, failures, caches, holders. */
#include "plots/report.h"

#include <inttypes.h>
#include <string.h>

#include "analyze/findings.h"
#include "analyze/frag.h"
#include "base/fmt.h"
#include "plots/html.h"
#include "plots/map.h"

enum { TOP_CACHES = 15, TOP_HOLDERS = 15, TOP_FAILURES = 40,
       FAILURE_ROWS = 100000 /* docs/results-format.md */ };
#define MIB 1048576.0

static void number(FILE *f, const char *name, const char *value, const char *small)
{
	fputs("<div><dt>", f);
	html_text(f, name);
	fputs("</dt><dd>", f);
	html_text(f, value);
	if (small && *small) {
		fputs(" <small>", f);
		html_text(f, small);
		fputs("</small>", f);
	}
	fputs("</dd></div>\n", f);
}

static void count(FILE *f, const struct an_run *r, const char *name, const char *key)
{
	char buf[FMT_LEN];

	number(f, name, fmt_grouped(buf, an_run_u64(r, key, 0)), NULL);
}

/* A column's extreme in MiB with its time; unit is the column's, in bytes. */
static void extreme(FILE *f, const struct an_run *r, const char *name, enum tl_column c, bool low,
		    double unit)
{
	size_t at = low ? an_timeline_min(&r->tl, c) : an_timeline_max(&r->tl, c);
	char value[64], when[AN_TIME_LEN], small[80];

	snprintf(value, sizeof(value), "%.1f MiB", (double)r->tl.v[c][at] * unit / MIB);
	snprintf(small, sizeof(small), "at %s", an_when(r, at, when));
	number(f, name, value, small);
}

static void slots(FILE *f, const struct an_run *r)
{
	const struct an_timeline *t = &r->tl;
	size_t at = an_timeline_max(t, TL_pkmap_in_use);
	char value[64], when[AN_TIME_LEN], small[80];

	snprintf(value, sizeof(value), "%" PRIu64 " of %" PRIu64, t->v[TL_pkmap_in_use][at],
		 t->v[TL_pkmap_slots][at]);
	snprintf(small, sizeof(small), "at %s", an_when(r, at, when));
	number(f, "Most pkmap slots in use", value, small);
}

static void speed(FILE *f, const struct an_run *r)
{
	double seconds = json_number_value(an_run_get(r, "seconds"));
	double rate = json_number_value(an_run_get(r, "operations_per_second"));
	char a[FMT_LEN], b[FMT_LEN], small[64];

	if (seconds <= 0)
		return;
	snprintf(small, sizeof(small), "%s operations/s on this host", fmt_count(a, rate));
	number(f, "Replayed in", fmt_seconds(b, seconds), small);
}

void report_numbers(const struct an_run *r, FILE *f)
{
	char name[64];
	int z;

	fputs("<h2 id=\"numbers\">Key numbers</h2>\n<dl class=\"numbers\">\n", f);
	count(f, r, "Operations", "operations");
	count(f, r, "Requests that failed", "failures");
	count(f, r, "Requests that would wait", "would_block");
	for (z = 1; z < AN_ZONES; z++) {
		snprintf(name, sizeof(name), "Least free in %s", an_zone_names[z]);
		if (r->zone[z].exists)
			extreme(f, r, name, tl_free(z), true, AN_PAGE);
	}
	slots(f, r);
	extreme(f, r, "Most vmalloc space used", TL_vmalloc_used, false, 1);
	extreme(f, r, "Largest vmalloc hole, at its least", TL_vmalloc_largest_hole, true, 1);
	extreme(f, r, "Most held by slabs", TL_slab_capacity_bytes, false, 1);
	speed(f, r);
	fputs("</dl>\n", f);
}

/* ---- blocks ---- */

static void block_row(struct html_table *t, const struct an_run *r, int z, int o)
{
	char size[32], when[AN_TIME_LEN];
	uint64_t first[AN_ORDERS];
	struct frag_order fo;

	frag_order(&r->tl, z, o, &fo);
	frag_blocks(&r->tl, z, 0, first);
	html_cell(t, "%d", o);
	html_cell(t, "%s", map_size(size, UINT64_C(4096) << o));
	html_count(t, frag_available(first, o));
	html_count(t, fo.least_available);
	html_cell(t, "%s", an_when(r, fo.least_at, when));
	html_count(t, fo.last_available);
	html_cell(t, "%.3f", fo.first / 1000.0);
	html_cell(t, "%.3f", fo.worst / 1000.0);
	html_cell(t, "%.3f", fo.last / 1000.0);
	html_cell(t, "%s", fo.gone ? an_when(r, fo.gone_at, when) : "never");
}

void report_blocks(const struct an_run *r, FILE *f)
{
	struct html_table t;
	int z, o;

	fputs("<h2 id=\"blocks\">Large blocks: what could still be allocated</h2>\n"
	      "<p>How many blocks of each order could be cut from the free lists, and the unusable free space index "
	      "(0: all free memory serves that order; 1: none does). An order that was gone once would have failed "
	      "there, or have sent the task into compaction.</p>\n", f);
	for (z = AN_ZONES - 1; z >= 0; z--) {
		if (!r->zone[z].exists)
			continue;
		fprintf(f, "<h3>%s</h3>\n", an_zone_names[z]);
		html_table_begin(&t, f, ">order|>size|>blocks at first|>least|>when|>at the end|>index at first|>worst|>at the end|>first gone");
		for (o = 0; o < AN_ORDERS; o++)
			block_row(&t, r, z, o);
		html_table_end(&t);
	}
}

/* ---- failures ---- */

static void failure_row(struct html_table *t, const struct an_run *r, const struct an_failure_group *g)
{
	double first = ((double)g->first_ns - (double)r->tl.v[TL_time_ns][0]) / 1e9;

	html_count(t, g->count);
	html_cell(t, "%s", g->kind);
	html_cell(t, "%s", g->outcome);
	html_cell(t, "%s", g->cause);
	html_cell(t, "%s", g->zone);
	html_cell(t, "%s", g->order);
	html_cell(t, "%s", g->size);
	html_cell(t, "%.2f s", first);
	html_cell(t, "%s%s%s", g->comm, *g->site ? " at " : "", g->site);
	html_cell(t, "%s", g->free_pages ? g->free_pages : "");
	html_cell(t, "%s", g->mark ? g->mark : "");
	html_cell(t, "%s", g->largest ? g->largest : "");
}

void report_failures(const struct an_run *r, FILE *f)
{
	const struct an_failures *x = &r->failures;
	struct html_table t;
	size_t i;

	fputs("<h2 id=\"failures\">Failures</h2>\n", f);
	if (!x->nr_groups) {
		fputs(x->csv ? "<p>No request ended in anything but success.</p>\n"
			     : "<p>The run has no failures.csv.</p>\n", f);
		return;
	}
	fputs("<p>Requests that did not end in ok, put together by what they have in common; the right half tells of "
	      "the first of each. <i>fragmented</i>: enough free pages, no block of the order. <i>watermark</i>: too few "
	      "free pages above the mark. <i>would_block</i>: the kernel would let the task sleep. Free, mark and "
	      "largest order are of the zone, in pages.</p>\n", f);
	if (an_csv_rows(x->csv) == FAILURE_ROWS)
		fprintf(f, "<p>failures.csv is full: these are the first %d of such requests.</p>\n", FAILURE_ROWS);
	html_table_begin(&t, f, ">count|kind|outcome|cause|zone|>order|>bytes|>first at|by|>free|>mark|>largest order");
	for (i = 0; i < x->nr_groups && i < TOP_FAILURES; i++)
		failure_row(&t, r, &x->group[i]);
	html_table_end(&t);
	if (x->nr_groups > TOP_FAILURES)
		fprintf(f, "<p class=\"soft\">%zu more groups are in failures.csv.</p>\n", x->nr_groups - TOP_FAILURES);
}

/* ---- slab caches ---- */

void report_slab(const struct an_run *r, FILE *f)
{
	const struct an_slabinfo *s = &r->slab;
	struct html_table t;
	size_t i;

	if (!s->n)
		return;
	fputs("<h2 id=\"slab\">Slab caches at the end</h2>\n<p>", f);
	html_printf(f, "%zu caches hold %.1f MiB; %.1f MiB of it (%.0f %%) are not in an object. The %d that lose most; lost = memory of its slabs less its objects in use.",
		    s->n, (double)s->bytes / MIB, (double)s->lost / MIB,
		    s->bytes ? 100.0 * (double)s->lost / (double)s->bytes : 0.0, TOP_CACHES);
	fputs("</p>\n", f);
	html_table_begin(&t, f, "cache|>object bytes|>in use|>room for|>slabs|>pages a slab|>KiB held|>KiB lost|>lost");
	for (i = 0; i < s->n && i < TOP_CACHES; i++) {
		const struct an_slab_cache *c = &s->cache[i];

		html_cell(&t, "%s", c->name);
		html_cell(&t, "%" PRIu64, c->size);
		html_count(&t, c->active);
		html_count(&t, c->objects);
		html_count(&t, c->slabs);
		html_cell(&t, "%" PRIu64, c->pages_per_slab);
		html_count(&t, c->bytes / 1024);
		html_cell(&t, "%.1f", (double)c->lost / 1024);
		html_cell(&t, "%.0f %%", c->bytes ? 100.0 * (double)c->lost / (double)c->bytes : 0.0);
	}
	html_table_end(&t);
}

/* ---- blame ---- */

void report_blame(const struct an_run *r, FILE *f)
{
	const struct an_blame *b = &r->blame;
	struct html_table t;
	size_t i;

	if (!b->nr_rows)
		return;
	fputs("<h2 id=\"blame\">Who holds memory at the end</h2>\n<p>", f);
	html_printf(f, "%.1f MiB are still held by requests of this trace. A pinned pageblock (4 MiB, with PAE 2 MiB) would be entirely free without these pages; tasks of one name are put together, so their sum is a lower bound.",
		    (double)b->pages * AN_PAGE / MIB);
	fputs("</p>\n", f);
	html_table_begin(&t, f, "process|>tasks|>pages|>MiB|>pageblocks pinned|>order|call site|gfp");
	for (i = 0; i < b->nr_rows && i < TOP_HOLDERS; i++) {
		const struct an_blame_row *row = &b->row[i];
		bool named = *row->comm && strcmp(row->comm, "<...>");

		html_cell(&t, "%s", named ? row->comm : "(not named)");
		html_count(&t, row->tasks);
		html_count(&t, row->pages);
		html_cell(&t, "%.2f", (double)row->pages * AN_PAGE / MIB);
		html_count(&t, row->pinned);
		html_cell(&t, "%s", row->order);
		html_cell(&t, "%s", row->site);
		html_flags(&t, row->gfp_names);
	}
	html_table_end(&t);
}
