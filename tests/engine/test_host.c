/* SPDX-License-Identifier: MIT
 *
 * The host's memory for large tables: zeroes, aligned to huge pages when large,
 * resident as far as asked.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "engine/host.h"

#define MIB	((size_t)1 << 20)

/* Small pages of the table that are in memory. */
static size_t resident(char *p, size_t bytes)
{
	static unsigned char page[(64 * MIB) / 4096];
	size_t n = (bytes + 4095) / 4096, i, sum = 0;

	assert_true(n <= sizeof(page));
	assert_int_equal(mincore(p, n * 4096, page), 0);
	for (i = 0; i < n; i++)
		sum += page[i] & 1;
	return sum;
}

static void zeroes_of_any_size(void **state)
{
	static const size_t size[] = { 1, 4095, 4096, 4097, 100000, 2 * MIB - 1, 2 * MIB, 2 * MIB + 1, 9 * MIB + 77 };

	(void)state;
	for (size_t i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		char *p = host_table(size[i], 0);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % (size[i] > MIB / 4 ? 2 * MIB : 4096), 0);
		for (size_t at = 0; at < size[i]; at += 1000)
			assert_int_equal(p[at], 0);
		p[size[i] - 1] = 1;
		host_table_free(p, size[i]);
	}
	host_table_free(NULL, MIB);
}

static void resident_as_far_as_asked(void **state)
{
	char *p = host_table(64 * MIB, 3 * MIB);
	size_t n;

	(void)state;
	assert_non_null(p);
	n = resident(p, 64 * MIB);
	assert_true(n >= 3 * MIB / 4096);
	assert_true(n <= 4 * MIB / 4096);	/* two huge pages, where there are such */
	host_table_free(p, 64 * MIB);
	p = host_table(MIB, 100 * MIB);		/* more than there is: all */
	assert_int_equal(resident(p, MIB), MIB / 4096);
	host_table_free(p, MIB);
}

/* More address space than memory: only what is touched is taken. */
static void a_range_larger_than_memory(void **state)
{
	size_t bytes = (size_t)1 << 40;
	char *p = host_table(bytes, 4096);

	(void)state;
	if (!p)
		skip();	/* a host with a limit on address space */
	p[bytes / 2] = 7;
	assert_int_equal(p[bytes / 2], 7);
	host_table_free(p, bytes);
}

static void too_much_is_refused(void **state)
{
	(void)state;
	assert_null(host_table((size_t)1 << 60, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeroes_of_any_size),
		cmocka_unit_test(resident_as_far_as_asked),
		cmocka_unit_test(a_range_larger_than_memory),
		cmocka_unit_test(too_much_is_refused),
	};

	return cmocka_run_group_tests_name("host tables", tests, NULL, NULL);
}
