/* SPDX-License-Identifier: MIT
 *
 * One thread's side of a run: the loop's begin, batches and end, its clocks,
 * and what the benchmark function sets.
 *
 * The loop counts down a batch and asks for the next at 0, so that an iteration
 * costs a decrement and a branch.  A measuring run has one batch; the pass for
 * percentiles has batches of one iteration, each with its own time.
 */
#include <time.h>

#include "internal.h"

static double of_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static double cpu_clock(const struct bench_timer *t)
{
	return of_clock(t->process_time ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_THREAD_CPUTIME_ID);
}

/* ---- all threads together ---- */

void barrier_init(struct barrier *b, int threads)
{
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->all_here, NULL);
	b->alive = threads;
	b->entered = 0;
	b->phase = 0;
}

void barrier_destroy(struct barrier *b)
{
	pthread_cond_destroy(&b->all_here);
	pthread_mutex_destroy(&b->lock);
}

static void open_if_complete(struct barrier *b)
{
	if (b->entered >= b->alive) {
		b->entered = 0;
		b->phase++;
		pthread_cond_broadcast(&b->all_here);
	}
}

void barrier_wait(struct barrier *b)
{
	unsigned int phase;

	pthread_mutex_lock(&b->lock);
	phase = b->phase;
	b->entered++;
	open_if_complete(b);
	while (phase == b->phase)
		pthread_cond_wait(&b->all_here, &b->lock);
	pthread_mutex_unlock(&b->lock);
}

void barrier_leave(struct barrier *b)
{
	pthread_mutex_lock(&b->lock);
	b->alive--;
	if (b->entered)
		open_if_complete(b);
	pthread_mutex_unlock(&b->lock);
}

/* ---- clocks ---- */

static void clocks_start(struct bench_timer *t)
{
	t->running = true;
	if (t->perf)
		perf_start(t->perf);
	/* The processor clock is a system call of about a microsecond on some hosts:
	 * it stays out of the real time, as in Google Benchmark. */
	t->cpu_begin = cpu_clock(t);
	t->real_begin = of_clock(CLOCK_MONOTONIC);
}

static void clocks_stop(struct bench_timer *t)
{
	double real = of_clock(CLOCK_MONOTONIC), cpu = cpu_clock(t);

	t->running = false;
	t->real += real - t->real_begin;
	/* The processor clock may step back by its resolution. */
	if (cpu > t->cpu_begin)
		t->cpu += cpu - t->cpu_begin;
	if (t->perf)
		perf_stop(t->perf);
}

void bench_pause(struct bench_state *s)
{
	struct bench_timer *t = s->timer;

	if (t->samples)
		samples_pause(t->samples);
	else if (t->running)
		clocks_stop(t);
}

void bench_resume(struct bench_state *s)
{
	struct bench_timer *t = s->timer;

	if (t->samples)
		samples_resume(t->samples);
	else if (!t->running && t->started && !t->finished && !t->skip)
		clocks_start(t);
}

void bench_set_iteration_time(struct bench_state *s, double seconds)
{
	s->timer->manual += seconds;
}

/* ---- the loop ---- */

uint64_t bench_start(struct bench_state *s)
{
	struct bench_timer *t = s->timer;

	if (t->started)
		bench_die("a benchmark function runs its loop twice");
	t->started = true;
	barrier_wait(t->barrier);
	if (t->skip)
		return 0;
	if (t->samples) {
		samples_begin(t->samples);
		return 1;
	}
	clocks_start(t);
	return s->max_iterations;
}

uint64_t bench_next(struct bench_state *s)
{
	struct bench_timer *t = s->timer;

	if (t->finished)
		return 0;
	if (t->samples && !t->skip) {
		samples_iteration(t->samples, t->manual);
		if (t->samples->n < s->max_iterations)
			return 1;
		samples_end(t->samples);
	}
	if (t->running)
		clocks_stop(t);
	t->finished = true;
	barrier_wait(t->barrier);
	return 0;
}

bool bench_keep_running_slow(struct bench_state *s)
{
	s->left = s->timer->started ? bench_next(s) : bench_start(s);
	if (!s->left && !s->timer->finished)
		s->left = bench_next(s);
	if (!s->left)
		return false;
	s->left--;
	return true;
}

/* ---- what functions ask and set ---- */

int64_t bench_arg(const struct bench_state *s, unsigned int i)
{
	if (i >= s->nargs)
		bench_die("a benchmark asks for argument %u of %u", i, s->nargs);
	return s->args[i];
}

uint64_t bench_iterations(const struct bench_state *s)
{
	return s->timer->started ? s->max_iterations - s->left : 0;
}

static void skip(struct bench_state *s, enum skip how, const char *message)
{
	struct bench_timer *t = s->timer;

	s->left = 0;
	if (t->running)
		clocks_stop(t);
	if (t->skip)
		return;
	t->skip = how;
	t->message = bench_strdup(message);
}

void bench_skip_with_error(struct bench_state *s, const char *message)
{
	skip(s, SKIP_ERROR, message);
}

void bench_skip_with_message(struct bench_state *s, const char *message)
{
	skip(s, SKIP_MESSAGE, message);
}

bool bench_skipped(const struct bench_state *s)
{
	return s->timer->skip != SKIP_NO;
}

void bench_set_counter(struct bench_state *s, const char *name, double value, unsigned int flags)
{
	counters_set(&s->timer->counters, name, value, flags & ~COUNTER_TIME);
}

void bench_set_bytes(struct bench_state *s, uint64_t bytes)
{
	bench_set_counter(s, "bytes_per_second", (double)bytes, BENCH_RATE | BENCH_1024);
}

void bench_set_items(struct bench_state *s, uint64_t items)
{
	bench_set_counter(s, "items_per_second", (double)items, BENCH_RATE);
}

void bench_set_label(struct bench_state *s, const char *label)
{
	free(s->timer->label);
	s->timer->label = bench_strdup(label);
}

void bench_set_complexity_n(struct bench_state *s, int64_t n)
{
	s->timer->complexity_n = n;
}

/* ---- for the runner ---- */

void state_init(struct bench_state *s, struct bench_timer *t, const struct instance *of,
		int thread, uint64_t iterations)
{
	*s = (struct bench_state){
		.args = of->args, .nargs = of->args ? of->b->n_args : 0, .threads = of->threads,
		.thread_index = thread, .max_iterations = iterations, .data = of->b->data,
		.timer = t,
	};
	t->process_time = of->b->process_time;
}

void state_run(struct bench_state *s, const struct instance *of)
{
	struct bench_timer *t = s->timer;

	if (of->b->fixture_begin)
		of->b->fixture_begin(s);
	of->b->fn(s);
	if (!t->finished)
		skip(s, SKIP_ERROR, "the benchmark function returned before its loop was done");
	if (of->b->fixture_end)
		of->b->fixture_end(s);
	barrier_leave(t->barrier);
}

void timer_free(struct bench_timer *t)
{
	counters_free(&t->counters);
	free(t->message);
	free(t->label);
}
