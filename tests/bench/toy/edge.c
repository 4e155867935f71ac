/* SPDX-License-Identifier: MIT
 *
 * Benchmarks at the edges: what Google Benchmark answers with an abort or with
 * text that is no JSON, and what only libbench has.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "bench/libbench/bench.h"

static void plain(struct bench_state *s)
{
	BENCH_LOOP(s)
		bench_clobber();
}

static void not_finite(struct bench_state *s)
{
	while (bench_keep_running(s))
		bench_set_iteration_time(s, 0);
	bench_set_items(s, 5);
	bench_set_counter(s, "nan", NAN, BENCH_COUNTER);
	bench_set_counter(s, "-inf", -INFINITY, BENCH_COUNTER);
}

static void strange_text(struct bench_state *s)
{
	BENCH_LOOP(s)
		bench_clobber();
	bench_set_label(s, "tab\tquote\"back\\line\nbell\a bad\xff\xc0\x80\xed\xa0\x80 good\xc3\xa4\xf0\x9f\x98\x80");
	bench_set_counter(s, "counter \"with\" quotes\x01", 1, BENCH_COUNTER);
}

static void one_more_counter(struct bench_state *s)
{
	BENCH_LOOP(s)
		bench_clobber();
	bench_set_counter(s, "late", 7, BENCH_COUNTER);
}

static void no_loop(struct bench_state *s)
{
	bench_set_label(s, "came back");
}

static void half_loop(struct bench_state *s)
{
	BENCH_LOOP(s)
		break;
}

static void not_here(struct bench_state *s)
{
	bench_skip_with_message(s, "not on this \"machine\"");
	while (bench_keep_running(s))
		bench_clobber();
}

/* Every 100th of the iterations takes 50 us and more, as if of another kind. */
static void uneven(struct bench_state *s)
{
	unsigned int i = 0;

	while (bench_keep_running(s))
		bench_set_iteration_time(s, ++i % 100 ? 0.001 : 0.05);
}

static void paused_long(struct bench_state *s)
{
	BENCH_LOOP(s) {
		volatile int work = 0;

		bench_pause(s);
		while (work < 100000)
			work++;
		bench_resume(s);
	}
}

static int runs;

static void count_runs(struct bench_state *s)
{
	runs++;
	BENCH_LOOP(s)
		bench_clobber();
	bench_set_counter(s, "runs", runs, BENCH_COUNTER);
	bench_set_counter(s, "iterations_seen", (double)bench_iterations(s), BENCH_COUNTER);
}

static void faster(struct bench_state *s)
{
	while (bench_keep_running(s))
		bench_set_iteration_time(s, 0.001);
	bench_set_items(s, bench_iterations(s));
}

static void slower(struct bench_state *s)
{
	while (bench_keep_running(s))
		bench_set_iteration_time(s, 0.003);
	bench_set_items(s, bench_iterations(s));
}

static void hand_over(struct bench_state *s)
{
	BENCH_LOOP(s)
		bench_clobber();
	bench_set_label(s, s->data);
}

static struct bench *few(const char *name, bench_fn *fn)
{
	return bench_set_iterations(bench_register(name, fn), 200);
}

__attribute__((constructor)) static void register_all(void)
{
	static char given[] = "given";

	few("plain", plain);
	bench_repetitions(bench_manual_time(few("not_finite", not_finite)), 2);
	few("strange \"name\"\\", strange_text);
	few("late_counter", one_more_counter);
	few("no_loop", no_loop);
	few("half_loop", half_loop);
	few("not_here", not_here);
	bench_percentiles(bench_manual_time(few("uneven", uneven)));
	bench_percentiles(bench_real_time(few("paused_long", paused_long)));
	bench_min_time(bench_repetitions(bench_register("count_runs", count_runs), 3), 0.001);
	bench_register("timed", count_runs);
	bench_manual_time(few("faster", faster));
	bench_manual_time(few("slower", slower));
	bench_set_data(few("data", hand_over), given);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "misuse")) {
		struct bench *b = bench_add_arg(bench_register("x", plain), 1);
		static const int64_t two[] = { 1, 2 };

		bench_add_args(b, 2, two);
		return 0;
	}
	bench_init(&argc, argv, NULL);
	if (bench_report_unrecognized(argc, argv))
		return 1;
	if (!bench_add_context("key \"1\"", "a\\b") || bench_add_context("key \"1\"", "again"))
		return 3;
	if (bench_filter_matches("plain"))
		fprintf(stderr, "plain will run\n");
	return bench_run();
}
