/* SPDX-License-Identifier: MIT
 * A run folder: its numbers come back, its faults are named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyze/findings.h"
#include "tests/plots/fake_run.h"

static char dir[64];

static int make_name(void **state)
{
	(void)state;
	strcpy(dir, "/tmp/mmreplay-run-XXXXXX");
	return !mkdtemp(dir) || rmdir(dir);
}

static int remove_dir(void **state)
{
	(void)state;
	fake_run_remove(dir);
	return 0;
}

static void refused(const char *expected)
{
	struct mm_error err;
	char sentence[512];

	assert_null(an_run_load(dir, &err));
	snprintf(sentence, sizeof(sentence), "%s/%s", dir, expected);
	assert_string_equal(err.text, sentence);
	assert_true(err.code < 0);
}

static struct an_run *load(void)
{
	struct mm_error err = { 0 };
	struct an_run *r = an_run_load(dir, &err);

	if (!r)
		fail_msg("%s", err.text);
	return r;
}

static void whole_run(void **state)
{
	struct an_run *r;
	char name[64];

	(void)state;
	fake_run_write(dir, 10, FAKE_FAILURES | FAKE_MARKS | FAKE_PROC);
	r = load();
	assert_int_equal(r->tl.n, 10);
	assert_string_equal(an_run_trace(r, name, sizeof(name)), "build2g");
	assert_true(r->zone[1].marks_known);
	assert_int_equal(r->zone[1].low, 13091);
	assert_int_equal(r->nr_marks, 2);
	assert_int_equal(r->mark[1].op, 1300000);
	an_run_free(r);
}

static void failures_are_grouped(void **state)
{
	struct an_run *r;

	(void)state;
	fake_run_write(dir, 2, FAKE_FAILURES);
	r = load();
	assert_int_equal(r->failures.nr_groups, 2);
	assert_int_equal(r->failures.group[0].count, 2);
	assert_string_equal(r->failures.group[0].kind, "alloc_pages");
	assert_int_equal(r->failures.group[0].first_op, 700);
	assert_string_equal(r->failures.group[0].comm, "tar");
	assert_string_equal(r->failures.group[0].free_pages, "21000");
	assert_string_equal(r->failures.group[0].mark, "10473");
	assert_string_equal(r->failures.group[1].comm, "mod<probe>, it");
	assert_null(r->failures.group[1].free_pages);
	assert_int_equal(an_failures_count(&r->failures, "fail"), 3);
	an_run_free(r);
}

static void blame_is_summed_by_program(void **state)
{
	struct an_run *r;

	(void)state;
	fake_run_write(dir, 2, FAKE_FAILURES);
	r = load();
	assert_int_equal(r->blame.nr_rows, 2);
	assert_string_equal(r->blame.row[0].comm, "init");
	assert_string_equal(r->blame.row[1].comm, "cc1");
	assert_int_equal(r->blame.row[1].pages, 1500);
	assert_int_equal(r->blame.row[1].tasks, 2);
	assert_int_equal(r->blame.row[1].pinned, 4);
	assert_int_equal(r->blame.pages, 3100);
	an_run_free(r);
}

static void slab_caches_by_loss(void **state)
{
	struct an_run *r;

	(void)state;
	fake_run_write(dir, 2, FAKE_PROC);
	r = load();
	assert_int_equal(r->slab.n, 2);
	assert_string_equal(r->slab.cache[0].name, "ext4_inode_cache");
	assert_int_equal(r->slab.cache[0].bytes, 70 * 2 * 4096);
	assert_int_equal(r->slab.cache[0].lost, 70 * 2 * 4096 - 658 * 800);
	assert_int_equal(r->slab.cache[1].lost, 20 * 4096 - 1000 * 64);
	assert_int_equal(r->slab.bytes, 160 * 4096);
	an_run_free(r);
}

static void pageblocks_by_what_holds_them(void **state)
{
	const struct an_moment *m;
	struct an_run *r;

	(void)state;
	fake_run_write(dir, 2, FAKE_FAILURES);
	r = load();
	assert_int_equal(r->blocks.nr_moments, 2);
	m = &r->blocks.moment[0];
	assert_int_equal(m->n, 4);
	assert_int_equal(m->count[0][AN_BLOCK_UNMOVABLE], 1);
	assert_int_equal(m->count[1][AN_BLOCK_RESERVED], 1);
	assert_int_equal(m->count[1][AN_BLOCK_FREE], 1);
	assert_int_equal(m->count[2][AN_BLOCK_MOVABLE], 1);
	m = &r->blocks.moment[1];
	assert_int_equal(m->time_ns, 9000000000);
	assert_int_equal(m->count[1][AN_BLOCK_MIXED], 1);
	assert_int_equal(m->count[2][AN_BLOCK_UNMOVABLE], 1);
	assert_int_equal(an_blocks_count(m, AN_BLOCK_FREE), 0);
	an_run_free(r);
}

struct said { char text[4096]; size_t n; };

static void note(void *arg, enum an_level level, const char *text)
{
	struct said *s = arg;

	s->n += (size_t)snprintf(s->text + s->n, sizeof(s->text) - s->n, "%d %s\n", level, text);
}

static void verdicts_name_what_failed_and_why(void **state)
{
	struct said s = { .n = 0 };
	struct an_run *r;

	(void)state;
	fake_run_write(dir, 100, FAKE_FAILURES);
	r = load();
	an_verdicts(r, note, &s);
	assert_int_equal(strncmp(s.text, "3 2 requests failed: alloc_pages of order 5 in Normal, cause fragmented. The first at 2.0 s, by tar.\n", 96), 0);
	assert_non_null(strstr(s.text, "1 request failed: vmalloc, cause vmalloc-space."));
	assert_non_null(strstr(s.text, "cc1 keeps 4 pageblocks from being free, with 1500 pages of order 0."));
	assert_null(strstr(s.text, "Nothing ran short"));
	an_run_free(r);
}

static void bad_files(void **state)
{
	(void)state;
	fake_run_write(dir, 3, FAKE_PROC);
	fake_file(dir, "proc/end-slabinfo", "slabinfo - version: 2.1\n# name\nkmalloc-64 1000 oops\n");
	refused("proc/end-slabinfo: line 3: found 'kmalloc-64 1000 oops', expected a cache as in /proc/slabinfo");
	fake_file(dir, "blocks.csv",
		  "op,time_ns,pageblock,pfn,zone,migratetype,free_pages,movable,unmovable,reclaimable,slab,kernel\n"
		  "0,5,0,1,Movable,Unmovable,768,0,0,0,0,158\n");
	refused("blocks.csv: line 2, column zone: found 'Movable', expected DMA, Normal or HighMem");
	fake_file(dir, "blame.csv", "task,comm\n1,init\n");
	refused("blame.csv: line 1: found no column site, expected it among the 2 of the header");
	fake_file(dir, "timeline.csv", "op,time_ns\n1,2\n");
	refused("timeline.csv: line 1: found no column free_dma, expected it among the 2 of the header");
	fake_file(dir, "timeline.csv", "op,time_ns\n");
	refused("timeline.csv: line 1: only a header, expected at least one sample");
	fake_file(dir, "run.json", "{\"schema\": \"mmreplay-run-9\"}");
	refused("run.json: key schema: found \"mmreplay-run-9\", expected \"mmreplay-run-1\"");
	fake_file(dir, "run.json", "{\"schema\": ");
	refused("run.json: line 1, column 11: unexpected token near end of file, expected JSON");
}

/* Replace the n-th comma-separated field of the last line of timeline.csv. */
static void spoil(int field, const char *with)
{
	char path[128], text[65536], *p;
	size_t n;
	FILE *f;

	snprintf(path, sizeof(path), "%s/timeline.csv", dir);
	f = fopen(path, "r");
	n = fread(text, 1, sizeof(text) - 1, f);
	fclose(f);
	text[n] = '\0';
	text[n - 1] = '\0';
	p = strrchr(text, '\n') + 1;
	while (field--)
		p = strchr(p, ',') + 1;
	f = fopen(path, "w");
	fprintf(f, "%.*s%s%s\n", (int)(p - text), text, with, p + strcspn(p, ","));
	fclose(f);
}

static void bad_samples(void **state)
{
	(void)state;
	fake_run_write(dir, 3, 0);
	spoil(2, "many");
	refused("timeline.csv: line 4, column free_dma: found 'many', expected a whole number");
	spoil(2, "1");
	spoil(1, "5");
	refused("timeline.csv: line 4, column time_ns: found '5', expected at least 14150000000, the value of the row before");
	spoil(8, "99999999");
	refused("timeline.csv: line 4, column blocks_dma_0: found '99999999', expected at most 16777216 (64 GiB in pages)");
}

static void no_run(void **state)
{
	(void)state;
	refused("run.json: No such file or directory; expected a folder written by mmreplay replay");
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, make_name, remove_dir)
	const struct CMUnitTest tests[] = {
		TEST(whole_run), TEST(failures_are_grouped), TEST(blame_is_summed_by_program),
		TEST(slab_caches_by_loss), TEST(pageblocks_by_what_holds_them),
		TEST(verdicts_name_what_failed_and_why), TEST(bad_files),
		TEST(bad_samples), TEST(no_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
