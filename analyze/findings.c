/* SPDX-License-Identifier: MIT
 * Sentences about a run, one function a chart.  Numbers are written with the
 * unit that a reader thinks in: MiB of memory, seconds of the trace. */
#include "analyze/findings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analyze/frag.h"
#include "base/fmt.h"

#define MIB 1048576.0

static double mib_of_pages(uint64_t pages)
{
	return (double)pages * AN_PAGE / MIB;
}

static double share(uint64_t part, uint64_t whole)
{
	return whole ? 100.0 * (double)part / (double)whole : 0;
}

const char *an_when_ns(const struct an_run *r, uint64_t time_ns, uint64_t op, char buf[AN_TIME_LEN])
{
	const struct an_timeline *t = &r->tl;
	double seconds = ((double)time_ns - (double)t->v[TL_time_ns][0]) / 1e9;

	if (an_timeline_ns(t, t->n - 1) == 0)
		snprintf(buf, AN_TIME_LEN, "operation %" PRIu64, op);
	else if (an_timeline_ns(t, t->n - 1) < UINT64_C(2000000000))
		snprintf(buf, AN_TIME_LEN, "%.1f ms", seconds * 1e3);
	else
		snprintf(buf, AN_TIME_LEN, "%.1f s", seconds);
	return buf;
}

const char *an_when(const struct an_run *r, size_t i, char buf[AN_TIME_LEN])
{
	return an_when_ns(r, r->tl.v[TL_time_ns][i], r->tl.v[TL_op][i], buf);
}

/* ---- free memory ---- */

static void say_zone_free(const struct an_run *r, int z, FILE *out)
{
	const struct an_timeline *t = &r->tl;
	const uint64_t *pages = t->v[tl_free(z)];
	const struct an_zone *zone = &r->zone[z];
	size_t low = an_timeline_min(t, tl_free(z));
	char when[AN_TIME_LEN];

	fprintf(out, "%s begins with %.1f MiB free and ends with %.1f MiB; it has least at %s, %.1f MiB",
		an_zone_names[z], mib_of_pages(pages[0]), mib_of_pages(pages[t->n - 1]),
		an_when(r, low, when), mib_of_pages(pages[low]));
	if (!zone->marks_known)
		fputs(". ", out);
	else if (pages[low] < zone->min)
		fprintf(out, ", which is below its min watermark of %.1f MiB. ", mib_of_pages(zone->min));
	else if (pages[low] < zone->low)
		fprintf(out, ", which is below its low watermark of %.1f MiB: kswapd is woken. ",
			mib_of_pages(zone->low));
	else
		fprintf(out, ", above its low watermark of %.1f MiB. ", mib_of_pages(zone->low));
}

void an_say_free(const struct an_run *r, FILE *out)
{
	int z;

	for (z = AN_ZONES - 1; z >= 0; z--)
		if (r->zone[z].exists && z != 0)
			say_zone_free(r, z, out);
}

/* ---- fragmentation ---- */

/* The lowest order of which some sample has no block; AN_ORDERS if none. */
static int lowest_gone(const struct an_run *r, int z, struct frag_order *f)
{
	int o;

	for (o = 0; o < AN_ORDERS; o++) {
		frag_order(&r->tl, z, o, f);
		if (f->gone)
			break;
	}
	return o;
}

static void say_zone_unusable(const struct an_run *r, int z, FILE *out)
{
	struct frag_order f, top;
	int gone = lowest_gone(r, z, &f);
	char when[AN_TIME_LEN];

	if (gone < AN_ORDERS)
		fprintf(out, "%s has no free block of order %d (%" PRIu64 " KiB) or above in %zu of %zu samples, the first at %s. ",
			an_zone_names[z], gone, UINT64_C(4) << gone, f.gone_samples, r->tl.n,
			an_when(r, f.gone_at, when));
	frag_order(&r->tl, z, AN_ORDERS - 1, &top);
	fprintf(out, "%s: the index of order 10 goes from %.3f to %.3f, worst %.3f at %s", an_zone_names[z],
		top.first / 1000.0, top.last / 1000.0, top.worst / 1000.0,
		an_when(r, top.worst_at, when));
	if (gone == AN_ORDERS)
		fprintf(out, "; at least %" PRIu64 " blocks of 4 MiB are always free", top.least_available);
	fputs(". ", out);
}

void an_say_unusable(const struct an_run *r, FILE *out)
{
	int z;

	for (z = AN_ZONES - 1; z >= 0; z--)
		if (r->zone[z].exists && z != 0)
			say_zone_unusable(r, z, out);
}

/* ---- pageblocks ---- */

void an_say_pageblocks(const struct an_run *r, FILE *out)
{
	const struct an_blocks *b = &r->blocks;
	const struct an_moment *first, *last, *most;
	char when[AN_TIME_LEN];
	size_t i;

	if (!b->nr_moments) {
		fputs("The run has no pageblock states.", out);
		return;
	}
	first = most = &b->moment[0];
	last = &b->moment[b->nr_moments - 1];
	for (i = 1; i < b->nr_moments; i++)
		if (an_blocks_count(&b->moment[i], AN_BLOCK_MIXED) > an_blocks_count(most, AN_BLOCK_MIXED))
			most = &b->moment[i];
	fprintf(out, "Of %zu pageblocks %zu are entirely free at the start and %zu at the end. ", last->n,
		an_blocks_count(first, AN_BLOCK_FREE), an_blocks_count(last, AN_BLOCK_FREE));
	fprintf(out, "At the end %zu hold only movable pages, %zu hold movable pages among others that stay, and %zu only such that stay. ",
		an_blocks_count(last, AN_BLOCK_MOVABLE), an_blocks_count(last, AN_BLOCK_MIXED),
		an_blocks_count(last, AN_BLOCK_UNMOVABLE));
	fprintf(out, "Mixed blocks are most at %s: %zu, %zu of them in Normal.",
		an_when_ns(r, most->time_ns, most->op, when), an_blocks_count(most, AN_BLOCK_MIXED),
		most->count[1][AN_BLOCK_MIXED]);
}

/* ---- address space ---- */

void an_say_kmap(const struct an_run *r, FILE *out)
{
	const struct an_timeline *t = &r->tl;
	size_t top = an_timeline_max(t, TL_pkmap_in_use), stale = an_timeline_max(t, TL_pkmap_stale);
	size_t local = an_timeline_max(t, TL_kmap_local_in_use);
	uint64_t slots = t->v[TL_pkmap_slots][top];
	char when[AN_TIME_LEN];

	if (!t->v[TL_pkmap_in_use][top] && !t->v[TL_pkmap_stale][stale]) {
		fprintf(out, "No sample has a pkmap slot in use: this load does not call kmap(). ");
	} else {
		fprintf(out, "At most %" PRIu64 " of %" PRIu64 " pkmap slots are in use (%.0f %%), at %s; ",
			t->v[TL_pkmap_in_use][top], slots, share(t->v[TL_pkmap_in_use][top], slots),
			an_when(r, top, when));
		fprintf(out, "up to %" PRIu64 " wait for the flush. ", t->v[TL_pkmap_stale][stale]);
	}
	if (t->v[TL_kmap_local_in_use][local])
		fprintf(out, "At most %" PRIu64 " kmap_local mappings are open at a sample, of 15 that a task may nest.",
			t->v[TL_kmap_local_in_use][local]);
	else
		fputs("No sample falls into a kmap_local mapping: they live for microseconds.", out);
}

void an_say_vmalloc(const struct an_run *r, FILE *out)
{
	const struct an_timeline *t = &r->tl;
	size_t top = an_timeline_max(t, TL_vmalloc_used), hole = an_timeline_min(t, TL_vmalloc_largest_hole);
	size_t lazy = an_timeline_max(t, TL_vmalloc_lazy);
	uint64_t total = t->v[TL_vmalloc_total][top];
	char when[AN_TIME_LEN];

	fprintf(out, "At most %.1f of %.1f MiB are used (%.0f %%), at %s, in %" PRIu64 " areas. ",
		(double)t->v[TL_vmalloc_used][top] / MIB, (double)total / MIB,
		share(t->v[TL_vmalloc_used][top], total), an_when(r, top, when),
		t->v[TL_vmalloc_areas][top]);
	if (t->v[TL_vmalloc_lazy][lazy])
		fprintf(out, "Lazily freed areas hold back at most %.1f MiB, at %s. ",
			(double)t->v[TL_vmalloc_lazy][lazy] / MIB, an_when(r, lazy, when));
	fprintf(out, "The largest hole is smallest at %s, with %.1f MiB: a larger vmalloc would have needed a purge there, or failed.",
		an_when(r, hole, when), (double)t->v[TL_vmalloc_largest_hole][hole] / MIB);
}

static uint64_t above(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

void an_say_slab(const struct an_run *r, FILE *out)
{
	const struct an_timeline *t = &r->tl;
	size_t top = an_timeline_max(t, TL_slab_capacity_bytes), end = t->n - 1;
	uint64_t held = t->v[TL_slab_capacity_bytes][end];
	uint64_t lost = above(held, t->v[TL_slab_live_bytes][end]);
	uint64_t waste = above(t->v[TL_slab_live_bytes][end], t->v[TL_slab_requested_bytes][end]);
	char when[AN_TIME_LEN];

	fprintf(out, "Slabs hold at most %.1f MiB, at %s. ",
		(double)t->v[TL_slab_capacity_bytes][top] / MIB, an_when(r, top, when));
	fprintf(out, "At the end they hold %.1f MiB, of which %.1f MiB (%.0f %%) are lost to free room in partly used slabs and %.1f MiB (%.0f %%) to rounding inside objects.",
		(double)held / MIB, (double)lost / MIB, share(lost, held), (double)waste / MIB,
		share(waste, held));
}
