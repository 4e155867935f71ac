/* SPDX-License-Identifier: MIT
 *
 * watermark: the marks of each zone, lowmem_reserve, per-CPU list sizes, and
 * the test that every allocation passes.
 *
 * All formulas: Linux 6.1 mm/page_alloc.c (calculate_min_free_kbytes,
 * __setup_per_zone_wmarks, setup_per_zone_lowmem_reserve, zone_batchsize,
 * zone_highsize, __zone_watermark_ok, zone_watermark_fast), mm/khugepaged.c
 * (set_recommended_min_free_kbytes), mm/vmstat.c (calculate_normal_threshold).
 */
#include "engine/phys/zone.h"

/* Is there a block of at least this order that a request may take? */
bool phys_order_available(const struct zone *z, unsigned int order, bool highatomic)
{
	uint32_t any = z->nonempty[MM_UNMOVABLE] | z->nonempty[MM_MOVABLE] | z->nonempty[MM_RECLAIMABLE];

	if (highatomic)
		any |= z->nonempty[MM_HIGHATOMIC];
	return any >> order;
}

bool zone_watermark_ok(const struct zone *z, unsigned int order, uint32_t mark,
		       unsigned int limit, unsigned int flags, int64_t free)
{
	int64_t min = mark;

	free -= (1 << order) - 1;
	if (!(flags & AF_RESERVES))
		free -= z->nr_highatomic;
	if (flags & AF_MIN_RESERVE) {
		min -= min / 2;
		if (flags & AF_NON_BLOCK)
			min -= min / 4;
	}
	if (flags & AF_OOM)
		min -= min / 2;
	if (free <= min + z->reserve[limit])
		return false;
	return !order || phys_order_available(z, order, flags & (AF_HIGHATOMIC | AF_OOM));
}

bool zone_watermark_fast(const struct zone *z, unsigned int order, uint32_t mark,
			 unsigned int limit, unsigned int flags, gfp_t gfp)
{
	int64_t free = z->nr_free > 0 ? z->nr_free : 0;

	if (!order) {
		int64_t reserved = flags & AF_RESERVES ? 0 : z->nr_highatomic;
		int64_t usable = free - (free < reserved ? free : reserved);

		if (MM_LIKELY(usable > (int64_t)mark + z->reserve[limit]))
			return true;
	}
	if (zone_watermark_ok(z, order, mark, limit, flags, free))
		return true;
	if (!order && (gfp & MM_GFP_ATOMIC_BIT) && z->boost && (flags & AF_WMARK) == MM_WMARK_MIN)
		return zone_watermark_ok(z, 0, z->wmark[MM_WMARK_MIN], limit, flags, free);
	return false;
}

static uint32_t isqrt(uint64_t x)
{
	uint64_t r = 0;

	for (uint64_t bit = 1ull << 31; bit; bit >>= 1)
		if ((r + bit) * (r + bit) <= x)
			r += bit;
	return (uint32_t)r;
}

static unsigned int fls(uint32_t x)
{
	return x ? 32 - (unsigned int)__builtin_clz(x) : 0;
}

static uint32_t rounddown_pow2(uint32_t x)
{
	return 1u << (fls(x) - 1);
}

/* zone_batchsize: about 0.1 % of the zone, at most 256 KiB, a power of two less one. */
static uint32_t zone_batch(const struct zone *z)
{
	uint32_t batch = z->managed >> 10;

	if (batch > 256)
		batch = 256;
	batch /= 4;
	if (batch < 1)
		batch = 1;
	batch = rounddown_pow2(batch + batch / 2) - 1;
	return batch ? batch : 1;
}

/* zone_set_pageset_high_and_batch for every CPU. */
void setup_pcp(struct mm_machine *m)
{
	for (int i = 0; i < MM_NR_ZONES; i++) {
		struct zone *z = &m->phys->zone[i];
		uint32_t batch = zone_batch(z), high;

		if (m->cfg.pcp_high_fraction)
			high = z->managed / m->cfg.pcp_high_fraction;
		else
			high = z->wmark[MM_WMARK_LOW];
		high /= m->cfg.cpus;
		if (high < 4 * batch)
			high = 4 * batch;
		for (unsigned int cpu = 0; cpu < m->cfg.cpus; cpu++) {
			z->pcp[cpu].batch = batch;
			z->pcp[cpu].high = high;
		}
	}
}

static uint32_t lowmem_managed(const struct phys *p)
{
	return p->zone[MM_ZONE_DMA].managed + p->zone[MM_ZONE_NORMAL].managed;
}

/* nr_free_buffer_pages: what the lowmem zones hold above their high marks. */
static uint32_t free_buffer_pages(const struct phys *p)
{
	uint32_t sum = 0;

	for (int i = MM_ZONE_DMA; i <= MM_ZONE_NORMAL; i++)
		if (p->zone[i].managed > p->zone[i].wmark[MM_WMARK_HIGH])
			sum += p->zone[i].managed - p->zone[i].wmark[MM_WMARK_HIGH];
	return sum;
}

/* Low and high follow min at a distance of a quarter of the zone's share, or
 * of watermark_scale_factor/10000 of the zone if that is more. */
static void set_marks(struct mm_machine *m, uint32_t min_free_kbytes)
{
	struct phys *p = m->phys;
	uint32_t pages_min = min_free_kbytes / 4, lowmem = lowmem_managed(p);

	for (int i = 0; i < MM_NR_ZONES; i++) {
		struct zone *z = &p->zone[i];
		uint64_t t = lowmem ? (uint64_t)pages_min * z->managed / lowmem : 0, d, scaled;

		if (i == MM_ZONE_HIGHMEM) {
			uint32_t min = z->managed / 1024;

			z->wmark[MM_WMARK_MIN] = min < 32 ? 32 : min > 128 ? 128 : min;
		} else {
			z->wmark[MM_WMARK_MIN] = (uint32_t)t;
		}
		d = t >> 2;
		scaled = (uint64_t)z->managed * m->cfg.watermark_scale_factor / 10000;
		if (d < scaled)
			d = scaled;
		z->wmark[MM_WMARK_LOW] = z->wmark[MM_WMARK_MIN] + (uint32_t)d;
		z->wmark[MM_WMARK_HIGH] = z->wmark[MM_WMARK_LOW] + (uint32_t)d;
		z->boost = 0;
		zone_set_need(z);
	}
}

/* init_per_zone_wmark_min, then khugepaged's rule: with transparent huge pages
 * and at least 512 MiB the reserve is raised so that whole pageblocks stay
 * free, at most to a twentieth of lowmem. */
void setup_watermarks(struct mm_machine *m)
{
	struct phys *p = m->phys;
	uint32_t kbytes, pages, cap, zones = 0, nr = 1u << m->layout.pageblock_order;
	bool thp = m->cfg.pse && p->totalram >= 512u << (20 - MM_PAGE_SHIFT);

	if (m->cfg.min_free_kbytes >= 0) {
		set_marks(m, (uint32_t)m->cfg.min_free_kbytes);
		return;
	}
	kbytes = isqrt((uint64_t)free_buffer_pages(p) * 4 * 16);
	kbytes = kbytes < 128 ? 128 : kbytes > 262144 ? 262144 : kbytes;
	set_marks(m, kbytes);
	if (!thp)
		return;
	for (int i = 0; i <= MM_ZONE_NORMAL; i++)
		zones += p->zone[i].managed != 0;
	pages = nr * zones * 2 + nr * zones * MM_PCP_TYPES * MM_PCP_TYPES;
	cap = free_buffer_pages(p) / 20;
	if (pages > cap)
		pages = cap;
	if (pages * 4 > kbytes)
		set_marks(m, pages * 4);
}

/* setup_per_zone_lowmem_reserve: ratio 256 for DMA, 32 for Normal. */
void setup_lowmem_reserve(struct mm_machine *m)
{
	static const uint32_t ratio[MM_NR_ZONES] = { 256, 32, 0 };
	struct phys *p = m->phys;

	for (int i = 0; i < MM_NR_ZONES; i++) {
		struct zone *z = &p->zone[i];
		uint32_t above = 0;

		z->reserve[i] = 0;
		for (int j = i + 1; j < MM_NR_LIMITS; j++) {
			if (j < MM_NR_ZONES)
				above += p->zone[j].managed;
			z->reserve[j] = ratio[i] && z->managed ? above / ratio[i] : 0;
		}
		zone_set_need(z);
	}
}

/* How far the free count of one CPU may drift before it is folded. */
void setup_stat_thresholds(struct mm_machine *m)
{
	for (int i = 0; i < MM_NR_ZONES; i++) {
		struct zone *z = &m->phys->zone[i];
		uint32_t t = 2 * fls(m->cfg.cpus) * (1 + fls(z->managed >> 15));

		z->stat_threshold = !z->present ? 0 : t > 125 ? 125 : t;
	}
}
