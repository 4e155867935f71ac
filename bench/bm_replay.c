/* SPDX-License-Identifier: MIT
 *
 * bm_replay: operations a second of whole replays, on each backend.
 *
 *	bm_replay [--benchmark_...] [-m MACHINE] [TRACE.mmt...]
 *
 *	replay/TRACE/BACKEND		decodes and replays
 *	replay_mem/TRACE/BACKEND	replays operations that were decoded before
 *	replay_mem/TRACE/BACKEND-latency	the same with the time of every operation measured
 *
 * each also with the operations of a family alone: TRACE-slab, TRACE-page,
 * TRACE-nokmap (bench_trace.h).  An iteration is a whole replay from a fresh start;
 * opening and closing the backend (booting the machine, making the arena) is not
 * in the time.  items_per_second counts operations, not the items of bulk
 * operations.  The same loop of run.c's is here without samples.
 *
 * Without a filter the families and latency of traces with fewer than 500,000
 * operations are left out: booting the machine again and again would take minutes.
 *
 * Ratios: in one process, interleaved, medians:
 *	bm_replay --benchmark_filter=replay_mem/.*-slab/ --benchmark_repetitions=9
 *		--benchmark_enable_random_interleaving=true
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench_trace.h"
#include "bench/libbench/bench.h"
#include "replay/backend.h"
#include "replay/latency.h"

struct job {
	const char *path;
	enum bench_family family;
	const struct backend_ops *ops;
	bool latency;
};

static const char *machine;	/* -m */

static void die(const struct mm_error *err)
{
	fprintf(stderr, "bm_replay: %s\n", err->text);
	exit(2);
}

/* The operations of the job; those of one family of one trace stay decoded. */
static const struct bench_ops *ops_of(const struct job *j)
{
	static const char *path;
	static enum bench_family family;
	static struct bench_ops ops;
	struct mm_error err;

	if (path == j->path && family == j->family)
		return &ops;
	bench_ops_free(&ops);
	path = NULL;
	if (bench_ops_load(&ops, j->path, j->family, 0, &err))
		die(&err);
	path = j->path;
	family = j->family;
	return &ops;
}

struct replay {
	const struct job *job;
	struct mm_config cfg;
	struct latency *latency;
	struct backend *b;
	uint64_t operations, failed;
};

static void replay_begin(struct replay *x, const struct job *j)
{
	struct mm_error err;

	memset(x, 0, sizeof(*x));
	x->job = j;
	if (bench_machine(j->path, machine, &x->cfg, &err))
		die(&err);
}

static void open_backend(struct replay *x, struct mmt_reader *r)
{
	struct backend_setup setup = { .machine = &x->cfg, .trace = r };
	struct trace_totals totals;
	struct mm_error err;

	if (!mmt_totals(r, &totals, &err))
		setup.slots = totals.slots;

	if (x->job->latency) {
		setup.latency = x->latency = latency_new(1, &err);
		if (!x->latency)
			die(&err);
	}
	x->b = x->job->ops->open(&setup, &err);
	if (!x->b)
		die(&err);
}

static void close_backend(struct replay *x)
{
	int k;

	x->operations = x->b->counts.operations;
	for (x->failed = 0, k = 0; k <= TRACE_KIND_MAX; k++)
		x->failed += x->b->counts.outcome[MM_FAIL][k] + x->b->counts.outcome[MM_WOULD_BLOCK][k];
	x->job->ops->close(x->b);
	latency_free(x->latency);
	x->latency = NULL;
}

static void run_all(struct replay *x, const struct trace_op *op, size_t n)
{
	const struct backend_stop never = { UINT64_MAX, UINT64_MAX };
	size_t pos = 0;

	while (pos < n)
		if (x->job->ops->run(x->b, op, n, &pos, &never) == BACKEND_ERROR)
			die(&x->b->err);
}

static void report(struct bench_state *s, const struct replay *x)
{
	bench_set_items(s, x->operations * bench_iterations(s));
	bench_set_counter(s, "not_served", (double)x->failed, BENCH_COUNTER);
}

static void bm_mem(struct bench_state *s)
{
	const struct job *j = s->data;
	const struct bench_ops *o = ops_of(j);
	struct replay x;

	if (!o->operations) {
		bench_skip_with_message(s, "the trace has none of these operations");
		return;
	}
	replay_begin(&x, j);
	BENCH_LOOP(s) {
		bench_pause(s);
		open_backend(&x, o->r);
		bench_resume(s);
		run_all(&x, o->op, o->n);
		bench_pause(s);
		close_backend(&x);
		bench_resume(s);
	}
	report(s, &x);
}

/* The file of the job's family; made when it is first needed. */
static const char *file_of(const struct job *j)
{
	static struct {
		const char *path;
		char *file;
	} known[NR_FAMILIES];
	struct mm_error err;

	if (known[j->family].path != j->path) {
		free(known[j->family].file);
		known[j->family].file = bench_family_file(j->path, j->family, &err);
		if (!known[j->family].file)
			die(&err);
		known[j->family].path = j->path;
	}
	return known[j->family].file;
}

static void bm_decode_and_run(struct bench_state *s)
{
	const struct job *j = s->data;
	const char *file = file_of(j);
	bool empty = !ops_of(j)->operations;
	const struct trace_op *op;
	struct mm_error err;
	struct replay x;
	size_t n;
	int more;

	if (empty) {
		bench_skip_with_message(s, "the trace has none of these operations");
		return;
	}
	replay_begin(&x, j);
	BENCH_LOOP(s) {
		struct mmt_reader *r = mmt_open(file, NULL, &err);

		if (!r)
			die(&err);
		bench_pause(s);
		open_backend(&x, r);
		bench_resume(s);
		while ((more = mmt_next(r, &op, &n, &err)) == 1)
			run_all(&x, op, n);
		if (more < 0)
			die(&err);
		bench_pause(s);
		close_backend(&x);
		mmt_close(r);
		bench_resume(s);
	}
	report(s, &x);
}

static void add(const char *kind, bench_fn *fn, const char *trace, struct job job)
{
	struct job *j = malloc(sizeof(*j));
	char *name = NULL;

	if (!j || asprintf(&name, "%s/%s%s/%s%s", kind, trace, bench_family_suffix[job.family],
			   job.ops->name, job.latency ? "-latency" : "") < 0)
		exit(2);
	*j = job;
	bench_set_unit(bench_set_data(bench_register(name, fn), j), BENCH_MS);
	free(name);
}

/* In a small trace booting the machine takes longer than the replay. */
enum { LARGE = 500000 };

static bool is_large(const char *path)
{
	struct trace_totals t;
	struct mm_error err;
	struct mmt_reader *r = mmt_open(path, NULL, &err);
	bool large;

	if (!r)
		die(&err);
	large = !mmt_totals(r, &t, &err) && t.operations >= LARGE;
	mmt_close(r);
	return large;
}

static void add_trace(const char *path)
{
	bool all = *bench_filter() || is_large(path);
	char *name = bench_trace_name(path);
	const struct backend_ops *ops;
	unsigned int i;
	int f;

	if (!name)
		exit(2);
	for (f = 0; f < (all ? NR_FAMILIES : 1); f++)
		for (i = 0; (ops = backend_at(i)); i++) {
			struct job j = { path, (enum bench_family)f, ops, false };

			add("replay_mem", bm_mem, name, j);
			add("replay", bm_decode_and_run, name, j);
			j.latency = true;
			if (all)
				add("replay_mem", bm_mem, name, j);
		}
	free(name);
}

int main(int argc, char **argv)
{
	char **trace;
	int first = 1;

	bench_init(&argc, argv, NULL);
	if (argc > 2 && !strcmp(argv[1], "-m")) {
		machine = argv[2];
		first = 3;
	}
	if (first < argc && *argv[first] == '-')
		return bench_report_unrecognized(argc, argv);
	bench_add_context("MALLOC_CONF", getenv("MALLOC_CONF") ? getenv("MALLOC_CONF") : "");
	bench_add_context("LD_PRELOAD", getenv("LD_PRELOAD") ? getenv("LD_PRELOAD") : "");
	for (trace = bench_traces(argv + first, argc - first); *trace; trace++)
		add_trace(*trace);
	return bench_run();
}
