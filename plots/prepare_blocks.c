/* SPDX-License-Identifier: MIT
 * Pageblocks as rectangles: neighbours of one kind at one moment become one,
 * so that a picture of thousands of blocks stays small. */
#include "plots/prepare.h"

#include <sys/param.h>

#define MIB 1048576.0

static double mib(uint64_t pfn)
{
	return (double)pfn * AN_PAGE / MIB;
}

static void put_moment(FILE *f, const struct an_moment *m, double from, double to)
{
	size_t i, next;

	for (i = 0; i < m->n; i = next) {
		const struct an_block *b = &m->block[i];
		uint64_t end = (uint64_t)b->pfn + b->pages;

		for (next = i + 1; next < m->n && m->block[next].kind == b->kind; next++)
			end = (uint64_t)m->block[next].pfn + m->block[next].pages;
		if (b->kind != AN_BLOCK_FREE)
			fprintf(f, "%.6g %.6g %.6g %.6g %d\n", from, to, mib(b->pfn), mib(end), b->kind);
	}
}

int plots_prepare_blocks(const struct an_run *run, const char *dir, struct mm_error *err)
{
	struct plot_axis a = plot_axis(run);
	const struct an_blocks *b = &run->blocks;
	FILE *f = plots_create(dir, "pageblocks.dat", err);
	double from, to;
	size_t i;

	if (!f)
		return err->code;
	/* A row outside of the picture: gnuplot refuses a file without rows. */
	fputs("from to low high kind\n-2 -1 -2 -1 0\n", f);
	for (i = 0; i < b->nr_moments; i++) {
		from = plot_x_of(run, &a, b->moment[i].time_ns, b->moment[i].op);
		to = i + 1 < b->nr_moments ?
			     plot_x_of(run, &a, b->moment[i + 1].time_ns, b->moment[i + 1].op) : a.max;
		if (to > from)	/* a hair longer: no seam shows between equals */
			put_moment(f, &b->moment[i], from, MIN(to + a.max / 2000, a.max));
	}
	return plots_finish(f, dir, err);
}

void plots_blocks_vars(const struct an_run *run, FILE *f)
{
	uint64_t top = 1;
	int z;

	for (z = 0; z < AN_ZONES; z++) {
		const struct an_zone *zone = &run->zone[z];

		fprintf(f, "BASE_%s = %.6g\n", an_zone_keys[z], mib(z ? zone->start_pfn : 0));
		if (zone->start_pfn + zone->spanned > top)
			top = zone->start_pfn + zone->spanned;
	}
	fprintf(f, "MEMORY_TOP = %.6g\n", mib(top));
}
