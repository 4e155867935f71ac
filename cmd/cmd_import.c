/* SPDX-License-Identifier: MIT
 *
 * mmreplay import: another tool's recording into an .mmt trace, and a summary
 * of what became of its events.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/progress.h"
#include "base/stop.h"
#include "base/table.h"
#include "cmd/cmd.h"
#include "traces/import/import.h"

struct arguments {
	const char *output, *probe_file, *gfp_version, *kallsyms, *events;
	struct opt_list probes, meta;
	int format;
	int64_t page_offset, mem_map, struct_page, level;
	bool json, no_answers;
};

#define FORMATS "auto|trace.dat|perf.data|text|trace-cmd|perf|ftrace"
static const char *const formats[] = { "auto", "trace.dat", "perf.data", "text", "trace-cmd", "perf",
				       "ftrace" };

static bool show_progress(void *arg, uint64_t events, double part)
{
	progress_update(arg, events, part);
	return stop_requested();
}

/* The input's name without folder endings such as .dat.zst, with .mmt. */
static char *default_output(const char *in)
{
	static const char *const endings[] = { ".zst", ".data", ".dat", ".txt", ".trace" };
	char *out = malloc(strlen(in) + 5);
	size_t i, n;

	if (!out)
		return NULL;
	strcpy(out, in);
	for (i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		n = strlen(out);
		if (n > strlen(endings[i]) && !strcmp(out + n - strlen(endings[i]), endings[i]))
			out[n - strlen(endings[i])] = '\0';
	}
	return strcat(out, ".mmt");
}

static void row(struct table *t, const char *what, uint64_t n)
{
	char buf[FMT_LEN];

	if (!n)
		return;
	table_cell(t, "%s", what);
	table_cell(t, "%s", fmt_grouped(buf, n));
}

static void print_named(const char *title, const struct import_named_list *l)
{
	struct table *t;
	size_t i;

	if (!l->n)
		return;
	printf("\n%s\n", title);
	t = table_new("<|>");
	for (i = 0; t && i < l->n; i++)
		row(t, l->v[i].name, l->v[i].count);
	if (t)
		table_print(t, stdout, 2);
	table_free(t);
}

static void print_causes(const char *title, const uint64_t *v, int n, const char *(*name)(int))
{
	struct table *t = table_new("<|>");
	uint64_t sum = 0;
	int i;

	for (i = 0; i < n; i++)
		sum += v[i];
	if (t && sum) {
		printf("\n%s\n", title);
		for (i = 0; i < n; i++)
			row(t, name(i), v[i]);
		table_print(t, stdout, 2);
	}
	table_free(t);
}

static const char *fold_name(int i) { return import_fold_name(i); }
static const char *not_name(int i) { return import_not_replayed_name(i); }
static const char *attribution_name(int i) { return import_attribution_name(i); }

static void print_counts(const struct import_summary *s)
{
	struct table *t = table_new("<|>");

	if (!t)
		return;
	row(t, "events", s->events);
	row(t, "operations", s->totals.operations);
	row(t, "stacks attached", s->stacks);
	row(t, "kfree(NULL)", s->kfree_null);
	row(t, "failed allocations", s->failed_allocs);
	row(t, "orphan frees", s->orphan_frees);
	row(t, "  of them pages", s->orphan_pages);
	row(t, "foreign pages", s->foreign_pages);
	row(t, "implied frees", s->implied_frees);
	row(t, "page frees by reclaim", s->reclaim_frees);
	row(t, "events lost in the recording", s->lost_events);
	row(t, "places where events were lost", s->lost_places);
	row(t, "gaps of more than 1 s", s->time_gaps);
	row(t, "events out of order", s->backward_times);
	row(t, "lines not understood", s->bad_lines);
	table_print(t, stdout, 0);
	table_free(t);
}

static void print_summary(const struct import_summary *s, const char *out)
{
	char a[FMT_LEN], b[FMT_LEN], c[FMT_LEN];

	printf("%s%s%s, gfp flags: %s\n", s->format, *s->kernel ? ", " : "", s->kernel, s->gfp_from);
	if (*s->note)
		printf("note: %s\n", s->note);
	print_counts(s);
	if (s->time_gaps)
		printf("largest gap %s\n", fmt_seconds(a, s->largest_gap_ns * 1e-9));
	print_causes("part of another operation", s->folded, IMPORT_NR_FOLDS, fold_name);
	print_causes("not replayed", s->not_replayed, IMPORT_NR_NOT, not_name);
	print_causes("cache of kmem_cache_alloc found by", s->attribution, IMPORT_NR_ATTR,
		     attribution_name);
	print_named("informational events", &s->informational);
	print_named("unknown events", &s->unknown);
	printf("\n%s: %s, %s of trace time, imported in %s (%s events/s)\n", out,
	       fmt_bytes(a, s->totals.file_bytes), fmt_seconds(b, s->duration_ns * 1e-9),
	       fmt_seconds(c, s->seconds), fmt_count((char[FMT_LEN]){ 0 }, s->events / s->seconds));
}

static int run(const struct arguments *a, const char *in, const char *out)
{
	struct import_summary sum;
	struct mm_error err = { 0 };
	struct progress bar;
	struct import_options opt = {
		.format = formats[a->format], .probes = a->probes.v, .nr_probes = a->probes.n,
		.probe_file = a->probe_file, .gfp_version = a->gfp_version,
		.page_offset = a->page_offset, .mem_map = a->mem_map,
		.struct_page = a->struct_page,
		.kallsyms = a->kallsyms, .events = a->events,
		.meta = a->meta.v, .nr_meta = a->meta.n,
		.write = { .level = a->level, .no_answers = a->no_answers },
		.progress = show_progress, .arg = &bar,
	};
	char *json;
	int e;

	stop_install();
	progress_begin(&bar, stderr, "importing", "events");
	e = import_run(in, out, &opt, &sum, &err);
	progress_end(&bar);
	if (e) {
		import_summary_free(&sum);
		return e == -EINTR && stop_requested() ? stop_status() : cmd_fail("import", &err);
	}
	if (*sum.note && (a->json || !strcmp(out, "-")))
		fprintf(stderr, "mmreplay import: note: %s\n", sum.note);
	if (a->json) {
		json = import_summary_json(&sum);
		puts(json ? json : "{}");
		free(json);
	} else if (strcmp(out, "-")) {
		print_summary(&sum, out);
	}
	import_summary_free(&sum);
	return CMD_DONE;
}

int cmd_import(int argc, char **argv)
{
	struct arguments a = { 0 };
	const struct opt opts[] = {
		{ .name = "output", .letter = 'o', .type = OPT_STRING, .value = &a.output, .arg = "T.mmt",
		  .help = "The trace to write; - is standard output. Default: the input's name with .mmt." },
		{ .name = "format", .letter = 'f', .type = OPT_CHOICE, .value = &a.format, .arg = FORMATS,
		  .help = "What FILE is; auto looks at its first bytes." },
		{ .name = "json", .type = OPT_FLAG, .value = &a.json,
		  .help = "Print the summary as JSON." },
		{ .name = "probe", .letter = 'p', .type = OPT_LIST, .value = &a.probes, .arg = "EVENT=ROLE[,FIELD=NAME...]",
		  .help = "An event of yours (a kprobe) and what it means; may be given several times." },
		{ .name = "probes", .type = OPT_STRING, .value = &a.probe_file, .arg = "FILE",
		  .help = "A file of such lines in INI form." },
		{ .name = "gfp-version", .type = OPT_STRING, .value = &a.gfp_version, .arg = "VERSION",
		  .help = "Kernel version whose numbers the gfp flags have. Default: as the recording says." },
		{ .name = "kallsyms", .type = OPT_STRING, .value = &a.kallsyms, .arg = "FILE",
		  .help = "A copy of the recorded machine's /proc/kallsyms: a perf.data holds no symbols. "
			  "Default: this host's, if it is the one that was recorded." },
		{ .name = "events", .type = OPT_STRING, .value = &a.events, .arg = "DIR",
		  .help = "A copy of the recorded machine's /sys/kernel/tracing/events, for a perf.data that "
			  "lost its end and the event formats with it. Default as above." },
		{ .name = "page-offset", .type = OPT_INT, .value = &a.page_offset, .arg = "ADDRESS",
		  .min = 0, .max = INT64_MAX, .help = "Where the direct map begins. Default: found in the symbols." },
		{ .name = "mem-map", .type = OPT_INT, .value = &a.mem_map, .arg = "ADDRESS",
		  .min = 0, .max = INT64_MAX, .help = "Address of the first struct page. Default: from a probe." },
		{ .name = "struct-page", .type = OPT_INT, .value = &a.struct_page, .arg = "BYTES",
		  .min = 0, .max = 256, .help = "Size of struct page. Default: found out, else 40." },
		{ .name = "meta", .letter = 'm', .type = OPT_LIST, .value = &a.meta, .arg = "KEY=VALUE",
		  .help = "Metadata to put into the trace (kernel=..., command=...); may be given several times." },
		{ .name = "no-answers", .type = OPT_FLAG, .value = &a.no_answers,
		  .help = "Leave out what the kernel answered (frame numbers, addresses)." },
		{ .name = "level", .type = OPT_INT, .value = &a.level, .arg = "N", .min = 0, .max = 19,
		  .help = "zstd level of the trace; 0 is the default." },
		{ .name = NULL },
	};
	const struct opt_spec spec = {
		.usage = "FILE [-o T.mmt] [OPTION...]",
		.about = "Turn a recording of kernel memory events into a trace: trace.dat of trace-cmd "
			 "(versions 6 and 7), perf.data of perf record, or the text of trace-cmd report, perf script or tracefs; "
			 "any of them also compressed with zstd, or - for standard input.",
		.opts = opts,
		.more = "example:\n"
			"  mmreplay import trace.dat -o work.mmt && mmreplay info work.mmt\n",
		.min_operands = 1, .max_operands = 1,
	};
	int first, status;
	char *out;

	first = cmd_options(&spec, argc, argv, &status);
	if (first < 0) {
		opt_list_free(&a.probes);
		opt_list_free(&a.meta);
		return status;
	}
	out = a.output ? strdup(a.output) : default_output(strcmp(argv[first], "-") ? argv[first] : "stdin");
	status = out ? run(&a, argv[first], out) : CMD_USAGE;
	free(out);
	opt_list_free(&a.probes);
	opt_list_free(&a.meta);
	return status;
}
