/* SPDX-License-Identifier: MIT
 *
 * Objects by engine/mm_fast.h: two machines get the same requests in lockstep, one
 * through the lines of its CPUs, the other through the calls of mm86.h; every
 * address, every count and every list is the same.  And what the inline functions
 * must refuse, they refuse without a trace.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/mm_fast.h"
#include "tests/slab/rig.h"

enum { CPUS = 2, LIVE = 3000, OPS = 300000, STRIDE = 40 };

static uint32_t draw(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

/* A request for an object of the cache, as the replay loop makes it. */
static enum mm_outcome quick_alloc(struct mm_machine *m, const struct mm_caller *who, uint32_t cache,
				   vaddr_t *addr, unsigned int *index)
{
	struct mm_cpu_cache *pc = mm_cache_cpus(m, cache) + who->cpu;

	*index = mm_fast_take(pc, who->op, MM_OBJ_LIVE, addr);
	if (*index == MM_OBJ_NIL) {
		enum mm_outcome r = mm_cache_alloc(m, who, cache, MM_GFP_KERNEL, addr);

		*index = mm_fast_index(pc, *addr);
		return r;
	}
	assert_int_equal(mm_fast_index(pc, *addr), *index);
	return MM_OK;
}

static void quick_free(struct mm_machine *m, const struct mm_caller *who, uint32_t cache,
		       vaddr_t addr, unsigned int index)
{
	struct mm_cpu_cache *pc = mm_cache_cpus(m, cache) + who->cpu;

	if (!mm_fast_put(pc, who->op, addr, index))
		assert_true(mm_fast_free(m, pc, who->op, addr));
}

/* n objects in one go, as far as the CPU's slab has them. */
static void quick_run(struct mm_machine *m, const struct mm_caller *who, uint32_t cache,
		      unsigned int n, vaddr_t *addr)
{
	struct mm_cpu_cache *pc = mm_cache_cpus(m, cache) + who->cpu;
	struct mm_fast_run run;
	unsigned int i = 0;

	for (mm_fast_begin(pc, &run); i < n && mm_fast_next(&run, who->op, &addr[i]) != MM_OBJ_NIL; i++)
		;
	mm_fast_end(pc, &run);
	for (; i < n; i++)
		assert_int_equal(mm_cache_alloc(m, who, cache, MM_GFP_KERNEL, &addr[i]), MM_OK);
}

static void same_machine(const struct mm_machine *a, const struct mm_machine *b, const uint32_t *cache,
			 unsigned int nr)
{
	rig_check(a);
	rig_check(b);
	assert_memory_equal(rig_events(a), rig_events(b), MM_NR_EVENTS * sizeof(uint64_t));
	for (unsigned int i = 0; i < nr; i++)
		for (unsigned int cpu = 0; cpu < CPUS; cpu++) {
			const struct mm_cpu_cache *x = &slab_cache_get(a->slab, cache[i])->cpu[cpu];
			const struct mm_cpu_cache *y = &slab_cache_get(b->slab, cache[i])->cpu[cpu];

			assert_int_equal(x->slab, y->slab);
			assert_int_equal(x->partial, y->partial);
			assert_int_equal(x->free, y->free);
			assert_int_equal(slab_live(a, slab_cache_get(a->slab, cache[i]), NULL),
					 slab_live(b, slab_cache_get(b->slab, cache[i]), NULL));
		}
}

static void lockstep(void **state)
{
	static const uint32_t size[] = { 32, 104, 256, 1000, 4096 };
	struct mm_machine *quick = rig_boot(&(struct rig_want){ .cpus = CPUS });
	struct mm_machine *plain = rig_boot(&(struct rig_want){ .cpus = CPUS });
	struct { vaddr_t addr; unsigned int index, cache; } *held = calloc(LIVE, sizeof(*held));
	uint32_t cache[5], nr = 0, same[5], slow = 0;
	uint64_t seed = 11;

	(void)state;
	assert_non_null(held);
	for (int i = 0; i < 5; i++) {
		char name[16];

		snprintf(name, sizeof(name), "fast-%u", size[i]);
		cache[i] = rig_new_cache(quick, name, size[i], MM_CACHE_NOMERGE);
		same[i] = rig_new_cache(plain, name, size[i], MM_CACHE_NOMERGE);
		assert_int_equal(cache[i], same[i]);
	}
	for (uint32_t op = 1; op < OPS; op++) {
		/* Some live longer than an age can say (MM_OBJ_AGE_LONG). */
		struct mm_caller who = { .op = op * STRIDE, .cpu = (uint8_t)(draw(&seed) % CPUS) };
		bool grow = op / 20000 % 2 == 0;
		unsigned int c = draw(&seed) % 5, n = draw(&seed) % 20 ? 1 : 7, index;
		vaddr_t a[8], b[8];

		if (nr && (nr + 8 > LIVE || draw(&seed) % 8 < (grow ? 3u : 5u))) {
			uint32_t i = draw(&seed) % 4 ? nr - 1 : draw(&seed) % nr;

			quick_free(quick, &who, cache[held[i].cache], held[i].addr, held[i].index);
			assert_int_equal(mm_cache_free(plain, &who, cache[held[i].cache], held[i].addr), MM_OK);
			slow += held[i].index == MM_OBJ_NIL;
			held[i] = held[--nr];
			continue;
		}
		if (n > 1) {
			quick_run(quick, &who, cache[c], n, a);
			index = MM_OBJ_NIL;
		} else {
			assert_int_equal(quick_alloc(quick, &who, cache[c], &a[0], &index), MM_OK);
		}
		for (unsigned int i = 0; i < n; i++) {
			assert_int_equal(mm_cache_alloc(plain, &who, cache[c], MM_GFP_KERNEL, &b[i]), MM_OK);
			assert_int_equal(a[i], b[i]);
			held[nr].addr = a[i];
			held[nr].cache = c;
			held[nr++].index = index;
		}
		if (op % 30000 == 0)
			same_machine(quick, plain, cache, 5);
	}
	assert_true(slow > 1000);
	assert_true(rig_events(quick)[MM_EV_SLAB_DISCARD] > 0);
	same_machine(quick, plain, cache, 5);
	rig_free(quick);
	rig_free(plain);
	free(held);
}

/* A bad free by any of the functions changes nothing. */
static void what_is_refused(void **state)
{
	struct mm_machine *m = rig_boot(&(struct rig_want){ .cpus = CPUS });
	uint32_t one = rig_new_cache(m, "one", 256, MM_CACHE_NOMERGE);
	uint32_t other = rig_new_cache(m, "other", 128, MM_CACHE_NOMERGE);
	struct mm_cpu_cache *pc, *po;
	vaddr_t a, b, c;
	unsigned int i;
	uint64_t before[MM_NR_EVENTS];

	(void)state;
	a = rig_alloc(m, one);
	b = rig_alloc(m, one);
	c = rig_alloc(m, other);
	pc = mm_cache_cpus(m, one);
	po = mm_cache_cpus(m, other);
	i = mm_fast_index(pc, a);
	assert_int_not_equal(i, MM_OBJ_NIL);
	assert_int_equal(mm_fast_index(pc, a + 8), MM_OBJ_NIL);
	assert_int_equal(mm_fast_index(pc, c), MM_OBJ_NIL);
	memcpy(before, rig_events(m), sizeof(before));
	assert_false(mm_fast_put(pc, 9, a, mm_fast_index(pc, b)));	/* another's index */
	assert_false(mm_fast_put(pc, 9, a, MM_OBJ_NIL));
	assert_false(mm_fast_put(pc, 9, a, 0x10000 + i));
	assert_false(mm_fast_put(pc, 9, pc->base + pc->span, pc->span / pc->size)); /* behind the last */
	assert_false(mm_fast_put(po, 9, a, i));				/* another cache's */
	assert_false(mm_fast_put(pc + 1, 9, a, i));			/* that CPU has no slab */
	assert_false(mm_fast_free(m, po, 9, a));
	assert_false(mm_fast_free(m, pc, 9, a + 8));			/* inside an object */
	assert_false(mm_fast_free(m, pc, 9, 0x1000));			/* a user's address */
	assert_false(mm_fast_free(m, pc, 9, m->layout.page_offset));	/* no slab */
	assert_memory_equal(before, rig_events(m), sizeof(before));
	rig_check(m);
	assert_true(mm_fast_put(pc, 9, a, i));
	assert_false(mm_fast_put(pc, 10, a, i));			/* a second time */
	assert_false(mm_fast_free(m, pc, 10, a));
	assert_true(mm_fast_free(m, pc + 1, 11, b));			/* from the other CPU */
	assert_false(mm_fast_free(m, pc + 1, 12, b));
	assert_true(mm_fast_free(m, po, 12, c));			/* of the cpu slab, by address */
	rig_check(m);
	assert_int_equal(rig_events(m)[MM_EV_SLAB_FREE] - before[MM_EV_SLAB_FREE], 3);
	rig_free(m);
}

/* kmalloc's lines are those that kmalloc takes from. */
static void kmalloc_lines(void **state)
{
	static const gfp_t gfp[] = { MM_GFP_KERNEL, MM_GFP_KERNEL | MM_GFP_ACCOUNT,
				     MM_GFP_KERNEL | MM_GFP_RECLAIMABLE, MM_GFP_KERNEL | MM_GFP_DMA_BIT };
	struct mm_machine *m = rig_boot(&(struct rig_want){ .cpus = 1 });
	const struct mm_kmalloc *k = mm_kmalloc_lines(m);

	(void)state;
	assert_null(k->cpus[0]);
	for (uint32_t size = 1; size <= MM_KMALLOC_MAX; size += size < 300 ? 1 : 97)
		for (int g = 0; g < 4; g++)
			assert_ptr_equal(k->cpus[mm_kmalloc_index(k, size, gfp[g])],
					 mm_cache_cpus(m, mm_kmalloc_cache(m, size, gfp[g])));
	rig_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lockstep),
		cmocka_unit_test(what_is_refused),
		cmocka_unit_test(kmalloc_lines),
	};

	return cmocka_run_group_tests_name("fast object paths", tests, NULL, NULL);
}
