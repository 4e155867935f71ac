/* SPDX-License-Identifier: MIT
 * The address map of Debian's 6.1 i386 kernel with 2048 MiB, against addresses
 * read from the real kernel (PAGE_OFFSET, high_memory, VMALLOC_START and _END,
 * PKMAP_BASE, LDT_BASE_ADDR, CPU_ENTRY_AREA_BASE, FIXADDR_*, the kmap_local
 * slots FIX_KMAP_BEGIN and FIX_KMAP_END). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plots/map.h"
#include "tests/cli/run_cmd.h"

static const struct mm_layout real_2g = {
	.page_offset = 0xc0000000, .max_low_pfn = 0x36bfe, .max_pfn = 0x7ffdd, .pmd_shift = 22,
	.ptrs_per_pte = 1024, .pageblock_order = 10, .high_memory = 0xf6bfe000,
	.vmalloc_start = 0xf73fe000, .vmalloc_end = 0xfebfe000, .pkmap_base = 0xfec00000,
	.ldt_base = 0xff000000, .cpu_entry_area = 0xff400000, .fixaddr_start = 0xffdb8000,
	.fixaddr_tot_start = 0xff9fe000, .fixaddr_top = 0xfffff000, .last_pkmap = 1024,
	.fix_kmap_begin = 68, .maxmem = 0x36bfe000,
};

static const char golden[] =
	"x86_32-2g: kernel addresses from 0xc0000000, two-level page tables\n"
	"\n"
	"  from        to                size  region              what for\n"
	"  0x00000000  0xbfffffff    3.00 GiB  user space          each process its own\n"
	"  0xc0000000  0xc0ffffff   16.00 MiB  direct map, DMA     physical memory from 0; ISA devices reach it\n"
	"  0xc1000000  0xf6bfdfff  859.99 MiB  direct map, Normal  lowmem: kernel image, slabs, page tables\n"
	"  0xf6bfe000  0xf73fdfff    8.00 MiB  gap                 8 MiB that catch overruns of lowmem\n"
	"  0xf73fe000  0xfebfdfff  120.00 MiB  vmalloc             vmalloc, vmap, ioremap, modules, per-CPU chunks\n"
	"  0xfebfe000  0xfebfffff       8 KiB  gap                 guard\n"
	"  0xfec00000  0xfeffffff    4.00 MiB  pkmap               1024 slots of kmap(), one page table\n"
	"  0xff000000  0xff3fffff    4.00 MiB  LDT window          a process's descriptor table\n"
	"  0xff400000  0xff9fdfff    5.99 MiB  CPU entry areas     entry stacks, GDT and TSS of each CPU\n"
	"  0xff9fe000  0xffdb7fff    3.73 MiB  fixmap, boot time   early_ioremap, before vmalloc works\n"
	"  0xffdb8000  0xffdbbfff      16 KiB  fixmap              PCI configuration, APEI\n"
	"  0xffdbc000  0xfffbbfff    2.00 MiB  kmap_local          16 slots for each of 32 CPUs; CPU 0 from 0xfffbb000 down\n"
	"  0xfffbc000  0xffffefff     268 KiB  fixmap              APIC, I/O APICs, early console\n"
	"  0xfffff000  0xffffffff       4 KiB  gap                 never mapped\n"
	"\n"
	"Physical memory, up to 0x07ffdcfff\n"
	"\n"
	"  from         to                 span  present pages  managed  zone     kernel address\n"
	"  0x000000000  0x000ffffff   16.00 MiB           3998     3840  DMA      0xc0000000 + physical address\n"
	"  0x001000000  0x036bfdfff  859.99 MiB         220158   211217  Normal   0xc0000000 + physical address\n"
	"  0x036bfe000  0x07ffdcfff    1.14 GiB         299999   299999  HighMem  none of its own: kmap, kmap_local, vmap\n";

static char *text_of(const struct addr_map *m, void (*write)(const struct addr_map *, FILE *))
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	write(m, f);
	fclose(f);
	return text;
}

static void text_of_the_real_layout(void **state)
{
	struct addr_map m;
	struct mm_error err;
	char *text;

	(void)state;
	assert_int_equal(map_build(&m, "x86_32-2g", &real_2g, &err), 0);
	m.zone[0].present = 3998;
	m.zone[1].present = 220158;
	m.zone[2].present = 299999;
	m.zone[0].managed = 3840;
	m.zone[1].managed = 211217;
	m.zone[2].managed = 299999;
	text = text_of(&m, map_text);
	assert_string_equal(text, golden);
	free(text);
}

static void regions_cover_all_addresses_once(void **state)
{
	struct addr_map m;
	struct mm_error err;
	uint64_t at = 0;
	unsigned int i;

	(void)state;
	assert_int_equal(map_build(&m, "x", &real_2g, &err), 0);
	for (i = 0; i < m.nr_regions; i++) {
		assert_true(m.region[i].start == at);
		assert_true(m.region[i].end > at);
		at = m.region[i].end;
	}
	assert_true(at == UINT64_C(1) << 32);
}

static void a_machine_without_highmem(void **state)
{
	struct mm_layout l = real_2g;
	struct addr_map m;
	struct mm_error err;
	char *text;

	(void)state;
	l.max_low_pfn = l.max_pfn = 0x1ffdd;
	l.high_memory = 0xdffdd000;
	l.vmalloc_start = 0xe07dd000;
	assert_int_equal(map_build(&m, "x86_32-512m", &l, &err), 0);
	text = text_of(&m, map_text);
	assert_non_null(strstr(text, "  0xe07dd000  0xfebfdfff  484.13 MiB  vmalloc "));
	assert_null(strstr(text, "HighMem"));
	free(text);
}

static void addresses_that_do_not_ascend(void **state)
{
	struct mm_layout l = real_2g;
	struct addr_map m;
	struct mm_error err;

	(void)state;
	l.pkmap_base = 0xf0000000;
	assert_int_equal(map_build(&m, "x", &l, &err), -EINVAL);
	assert_string_equal(err.text, "address map: gap would end at 0xf0000000, below its start 0xfebfe000");
	l = real_2g;
	l.max_pfn = 1;
	assert_int_equal(map_build(&m, "x", &l, &err), -EINVAL);
	assert_string_equal(err.text, "address map: max_pfn 0x1 is below max_low_pfn 0x36bfe");
}

static void svg_of(const struct addr_map *m, FILE *f)
{
	map_svg(m, false, f);
}

static void picture_names_every_address(void **state)
{
	static const char *const addresses[] = {
		"0xc0000000", "0xc1000000", "0xf6bfe000", "0xf73fe000", "0xfebfe000", "0xfec00000",
		"0xff000000", "0xff400000", "0xff9fe000", "0xffdbc000", "0xfffbc000", "0x36bfe000",
	};
	struct addr_map m;
	struct mm_error err;
	char *text;
	size_t i;

	(void)state;
	assert_int_equal(map_build(&m, "<&x", &real_2g, &err), 0);
	text = text_of(&m, svg_of);
	for (i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++)
		assert_non_null(strstr(text, addresses[i]));
	assert_non_null(strstr(text, "Address map of &lt;&amp;x"));
	assert_null(strstr(text, "<&x"));
	free(text);
}

static void command_prints_the_same(void **state)
{
	(void)state;
	assert_int_equal(MMREPLAY("map", "--machine", "x86_32-2g")->status, 0);
	assert_string_equal(MMREPLAY("map", "--machine", "x86_32-2g")->out, golden);
	assert_int_equal(MMREPLAY("map", "--machine", "no-such")->status, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_of_the_real_layout),
		cmocka_unit_test(regions_cover_all_addresses_once),
		cmocka_unit_test(a_machine_without_highmem),
		cmocka_unit_test(addresses_that_do_not_ascend),
		cmocka_unit_test(picture_names_every_address),
		cmocka_unit_test(command_prints_the_same),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
