/* SPDX-License-Identifier: MIT
 * mmreplay report RUN: charts and report.html from a run's folder. */
#include "cmd/cmd.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/findings.h"
#include "base/stop.h"
#include "plots/plots.h"

struct report_options {
	const char *out, *only;
	bool json, list;
};

static int list_charts(const char *name)
{
	struct plot_head head;
	struct mm_error err;
	size_t i;

	for (i = 0; i < plot_nr_charts(); i++) {
		if (plot_head_read(plot_chart(i)->name, &head, &err))
			return cmd_fail(name, &err);
		printf("%-12s  %s\n", plot_chart(i)->name, head.title);
		plot_head_free(&head);
	}
	return CMD_DONE;
}

/* The folder that a file is in. */
static char *folder_of(const char *file)
{
	const char *slash = strrchr(file, '/');

	if (!slash)
		return strdup(".");
	return slash == file ? strdup("/") : strndup(file, (size_t)(slash - file));
}

static void add_verdict(void *arg, enum an_level level, const char *text)
{
	static const char *const names[] = { "good", "note", "watch", "bad", "said" };

	json_array_append_new(arg, json_pack("{s:s, s:s}", "level", names[level], "text", text));
}

static void print_json(const struct an_run *run, const char *dir, const char *file, const char *only)
{
	json_t *charts = json_array(), *verdicts = json_array(), *all;
	size_t i;

	for (i = 0; i < plot_nr_charts(); i++) {
		const char *name = plot_chart(i)->name;

		if (only ? !strcmp(only, name) : plot_has(run, plot_chart(i)))
			json_array_append_new(charts, json_pack("{s:s, s:o, s:o}", "name", name,
				"svg", json_sprintf("%s/%s.svg", dir, name),
				"png", json_sprintf("%s/%s.png", dir, name)));
	}
	an_verdicts(run, add_verdict, verdicts);
	all = json_pack("{s:s, s:s, s:s*, s:o, s:o}", "schema", "mmreplay-report-1", "run", run->dir,
			"report", only ? NULL : file, "charts", charts, "verdicts", verdicts);
	json_dumpf(all, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(all);
}

static void print_verdict(void *arg, enum an_level level, const char *text)
{
	static const char *const names[] = { "good ", "note ", "watch", "bad  " };

	if (level == AN_SAID)
		return;

	fprintf(arg, "  %s  %s\n", names[level], text);
}

static void print_text(const struct an_run *run, const char *dir, const char *file, const char *only)
{
	if (only) {
		printf("%s/%s.svg\n%s/%s.png\n", dir, only, dir, only);
		return;
	}
	an_say_headline(run, stdout);
	putchar('\n');
	an_verdicts(run, print_verdict, stdout);
	printf("%s\n", file);
}

static int make(const char *name, const struct an_run *run, const struct report_options *o)
{
	struct mm_error err;
	char *file = NULL, *dir;
	int r;

	if (o->out)
		file = strdup(o->out);
	else if (asprintf(&file, "%s/report.html", run->dir) < 0)
		file = NULL;
	dir = file ? folder_of(file) : NULL;
	if (!dir)
		r = mm_fail(&err, -ENOMEM, "out of memory");
	else
		r = o->only ? plots_render(run, dir, o->only, &err) : plots_report(run, file, &err);
	if (r && stop_requested())
		r = stop_status();
	else if (r)
		r = cmd_fail(name, &err);
	else if (o->json)
		print_json(run, dir, file, o->only);
	else
		print_text(run, dir, file, o->only);
	free(file);
	free(dir);
	return r;
}

int cmd_report(int argc, char **argv)
{
	struct report_options o = { 0 };
	const struct opt opts[] = {
		{ "output", 'o', OPT_STRING, &o.out, "FILE",
		  "the page to write (default RUN/report.html); the charts go beside it", 0, 0 },
		{ "only", 0, OPT_STRING, &o.only, "CHART", "draw one chart and no page", 0, 0 },
		{ "list", 0, OPT_FLAG, &o.list, NULL, "list the charts", 0, 0 },
		{ "json", 0, OPT_FLAG, &o.json, NULL,
		  "print what was written, and the verdicts, as JSON", 0, 0 },
		{ NULL, 0, OPT_FLAG, NULL, NULL, NULL, 0, 0 },
	};
	const struct opt_spec spec = {
		.usage = "RUN [OPTION...]",
		.about = "Draw the charts of a run (SVG and PNG) and write report.html, one file that holds everything. RUN is a folder that mmreplay replay wrote.",
		.opts = opts,
		.min_operands = 0,
		.max_operands = 1,
	};
	struct an_run *run;
	struct mm_error err;
	int status, first = cmd_options(&spec, argc, argv, &status);

	if (first < 0)
		return status;
	if (o.list)
		return list_charts(argv[0]);
	if (first == argc) {
		mm_fail(&err, -EINVAL, "which run? Give its folder, as in: mmreplay report results/RUN");
		return cmd_fail(argv[0], &err);
	}
	run = an_run_load(argv[first], &err);
	if (!run)
		return cmd_fail(argv[0], &err);
	if (strcmp(an_run_text(run, "backend", "sim"), "sim")) {
		mm_fail(&err, -EINVAL, "%s: found a run on %s, expected one on a simulated machine: the report is about its zones. mmreplay compare shows such a run beside another", run->dir,
			an_run_text(run, "backend", "?"));
		an_run_free(run);
		return cmd_fail(argv[0], &err);
	}
	stop_install(); /* gnuplot is stopped by the same key: the scratch folder goes */
	status = make(argv[0], run, &o);
	an_run_free(run);
	return status;
}
