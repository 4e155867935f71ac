/* SPDX-License-Identifier: MIT
 *
 * The run: decode a batch, let the backend execute it up to the next moment at
 * which something else is due (sample, pageblock states, check, mark), repeat.
 */
#include "replay/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/stop.h"
#include "replay/machine_file.h"
#include "replay/run_internal.h"

static double of_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double now(void)
{
	return of_clock(CLOCK_MONOTONIC);
}

/* ---- opening ---- */

FILE *run_open_result(struct run *x, const char *name)
{
	char path[4200];
	FILE *f;

	if (!x->out) {
		f = tmpfile();
		snprintf(path, sizeof(path), "temporary file");
	} else {
		snprintf(path, sizeof(path), "%s/%s", out_dir_path(x->out), name);
		f = fopen(path, "w");
	}
	if (!f)
		mm_fail(x->err, -errno, "%s: cannot be written: %s", path, strerror(errno));
	return f;
}

static int open_trace(struct run *x)
{
	struct mmt_read_options opt = { .salvage = x->o->salvage };
	struct mm_error ignored;

	x->trace = mmt_open(x->o->trace, &opt, x->err);
	if (!x->trace)
		return x->err->code;
	/* A pipe or a cut file has no trailer: the run does without. */
	x->totals_known = !mmt_totals(x->trace, &x->totals, &ignored);
	return 0;
}

/* An exact snapshot, or a running machine's /proc files. */
static int open_state(struct run *x, struct mm_config *cfg)
{
	struct mm_config ignored;

	if (!state_is_proc(x->o->state_dir))
		return state_read_snapshot(x->o->state_dir, 0, &x->state, cfg, x->err);
	return state_read_proc(x->o->state_dir, &x->state, cfg ? cfg : &ignored, &x->assumed, x->err);
}

/* The machine: as named, else the one that the state was taken from. */
static int open_machine(struct run *x)
{
	const char *what = x->o->machine ? x->o->machine : MACHINE_DEFAULT;
	bool from_state = x->o->state_dir && !x->o->machine;
	int r;

	if (x->o->state_dir) {
		r = open_state(x, from_state ? &x->cfg : NULL);
		if (r)
			return r;
		x->has_state = true;
	}
	r = from_state ? 0 : machine_file_read(what, &x->cfg, x->err);
	if (r)
		return r;
	if (x->o->seed_set)
		x->cfg.seed = x->o->seed;
	/* Stealing looks at LRU pages: without insertion events in the trace
	 * (a pipe cannot tell yet) every movable page counts as one. */
	x->cfg.movable_on_lru = !x->totals_known || !x->totals.by_kind[TRACE_LRU_ADD];
	return 0;
}

static int open_backend(struct run *x)
{
	const char *name = x->o->backend ? x->o->backend : "sim";
	const struct backend_ops *ops = backend_find(name, x->err);
	struct backend_setup setup = {
		.machine = &x->cfg, .state = x->has_state ? &x->state : NULL, .trace = x->trace,
		.failed = failures_add, .failed_arg = &x->failures,
		.slots = x->totals_known ? x->totals.slots : 0,
		.zero = x->o->zero, .touch = x->o->touch,
	};

	if (!ops)
		return x->err->code;
	if (x->o->latency_every) {
		x->latency = latency_new(x->o->latency_every, x->err);
		if (!x->latency)
			return x->err->code;
		setup.latency = x->latency;
	}
	if (x->o->cost) {
		x->cost = cost_sum_new(x->err);
		if (!x->cost)
			return x->err->code;
		setup.cost = x->cost;
	}
	x->b = ops->open(&setup, x->err);
	if (!x->b)
		return x->err->code;
	x->m = ops->machine(x->b);
	if (x->cost && !x->m)
		return mm_fail(x->err, -EINVAL, "--cost: found backend %s, expected sim: only a simulated "
			       "machine has a modelled cost", name);
	mm_state_free(&x->state);	/* the machine has it now */
	return 0;
}

static int open_results(struct run *x)
{
	uint64_t duration = x->totals_known ? x->totals.duration_ns : 0;
	char proc[4200];

	if (x->out) {
		snprintf(proc, sizeof(proc), "%s/proc", out_dir_path(x->out));
		if (out_mkdirs(proc, x->err))
			return x->err->code;
	}
	x->timeline_file = run_open_result(x, "timeline.csv");
	x->failures_file = x->timeline_file ? run_open_result(x, "failures.csv") : NULL;
	if (!x->failures_file)
		return x->err->code;
	failures_begin(&x->failures, x->failures_file, x->trace);
	x->timeline = timeline_new(x->timeline_file, &x->o->timeline, duration, x->err);
	if (!x->timeline)
		return x->err->code;
	if (x->m) {
		x->blocks = blocks_new(x->m, RUN_MOMENTS, duration, x->err);
		if (!x->blocks)
			return x->err->code;
	}
	return 0;
}

static int open_all(struct run *x)
{
	int r = open_trace(x);

	if (!r)
		r = open_machine(x);
	if (!r && x->o->out) {
		x->out = out_dir_begin(x->o->out, "run.json", x->err);
		r = x->out ? 0 : x->err->code;
	}
	if (!r)
		r = open_backend(x);
	return r ? r : open_results(x);
}

/* ---- what is due between operations ---- */

static void check(struct run *x)
{
	struct mm_error bad;

	if (!x->m || strcmp(x->r->check, "clean"))
		return;
	if (mm_check(x->m, &bad))
		snprintf(x->r->check, sizeof(x->r->check), "after operation %llu: %s",
			 (unsigned long long)x->b->counts.operations, bad.text);
}

/* time_ns: of the operation that comes next.  What this takes is told apart: it
 * says nothing of the backend's speed, and a libc that walks its lists to tell
 * its state takes longer than the replay. */
static int do_due(struct run *x, uint64_t time_ns)
{
	double begin = now();
	int r = 0;

	if (timeline_due(x->timeline, x->b->counts.operations, time_ns))
		timeline_sample(x->timeline, x->b, time_ns);
	if (x->b->counts.operations >= x->next_check) {
		check(x);
		x->next_check += x->o->check_every;
	}
	if (x->blocks && time_ns >= blocks_next_time(x->blocks))
		r = blocks_sample(x->blocks, x->m, x->b->counts.operations, time_ns, x->err);
	x->r->seconds_sampling += now() - begin;
	return r;
}

static struct backend_stop next_stop(const struct run *x)
{
	struct backend_stop s = { UINT64_MAX, UINT64_MAX };

	timeline_stop(x->timeline, &s);
	if (x->next_check < s.operations)
		s.operations = x->next_check;
	if (x->blocks && blocks_next_time(x->blocks) < s.time)
		s.time = blocks_next_time(x->blocks);
	return s;
}

/* ---- the loop ---- */

/* Samples, ticks and the machine's work are due at a time plus something, which
 * must not wrap: what is added is at most this, too. */
#define LAST_TIME	((uint64_t)INT64_MAX)

/* Times never decrease: the last one tells of all. */
static int check_times(struct run *x, const struct trace_op *op, size_t n)
{
	uint64_t nr = x->b->counts.operations;

	if (op[n - 1].time <= LAST_TIME)
		return 0;
	for (; op->time <= LAST_TIME; op++)
		nr += op->kind != TRACE_ITEM;
	return mm_fail(x->err, -EINVAL, "%s: operation %llu: found time %llu ns, expected at most %llu ns (292 years)",
		       x->o->trace, (unsigned long long)nr, (unsigned long long)op->time,
		       (unsigned long long)LAST_TIME);
}

static int batch(struct run *x, const struct trace_op *op, size_t n)
{
	int r = check_times(x, op, n);
	size_t pos = 0;

	while (!r && pos < n) {
		struct backend_stop stop = next_stop(x);

		switch (x->b->ops->run(x->b, op, n, &pos, &stop)) {
		case BACKEND_BATCH_END:
			break;
		case BACKEND_TIME:
		case BACKEND_OPERATIONS:
			r = do_due(x, op[pos].time);
			break;
		case BACKEND_MARK:
			r = run_mark(x, &op[pos - 1]);
			break;
		case BACKEND_ERROR:
			return mm_fail(x->err, x->b->err.code, "%s: %s", x->o->trace, x->b->err.text);
		}
	}
	return r;
}

static void show_progress(struct run *x)
{
	uint64_t size = mmt_size(x->trace);
	double part = size ? (double)mmt_offset(x->trace) / (double)size : -1;

	progress_update(&x->progress, x->b->counts.operations, part);
}

static int loop(struct run *x)
{
	const struct trace_op *op;
	size_t n, i;
	int r;

	x->r->seconds = -now();
	x->r->cpu_seconds = -of_clock(CLOCK_PROCESS_CPUTIME_ID);
	while ((r = mmt_next(x->trace, &op, &n, x->err)) == 1) {
		r = batch(x, op, n);
		if (r)
			return r;
		for (i = n; i > 0 && op[i - 1].kind == TRACE_ITEM; i--)
			;
		if (i)
			x->last_time = op[i - 1].time;
		show_progress(x);
		if (stop_requested())
			return RUN_INTERRUPTED;
	}
	timeline_last(x->timeline, x->b, x->last_time);
	x->r->seconds += now();
	x->r->cpu_seconds += of_clock(CLOCK_PROCESS_CPUTIME_ID);
	return r;
}

/* ---- the end ---- */

int run_close_result(struct run *x, FILE **f, const char *name)
{
	int bad = ferror(*f);

	if (fclose(*f))
		bad = 1;
	*f = NULL;
	return bad ? mm_fail(x->err, -EIO, "%s/%s: cannot be written", x->o->out ? x->o->out : "-", name) : 0;
}

static int write_blocks(struct run *x)
{
	FILE *f = run_open_result(x, "blocks.csv");

	if (!f)
		return x->err->code;
	blocks_write(x->blocks, f);
	return run_close_result(x, &f, "blocks.csv");
}

static int write_blame(struct run *x)
{
	FILE *f = run_open_result(x, "blame.csv");
	int r;

	if (!f)
		return x->err->code;
	r = blame_write(x->m, x->trace, f, &x->blame, x->err);
	if (r) {
		fclose(f);
		return r;
	}
	return run_close_result(x, &f, "blame.csv");
}

static int write_machine_results(struct run *x)
{
	int r;

	if (!x->m)
		return 0;
	r = blocks_sample(x->blocks, x->m, x->b->counts.operations, x->last_time, x->err);
	if (!r)
		r = write_blocks(x);
	if (!r)
		r = write_blame(x);
	return r ? r : run_snapshot(x, "end");
}

static int write_json(struct run *x)
{
	FILE *f;

	x->r->json = run_json(x);
	if (!x->r->json)
		return mm_fail(x->err, -ENOMEM, "no memory for run.json");
	f = run_open_result(x, "run.json");
	if (!f)
		return x->err->code;
	if (json_dumpf(x->r->json, f, JSON_INDENT(2)) || putc('\n', f) == EOF) {
		fclose(f);
		return mm_fail(x->err, -EIO, "%s/run.json: cannot be written", x->o->out);
	}
	return run_close_result(x, &f, "run.json");
}

static void add_up(struct run *x)
{
	struct run_result *r = x->r;
	int k;

	r->counts = x->b->counts;
	for (k = 0; k <= TRACE_KIND_MAX; k++) {
		r->failures += r->counts.outcome[MM_FAIL][k];
		r->would_block += r->counts.outcome[MM_WOULD_BLOCK][k];
		r->misuse += r->counts.outcome[MM_MISUSE][k];
		r->unsupported += r->counts.outcome[MM_UNSUPPORTED][k];
		r->skipped += r->counts.skipped[k];
	}
	r->duration_ns = x->last_time;
}

static uint64_t peak_rss(void)
{
	struct rusage u;

	return getrusage(RUSAGE_SELF, &u) ? 0 : (uint64_t)u.ru_maxrss * 1024;
}

static int finish(struct run *x, double begin)
{
	const char *damage = mmt_damage(x->trace);
	int r;

	if (damage)
		x->r->damage = strdup(damage);
	add_up(x);
	timeline_flush(x->timeline);
	check(x);
	r = write_machine_results(x);
	if (!r)
		r = run_write_latency(x);
	if (!r)
		r = run_write_cost(x);
	if (!r)
		r = run_close_result(x, &x->timeline_file, "timeline.csv");
	if (!r)
		r = run_close_result(x, &x->failures_file, "failures.csv");
	x->r->peak_rss_bytes = peak_rss();
	x->r->seconds_total = now() - begin;
	if (!r)
		r = write_json(x);
	if (!r && x->out) {
		r = out_dir_commit(x->out, x->err);
		x->out = NULL;
	}
	return r;
}

static void close_all(struct run *x)
{
	out_dir_abort(x->out);
	if (x->timeline_file)
		fclose(x->timeline_file);
	if (x->failures_file)
		fclose(x->failures_file);
	timeline_free(x->timeline);
	blocks_free(x->blocks);
	if (x->b)
		x->b->ops->close(x->b);
	latency_free(x->latency);
	cost_sum_free(x->cost);
	if (x->trace)
		mmt_close(x->trace);
	mm_state_free(&x->state);
	state_assumed_free(&x->assumed);
	free(x->marks);
}

int run_replay(const struct run_options *o, struct run_result *r, struct mm_error *err)
{
	struct run x = { .o = o, .r = r, .err = err };
	double begin = now();
	int ret;

	memset(r, 0, sizeof(*r));
	snprintf(r->check, sizeof(r->check), "clean");
	x.next_check = o->check_every ? o->check_every : UINT64_MAX;
	ret = open_all(&x);
	if (!ret) {
		if (o->progress)
			progress_begin(&x.progress, o->progress, "replaying", "operations");
		ret = loop(&x);
		progress_end(&x.progress);
		if (!ret)
			ret = finish(&x, begin);
	}
	close_all(&x);
	if (ret)
		run_result_free(r);
	return ret;
}

void run_result_free(struct run_result *r)
{
	free(r->damage);
	r->damage = NULL;
	json_decref(r->json);
	r->json = NULL;
}

/* The last part of a path, without its ending. */
static size_t stem(const char **path, const char *ending)
{
	const char *base = strrchr(*path, '/');
	size_t n, m = strlen(ending);

	base = base ? base + 1 : *path;
	*path = base;
	n = strlen(base);
	return n > m && !strcmp(base + n - m, ending) ? n - m : n;
}

char *run_default_out(const char *trace, const char *on)
{
	const char *t = strcmp(trace, "-") ? trace : "stdin";
	const char *m = on ? on : MACHINE_DEFAULT;
	int nt = (int)stem(&t, ".mmt"), nm = (int)stem(&m, ".ini");
	char *s = NULL;

	return asprintf(&s, "results/%.*s-%.*s", nt, t, nm, m) < 0 ? NULL : s;
}
