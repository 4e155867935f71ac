/* SPDX-License-Identifier: MIT
 *
 * layout_derive against the constants of real kernels.
 *
 * The six machines are Debian 6.1.0-50 i386 kernels (686 and 686-pae) that
 * were booted and asked for their own constants.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "engine/virt/virt.h"

struct row {
	const char *name;
	bool pae;
	uint32_t max_pfn;
	uint32_t high_memory, vmalloc_start, vmalloc_end, pkmap_base, ldt_base;
	uint32_t last_pkmap, max_low_pfn, maxmem;
};

static const struct row rows[] = {
	{ "686-512", false, 0x1ffdd, 0xdffdd000, 0xe07dd000, 0xfebfe000, 0xfec00000,
	  0xff000000, 1024, 0x1ffdd, 0x36bfe000 },
	{ "686-1024", false, 0x3ffdd, 0xf6bfe000, 0xf73fe000, 0xfebfe000, 0xfec00000,
	  0xff000000, 1024, 0x36bfe, 0x36bfe000 },
	{ "686-2048", false, 0x7ffdd, 0xf6bfe000, 0xf73fe000, 0xfebfe000, 0xfec00000,
	  0xff000000, 1024, 0x36bfe, 0x36bfe000 },
	{ "686-3072", false, 0xbffdd, 0xf6bfe000, 0xf73fe000, 0xfebfe000, 0xfec00000,
	  0xff000000, 1024, 0x36bfe, 0x36bfe000 },
	{ "pae-2048", true, 0x7ffdd, 0xf6ffe000, 0xf77fe000, 0xfeffe000, 0xff000000,
	  0xff200000, 512, 0x36ffe, 0x36ffe000 },
	{ "pae-3072", true, 0xbffdd, 0xf6ffe000, 0xf77fe000, 0xfeffe000, 0xff000000,
	  0xff200000, 512, 0x36ffe, 0x36ffe000 },
};

static struct mm_config config(bool pae)
{
	struct mm_config c;

	memset(&c, 0, sizeof(c));
	c.pae = pae;
	c.page_offset = 0xC0000000u;
	c.vmalloc_reserve = 128u << 20;
	c.highmem = true;
	return c;
}

static void check_row(const struct row *r)
{
	struct mm_config c = config(r->pae);
	struct mm_layout l;

	assert_int_equal(layout_derive(&c, r->max_pfn, &l, NULL), 0);
	assert_int_equal(l.page_offset, 0xc0000000u);
	assert_int_equal(l.high_memory, r->high_memory);
	assert_int_equal(l.vmalloc_start, r->vmalloc_start);
	assert_int_equal(l.vmalloc_end, r->vmalloc_end);
	assert_int_equal(l.pkmap_base, r->pkmap_base);
	assert_int_equal(l.pkmap_base + l.last_pkmap * MM_PAGE_SIZE,
			 r->pae ? 0xff200000u : 0xff000000u);
	assert_int_equal(l.ldt_base, r->ldt_base);
	assert_int_equal(l.last_pkmap, r->last_pkmap);
	assert_int_equal(l.max_low_pfn, r->max_low_pfn);
	assert_int_equal(l.max_pfn, r->max_pfn);
	assert_int_equal(l.maxmem, r->maxmem);
	assert_int_equal(l.cpu_entry_area, 0xff400000u);
	assert_int_equal(l.fixaddr_top, 0xfffff000u);
	assert_int_equal(l.fixaddr_start, 0xffdb8000u);
	assert_int_equal(l.fixaddr_tot_start, 0xff9fe000u);
	assert_int_equal(l.fix_kmap_begin, 68);
	assert_int_equal(l.fixaddr_top - l.fix_kmap_begin * MM_PAGE_SIZE, 0xfffbb000u);
	assert_int_equal(l.pmd_shift, r->pae ? 21 : 22);
	assert_int_equal(l.ptrs_per_pte, r->pae ? 512 : 1024);
	assert_int_equal(l.pageblock_order, r->pae ? 9 : 10);
}

static void test_six_machines(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i]);
}

static void test_splits(void **state)
{
	static const struct { uint32_t offset, maxmem; bool pae_too; } split[] = {
		{ 0xc0000000u, 0x36bfe000u, true },
		{ 0xb0000000u, 0x46bfe000u, false },
		{ 0x80000000u, 0x76bfe000u, true },
		{ 0x78000000u, 0x7ebfe000u, false },
		{ 0x40000000u, 0xb6bfe000u, true },
	};
	struct mm_layout l;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct mm_config c = config(false);

		c.page_offset = split[i].offset;
		assert_int_equal(layout_derive(&c, 0xfffff, &l, NULL), 0);
		assert_int_equal(l.maxmem, split[i].maxmem);
		assert_int_equal(l.high_memory, 0xf6bfe000u);
		assert_int_equal(l.max_low_pfn, split[i].maxmem >> 12);
		c.pae = true;
		assert_int_equal(layout_derive(&c, 0xfffff, &l, NULL),
				 split[i].pae_too ? 0 : -EINVAL);
		if (split[i].pae_too)
			assert_int_equal(l.high_memory, 0xf6ffe000u);
	}
}

/* vmalloc=256M makes the reserve 264 MiB: exactly 256 MiB are usable. */
static void test_vmalloc_size(void **state)
{
	struct mm_config c = config(false);
	struct mm_layout l;

	(void)state;
	c.vmalloc_reserve = (256u << 20) + (8u << 20);
	assert_int_equal(layout_derive(&c, 0x7ffdd, &l, NULL), 0);
	assert_int_equal(l.vmalloc_end - l.vmalloc_start, 256u << 20);
	assert_int_equal(l.max_low_pfn, 0x2e3fe);
	c.vmalloc_reserve = 128u << 20;
	assert_int_equal(layout_derive(&c, 0x7ffdd, &l, NULL), 0);
	assert_int_equal(l.vmalloc_end - l.vmalloc_start, 120u << 20);
}

static void test_no_highmem(void **state)
{
	struct mm_config c = config(false);
	struct mm_layout l;

	(void)state;
	c.highmem = false;
	assert_int_equal(layout_derive(&c, 0x7ffdd, &l, NULL), 0);
	assert_int_equal(l.last_pkmap, 0);
	assert_int_equal(l.vmalloc_end, 0xfeffe000u);
	assert_int_equal(l.max_low_pfn, 0x36ffe);
	assert_int_equal(l.max_pfn, 0x36ffe);	/* the rest is not used */
}

static void test_ram_limits(void **state)
{
	struct mm_config c = config(false);
	struct mm_layout l;

	(void)state;
	assert_int_equal(layout_derive(&c, 0x120000, &l, NULL), 0);
	assert_int_equal(l.max_pfn, 0x100000);	/* two levels reach 4 GiB */
	c.pae = true;
	assert_int_equal(layout_derive(&c, 0x120000, &l, NULL), 0);
	assert_int_equal(l.max_pfn, 0x120000);
	c = config(false);
	assert_int_equal(layout_derive(&c, 0x36bfe, &l, NULL), 0);
	assert_int_equal(l.max_low_pfn, l.max_pfn);
	assert_int_equal(layout_derive(&c, 0x36bff, &l, NULL), 0);
	assert_int_equal(l.max_low_pfn + 1, l.max_pfn);
}

static void test_refused(void **state)
{
	struct mm_config c = config(false);
	struct mm_error err;
	struct mm_layout l;

	(void)state;
	c.page_offset = 0xa0000000u;
	assert_int_equal(layout_derive(&c, 0x7ffdd, &l, &err), -EINVAL);
	assert_non_null(strstr(err.text, "page_offset 0xa0000000"));
	c = config(false);
	assert_int_equal(layout_derive(&c, 0, &l, &err), -EINVAL);
	assert_non_null(strstr(err.text, "no memory"));
	c.vmalloc_reserve = 0x3e000000u;
	assert_int_equal(layout_derive(&c, 0x7ffdd, &l, &err), -EINVAL);
	assert_non_null(strstr(err.text, "vmalloc reserve"));
	c.vmalloc_reserve = 8u << 20;
	assert_int_equal(layout_derive(&c, 0x7ffdd, &l, &err), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_six_machines),
		cmocka_unit_test(test_splits),
		cmocka_unit_test(test_vmalloc_size),
		cmocka_unit_test(test_no_highmem),
		cmocka_unit_test(test_ram_limits),
		cmocka_unit_test(test_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
