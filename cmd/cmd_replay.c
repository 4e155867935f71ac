/* SPDX-License-Identifier: MIT
 *
 * mmreplay replay: a trace through a machine, results into a folder, a table
 * (or run.json) on stdout.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/stop.h"
#include "base/table.h"
#include "cmd/cmd.h"
#include "replay/machine_file.h"
#include "replay/run.h"

/* What --fail-on may name, and the count that it looks at. */
static const struct {
	const char *name;
	size_t offset;
} fail_words[] = {
	{ "failures", offsetof(struct run_result, failures) },
	{ "would-block", offsetof(struct run_result, would_block) },
	{ "misuse", offsetof(struct run_result, misuse) },
	{ "unsupported", offsetof(struct run_result, unsupported) },
	{ "skipped", offsetof(struct run_result, skipped) },
	{ "orphans", offsetof(struct run_result, counts.orphan_frees) },
};

enum { NR_FAIL_WORDS = sizeof(fail_words) / sizeof(fail_words[0]) };

struct arguments {
	struct run_options run;
	char *own_machine;	/* that the trace names */
	const char *seed;
	struct opt_list fail_on;
	bool json;
	const char *latency;
	int64_t check_every, sample_every, samples;
};

/* Index of the word, -1 if there is none of that name. */
static int fail_word(const char *s, size_t len)
{
	int i;

	for (i = 0; i < NR_FAIL_WORDS; i++)
		if (strlen(fail_words[i].name) == len && !memcmp(fail_words[i].name, s, len))
			return i;
	return -1;
}

/* Call for each word of each --fail-on: true when one of them has a count. */
static int check_fail_on(const struct opt_list *l, const struct run_result *r, bool *found,
			 struct mm_error *err)
{
	size_t i, len;

	*found = false;
	for (i = 0; i < l->n; i++) {
		const char *s = l->v[i];

		for (;; s += len + 1) {
			int w;

			len = strcspn(s, ",");
			w = fail_word(s, len);
			if (w < 0)
				return mm_fail(err, -22, "--fail-on: found '%.*s', expected failures, "
					       "would-block, misuse, unsupported, skipped or orphans",
					       (int)len, s);
			if (r && *(const uint64_t *)((const char *)r + fail_words[w].offset))
				*found = true;
			if (!s[len])
				break;
		}
	}
	return 0;
}

static void count_row(struct table *t, const char *name, uint64_t v)
{
	char buf[FMT_LEN];

	table_cell(t, "%s", name);
	table_cell(t, "%s", fmt_grouped(buf, v));
}

static void print_counts(const struct run_result *r)
{
	struct table *t = table_new("<|>");
	char a[FMT_LEN], b[FMT_LEN];

	if (!t)
		return;
	count_row(t, "operations", r->counts.operations);
	count_row(t, "failed", r->failures);
	count_row(t, "would block", r->would_block);
	count_row(t, "bad calls", r->misuse);
	count_row(t, "unsupported", r->unsupported);
	count_row(t, "skipped after a failure", r->skipped);
	count_row(t, "orphan frees", r->counts.orphan_frees);
	table_cell(t, "trace time");
	table_cell(t, "%s", fmt_seconds(a, (double)r->duration_ns * 1e-9));
	table_cell(t, "replayed in");
	table_cell(t, "%s", fmt_seconds(a, r->seconds));
	table_cell(t, "rate");
	table_cell(t, "%s/s", fmt_count(a, r->seconds > 0 ? (double)r->counts.operations / r->seconds : 0));
	table_cell(t, "peak memory");
	table_cell(t, "%s", fmt_bytes(b, (double)r->peak_rss_bytes));
	table_print(t, stdout, 0);
	table_free(t);
}

static void print_causes(const json_t *causes)
{
	struct table *t;
	const char *key;
	json_t *v;

	if (!json_object_size(causes))
		return;
	t = table_new("<outcome/cause|>requests");
	if (!t)
		return;
	json_object_foreach((json_t *)causes, key, v)
		count_row(t, key, (uint64_t)json_integer_value(v));
	putchar('\n');
	table_print(t, stdout, 0);
	table_free(t);
}

/* The sampled quantities that a reader asks for first: of a machine, and of an
 * allocator of the host. */
static void print_peaks(const json_t *json)
{
	static const struct { const char *from, *column, *text; bool bytes, host; } rows[] = {
		{ "lows", "free_dma", "DMA free pages, lowest", false, false },
		{ "lows", "free_normal", "Normal free pages, lowest", false, false },
		{ "lows", "free_high", "HighMem free pages, lowest", false, false },
		{ "peaks", "slab_capacity_bytes", "slab memory, most", true, false },
		{ "peaks", "vmalloc_used", "vmalloc space, most", true, false },
		{ "lows", "vmalloc_largest_hole", "largest vmalloc hole, smallest", true, false },
		{ "peaks", "pkmap_in_use", "pkmap slots in use, most", false, false },
		{ "peaks", "kmap_local_in_use", "kmap_local slots in use, most", false, false },
		{ "peaks", "requested_bytes", "memory asked for, most", true, true },
		{ "peaks", "allocated_bytes", "memory allocated for it, most", true, true },
		{ "peaks", "active_bytes", "memory in active pages, most", true, true },
		{ "peaks", "resident_bytes", "resident memory, most", true, true },
		{ "peaks", "mapped_bytes", "mapped memory, most", true, true },
	};
	bool host = !json_object_get(json, "machine");
	struct table *t = table_new("<sampled|>value|>at operation");
	char a[FMT_LEN], b[FMT_LEN];
	size_t i;

	if (!t)
		return;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const json_t *p = json_object_get(json_object_get(json, rows[i].from), rows[i].column);
		uint64_t v = (uint64_t)json_integer_value(json_object_get(p, "value"));

		if (rows[i].host != host)
			continue;
		table_cell(t, "%s", rows[i].text);
		table_cell(t, "%s", rows[i].bytes ? fmt_mem(a, v) : fmt_grouped(a, v));
		table_cell(t, "%s", fmt_grouped(b, (uint64_t)json_integer_value(json_object_get(p, "op"))));
	}
	putchar('\n');
	table_print(t, stdout, 0);
	table_free(t);
}

static void print_verdicts(const struct run_result *r, const char *out)
{
	const json_t *v = json_object_get(r->json, "verdicts");
	size_t i;

	putchar('\n');
	for (i = 0; i < json_array_size(v); i++)
		printf("%s\n", json_string_value(json_array_get(v, i)));
	if (json_object_get(r->json, "machine"))
		printf("Machine check: %s\n", r->check);
	printf("Results: %s\n", out);
}

static const struct columns {
	bool time;
	const char *name[6];
} ns_columns = { true, { "mean_ns", "p50_ns", "p90_ns", "p99_ns", "p99_9_ns", "max_ns" } },
  cost_columns = { false, { "mean_instructions", "p50_instructions", "p90_instructions",
			   "p99_instructions", "p99_9_instructions", "max_instructions" } };

static void print_distributions(const char *head, const json_t *rows, const struct columns *c)
{
	struct table *t = table_new(head);
	char buf[FMT_LEN];
	const char *key;
	json_t *row;

	if (!t)
		return;
	json_object_foreach((json_t *)rows, key, row) {
		count_row(t, key, (uint64_t)json_integer_value(json_object_get(row, "count")));
		for (int i = 0; i < 6; i++) {
			double v = json_number_value(json_object_get(row, c->name[i]));

			table_cell(t, "%s", c->time ? fmt_seconds(buf, v * 1e-9) :
				   fmt_grouped(buf, (uint64_t)(v + 0.5)));
		}
	}
	putchar('\n');
	table_print(t, stdout, 0);
	table_free(t);
}

/* Host time by kind; by cause only where all were measured: a sample meets the
 * rare causes hardly ever. */
static void print_latency(const json_t *latency)
{
	if (json_is_null(latency))
		return;
	print_distributions("<host time of|>measured|>mean|>p50|>p90|>p99|>p99.9|>max",
			    json_object_get(latency, "by_kind"), &ns_columns);
	if (!strcmp(json_string_value(json_object_get(latency, "mode")), "all"))
		print_distributions("<by cause|>measured|>mean|>p50|>p90|>p99|>p99.9|>max",
				    json_object_get(latency, "by_cause"), &ns_columns);
}

static void print_cost(const json_t *cost)
{
	if (!json_is_null(cost))
		print_distributions("<modelled instructions of|>operations|>mean|>p50|>p90|>p99|>p99.9|>max",
				    json_object_get(cost, "by_kind"), &cost_columns);
}

/* What the state's files did not tell. */
static void print_assumed(const struct run_result *r)
{
	const json_t *state = json_object_get(r->json, "state"), *a = json_object_get(state, "assumed");
	size_t i;

	if (!json_array_size(a))
		return;
	printf("\nAssumed about %s:\n", json_string_value(json_object_get(state, "source")));
	for (i = 0; i < json_array_size(a); i++)
		printf("  %s\n", json_string_value(json_array_get(a, i)));
}

static int print_json(const struct run_result *r)
{
	json_dumpf(r->json, stdout, JSON_INDENT(2));
	putchar('\n');
	return CMD_DONE;
}

static int replay(struct arguments *a, const char *name)
{
	struct mm_error err;
	struct run_result r;
	bool found;
	int ret;

	ret = run_replay(&a->run, &r, &err);
	if (ret == RUN_INTERRUPTED) {
		fprintf(stderr, "mmreplay replay: interrupted; no results were written\n");
		return stop_status();
	}
	if (ret)
		return cmd_fail(name, &err);
	if (a->json) {
		print_json(&r);
	} else {
		print_counts(&r);
		print_causes(json_object_get(r.json, "causes"));
		print_peaks(r.json);
		print_latency(json_object_get(r.json, "latency"));
		print_cost(json_object_get(r.json, "cost"));
		print_assumed(&r);
		print_verdicts(&r, a->run.out);
	}
	check_fail_on(&a->fail_on, &r, &found, &err);
	if (strcmp(r.check, "clean"))
		found = true;
	run_result_free(&r);
	return found ? CMD_FOUND : CMD_DONE;
}

/* --latency=off|all|N */
static int read_latency(const char *s, uint32_t *every, struct mm_error *err)
{
	unsigned long long n;
	char *end;

	*every = RUN_LATENCY_EVERY;
	if (!s)
		return 0;
	if (!strcmp(s, "off") || !strcmp(s, "all")) {
		*every = !strcmp(s, "all");
		return 0;
	}
	n = strtoull(s, &end, 10);
	if (*s < '0' || *s > '9' || *end || !n || n > INT32_MAX)
		return mm_fail(err, -22, "--latency: found '%s', expected off, all or N from 1 to %d "
			       "(one operation in N is measured)", s, INT32_MAX);
	*every = (uint32_t)n;
	return 0;
}

static int set_up(struct arguments *a, char **out, struct mm_error *err)
{
	bool found;
	char *end;

	if (check_fail_on(&a->fail_on, NULL, &found, err))
		return err->code;
	if (a->seed) {
		a->run.seed = strtoull(a->seed, &end, 0);
		a->run.seed_set = true;
		if (*a->seed < '0' || *a->seed > '9' || *end)
			return mm_fail(err, -22, "--seed: found '%s', expected a whole number", a->seed);
	}
	if (read_latency(a->latency, &a->run.latency_every, err))
		return err->code;
	a->run.check_every = (uint64_t)a->check_every;
	a->run.timeline.every = (uint64_t)a->sample_every;
	a->run.timeline.samples = (uint32_t)a->samples;
	a->run.progress = stderr;
	if (!a->run.machine && !a->run.state_dir)
		a->run.machine = a->own_machine = machine_of_trace(a->run.trace);
	if (!a->run.out) {
		bool host = a->run.backend && strcmp(a->run.backend, "sim");

		*out = run_default_out(a->run.trace, host ? a->run.backend :
				       a->run.machine ? a->run.machine : a->run.state_dir);
		if (!*out)
			return mm_fail(err, -12, "out of memory");
		a->run.out = *out;
	}
	return 0;
}

int cmd_replay(int argc, char **argv)
{
	struct arguments a = { .samples = RUN_SAMPLES };
	const struct opt opts[] = {
		{ "machine", 'm', OPT_STRING, &a.run.machine, "FILE|NAME",
		  "The machine: a file, or a preset. Default: the preset that the trace names, else "
		  MACHINE_DEFAULT ".", 0, 0 },
		{ "state", 0, OPT_STRING, &a.run.state_dir, "DIR",
		  "Start from the state in DIR instead of a fresh boot: an exact snapshot (the "
		  "first), or the /proc files of a running machine. The machine is that of the "
		  "state unless --machine names another.", 0, 0 },
		{ "backend", 0, OPT_STRING, &a.run.backend, "sim|jemalloc|libc",
		  "What replays: sim, the simulated machine (default); jemalloc or libc, allocators of "
		  "this host, to compare with.", 0, 0 },
		{ "zero", 0, OPT_FLAG, &a.run.zero, NULL,
		  "jemalloc, libc: requests with __GFP_ZERO are zeroed. Otherwise no memory is written, "
		  "as the simulated machine writes none.", 0, 0 },
		{ "touch", 0, OPT_FLAG, &a.run.touch, NULL,
		  "jemalloc, libc: write to each page of new memory, as its user would, so that it becomes "
		  "resident.", 0, 0 },
		{ "output", 'o', OPT_STRING, &a.run.out, "DIR",
		  "Where the results go (default results/TRACE-MACHINE, or -BACKEND). An earlier run there is replaced.", 0, 0 },
		{ "json", 0, OPT_FLAG, &a.json, NULL, "Print run.json instead of a table.", 0, 0 },
		{ "samples", 0, OPT_INT, &a.samples, "N",
		  "Rows of timeline.csv, evenly over the trace's time (default 1000).", 1, 1000000 },
		{ "sample", 0, OPT_INT, &a.sample_every, "N",
		  "Sample every N operations instead.", 1, INT64_MAX },
		{ "check", 0, OPT_INT, &a.check_every, "N",
		  "Prove the machine consistent every N operations, not only at the end.", 1, INT64_MAX },
		{ "latency", 0, OPT_STRING, &a.latency, "off|all|N",
		  "Measure the host time of no operation, of each, or of one in N at random "
		  "(default 128).", 0, 0 },
		{ "cost", 0, OPT_FLAG, &a.run.cost, NULL,
		  "Model what each operation would cost on the machine, in instructions of the real kernel.", 0, 0 },
		{ "fail-on", 0, OPT_LIST, &a.fail_on, "WORD,...",
		  "Exit 1 when the run has any of: failures, would-block, misuse, unsupported, skipped, orphans.", 0, 0 },
		{ "seed", 0, OPT_STRING, &a.seed, "N", "Seed of the slab freelist shuffle.", 0, 0 },
		{ "salvage", 0, OPT_FLAG, &a.run.salvage, NULL,
		  "Replay what precedes the damage of a cut or damaged trace.", 0, 0 },
		{ 0 }
	};
	const struct opt_spec spec = {
		.usage = "T.mmt|- [OPTION...]",
		.about = "Replay a trace on a simulated machine and write what happened to a folder:\n"
			 "run.json, timeline.csv, failures.csv, blocks.csv, blame.csv, latency.csv and /proc files.\n"
			 "The folder appears when the run is whole; an interrupted run leaves nothing.",
		.opts = opts,
		.more = "Exit status: 0 done, 1 found what --fail-on asked for or the machine became\n"
			"inconsistent, 2 bad usage or input, 130 interrupted.\n",
		.min_operands = 1, .max_operands = 1,
	};
	struct mm_error err;
	char *out = NULL, *trace;
	int status, first = cmd_options(&spec, argc, argv, &status);

	if (first < 0)
		return status;
	trace = cmd_trace(argv[first]);
	a.run.trace = trace ? trace : argv[first];
	stop_install();
	status = set_up(&a, &out, &err) ? cmd_fail(argv[0], &err) : replay(&a, argv[0]);
	opt_list_free(&a.fail_on);
	free(out);
	free(a.own_machine);
	free(trace);
	return status;
}
