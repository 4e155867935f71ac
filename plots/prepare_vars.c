/* SPDX-License-Identifier: MIT
 * vars.gp: what the scripts know of a run besides its samples. */
#include "plots/prepare.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/param.h>

#define MIB 1048576.0

enum { MAX_MARKS = 24 };

/* Shares of the axis: phase lines, and their names, need this much room. */
#define LINE_ROOM 0.008
#define NAME_ROOM 0.2

/* gnuplot's single-quoted string: only the quote itself needs doubling.
 * Control characters become spaces. */
void plots_quoted(FILE *f, const char *s)
{
	fputc('\'', f);
	for (; *s; s++) {
		if (*s == '\'')
			fputc('\'', f);
		fputc((unsigned char)*s < ' ' ? ' ' : *s, f);
	}
	fputc('\'', f);
}

/* Lines nearer than LINE_ROOM to the one before are left out, names nearer than
 * NAME_ROOM are empty. */
void plots_marks(FILE *f, const struct plot_mark *mark, size_t nr, double max)
{
	double line = -max, named = -max;
	size_t i, n = 0;

	fprintf(f, "array MARK_X[%d]\narray MARK_NAME[%d]\n", MAX_MARKS, MAX_MARKS);
	for (i = 0; i < nr && n < MAX_MARKS; i++) {
		double x = mark[i].x;

		if (x < 0 || x > max || x - line < LINE_ROOM * max)
			continue;
		line = x;
		fprintf(f, "MARK_X[%zu] = %.6g\nMARK_NAME[%zu] = ", n + 1, x, n + 1);
		plots_quoted(f, x - named < NAME_ROOM * max ? "" : mark[i].name);
		fputc('\n', f);
		if (x - named >= NAME_ROOM * max)
			named = x;
		n++;
	}
	fprintf(f, "NMARKS = %zu\n", n);
}

static void put_marks(FILE *f, const struct an_run *run)
{
	struct plot_axis a = plot_axis(run);
	struct plot_mark *mark = calloc(run->nr_marks + 1, sizeof(*mark));
	size_t i;

	for (i = 0; mark && i < run->nr_marks; i++)
		mark[i] = (struct plot_mark){ plot_x_of(run, &a, run->mark[i].time_ns, run->mark[i].op),
					      run->mark[i].name };
	plots_marks(f, mark, mark ? run->nr_marks : 0, a.max);
	free(mark);
}

/* The highest that a zone's chart must reach: free memory or low mark, MiB. */
static double most_free(const struct an_run *run, int z)
{
	const struct an_timeline *t = &run->tl;
	uint64_t most = run->zone[z].marks_known ? run->zone[z].low : 0;
	size_t i;

	for (i = 0; i < t->n; i++)
		most = MAX(most, t->v[tl_free(z)][i] + t->v[tl_pcp(z)][i]);
	return (double)most * AN_PAGE / MIB;
}

static void put_zones(FILE *f, const struct an_run *run)
{
	const char *space = "";
	int z;

	fputs("ZONES = '", f);
	for (z = AN_ZONES - 1; z >= 0; z--) {
		if (run->zone[z].exists) {
			fprintf(f, "%s%s", space, an_zone_keys[z]);
			space = " ";
		}
	}
	fputs("'\n", f);
	for (z = 0; z < AN_ZONES; z++) {
		const struct an_zone *zone = &run->zone[z];

		fprintf(f, "TOP_%s = %.6g\n", an_zone_keys[z], MAX(most_free(run, z) * 1.05, 1));
		if (!zone->marks_known) {
			fprintf(f, "LOW_%s = NaN\nMIN_%s = NaN\n", an_zone_keys[z], an_zone_keys[z]);
			continue;
		}
		fprintf(f, "LOW_%s = %.6g\nMIN_%s = %.6g\n", an_zone_keys[z],
			(double)zone->low * AN_PAGE / MIB, an_zone_keys[z],
			(double)zone->min * AN_PAGE / MIB);
	}
}

int plots_prepare_vars(const struct an_run *run, const char *dir, struct mm_error *err)
{
	struct plot_axis a = plot_axis(run);
	const struct an_timeline *t = &run->tl;
	uint64_t local = t->v[TL_kmap_local_in_use][an_timeline_max(t, TL_kmap_local_in_use)];
	char name[128], trace[64];
	uint64_t slab;
	FILE *f = plots_create(dir, "vars.gp", err);

	if (!f)
		return err->code;
	snprintf(name, sizeof(name), "%.60s, trace %s", an_run_text(run, "machine.name", "machine"),
		 an_run_trace(run, trace, sizeof(trace)));
	fputs("RUN = ", f);
	plots_quoted(f, name);
	fprintf(f, "\nXLABEL = '%s'\nXMAX = %.6g\n", a.label, a.max);
	fputs("ORDER_SIZE = '4\u00a0KiB 8\u00a0KiB 16\u00a0KiB 32\u00a0KiB 64\u00a0KiB 128\u00a0KiB 256\u00a0KiB 512\u00a0KiB 1\u00a0MiB 2\u00a0MiB 4\u00a0MiB'\nDATA = ", f);
	plots_quoted(f, dir);
	fprintf(f, ".'/'\nPKMAP_SLOTS = %" PRIu64 "\nVMALLOC_TOTAL = %.6g\nKMAP_LOCAL_TOP = %" PRIu64 "\n",
		t->v[TL_pkmap_slots][0], (double)t->v[TL_vmalloc_total][0] / MIB, local + local / 10 + 1);
	slab = MAX(t->v[TL_slab_capacity_bytes][an_timeline_max(t, TL_slab_capacity_bytes)],
		   t->v[TL_slab_large_pages][an_timeline_max(t, TL_slab_large_pages)] * AN_PAGE);
	fprintf(f, "SLAB_TOP = %.6g\n", MAX((double)slab / MIB * 1.05, 1));
	plots_blocks_vars(run, f);
	plots_times_vars(run, f);
	put_zones(f, run);
	put_marks(f, run);
	return plots_finish(f, dir, err);
}
