/* SPDX-License-Identifier: MIT
 *
 * State folders: what is read, and the sentence for each kind of bad input.
 * Each bad folder is the good one with one piece of text exchanged.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <zstd.h>

#include "replay/state/lines.h"
#include "replay/state/state.h"

#define GOOD "tests/data/oracle/kmap_wrap"

static char dir[] = "/tmp/mmreplay-state-XXXXXX";

/* The first n lines of a file of the good folder. */
static char *text_of(const char *name, unsigned int n)
{
	struct mm_error err;
	struct lines *l;
	char *line, *all = calloc(1, 1);
	size_t len, at = 0;

	assert_int_equal(lines_open(&l, GOOD, name, &err), 0);
	while (n-- && lines_next(l, &line, &len, &err) > 0) {
		all = realloc(all, at + len + 2);
		memcpy(all + at, line, len);
		memcpy(all + at + len, "\n", 2);
		at += len + 1;
	}
	lines_close(l);
	return all;
}

static void put(const char *name, const void *data, size_t n)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	fclose(f);
}

/* A copy of the good folder with the first `from` in file `name` exchanged. */
static void make_folder(const char *name, const char *from, const char *to)
{
	static const char *const files[] = { "consts.txt", "meta.json", "state.jsonl" };

	for (size_t i = 0; i < 3; i++) {
		char *text = text_of(files[i], !strcmp(files[i], "state.jsonl") ? 1 : 1000000);

		if (name && !strcmp(name, files[i])) {
			char *at = strstr(text, from);
			char *out = malloc(strlen(text) + strlen(to) + 1);

			assert_non_null(at);
			sprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
			free(text);
			text = out;
		}
		put(files[i], text, strlen(text));
		free(text);
	}
}

static void check_bad(const char *name, const char *from, const char *to, const char *sentence)
{
	struct mm_error err = { 0 };
	struct state_dir *d = NULL;

	make_folder(name, from, to);
	assert_int_not_equal(state_open(&d, dir, &err), 0);
	assert_null(d);
	if (!strstr(err.text, sentence) || !strstr(err.text, dir))
		fail_msg("%s -> %s: \"%s\", expected \"%s\" and the folder", from, to, err.text,
			 sentence);
	assert_true(err.code < 0);
}

static void test_good(void **state)
{
	struct mm_state s;
	struct mm_config c;
	struct mm_error err;

	(void)state;
	if (state_read_snapshot(GOOD, 0, &s, &c, &err))
		fail_msg("%s", err.text);
	assert_int_equal(s.zone[MM_ZONE_NORMAL].start, 4096);
	assert_int_equal(s.zone[MM_ZONE_NORMAL].spanned, 220158);
	assert_int_equal(s.zone[MM_ZONE_NORMAL].pcp[0].batch, 63);
	assert_int_equal(s.zone[MM_ZONE_DMA].free[8][0].nr, 1);
	assert_int_equal(s.zone[MM_ZONE_DMA].free[8][0].pfn[0], 256);
	assert_int_equal(s.nr_cache, 142);
	assert_string_equal(s.cache[0].name, "kmem_cache");
	assert_int_equal(s.nr_kmalloc, 52);
	assert_int_equal(s.nr_vmap, 10);
	assert_false(s.has_vfree);
	assert_false(s.has_all_slab);
	mm_state_free(&s);

	assert_int_equal(c.ram_bytes, 2048ull << 20);
	assert_int_equal(c.nr_e820, 6);
	assert_true(c.e820[3].end == 0x7ffdd000);
	assert_int_equal(c.page_offset, 0xc0000000);
	assert_int_equal(c.cache_line, 32);
	assert_int_equal(c.cpus, 1);
	assert_false(c.pae);
	assert_true(c.freelist_random && c.init_on_alloc && c.memcg_kmem);
	assert_false(c.slab_nomerge);
	assert_int_equal(state_read_snapshot(GOOD, 999, &s, NULL, &err), -2);
	assert_non_null(strstr(err.text, "19 snapshots, number 999 does not exist"));
}

/* Without dmesg.txt the memory map comes from the zones. */
static void test_map_from_zones(void **state)
{
	struct mm_config c;
	struct mm_error err;

	(void)state;
	make_folder(NULL, NULL, NULL);
	if (state_read_snapshot(dir, 0, NULL, &c, &err))
		fail_msg("%s", err.text);
	assert_int_equal(c.nr_e820, 2);
	assert_true(c.e820[0].start == 0 && c.e820[0].end == 0x9f000);
	assert_true(c.e820[1].start == 0x100000 && c.e820[1].end == 0x7ffdd000);
}

static void test_bad_json(void **state)
{
	(void)state;
	check_bad("state.jsonl", "{\"id\":65534", "{\"id\":65534,,", "line 1: no JSON at byte");
	check_bad("state.jsonl", "\"zones\":[", "\"sones\":[", "line 1: zones is missing, expected an array");
	check_bad("state.jsonl", "\"id\":65534", "\"id\":-1",
		  "line 1: id is -1, expected an integer from 0 to 65535");
}

static void test_bad_zones(void **state)
{
	(void)state;
	check_bad("state.jsonl", "\"start\":1,", "\"start\":\"one\",",
		  "zones[0].start is 'one', expected an integer from 0");
	check_bad("state.jsonl", "\"8/0\":[256]", "\"8/0\":[9999999]",
		  "zones[0].free[\"8/0\"] is pfn 9999999, expected frames of the zone, 1 to 4095");
	check_bad("state.jsonl", "\"8/0\":[256]", "\"11/0\":[256]",
		  "zones[0].free[\"11/0\"] is such a key, expected ORDER/TYPE");
	check_bad("state.jsonl", "\"managed\":3840", "\"managed\":3999",
		  "zones[0].spanned is in disagreement with present and managed");
	check_bad("state.jsonl", "\"wmark\":[190,", "\"wmark\":[",
		  "zones[0] is an array of 2, expected an array of 3");
	check_bad("state.jsonl", "\"lists\":[[],", "\"lists\":[",
		  "zones[0].pcp.lists is an array of another length, expected 14 lists");
	check_bad("state.jsonl", "\"pbmt\":[0,", "\"pbmt\":[5,",
		  "zones[0].pbmt[0] is another number, expected a pageblock type");
	check_bad("state.jsonl", "\"z\":1,", "\"z\":0,", "zones[1].z is there twice");
}

static void test_bad_slabs(void **state)
{
	(void)state;
	check_bad("state.jsonl", "\"name\":\"kmalloc-8\"", "\"name\":\"kmalloc-9\"",
		  "(kmalloc-9), expected a cache of consts.txt");
	check_bad("consts.txt", "kmalloc_caches,0,1,", "kmalloc_caches,9,1,",
		  "kmalloc type is '9', expected a number in range");
	check_bad("consts.txt", "cache,oracle-probe,0xc231ed20,1000,", "cache,oracle-probe,0xc231ed20,9000,",
		  "objs is 'oracle-probe', expected objects that fit into the slab's pages");
	check_bad("consts.txt", "cache,oracle-probe,0xc231ed20,", "cache,oracle-probe,here,",
		  "ptr is 'here', expected a number");
}

static void test_bad_virt(void **state)
{
	(void)state;
	check_bad("state.jsonl", "\"vmap\":[[4148158464,4148166656,", "\"vmap\":[[4148158464,4148158464,",
		  "vmap[0] is overlapping, empty or not page-aligned");
	check_bad("state.jsonl", "\"pkmap\":{", "\"pkmap\":{\"1024\":300000",
		  "pkmap[\"1024\"] is no slot and frame number");
}

static void test_disagreement(void **state)
{
	(void)state;
	check_bad("meta.json", "\"mem_mb\":2048", "\"mem_mb\":1024",
		  "pages of RAM, meta.json says 1024 MB");
	check_bad("meta.json", "\"kernel\"", "\"kernal\"", "kernel is missing or too long");
}

static void test_missing_files(void **state)
{
	static const char *const files[] = { "meta.json", "consts.txt", "state.jsonl" };

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct mm_error err = { 0 };
		struct state_dir *d;
		char path[128];

		make_folder(NULL, NULL, NULL);
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
		assert_int_not_equal(state_open(&d, dir, &err), 0);
		assert_non_null(strstr(err.text, path));
	}
}

/* A compressed file cut short, and one with a flipped byte. */
static void test_damaged_zstd(void **state)
{
	struct mm_error err = { 0 };
	struct state_dir *d;
	char *text = text_of("state.jsonl", 1), path[128];
	size_t cap = ZSTD_compressBound(strlen(text)), n;
	unsigned char *packed = malloc(cap);
	ZSTD_CCtx *z = ZSTD_createCCtx();

	(void)state;
	ZSTD_CCtx_setParameter(z, ZSTD_c_checksumFlag, 1);
	n = ZSTD_compress2(z, packed, cap, text, strlen(text));
	make_folder(NULL, NULL, NULL);
	snprintf(path, sizeof(path), "%s/state.jsonl", dir);
	unlink(path);
	put("state.jsonl.zst", packed, n / 2);
	assert_int_not_equal(state_open(&d, dir, &err), 0);
	assert_non_null(strstr(err.text, "ends inside a zstd frame"));
	packed[n / 2] ^= 0x55;
	put("state.jsonl.zst", packed, n);
	assert_int_not_equal(state_open(&d, dir, &err), 0);
	assert_non_null(strstr(err.text, "state.jsonl.zst"));
	snprintf(path, sizeof(path), "%s/state.jsonl.zst", dir);
	unlink(path);
	ZSTD_freeCCtx(z);
	free(packed);
	free(text);
}

/* Each layer's comparison sees a difference, and names it. */
static void test_diff(void **state)
{
	struct mm_state a, b;
	struct mm_error err;
	struct state_diff diff;

	(void)state;
	assert_int_equal(state_read_snapshot(GOOD, 0, &a, NULL, &err), 0);
	assert_int_equal(state_read_snapshot(GOOD, 0, &b, NULL, &err), 0);
	assert_int_equal(state_diff(&a, &b, 0, &diff), 0);
	assert_string_equal(diff.first_pages.text, "");

	b.zone[MM_ZONE_DMA].free[10][1].pfn[1] = 3072;
	b.zone[MM_ZONE_DMA].free[10][1].pfn[2] = 2048;
	b.zone[MM_ZONE_NORMAL].nr_free--;
	b.zone[MM_ZONE_NORMAL].free_diff[0]++;
	b.vmap[3].end += 4096;
	b.cache[20].nr_slabs++;
	assert_int_equal(state_diff(&a, &b, STATE_DIFF_FOLD, &diff), 3);
	assert_int_equal(diff.pages, 1);
	assert_non_null(strstr(diff.first_pages.text,
			       "zone 0 free list 10/1: entry 1 of 3 is pfn 3072, expected 2048"));
	assert_non_null(strstr(diff.first_slab.text, "nr_slabs is"));
	assert_non_null(strstr(diff.first_virt.text, "area 3 is"));
	assert_int_equal(state_diff(&a, &b, 0, &diff), 5);
	assert_int_equal(state_diff(&a, &b, STATE_DIFF_PAGES | STATE_DIFF_SLAB | STATE_DIFF_VIRT,
				    &diff), 0);
	mm_state_free(&a);
	mm_state_free(&b);
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int tear_down(void **state)
{
	static const char *const files[] = { "consts.txt", "meta.json", "state.jsonl" };
	char path[128];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
	}
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_map_from_zones),
		cmocka_unit_test(test_bad_json),
		cmocka_unit_test(test_bad_zones),
		cmocka_unit_test(test_bad_slabs),
		cmocka_unit_test(test_bad_virt),
		cmocka_unit_test(test_disagreement),
		cmocka_unit_test(test_missing_files),
		cmocka_unit_test(test_damaged_zstd),
		cmocka_unit_test(test_diff),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
