/* SPDX-License-Identifier: MIT
 *
 * libbench against Debian's Google Benchmark 1.7.1: both run the same toys with
 * the same flags, and everything but measured values must be equal: names and
 * order of rows, keys and their order, types, columns, units, messages, exit
 * status, and every number that is not a time.
 */
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/bench/toys.h"

static bool have_both;

static int group_setup(void **state)
{
	(void)state;
	toys_open();
	have_both = toys_compile_cc("tests/bench/toy/toy.cc", "theirs");
	if (have_both)
		toys_compile_c("tests/bench/toy/toy.c", "ours");
	return 0;
}

static int group_teardown(void **state)
{
	(void)state;
	toys_close();
	return 0;
}

static void need_both(void)
{
	if (!have_both)
		skip();
}

/* ---- the shape of a text: measured numbers become #, columns stay ---- */

struct shape {
	char *text;
	size_t n;
};

static void put(struct shape *s, const char *text, size_t n)
{
	s->text = realloc(s->text, s->n + n + 1);
	assert_non_null(s->text);
	memcpy(s->text + s->n, text, n);
	s->n += n;
	s->text[s->n] = 0;
}

static regex_t number;

/* One line.  The first word is the name and stays; so do values of counters
 * that are called k_..., and words.  A number among the first three (both times
 * and the iterations), or any in a table, is replaced with the column where it
 * ends, for those are aligned. */
static void shape_line(struct shape *s, const char *line, size_t n, bool tabular)
{
	size_t name = strcspn(line, " "), at = name < n ? name : n;
	/* Theirs has what cancellation leaves where ours has 0. */
	bool spread = (at > 3 && !memcmp(line + at - 3, "_cv", 3)) ||
		      (at > 7 && !memcmp(line + at - 7, "_stddev", 7));
	int numbers = 0;
	char column[32];

	put(s, line, at);
	while (at < n) {
		regmatch_t m[2];
		size_t word = strcspn(line + at, " \n"), begin = at;
		bool constant = !spread && !strncmp(line + at, "k_", 2);
		char text[400];

		if (!word) {
			at++;
			continue;
		}
		if (word >= sizeof(text) || at + word > n)
			fail_msg("a long word: %.*s", (int)n, line);
		memcpy(text, line + at, word);
		text[word] = 0;
		at += word;
		put(s, " ", 1);
		if (constant || regexec(&number, text, 2, m, 0)) {
			put(s, text, word);
			continue;
		}
		put(s, text, (size_t)m[1].rm_so);
		if (numbers++ < 3 || tabular)
			snprintf(column, sizeof(column), "#%zu", begin + (size_t)m[0].rm_eo);
		else
			snprintf(column, sizeof(column), "#");
		put(s, column, strlen(column));
		put(s, text + m[1].rm_eo, word - (size_t)m[1].rm_eo);
	}
	put(s, "\n", 1);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Colours become words: <0;32m>. */
static void spell_colors(char **text)
{
	struct shape s = { NULL, 0 };
	const char *p = *text, *esc;

	while ((esc = strchr(p, '\033'))) {
		size_t n = strcspn(esc, "m");

		put(&s, p, (size_t)(esc - p));
		put(&s, " <", 2);
		put(&s, esc + 1, n - 1);
		put(&s, "> ", 2);
		p = esc + n + (esc[n] == 'm');
	}
	put(&s, p, strlen(p));
	free(*text);
	*text = s.text;
}

/* The lines' shapes, sorted if their order is random. */
static char *shape(const char *text, bool tabular, bool sorted)
{
	struct shape all = { NULL, 0 };
	char *line[2000];
	size_t n = 0, i;

	while (*text) {
		struct shape one = { NULL, 0 };
		size_t length = strcspn(text, "\n");

		assert_true(n < sizeof(line) / sizeof(*line));
		shape_line(&one, text, length, tabular);
		line[n++] = one.text;
		text += length + (text[length] == '\n');
	}
	if (sorted)
		qsort(line, n, sizeof(*line), by_text);
	put(&all, "", 0);
	for (i = 0; i < n; i++) {
		put(&all, line[i], strlen(line[i]));
		free(line[i]);
	}
	return all.text;
}

static void compare_console(const char *flags, bool tabular, bool sorted)
{
	struct text *ours = toys_run("./ours %s", flags), *theirs = toys_run("./theirs %s", flags);
	char *a, *b;
	size_t i;
	int line = 1;

	spell_colors(&ours->out);
	spell_colors(&theirs->out);
	a = shape(ours->out, tabular, sorted);
	b = shape(theirs->out, tabular, sorted);
	for (i = 0; a[i] && a[i] == b[i]; i++)
		line += a[i] == '\n';
	if (strcmp(a, b))
		fail_msg("%s: line %d of\nours:\n%s\ntheirs:\n%s\n", flags, line, ours->out, theirs->out);
	assert_int_equal(ours->status, theirs->status);
	free(a);
	free(b);
}

#define QUICK "--benchmark_min_time=0.001 "

static void test_console(void **state)
{
	(void)state;
	need_both();
	compare_console(QUICK, false, false);
	compare_console(QUICK "--benchmark_repetitions=2 --benchmark_filter='BM_n|auto|slash|error'", false,
			false);
	compare_console(QUICK "--benchmark_counters_tabular=true", true, false);
	compare_console(QUICK "--benchmark_counters_tabular --benchmark_repetitions=2 "
			"--benchmark_filter='BM_(threads|real|auto)'", true, false);
	compare_console(QUICK "--benchmark_color=true --benchmark_filter='BM_(n|thr|err|stat)'", false, false);
	compare_console(QUICK "--benchmark_color=false --benchmark_time_unit=us --benchmark_filter='neg|slash'",
			false, false);
	compare_console(QUICK "--benchmark_display_aggregates_only=true --benchmark_repetitions=2", false,
			false);
	compare_console(QUICK "--benchmark_report_aggregates_only=true --benchmark_repetitions=3", false,
			false);
	compare_console(QUICK "--benchmark_enable_random_interleaving=true --benchmark_repetitions=3 "
			"--benchmark_filter='BM_(auto|process|paused|shown|aggr)'", false, true);
	compare_console(QUICK "--benchmark_min_warmup_time=0.001 --benchmark_filter='auto|times'", false, false);
}

static void test_names_and_filters(void **state)
{
	static const char *const filter[] = { "", "all", ".", "BM_n", "^BM_n", "/8$", "-BM", "-/8", "(dense|names)",
					      "threads:[12]$", "nothing", "-.", "DISABLED", "BM_n/8/1|BM_real" };
	struct text *ours, *theirs;
	size_t i;

	(void)state;
	need_both();
	for (i = 0; i < sizeof(filter) / sizeof(*filter); i++) {
		ours = toys_run("./ours --benchmark_list_tests --benchmark_filter='%s'", filter[i]);
		theirs = toys_run("./theirs --benchmark_list_tests --benchmark_filter='%s'", filter[i]);
		assert_string_equal(ours->out, theirs->out);
		assert_string_equal(ours->err, theirs->err);
		assert_int_equal(ours->status, theirs->status);
	}
	ours = toys_run("BENCHMARK_LIST_TESTS=1 BENCHMARK_FILTER=-BM_n ./ours");
	theirs = toys_run("BENCHMARK_LIST_TESTS=1 BENCHMARK_FILTER=-BM_n ./theirs");
	assert_string_equal(ours->out, theirs->out);
	assert_true(strlen(ours->out) > 500);
}

/* ---- flags that are wrong ---- */

static void test_bad_flags(void **state)
{
	static const char *const flags[] = { "--benchmark_nothing", "word", "--benchmark_filter",
					     "--benchmark_repetitions=two", "--benchmark_repetitions=1x",
					     "--benchmark_min_warmup_time=1s", "--benchmark_context=key",
					     "--benchmark_context=a=b=c", "--v=x", "-v", "--version",
					     "--benchmark_out=/nowhere/at/all --benchmark_filter=auto" };
	size_t i;

	(void)state;
	need_both();
	for (i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		struct text *ours = toys_run("cp ours toy; ./toy %s", flags[i]);
		struct text *theirs = toys_run("cp theirs toy; ./toy %s", flags[i]);
		char *a = strstr(ours->err, "error"), *b = strstr(theirs->err, "error");

		assert_int_equal(ours->status, 1);
		assert_int_equal(theirs->status, 1);
		assert_string_equal(ours->out, theirs->out);
		if (b && a)
			assert_string_equal(a, b);
		assert_true(!a == !b);
	}
	/* Values that do not exist are answered with the help. */
	assert_int_equal(toys_run("./ours --benchmark_format=xml | grep -c benchmark_filter")->status, 0);
	assert_int_equal(toys_run("./theirs --benchmark_format=xml | grep -c benchmark_filter")->status, 0);
	assert_int_equal(toys_run("./theirs --help | sed 's/=.*//' >a; ./ours --help | sed 's/=.*//' >b; "
				  "! grep -vxFf b a")->status, 0);
}

/* ---- csv ---- */

static void test_csv(void **state)
{
	struct text *ours, *theirs;
	char *a, *b, *p;
	int i;

	(void)state;
	need_both();
	/* Theirs ends when a later benchmark has other counters than the first. */
	for (i = 0; i < 2; i++) {
		const char *filter = i ? "BM_threads|BM_repeated|BM_real|BM_error|BM_process" :
					 "BM_(n|dense|stat|paused|aggregates|error)|slash";

		ours = toys_run("./ours --benchmark_format=csv --benchmark_filter='%s'", filter);
		theirs = toys_run("./theirs --benchmark_format=csv --benchmark_filter='%s'", filter);
		assert_int_equal(theirs->status, 0);
		assert_int_equal(ours->status, 0);
		/* Cells become words. */
		for (p = ours->out; *p; p++)
			*p = *p == ',' ? ' ' : *p;
		for (p = theirs->out; *p; p++)
			*p = *p == ',' ? ' ' : *p;
		a = shape(ours->out, false, false);
		b = shape(theirs->out, false, false);
		for (p = a; (p = strchr(p, '#')); p++)
			memset(p + 1, '_', strspn(p + 1, "0123456789"));
		for (p = b; (p = strchr(p, '#')); p++)
			memset(p + 1, '_', strspn(p + 1, "0123456789"));
		/* What is left is: how many cells, which are empty, and all words. */
		assert_int_equal(strlen(ours->out) > 500, 1);
		for (p = a; *p; p++)
			*p = *p == '_' ? '#' : *p;
		for (p = b; *p; p++)
			*p = *p == '_' ? '#' : *p;
		while ((p = strstr(a, "##")))
			memmove(p, p + 1, strlen(p));
		while ((p = strstr(b, "##")))
			memmove(p, p + 1, strlen(p));
		assert_string_equal(a, b);
		free(a);
		free(b);
	}
}

/* ---- json ---- */

/* Measured, or of this program and moment. */
static bool may_differ(const char *key)
{
	static const char *const free_value[] = {
		"date", "executable", "load_avg", "library_build_type", "real_time", "cpu_time",
		"cpu_coefficient", "real_coefficient", "rms", "bytes_per_second", "items_per_second",
		"rate", "per_thread", "seconds", "mhz_per_cpu",
	};
	size_t i;

	for (i = 0; i < sizeof(free_value) / sizeof(*free_value); i++)
		if (!strcmp(key, free_value[i]))
			return true;
	return false;
}

static void same_value(const char *name, const char *key, json_t *ours, json_t *theirs)
{
	if (json_typeof(ours) != json_typeof(theirs))
		fail_msg("%s: %s has another type", name, key);
	if (may_differ(key))
		return;
	if (json_is_real(ours)) {
		double a = json_real_value(ours), b = json_real_value(theirs);

		if (a - b > 1e-6 || b - a > 1e-6)
			fail_msg("%s: %s is %g, theirs %g", name, key, a, b);
	} else if (!json_equal(ours, theirs)) {
		fail_msg("%s: %s has another value", name, key);
	}
}

/* Keys in the same order, with the same types and, where not measured, values;
 * `more` is a key that only ours has. */
static void same_object(json_t *ours, json_t *theirs, const char *more, bool iterations)
{
	void *a = json_object_iter(ours), *b = json_object_iter(theirs);
	const char *name = json_string_value(json_object_get(theirs, "name"));

	name = name ? name : "context";
	while (a || b) {
		if (a && more && !strcmp(json_object_iter_key(a), more)) {
			a = json_object_iter_next(ours, a);
			continue;
		}
		if (!a || !b || strcmp(json_object_iter_key(a), json_object_iter_key(b)))
			fail_msg("%s: ours has %s where theirs has %s", name,
				 a ? json_object_iter_key(a) : "no key", b ? json_object_iter_key(b) : "no key");
		if (iterations || strcmp(json_object_iter_key(a), "iterations"))
			same_value(name, json_object_iter_key(a), json_object_iter_value(a),
				   json_object_iter_value(b));
		a = json_object_iter_next(ours, a);
		b = json_object_iter_next(theirs, b);
	}
}

static void compare_json(const char *our_text, const char *their_text)
{
	json_t *ours = toys_json(our_text), *theirs = toys_json(their_text);
	json_t *a = json_object_get(ours, "benchmarks"), *b = json_object_get(theirs, "benchmarks");
	size_t i;

	same_object(json_object_get(ours, "context"), json_object_get(theirs, "context"),
		    "json_schema_version", true);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(ours, "context"),
							    "json_schema_version")), 1);
	assert_int_equal(json_object_size(ours), 2);
	assert_int_equal(json_array_size(a), json_array_size(b));
	assert_true(json_array_size(a) > 0);
	for (i = 0; i < json_array_size(a); i++) {
		json_t *one = json_array_get(a, i);
		const char *name = json_string_value(json_object_get(one, "name"));

		same_object(one, json_array_get(b, i), NULL,
			    !strstr(name, "BM_auto") && !strstr(name, "BM_times"));
	}
	json_decref(ours);
	json_decref(theirs);
}

static void test_json(void **state)
{
	static const char *const flags[] = {
		QUICK, QUICK "--benchmark_repetitions=3", QUICK "--benchmark_context=b=2,a=1 --benchmark_filter=auto",
		QUICK "--benchmark_report_aggregates_only=true --benchmark_repetitions=2 --benchmark_time_unit=ms",
		QUICK "--benchmark_display_aggregates_only --benchmark_repetitions=2 --benchmark_filter=slash",
	};
	struct text *ours, *theirs;
	size_t i;

	(void)state;
	need_both();
	for (i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		/* Rows of the same moment's machine: the load is the only difference. */
		ours = toys_run("./ours --benchmark_format=json %s", flags[i]);
		theirs = toys_run("./theirs --benchmark_format=json %s", flags[i]);
		compare_json(ours->out, theirs->out);
	}
}

/* The file has its own format and its own choice of rows. */
static void test_out_file(void **state)
{
	static const char *const flags[] = {
		"--benchmark_out=f", "--benchmark_out=f --benchmark_display_aggregates_only=true",
		"--benchmark_out=f --benchmark_report_aggregates_only=true --benchmark_out_format=json",
	};
	struct text *ours, *theirs;
	char *a, *b;
	size_t i;

	(void)state;
	need_both();
	for (i = 0; i < sizeof(flags) / sizeof(*flags); i++) {
		ours = toys_run("./ours " QUICK "%s --benchmark_repetitions=2 >console; cat f", flags[i]);
		theirs = toys_run("./theirs " QUICK "%s --benchmark_repetitions=2 >console; cat f", flags[i]);
		compare_json(ours->out, theirs->out);
	}
	/* The console's file has the context too, and no colours. */
	ours = toys_run("BENCHMARK_OUT=f BENCHMARK_OUT_FORMAT=console ./ours --benchmark_color=yes "
			"--benchmark_filter=names >c; grep -v -e WARN -e Load -e ^20 -e Running f");
	theirs = toys_run("BENCHMARK_OUT=f BENCHMARK_OUT_FORMAT=console ./theirs --benchmark_color=yes "
			  "--benchmark_filter=names >c; grep -v -e WARN -e Load -e ^20 -e Running f");
	a = shape(ours->out, false, false);
	b = shape(theirs->out, false, false);
	assert_string_equal(a, b);
	free(a);
	free(b);
}

/* What console and csv say about the machine first. */
static void test_context_lines(void **state)
{
	const char *flags = "--benchmark_filter=auto " QUICK "--benchmark_context=k=v";
	struct text *ours, *theirs;

	(void)state;
	need_both();
	ours = toys_run("cp ours toy; ./toy %s 2>&1 >/dev/null | grep -v -e WARN -e Load -e ^20", flags);
	theirs = toys_run("cp theirs toy; ./toy %s 2>&1 >/dev/null | grep -v -e WARN -e Load -e ^20", flags);
	assert_string_equal(ours->out, theirs->out);
	assert_true(strstr(ours->out, "k: v\n") != NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_console),
		cmocka_unit_test(test_names_and_filters),
		cmocka_unit_test(test_bad_flags),
		cmocka_unit_test(test_csv),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_out_file),
		cmocka_unit_test(test_context_lines),
	};

	/* A sign, digits, an exponent; then perhaps a prefix; then a unit or the end. */
	if (regcomp(&number, "^[a-z_]*=?\"?(-?([0-9]+[.]?[0-9]*(e[-+][0-9]+)?|inf|nan)[kMGTPEZYmunpfazy]?)(%|/s|s)?$",
		    REG_EXTENDED))
		return 1;
	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
