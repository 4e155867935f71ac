/* SPDX-License-Identifier: MIT
 *
 * Bad input: each kind is refused with a sentence that says what and where, no
 * output is left behind, and no damage makes the importer crash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/import/import_help.h"

/* libtraceevent does not free everything of a format that it gives up on. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libtraceevent\n";
}

#define FIRST_PAGE 53248	/* of v6.dat's data */

static uint8_t *v6, *v7;
static size_t v6_size, v7_size;

static int set_up(void **state)
{
	(void)state;
	v6 = read_whole(DATA "v6.dat", &v6_size);
	v7 = read_whole(DATA "v7-zstd.dat", &v7_size);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	free(v6);
	free(v7);
	return 0;
}

/* The sentence follows the temporary file's name. */
static void refused(const void *p, size_t n, int code, const char *sentence)
{
	struct mm_error err;

	assert_int_equal(import_bad_bytes(p, n, &err), code);
	assert_int_equal(strncmp(err.text, "/tmp/mmreplay-import-", 21), 0);
	assert_string_equal(err.text + 27, sentence);
}

static void empty_file(void **state)
{
	(void)state;
	refused("", 0, -EINVAL, ": the file is empty; expected a trace.dat, a perf.data or the text of a trace");
}

static void no_such_file(void **state)
{
	struct mm_error err;

	(void)state;
	assert_int_equal(import_bad_file("/nonexistent/trace.dat", &err), -ENOENT);
	assert_string_equal(err.text, "/nonexistent/trace.dat: No such file or directory");
}

static void a_directory(void **state)
{
	struct mm_error err;

	(void)state;
	assert_int_equal(import_bad_file("tests", &err), -EISDIR);
	assert_string_equal(err.text, "tests: a directory; expected a file");
}

static const char neither[] = ": neither a trace.dat (17 08 44 \"tracing\") nor a perf.data (\"PERFILE2\") nor the text of a "
	"trace as trace-cmd report, perf script or tracefs print it";

static void text_that_is_no_trace(void **state)
{
	static const char text[] = "Dear reader,\nthis is a letter, [1] and no trace.\n12.5: yes\n";

	(void)state;
	refused(text, strlen(text), -EINVAL, neither);
}

static void wrong_magic(void **state)
{
	uint8_t *copy = malloc(v6_size);

	(void)state;
	memcpy(copy, v6, v6_size);
	copy[0] = 0x18;
	refused(copy, v6_size, -EINVAL, neither);
	free(copy);
}

static void with_byte(size_t at, uint8_t value, const char *sentence)
{
	uint8_t *copy = malloc(v6_size);

	memcpy(copy, v6, v6_size);
	copy[at] = value;
	refused(copy, v6_size, -EBADMSG, sentence);
	free(copy);
}

static void damaged_header(void **state)
{
	(void)state;
	with_byte(10, '9', ": section 'initial format', offset 12: version '9'; 6 and 7 are known");
	with_byte(12, 7, ": section 'initial format', offset 14: byte order 7 (0 or 1 expected), long size 4 (4 or 8 expected)");
	with_byte(13, 5, ": section 'initial format', offset 14: byte order 0 (0 or 1 expected), long size 5 (4 or 8 expected)");
	with_byte(15, 3, ": section 'initial format', offset 18: page size 768; a power of two from 512 to 1 MiB expected");
	with_byte(18, 'H', ": section 'header info', offset 18: expected \"header_page\"");
}

/* The header_page text is 205 bytes at offset 38. */
static void a_size_beyond_the_file(void **state)
{
	(void)state;
	with_byte(35, 1, ": section 'header info', offset 38: header_page needs 1099511627981 bytes, but the file is cut after 171994");
}

static void cut_v6(void **state)
{
	(void)state;
	refused(v6, 5, -EINVAL, neither);
	refused(v6, 11, -EBADMSG, ": section 'initial format', offset 10: the version has no end");
	refused(v6, 100, -EBADMSG, ": section 'header info', offset 38: header_page needs 205 bytes, but the file is cut after 62");
	refused(v6, v6_size - 4096, -EBADMSG,
		": section 'flyrecord', offset 52464: the data of CPU 0 is said to be 118784 bytes at offset 53248, but the file ends at 167936: it is cut");
}

static void cut_v7(void **state)
{
	(void)state;
	refused(v7, 25, -EBADMSG, ": section 'initial format', offset 23: the compression's version has no end");
	refused(v7, 100000, -EBADMSG, ": section 'kallsyms', offset 3844: the section needs 228447 bytes, but the file is cut after 96156");
	refused(v7, 250000, -EBADMSG, ": section 'buffer flyrecord', offset 234056: the section needs 83573 bytes, but the file is cut after 15944");
	refused(v7, 317640, -EBADMSG, ": section 'section header', offset 317637: a number needs 8 bytes, but the file is cut after 3");
	refused(v7, v7_size - 1, -EBADMSG, ": section 'strings', offset 317724: the section needs 101 bytes, but the file is cut after 100");
}

/* Wherever a file is cut it is refused, and the sentence names a place. */
static void cut_anywhere(void **state)
{
	struct mm_error err;
	size_t n;

	(void)state;
	for (n = 11; n < v6_size; n += n < 4096 ? 97 : 4999) {
		assert_int_equal(import_bad_bytes(v6, n, &err), -EBADMSG);
		assert_non_null(strstr(err.text, "offset"));
	}
	for (n = 11; n < v7_size; n += 7919) {
		assert_int_equal(import_bad_bytes(v7, n, &err), -EBADMSG);
		assert_non_null(strstr(err.text, "offset"));
	}
}

/* The first page of v6.dat's data: its header says more than fits in it. */
static void damaged_page(void **state)
{
	(void)state;
	with_byte(FIRST_PAGE + 9, 0xff, ": data of CPU 0, offset 53248: damaged page: its header counts more bytes of records than fit (65516)");
}

/* A record's length word that points behind the page. */
static void damaged_record(void **state)
{
	struct mm_error err;
	uint8_t *copy = malloc(v6_size);

	(void)state;
	memcpy(copy, v6, v6_size);
	memcpy(copy + FIRST_PAGE + 12, "\0\0\0\0\xf0\xff\0\0", 8);
	assert_int_equal(import_bad_bytes(copy, v6_size, &err), -EBADMSG);
	assert_non_null(strstr(err.text, ": data of CPU 0, offset 53260: damaged page: a record does not end within it; bytes left (4076)"));
	free(copy);
}

static void damaged_compressed_data(void **state)
{
	uint8_t *copy = malloc(v7_size);
	struct mm_error err;

	(void)state;
	memcpy(copy, v7, v7_size);
	memset(copy + 100, 0, 50); /* in the header info section */
	assert_int_equal(import_bad_bytes(copy, v7_size, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "section 'header info', offset"));
	assert_non_null(strstr(err.text, "damaged compressed data"));
	memcpy(copy, v7, v7_size);
	memset(copy + 237568 + 12 + 500, 0x55, 300); /* in the first chunk of CPU 0 */
	assert_int_equal(import_bad_bytes(copy, v7_size, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "data of CPU 0, offset"));
	free(copy);
}

static void no_memory_event(void **state)
{
	static const char text[] =
		"  bash-148   [000]    19.337805: sched_switch: prev_comm=bash prev_pid=1\n"
		"  bash-148   [000]    19.337806: irq_handler_entry: irq=1 name=x\n";

	(void)state;
	refused(text, strlen(text), -EINVAL,
		": a recording (text of trace-cmd report), but it holds no memory event (kmem:mm_page_alloc, kmem:kmalloc, ...) to import");
}

static void cut_zstd_file(void **state)
{
	struct mm_error err;
	uint8_t *p;
	size_t n;

	(void)state;
	p = read_whole(DATA "v6.report.txt.zst", &n);
	assert_int_equal(import_bad_bytes(p, n - 100, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "the zstd data is cut at offset 18784, in the middle of a frame"));
	memset(p + 1000, 0x42, 2000);
	assert_int_equal(import_bad_bytes(p, n, &err), -EBADMSG);
	assert_non_null(strstr(err.text, "damaged zstd data before offset"));
	free(p);
}

/* Bytes turned at random: an import or a sentence, never a crash.  (A run with
 * the sanitizers makes this a real test.) */
static void random_damage(void **state)
{
	struct mm_error err;
	uint32_t seed = 12345;
	uint8_t *copy = malloc(v7_size);
	unsigned int i, k, bad = 0;

	(void)state;
	for (i = 0; i < 120; i++) {
		size_t n = i & 1 ? v6_size : v7_size;

		memcpy(copy, i & 1 ? v6 : v7, n);
		for (k = 0; k < 1 + i % 8; k++) {
			seed = seed * 1664525 + 1013904223;
			/* every third in the first pages, where the headers are */
			copy[(seed >> 4) % (i % 3 ? n : 20000)] ^= 1 << (seed >> 29);
		}
		if (import_bad_bytes(copy, n, &err)) {
			assert_true(strlen(err.text) > 20);
			bad++;
		}
	}
	assert_true(bad > 20);
	free(copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_file),
		cmocka_unit_test(no_such_file),
		cmocka_unit_test(a_directory),
		cmocka_unit_test(text_that_is_no_trace),
		cmocka_unit_test(wrong_magic),
		cmocka_unit_test(damaged_header),
		cmocka_unit_test(a_size_beyond_the_file),
		cmocka_unit_test(cut_v6),
		cmocka_unit_test(cut_v7),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(damaged_page),
		cmocka_unit_test(damaged_record),
		cmocka_unit_test(damaged_compressed_data),
		cmocka_unit_test(no_memory_event),
		cmocka_unit_test(cut_zstd_file),
		cmocka_unit_test(random_damage),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
