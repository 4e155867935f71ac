/* SPDX-License-Identifier: MIT
 *
 * One benchmark's repetitions.
 *
 * How many iterations: those that were set, or so many that the run takes the
 * minimum time (or five times that by the clock, or 10^9 iterations).  A run
 * that was too short is repeated with 1.4 times as many as it would have needed,
 * at most ten times as many if it took less than a tenth of the time.  Only the
 * first repetition searches; the others use its number.  Rules and constants
 * are Google Benchmark's.
 */
#include "internal.h"

#define MAX_ITERATIONS 1000000000ULL

/* What all threads of a run measured together. */
struct result {
	double real, cpu, manual, seconds;
	uint64_t iterations;
	int64_t complexity_n;
	enum skip skip;
	char *message, *label;
	struct counters counters;
};

struct thread {
	pthread_t id;
	const struct instance *of;
	struct bench_state state;
	struct bench_timer timer;
};

static void *thread_main(void *arg)
{
	struct thread *t = arg;

	state_run(&t->state, t->of);
	return NULL;
}

static void result_free(struct result *r)
{
	counters_free(&r->counters);
	free(r->message);
	free(r->label);
}

/* Adds a thread's; its texts are taken over. */
static void join_result(struct result *r, struct thread *t)
{
	struct bench_timer *m = &t->timer;

	r->real += m->real;
	r->cpu += m->cpu;
	r->manual += m->manual;
	r->iterations += m->started ? t->state.max_iterations : 0;
	r->complexity_n += m->complexity_n;
	counters_add(&r->counters, &m->counters);
	if (m->skip && !r->skip) {
		r->skip = m->skip;
		r->message = m->message;
		m->message = NULL;
	}
	if (m->label) {
		free(r->label);
		r->label = m->label;
		m->label = NULL;
	}
	timer_free(m);
}

static void call_hook(bench_fn *hook, const struct instance *of, uint64_t iterations)
{
	struct bench_timer timer = { 0 };
	struct bench_state s;

	if (!hook)
		return;
	state_init(&s, &timer, of, 0, iterations);
	hook(&s);
	timer_free(&timer);
}

/* Runs all threads once; samples, if not NULL, is one a thread. */
static void run_once(const struct runner *r, uint64_t iterations, struct samples *samples,
		     struct result *out)
{
	const struct instance *of = r->of;
	int n = of->threads, i;
	struct thread *t = bench_alloc((size_t)n * sizeof(*t));
	struct barrier barrier;

	*out = (struct result){ 0 };
	if (bench_flags.v >= 2)
		fprintf(stderr, "-- LOG(2): Running %s for %llu\n", of->name,
			(unsigned long long)iterations);
	call_hook(of->b->setup, of, iterations);
	if (r->perf)
		perf_reset(r->perf);
	barrier_init(&barrier, n);
	for (i = 0; i < n; i++) {
		t[i].of = of;
		t[i].timer.barrier = &barrier;
		t[i].timer.samples = samples ? samples + i : NULL;
		t[i].timer.perf = i || samples ? NULL : r->perf;
		state_init(&t[i].state, &t[i].timer, of, i, iterations);
	}
	for (i = 1; i < n; i++)
		if (pthread_create(&t[i].id, NULL, thread_main, &t[i]))
			bench_die("%s: thread %d of %d cannot be started", of->name, i + 1, n);
	thread_main(&t[0]);
	for (i = 1; i < n; i++)
		pthread_join(t[i].id, NULL);
	for (i = 0; i < n; i++)
		join_result(out, &t[i]);
	barrier_destroy(&barrier);
	free(t);
	if (r->perf && !samples)
		perf_report(r->perf, &out->counters);
	call_hook(of->b->teardown, of, iterations);

	out->real /= n;
	out->manual /= n;
	if (of->b->process_time)
		out->cpu /= n;
	out->seconds = of->b->manual_time ? out->manual : of->b->real_time ? out->real : out->cpu;
	if (bench_flags.v >= 2)
		fprintf(stderr, "-- LOG(2): Ran in %g/%g\n", out->cpu, out->real);
}

/* ---- how many iterations ---- */

static bool long_enough(const struct runner *r, const struct result *run, uint64_t iterations,
			double min_time)
{
	return run->skip || iterations >= MAX_ITERATIONS || run->seconds >= min_time ||
	       (run->real >= 5 * min_time && !r->of->b->manual_time);
}

static uint64_t more_iterations(const struct result *run, uint64_t iterations, double min_time)
{
	double multiplier = min_time * 1.4 / (run->seconds > 1e-9 ? run->seconds : 1e-9);
	double next;

	if (run->seconds / min_time <= 0.1 && multiplier > 10)
		multiplier = 10;
	if (multiplier <= 1)
		multiplier = 2;
	next = multiplier * (double)iterations;
	if (next < (double)iterations + 1)
		next = (double)iterations + 1;
	if (bench_flags.v >= 3)
		fprintf(stderr, "-- LOG(3): Next iters: %.0f, %g\n", next, multiplier);
	return next + 0.5 >= (double)MAX_ITERATIONS ? MAX_ITERATIONS : (uint64_t)(next + 0.5);
}

/* Runs with growing numbers of iterations until one is long enough. */
static void search(struct runner *r, double min_time, struct result *run)
{
	for (;;) {
		run_once(r, r->iterations, NULL, run);
		if (long_enough(r, run, r->iterations, min_time))
			return;
		r->iterations = more_iterations(run, r->iterations, min_time);
		result_free(run);
	}
}

static void warm_up(struct runner *r)
{
	uint64_t before = r->iterations;
	struct result run;

	r->warm = true;
	search(r, r->min_warmup, &run);
	result_free(&run);
	r->iterations = before;
}

/* ---- repetitions ---- */

void runner_init(struct runner *r, const struct instance *of, struct perf_set *perf)
{
	const struct bench_flags *f = &bench_flags;
	const struct bench *b = of->b;

	*r = (struct runner){
		.of = of,
		.perf = perf,
		.min_time = b->min_time > 0 ? b->min_time : f->min_time,
		.min_warmup = b->min_warmup_time > 0 ? b->min_warmup_time : f->min_warmup_time,
		.repeats = b->repetitions ? b->repetitions : f->repetitions,
		.iterations = b->iterations ? b->iterations : f->min_iterations,
		.aggregates_display = f->report_aggregates_only || f->display_aggregates_only,
		.aggregates_file = f->report_aggregates_only,
	};
	if (b->aggregates_set) {
		r->aggregates_display = b->display_aggregates_only;
		r->aggregates_file = b->report_aggregates_only;
	}
	if (f->dry_run) {
		r->iterations = 1;
		r->repeats = 1;
		r->min_warmup = 0;
	}
	r->explicit_iterations = r->iterations != 0;
	r->warm = !(r->min_warmup > 0);
	if (!r->iterations)
		r->iterations = 1;
}

static void percentile_pass(const struct runner *r, struct counters *out)
{
	uint64_t n = r->iterations < SAMPLES_MAX ? r->iterations : SAMPLES_MAX;
	struct samples *s = bench_alloc((size_t)r->of->threads * sizeof(*s));
	struct result run;
	int i;

	for (i = 0; i < r->of->threads; i++)
		samples_open(&s[i], r->of->b->manual_time);
	run_once(r, n, s, &run);
	if (!run.skip)
		samples_report(s, r->of->threads, out);
	result_free(&run);
	for (i = 0; i < r->of->threads; i++)
		samples_close(&s[i]);
	free(s);
}

static void keep(struct runner *r, struct result *m)
{
	struct run *run = runs_add(&r->runs);

	run->of = r->of;
	run->unit = r->of->unit;
	run->run_name = bench_strdup(r->of->name);
	run->skip = m->skip;
	run->message = m->message;
	run->label = m->label;
	run->iterations = m->iterations;
	run->repetitions = r->repeats;
	run->repetition = r->done;
	run->threads = r->of->threads;
	m->message = m->label = NULL;
	if (!m->skip) {
		run->real = r->of->b->manual_time ? m->manual : m->real;
		run->cpu = m->cpu;
		run->complexity = r->of->b->complexity;
		run->complexity_n = m->complexity_n;
		run->counters = m->counters;
		m->counters = (struct counters){ NULL, 0 };
		counters_finish(&run->counters, m->iterations, m->seconds, r->of->threads);
		if (bench_flags.percentiles || r->of->b->percentiles)
			percentile_pass(r, &run->counters);
	}
	result_free(m);
}

void runner_repetition(struct runner *r)
{
	struct result run;

	if (!r->warm)
		warm_up(r);
	if (r->done || r->explicit_iterations)
		run_once(r, r->iterations, NULL, &run);
	else
		search(r, r->min_time, &run);
	keep(r, &run);
	r->done++;
	if (r->done == r->repeats)
		stats_compute(&r->runs, &r->aggregates);
}

void runner_free(struct runner *r)
{
	runs_free(&r->runs);
	runs_free(&r->aggregates);
}
