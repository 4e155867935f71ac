/* SPDX-License-Identifier: MIT
 * report.html: what the reader needs first stands first: the headline, the
 * verdicts, the numbers; then each chart with what it shows here and how it is
 * read; then the tables.  One file, no scripts, nothing fetched.  The same run
 * gives the same bytes: no date, no host name. */
#include "plots/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/findings.h"
#include "base/datadir.h"
#include "base/out.h"
#include "plots/html.h"
#include "plots/plots.h"

#ifndef MM_VERSION
#error "MM_VERSION comes from the Makefile"
#endif

/* What a say function writes, escaped. */
static void say(FILE *f, void (*what)(const struct an_run *, FILE *), const struct an_run *r)
{
	char *text = NULL;
	size_t size;
	FILE *mem = open_memstream(&text, &size);

	if (!mem)
		return;
	what(r, mem);
	if (!fclose(mem))
		html_text(f, text);
	free(text);
}

static int page_head(const struct an_run *r, FILE *f, struct mm_error *err)
{
	char *css = datadir_find("plots/report.css", err), trace[64];
	const char *machine = an_run_text(r, "machine.name", "machine");
	int ret;

	if (!css)
		return err->code;
	an_run_trace(r, trace, sizeof(trace));
	fputs("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	      "<meta name=\"color-scheme\" content=\"light dark\">\n<title>", f);
	html_printf(f, "%s on %s: mmreplay", trace, machine);
	fputs("</title>\n<style>\n", f);
	ret = html_copy(f, css, err);
	fputs("</style>\n</head>\n<body>\n<main>\n<h1>", f);
	html_printf(f, "%s on %s", trace, machine);
	fputs("</h1>\n<p class=\"lead\">", f);
	say(f, an_say_headline, r);
	fputs("</p>\n", f);
	free(css);
	return ret;
}

static void page_nav(const struct an_run *r, FILE *f)
{
	static const struct { const char *id, *name; } at[] = {
		{ "charts", "Charts" }, { "blocks", "Large blocks" }, { "failures", "Failures" },
		{ "slab", "Slab caches" }, { "blame", "Who holds memory" }, { "events", "Events" },
		{ "map", "Address map" }, { "machine", "Machine" }, { "made", "How it was made" },
	};
	size_t i;

	fputs("<nav>", f);
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		if ((!r->slab.n && !strcmp(at[i].id, "slab")) ||
		    (!r->blame.nr_rows && !strcmp(at[i].id, "blame")) ||
		    (!an_run_get(r, "events") && !strcmp(at[i].id, "events")))
			continue;
		fprintf(f, "<a href=\"#%s\">%s</a> ", at[i].id, at[i].name);
	}
	fputs("</nav>\n", f);
}

static void one_verdict(void *arg, enum an_level level, const char *text)
{
	static const char *const classes[] = { "good", "note", "watch", "bad" };
	static const char *const words[] = { "Good", "Note", "Watch", "Problem" };
	FILE *f = arg;

	if (level == AN_SAID)
		return;
	fprintf(f, "<li class=\"%s\"><b>%s</b><span>", classes[level], words[level]);
	html_text(f, text);
	fputs("</span></li>\n", f);
}

/* What the replay wrote into run.json: folded, below the list. */
static void one_said(void *arg, enum an_level level, const char *text)
{
	if (level == AN_SAID)
		html_printf(arg, " %s", text);
}

static void page_verdicts(const struct an_run *r, FILE *f)
{
	fputs("<h2 id=\"verdicts\">What to look at first</h2>\n<ul class=\"verdicts\">\n", f);
	an_verdicts(r, one_verdict, f);
	fputs("</ul>\n", f);
	if (!json_array_size(an_run_get(r, "verdicts")))
		return;
	fputs("<details><summary>What the replay itself noted</summary><p>", f);
	an_verdicts(r, one_said, f);
	fputs("</p></details>\n", f);
}

static int one_chart(const struct an_run *r, FILE *f, const char *dir, const struct plot_chart *c,
		     struct mm_error *err)
{
	struct plot_head head;
	char path[4096];
	int ret = plot_head_read(c->name, &head, err);

	if (ret)
		return ret;
	snprintf(path, sizeof(path), "%s/%s.svg", dir, c->name);
	fprintf(f, "<figure id=\"chart-%s\">\n", c->name);
	ret = html_svg(f, path, c->name, head.title, err);
	fputs("<figcaption><p><b>This run.</b> ", f);
	say(f, c->say, r);
	fputs("</p><p class=\"read\"><b>How to read it.</b> ", f);
	html_text(f, head.read);
	fputs("</p></figcaption>\n</figure>\n", f);
	plot_head_free(&head);
	return ret;
}

static int page_charts(const struct an_run *r, FILE *f, const char *dir, struct mm_error *err)
{
	size_t i;
	int ret = 0;

	fputs("<h2 id=\"charts\">Charts</h2>\n<p>Those of memory share the trace's time from left to right. ", f);
	fputs(r->nr_marks ? "Thin vertical lines are the trace's marks.</p>\n" : "</p>\n", f);
	for (i = 0; i < plot_nr_charts() && !ret; i++)
		if (plot_has(r, plot_chart(i)))
			ret = one_chart(r, f, dir, plot_chart(i), err);
	return ret;
}

/* What was measured, as options. */
static void measured(const struct an_run *r, char *to, size_t size)
{
	const json_t *latency = an_run_get(r, "latency"), *cost = an_run_get(r, "cost");
	const char *mode = an_run_text(r, "latency.mode", "");
	uint64_t every = an_run_u64(r, "latency.every", 0);
	char option[48] = "";

	if (json_is_null(latency))
		snprintf(option, sizeof(option), " --latency off");
	else if (!strcmp(mode, "all"))
		snprintf(option, sizeof(option), " --latency all");
	else if (every)
		snprintf(option, sizeof(option), " --latency %" PRIu64, every);
	snprintf(to, size, "%s%s", option, json_is_object(cost) ? " --cost" : "");
}

static int page_made(const struct an_run *r, FILE *f, struct mm_error *err)
{
	const char *state = an_run_text(r, "state.source", "");
	char gnuplot[128], options[64];
	int ret = plots_gnuplot_version(gnuplot, sizeof(gnuplot), err);

	if (ret)
		return ret;
	measured(r, options, sizeof(options));
	fputs("<h2 id=\"made\">How it was made</h2>\n<pre>", f);
	html_printf(f, "mmreplay replay %s --machine %s%s%s%s -o %s\nmmreplay report %s",
		    an_run_text(r, "trace.path", "TRACE"), an_run_text(r, "machine.name", "MACHINE"),
		    *state ? " --state " : "", state, options, r->dir, r->dir);
	fputs("</pre>\n<p class=\"soft\">", f);
	html_printf(f, "mmreplay %s, %s. Samples: %zu. Every number comes from the files of the run; the same run gives the same page.",
		    MM_VERSION, gnuplot, r->tl.n);
	fputs("</p>\n", f);
	return 0;
}

static int write_page(const struct an_run *r, FILE *f, const char *dir, struct mm_error *err)
{
	int ret = page_head(r, f, err);

	if (ret)
		return ret;
	page_nav(r, f);
	page_verdicts(r, f);
	report_numbers(r, f);
	ret = page_charts(r, f, dir, err);
	if (ret)
		return ret;
	report_blocks(r, f);
	report_failures(r, f);
	report_slab(r, f);
	report_blame(r, f);
	report_events(r, f);
	ret = report_map(r, f, err);
	if (ret)
		return ret;
	report_machine(r, f);
	ret = page_made(r, f, err);
	fputs("</main>\n</body>\n</html>\n", f);
	return ret;
}

int plots_report(const struct an_run *run, const char *file, struct mm_error *err)
{
	const char *slash = strrchr(file, '/');
	char *dir = !slash ? strdup(".") : slash == file ? strdup("/") : strndup(file, (size_t)(slash - file));
	struct out_file *o;
	FILE *f;
	int r;

	if (!dir)
		return mm_fail(err, -ENOMEM, "%s: out of memory", file);
	r = plots_render(run, dir, NULL, err);
	o = r ? NULL : out_open(file, &f, err);
	if (!r && !o)
		r = err->code;
	if (!r)
		r = write_page(run, f, dir, err);
	free(dir);
	if (!r)
		return out_commit(o, err);
	out_abort(o);
	return r;
}
