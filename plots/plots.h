/* SPDX-License-Identifier: MIT
 *
 * plots: charts of a run, and the report that holds them.
 *
 * A chart is one gnuplot script, plots/NAME.gp, and one line of the table in
 * plots/charts.c.  The script's first lines say what the program needs to know:
 *
 *	# title: what the chart shows
 *	# height: picture height, for a width of 1000
 *	# read: how to read it, for the report
 *
 * It draws from prepared files (plots/prepare.h) in the style of common.gp.
 */
#ifndef PLOTS_PLOTS_H
#define PLOTS_PLOTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "analyze/run.h"
#include "base/mm_error.h"

struct plot_chart {
	const char *name;
	/* Write what this run's chart shows, in one or two sentences. */
	void (*say)(const struct an_run *run, FILE *out);
	/* Whether the run has what it shows; NULL: every run has. */
	bool (*has)(const struct an_run *run);
};

size_t plot_nr_charts(void);
const struct plot_chart *plot_chart(size_t i);
bool plot_has(const struct an_run *run, const struct plot_chart *c);

/* What a script says of itself.  The texts are the caller's to free. */
struct plot_head {
	char *title, *read;
	int height;
};
int plot_head_read(const char *name, struct plot_head *h, struct mm_error *err);
void plot_head_free(struct plot_head *h);

/* Draw NAME.svg and NAME.png of each chart that the run has, or of the one called
 * only, into dir (made when missing).  -ENOENT: no such chart, nothing in the run
 * to draw it from, or no gnuplot. */
int plots_render(const struct an_run *run, const char *dir, const char *only, struct mm_error *err);

/* Draw NAME.svg and NAME.png of plots/NAME.gp into dir, from the files that were
 * prepared in the folder scratch, vars.gp among them. */
int plots_draw(const char *dir, const char *scratch, const char *name, struct mm_error *err);

/* The version line of the gnuplot that plots_render uses ("gnuplot 5.4 patchlevel 4"). */
int plots_gnuplot_version(char *buf, size_t size, struct mm_error *err);

/* Draw all charts into the folder of file and write the page to file. */
int plots_report(const struct an_run *run, const char *file, struct mm_error *err);

#endif
