/* SPDX-License-Identifier: MIT
 *
 * boot: from the firmware's memory map to zones whose free lists are filled as
 * the kernel fills them.
 *
 * HighMem is handed over page by page through the boot pageset (so its blocks
 * grow by merging and end at the heads of their lists, in descending order),
 * then lowmem in the largest aligned blocks at the tails (ascending).  A zone
 * that does not begin at a pageblock has an Unmovable first pageblock, since
 * only aligned pfns set the type.  (Linux 6.1 arch/x86/mm/init_32.c mem_init,
 * mm/memblock.c memblock_free_all, mm/page_alloc.c memmap_init_range,
 * free_area_init_core.)
 */
#include "engine/phys/zone.h"
#include "engine/virt/virt.h"

#include <errno.h>
#include <string.h>

static void set_zone_bounds(struct mm_machine *m, const struct memblock_map *memory)
{
	struct phys *p = m->phys;
	uint32_t low = m->layout.max_low_pfn, max = m->layout.max_pfn, dma = 0x1000;
	uint32_t bound[MM_NR_ZONES + 1];

	if (dma > low)
		dma = low;
	bound[0] = memory->range[0].start;
	bound[1] = dma;
	bound[2] = low;
	bound[3] = max;
	for (int i = 0; i < MM_NR_ZONES; i++) {
		struct zone *z = &p->zone[i];

		z->id = (enum mm_zone_id)i;
		z->start = bound[i];
		z->end = bound[i + 1];
		for (unsigned int r = 0; r < memory->nr; r++) {
			uint32_t s = memory->range[r].start, e = memory->range[r].end;

			s = s > z->start ? s : z->start;
			e = e < z->end ? e : z->end;
			if (s >= e)
				continue;
			z->present += e - s;
			memset(p->pstate + s, PS_RESERVED, e - s);
		}
		if (!z->present)
			z->start = z->end = 0;
	}
}

/* Movable where a pageblock's first pfn lies in the zone, else Unmovable (0). */
static void init_pageblocks(const struct mm_machine *m, struct zone *z)
{
	uint32_t nr = 1u << m->layout.pageblock_order;

	for (uint32_t i = 0; i < z->nr_pb; i++)
		if (z->pb_start + i * nr >= z->start)
			z->pbmt[i] = MM_MOVABLE;
}

/* Total above the high marks (0 now), less what mem_map takes, decides whether
 * grouping by mobility is worth its pageblocks (build_all_zonelists). */
static void decide_mobility(struct mm_machine *m)
{
	struct phys *p = m->phys;
	uint64_t total = 0;

	for (int i = 0; i < MM_NR_ZONES; i++)
		total += p->zone[i].present;
	total -= total * 40 / MM_PAGE_SIZE;
	p->mobility_off = total < (uint64_t)MM_MIGRATE_TYPES << m->layout.pageblock_order;
}

/* The largest aligned blocks of [start, end), ascending.  Lowmem is given in
 * such blocks, each to the tail of its list.  HighMem is given page by page,
 * but pages that come in ascending order merge into just these blocks, and
 * each enters its list for good, at the end that the merge rule says, when its
 * last page arrives: the same lists result from giving the blocks whole. */
static void hand_over_range(struct mm_machine *m, uint32_t start, uint32_t end, bool to_tail)
{
	while (start < end) {
		unsigned int order = start ? (unsigned int)__builtin_ctz(start) : MM_MAX_ORDER - 1;
		struct zone *z = zone_of(m->phys, start);

		if (order > MM_MAX_ORDER - 1)
			order = MM_MAX_ORDER - 1;
		while (start + (1u << order) > end)
			order--;
		memset(m->phys->pstate + start, PS_TAIL, 1u << order);
		buddy_free(m, z, 0, start, order, pageblock_type(m, z, start), to_tail);
		z->managed += 1u << order;
		m->phys->totalram += 1u << order;
		start += 1u << order;
	}
}

static void hand_over(struct mm_machine *m, const struct memblock_map *free)
{
	uint32_t low = m->layout.max_low_pfn;

	for (unsigned int i = 0; i < free->nr; i++)
		hand_over_range(m, free->range[i].start > low ? free->range[i].start : low,
				free->range[i].end, false);
	for (unsigned int i = 0; i < free->nr; i++)
		hand_over_range(m, free->range[i].start,
				free->range[i].end < low ? free->range[i].end : low, true);
}

int phys_create(struct mm_machine *m, struct mm_error *err)
{
	struct memblock_map memory, free;
	uint32_t initrd;
	int ret;

	ret = layout_derive(&m->cfg, memblock_max_pfn(&m->cfg), &m->layout, err);
	if (!ret)
		ret = memblock_build(&m->cfg, &m->layout, &memory, &free, &initrd, err);
	if (!ret)
		ret = phys_alloc_tables(m, m->layout.max_pfn, err);
	if (ret)
		return ret;
	m->phys->initrd_start = initrd;
	m->phys->initrd_end = initrd + (m->cfg.initrd_bytes + MM_PAGE_SIZE - 1) / MM_PAGE_SIZE;
	set_zone_bounds(m, &memory);
	for (int i = 0; i < MM_NR_ZONES; i++) {
		struct zone *z = &m->phys->zone[i];

		ret = zone_alloc_tables(m, z, err);
		if (ret)
			return ret;
		init_pageblocks(m, z);
		for (unsigned int cpu = 0; cpu < m->cfg.cpus; cpu++)
			z->pcp[cpu].batch = 1;	/* the boot pageset: high 0 */
	}
	decide_mobility(m);
	hand_over(m, &free);
	memset(m->ev, 0, sizeof(m->ev));
	return 0;
}

/* free_reserved_area: page by page, ascending, through the per-CPU lists. */
static void free_reserved(struct mm_machine *m, uint32_t start, uint32_t end)
{
	for (uint32_t pfn = start; pfn < end && pfn < m->phys->nr_frames; pfn++) {
		struct zone *z = zone_of(m->phys, pfn);

		if (m->phys->pstate[pfn] != PS_RESERVED)
			continue;
		pcp_free(m, z, 0, pfn, 0);
		z->managed++;
		m->phys->totalram++;
	}
}

static uint32_t page_of(uint32_t bytes)
{
	return bytes >> MM_PAGE_SHIFT;
}

void phys_boot_finish(struct mm_machine *m)
{
	const struct mm_config *c = &m->cfg;

	setup_pcp(m);		/* setup_per_cpu_pageset: the marks are still 0 */
	free_reserved(m, page_of(c->smp_alt_base), page_of(c->smp_alt_base + c->smp_alt_bytes));
	setup_watermarks(m);
	setup_pcp(m);
	setup_stat_thresholds(m);
	setup_lowmem_reserve(m);
	free_reserved(m, m->phys->initrd_start, m->phys->initrd_end);
	free_reserved(m, page_of(c->init_base), page_of(c->init_end));
	phys_fast_ready(m);
}
