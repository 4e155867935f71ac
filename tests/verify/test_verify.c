/* SPDX-License-Identifier: MIT
 *
 * mmreplay verify: constants of seven machines; that a wrong recording is found
 * and told; JSON and exit statuses; the sentence for each kind of bad folder.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>
#include <jansson.h>

#include "analyze/verify/verify.h"

#define DATA "tests/data/oracle/"

static char dir[] = "/tmp/mmreplay-verify-XXXXXX";

static int shell(const char *fmt, ...)
{
	char cmd[1000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(cmd, sizeof(cmd), fmt, ap);
	va_end(ap);
	return WEXITSTATUS(system(cmd));
}

/* A copy of a bundled folder in which a sed script changes one file. */
static void copy_folder(const char *list, const char *file, const char *script)
{
	char name[64];
	int zst;

	assert_int_equal(shell("rm -rf %s/t && cp -r " DATA "%s %s/t", dir, list, dir), 0);
	if (!file)
		return;
	snprintf(name, sizeof(name), "%s", file);
	zst = shell("test -e %s/t/%s.zst", dir, name) == 0;
	if (zst)
		assert_int_equal(shell("zstd -dqf --rm %s/t/%s.zst", dir, name), 0);
	assert_int_equal(shell("sed -i -e '%s' %s/t/%s", script, dir, name), 0);
}

static void test_constants(void **state)
{
	static const struct { const char *name; uint32_t decisions, mb; } k[] = {
		{ "const-686-512", 203, 512 }, { "const-686-1024", 218, 1024 },
		{ "const-686-2048", 218, 2048 }, { "const-686-2048-nomerge", 272, 2048 },
		{ "const-686-3072", 218, 3072 }, { "const-pae-2048", 209, 2048 },
		{ "const-pae-3072", 209, 3072 },
	};
	const struct verify_options opt = { 0 };

	(void)state;
	for (size_t i = 0; i < sizeof(k) / sizeof(k[0]); i++) {
		struct verify_result r;
		struct mm_error err;
		char path[100];

		snprintf(path, sizeof(path), DATA "%s", k[i].name);
		if (verify_folder(path, &opt, &r, &err))
			fail_msg("%s", err.text);
		assert_string_equal(r.first_mismatch, "");
		assert_string_equal(r.kind, "constants");
		assert_int_equal(r.ram_mb, k[i].mb);
		assert_int_equal(r.row[VERIFY_CONSTANTS][VERIFY_FREE].decisions, k[i].decisions);
		assert_int_equal(r.row[VERIFY_CONSTANTS][VERIFY_FREE].matches, k[i].decisions);
		verify_result_free(&r);
	}
}

static void test_wrong_constant(void **state)
{
	const struct verify_options opt = { 0 };
	struct verify_result r;
	struct mm_error err;
	char path[200];

	(void)state;
	copy_folder("const-686-1024", "consts.txt", "s/,pcp_batch=63,/,pcp_batch=31,/");
	snprintf(path, sizeof(path), "%s/t", dir);
	if (verify_folder(path, &opt, &r, &err))
		fail_msg("%s", err.text);
	assert_int_equal(r.row[VERIFY_CONSTANTS][VERIFY_FREE].matches, 217);
	assert_non_null(strstr(r.first_mismatch, "zone Normal pcp_batch[0]: expected 0x1f, got 0x3f"));
	verify_result_free(&r);
}

/* One wrong answer, one wrong inner decision: each is one error of its layer,
 * with the operation named. */
static void check_wrong(const char *list, const char *file, const char *script,
			enum verify_layer layer, const char *sentence)
{
	const struct verify_options opt = { 0 };
	struct verify_result r;
	struct mm_error err;
	char path[200];

	copy_folder(list, file, script);
	snprintf(path, sizeof(path), "%s/t", dir);
	if (verify_folder(path, &opt, &r, &err))
		fail_msg("%s", err.text);
	assert_int_equal(r.row[layer][VERIFY_FREE].decisions - r.row[layer][VERIFY_FREE].matches, 1);
	if (!strstr(r.first_mismatch, sentence))
		fail_msg("\"%s\", expected \"%s\"", r.first_mismatch, sentence);
	verify_result_free(&r);
}

/* Followed: the machine is loaded anew after the error, so that all that follows
 * is judged for itself; free: a wrong frame moves those after it. */
static void test_followed(void **state)
{
	const struct verify_options opt = { 0 };
	struct verify_result r;
	uint64_t all[VERIFY_NR_MODES], wrong[VERIFY_NR_MODES];
	struct mm_error err;
	char path[200];

	(void)state;
	/* one request less: some of the kernel's later answers do not fit any more */
	copy_folder("pages_mix", "results.csv", "/^[0-9]*,alloc_pages,[0-9]*,0,.*,ok,/{s/,ok,/,skip_guard,/;:a;n;ba}");
	snprintf(path, sizeof(path), "%s/t", dir);
	if (verify_folder(path, &opt, &r, &err))
		fail_msg("%s", err.text);
	for (int m = 0; m < VERIFY_NR_MODES; m++)
		verify_totals(&r, (enum verify_mode)m, &all[m], &wrong[m]);
	assert_int_equal(r.resyncs[VERIFY_FREE], 0);
	assert_int_equal(r.resyncs[VERIFY_FOLLOWED], 1);
	assert_int_equal(wrong[VERIFY_FOLLOWED], 1);
	assert_true(wrong[VERIFY_FREE] > 5);
	assert_true(r.row[VERIFY_OUTCOME][VERIFY_FOLLOWED].excluded[VERIFY_RESYNC] > 0);
	verify_result_free(&r);
}

/* The /proc texts of the end: equal, and a changed line is printed. */
static void test_diff(void **state)
{
	const char *mmreplay = getenv("MMREPLAY") ? getenv("MMREPLAY") : "build/mmreplay";

	(void)state;
	assert_int_equal(shell("%s verify --diff " DATA "vmalloc_churn > %s/out", mmreplay, dir), 0);
	assert_int_equal(shell("test $(grep -c '^all [0-9]* lines are equal' %s/out) = 4", dir), 0);
	copy_folder("kmap_wrap", "snap/004-after-slabinfo", "s/^kmalloc-64 *[0-9]*/kmalloc-64 7/");
	assert_int_equal(shell("%s verify --diff %s/t > %s/out", mmreplay, dir, dir), 0);
	assert_int_equal(shell("grep -q '^- kmalloc-64 7 ' %s/out", dir), 0);
	assert_int_equal(shell("test $(grep -c '^[-+] ' %s/out) = 2", dir), 0);
	assert_int_equal(shell("%s verify --diff " DATA "const-686-512 2> %s/err", mmreplay, dir), 2);
	assert_int_equal(shell("grep -q 'no end state' %s/err", dir), 0);
}

static void test_wrong_answers(void **state)
{
	(void)state;
	check_wrong("kmap_wrap", "results.csv", "s/^\\(3004,kmap,[^o]*,ok,\\)0x[0-9a-f]*,/\\10xfec00000,/",
		    VERIFY_PKMAP, "op 3004 kmap(");
	check_wrong("kmap_wrap", "events.csv", "s/^\\(152,152,zone_alloc,0,0,0,\\)522491,/\\1522490,/",
		    VERIFY_PCP, "op 152 ");
	check_wrong("kmap_wrap", "events.csv", "/^5906,5134,pkmap_flush/d", VERIFY_PKMAP_FLUSH,
		    "expected nothing, got pkmap flush");
	check_wrong("slab_one", "results.csv", "s/^\\(100,.*,\\)ok,/\\1fail,/", VERIFY_OUTCOME,
		    "op 100 ");
}

static void check_bad(const char *list, const char *file, const char *script, const char *sentence)
{
	const struct verify_options opt = { 0 };
	struct verify_result r;
	struct mm_error err = { 0 };
	char path[200];

	if (script)
		copy_folder(list, file, script);
	else
		copy_folder(list, NULL, NULL);
	if (!script)
		assert_int_equal(shell("rm %s/t/%s*", dir, file), 0);
	snprintf(path, sizeof(path), "%s/t", dir);
	assert_int_not_equal(verify_folder(path, &opt, &r, &err), 0);
	if (!strstr(err.text, sentence) || !strstr(err.text, path))
		fail_msg("\"%s\", expected \"%s\" and the folder", err.text, sentence);
}

static void test_missing_files(void **state)
{
	(void)state;
	check_bad("kmap_wrap", "results.csv", NULL, "results.csv");
	check_bad("kmap_wrap", "events.csv", NULL, "events.csv");
	check_bad("kmap_wrap", "state.jsonl", NULL, "state.jsonl");
	check_bad("kmap_wrap", "consts.txt", NULL, "consts.txt");
	check_bad("kmap_wrap", "meta.json", NULL, "meta.json");
	check_bad("const-686-512", "dmesg.txt", NULL, "dmesg.txt");
	check_bad("const-686-512", "proc/iomem", NULL, "proc/iomem");
	check_bad("const-686-512", "consts.txt", NULL, "is no truth folder");
}

static void test_disagreement(void **state)
{
	(void)state;
	check_bad("kmap_wrap", "meta.json", "s/\"mem_mb\":2048/\"mem_mb\":1024/",
		  "state.jsonl has 524155 pages of RAM, meta.json says 1024 MB");
	check_bad("kmap_wrap", "dmesg.txt", "s/7ffdcfff/3ffdcfff/",
		  "state.jsonl has 524155 pages of RAM, dmesg.txt's memory map");
	check_bad("kmap_wrap", "meta.json", "s/6.1.0-50-686 /6.1.0-50-686-pae /",
		  "meta.json says 6.1.0-50-686-pae 6.1.176-1, consts.txt has PTRS_PER_PTE 1024");
	check_bad("const-686-512", "dmesg.txt", "s/1ffdcfff/2ffdcfff/",
		  "pages of RAM, dmesg.txt's memory map");
	check_bad("const-686-512", "dmesg.txt", "s/6.1.0-50-686 /6.1.0-50-686-pae /",
		  "consts.txt has PTRS_PER_PTE 1024");
}

static void test_bad_lists(void **state)
{
	(void)state;
	check_bad("kmap_wrap", "results.csv", "s/^5,/6,/", "line 7: operation 6, expected 5");
	check_bad("kmap_wrap", "results.csv", "1s/,ptr/,prt/", "no column 'ptr'");
	check_bad("kmap_wrap", "events.csv", "2s/zone_alloc/zone_allot/", "line 2: 'zone_allot' is unknown");
	check_bad("kmap_wrap", "events.csv", "2s/152,152/152,99999/", "line 2: operation 99999");
}

/* The command: JSON as documented, statuses, the run folder. */
static void test_command(void **state)
{
	const char *mmreplay = getenv("MMREPLAY") ? getenv("MMREPLAY") : "build/mmreplay";
	json_t *j, *rows, *row;
	json_error_t jerr;
	char path[300];
	size_t i, pkmap = 0;

	(void)state;
	assert_int_equal(shell("%s verify " DATA "kmap_wrap --json -o %s/run > %s/out", mmreplay, dir, dir), 0);
	snprintf(path, sizeof(path), "%s/out", dir);
	j = json_load_file(path, 0, &jerr);
	assert_non_null(j);
	assert_string_equal(json_string_value(json_object_get(j, "truth")), DATA "kmap_wrap");
	assert_true(json_is_null(json_object_get(j, "first_mismatch")));
	rows = json_object_get(j, "rows");
	json_array_foreach(rows, i, row) {
		assert_non_null(json_string_value(json_object_get(row, "mode")));
		assert_true(json_is_object(json_object_get(row, "excluded")));
		assert_int_equal(json_integer_value(json_object_get(row, "decisions")),
				 json_integer_value(json_object_get(row, "matches")));
		pkmap += !strcmp(json_string_value(json_object_get(row, "layer")), "pkmap");
	}
	assert_int_equal(pkmap, 2);
	json_decref(j);
	assert_int_equal(shell("cmp -s %s/out %s/run/verify.json", dir, dir), 0);
	assert_int_equal(shell("grep -q '^free,38926,' %s/run/errors.csv", dir), 0);
	assert_int_equal(shell("grep -q '</svg>' %s/run/errors.svg", dir), 0);
	assert_int_equal(shell("%s verify %s/none 2> %s/err", mmreplay, dir, dir), 2);
	assert_int_equal(shell("grep -q 'no such folder' %s/err", dir), 0);
	copy_folder("const-686-1024", "consts.txt", "s/,pcp_batch=63,/,pcp_batch=31,/");
	assert_int_equal(shell("%s verify %s/t > /dev/null", mmreplay, dir), 0);
	assert_int_equal(shell("%s verify %s/t --fail-on mismatch > /dev/null", mmreplay, dir), 1);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	return shell("rm -rf %s", dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_constants),
		cmocka_unit_test(test_wrong_constant),
		cmocka_unit_test(test_wrong_answers),
		cmocka_unit_test(test_followed),
		cmocka_unit_test(test_diff),
		cmocka_unit_test(test_missing_files),
		cmocka_unit_test(test_disagreement),
		cmocka_unit_test(test_bad_lists),
		cmocka_unit_test(test_command),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
