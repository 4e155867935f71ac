/* SPDX-License-Identifier: MIT
 * Flame graphs: boxes as wide as their share, nothing lost between stacks with
 * a common beginning, names as text; the command; profiling without perf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "plots/flame.h"
#include "tests/cli/run_cmd.h"
#include "tests/plots/xml.h"

static char *draw(const char *folded, const char *title)
{
	FILE *in = fmemopen((void *)folded, strlen(folded), "r"), *out;
	struct an_stacks s;
	struct mm_error err;
	char *svg = NULL;
	size_t size;

	assert_non_null(in);
	if (an_stacks_read(&s, in, "folded", &err))
		fail_msg("%s", err.text);
	fclose(in);
	out = open_memstream(&svg, &size);
	assert_int_equal(flame_svg(&s, title, out, &err), 0);
	fclose(out);
	an_stacks_free(&s);
	if (xml_fault(svg))
		fail_msg("%s", xml_fault(svg));
	return svg;
}

/* The box of a function, once: its place and width. */
static void box(const char *svg, const char *title, double *x, double *width, unsigned int *y)
{
	char start[200];
	const char *p;

	snprintf(start, sizeof(start), "<title>%s: ", title);
	p = strstr(svg, start);
	if (!p || strstr(p + 1, start))
		fail_msg("%s stands not once in the picture", title);
	assert_int_equal(sscanf(strstr(p, " x="), " x=\"%lf\" y=\"%u\" width=\"%lf\"", x, y, width), 3);
}

static void boxes_have_their_share(void **state)
{
	char *svg = draw("main;run;alloc 30\nmain;run;free 10\nmain;run 20\nmain;write 40\n", "T");
	double x, width, x2, width2;
	unsigned int y, y2;

	(void)state;
	box(svg, "main", &x, &width, &y);
	assert_true(x == 10 && width == 1179.5);
	box(svg, "run", &x, &width, &y2);
	assert_true(x == 10 && width == 707.5 && y2 == y - 17);
	box(svg, "write", &x2, &width2, &y2);
	assert_true(x2 == 718 && width2 == 471.5 && y2 == y - 17);
	box(svg, "alloc", &x, &width, &y2);
	assert_true(x == 246 && width == 353.5 && y2 == y - 34); /* after run itself */
	box(svg, "free", &x, &width, &y2);
	assert_true(x == 600 && width == 117.5 && y2 == y - 34);
	assert_non_null(strstr(svg, "<title>run: 60.00 % (60 samples), itself 20.00 %</title>"));
	assert_non_null(strstr(svg, "100 samples."));
	free(svg);
}

/* A function of the same name below another caller is another box. */
static void callers_are_kept_apart(void **state)
{
	char *svg = draw("a;x;y 50\nb;x;y 50\nb;x 1\n", "T");
	int n = 0;

	(void)state;
	for (const char *p = svg; (p = strstr(p, "<title>y: ")); p++)
		n++;
	assert_int_equal(n, 2);
	assert_non_null(strstr(svg, "<title>x: 49.50 % (50 samples), itself 0.00 %</title>"));
	assert_non_null(strstr(svg, "<title>x: 50.50 % (51 samples), itself 0.99 %</title>"));
	free(svg);
}

static void names_are_text(void **state)
{
	char *svg = draw("a<b>&\"c 1\n", "<title>");

	(void)state;
	assert_null(strstr(svg, "<b>"));
	assert_non_null(strstr(svg, "a&lt;b&gt;&amp;&quot;c: 100.00 %"));
	assert_non_null(strstr(svg, "&lt;title&gt;"));
	free(svg);
}

/* A stack of a hundred frames that is seen 5 times in 8,000 is half a pixel wide. */
static void thin_stacks_do_not_raise_the_picture(void **state)
{
	char folded[600] = "main;run 8000\nmain;run", *svg;
	unsigned int height;

	(void)state;
	for (int i = 0; i < 100; i++)
		strcat(folded, ";f");
	strcat(folded, " 5\n");
	svg = draw(folded, "T");
	assert_int_equal(sscanf(strstr(svg, "viewBox"), "viewBox=\"0 0 1200 %u\"", &height), 1);
	assert_int_equal(height, 62 + 2 * 17 + 12);
	assert_null(strstr(svg, "<title>f: "));
	free(svg);
}

static void test_command(void **state)
{
	char dir[64], in[100], out[100], text[64] = "";
	struct run *r;
	FILE *f;

	(void)state;
	run_make_dir(dir);
	snprintf(in, sizeof(in), "%s/perf.txt", dir);
	snprintf(out, sizeof(out), "%s/flame.svg", dir);
	f = fopen(in, "w");
	fputs("x 1 1.0: cycles: \n\t 1 leaf+0x1 (x)\n\t 2 main+0x2 (x)\n\n", f);
	fclose(f);
	r = MMREPLAY("flamegraph", in);
	assert_int_equal(r->status, 0);
	assert_string_equal(r->out, "x;main;leaf 1\n");
	assert_int_equal(MMREPLAY("flamegraph", in, "-o", out)->status, 0);
	f = fopen(out, "r");
	assert_non_null(f);
	assert_non_null(fgets(text, sizeof(text), f));
	fclose(f);
	assert_non_null(strstr(text, "<?xml"));
	r = MMREPLAY("flamegraph", "/dev/null");
	assert_int_equal(r->status, 2);
	assert_non_null(strstr(r->err, "/dev/null: found no stack"));
	run_rm_dir(dir);
}

static void profile_without_perf(void **state)
{
	static struct run r;

	(void)state;
	run_program(&r, (const char *const[]){ "/usr/bin/env", "PATH=/nonexistent", "/bin/sh",
					       "scripts/profile.sh", "build/mmreplay", "/tmp", NULL });
	assert_int_equal(r.status, 2);
	assert_string_equal(r.err, "profile: perf is not installed (Debian: apt-get install linux-perf)\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(boxes_have_their_share),
		cmocka_unit_test(callers_are_kept_apart),
		cmocka_unit_test(names_are_text),
		cmocka_unit_test(thin_stacks_do_not_raise_the_picture),
		cmocka_unit_test(test_command),
		cmocka_unit_test(profile_without_perf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
