/* SPDX-License-Identifier: MIT
 *
 * What the commands that make a trace from a trace share (tool.h).
 */
#include "cmd/tool.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/fmt.h"
#include "base/progress.h"
#include "base/stop.h"
#include "base/table.h"
#include "cmd/cmd.h"

/* The last part of a path; options are kept whole. */
static const char *shown(const char *arg)
{
	const char *slash = strrchr(arg, '/');

	return *arg != '-' && slash && slash[1] ? slash + 1 : arg;
}

/* -o T, --output T, --output=T: how many arguments it takes. */
static int is_output(const char *arg)
{
	if (!strcmp(arg, "-o") || !strcmp(arg, "--output"))
		return 2;
	return !strncmp(arg, "--output=", 9) || (!strncmp(arg, "-o", 2) && arg[2]);
}

char *tool_history(int argc, char **argv)
{
	size_t size = 1, len;
	char *line;
	int i;

	for (i = 0; i < argc; i++)
		size += strlen(argv[i]) + 1;
	line = calloc(1, size);
	for (i = 0; line && i < argc; i++) {
		int skip = is_output(argv[i]);

		if (skip) {
			i += skip - 1;
			continue;
		}
		len = strlen(line);
		snprintf(line + len, size - len, "%s%s", len ? " " : "", shown(argv[i]));
	}
	return line;
}

static bool show_progress(void *arg, uint64_t done, double part)
{
	progress_update(arg, done, part);
	return stop_requested();
}

/* The counts of a summary, for table and JSON. */
static const struct {
	const char *name, *text;
	size_t offset;
} counts[] = {
	{ "operations_read", "operations read", offsetof(struct tool_summary, read) },
	{ "carried", "carried in from before", offsetof(struct tool_summary, carried) },
	{ "added", "frees and unmaps added", offsetof(struct tool_summary, added) },
	{ "orphan_frees", "frees that became orphans", offsetof(struct tool_summary, orphaned) },
	{ "foreign_pages", "pages that became foreign", offsetof(struct tool_summary, foreign) },
	{ "dropped", "left out", offsetof(struct tool_summary, dropped) },
	{ "operations", "operations written", offsetof(struct tool_summary, totals.operations) },
};

enum { NR_COUNTS = sizeof(counts) / sizeof(counts[0]) };

static uint64_t count(const struct tool_summary *s, int i)
{
	return *(const uint64_t *)((const char *)s + counts[i].offset);
}

static void print_json(const struct tool_summary *s, const char *out, double seconds)
{
	json_t *o = json_pack("{s:s, s:s}", "schema", "mmreplay-tool-1", "path", out);
	int i;

	for (i = 0; i < NR_COUNTS; i++)
		json_object_set_new(o, counts[i].name, json_integer((json_int_t)count(s, i)));
	json_object_set_new(o, "duration_ns", json_integer((json_int_t)s->totals.duration_ns));
	json_object_set_new(o, "file_bytes", json_integer((json_int_t)s->totals.file_bytes));
	json_object_set_new(o, "seconds", json_real(seconds));
	json_dumpf(o, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(o);
}

static void print_table(const struct tool_summary *s, const char *out, double seconds)
{
	struct table *t = table_new("<|>");
	char a[FMT_LEN], b[FMT_LEN], c[FMT_LEN], d[FMT_LEN];
	int i;

	for (i = 0; t && i < NR_COUNTS; i++) {
		if (!count(s, i) && strcmp(counts[i].name, "operations"))
			continue;
		table_cell(t, "%s", counts[i].text);
		table_cell(t, "%s", fmt_grouped(a, count(s, i)));
	}
	if (t)
		table_print(t, stdout, 0);
	table_free(t);
	printf("%s: %s, %s of trace time, made in %s (%s operations/s)\n", out,
	       fmt_bytes(a, (double)s->totals.file_bytes),
	       fmt_seconds(b, (double)s->totals.duration_ns * 1e-9), fmt_seconds(c, seconds),
	       fmt_count(d, seconds > 0 ? (double)s->read / seconds : 0));
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

int tool_run(const char *name, const struct tool_arguments *a, const char *input, const char *history,
	     tool_fn *fn, const void *options)
{
	struct tool_summary sum = { 0 };
	struct mm_error err = { 0 };
	struct progress bar;
	struct tool_io io = {
		.output = a->output, .history = history,
		.write = { .level = (int)a->level, .no_answers = a->no_answers },
		.progress = show_progress, .arg = &bar,
	};
	char *path = cmd_trace(input);
	double begin = now();
	int rc;

	io.input = path ? path : input;

	if (!a->output) {
		free(path);
		mm_fail(&err, -EINVAL, "no output: name the trace to write with -o, - for standard output");
		return cmd_fail(name, &err);
	}
	stop_install();
	progress_begin(&bar, stderr, "reading", "operations");
	rc = fn(&io, options, &sum, &err);
	progress_end(&bar);
	free(path);
	if (rc)
		return cmd_fail(name, &err);
	if (a->json && strcmp(a->output, "-"))
		print_json(&sum, a->output, now() - begin);
	else if (strcmp(a->output, "-"))
		print_table(&sum, a->output, now() - begin);
	return CMD_DONE;
}
