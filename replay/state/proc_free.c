/* SPDX-License-Identifier: MIT
 *
 * Free lists: which blocks are free follows from kpageflags without doubt.
 *
 * Every page of a free block has BUDDY, and two free buddies of one order do
 * not stay two (Linux 6.1 mm/page_alloc.c __free_one_page): so the blocks are
 * the largest aligned ones inside the runs of such pages, at most of order 10.
 * buddyinfo and pagetypeinfo count the same, zoneinfo's counter differs by what
 * the CPUs have not folded into it, if all files are of one moment; of a running
 * machine they are nearly.
 *
 * On which type's list a block is, pagetypeinfo tells in numbers only: a block
 * goes to the list of its pageblock's type while that has room, the rest where
 * room is left.  The order inside a list is not knowable; taken is what boot
 * leaves: ascending, in HighMem descending.
 */
#include "replay/state/proc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>

static bool all_free(const struct proc_frames *f, pfn_t pfn, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (!(f->f[pfn + i] & PF_BUDDY))
			return false;
	return true;
}

/* Doubling is enough: what lies before pfn and free would be in the block. */
static unsigned int largest_order(const struct proc_frames *f, pfn_t pfn, pfn_t end)
{
	unsigned int o = 0;

	while (o < MM_MAX_ORDER - 1 && !(pfn & 1u << o) && end - pfn >= 2u << o &&
	       all_free(f, pfn + (1u << o), 1u << o))
		o++;
	return o;
}

static int add(const struct proc *p, struct proc_free *out, pfn_t pfn, unsigned int order)
{
	if (!(out->nr & (out->nr - 1))) {
		void *grown = realloc(out->b, (out->nr ? out->nr * 2 : 1) * sizeof(*out->b));

		if (!grown)
			return mm_fail(p->err, -ENOMEM, "%s: no memory for free blocks", p->dir);
		out->b = grown;
	}
	out->b[out->nr++] = (struct proc_block){ pfn, (uint8_t)order, MM_MIGRATE_TYPES };
	return 0;
}

/* Room on the lists: what pagetypeinfo counts.  It stops counting at 100000. */
static void room_of(const struct proc_counts *c, unsigned int o, uint32_t room[MM_MIGRATE_TYPES])
{
	uint32_t sum = 0;

	for (int mt = 0; mt < MM_MIGRATE_TYPES; mt++)
		sum += room[mt] = c->typed[o][mt];
	for (int mt = 0; mt < MM_MIGRATE_TYPES; mt++)
		if (c->typed[o][mt] == 100000 && c->blocks[o] > sum)
			room[mt] += c->blocks[o] - sum;
}

unsigned int proc_cpus(const struct mm_zone_state *z)
{
	unsigned int n = 0;

	while (n < MM_NR_CPUS && z->pcp[n].batch)
		n++;
	return n;
}

uint32_t proc_slack(const struct mm_zone_state *z)
{
	return z->present / 256 + proc_cpus(z) * (z->stat_threshold + 2 * z->pcp[0].batch);
}

/* What zoneinfo's counter lacks is what the CPUs hold back, each at most the
 * threshold.  False: it lacks more. */
static bool split_counter(struct mm_zone_state *z, int64_t total)
{
	int64_t rest = total - z->nr_free, limit = z->stat_threshold;
	unsigned int cpus = proc_cpus(z);

	if (rest > limit * cpus || rest < -limit * (int64_t)cpus) {
		z->nr_free = total;
		return false;
	}
	for (unsigned int cpu = 0; cpu < cpus && rest; cpu++) {
		int64_t part = rest > limit ? limit : rest < -limit ? -limit : rest;

		z->free_diff[cpu] = (int32_t)part;
		rest -= part;
	}
	return true;
}

/* A zone's free pages as four files have them. */
struct sums { int64_t flags, buddyinfo, types, isolated, zoneinfo; bool same_blocks; };

static struct sums add_up(const struct mm_zone_state *z, const struct proc_counts *c,
			  const struct proc_free *free)
{
	struct sums s = { .zoneinfo = z->nr_free, .same_blocks = true };
	uint32_t found[MM_MAX_ORDER] = { 0 };

	for (uint32_t i = 0; i < free->nr; i++)
		found[free->b[i].order]++;
	for (unsigned int o = 0; o < MM_MAX_ORDER; o++) {
		uint32_t typed = 0, room[MM_MIGRATE_TYPES];

		room_of(c, o, room);
		for (int mt = 0; mt < MM_MIGRATE_TYPES; mt++)
			typed += room[mt];
		s.flags += (int64_t)found[o] << o;
		s.buddyinfo += (int64_t)c->blocks[o] << o;
		s.types += (int64_t)typed << o;
		s.isolated += (int64_t)c->typed[o][MM_ISOLATE] << o;
		s.same_blocks &= found[o] == c->blocks[o] && found[o] == typed;
	}
	return s;
}

static bool far_apart(int64_t a, int64_t b, int64_t slack)
{
	return a > b ? a - b > slack : b - a > slack;
}

/* The other files must agree with the flags, but for what a running machine
 * allocates and frees while they are read one after the other. */
static int check_counts(const struct proc *p, int id, const struct proc_frames *f,
			const struct proc_counts *c, const struct proc_free *free)
{
	struct mm_zone_state *z = &p->s->zone[id];
	struct sums s = add_up(z, c, free);
	uint32_t slack = proc_slack(z);
	const struct { const char *name; int64_t pages, flags; } other[] = {
		{ "buddyinfo", s.buddyinfo, s.flags }, { "pagetypeinfo", s.types, s.flags },
		/* isolated pages are not counted there */
		{ "zoneinfo", s.zoneinfo, s.flags - s.isolated },
	};

	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++)
		if (far_apart(other[i].pages, other[i].flags, slack))
			return mm_fail(p->err, -EINVAL, "%s: zone %s has %" PRId64 " free pages, %s/%s counts "
				       "%" PRId64 ": expected files of one moment, a difference of at most %u",
				       f->path, proc_zone_name(id), other[i].flags, p->dir, other[i].name,
				       other[i].pages, slack);
	if (split_counter(z, s.flags - s.isolated) && s.same_blocks)
		return 0;
	return proc_assume(p, "Zone %s: the files are not quite of one moment: kpageflags has %" PRId64 " free "
			   "pages, buddyinfo %" PRId64 ", pagetypeinfo %" PRId64 ", zoneinfo %" PRId64
			   "; kpageflags was taken.", proc_zone_name(id), s.flags, s.buddyinfo, s.types,
			   s.zoneinfo);
}

int proc_free_find(const struct proc *p, int id, const struct proc_frames *f,
		   const struct proc_text *t, struct proc_free *out)
{
	const struct mm_zone_state *z = &p->s->zone[id];
	pfn_t end = z->start + z->spanned;
	int ret = 0;

	for (pfn_t pfn = z->start; pfn < end && !ret;) {
		unsigned int o;

		if (!(f->f[pfn] & PF_BUDDY)) {
			pfn++;
			continue;
		}
		o = largest_order(f, pfn, end);
		ret = add(p, out, pfn, o);
		pfn += 1u << o;
	}
	return ret ? ret : check_counts(p, id, f, &t->zone[id], out);
}

static unsigned int own_type(const struct mm_zone_state *z, const struct proc_text *t, pfn_t pfn)
{
	return z->pbmt[(pfn - z->pb_start) >> t->pageblock_order];
}

/* Returns how many blocks are not on the list of their pageblock's type. */
static uint32_t choose_lists(const struct mm_zone_state *z, const struct proc_text *t,
			     const struct proc_counts *c, struct proc_free *free, unsigned int o)
{
	uint32_t room[MM_MIGRATE_TYPES], others = 0;

	room_of(c, o, room);
	for (uint32_t i = 0; i < free->nr; i++) {
		struct proc_block *b = &free->b[i];
		unsigned int mt;

		if (b->order != o)
			continue;
		mt = own_type(z, t, b->pfn);
		b->mt = MM_MIGRATE_TYPES;
		if (room[mt]) {
			room[mt]--;
			b->mt = (uint8_t)mt;
		}
	}
	for (uint32_t i = 0; i < free->nr; i++) {
		struct proc_block *b = &free->b[i];
		unsigned int mt = 0;

		if (b->order != o || b->mt != MM_MIGRATE_TYPES)
			continue;
		while (mt < MM_MIGRATE_TYPES && !room[mt])
			mt++;
		if (mt < MM_MIGRATE_TYPES) {
			room[mt]--;
			others++;
		}
		b->mt = (uint8_t)(mt < MM_MIGRATE_TYPES ? mt : own_type(z, t, b->pfn));
	}
	return others;
}

static int fill(const struct proc *p, int id, const struct proc_free *free)
{
	struct mm_zone_state *z = &p->s->zone[id];
	uint32_t count[MM_MAX_ORDER][MM_MIGRATE_TYPES] = { { 0 } };

	for (uint32_t i = 0; i < free->nr; i++)
		count[free->b[i].order][free->b[i].mt]++;
	for (unsigned int o = 0; o < MM_MAX_ORDER; o++)
		for (unsigned int mt = 0; mt < MM_MIGRATE_TYPES; mt++) {
			if (!count[o][mt])
				continue;
			z->free[o][mt].pfn = calloc(count[o][mt], sizeof(pfn_t));
			if (!z->free[o][mt].pfn)
				return mm_fail(p->err, -ENOMEM, "%s: no memory for free lists", p->dir);
		}
	for (uint32_t i = 0; i < free->nr; i++) {
		const struct proc_block *b = &free->b[id == MM_ZONE_HIGHMEM ? free->nr - 1 - i : i];
		struct mm_pfn_list *l = &z->free[b->order][b->mt];

		l->pfn[l->nr++] = b->pfn;
	}
	return 0;
}

/* The counter leaves isolated blocks out: as many as the lists hold in the end. */
static void count_isolated(struct mm_zone_state *z, const struct proc_counts *c)
{
	for (unsigned int o = 0; o < MM_MAX_ORDER; o++)
		z->nr_free += ((int64_t)c->typed[o][MM_ISOLATE] - z->free[o][MM_ISOLATE].nr) * (1 << o);
}

int proc_free_file(const struct proc *p, int id, const struct proc_text *t, struct proc_free *free)
{
	const struct proc_counts *c = &t->zone[id];
	uint32_t others = 0;
	int ret;

	for (unsigned int o = 0; o < MM_MAX_ORDER; o++)
		others += choose_lists(&p->s->zone[id], t, c, free, o);
	ret = fill(p, id, free);
	if (!ret)
		count_isolated(&p->s->zone[id], c);
	if (!ret && free->nr)
		ret = proc_assume(p, "Zone %s: %u blocks on free lists: their order is not known, %s was taken.",
				  proc_zone_name(id), free->nr,
				  id == MM_ZONE_HIGHMEM ? "descending" : "ascending");
	if (!ret && others)
		ret = proc_assume(p, "Zone %s: %u free blocks are on the list of another type than their "
				  "pageblock's; which ones is a guess.", proc_zone_name(id), others);
	return ret;
}
