/* SPDX-License-Identifier: MIT
 * gfp flags by name and number, across kernel versions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "traces/import/gfp.h"

static gfp_t text(const char *s)
{
	struct gfp_map m;
	unsigned int unknown = 0;
	gfp_t g;

	assert_int_equal(gfp_map_version(&m, NULL, NULL), 0);
	g = gfp_from_text(&m, s, strlen(s), &unknown);
	assert_int_equal(unknown, 0);
	return g;
}

static gfp_t number(const char *version, uint64_t n)
{
	struct gfp_map m;

	assert_int_equal(gfp_map_version(&m, version, NULL), 0);
	return gfp_from_number(&m, n);
}

static void names(void **state)
{
	(void)state;
	assert_int_equal(text("GFP_KERNEL"), 0xcc0);
	assert_int_equal(text("GFP_KERNEL|__GFP_ZERO"), 0xdc0);
	assert_int_equal(text("GFP_ATOMIC"), 0xa20);
	assert_int_equal(text("GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO"), 0x1401ca | 0xc00);
	assert_int_equal(text("__GFP_IO|__GFP_FS|__GFP_NOWARN|__GFP_NORETRY|__GFP_COMP|__GFP_NOMEMALLOC|__GFP_RECLAIMABLE"),
			 0x40 | 0x80 | 0x2000 | 0x10000 | 0x40000 | 0x80000 | 0x10);
	assert_int_equal(text("none"), 0);
	assert_int_equal(text("0xcc0"), 0xcc0);
	assert_int_equal(text("GFP_NOIO|0x100"), 0xd00);
	assert_int_equal(text("GFP_TRANSHUGE_LIGHT"), MM_GFP_TRANSHUGE_LIGHT);
}

static void names_of_old_kernels(void **state)
{
	(void)state;
	assert_int_equal(text("GFP_KERNEL|GFP_ZERO|GFP_REPEAT"), 0xdc0 | MM_GFP_RETRY_MAYFAIL);
	assert_int_equal(text("__GFP_WAIT|__GFP_IO|__GFP_COLD"), MM_GFP_RECLAIM | MM_GFP_IO);
	assert_int_equal(text("GFP_TEMPORARY"), MM_GFP_KERNEL | MM_GFP_RECLAIMABLE);
}

static void unknown_names_are_counted(void **state)
{
	struct gfp_map m;
	unsigned int unknown = 0;
	static const char s[] = "GFP_KERNEL|__GFP_NO_SUCH|__GFP_ZERO";

	(void)state;
	gfp_map_version(&m, NULL, NULL);
	assert_int_equal(gfp_from_text(&m, s, strlen(s), &unknown), 0xdc0);
	assert_int_equal(unknown, 1);
}

static void numbers(void **state)
{
	(void)state;
	assert_int_equal(number("6.1", 0xcc0), MM_GFP_KERNEL);
	assert_int_equal(number("6.1.0-50-686", 0x400dc2),
			 MM_GFP_KERNEL_ACCOUNT | MM_GFP_ZERO | MM_GFP_HIGHMEM_BIT);
	/* 4.9: GFP_KERNEL is DIRECT_RECLAIM 0x400000, KSWAPD 0x2000000, IO, FS; ZERO 0x8000 */
	assert_int_equal(number("4.9", 0x24000c0), MM_GFP_KERNEL);
	assert_int_equal(number("4.7.2", 0x2408000 | 0xc0), MM_GFP_KERNEL | MM_GFP_ZERO);
	/* 3.10: GFP_KERNEL is WAIT 0x10, IO, FS */
	assert_int_equal(number("3.10", 0xd0), MM_GFP_KERNEL);
	assert_int_equal(number("3.10", 0x80d0), MM_GFP_KERNEL | MM_GFP_ZERO);
	assert_int_equal(number("3.10", 0x20), MM_GFP_ATOMIC); /* HIGH alone, then */
	assert_int_equal(number("4.19", 0x6000c0), MM_GFP_KERNEL);
	assert_int_equal(number("4.14", 0x14000c0), MM_GFP_KERNEL);
}

static void bad_versions(void **state)
{
	struct mm_error err;
	struct gfp_map m;

	(void)state;
	assert_true(gfp_map_version(&m, "new", &err) < 0);
	assert_string_equal(err.text, "'new' is no kernel version (4.9, 6.1)");
	assert_true(gfp_map_version(&m, "2.4", &err) < 0);
}

/* The table that a recording carries, numbered in a way no kernel has. */
static void table_of_the_recording(void **state)
{
	static const char table[] = "print fmt: \"%s\", __print_flags(x, \"|\", "
		"{( unsigned long)((( gfp_t)(0x1u|0x2u)) | (( gfp_t)0x4u)), \"GFP_NOFS\"}, "
		"{( unsigned long)(( gfp_t)0x1u), \"__GFP_DIRECT_RECLAIM\"}, "
		"{( unsigned long)(( gfp_t)0x2u), \"__GFP_KSWAPD_RECLAIM\"}, "
		"{( unsigned long)(( gfp_t)0x04u), \"__GFP_IO\"}, "
		"{( unsigned long)((gfp_t)((((1UL))) << (3))), \"__GFP_FS\"}, "
		"{16, \"__GFP_ZERO\"}, {0x20, \"__GFP_COMP\"}, {0x40u, \"__GFP_NOWARN\"}, "
		"{(0xff & ~0x7f), \"__GFP_NORETRY\"}, {(, \"__GFP_HIGH\"}, {1|, \"__GFP_WRITE\"}";
	struct gfp_map m;

	(void)state;
	assert_int_equal(gfp_map_format(&m, table, strlen(table)), 0);
	assert_int_equal(gfp_from_number(&m, 0xf), MM_GFP_KERNEL);
	assert_int_equal(gfp_from_number(&m, 0x10 | 0x20 | 0x40 | 0x80),
			 MM_GFP_ZERO | MM_GFP_COMP | MM_GFP_NOWARN | MM_GFP_NORETRY);
	assert_true(gfp_map_format(&m, "print fmt: none", 15) < 0);
}

/* Kernels without __GFP_ATOMIC: HIGH of one that cannot reclaim is GFP_ATOMIC. */
static void atomic_without_its_flag(void **state)
{
	static const char table[] = "{0x20u, \"__GFP_HIGH\"}, {0x40u, \"__GFP_IO\"}, {0x80u, \"__GFP_FS\"},"
		"{0x100u, \"__GFP_ZERO\"}, {0x400u, \"__GFP_DIRECT_RECLAIM\"},"
		"{0x800u, \"__GFP_KSWAPD_RECLAIM\"}, {0x1000u, \"__GFP_WRITE\"}, {0x2000u, \"__GFP_NOWARN\"}";
	struct gfp_map m;

	(void)state;
	assert_int_equal(gfp_map_format(&m, table, strlen(table)), 0);
	assert_int_equal(gfp_from_number(&m, 0x820), MM_GFP_ATOMIC);
	assert_int_equal(gfp_from_number(&m, 0xce0), MM_GFP_KERNEL | MM_GFP_HIGH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(names_of_old_kernels),
		cmocka_unit_test(unknown_names_are_counted),
		cmocka_unit_test(numbers),
		cmocka_unit_test(bad_versions),
		cmocka_unit_test(table_of_the_recording),
		cmocka_unit_test(atomic_without_its_flag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
