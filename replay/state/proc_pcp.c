/* SPDX-License-Identifier: MIT
 *
 * Pages on per-CPU lists: zoneinfo counts them, nothing names them.  They have
 * no flag, but neither have pages that the kernel took for itself (stacks,
 * vmalloc, its page tables).
 *
 * A page that a process held a moment before, when kpagecount was read, was
 * freed.  A page of the kernel's lies in an Unmovable pageblock, unless it had to
 * fall back: so then candidates are taken from the Movable and Reclaimable ones,
 * then from Unmovable ones with free blocks, then from others.  A pageblock that
 * is a candidate as a whole is taken as one entry of its order, as a huge page's
 * refill leaves it: Movable ones while the count has room, Unmovable ones when
 * the rest is still larger than a pageblock.  All others are taken as single
 * pages, on the list of their pageblock's type, by ascending frame number.
 */
#include "replay/state/proc.h"

#include <errno.h>
#include <stdlib.h>

/* Where a candidate stands in the queue. */
enum rank { RANK_JUST_FREED, RANK_MOVABLE, RANK_RECLAIMABLE, RANK_PARTLY_FREE, RANK_OTHER, NR_RANKS };

struct choice {
	const struct proc *p;
	struct mm_zone_state *z;
	const struct proc_frames *f;
	unsigned int pageblock_order, cpus;
	bool downwards;			/* HighMem is used from the top */
	uint8_t *whole;			/* per pageblock: all of it are candidates; 2: taken */
	bool *part_free;		/* per pageblock: has free blocks */
	uint32_t left[MM_NR_CPUS];	/* pages still to be found */
	uint32_t singles, wholes;	/* taken */
};

static uint32_t total_left(const struct choice *c)
{
	uint32_t sum = 0;

	for (unsigned int cpu = 0; cpu < c->cpus; cpu++)
		sum += c->left[cpu];
	return sum;
}

static unsigned int fullest(const struct choice *c)
{
	unsigned int best = 0;

	for (unsigned int cpu = 1; cpu < c->cpus; cpu++)
		if (c->left[cpu] > c->left[best])
			best = cpu;
	return best;
}

static int put(struct choice *c, unsigned int cpu, unsigned int list, pfn_t pfn)
{
	struct mm_pfn_list *l = &c->z->pcp[cpu].list[list];

	if (!(l->nr & (l->nr - 1))) {
		pfn_t *grown = realloc(l->pfn, (l->nr ? l->nr * 2 : 1) * sizeof(*l->pfn));

		if (!grown)
			return mm_fail(c->p->err, -ENOMEM, "%s: no memory for per-CPU lists", c->p->dir);
		l->pfn = grown;
	}
	l->pfn[l->nr++] = pfn;
	return 0;
}

static unsigned int list_type(unsigned int mt)
{
	return mt < MM_PCP_TYPES ? mt : MM_MOVABLE;
}

/* Pageblocks of a type that are candidates as a whole, while the count has room. */
static int take_wholes(struct choice *c, bool movable)
{
	uint32_t npb = 1u << c->pageblock_order;
	int ret = 0;

	for (uint32_t i = 0; i < c->z->nr_pbmt && !ret; i++) {
		uint32_t pb = movable && !c->downwards ? i : c->z->nr_pbmt - 1 - i;
		unsigned int cpu = fullest(c);

		if (c->left[cpu] < npb)
			break;
		if (c->whole[pb] != 1 || (list_type(c->z->pbmt[pb]) == MM_MOVABLE) != movable)
			continue;
		ret = put(c, cpu, 12 + movable, c->z->pb_start + pb * npb);
		c->left[cpu] -= npb;
		c->whole[pb] = 2;
		c->wholes++;
	}
	return ret;
}

static enum rank rank_of(const struct choice *c, pfn_t pfn, uint32_t pb)
{
	if (c->f->f[pfn] & PF_WAS_MAPPED)
		return RANK_JUST_FREED;
	switch (list_type(c->z->pbmt[pb])) {
	case MM_MOVABLE:
		return RANK_MOVABLE;
	case MM_RECLAIMABLE:
		return RANK_RECLAIMABLE;
	default:
		return c->part_free[pb] ? RANK_PARTLY_FREE : RANK_OTHER;
	}
}

/* Single pages of one rank.  Inside a partly free pageblock those that the
 * kernel would have used last. */
static int take_singles(struct choice *c, enum rank rank)
{
	pfn_t end = c->z->start + c->z->spanned;
	unsigned int cpu = 0;
	int ret = 0;

	for (uint32_t i = 0; i < c->z->spanned && !ret; i++) {
		pfn_t pfn = c->downwards && rank == RANK_PARTLY_FREE ? end - 1 - i : c->z->start + i;
		uint32_t pb = (pfn - c->z->pb_start) >> c->pageblock_order;

		while (cpu < c->cpus && !c->left[cpu])
			cpu++;
		if (cpu == c->cpus)
			break;
		if (!(c->f->f[pfn] & PF_BLANK) || c->whole[pb] == 2 || rank_of(c, pfn, pb) != rank)
			continue;
		ret = put(c, cpu, list_type(c->z->pbmt[pb]), pfn);
		c->left[cpu]--;
		c->singles++;
	}
	return ret;
}

static int compare_pfn(const void *a, const void *b)
{
	pfn_t x = *(const pfn_t *)a, y = *(const pfn_t *)b;

	return (x > y) - (x < y);
}

static int choose(struct choice *c)
{
	int ret = 0;

	for (unsigned int r = 0; !ret && r < NR_RANKS; r++) {
		if (r == RANK_MOVABLE || r == RANK_PARTLY_FREE)
			ret = take_wholes(c, r == RANK_MOVABLE);
		if (!ret)
			ret = take_singles(c, (enum rank)r);
	}
	for (unsigned int cpu = 0; cpu < c->cpus; cpu++)
		for (unsigned int i = 0; i < MM_PCP_TYPES; i++) {
			struct mm_pfn_list *l = &c->z->pcp[cpu].list[i];

			if (l->nr)
				qsort(l->pfn, l->nr, sizeof(*l->pfn), compare_pfn);
		}
	return ret;
}

/* Which pageblocks have free blocks, which are candidates as a whole; how many
 * candidates there are. */
static uint32_t survey(struct choice *c)
{
	uint32_t npb = 1u << c->pageblock_order, sum = 0;

	for (uint32_t pb = 0; pb < c->z->nr_pbmt; pb++) {
		pfn_t from = c->z->pb_start + pb * npb;
		bool was_mapped = false;	/* then it is no huge page's */
		uint32_t blank = 0;

		for (pfn_t pfn = from; pfn < from + npb; pfn++) {
			if (pfn < c->z->start || pfn >= c->z->start + c->z->spanned)
				continue;
			blank += (c->f->f[pfn] & PF_BLANK) != 0;
			was_mapped |= (c->f->f[pfn] & PF_WAS_MAPPED) != 0;
			c->part_free[pb] |= (c->f->f[pfn] & PF_BUDDY) != 0;
		}
		c->whole[pb] = blank == npb && !was_mapped;
		sum += blank;
	}
	return sum;
}

static int infer(struct choice *c, int id)
{
	uint32_t want = total_left(c), have = survey(c);
	int ret = 0;

	if (have < want && want - have > proc_slack(c->z))
		return mm_fail(c->p->err, -EINVAL, "%s/zoneinfo counts %u pages on per-CPU lists in zone %s, "
			       "%s has only %u frames that are neither free nor marked as in use",
			       c->p->dir, want, proc_zone_name(id), c->f->path, have);
	if (have < want) {
		ret = proc_assume(c->p, "Zone %s: zoneinfo counts %u pages on per-CPU lists, kpageflags has only "
				  "%u that could be; that many were taken.", proc_zone_name(id), want, have);
		for (; want > have; want--) {
			unsigned int cpu = fullest(c);

			c->left[cpu]--;
			c->z->pcp[cpu].count--;
		}
	}
	if (!ret)
		ret = choose(c);
	if (ret || !want)
		return ret;
	return proc_assume(c->p, "Zone %s: %u pages are on per-CPU lists, chosen from %u frames that could "
			   "be; %u as single pages, %u as whole pageblocks; their order is not known, "
			   "ascending was taken.", proc_zone_name(id), want, have, c->singles, c->wholes);
}

int proc_pcp_infer(const struct proc *p, int id, const struct proc_frames *f,
		   const struct proc_text *t)
{
	struct choice c = {
		.p = p, .z = &p->s->zone[id], .f = f, .pageblock_order = t->pageblock_order,
		.downwards = id == MM_ZONE_HIGHMEM,
	};
	int ret;

	c.cpus = proc_cpus(c.z);
	for (unsigned int cpu = 0; cpu < c.cpus; cpu++)
		c.left[cpu] = c.z->pcp[cpu].count;
	c.whole = calloc(c.z->nr_pbmt, sizeof(*c.whole));
	c.part_free = calloc(c.z->nr_pbmt, sizeof(*c.part_free));
	ret = c.whole && c.part_free && c.cpus ? infer(&c, id) :
	      mm_fail(p->err, -ENOMEM, "%s: no memory for per-CPU lists of zone %s", p->dir,
		      proc_zone_name(id));
	free(c.whole);
	free(c.part_free);
	return ret;
}
