/* SPDX-License-Identifier: MIT
 * out: files and run directories appear whole or not at all. */
#include <errno.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/out.h"

static char top[64];

static char *in_top(const char *name)
{
	static char path[4][128];
	static int i;

	i = (i + 1) % 4;
	snprintf(path[i], sizeof(path[i]), "%s/%s", top, name);
	return path[i];
}

static int nr_entries;

static int count_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)path;
	(void)st;
	(void)type;
	nr_entries += ftw->level > 0;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static int entries(void)
{
	nr_entries = 0;
	nftw(top, count_one, 8, FTW_PHYS);
	return nr_entries;
}

static int set_up(void **state)
{
	(void)state;
	strcpy(top, "/tmp/mmreplay-test-out.XXXXXX");
	return mkdtemp(top) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return nftw(top, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void put(const char *path, const char *text)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	assert_int_equal(fclose(f), 0);
}

static void assert_content(const char *path, const char *text)
{
	char buf[64] = "";
	FILE *f = fopen(path, "r");

	assert_non_null(f);
	assert_true(fread(buf, 1, sizeof(buf) - 1, f) < sizeof(buf));
	fclose(f);
	assert_string_equal(buf, text);
}

static void test_file(void **state)
{
	char *path = in_top("a/b/file");
	struct mm_error err;
	struct out_file *o;
	FILE *f;

	(void)state;
	o = out_open(path, &f, &err);
	assert_non_null(o);
	fputs("one", f);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(out_commit(o, &err), 0);
	assert_content(path, "one");

	o = out_open(path, &f, &err);
	fputs("two", f);
	out_abort(o);
	assert_content(path, "one");
	assert_int_equal(entries(), 3);
}

static void test_file_refused(void **state)
{
	struct mm_error err;
	FILE *f;

	(void)state;
	put(in_top("plain"), "x");
	assert_null(out_open(in_top("plain/file"), &f, &err));
	assert_int_equal(err.code, -ENOTDIR);
	assert_non_null(strstr(err.text, "plain/file: cannot write: Not a directory"));
	assert_null(out_open(in_top("plain/sub/file"), &f, &err));
	assert_int_equal(err.code, -ENOTDIR);
}

/* A write that failed long before the end must not be lost. */
static void test_full_disk(void **state)
{
	char *path = in_top("full");
	struct mm_error err;
	struct out_file *o;
	FILE *f;

	(void)state;
	o = out_open(path, &f, &err);
	assert_non_null(o);
	assert_non_null(freopen("/dev/full", "w", f));
	fputs("text", f);
	assert_int_equal(out_commit(o, &err), -ENOSPC);
	assert_non_null(strstr(err.text, "full: cannot write: No space left"));
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(entries(), 0);
}

static void make_run(const char *path, const char *text)
{
	struct mm_error err;
	struct out_dir *d = out_dir_begin(path, "run.json", &err);
	char file[160];

	assert_non_null(d);
	snprintf(file, sizeof(file), "%s/run.json", out_dir_path(d));
	put(file, text);
	snprintf(file, sizeof(file), "%s/proc", out_dir_path(d));
	assert_int_equal(mkdir(file, 0777), 0);
	assert_int_equal(out_dir_commit(d, &err), 0);
}

static void test_dir(void **state)
{
	char run[128];
	struct mm_error err;
	struct out_dir *d;

	(void)state;
	snprintf(run, sizeof(run), "%s", in_top("results/RUN/"));
	make_run(run, "first");
	assert_content(in_top("results/RUN/run.json"), "first");
	make_run(run, "second");
	assert_content(in_top("results/RUN/run.json"), "second");
	d = out_dir_begin(run, "run.json", &err);
	assert_non_null(d);
	out_dir_abort(d);
	assert_content(in_top("results/RUN/run.json"), "second");
	assert_int_equal(entries(), 4);
}

static void test_dir_refused(void **state)
{
	struct mm_error err;

	(void)state;
	assert_int_equal(mkdir(in_top("mine"), 0777), 0);
	put(in_top("mine/letter"), "dear");
	assert_null(out_dir_begin(in_top("mine"), "run.json", &err));
	assert_int_equal(err.code, -EEXIST);
	assert_non_null(strstr(err.text, "mine: the folder is not empty and has no run.json"));
	put(in_top("file"), "x");
	assert_null(out_dir_begin(in_top("file"), "run.json", &err));
	assert_int_equal(err.code, -EEXIST);
	assert_int_equal(entries(), 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_file, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_file_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_full_disk, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_dir, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_dir_refused, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
