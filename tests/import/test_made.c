/* SPDX-License-Identifier: MIT
 *
 * trace.dat of kinds that no sample has: big endian, 64 bit, several CPUs, lost
 * events, and every kind of record a page can hold.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/import/import_help.h"
#include "tests/import/make_dat.h"

static struct make_dat m;

static void import_made(struct imported *im)
{
	char path[] = "/tmp/mmreplay-made-XXXXXX";
	int fd = mkstemp(path);
	uint8_t *p;
	size_t n;

	p = make_end(&m, &n);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), n);
	close(fd);
	import_file(im, path, NULL);
	assert_all_events_accounted(&im->sum);
	unlink(path);
	free(p);
}

static void one_of_each_order_and_size(void **state)
{
	struct trace_task t;
	struct imported im;
	unsigned int i;

	(void)state;
	for (i = 0; i < 4; i++) {
		make_begin(&m, i & 1, i & 2 ? 8 : 4, 1);
		m.start[0] = 5000;
		make_kfree(&m, 0, 0, 1, 0, 0xc2000000);
		make_kfree(&m, 0, 100, 2, 0x08, 0xc2000010);
		make_kfree(&m, 0, 100, 3, 0x10, 0);
		import_made(&im);
		assert_int_equal(im.sum.events, 3);
		assert_int_equal(im.n, 2);
		assert_int_equal(im.sum.kfree_null, 1);
		assert_int_equal(im.op[0].answer, 0xc2000000);
		assert_int_equal(im.op[1].answer, 0xc2000010);
		assert_int_equal(im.op[1].time, 100);
		assert_int_equal(im.op[0].ctx, TRACE_TASK);
		assert_int_equal(im.op[1].ctx, TRACE_HARDIRQ);
		assert_string_equal(mmt_get_site(im.r, im.op[0].site).name, "free_it+0x5");
		t = mmt_get_task(im.r, im.op[1].task);
		assert_int_equal(t.pid, 2);
		assert_string_equal(t.comm, "second task");
		imported_free(&im);
	}
}

/* An address of 64 bits does not fit the trace's answers, and is none. */
static void wide_addresses(void **state)
{
	struct imported im;

	(void)state;
	make_begin(&m, false, 8, 1);
	make_kfree(&m, 0, 0, 1, 0, 0xffff888012345678);
	import_made(&im);
	assert_int_equal(im.n, 1);
	assert_int_equal(im.op[0].answer, TRACE_NO_ANSWER);
	imported_free(&im);
}

static void cpus_are_merged_by_time(void **state)
{
	static const uint32_t expected[] = { 0xc0, 0xc1, 0xc2, 0xc3, 0xc4, 0xc5, 0xc6 };
	struct imported im;
	size_t i;

	(void)state;
	make_begin(&m, false, 4, 4);
	m.start[0] = 1000;
	m.start[1] = 500;
	m.start[2] = 1700;
	make_kfree(&m, 1, 0, 1, 0, 0xc0);	/* 500 */
	make_kfree(&m, 0, 0, 1, 0, 0xc1);	/* 1000, as on CPU 1: the lower CPU first */
	make_kfree(&m, 1, 500, 1, 0, 0xc2);	/* 1000 */
	make_kfree(&m, 1, 600, 1, 0, 0xc3);	/* 1600 */
	make_kfree(&m, 2, 0, 1, 0, 0xc4);	/* 1700 */
	make_kfree(&m, 0, 900, 1, 0, 0xc5);	/* 1900 */
	make_kfree(&m, 2, 300, 1, 0, 0xc6);	/* 2000; CPU 3 has nothing */
	import_made(&im);
	assert_int_equal(im.n, 7);
	for (i = 0; i < 7; i++)
		assert_int_equal(im.op[i].answer, expected[i]);
	assert_int_equal(im.op[4].cpu, 2);
	assert_int_equal(im.op[6].time, 1500);
	imported_free(&im);
}

/* Time extend (30), absolute time (31), a discarded record and the page's rest
 * (29), a record of unknown id. */
static void kinds_of_records(void **state)
{
	struct imported im;

	(void)state;
	make_begin(&m, true, 4, 1);
	m.start[0] = 1000;
	make_kfree(&m, 0, 0, 1, 0, 0xc0);
	make_words(&m, 0, 30, 5, 2);		/* + 2 << 27 | 5 */
	make_kfree(&m, 0, 1, 1, 0, 0xc1);
	make_words(&m, 0, 29, 7, 4);		/* discarded: one word of data, 7 ns */
	make_kfree(&m, 0, 1, 1, 0, 0xc2);
	make_words(&m, 0, 31, 1, 16);		/* at 16 << 27 | 1 */
	make_kfree(&m, 0, 9, 1, 0, 0xc3);
	make_words(&m, 0, 2, 1, 0x04d20000);	/* id 1234 is in no format */
	memset(m.page[0] + 12 + m.used[0], 0, 4);
	m.used[0] += 4;				/* its second word */
	make_words(&m, 0, 29, 0, 0);		/* nothing more, whatever follows */
	make_words(&m, 0, 28, 28, 28);
	import_made(&im);
	assert_int_equal(im.sum.events, 5);
	assert_int_equal(im.n, 4);
	assert_int_equal(im.op[1].time, (2ull << 27) + 5 + 1);
	assert_int_equal(im.op[2].time, (2ull << 27) + 5 + 1 + 7 + 1);
	assert_int_equal(im.op[3].time, (16ull << 27) + 1 + 9 - 1000);
	assert_int_equal(im.sum.unknown.n, 1);
	assert_string_equal(im.sum.unknown.v[0].name, "(id without a format)");
	imported_free(&im);
}

static void lost_events(void **state)
{
	struct imported im;
	uint32_t seven = 7;

	(void)state;
	make_begin(&m, false, 4, 2);
	make_kfree(&m, 0, 0, 1, 0, 0xc0);
	make_kfree(&m, 1, 10, 1, 0, 0xc1);
	m.flags[0] = 0xc0000000;	/* missed, and how many follows the records */
	memcpy(m.page[0] + 12 + m.used[0], &seven, 4);
	m.flags[1] = 0x80000000;	/* missed, nobody knows how many */
	import_made(&im);
	assert_int_equal(im.sum.lost_events, 7);
	assert_int_equal(im.sum.lost_places, 2);
	assert_string_equal(mmt_get_meta(im.r, "lost_events"), "7");
	imported_free(&im);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_of_each_order_and_size),
		cmocka_unit_test(wide_addresses),
		cmocka_unit_test(cpus_are_merged_by_time),
		cmocka_unit_test(kinds_of_records),
		cmocka_unit_test(lost_events),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
