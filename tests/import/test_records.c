/* SPDX-License-Identifier: MIT
 *
 * The walk of a trace.dat's pages against libtracecmd, record by record: time,
 * bytes, and none more or less.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>
#include <trace-cmd.h>

#include "tests/import/import_help.h"
#include "traces/import/dat_pages.h"
#include "traces/import/input.h"

/* libtracecmd leaks a word that it scans; it is here as a witness only. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:vsscanf\n";
}

static void compare_records(const char *path, unsigned int expected)
{
	struct tracecmd_input *lib = tracecmd_open(path, TRACECMD_FL_LOAD_NO_PLUGINS);
	struct mm_error err = { 0 };
	struct import_input in;
	struct dat_file file;
	struct dat_kinds kinds;
	struct dat_stream s;
	struct tep_record *rec;
	unsigned int n = 0;
	int r;

	assert_non_null(lib);
	assert_int_equal(import_input_open(&in, path, &err), 0);
	assert_int_equal(dat_read(&file, &in, &err), 0);
	assert_int_equal(dat_kinds_init(&kinds, &file, NULL, &err), 0);
	assert_int_equal(file.nr_cpus, 1);
	dat_stream_open(&s, &file, &file.cpus[0], &kinds);
	while ((r = dat_stream_next(&s, &err)) == 1) {
		rec = tracecmd_read_data(lib, 0);
		assert_non_null(rec);
		assert_int_equal(s.time, rec->ts);
		assert_int_equal(s.len, rec->size);
		assert_memory_equal(s.record, rec->data, rec->size);
		tracecmd_free_record(rec);
		n++;
	}
	assert_int_equal(r, 0);
	assert_null(tracecmd_read_data(lib, 0));
	assert_int_equal(n, expected);
	dat_stream_close(&s);
	dat_kinds_free(&kinds);
	dat_free(&file);
	import_input_close(&in);
	tracecmd_close(lib);
}

static void version_6(void **state)
{
	(void)state;
	compare_records(DATA "v6.dat", 3500);
}

static void version_7_compressed(void **state)
{
	(void)state;
	compare_records(DATA "v7-zstd.dat", 14409);
}

static void with_stacks(void **state)
{
	(void)state;
	compare_records(DATA "stack.dat", 4206);
	compare_records(DATA "stack-start.dat", 2412);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(version_6),
		cmocka_unit_test(version_7_compressed),
		cmocka_unit_test(with_stacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
