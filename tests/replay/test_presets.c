/* SPDX-License-Identifier: MIT
 *
 * The presets, freshly booted, against the machines that they describe: zone
 * bounds, present and managed pages, watermarks, reserves and per-CPU list
 * settings as /proc/zoneinfo of Debian's 6.1.176 686 and 686-pae kernels under QEMU
 * shows them, and the geometry of the kmalloc caches.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "replay/machine_file.h"

struct zone_truth {
	uint32_t start, end, spanned, present, managed, min, low, high, reserve[4], pcp_high, pcp_batch,
		threshold;
};

static const struct {
	const char *preset;
	struct zone_truth zone[MM_NR_ZONES];
} truth[] = {
	{ "x86_32-512m", {
		{ 0x1, 0x1000, 4095, 3998, 3840, 21, 26, 31, { 0, 474, 474, 474 }, 26, 1, 2 },
		{ 0x1000, 0x1ffdd, 126941, 126941, 121936, 686, 857, 1028, { 0, 0, 0, 0 }, 857, 31, 6 },
		{ 0, 0, 0, 0, 0, 32, 32, 32, { 0, 0, 0, 0 }, 4, 1, 0 } } },
	{ "x86_32-1g", {
		{ 0x1, 0x1000, 4095, 3998, 3840, 190, 237, 284, { 0, 833, 981, 981 }, 237, 1, 2 },
		{ 0x1000, 0x36bfe, 220158, 220158, 213777, 10601, 13251, 15901, { 0, 0, 1182, 1182 }, 13251, 63, 8 },
		{ 0x36bfe, 0x3ffdd, 37855, 37855, 37855, 36, 506, 976, { 0, 0, 0, 0 }, 506, 7, 4 } } },
	{ "x86_32-2g", {
		{ 0x1, 0x1000, 4095, 3998, 3840, 190, 237, 284, { 0, 823, 1995, 1995 }, 237, 1, 2 },
		{ 0x1000, 0x36bfe, 220158, 220158, 211217, 10473, 13091, 15709, { 0, 0, 9374, 9374 }, 13091, 63, 8 },
		{ 0x36bfe, 0x7ffdd, 299999, 299999, 299999, 128, 3853, 7578, { 0, 0, 0, 0 }, 3853, 63, 10 } } },
	{ "x86_32-3g", {
		{ 0x1, 0x1000, 4095, 3998, 3840, 190, 237, 284, { 0, 813, 3009, 3009 }, 237, 1, 2 },
		{ 0x1000, 0x36bfe, 220158, 220158, 208657, 10346, 12932, 15518, { 0, 0, 17566, 17566 }, 12932, 63, 8 },
		{ 0x36bfe, 0xbffdd, 562143, 562143, 562143, 128, 7109, 14090, { 0, 0, 0, 0 }, 7109, 63, 12 } } },
	{ "x86_32-2g-pae", {
		{ 0x1, 0x1000, 4095, 3998, 3840, 190, 237, 284, { 0, 827, 1995, 1995 }, 237, 1, 2 },
		{ 0x1000, 0x36ffe, 221182, 221182, 212197, 10522, 13152, 15782, { 0, 0, 9342, 9342 }, 13152, 63, 8 },
		{ 0x36ffe, 0x7ffdd, 298975, 298975, 298975, 128, 3841, 7554, { 0, 0, 0, 0 }, 3841, 63, 10 } } },
	{ "x86_32-3g-pae", {
		{ 0x1, 0x1000, 4095, 3998, 3840, 190, 237, 284, { 0, 817, 3009, 3009 }, 237, 1, 2 },
		{ 0x1000, 0x36ffe, 221182, 221182, 209637, 10392, 12990, 15588, { 0, 0, 17534, 17534 }, 12990, 63, 8 },
		{ 0x36ffe, 0xbffdd, 561119, 561119, 561119, 128, 7095, 14062, { 0, 0, 0, 0 }, 7095, 63, 12 } } },
	{ "build2g", {	/* the start of that recording */
		{ 0x1, 0x1000, 4095, 3998, 3840, 190, 237, 284, { 0, 806, 1977, 1977 }, 237, 1, 2 },
		{ 0x1000, 0x36bfe, 220158, 220158, 206993, 10250, 12812, 15374, { 0, 0, 9374, 9374 }, 12812, 63, 8 },
		{ 0x36bfe, 0x7ffd7, 299993, 299993, 299993, 128, 3853, 7578, { 0, 0, 0, 0 }, 3853, 63, 10 } } },
};

static struct mm_machine *boot(const char *preset)
{
	struct mm_config c;
	struct mm_error err;
	struct mm_machine *m;

	if (machine_file_read(preset, &c, &err))
		fail_msg("%s", err.text);
	m = mm_machine_create(&c, &err);
	if (!m)
		fail_msg("%s", err.text);
	if (mm_check(m, &err))
		fail_msg("%s", err.text);
	return m;
}

static void test_zones(void **state)
{
	size_t i;
	int z;

	(void)state;
	for (i = 0; i < sizeof(truth) / sizeof(truth[0]); i++) {
		struct mm_machine *m = boot(truth[i].preset);

		for (z = 0; z < MM_NR_ZONES; z++) {
			const struct zone_truth *t = &truth[i].zone[z];
			struct mm_zone_info info;

			mm_zone_info(m, (enum mm_zone_id)z, &info);
			assert_int_equal(info.start_pfn, t->start);
			assert_int_equal(info.start_pfn + info.spanned, t->end);
			assert_int_equal(info.spanned, t->spanned);
			assert_int_equal(info.present, t->present);
			assert_int_equal(info.managed, t->managed);
			assert_int_equal(info.wmark[MM_WMARK_MIN], t->min);
			assert_int_equal(info.wmark[MM_WMARK_LOW], t->low);
			assert_int_equal(info.wmark[MM_WMARK_HIGH], t->high);
			assert_memory_equal(info.lowmem_reserve, t->reserve, sizeof(t->reserve));
			assert_int_equal(info.stat_threshold, t->threshold);
			if (t->present) {	/* lists without pages serve nobody */
				assert_int_equal(info.pcp[0].high, t->pcp_high);
				assert_int_equal(info.pcp[0].batch, t->pcp_batch);
			}
		}
		mm_machine_destroy(m);
	}
}

static void test_layout(void **state)
{
	static const struct { const char *preset; uint32_t high_memory, vmalloc_start; } layouts[] = {
		{ "x86_32-512m", 0xdffdd000, 0xe07dd000 }, { "x86_32-1g", 0xf6bfe000, 0xf73fe000 },
		{ "x86_32-2g", 0xf6bfe000, 0xf73fe000 }, { "x86_32-3g", 0xf6bfe000, 0xf73fe000 },
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		struct mm_machine *m = boot(layouts[i].preset);
		const struct mm_layout *l = mm_machine_layout(m);

		assert_int_equal(l->high_memory, layouts[i].high_memory);
		assert_int_equal(l->vmalloc_start, layouts[i].vmalloc_start);
		assert_int_equal(l->vmalloc_end, 0xfebfe000);
		assert_int_equal(l->pkmap_base, 0xfec00000);
		assert_int_equal(l->last_pkmap, 1024);
		assert_int_equal(l->fixaddr_start, 0xffdb8000);
		mm_machine_destroy(m);
	}
}

/* name, size, align, order, objects, min order, min objects, min_partial,
 * cpu_partial, cpu_partial_slabs as the kernel has them. */
static void test_kmalloc_caches(void **state)
{
	static const struct { const char *name; uint32_t v[9]; } caches[] = {
		{ "kmalloc-8", { 8, 8, 0, 512, 0, 512, 5, 120, 1 } },
		{ "kmalloc-96", { 96, 8, 0, 42, 0, 42, 5, 120, 6 } },
		{ "kmalloc-192", { 192, 8, 0, 21, 0, 21, 5, 120, 12 } },
		{ "kmalloc-256", { 256, 256, 0, 16, 0, 16, 5, 52, 7 } },
		{ "kmalloc-1k", { 1024, 1024, 1, 8, 0, 4, 5, 24, 6 } },
		{ "kmalloc-4k", { 4096, 4096, 3, 8, 0, 1, 6, 6, 2 } },
		{ "kmalloc-cg-2k", { 2048, 2048, 2, 8, 0, 2, 5, 24, 6 } },
		{ "kmalloc-rcl-8k", { 8192, 8192, 3, 4, 1, 1, 6, 6, 3 } },
		{ "dma-kmalloc-32", { 32, 32, 0, 128, 0, 128, 5, 120, 2 } },
	};
	struct mm_machine *m = boot("x86_32-2g");
	struct mm_cache_info c;
	size_t i, found = 0;
	uint32_t k;

	(void)state;
	for (k = 0; mm_cache_info(m, k, &c); k++)
		for (i = 0; i < sizeof(caches) / sizeof(caches[0]); i++) {
			uint32_t v[9] = { c.size, c.align, c.order, c.objects, c.min_order, c.min_objects,
					  c.min_partial, c.cpu_partial, c.cpu_partial_slabs };

			if (strcmp(c.name, caches[i].name))
				continue;
			assert_memory_equal(v, caches[i].v, sizeof(v));
			found++;
		}
	assert_int_equal(found, sizeof(caches) / sizeof(caches[0]));
	mm_machine_destroy(m);
}

/* 4 GiB without PAE: what the firmware put above 4 GiB does not exist for it. */
static void test_4g_without_pae(void **state)
{
	struct mm_machine *m = boot("x86_32-4g");

	(void)state;
	assert_int_equal(mm_machine_layout(m)->max_pfn, 0xbffdd);
	mm_machine_destroy(m);
}

/* PAE reaches what lies above the hole; its page tables cover 2 MiB each. */
static void test_4g_with_pae(void **state)
{
	struct mm_machine *m = boot("x86_32-4g-pae");
	const struct mm_layout *l = mm_machine_layout(m);

	(void)state;
	assert_int_equal(l->max_pfn, 0x140000);
	assert_int_equal(l->pageblock_order, 9);
	assert_int_equal(l->last_pkmap, 512);
	assert_int_equal(l->pkmap_base, 0xff000000);
	assert_int_equal(l->vmalloc_start, 0xf77fe000);
	mm_machine_destroy(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zones),
		cmocka_unit_test(test_layout),
		cmocka_unit_test(test_kmalloc_caches),
		cmocka_unit_test(test_4g_without_pae),
		cmocka_unit_test(test_4g_with_pae),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
