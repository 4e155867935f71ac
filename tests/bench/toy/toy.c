/* SPDX-License-Identifier: MIT
 *
 * Toy benchmarks: the same in C for libbench (this file) and in C++ for Google
 * Benchmark (toy.cc), so that the two libraries' output can be compared.
 * Iterations are fixed, hence equal; counters whose names begin with k_ have the
 * same value in both.
 */
#include "bench/libbench/bench.h"

#define ARGS(n, ...) n, (const int64_t[]){ __VA_ARGS__ }

static void plain(struct bench_state *s)
{
	BENCH_LOOP(s)
		bench_clobber();
}

static void sized(struct bench_state *s)
{
	int64_t n = bench_arg(s, 0), i;

	while (bench_keep_running(s))
		for (i = 0; i < n; i++)
			bench_use(i);
	bench_set_items(s, bench_iterations(s) * (uint64_t)n);
	bench_set_bytes(s, bench_iterations(s) * 1000);
	bench_set_complexity_n(s, n);
	bench_set_label(s, "a \"label\", quoted");
}

static void counted(struct bench_state *s)
{
	BENCH_LOOP(s)
		bench_clobber();
	bench_set_counter(s, "k_plain", 3.25, BENCH_COUNTER);
	bench_set_counter(s, "k_negative", -123456, BENCH_COUNTER);
	bench_set_counter(s, "k_small", 0.00123, BENCH_COUNTER);
	bench_set_counter(s, "k_kilo", 12345678, BENCH_1024);
	bench_set_counter(s, "k_threads", 10, BENCH_AVG_THREADS);
	bench_set_counter(s, "k_invariant", 2, BENCH_ITERATION_INVARIANT);
	bench_set_counter(s, "k_iteration", 50, BENCH_AVG_ITERATIONS);
	bench_set_counter(s, "k_inverse", 8, BENCH_INVERT);
	bench_set_counter(s, "rate", 1000, BENCH_RATE);
	bench_set_counter(s, "per_thread", 1000, BENCH_RATE | BENCH_AVG_THREADS);
	bench_set_counter(s, "seconds", 1000, BENCH_RATE | BENCH_INVERT);
	bench_set_counter(s, "a_long_name_of_a_counter", 1, BENCH_COUNTER);
}

static void manual(struct bench_state *s)
{
	while (bench_keep_running(s))
		bench_set_iteration_time(s, 0.25);
	bench_set_counter(s, "k_rate", 10, BENCH_RATE);
}

static void paused(struct bench_state *s)
{
	BENCH_LOOP(s) {
		bench_pause(s);
		bench_clobber();
		bench_resume(s);
	}
}

static void error_before(struct bench_state *s)
{
	bench_skip_with_error(s, "it \"cannot\" begin");
	bench_skip_with_error(s, "a second reason");
	BENCH_LOOP(s)
		bench_clobber();
	bench_set_label(s, "lost");
	bench_set_counter(s, "lost", 1, BENCH_COUNTER);
}

static void error_within(struct bench_state *s)
{
	BENCH_LOOP(s) {
		bench_skip_with_error(s, "in the middle");
		break;
	}
}

static void error_in_one(struct bench_state *s)
{
	if (s->thread_index == 1)
		bench_skip_with_error(s, "thread 1 has none");
	while (bench_keep_running(s))
		bench_clobber();
}

static int setups, teardowns;

static void setup(struct bench_state *s)
{
	setups += (int)bench_arg(s, 0);
}

static void teardown(struct bench_state *s)
{
	teardowns += (int)bench_arg(s, 0);
}

static void hooked(struct bench_state *s)
{
	BENCH_LOOP(s)
		bench_clobber();
	if (!s->thread_index)
		bench_set_counter(s, "k_hooks", setups * 100 + teardowns, BENCH_COUNTER);
}

static void fixture_begin(struct bench_state *s)
{
	s->fixture = &setups;
}

static void fixture_end(struct bench_state *s)
{
	s->fixture = NULL;
}

static void fixed(struct bench_state *s)
{
	BENCH_LOOP(s)
		bench_clobber();
	bench_set_counter(s, "k_fixture", s->fixture == &setups, BENCH_COUNTER);
}

static double n_to_the_4(int64_t n)
{
	return (double)(n * n * n * n);
}

static double greatest(const double *v, size_t n)
{
	double most = v[0];
	size_t i;

	for (i = 1; i < n; i++)
		most = v[i] > most ? v[i] : most;
	return most;
}

static struct bench *family(const char *name, bench_fn *fn, uint64_t iterations)
{
	return bench_set_iterations(bench_register(name, fn), iterations);
}

__attribute__((constructor)) static void more(void)
{
	static const char *const names[] = { "size", "", "w" };
	static const struct bench_range ranges[] = { { 1, 8 }, { 2, 16 } };
	static const int64_t few[] = { 3, 1 }, others[] = { 7 };
	static const struct bench_list lists[] = { { few, 2 }, { others, 1 } };
	struct bench *b;

	bench_add_dense_range(family("BM_dense", sized, 20), 2, 9, 3);
	bench_add_ranges(family("BM_ranges", sized, 20), 2, ranges);
	bench_add_product(family("BM_product", sized, 20), 2, lists);
	b = bench_arg_names(family("BM_names", sized, 20), 3, names);
	bench_add_args(bench_add_args(b, ARGS(3, 8, -2, 3)), ARGS(3, 9, 0, 4));
	b = bench_range_multiplier(family("BM_negative", plain, 20), 2);
	bench_add_range(bench_add_range(b, -9, 5), 0, 1);
	bench_complexity(bench_add_range(family("BM_n", sized, 50), 8, 64), BENCH_O_N);
	b = bench_add_range(bench_range_multiplier(family("with/slash", sized, 50), 4), 4, 64);
	bench_set_unit(bench_complexity(b, BENCH_O_N_LOG_N), BENCH_US);
	bench_complexity_fn(bench_add_range(family("BM_own_curve", sized, 50), 8, 64), n_to_the_4);
	bench_threads(bench_threads(family("BM_threads", counted, 100), 1), 3);
	bench_repetitions(bench_threads(family("BM_repeated", counted, 100), 2), 3);
	bench_thread_range(family("BM_thread_range", plain, 10), 1, 3);
	bench_dense_thread_range(family("BM_dense_threads", plain, 10), 1, 4, 2);
	bench_real_time(bench_threads(family("BM_real", counted, 100), 2));
	bench_process_time(bench_real_time(family("BM_process", plain, 1000)));
	b = bench_repetitions(bench_manual_time(family("BM_manual", manual, 5)), 2);
	bench_set_unit(b, BENCH_MS);
	bench_repetitions(family("BM_paused", paused, 50), 2);
	bench_repetitions(family("BM_error", error_before, 10), 2);
	family("BM_error_within", error_within, 10);
	bench_threads(family("BM_error_in_one", error_in_one, 10), 2);
	bench_setup(bench_add_arg(family("BM_setup", hooked, 10), 1), setup, teardown);
	bench_fixture(family("Fixture/method", fixed, 10), fixture_begin, fixture_end);
	b = bench_repetitions(bench_set_unit(family("BM_statistic", plain, 1000), BENCH_S), 4);
	bench_statistic(b, "greatest", greatest, false);
	b = bench_repetitions(family("BM_aggregates", plain, 1000), 2);
	bench_report_aggregates_only(b, true);
	b = bench_repetitions(family("BM_shown", plain, 1000), 2);
	bench_display_aggregates_only(b, true);
	family("DISABLED_off", plain, 1);
	bench_min_warmup_time(bench_min_time(bench_register("BM_times", plain), 0.002), 0.001);
}

BENCH(plain, bench_name(b, "BM_auto"));
BENCH_MAIN();
