/* SPDX-License-Identifier: MIT
 *
 * libbench: benchmarks in C, with the flags and the output of Google Benchmark.
 *
 *	static void BM_memcpy(struct bench_state *s)
 *	{
 *		size_t n = bench_arg(s, 0);
 *		char *from = calloc(1, n), *to = calloc(1, n);
 *
 *		BENCH_LOOP(s) {
 *			memcpy(to, from, n);
 *			bench_clobber();
 *		}
 *		bench_set_bytes(s, bench_iterations(s) * n);
 *		free(from);
 *		free(to);
 *	}
 *	BENCH(BM_memcpy, bench_add_range(b, 8, 8 << 10));
 *	BENCH_MAIN();
 *
 * A function is registered as a family; each set of arguments and each number
 * of threads makes one benchmark of it.  bench_main() reads --benchmark_*
 * flags, runs what --benchmark_filter chooses, and reports.  docs/libbench.md is
 * the guide.  The registry is one a process and not for use by many threads;
 * benchmarks themselves may run in many.  Wrong use of this interface and
 * exhausted memory end the program with a sentence on stderr and status 2.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct bench;		/* a registered family */
struct bench_timer;	/* private */

/* What a benchmark function gets, one a thread.  Use the functions below. */
struct bench_state {
	uint64_t left;			/* private: iterations left of this batch */
	const int64_t *args;		/* private */
	unsigned int nargs;		/* private */
	int threads, thread_index;	/* of threads 0 .. threads - 1 this is one */
	uint64_t max_iterations;	/* that the loop will make, if not skipped */
	void *data;			/* what bench_set_data() gave the family */
	void *fixture;			/* for bench_fixture(): the set-up's own */
	struct bench_timer *timer;	/* private */
};

typedef void bench_fn(struct bench_state *s);

enum bench_unit { BENCH_NS, BENCH_US, BENCH_MS, BENCH_S };

/* ---- the loop ----
 *
 * Exactly one of these in a benchmark function, run to its end:
 *
 *	BENCH_LOOP(s) { ... }
 *	while (bench_keep_running(s)) { ... }
 *
 * Both cost one decrement and one branch an iteration.  After bench_skip_*()
 * the body must be left with `break` (bench_keep_running() also ends by
 * itself); without a skip it must not. */

/* Private: starts the clock and returns the first batch; the next batch, which
 * is 0 when all is done (then the clock is stopped). */
uint64_t bench_start(struct bench_state *s);
uint64_t bench_next(struct bench_state *s);

#define BENCH_LOOP(s) \
	for (uint64_t bench_left_ = bench_start(s); bench_left_ || (bench_left_ = bench_next(s)); \
	     bench_left_--)

/* Private: the first call of bench_keep_running(), or the end of a batch. */
bool bench_keep_running_slow(struct bench_state *s);

static inline bool bench_keep_running(struct bench_state *s)
{
	if (__builtin_expect(s->left != 0, 1)) {
		s->left--;
		return true;
	}
	return bench_keep_running_slow(s);
}

/* The compiler may not remove the computation of a value ... */
#define bench_use(value) __asm__ volatile("" : : "g"(value) : "memory")
/* ... nor writes to memory, nor move them over this line. */
#define bench_clobber() __asm__ volatile("" : : : "memory")

/* ---- in a benchmark function ---- */

/* Argument i of this benchmark; i must be less than their number. */
int64_t bench_arg(const struct bench_state *s, unsigned int i);
/* Iterations done by this thread (after the loop: all of them). */
uint64_t bench_iterations(const struct bench_state *s);

/* Stop and restart the clocks within an iteration (each costs 100 ns to 2 us, so
 * only for iterations much longer than that). */
void bench_pause(struct bench_state *s);
void bench_resume(struct bench_state *s);
/* With bench_manual_time(): what this iteration took, in seconds. */
void bench_set_iteration_time(struct bench_state *s, double seconds);

/* End this benchmark: as an error, or as one that does not apply here.  A loop
 * that begins after it has no iterations.  The first message counts. */
void bench_skip_with_error(struct bench_state *s, const char *message);
void bench_skip_with_message(struct bench_state *s, const char *message);
bool bench_skipped(const struct bench_state *s);

/* Rates: bytes_per_second and items_per_second in the report. */
void bench_set_bytes(struct bench_state *s, uint64_t bytes);
void bench_set_items(struct bench_state *s, uint64_t items);
/* Free text at the end of the line; the last one set counts. */
void bench_set_label(struct bench_state *s, const char *label);
/* N of this benchmark for bench_complexity(). */
void bench_set_complexity_n(struct bench_state *s, int64_t n);

/* What is done with a counter's value at the end of a run, in this order.
 * Threads' values are added up first. */
enum bench_counter_flags {
	BENCH_COUNTER = 0,			/* the value itself */
	BENCH_RATE = 1 << 0,			/* divided by the run's seconds */
	BENCH_AVG_THREADS = 1 << 1,		/* divided by the number of threads */
	BENCH_ITERATION_INVARIANT = 1 << 2,	/* multiplied by the iterations */
	BENCH_AVG_ITERATIONS = 1 << 3,		/* divided by the iterations */
	BENCH_1024 = 1 << 4,			/* the console's k, M, G are powers of 1024 */
	BENCH_INVERT = 1 << 5,		/* 1 / value, after all others */
};

void bench_set_counter(struct bench_state *s, const char *name, double value, unsigned int flags);

/* ---- registration ---- */

/* A family of this name (copied).  The bench_* functions below return their
 * argument, so that calls nest; arguments of all calls of a family must be the
 * same number. */
struct bench *bench_register(const char *name, bench_fn *fn);

/* At program start: register fn under its own name, then evaluate the further
 * arguments, expressions that may use `b`. */
#define BENCH(fn, ...) BENCH_AT_(fn, __LINE__, ##__VA_ARGS__)
#define BENCH_AT_(fn, line, ...) BENCH_REGISTER_(fn, line, ##__VA_ARGS__)
#define BENCH_REGISTER_(fn, line, ...) \
	__attribute__((constructor)) static void bench_register_##fn##_##line(void) \
	{ \
		struct bench *b = bench_register(#fn, fn); \
		(void)((void)b, ##__VA_ARGS__); \
	} \
	struct bench_state

struct bench *bench_name(struct bench *b, const char *name);
struct bench *bench_set_data(struct bench *b, void *data);

/* One benchmark with this argument; with these n arguments. */
struct bench *bench_add_arg(struct bench *b, int64_t value);
struct bench *bench_add_args(struct bench *b, unsigned int n, const int64_t *values);
/* lo, the powers of the multiplier (8 unless set before) between, hi. */
struct bench *bench_add_range(struct bench *b, int64_t lo, int64_t hi);
struct bench *bench_range_multiplier(struct bench *b, int multiplier);
/* lo, lo + step, ... up to hi. */
struct bench *bench_add_dense_range(struct bench *b, int64_t lo, int64_t hi, int64_t step);
/* The product of n such ranges, or of n lists of values; the first argument
 * changes fastest. */
struct bench_range {
	int64_t lo, hi;
};
struct bench_list {
	const int64_t *values;
	size_t n;
};
struct bench *bench_add_ranges(struct bench *b, unsigned int n, const struct bench_range *ranges);
struct bench *bench_add_product(struct bench *b, unsigned int n, const struct bench_list *lists);
/* Names of the arguments in benchmarks' names ("" for none). */
struct bench *bench_arg_names(struct bench *b, unsigned int n, const char *const *names);

/* One benchmark a number of threads; powers of 2 from lo to hi; lo, lo + step
 * ... hi; one thread a processor. */
struct bench *bench_threads(struct bench *b, int n);
struct bench *bench_thread_range(struct bench *b, int lo, int hi);
struct bench *bench_dense_thread_range(struct bench *b, int lo, int hi, int step);
struct bench *bench_thread_per_cpu(struct bench *b);

/* Unset, the flag of the same name rules. */
struct bench *bench_set_unit(struct bench *b, enum bench_unit unit);
struct bench *bench_min_time(struct bench *b, double seconds);
struct bench *bench_min_warmup_time(struct bench *b, double seconds);
struct bench *bench_set_iterations(struct bench *b, uint64_t n);
struct bench *bench_repetitions(struct bench *b, int n);
struct bench *bench_report_aggregates_only(struct bench *b, bool on);
struct bench *bench_display_aggregates_only(struct bench *b, bool on);

/* What decides about the number of iterations and is divided by in rates: the
 * thread's processor time unless one of these says otherwise.  With
 * bench_process_time() processor time is that of the whole process. */
struct bench *bench_real_time(struct bench *b);
struct bench *bench_manual_time(struct bench *b);
struct bench *bench_process_time(struct bench *b);

/* Per-iteration minimum, maximum and percentiles, measured in a pass of their
 * own after each run (at most 100,000 iterations a thread), so that the other
 * numbers do not change.  --benchmark_percentiles does it for all. */
struct bench *bench_percentiles(struct bench *b);

/* Called before and after every run of a benchmark, by the main thread; s has
 * no running clock.  Before and after the function in every thread. */
struct bench *bench_setup(struct bench *b, bench_fn *setup, bench_fn *teardown);
struct bench *bench_fixture(struct bench *b, bench_fn *setup, bench_fn *teardown);

/* Fit of the time to N over the family's benchmarks: BigO and RMS rows. */
enum bench_big_o {
	BENCH_O_NONE, BENCH_O_1, BENCH_O_N, BENCH_O_N_SQUARED, BENCH_O_N_CUBED,
	BENCH_O_LOG_N, BENCH_O_N_LOG_N, BENCH_O_AUTO, BENCH_O_FUNCTION
};
struct bench *bench_complexity(struct bench *b, enum bench_big_o o);
struct bench *bench_complexity_fn(struct bench *b, double (*fn)(int64_t n));

/* One aggregate more, beside mean, median, stddev and cv; v has n >= 2 values,
 * one a repetition.  A percentage is a dimensionless ratio (1 is 100 %). */
typedef double bench_statistic_fn(const double *v, size_t n);
struct bench *bench_statistic(struct bench *b, const char *name, bench_statistic_fn *fn,
			      bool percentage);

/* ---- running ---- */

/* All of it; the value is for exit(): 0, 1 after a bad flag or a threshold that
 * did not hold, 2 after errors of this library. */
int bench_main(int argc, char **argv);
#define BENCH_MAIN() \
	int main(int argc, char **argv) \
	{ \
		return bench_main(argc, argv); \
	} \
	struct bench_state

/* The same in steps.  bench_init() takes the flags it knows out of argv, and
 * answers --help (with help, if given, else with its own list); true when
 * arguments that are not flags of this library are left (and reported). */
void bench_init(int *argc, char **argv, void (*help)(void));
bool bench_report_unrecognized(int argc, char **argv);
/* Run what the filter chooses, or list it: a value for exit(), as above. */
int bench_run(void);
/* The default of --benchmark_filter; empty when there is none.  Valid after
 * bench_init(), e.g. to open only what will run. */
const char *bench_filter(void);
/* Whether a benchmark of this full name would be run. */
bool bench_filter_matches(const char *name);
/* One more line of context in every report; false when the key is there. */
bool bench_add_context(const char *key, const char *value);
/* Forget all families and contexts. */
void bench_reset(void);

#ifdef __cplusplus
}
#endif
#endif
