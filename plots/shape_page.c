/* SPDX-License-Identifier: MIT
 *
 * The page of a trace's pictures (shape_page.h): each chart with a sentence of
 * its numbers and how it is read.  One file, no scripts, nothing fetched.
 */
#include "plots/shape_page.h"

#include <stdlib.h>
#include <string.h>

#include "base/datadir.h"
#include "base/fmt.h"
#include "plots/html.h"
#include "plots/plots.h"
#include "plots/prepare.h"

static void say_rate(const struct trace_shape *s, FILE *f)
{
	char a[FMT_LEN], b[FMT_LEN], c[FMT_LEN];
	unsigned int k, most = 0;

	for (k = 1; k < SHAPE_FAMILIES; k++)
		if (s->family[k] > s->family[most])
			most = k;
	html_printf(f, "%s operations in %s", fmt_grouped(a, s->operations),
		    fmt_seconds(b, (double)s->duration_ns * 1e-9));
	if (s->duration_ns && s->operations)
		html_printf(f, ", %s a second on average; %.0f %% of them are of the layer %s",
			    fmt_count(c, (double)s->operations * 1e9 / (double)s->duration_ns),
			    100.0 * (double)s->family[most] / (double)s->operations, trace_shape_family(most));
	fputc('.', f);
}

static void say_live(const struct trace_shape *s, FILE *f)
{
	static const char *const what[] = { "blocks of pages", "slab objects", "vmalloc space" };
	char a[FMT_LEN], b[FMT_LEN];
	const char *before = "At most ";
	unsigned int k;

	for (k = 0; k < SHAPE_LIVE; k++) {
		if (!s->peak[k])
			continue;
		html_printf(f, "%s%s in %s (at %s)", before, fmt_mem(a, s->peak[k]), what[k],
			    fmt_seconds(b, (double)s->peak_ns[k] * 1e-9));
		before = ", ";
	}
	fputs(*before == 'A' ? "The trace keeps nothing alive." : ".", f);
}

static uint64_t sum(const uint64_t *v, unsigned int n)
{
	uint64_t all = 0;

	while (n--)
		all += v[n];
	return all;
}

static void say_sizes(const struct trace_shape *s, FILE *f)
{
	uint64_t kmalloc = sum(s->kmalloc, SHAPE_SIZES), cache = sum(s->cache, SHAPE_SIZES);
	uint64_t pages = sum(s->order, SHAPE_ORDERS);
	char a[FMT_LEN], b[FMT_LEN], c[FMT_LEN];

	html_printf(f, "%s objects of kmalloc, %s of caches, %s blocks of pages",
		    fmt_grouped(a, kmalloc), fmt_grouped(b, cache), fmt_grouped(c, pages));
	if (pages)
		html_printf(f, ", %.2f %% of them of order 0 and %.3f %% of order 3 or above",
			    100.0 * (double)s->order[0] / (double)pages,
			    100.0 * (double)sum(s->order + 3, SHAPE_ORDERS - 3) / (double)pages);
	fputc('.', f);
	if (s->cache_unknown)
		html_printf(f, " %s objects of caches whose size is not recorded are not drawn.",
			    fmt_grouped(a, s->cache_unknown));
}

static void say_lifetimes(const struct trace_shape *s, FILE *f)
{
	static const char *const what[] = { "pages", "slab objects", "vmalloc areas", "local maps" };
	char a[FMT_LEN], b[FMT_LEN];
	const char *before = "Half of the ";
	unsigned int k;

	for (k = 0; k < SHAPE_LIVING; k++) {
		const struct shape_life *l = &s->life[k];

		if (!l->nr_ended)
			continue;
		html_printf(f, "%s%s live at most some %s, nine tenths %s", before, what[k],
			    fmt_seconds(a, trace_shape_quantile(l, 0.5) * 1e-9),
			    fmt_seconds(b, trace_shape_quantile(l, 0.9) * 1e-9));
		before = "; of the ";
	}
	fputs(*before == 'H' ? "Nothing ends in this trace." : ".", f);
	for (k = 0, before = " Still alive at the end: "; k < SHAPE_LIVING; k++)
		if (s->life[k].alive) {
			html_printf(f, "%s%s %s", before, fmt_grouped(a, s->life[k].alive), what[k]);
			before = ", ";
		}
	fputs(*before == ',' ? "." : "", f);
}

const char *const shape_charts[] = { "trace-rate", "trace-live", "trace-sizes", "trace-lifetimes", NULL };

static void (*const says[])(const struct trace_shape *, FILE *) = {
	say_rate, say_live, say_sizes, say_lifetimes,
};

static int chart(const struct trace_shape *s, size_t i, const char *dir, FILE *f, struct mm_error *err)
{
	struct plot_head head;
	char path[4096];
	int rc = plot_head_read(shape_charts[i], &head, err);

	if (rc)
		return rc;
	snprintf(path, sizeof(path), "%s/%s.svg", dir, shape_charts[i]);
	fprintf(f, "<figure id=\"chart-%s\">\n", shape_charts[i]);
	rc = html_svg(f, path, shape_charts[i], head.title, err);
	fputs("<figcaption><p><b>This trace.</b> ", f);
	says[i](s, f);
	fputs("</p><p class=\"read\"><b>How to read it.</b> ", f);
	html_text(f, head.read);
	fputs("</p></figcaption>\n</figure>\n", f);
	plot_head_free(&head);
	return rc;
}

int shape_page(const struct trace_shape *s, const char *name, const char *dir, struct mm_error *err)
{
	char *css = datadir_find("plots/report.css", err);
	FILE *f = css ? plots_create(dir, "trace.html", err) : NULL;
	size_t i;
	int rc;

	if (!f) {
		free(css);
		return err->code;
	}
	fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>", f);
	html_printf(f, "%s: mmreplay", name);
	fputs("</title>\n<style>\n", f);
	rc = html_copy(f, css, err);
	fputs("</style>\n</head>\n<body>\n<main>\n<h1>", f);
	html_printf(f, "The trace %s", name);
	fputs("</h1>\n<p class=\"lead\">", f);
	say_rate(s, f);
	fputs("</p>\n", f);
	for (i = 0; shape_charts[i] && !rc; i++)
		rc = chart(s, i, dir, f, err);
	fputs("</main>\n</body>\n</html>\n", f);
	free(css);
	return plots_finish(f, dir, err) ? err->code : rc;
}
