/* SPDX-License-Identifier: MIT
 *
 * Random operations on three CPUs against a naive SLUB: arrays of slabs, each
 * with an array of free objects, moved about one element at a time.  Every
 * address must be the one that the model expects; a new slab's pages are the
 * only thing that the model is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/slab/rig.h"

#define CPUS	3
#define MAX	4096

struct mslab {
	vaddr_t base;
	unsigned int nr_free, inuse, free[600];	/* free[nr_free - 1] is taken next */
	bool frozen;
};

struct mlist { struct mslab *at[MAX]; unsigned int nr; };	/* at[0] is the head */

struct mcache {
	uint32_t id, size, objects, order, cpu_slabs, min_partial;
	struct mslab *cpu[CPUS];
	unsigned int cpu_nr[CPUS], cpu_free[CPUS][600];
	struct mlist partial[CPUS], node;
	struct mlist all;
};

static uint64_t rng;

static uint32_t rnd(uint32_t n)
{
	rng = rng * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(rng >> 33) % n;
}

static void insert(struct mlist *l, unsigned int i, struct mslab *s)
{
	assert_true(l->nr < MAX);
	memmove(&l->at[i + 1], &l->at[i], (l->nr - i) * sizeof(l->at[0]));
	l->at[i] = s;
	l->nr++;
}

static struct mslab *take_at(struct mlist *l, unsigned int i)
{
	struct mslab *s = l->at[i];

	l->nr--;
	memmove(&l->at[i], &l->at[i + 1], (l->nr - i) * sizeof(l->at[0]));
	return s;
}

static unsigned int find(const struct mlist *l, const struct mslab *s)
{
	for (unsigned int i = 0; i < l->nr; i++) {
		if (l->at[i] == s)
			return i;
	}
	return MAX;
}

static void model_discard(struct mcache *c, struct mslab *s)
{
	take_at(&c->all, find(&c->all, s));
	free(s);
}

static void model_unfreeze(struct mcache *c, struct mlist *l)
{
	while (l->nr) {
		struct mslab *s = take_at(l, 0);

		s->frozen = false;
		if (!s->inuse && c->node.nr >= c->min_partial)
			model_discard(c, s);
		else
			insert(&c->node, c->node.nr, s);
	}
}

static void model_take(struct mcache *c, unsigned int cpu, struct mslab *s)
{
	c->cpu[cpu] = s;
	memcpy(c->cpu_free[cpu], s->free, sizeof(s->free));
	c->cpu_nr[cpu] = s->nr_free;
	s->nr_free = 0;
	s->inuse = c->objects;
	s->frozen = true;
}

/* The address that the next allocation must answer; told is what it did
 * answer, used only if a new slab is needed. */
static vaddr_t model_alloc(struct mcache *c, unsigned int cpu, vaddr_t told)
{
	if (!c->cpu_nr[cpu]) {
		struct mslab *s = c->cpu[cpu];

		if (s && s->nr_free) {
			model_take(c, cpu, s);
		} else {
			if (s)
				s->frozen = false;
			if (c->partial[cpu].nr) {
				model_take(c, cpu, take_at(&c->partial[cpu], 0));
			} else if (c->node.nr) {
				unsigned int more = 0;

				model_take(c, cpu, take_at(&c->node, 0));
				while (c->node.nr && more <= c->cpu_slabs / 2) {
					s = take_at(&c->node, 0);
					s->frozen = true;
					insert(&c->partial[cpu], 0, s);
					more++;
				}
			} else {
				s = calloc(1, sizeof(*s));
				assert_non_null(s);
				s->base = told & ~((MM_PAGE_SIZE << c->order) - 1);
				for (unsigned int i = 0; i < c->all.nr; i++)
					assert_int_not_equal(c->all.at[i]->base, s->base);
				for (unsigned int i = 0; i < c->objects; i++)
					s->free[i] = c->objects - 1 - i;
				s->nr_free = c->objects;
				insert(&c->all, c->all.nr, s);
				model_take(c, cpu, s);
			}
		}
	}
	return c->cpu[cpu]->base + c->size * c->cpu_free[cpu][--c->cpu_nr[cpu]];
}

/* One step for objects of one slab, the last of them becoming the head. */
static void model_free(struct mcache *c, unsigned int cpu, struct mslab *s,
		       const unsigned int *obj, unsigned int n)
{
	bool was_full = !s->nr_free;

	if (c->cpu[cpu] == s) {
		memcpy(&c->cpu_free[cpu][c->cpu_nr[cpu]], obj, n * sizeof(*obj));
		c->cpu_nr[cpu] += n;
		return;
	}
	memcpy(&s->free[s->nr_free], obj, n * sizeof(*obj));
	s->nr_free += n;
	s->inuse -= n;
	if (s->frozen)
		return;
	if (was_full) {
		struct mlist *l = &c->partial[cpu], old = { .nr = 0 };

		s->frozen = true;
		if (l->nr >= c->cpu_slabs) {
			old = *l;
			l->nr = 0;
		}
		insert(l, 0, s);
		model_unfreeze(c, &old);
	} else if (!s->inuse && c->node.nr >= c->min_partial) {
		take_at(&c->node, find(&c->node, s));
		model_discard(c, s);
	}
}

static struct mslab *model_slab(struct mcache *c, vaddr_t addr, unsigned int *obj)
{
	vaddr_t base = addr & ~((MM_PAGE_SIZE << c->order) - 1);

	for (unsigned int i = 0; i < c->all.nr; i++) {
		if (c->all.at[i]->base == base) {
			*obj = (addr - base) / c->size;
			return c->all.at[i];
		}
	}
	fail_msg("no slab at %#x", addr);
	return NULL;
}

static void model_free_addr(struct mcache *c, unsigned int cpu, vaddr_t addr)
{
	unsigned int obj;
	struct mslab *s = model_slab(c, addr, &obj);

	model_free(c, cpu, s, &obj, 1);
}

/* Rounds as the kernel makes them, on a copy of the array. */
static void model_free_bulk(struct mcache *c, unsigned int cpu, const vaddr_t *p, unsigned int n)
{
	vaddr_t left[64];

	memcpy(left, p, n * sizeof(*p));
	while (n) {
		unsigned int obj[64], taken[64], k = 0, others = 0, group = n;
		struct mslab *s = model_slab(c, left[n - 1], &taken[0]);

		k = 1;
		group = n - 1;
		for (unsigned int i = n - 1; i-- > 0;) {
			unsigned int o;

			if (model_slab(c, left[i], &o) != s) {
				if (++others == 3)
					break;
				continue;
			}
			taken[k++] = o;
			group--;
			vaddr_t t = left[i];
			left[i] = left[group];
			left[group] = t;
		}
		for (unsigned int i = 0; i < k; i++)	/* the first taken ends on top */
			obj[i] = taken[k - 1 - i];
		model_free(c, cpu, s, obj, k);
		n = group;
	}
}

static void model_shrink(struct mcache *c)
{
	struct mlist sorted = { .nr = 0 }, rest = { .nr = 0 };

	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		struct mslab *s = c->cpu[cpu];
		unsigned int n = c->cpu_nr[cpu];

		if (s) {
			bool remote = s->nr_free;

			memcpy(&s->free[s->nr_free], c->cpu_free[cpu], n * sizeof(s->free[0]));
			s->nr_free += n;
			s->inuse -= n;
			s->frozen = false;
			c->cpu[cpu] = NULL;
			c->cpu_nr[cpu] = 0;
			if (!s->inuse && c->node.nr >= c->min_partial)
				model_discard(c, s);
			else if (s->nr_free)
				insert(&c->node, remote ? c->node.nr : 0, s);
		}
		model_unfreeze(c, &c->partial[cpu]);
	}
	while (c->node.nr) {
		struct mslab *s = take_at(&c->node, 0);
		unsigned int i = 0;

		if (!s->inuse) {
			model_discard(c, s);
		} else if (s->nr_free > 32) {
			insert(&rest, rest.nr, s);
		} else {
			while (i < sorted.nr && sorted.at[i]->nr_free < s->nr_free)
				i++;
			insert(&sorted, i, s);
		}
	}
	while (sorted.nr)
		insert(&c->node, c->node.nr, take_at(&sorted, 0));
	while (rest.nr)
		insert(&c->node, c->node.nr, take_at(&rest, 0));
}

static void compare_list(const struct mslab *const *want, unsigned int nr,
			 const struct mm_machine *m, const struct mm_slab_state *got, uint32_t got_nr)
{
	assert_int_equal(got_nr, nr);
	for (unsigned int i = 0; i < nr; i++) {
		assert_int_equal(machine_lowmem_addr(m, got[i].pfn), want[i]->base);
		assert_int_equal(got[i].inuse, want[i]->inuse);
		assert_int_equal(got[i].free.nr, want[i]->nr_free);
		for (unsigned int k = 0; k < want[i]->nr_free; k++)
			assert_int_equal(got[i].free.idx[k], want[i]->free[want[i]->nr_free - 1 - k]);
	}
}

static void compare(const struct mm_machine *m, const struct mcache *c, const char *name)
{
	struct mm_state s;
	const struct mm_cache_state *cs = rig_cache(m, name, &s);

	assert_int_equal(cs->nr_slabs, c->all.nr);
	compare_list((const struct mslab *const *)c->node.at, c->node.nr, m, cs->partial, cs->nr_partial);
	for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
		const struct mm_cpu_slab_state *ps = &cs->cpu[cpu];

		compare_list((const struct mslab *const *)c->partial[cpu].at, c->partial[cpu].nr, m,
			     ps->partial, ps->nr_partial);
		assert_int_equal(ps->slab.pfn != 0, c->cpu[cpu] != NULL);
		assert_int_equal(ps->free.nr, c->cpu_nr[cpu]);
		for (unsigned int k = 0; k < ps->free.nr; k++)
			assert_int_equal(ps->free.idx[k], c->cpu_free[cpu][ps->free.nr - 1 - k]);
	}
	mm_state_free(&s);
	rig_check(m);
}

static unsigned int nr_live;
static vaddr_t live[20000];

static vaddr_t pick(void)
{
	unsigned int i = rnd(4) ? nr_live - 1 - rnd(nr_live < 40 ? nr_live : 40) : rnd(nr_live);
	vaddr_t a = live[i];

	live[i] = live[--nr_live];
	return a;
}

static void step(struct mm_machine *m, struct mcache *c, unsigned int target)
{
	struct mm_caller who = rig_caller(rnd(3) ? 0 : rnd(CPUS));
	unsigned int n = 1 + rnd(24), what = rnd(100);
	vaddr_t p[64];

	if (what == 0 && rnd(20) == 0) {
		assert_int_equal(slab_cache_shrink(m, &who, c->id), MM_OK);
		model_shrink(c);
	} else if (nr_live < n || what < (nr_live < target ? 60u : 40u)) {
		if (what >= 5)
			n = 1;
		assert_int_equal(slab_cache_alloc_bulk(m, &who, c->id, MM_GFP_KERNEL, n, p), MM_OK);
		for (unsigned int i = 0; i < n; i++) {
			vaddr_t want = model_alloc(c, who.cpu, p[i]);

			if (p[i] != want)
				fail_msg("operation %u: got %#x, the model expects %#x", who.op, p[i], want);
			live[nr_live++] = p[i];
		}
	} else if (what < 90) {
		p[0] = pick();
		assert_int_equal(slab_cache_free(m, &who, c->id, p[0]), MM_OK);
		model_free_addr(c, who.cpu, p[0]);
	} else {
		for (unsigned int i = 0; i < n; i++)
			p[i] = pick();
		assert_int_equal(slab_kfree_bulk(m, &who, n, p), MM_OK);
		model_free_bulk(c, who.cpu, p, n);
	}
}

static void run(uint32_t size, unsigned int steps, uint64_t seed)
{
	struct mm_machine *m = rig_boot(&(struct rig_want){ .cpus = CPUS });
	struct mcache *c = calloc(1, sizeof(*c));
	const struct slab_cache *sc;

	assert_non_null(c);
	rng = seed;
	nr_live = 0;
	c->id = rig_new_cache(m, "modelled", size, MM_CACHE_NOMERGE);
	sc = slab_cache_get(m->slab, c->id);
	c->size = sc->g.size;
	c->objects = sc->g.objects;
	c->order = sc->g.order;
	c->cpu_slabs = sc->g.cpu_partial_slabs;
	c->min_partial = sc->g.min_partial;
	for (unsigned int i = 0; i < steps; i++) {
		/* The load rises and falls, so that slabs come and go. */
		step(m, c, i / 3000 % 2 ? c->objects * 4 : c->objects * 50);
		if (i % 499 == 0)
			compare(m, c, "modelled");
	}
	compare(m, c, "modelled");
	assert_true(m->ev[MM_EV_SLAB_DISCARD] > 10);
	assert_true(m->ev[MM_EV_SLAB_NODE_PARTIAL] > 10);
	while (c->all.nr)
		model_discard(c, c->all.at[0]);
	free(c);
	rig_free(m);
}

static void objects_of_1024(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++)
		run(1024, 30000, seed);
}

static void objects_of_96(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 2; seed++)
		run(96, 60000, seed);
}

static void objects_of_7000(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++)
		run(7000, 30000, seed);
}

static void one_object_a_slab(void **state)
{
	(void)state;
	run(20000, 30000, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(objects_of_1024),
		cmocka_unit_test(objects_of_96),
		cmocka_unit_test(objects_of_7000),
		cmocka_unit_test(one_object_a_slab),
	};

	return cmocka_run_group_tests_name("slub model", tests, NULL, NULL);
}
