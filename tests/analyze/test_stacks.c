/* SPDX-License-Identifier: MIT
 * Folding the text of perf script, reading folded stacks, their order, and what
 * is said of text that is neither. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "analyze/stacks.h"

static int read_text(struct an_stacks *s, const char *text, struct mm_error *err)
{
	FILE *f = fmemopen((void *)text, strlen(text), "r");
	int r;

	assert_non_null(f);
	r = an_stacks_read(s, f, "profile.txt", err);
	fclose(f);
	return r;
}

static void check_folded(const char *text, const char *expected)
{
	struct an_stacks s;
	struct mm_error err;
	char *out = NULL;
	size_t size;
	FILE *f;

	if (read_text(&s, text, &err))
		fail_msg("%s", err.text);
	f = open_memstream(&out, &size);
	assert_non_null(f);
	an_stacks_write(&s, f);
	fclose(f);
	assert_string_equal(out, expected);
	free(out);
	an_stacks_free(&s);
}

/* Samples with kernel frames, without symbols, of a command with a space, with
 * an inlined frame, a C++ name, and one without any frame. */
static void test_perf_script(void **state)
{
	(void)state;
	check_folded("# a comment of perf script --header\n"
		     "mmreplay 22680 14197.293450: cpu-clock: \n"
		     "\tffffffff8160df74 vma_modify+0x14 ([kernel.kallsyms])\n"
		     "\t           20d07 mprotect (/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2)\n"
		     "\t           1ab78 main+0x10 (/work/build/mmreplay)\n"
		     "\n"
		     "mmreplay 22680 14197.308486:    1001001 cpu-clock: \n"
		     "\t          128f88 [unknown] (/usr/lib/libzstd.so.1.5.4)\n"
		     "\t               0 [unknown] ([unknown])\n"
		     "\n"
		     "mmreplay 22680 14197.308487: cpu-clock: \n"
		     "\t          128f88 held (inlined)\n"
		     "\t          128f88 operator()(int)+0x3 (/work/build/mmreplay)\n"
		     "\t           1ab78 main+0x20 (/work/build/mmreplay)\n"
		     "\n"
		     "tmux: server 12/13 [001] 14197.4: cycles:u: \n"
		     "\t          1 a;b (/bin/tmux)\n"
		     "\n"
		     "mmreplay 22680 14197.308486: cpu-clock: \n"
		     "\t           1ab78 main+0x99 (/work/build/mmreplay)\n"
		     "\n"
		     "mmreplay 22680 14197.308486: cpu-clock: \n"
		     "\t           1ab78 main (/work/build/mmreplay)\n"
		     "\n"
		     "swapper 0 14197.31: cpu-clock: \n",
		     "mmreplay;[unknown];[libzstd.so.1.5.4] 1\n"
		     "mmreplay;main 2\n"
		     "mmreplay;main;mprotect;vma_modify_[k] 1\n"
		     "mmreplay;main;operator()(int);held 1\n"
		     "swapper 1\n"
		     "tmux: server;a:b 1\n");
}

static void test_folded(void **state)
{
	(void)state;
	/* Equal ones add up; "a" and "a;b" are not torn apart by "a.c". */
	check_folded("a;b 3\na 1\na.c;d 5\r\na;b 4\n\na b;c 2\n", "a 1\na;b 7\na b;c 2\na.c;d 5\n");
}

static void test_order(void **state)
{
	static const char *const sorted[] = { "a", "a;b", "a;b;c", "a;c", "a b", "a.b", "ab", "b" };

	(void)state;
	for (int i = 0; i < 8; i++)
		for (int k = 0; k < 8; k++) {
			int c = an_stack_order(sorted[i], sorted[k]);

			assert_true(i < k ? c < 0 : i > k ? c > 0 : c == 0);
		}
}

static void test_refused(void **state)
{
	static const struct { const char *text, *says; } bad[] = {
		{ "a;b 1\na;b\n", "profile.txt: line 2: found 'a;b', expected FRAME;FRAME;... COUNT" },
		{ "a;b 1\na;b 0\n", "line 2: found" },
		{ "a;b 1\na;b 99999999999999999999999\n", "line 2: found" },
		{ "a;b 1\n 7\n", "line 2: found" },
		{ "\tffff name (file)\n", "line 1: a frame without a sample before it" },
		{ "# nothing\n\n", "found no stack" },
	};
	struct an_stacks s;
	struct mm_error err;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(read_text(&s, bad[i].text, &err), -22);
		if (!strstr(err.text, bad[i].says))
			fail_msg("found '%s', expected '%s'", err.text, bad[i].says);
		assert_null(s.stack);
	}
}

/* A sample deeper than perf can record ends in a sentence. */
static void test_too_deep(void **state)
{
	struct an_stacks s;
	struct mm_error err;
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	(void)state;
	assert_non_null(f);
	fputs("x 1 1.0: cycles: \n", f);
	for (int i = 0; i < 1025; i++)
		fputs("\t 1 f (x)\n", f);
	fclose(f);
	assert_int_equal(read_text(&s, text, &err), -22);
	assert_non_null(strstr(err.text, "more than 1024 frames"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_perf_script),
		cmocka_unit_test(test_folded),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_too_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
