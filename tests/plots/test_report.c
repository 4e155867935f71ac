/* SPDX-License-Identifier: MIT
 * mmreplay report as a user runs it: pictures, page, refusals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plots/plots.h"
#include "tests/cli/run_cmd.h"
#include "tests/plots/fake_run.h"
#include "tests/plots/xml.h"

static char dir[64];	/* a fresh name for each test */
static char shared[64];	/* a run with its report, made once: drawing is slow */

static int make_name(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/mmreplay-report-XXXXXX");
	return !mkdtemp(dir) || rmdir(dir);
}

static int remove_dir(void **state)
{
	(void)state;
	fake_run_remove(dir);
	return 0;
}

static int make_shared(void **state)
{
	if (make_name(state))
		return -1;
	strcpy(shared, dir);
	fake_run_write(shared, 60, FAKE_FAILURES | FAKE_MARKS | FAKE_PROC | FAKE_LATENCY);
	return MMREPLAY("report", shared)->status;
}

static int remove_shared(void **state)
{
	(void)state;
	fake_run_remove(shared);
	return 0;
}

static char *slurp(const char *dir, const char *name, size_t *size)
{
	char path[256], *text = NULL;
	size_t room = 0;
	FILE *f, *mem;
	int c;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	if (!f)
		fail_msg("%s is missing", path);
	mem = open_memstream(&text, size ? size : &room);
	while ((c = getc(f)) != EOF)
		putc(c, mem);
	fclose(mem);
	fclose(f);
	return text;
}

static void pictures_of(const char *dir, const char *chart)
{
	char name[64], *text;
	const char *why;
	size_t size;

	snprintf(name, sizeof(name), "%s.svg", chart);
	text = slurp(dir, name, NULL);
	why = xml_fault(text);
	if (why)
		fail_msg("%s: %s", name, why);
	assert_true(xml_count(text, "path") > 10);
	free(text);
	snprintf(name, sizeof(name), "%s.png", chart);
	text = slurp(dir, name, &size);
	assert_true(size > 10000);
	assert_memory_equal(text, "\x89PNG\r\n\x1a\n", 8);
	free(text);
}

static void every_chart_is_drawn(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < plot_nr_charts(); i++)
		pictures_of(shared, plot_chart(i)->name);
}

static void page_tells_the_runs_numbers(void **state)
{
	char *text;

	(void)state;
	text = slurp(shared, "report.html", NULL);
	assert_non_null(strstr(text, "1,402,224 operations"));
	assert_non_null(strstr(text, "2 requests failed: alloc_pages of order 5 in Normal, cause fragmented."));
	assert_non_null(strstr(text, "<td>mod&lt;probe&gt;, it at load_module</td>"));
	assert_non_null(strstr(text, "<td>ext4_inode_cache</td><td class=\"n\">800</td><td class=\"n\">658</td>"
			       "<td class=\"n\">700</td><td class=\"n\">70</td><td class=\"n\">2</td>"
			       "<td class=\"n\">560</td><td class=\"n\">45.9</td><td class=\"n\">8 %</td>"));
	assert_non_null(strstr(text, "above its low watermark of 51.1 MiB."));
	assert_non_null(strstr(text, "0xf73fe000"));
	assert_non_null(strstr(text, "Half of the 3,000 measured operations took at most 40 ns, 99 % at most 900 ns; the slowest took 4.00 us. "
			       "Most of the time, 78 %, went to page_alloc: 2,000 operations of 70 ns on average. One operation in 50 was measured."));
	assert_non_null(strstr(text, "The kernel of this machine would execute 3.00 M instructions for these operations, in some 1.23 M cycles: "
			       "1000 an operation. Most of them, 80 %, are of page_alloc: 2,000 operations of 1200 on average."));
	assert_non_null(strstr(text, "mmreplay replay traces/bundled/build2g.mmt --machine x86_32-2g --latency 50 --cost -o "));
	assert_non_null(strstr(text, "Fast paths are 96.67 % of the measured operations and 64.4 % of their time. "
			       "Off them, split took most: 40 operations, 850 ns on average, 18.9 % of the time."));
	free(text);
}

static void page_needs_nothing_else(void **state)
{
	static const char *const foreign[] = { "<script", "src=", "@import", "url(http", "<link", "gnuplot_canvas\"><" };
	char *text, *p;
	size_t i;

	(void)state;
	text = slurp(shared, "report.html", NULL);
	for (i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		if (strstr(text, foreign[i]))
			fail_msg("report.html holds %s", foreign[i]);
	for (p = text; (p = strstr(p, "href=")); p++)
		if (p[6] != '#')
			fail_msg("report.html points elsewhere: %.40s", p);
	free(text);
}

static int compare_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Several pictures in one page must not share names. */
static void names_of_elements_are_unique(void **state)
{
	char *text = slurp(shared, "report.html", NULL), *id[4096], *p;
	size_t i, n = 0;

	(void)state;
	for (p = text; (p = strstr(p, " id=")) && n < 4096; n++) {
		id[n] = p + 5;
		p = strchr(id[n], p[4]);
		*p++ = '\0';
	}
	assert_true(n > 50 && n < 4096);
	qsort(id, n, sizeof(*id), compare_text);
	for (i = 1; i < n; i++)
		if (!strcmp(id[i - 1], id[i]))
			fail_msg("two elements have the id %s", id[i]);
	free(text);
}

static void names_are_text_not_markup(void **state)
{
	char *text;

	(void)state;
	fake_run_write(dir, 20, FAKE_ODD_NAMES);
	assert_int_equal(MMREPLAY("report", dir)->status, 0);
	text = slurp(dir, "report.html", NULL);
	assert_null(strstr(text, "b<c>"));
	assert_non_null(strstr(text, "a'b&lt;c&gt;&amp;_&quot;d"));
	free(text);
	text = slurp(dir, "slab.svg", NULL);
	assert_null(xml_fault(text));
	free(text);
}

static void same_run_same_bytes(void **state)
{
	char *a, *b;
	size_t na, nb;

	(void)state;
	a = slurp(shared, "report.html", &na);
	assert_int_equal(MMREPLAY("report", shared)->status, 0);
	b = slurp(shared, "report.html", &nb);
	assert_int_equal(na, nb);
	assert_memory_equal(a, b, na);
	free(a);
	free(b);
}

static int files_in_dir(void)
{
	DIR *d = opendir(dir);
	int n = 0;

	assert_non_null(d);
	while (readdir(d))
		n++;
	closedir(d);
	return n - 2;
}

static void one_chart_only(void **state)
{
	int before;

	(void)state;
	fake_run_write(dir, 20, 0);
	before = files_in_dir();
	assert_int_equal(MMREPLAY("report", dir, "--only", "vmalloc")->status, 0);
	pictures_of(dir, "vmalloc");
	assert_int_equal(files_in_dir(), before + 2);
	assert_int_equal(MMREPLAY("report", dir, "--only", "pie")->status, 2);
	assert_string_equal(MMREPLAY("report", dir, "--only", "pie")->err,
			    "mmreplay report: no chart is called 'pie'; there are free-memory, unusable, pageblocks, slab, vmalloc, kmap, latency, causes, cost\n");
	assert_int_equal(MMREPLAY("report", dir, "--only", "latency")->status, 2);
	assert_non_null(strstr(MMREPLAY("report", dir, "--only", "latency")->err, "has nothing for the chart 'latency'"));
	assert_int_equal(files_in_dir(), before + 2);
}

/* One sample, all of it zero: no time, no memory, and still a page. */
static void a_run_without_time(void **state)
{
	char path[128], line[4096];
	struct run *r;
	size_t i;
	FILE *f;

	(void)state;
	fake_run_write(dir, 2, 0);
	snprintf(path, sizeof(path), "%s/timeline.csv", dir);
	f = fopen(path, "r");
	assert_non_null(fgets(line, sizeof(line), f));
	fclose(f);
	f = fopen(path, "w");
	fprintf(f, "%s0", line);
	for (i = 0; line[i]; i++)
		fputs(line[i] == ',' ? ",0" : "", f);
	fputc('\n', f);
	fclose(f);
	r = MMREPLAY("report", dir);
	assert_int_equal(r->status, 0);
	assert_non_null(strstr(r->out, "below its min watermark"));
}

static void without_gnuplot(void **state)
{
	char *path = strdup(getenv("PATH"));
	struct run *r;

	(void)state;
	fake_run_write(dir, 20, 0);
	setenv("PATH", "/nonexistent", 1);
	r = MMREPLAY("report", dir);
	setenv("PATH", path, 1);
	free(path);
	assert_int_equal(r->status, 2);
	assert_non_null(strstr(r->err, "gnuplot: found no such program on the PATH"));
	assert_non_null(strstr(r->err, "apt-get install gnuplot-nox"));
}

static void no_run(void **state)
{
	char expected[256];

	(void)state;
	assert_int_equal(MMREPLAY("report", dir)->status, 2);
	snprintf(expected, sizeof(expected),
		 "mmreplay report: %s/run.json: No such file or directory; expected a folder written by mmreplay replay\n", dir);
	assert_string_equal(MMREPLAY("report", dir)->err, expected);
	assert_int_equal(MMREPLAY("report")->status, 2);
}

static void lists_charts_and_prints_json(void **state)
{
	json_t *j;

	(void)state;
	assert_non_null(strstr(MMREPLAY("report", "--list")->out, "free-memory   Free memory by block size"));
	j = json_loads(MMREPLAY("report", shared, "--json", "--only", "kmap")->out, 0, NULL);
	assert_non_null(j);
	assert_string_equal(json_string_value(json_object_get(j, "schema")), "mmreplay-report-1");
	assert_int_equal(json_array_size(json_object_get(j, "charts")), 1);
	assert_string_equal(json_string_value(json_object_get(json_array_get(json_object_get(j, "verdicts"), 0), "level")),
			    "bad");
	json_decref(j);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_name, remove_dir)
	const struct CMUnitTest tests[] = {
		TEST(every_chart_is_drawn), TEST(page_tells_the_runs_numbers), TEST(page_needs_nothing_else),
		TEST(names_of_elements_are_unique),
		TEST(names_are_text_not_markup), TEST(same_run_same_bytes), TEST(one_chart_only),
		TEST(a_run_without_time), TEST(without_gnuplot), TEST(no_run),
		TEST(lists_charts_and_prints_json),
	};

	return cmocka_run_group_tests(tests, make_shared, remove_shared);
}
