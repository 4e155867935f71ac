/* SPDX-License-Identifier: MIT
 *
 * What libbench has beyond Google Benchmark 1.7.1: from its newer releases, by
 * their documentation (--benchmark_dry_run, suffixes of --benchmark_min_time,
 * json_schema_version, skipping with a message), and of its own (valid JSON
 * whatever the values, percentiles, thresholds).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/bench/toys.h"

static int group_setup(void **state)
{
	(void)state;
	toys_open();
	toys_compile_c("tests/bench/toy/edge.c", "edge");
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	toys_close();
	return 0;
}

static json_t *run_json(const char *flags)
{
	struct text *t = toys_run("./edge --benchmark_format=json %s", flags);

	assert_int_equal(t->status, 0);
	return toys_json(t->out);
}

static const char *string_of(json_t *benchmark, const char *key)
{
	return json_string_value(json_object_get(benchmark, key));
}

static void test_json_is_valid(void **state)
{
	json_t *doc = run_json(""), *b, *context = json_object_get(doc, "context");

	(void)state;
	assert_string_equal(string_of(context, "key \"1\""), "a\\b");
	b = toys_benchmark(doc, "not_finite/iterations:200/repeats:2/manual_time");
	assert_true(json_is_null(json_object_get(b, "nan")));
	assert_true(json_is_null(json_object_get(b, "-inf")));
	assert_true(json_is_null(json_object_get(b, "items_per_second")));
	assert_true(toys_number(b, "real_time") == 0);
	b = toys_benchmark(doc, "not_finite/iterations:200/repeats:2/manual_time_cv");
	assert_true(toys_number(b, "real_time") == 0);
	b = toys_benchmark(doc, "strange \"name\"\\/iterations:200");
	assert_string_equal(string_of(b, "label"),
			    "tab\tquote\"back\\line\nbell\a bad\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"
			    "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd good\xc3\xa4\xf0\x9f\x98\x80");
	assert_true(toys_number(b, "counter \"with\" quotes\x01") == 1);
	json_decref(doc);
	/* Nothing to report is a document too. */
	doc = run_json("--benchmark_filter=nothing_like_it");
	assert_int_equal(json_array_size(json_object_get(doc, "benchmarks")), 0);
	json_decref(doc);
}

static void test_wrong_functions(void **state)
{
	json_t *doc = run_json("--benchmark_filter='loop|here'");
	json_t *b = toys_benchmark(doc, "no_loop/iterations:200");

	(void)state;
	assert_true(json_is_true(json_object_get(b, "error_occurred")));
	assert_true(strstr(string_of(b, "error_message"), "before its loop was done") != NULL);
	b = toys_benchmark(doc, "half_loop/iterations:200");
	assert_true(json_is_true(json_object_get(b, "error_occurred")));
	json_decref(doc);
	assert_int_equal(toys_run("./edge misuse")->status, 2);
	assert_true(strstr(toys_run("./edge misuse")->err, "x: a set of 2 arguments after sets of 1") != NULL);
}

/* user_guide.md: "skipped": true, "skip_message"; SKIPPED on the console. */
static void test_skip_with_message(void **state)
{
	json_t *doc = run_json("--benchmark_filter=not_here");
	json_t *b = toys_benchmark(doc, "not_here/iterations:200");

	(void)state;
	assert_true(json_is_true(json_object_get(b, "skipped")));
	assert_string_equal(string_of(b, "skip_message"), "not on this \"machine\"");
	assert_null(json_object_get(b, "error_occurred"));
	json_decref(doc);
	assert_true(strstr(toys_run("./edge --benchmark_filter=not_here")->out,
			   "SKIPPED: 'not on this \"machine\"'\n") != NULL);
}

/* user_guide.md: one iteration and one repetition, whatever is configured. */
static void test_dry_run(void **state)
{
	json_t *doc = run_json("--benchmark_dry_run --benchmark_repetitions=5 --benchmark_min_warmup_time=3 "
			       "--benchmark_filter='count_runs|plain'");
	json_t *list = json_object_get(doc, "benchmarks"), *b;

	(void)state;
	assert_int_equal(json_array_size(list), 2);
	b = toys_benchmark(doc, "count_runs/min_time:0.001/repeats:3");
	assert_true(toys_number(b, "iterations") == 1);
	assert_true(toys_number(b, "repetitions") == 1);
	assert_true(toys_number(b, "runs") == 1);
	b = toys_benchmark(doc, "plain/iterations:200");
	assert_true(toys_number(b, "iterations") == 1);
	json_decref(doc);
	assert_int_equal(toys_run("BENCHMARK_DRY_RUN=1 ./edge --benchmark_filter=plain | grep -qw 1$")->status, 0);
}

/* user_guide.md: <integer>x iterations, <float>s seconds; a bare number too. */
static void test_min_time(void **state)
{
	static const char *const bad[] = { "x", "10y", "1.5x", "0x", "-1x", "", "s", "1ss", "inf", "-1s", "1 s" };
	json_t *doc, *b;
	size_t i;

	(void)state;
	doc = run_json("--benchmark_min_time=100x --benchmark_filter='count_runs|plain'");
	b = toys_benchmark(doc, "plain/iterations:200");
	assert_true(toys_number(b, "iterations") == 200);
	b = toys_benchmark(doc, "count_runs/min_time:0.001/repeats:3");
	assert_true(toys_number(b, "iterations") == 100);
	assert_true(toys_number(b, "iterations_seen") == 100);
	assert_true(toys_number(b, "runs") == 1);
	json_decref(doc);
	for (i = 0; i < 2; i++) {
		double n, cpu, real;

		doc = run_json(i ? "--benchmark_min_time=0.04s --benchmark_filter=timed" :
				   "--benchmark_min_time=0.04 --benchmark_filter=timed");
		b = toys_benchmark(doc, "timed");
		n = toys_number(b, "iterations");
		cpu = toys_number(b, "cpu_time") * n;
		real = toys_number(b, "real_time") * n;
		/* The first run that is long enough, by either clock. */
		assert_true(cpu >= 0.04e9 || real >= 0.2e9 || n == 1e9);
		assert_true(n > 1);
		assert_true(toys_number(b, "runs") > 1);
		json_decref(doc);
	}
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct text *t = toys_run("./edge '--benchmark_min_time=%s' --benchmark_filter=plain", bad[i]);

		assert_int_equal(t->status, 1);
		assert_true(strstr(t->err, "unrecognized command-line flag: --benchmark_min_time=") != NULL);
	}
	assert_int_equal(toys_run("BENCHMARK_MIN_TIME=7x ./edge --benchmark_filter=count_runs | grep -q ' 7 runs='")->status,
			 1);
	assert_int_equal(toys_run("BENCHMARK_MIN_TIME=7x ./edge --benchmark_filter=count_runs | "
				  "grep -q ' 7 iterations_seen=7 runs=1'")->status, 0);
}

static void test_percentiles(void **state)
{
	json_t *doc = run_json("--benchmark_filter='uneven|paused|plain'");
	json_t *b = toys_benchmark(doc, "uneven/iterations:200/manual_time");

	(void)state;
	/* 198 iterations of 1 ms and 2 of 50 ms: nearest ranks, in the run's unit. */
	assert_true(toys_number(b, "min") > 999999 && toys_number(b, "min") < 1000001);
	assert_true(toys_number(b, "max") > 49999999 && toys_number(b, "max") < 50000001);
	assert_true(toys_number(b, "p50") < 1000001);
	assert_true(toys_number(b, "p99") < 1000001);
	assert_true(toys_number(b, "p99.9") > 49999999);
	/* What is paused is not in them: an iteration pauses for 100,000 steps. */
	b = toys_benchmark(doc, "paused_long/iterations:200/real_time");
	assert_true(toys_number(b, "min") < 20000);
	b = toys_benchmark(doc, "plain/iterations:200");
	assert_null(json_object_get(b, "p50"));
	json_decref(doc);

	doc = run_json("--benchmark_percentiles=25,99.99 --benchmark_time_unit=ms --benchmark_filter='plain|uneven'");
	b = toys_benchmark(doc, "plain/iterations:200");
	assert_true(toys_number(b, "p25") <= toys_number(b, "p99.99"));
	assert_true(toys_number(b, "min") <= toys_number(b, "p25"));
	assert_true(toys_number(b, "p99.99") <= toys_number(b, "max"));
	assert_null(json_object_get(b, "p50"));
	b = toys_benchmark(doc, "uneven/iterations:200/manual_time");
	assert_true(toys_number(b, "p25") > 0.99 && toys_number(b, "p25") < 1.01);
	json_decref(doc);
	assert_int_equal(toys_run("./edge --benchmark_percentiles=50,101")->status, 1);
	assert_true(strstr(toys_run("./edge --benchmark_filter=uneven")->out, " max=0.05s min=1000us p50=1000us") != NULL);
}

/* Counters that come late have their column; all rows have as many cells. */
static void test_csv_columns(void **state)
{
	struct text *t = toys_run("./edge --benchmark_format=csv --benchmark_filter='plain|late|here|uneven' | "
				  "awk -F, '{ print NF }' | uniq | wc -l");

	(void)state;
	assert_int_equal(atoi(t->out), 1);
	t = toys_run("./edge --benchmark_format=csv --benchmark_filter='plain|late'");
	assert_true(strstr(t->out, ",error_message,\"late\"\n") != NULL);
	assert_true(strstr(t->out, "ns,,,,,,\n") != NULL);
	assert_true(strstr(t->out, "ns,,,,,,7\n") != NULL);
	/* As a file it is a table and nothing else. */
	toys_run("./edge --benchmark_out_format=csv --benchmark_out=f --benchmark_filter=plain");
	assert_true(!strncmp(toys_run("cat f")->out, "name,iterations,", 16));
}

static int thresholds(const char *rules)
{
	toys_file("rules", rules);
	return toys_run("./edge --benchmark_thresholds=rules --benchmark_filter='(fast|slow)er/|loop'")->status;
}

static void test_thresholds(void **state)
{
	static const char *const bad[] = {
		"limit a real_time <= 5 6\n", "ceiling a real_time <= 5\n", "limit a real_time = 5\n", "",
		"limit ( real_time <= 5\n", "limit a real_time <= 5lightyears\n", "# only a comment\n",
		"ratio a b real_time <= 5ns\n", "ratio a b real_time 5\n", "limit a real_time <= nan\n",
	};
	size_t i;

	(void)state;
	assert_int_equal(thresholds("limit ^faster real_time <= 1.1ms # slow machines\n\n"
				    "limit (fast|slow)er/ real_time > 0.9ms\n"
				    "limit (fast|slow)er/ real_time < 3000001ns\n"
				    "limit ^faster items_per_second >= 0.9k\n"
				    "ratio slower/iterations:200/manual_time faster/iterations:200/manual_time real_time <= 3.01\n"
				    "ratio faster/iterations:200/manual_time slower/iterations:200/manual_time items_per_second > 2.9\n"),
			 0);
	assert_int_equal(thresholds("limit ^faster real_time <= 0.9ms\n"), 1);
	assert_true(strstr(toys_run("./edge --benchmark_thresholds=rules --benchmark_filter=er/")->err,
			   "THRESHOLD rules:1: faster/iterations:200/manual_time real_time is 1000us, not <= 0.9ms")
		    != NULL);
	assert_int_equal(thresholds("limit (fast|slow)er/ real_time < 3ms\n"), 1);
	assert_int_equal(thresholds("ratio slower/iterations:200/manual_time faster/iterations:200/manual_time real_time <= 2.9\n"),
			 1);
	/* What did not run, failed, or has no such number does not hold. */
	assert_int_equal(thresholds("limit ^renamed real_time < 1s\n"), 1);
	assert_int_equal(thresholds("limit no_loop real_time < 1s\n"), 1);
	assert_int_equal(thresholds("limit ^faster nothing < 1\n"), 1);
	assert_int_equal(thresholds("limit ^faster real_time < 1M\n"), 1);
	assert_int_equal(thresholds("ratio slower/iterations:200/manual_time gone real_time < 9\n"), 1);
	for (i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(thresholds(bad[i]), 2);
	assert_int_equal(toys_run("./edge --benchmark_thresholds=absent")->status, 2);
	assert_true(strstr(toys_run("./edge --benchmark_thresholds=absent")->err, "absent: cannot be read") != NULL);
}

static void test_interface(void **state)
{
	struct text *t = toys_run("./edge --benchmark_filter='data|plain'");

	(void)state;
	assert_true(strstr(t->out, " given\n") != NULL);
	assert_true(strstr(t->err, "plain will run\n") != NULL);
	assert_null(strstr(toys_run("./edge --benchmark_filter=-plain --benchmark_list_tests")->err, "plain will run"));
	assert_int_equal(toys_run("./edge --benchmark_filter=data >/dev/full")->status, 2);
	/* One line where a counter is lacking, and the benchmark runs. */
	t = toys_run("./edge --benchmark_filter=data --benchmark_perf_counters=no-such-event,page-faults");
	assert_int_equal(t->status, 0);
	assert_true(strstr(t->err, "***WARNING*** Performance counters not available here: no-such-event") != NULL);
	assert_true(strstr(t->out, " given\n") != NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_is_valid),
		cmocka_unit_test(test_wrong_functions),
		cmocka_unit_test(test_skip_with_message),
		cmocka_unit_test(test_dry_run),
		cmocka_unit_test(test_min_time),
		cmocka_unit_test(test_percentiles),
		cmocka_unit_test(test_csv_columns),
		cmocka_unit_test(test_thresholds),
		cmocka_unit_test(test_interface),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
