/* SPDX-License-Identifier: MIT
 * compare.html: the tables of the comparison and the charts that its runs have
 * data for.  One file, no scripts, nothing fetched. */
#include "plots/compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/datadir.h"
#include "base/out.h"
#include "base/stop.h"
#include "plots/html.h"
#include "plots/plots.h"

/* ---- charts ---- */

static bool any_memory(const struct an_compare *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (an_held_bytes(c->run[i]))
			return true;
	return false;
}

static bool any_zone(const struct an_compare *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (c->run[i]->zone[1].exists)
			return true;
	return false;
}

static bool any_latency(const struct an_compare *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		if (json_object_size(an_run_get(c->run[i], "latency.by_kind")))
			return true;
	return false;
}

/* One line a chart, in the order of the page. */
static const struct {
	const char *name;
	bool (*has)(const struct an_compare *c);
} charts[] = {
	{ "compare-memory", any_memory },
	{ "compare-free", any_zone },
	{ "compare-latency", any_latency },
};

enum { NR_CHARTS = sizeof(charts) / sizeof(charts[0]) };

static int draw_all(const struct an_compare *c, const char *dir, struct mm_error *err)
{
	struct out_dir *scratch;
	char path[4096];
	size_t i;
	int r;

	/* A result folder that is never committed. */
	snprintf(path, sizeof(path), "%s/.charts", dir);
	scratch = out_dir_begin(path, "vars.gp", err);
	if (!scratch)
		return err->code;
	r = plots_prepare_compare(c, out_dir_path(scratch), err);
	for (i = 0; !r && i < NR_CHARTS; i++) {
		if (charts[i].has(c))
			r = plots_draw(dir, out_dir_path(scratch), charts[i].name, err);
		if (!r && stop_requested())
			r = mm_fail(err, -EINTR, "%s: stopped after chart %s", dir, charts[i].name);
	}
	out_dir_abort(scratch);
	return r;
}

/* ---- the page ---- */

static int page_head(const struct an_compare *c, FILE *f, struct mm_error *err)
{
	char *css = datadir_find("plots/report.css", err), trace[64];
	int r;

	if (!css)
		return err->code;
	an_run_trace(c->run[0], trace, sizeof(trace));
	fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>", f);
	html_printf(f, "%s, %zu runs: mmreplay", trace, c->n);
	fputs("</title>\n<style>\n", f);
	r = html_copy(f, css, err);
	fputs("</style>\n</head>\n<body>\n<main>\n<h1>", f);
	html_printf(f, "%s, %zu runs side by side", trace, c->n);
	fputs("</h1>\n", f);
	free(css);
	return r;
}

static void page_runs(const struct an_compare *c, FILE *f)
{
	const json_t *warnings = json_object_get(c->json, "warnings");
	struct html_table t;
	char trace[64];
	size_t i;

	html_table_begin(&t, f, "run|folder|backend|machine|trace");
	for (i = 0; i < c->n; i++) {
		const struct an_run *r = c->run[i];

		html_cell(&t, "%s", c->name[i]);
		html_cell(&t, "%s", r->dir);
		html_cell(&t, "%s", an_run_text(r, "backend", "sim"));
		html_cell(&t, "%s", an_run_text(r, "machine.name", "-"));
		html_cell(&t, "%s", an_run_trace(r, trace, sizeof(trace)));
	}
	html_table_end(&t);
	for (i = 0; i < json_array_size(warnings); i++) {
		fputs("<p><b>Warning:</b> ", f);
		html_text(f, json_string_value(json_array_get(warnings, i)));
		fputs(".</p>\n", f);
	}
}

static void page_section(const struct an_compare *c, FILE *f, const json_t *section)
{
	const json_t *rows = json_object_get(section, "rows");
	char head[COMPARE_MAX_RUNS * (COMPARE_NAME + 2) + 2] = "", cell[COMPARE_CELL], *p;
	struct html_table t;
	size_t i, k, n = 0;

	if (!json_array_size(rows))
		return;
	fputs("<h2>", f);
	html_text(f, json_string_value(json_object_get(section, "title")));
	fputs("</h2>\n", f);
	for (k = 0; k < c->n; k++) {
		char name[COMPARE_NAME];

		memcpy(name, c->name[k], sizeof(name));
		for (p = name; *p; p++)	/* what separates columns */
			*p = *p == '|' ? '/' : *p;
		n += (size_t)snprintf(head + n, sizeof(head) - n, "|>%s", name);
	}
	html_table_begin(&t, f, head);
	for (i = 0; i < json_array_size(rows); i++) {
		const json_t *row = json_array_get(rows, i);

		html_cell(&t, "%s", json_string_value(json_object_get(row, "text")));
		for (k = 0; k < c->n; k++)
			html_cell(&t, "%s", an_compare_cell(cell, row, k));
	}
	html_table_end(&t);
}

static int page_charts(const struct an_compare *c, FILE *f, const char *dir, struct mm_error *err)
{
	struct plot_head head;
	char path[4096];
	size_t i;
	int r = 0;

	fputs("<h2>Charts</h2>\n", f);
	for (i = 0; !r && i < NR_CHARTS; i++) {
		if (!charts[i].has(c))
			continue;
		r = plot_head_read(charts[i].name, &head, err);
		if (r)
			return r;
		snprintf(path, sizeof(path), "%s/%s.svg", dir, charts[i].name);
		fprintf(f, "<figure id=\"chart-%s\">\n", charts[i].name);
		r = html_svg(f, path, charts[i].name, head.title, err);
		fputs("<figcaption><p class=\"read\"><b>How to read it.</b> ", f);
		html_text(f, head.read);
		fputs("</p></figcaption>\n</figure>\n", f);
		plot_head_free(&head);
	}
	return r;
}

static int write_page(const struct an_compare *c, FILE *f, const char *dir, struct mm_error *err)
{
	const json_t *sections = json_object_get(c->json, "sections");
	size_t i;
	int r = page_head(c, f, err);

	if (r)
		return r;
	page_runs(c, f);
	page_section(c, f, json_array_get(sections, 0));
	r = page_charts(c, f, dir, err);
	for (i = 1; i < json_array_size(sections); i++)
		page_section(c, f, json_array_get(sections, i));
	fputs("</main>\n</body>\n</html>\n", f);
	return r;
}

int plots_compare(const struct an_compare *c, const char *dir, struct mm_error *err)
{
	struct out_file *o;
	char path[4096];
	FILE *f;
	int r = draw_all(c, dir, err);

	if (r)
		return r;
	snprintf(path, sizeof(path), "%s/compare.html", dir);
	o = out_open(path, &f, err);
	if (!o)
		return err->code;
	r = write_page(c, f, dir, err);
	if (!r)
		return out_commit(o, err);
	out_abort(o);
	return r;
}
