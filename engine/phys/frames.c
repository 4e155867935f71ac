/* SPDX-License-Identifier: MIT
 *
 * frames: what each frame is and whom it serves: the tables by pfn, the owner
 * of a block, the test for bad frees, and the views that introspection gives.
 */
#include "engine/host.h"
#include "engine/phys/zone.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Resident from the begin: the frames of 8 GiB.  A larger machine, whose trace may
 * never get that far, pays for the others when it does. */
#define TOUCH_FRAMES	(((size_t)8 << 30) / MM_PAGE_SIZE * sizeof(struct frame))

int phys_alloc_tables(struct mm_machine *m, uint32_t max_pfn, struct mm_error *err)
{
	struct phys *p = calloc(1, sizeof(*p));

	if (!p)
		return mm_fail(err, -ENOMEM, "no host memory for the machine");
	m->phys = p;
	p->ev = m->ev;
	p->nr_frames = max_pfn;
	p->nr_lowmem = m->layout.max_low_pfn;
	p->pstate = host_table(max_pfn, max_pfn);
	p->frame = host_table(max_pfn * sizeof(*p->frame), TOUCH_FRAMES);
	p->slab_of = host_table(p->nr_lowmem * sizeof(*p->slab_of), 0);
	if (!p->pstate || !p->frame || !p->slab_of)
		return mm_fail(err, -ENOMEM, "no host memory for %u frames", max_pfn);
	memset(p->slab_of, 0xff, p->nr_lowmem * sizeof(*p->slab_of));
	return 0;
}

/* Per-CPU lists, pageblock types and empty free lists of a zone whose bounds are set. */
int zone_alloc_tables(struct mm_machine *m, struct zone *z, struct mm_error *err)
{
	uint32_t nr = 1u << m->layout.pageblock_order;

	z->pb_start = z->start & ~(nr - 1);
	z->nr_pb = z->present ? (z->end - z->pb_start + nr - 1) >> m->layout.pageblock_order : 0;
	z->pbmt = calloc(z->nr_pb + 1, 1);
	z->pcp = calloc(m->cfg.cpus, sizeof(*z->pcp));
	if (!z->pbmt || !z->pcp)
		return mm_fail(err, -ENOMEM, "no host memory for a zone's tables");
	for (unsigned int cpu = 0; cpu < m->cfg.cpus; cpu++)
		if (pcp_init(&z->pcp[cpu]))
			return mm_fail(err, -ENOMEM, "no host memory for per-CPU lists");
	for (int o = 0; o < MM_MAX_ORDER; o++)
		for (int mt = 0; mt < MM_MIGRATE_TYPES; mt++)
			z->area[o].list[mt].first = z->area[o].list[mt].last = MM_NO_PFN;
	return 0;
}

void phys_destroy(struct mm_machine *m)
{
	struct phys *p = m->phys;

	if (!p)
		return;
	for (int i = 0; i < MM_NR_ZONES; i++) {
		struct zone *z = &p->zone[i];

		for (unsigned int cpu = 0; z->pcp && cpu < m->cfg.cpus; cpu++)
			pcp_release(&z->pcp[cpu]);
		free(z->pcp);
		free(z->pbmt);
	}
	host_table_free(p->pstate, p->nr_frames);
	host_table_free(p->frame, p->nr_frames * sizeof(*p->frame));
	host_table_free(p->slab_of, p->nr_lowmem * sizeof(*p->slab_of));
	free(p);
	m->phys = NULL;
}

void phys_set_use(struct mm_machine *m, pfn_t pfn, unsigned int order, enum phys_use use,
		  uint32_t owner)
{
	struct phys *p = m->phys;

	p->frame[pfn].gfp_use = (p->frame[pfn].gfp_use & MM_GFP_ALL) | (uint32_t)use << 24;
	p->frame[pfn].owner = owner;
	for (uint32_t i = 0; i < 1u << order && use == PHYS_USE_SLAB; i++)
		p->slab_of[pfn + i] = owner;
}

bool phys_get_use(const struct mm_machine *m, pfn_t pfn, enum phys_use *use, uint32_t *owner)
{
	const struct phys *p = m->phys;

	if (pfn >= p->nr_frames)
		return false;
	if (pfn < p->nr_lowmem && p->slab_of[pfn] != PHYS_NOT_SLAB) {
		*use = PHYS_USE_SLAB;
		*owner = p->slab_of[pfn];
		return true;
	}
	if ((p->pstate[pfn] & PS_KIND) != PS_ALLOC)
		return false;
	*use = (enum phys_use)(p->frame[pfn].gfp_use >> 24);
	*owner = p->frame[pfn].owner;
	return true;
}

int phys_block_order(const struct mm_machine *m, pfn_t pfn)
{
	const struct phys *p = m->phys;

	if (pfn >= p->nr_frames || (p->pstate[pfn] & PS_KIND) != PS_ALLOC)
		return -1;
	return p->pstate[pfn] & PS_ORDER;
}

void phys_history(const struct mm_machine *m, pfn_t pfn, uint32_t *alloc_op, uint32_t *free_op)
{
	bool known = pfn < m->phys->nr_frames;

	*alloc_op = known ? m->phys->frame[pfn].alloc_op - 1 : MM_NO_OP;
	*free_op = known ? m->phys->frame[pfn].free_op - 1 : MM_NO_OP;
}

uint32_t phys_slab_of(const struct mm_machine *m, pfn_t pfn)
{
	return pfn < m->phys->nr_lowmem ? m->phys->slab_of[pfn] : PHYS_NOT_SLAB;
}

const uint32_t *phys_slab_table(const struct mm_machine *m, uint32_t *nr)
{
	*nr = m->phys->nr_lowmem;
	return m->phys->slab_of;
}

uint32_t phys_totalram(const struct mm_machine *m)
{
	return m->phys->totalram;
}

uint32_t phys_nr_frames(const struct mm_machine *m)
{
	return m->phys->nr_frames;
}

bool phys_is_foreign(const struct mm_machine *m, pfn_t pfn)
{
	return pfn < m->phys->nr_frames && (m->phys->pstate[pfn] & PS_KIND) == PS_FOREIGN;
}

#define EIGHT	0x0101010101010101ull	/* a byte eight times */

/* A page that is not allocated stays as it is. */
void phys_set_lru(struct mm_machine *m, pfn_t pfn, unsigned int order, bool on)
{
	const struct phys *p = m->phys;
	unsigned int kind = pfn < p->nr_frames ? p->pstate[pfn] & PS_KIND : PS_HOLE;
	uint8_t *state, lru = on ? PS_LRU : 0;
	uint32_t n = 1u << order;

	if (kind != PS_ALLOC && kind != PS_FOREIGN)
		return;
	if (n > p->nr_frames - pfn)
		n = p->nr_frames - pfn;
	state = p->pstate + pfn;
	for (; n >= 8; n -= 8, state += 8) {	/* a huge page has 1,024 */
		uint64_t eight;

		memcpy(&eight, state, 8);
		eight = (eight & ~(PS_LRU * EIGHT)) | lru * EIGHT;
		memcpy(state, &eight, 8);
	}
	for (; n; n--, state++)
		*state = (uint8_t)((*state & ~PS_LRU) | lru);
}

/* Blocks are aligned to their size, so at most eleven places can be the head. */
pfn_t phys_block_head(const struct phys *p, pfn_t pfn)
{
	for (unsigned int o = 1; (p->pstate[pfn] & PS_KIND) == PS_TAIL && o < MM_MAX_ORDER; o++) {
		pfn_t head = pfn & ~((1u << o) - 1);

		if ((p->pstate[head] & PS_KIND) != PS_TAIL && (p->pstate[head] & PS_ORDER) >= o)
			return head;
	}
	return pfn;
}

enum mm_misuse_kind phys_free_misuse(const struct mm_machine *m, pfn_t pfn, unsigned int order)
{
	const struct phys *p = m->phys;

	if (pfn >= p->nr_frames || order >= MM_MAX_ORDER)
		return MM_MISUSE_NOT_ALLOCATED;
	switch (p->pstate[pfn] & PS_KIND) {
	case PS_ALLOC:
		if ((p->pstate[pfn] & PS_ORDER) != order)
			return MM_MISUSE_WRONG_ORDER;
		return p->frame[pfn].gfp_use >> 24 == PHYS_USE_PAGE ? MM_NR_MISUSE : MM_MISUSE_SLAB_PAGE;
	case PS_BUDDY:
	case PS_PCP:
		return MM_MISUSE_DOUBLE_FREE;
	case PS_TAIL:
		switch (p->pstate[phys_block_head(p, pfn)] & PS_KIND) {
		case PS_ALLOC:
			return MM_MISUSE_NOT_HEAD;
		default:
			return MM_MISUSE_DOUBLE_FREE;
		}
	case PS_FOREIGN:
		for (uint32_t i = 0; i < 1u << order; i++)
			if ((pfn & ((1u << order) - 1)) || pfn + i >= p->nr_frames ||
			    (p->pstate[pfn + i] & PS_KIND) != PS_FOREIGN)
				return MM_MISUSE_WRONG_ORDER;
		return pfn < p->nr_lowmem && p->slab_of[pfn] != PHYS_NOT_SLAB ? MM_MISUSE_SLAB_PAGE
									     : MM_NR_MISUSE;
	default:
		return MM_MISUSE_NOT_ALLOCATED;
	}
}

void phys_frame_info(const struct mm_machine *m, pfn_t pfn, struct mm_frame_info *info)
{
	static const uint8_t kind_of_use[] = {
		[PHYS_USE_PAGE] = MM_FRAME_PAGE, [PHYS_USE_SLAB] = MM_FRAME_SLAB,
		[PHYS_USE_KMALLOC] = MM_FRAME_KMALLOC_LARGE, [PHYS_USE_VMALLOC] = MM_FRAME_VMALLOC,
		[PHYS_USE_PTE] = MM_FRAME_PTE,
	};
	struct phys *p = m->phys;
	const struct frame *f;
	pfn_t head;

	memset(info, 0, sizeof(*info));
	if (pfn >= p->nr_frames || p->pstate[pfn] == PS_HOLE)
		return;
	head = phys_block_head(p, pfn);
	f = &p->frame[head];
	info->head = head == pfn;
	info->order = p->pstate[head] & PS_ORDER;
	info->lru = p->pstate[pfn] & PS_LRU;
	info->zone = (uint8_t)zone_of(p, pfn)->id;
	info->migratetype = (uint8_t)pageblock_type(m, zone_of(p, pfn), pfn);
	info->alloc_op = f->alloc_op - 1;
	info->free_op = f->free_op - 1;
	switch (p->pstate[head] & PS_KIND) {
	case PS_RESERVED: info->kind = MM_FRAME_RESERVED; break;
	case PS_BUDDY: info->kind = MM_FRAME_BUDDY; break;
	case PS_PCP: info->kind = MM_FRAME_PCP; break;
	case PS_FOREIGN: info->kind = MM_FRAME_FOREIGN; break;
	default:
		info->kind = (enum mm_frame_kind)kind_of_use[f->gfp_use >> 24];
		info->gfp = f->gfp_use & MM_GFP_ALL;
		info->task = f->task;
		info->site = f->site;
	}
}

void phys_zone_info(const struct mm_machine *m, enum mm_zone_id id, struct mm_zone_info *info)
{
	static const char *const names[MM_NR_ZONES] = { "DMA", "Normal", "HighMem" };
	const struct zone *z = &m->phys->zone[id];

	memset(info, 0, sizeof(*info));
	info->name = names[id];
	info->start_pfn = z->start;
	info->spanned = z->end - z->start;
	info->present = z->present;
	info->managed = z->managed;
	memcpy(info->wmark, z->wmark, sizeof(info->wmark));
	info->boost = z->boost;
	memcpy(info->lowmem_reserve, z->reserve, sizeof(info->lowmem_reserve));
	info->nr_free = z->nr_free > 0 ? (uint32_t)z->nr_free : 0;
	info->nr_highatomic = z->nr_highatomic;
	info->stat_threshold = z->stat_threshold;
	for (int o = 0; o < MM_MAX_ORDER; o++)
		for (int mt = 0; mt < MM_MIGRATE_TYPES; mt++) {
			info->nr_blocks[o][mt] = z->area[o].list[mt].nr;
			info->nr_free_exact += z->area[o].list[mt].nr << o;
		}
	/* as the kernel counts: in steps of a pageblock from the zone's first frame,
	 * so that an unaligned zone's last block may be left out (mm/vmstat.c) */
	for (uint32_t i = 0; i < z->nr_pb && z->start + (i << m->layout.pageblock_order) < z->end; i++)
		info->nr_pageblocks[z->pbmt[i]]++;
	for (unsigned int cpu = 0; cpu < m->cfg.cpus; cpu++) {
		const struct pcp *pcp = &z->pcp[cpu];

		info->pcp[cpu] = (struct mm_pcp_info){ pcp->count, pcp->high, pcp->batch,
						       pcp->free_factor };
	}
}
