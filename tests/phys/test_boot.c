/* SPDX-License-Identifier: MIT
 *
 * Boot: zones, watermarks, reserves and per-CPU lists of freshly booted
 * machines against real kernels (Debian 6.1.176 686 under QEMU), and the free
 * lists right after the hand-over against the recorded ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/phys/zone.h"

struct zone_truth {
	uint32_t start, end, spanned, present, managed, min, low, high, reserve[4], pcp_high, pcp_batch,
		threshold;
};

struct machine_truth {
	uint32_t mib, initrd_base;
	struct zone_truth zone[MM_NR_ZONES];
};

static const struct machine_truth truth[] = {
	{ 512, 0x1ff3b000, {
		{ 0x1, 0x1000, 4095, 3998, 3840, 21, 26, 31, { 0, 474, 474, 474 }, 26, 1, 2 },
		{ 0x1000, 0x1ffdd, 126941, 126941, 121936, 686, 857, 1028, { 0, 0, 0, 0 }, 857, 31, 6 },
		{ 0, 0, 0, 0, 0, 32, 32, 32, { 0, 0, 0, 0 }, 0, 0, 0 } } },
	{ 1024, 0, {
		{ 0x1, 0x1000, 4095, 3998, 3840, 190, 237, 284, { 0, 833, 981, 981 }, 237, 1, 2 },
		{ 0x1000, 0x36bfe, 220158, 220158, 213777, 10601, 13251, 15901, { 0, 0, 1182, 1182 }, 13251, 63, 8 },
		{ 0x36bfe, 0x3ffdd, 37855, 37855, 37855, 36, 506, 976, { 0, 0, 0, 0 }, 506, 7, 4 } } },
	{ 2048, 0, {
		{ 0x1, 0x1000, 4095, 3998, 3840, 190, 237, 284, { 0, 823, 1995, 1995 }, 237, 1, 2 },
		{ 0x1000, 0x36bfe, 220158, 220158, 211217, 10473, 13091, 15709, { 0, 0, 9374, 9374 }, 13091, 63, 8 },
		{ 0x36bfe, 0x7ffdd, 299999, 299999, 299999, 128, 3853, 7578, { 0, 0, 0, 0 }, 3853, 63, 10 } } },
	{ 3072, 0, {
		{ 0x1, 0x1000, 4095, 3998, 3840, 190, 237, 284, { 0, 813, 3009, 3009 }, 237, 1, 2 },
		{ 0x1000, 0x36bfe, 220158, 220158, 208657, 10346, 12932, 15518, { 0, 0, 17566, 17566 }, 12932, 63, 8 },
		{ 0x36bfe, 0xbffdd, 562143, 562143, 562143, 128, 7109, 14090, { 0, 0, 0, 0 }, 7109, 63, 12 } } },
};

static struct mm_machine *boot(const struct machine_truth *t, bool finish)
{
	struct mm_machine *m = calloc(1, sizeof(*m));
	struct mm_error err = { 0 };

	assert_non_null(m);
	mm_config_init(&m->cfg);
	m->cfg.ram_bytes = (uint64_t)t->mib << 20;
	m->cfg.initrd_base = t->initrd_base;
	machine_default_e820(&m->cfg);
	if (phys_create(m, &err))
		fail_msg("%s", err.text);
	if (finish)
		phys_boot_finish(m);
	if (phys_check(m, &err))
		fail_msg("%s", err.text);
	return m;
}

static void unboot(struct mm_machine *m)
{
	phys_destroy(m);
	free(m);
}

static void test_constants(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(truth) / sizeof(truth[0]); i++) {
		struct mm_machine *m = boot(&truth[i], true);

		for (int z = 0; z < MM_NR_ZONES; z++) {
			const struct zone_truth *t = &truth[i].zone[z];
			struct mm_zone_info info;

			phys_zone_info(m, (enum mm_zone_id)z, &info);
			assert_int_equal(info.start_pfn, t->start);
			assert_int_equal(info.start_pfn + info.spanned, t->end);
			assert_int_equal(info.spanned, t->spanned);
			assert_int_equal(info.present, t->present);
			assert_int_equal(info.managed, t->managed);
			assert_int_equal(info.wmark[MM_WMARK_MIN], t->min);
			assert_int_equal(info.wmark[MM_WMARK_LOW], t->low);
			assert_int_equal(info.wmark[MM_WMARK_HIGH], t->high);
			assert_memory_equal(info.lowmem_reserve, t->reserve, sizeof(t->reserve));
			if (t->present) {	/* an empty zone's lists serve nobody */
				assert_int_equal(info.pcp[0].high, t->pcp_high);
				assert_int_equal(info.pcp[0].batch, t->pcp_batch);
			}
			assert_int_equal(info.stat_threshold, t->threshold);
		}
		unboot(m);
	}
}

/* The highest complete 4 MiB block comes first in HighMem, the incomplete top
 * is one block an order; lowmem ascends; the stubs are Unmovable. */
static void test_handover_lists(void **state)
{
	struct machine_truth t = { 2048, 0, { { 0 } } };
	struct mm_machine *m = boot(&t, false);
	const struct zone *high = &m->phys->zone[MM_ZONE_HIGHMEM], *dma = &m->phys->zone[MM_ZONE_DMA];
	pfn_t expect = 0x7f800;
	uint32_t n = 0;

	(void)state;
	assert_int_equal(high->area[1].list[MM_UNMOVABLE].first, 0x36bfe);
	for (pfn_t p = high->area[10].list[MM_MOVABLE].first; p != MM_NO_PFN; p = m->phys->frame[p].next) {
		assert_int_equal(p, expect);
		expect -= 0x400;
		n++;
	}
	assert_int_equal(n, 292);
	assert_int_equal(high->area[9].list[MM_MOVABLE].first, 0x7fc00);
	assert_int_equal(dma->area[8].list[MM_UNMOVABLE].first, 0x100);
	assert_int_equal(dma->area[9].list[MM_UNMOVABLE].first, 0x200);
	assert_int_equal(dma->area[10].list[MM_MOVABLE].first, 0x400);
	assert_int_equal(dma->area[10].list[MM_MOVABLE].last, 0xc00);
	assert_int_equal(dma->area[10].list[MM_MOVABLE].nr, 3);
	unboot(m);
}

/* Reserved pages at the hand-over: the "Memory:" line of each boot log. */
static void test_reserved(void **state)
{
	static const struct { uint32_t mib, initrd, reserved_kb; } lines[] = {
		{ 512, 0x1ff3b000, 22192 }, { 1024, 0, 27696 }, { 2048, 0, 37936 }, { 3072, 0, 48176 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		struct machine_truth t = { lines[i].mib, lines[i].initrd, { { 0 } } };
		struct mm_machine *m = boot(&t, false);
		uint32_t present = 0;

		for (int z = 0; z < MM_NR_ZONES; z++)
			present += m->phys->zone[z].present;
		assert_int_equal((present - m->phys->totalram) * 4, lines[i].reserved_kb);
		unboot(m);
	}
}

static void test_too_small(void **state)
{
	struct mm_machine *m = calloc(1, sizeof(*m));
	struct mm_error err = { 0 };

	(void)state;
	mm_config_init(&m->cfg);
	m->cfg.ram_bytes = 64u << 20;
	m->cfg.initrd_bytes = 60u << 20;
	machine_default_e820(&m->cfg);
	assert_int_not_equal(phys_create(m, &err), 0);
	assert_non_null(strstr(err.text, "too small for the boot allocations"));
	unboot(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_constants),
		cmocka_unit_test(test_handover_lists),
		cmocka_unit_test(test_reserved),
		cmocka_unit_test(test_too_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
