/* SPDX-License-Identifier: MIT
 *
 * Recordings of a real kernel against the engine's page allocator: the goals
 * that the project sets itself, and what a bad folder is told.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "analyze/verify/verify.h"

#define DATA "tests/data/recorded/"

static struct verify_result run(const char *dir)
{
	struct verify_result r;
	struct mm_error err;

	if (verify_recorded(dir, NULL, &r, &err))
		fail_msg("%s", err.text);
	return r;
}

static double percent(const struct verify_result *r, enum verify_layer l, enum verify_mode m)
{
	const struct verify_row *w = &r->row[l][m];

	return w->decisions ? 100.0 * (double)w->matches / (double)w->decisions : 0;
}

static void check_goal(const struct verify_result *r, enum verify_layer l, enum verify_mode m,
		       double goal)
{
	if (percent(r, l, m) < goal)
		fail_msg("%s %s: %.4f %%, expected at least %.1f %%; %s", verify_layer_name(l),
			 verify_mode_name(m), percent(r, l, m), goal, r->first_mismatch);
}

static void test_boot_followed(void **state)
{
	struct verify_result r = run(DATA "boot2g");

	(void)state;
	assert_true(r.row[VERIFY_PAGE][VERIFY_FOLLOWED].decisions > 70000);
	check_goal(&r, VERIFY_PAGE, VERIFY_FOLLOWED, 99.9);
	check_goal(&r, VERIFY_PCP, VERIFY_FOLLOWED, 99.9);
	check_goal(&r, VERIFY_STEAL, VERIFY_FOLLOWED, 100);
	check_goal(&r, VERIFY_ZONE, VERIFY_FOLLOWED, 100);
	check_goal(&r, VERIFY_END_STATE, VERIFY_FOLLOWED, 100);
	/* Boot tells every list's order: nothing is excused by it. */
	assert_int_equal(r.row[VERIFY_PAGE][VERIFY_FOLLOWED].excluded[VERIFY_START_ORDER], 0);
	verify_result_free(&r);
}

static void test_build_followed(void **state)
{
	struct verify_result r = run(DATA "build2g");
	const struct verify_row *page = &r.row[VERIFY_PAGE][VERIFY_FOLLOWED];

	(void)state;
	assert_string_equal(r.kind, "recording");
	assert_true(page->decisions > 90000);
	check_goal(&r, VERIFY_PAGE, VERIFY_FOLLOWED, 99.9);
	check_goal(&r, VERIFY_PCP, VERIFY_FOLLOWED, 99.9);
	check_goal(&r, VERIFY_OUTCOME, VERIFY_FOLLOWED, 100);
	check_goal(&r, VERIFY_END_STATE, VERIFY_FOLLOWED, 100);
	/* The pages of the start that no event told of are some hundred. */
	assert_in_range(page->excluded[VERIFY_START_ORDER], 1, 2000);
	verify_result_free(&r);
}

static void test_build_free_running(void **state)
{
	struct verify_result r = run(DATA "build2g");

	(void)state;
	assert_true(r.has_drift);
	if (r.drift > 1.0)
		fail_msg("buddyinfo at the end differs by %.2f %% of a zone's free pages", r.drift);
	check_goal(&r, VERIFY_END_STATE, VERIFY_FREE, 100);
	check_goal(&r, VERIFY_OUTCOME, VERIFY_FREE, 100);
	assert_true(r.series[VERIFY_FREE].nr > 100);
	verify_result_free(&r);
}

static void test_two_cpus(void **state)
{
	struct verify_result r = run(DATA "smp2");

	(void)state;
	check_goal(&r, VERIFY_PAGE, VERIFY_FOLLOWED, 99.9);
	check_goal(&r, VERIFY_PCP, VERIFY_FOLLOWED, 99.9);
	check_goal(&r, VERIFY_ZONE, VERIFY_FOLLOWED, 100);
	/* It is cut before the after snapshot. */
	assert_false(r.has_drift);
	assert_int_equal(r.row[VERIFY_END_STATE][VERIFY_FREE].decisions, 0);
	verify_result_free(&r);
}

/* ---- folders that are the good one but for one file ---- */

static char dir[64];

static const char *const files[] = {
	"trace.dat.zst", "before/zoneinfo", "before/buddyinfo", "before/pagetypeinfo",
	"before/kpageflags.zst", "before/kpagecount.zst", "before/slabinfo", "before/vmallocinfo",
	"before/iomem", "before/meminfo", "after/buddyinfo", "static/dmesg.before", "static/cmdline", "uname",
};

static void path_of(char *to, size_t size, const char *name)
{
	snprintf(to, size, "%s/%s", dir, name);
}

static int make_folder(void **state)
{
	char path[128], target[600], cwd[400];

	(void)state;
	strcpy(dir, "/tmp/mmreplay-recorded-XXXXXX");
	if (!mkdtemp(dir) || !getcwd(cwd, sizeof(cwd)))
		return -1;
	for (const char *const *sub = (const char *const[]){ "before", "after", "static", NULL }; *sub; sub++) {
		path_of(path, sizeof(path), *sub);
		mkdir(path, 0700);
	}
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		path_of(path, sizeof(path), files[i]);
		snprintf(target, sizeof(target), "%s/" DATA "build2g/%s", cwd, files[i]);
		if (symlink(target, path))
			return -1;
	}
	return 0;
}

static int remove_folder(void **state)
{
	char path[128];

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		path_of(path, sizeof(path), files[i]);
		unlink(path);
	}
	for (const char *const *sub = (const char *const[]){ "before", "after", "static", NULL }; *sub; sub++) {
		path_of(path, sizeof(path), *sub);
		rmdir(path);
	}
	return rmdir(dir);
}

/* The file with the first `from` made `to`, of the same length. */
static void exchange(const char *name, const char *from, const char *to)
{
	char path[128], good[600], *text, *at;
	size_t n;
	FILE *f;

	assert_int_equal(strlen(from), strlen(to));
	path_of(path, sizeof(path), name);
	snprintf(good, sizeof(good), DATA "build2g/%s", name);
	f = fopen(good, "r");
	assert_non_null(f);
	text = calloc(1, 1 << 20);
	n = fread(text, 1, (1 << 20) - 1, f);
	fclose(f);
	at = strstr(text, from);
	assert_non_null(at);
	memcpy(at, to, strlen(to));
	unlink(path);
	f = fopen(path, "w");
	assert_non_null(f);
	fwrite(text, 1, n, f);
	fclose(f);
	free(text);
}

static void check_refused(const char *one, const char *other)
{
	struct verify_result r;
	struct mm_error err;

	assert_true(verify_recorded(dir, NULL, &r, &err) < 0);
	if (!strstr(err.text, one) || !strstr(err.text, other))
		fail_msg("'%s' does not name '%s' and '%s'", err.text, one, other);
}

static void test_missing_file(void **state)
{
	char path[128];

	(void)state;
	path_of(path, sizeof(path), "after/buddyinfo");
	unlink(path);
	check_refused("after/buddyinfo", dir);
}

static void test_other_kernel(void **state)
{
	(void)state;
	exchange("static/dmesg.before", "Linux version 6.1.0-50-686", "Linux version 6.1.0-49-686");
	check_refused("uname", "static/dmesg.before");
}

static void test_other_ram(void **state)
{
	(void)state;
	exchange("static/dmesg.before", "0x000000007ffd6fff] usable", "0x000000003ffd6fff] usable");
	check_refused("before/zoneinfo", "static/dmesg.before");
}

/* A machine with another per-CPU high mark drains at other moments: the
 * comparison must see it. */
static void test_a_wrong_machine_is_seen(void **state)
{
	struct verify_result r;

	(void)state;
	exchange("before/zoneinfo", "high:  3853", "high:  3753");
	r = run(dir);
	assert_true(r.row[VERIFY_PCP][VERIFY_FOLLOWED].matches < r.row[VERIFY_PCP][VERIFY_FOLLOWED].decisions);
	assert_non_null(strstr(r.first_mismatch, "drain"));
	verify_result_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_boot_followed),
		cmocka_unit_test(test_build_followed),
		cmocka_unit_test(test_build_free_running),
		cmocka_unit_test(test_two_cpus),
		cmocka_unit_test_setup_teardown(test_missing_file, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_other_kernel, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_other_ram, make_folder, remove_folder),
		cmocka_unit_test_setup_teardown(test_a_wrong_machine_is_seen, make_folder, remove_folder),
	};

	return cmocka_run_group_tests_name("recorded", tests, NULL, NULL);
}
