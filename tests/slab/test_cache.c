/* SPDX-License-Identifier: MIT
 *
 * Caches: what creating and destroying one takes, which ones merge, and the
 * snapshot: read back the same, refused when it does not fit together.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/slab/rig.h"

static uint64_t live(const struct mm_machine *m, const char *name)
{
	return slab_live(m, slab_find_named(m->slab, name), NULL);
}

static uint32_t create(struct mm_machine *m, const char *name, uint32_t size, uint32_t align,
		       uint32_t flags)
{
	struct mm_cache_args a = { .name = name, .size = size, .align = align, .flags = flags };
	struct mm_caller who = rig_caller(0);
	uint32_t id = 0;

	assert_int_equal(slab_cache_create(m, &who, &a, &id), MM_OK);
	return id;
}

static void creating_takes_three_objects(void **state)
{
	struct mm_machine *m = rig_boot(&(struct rig_want){ .random = true });
	uint64_t self = live(m, "kmem_cache"), node = live(m, "kmem_cache_node");
	uint64_t seq = live(m, "kmalloc-256");
	struct mm_caller who = rig_caller(0);
	uint32_t id = create(m, "own", 72, 0, 0);	/* 56 objects: 224 bytes of sequence */
	struct slab_cache *c = slab_cache_get(m->slab, id);

	(void)state;
	assert_int_equal(live(m, "kmem_cache"), self + 1);
	assert_int_equal(live(m, "kmem_cache_node"), node + 1);
	assert_int_equal(live(m, "kmalloc-256"), seq + 1);
	assert_int_equal(slab_cache_of(m, rig_pfn(m, c->self)), m->slab->kmem_cache->id);
	assert_int_equal(slab_find_cache(m, "own"), id);
	rig_free_object(m, id, rig_alloc(m, id));
	assert_int_equal(slab_cache_destroy(m, &who, id), MM_OK);
	assert_int_equal(live(m, "kmem_cache"), self);
	assert_int_equal(live(m, "kmem_cache_node"), node);
	assert_int_equal(live(m, "kmalloc-256"), seq);
	assert_int_equal(slab_find_cache(m, "own"), 0);
	/* A slab with one object needs no sequence. */
	seq = live(m, "kmalloc-8");
	create(m, "single", 20000, 0, 0);
	assert_int_equal(live(m, "kmalloc-8"), seq);
	rig_check(m);
	rig_free(m);
}

static void what_cannot_be_created(void **state)
{
	struct mm_machine *m = rig_boot(NULL);
	struct mm_cache_args a = { .name = "none", .size = 0 };
	struct mm_caller who = rig_caller(0);
	uint32_t id, nr = m->slab->nr_order;

	(void)state;
	assert_int_equal(slab_cache_create(m, &who, &a, &id), MM_FAIL);
	a.size = (4u << 20) + 1;
	assert_int_equal(slab_cache_create(m, &who, &a, &id), MM_FAIL);
	a.size = 0xffffffff;
	assert_int_equal(slab_cache_create(m, &who, &a, &id), MM_FAIL);
	a.size = 4u << 20;
	a.align = 0x80000000;
	assert_int_equal(slab_cache_create(m, &who, &a, &id), MM_FAIL);
	a.align = 0;
	a.flags = MM_CACHE_CTOR;	/* its link does not fit any more */
	assert_int_equal(slab_cache_create(m, &who, &a, &id), MM_FAIL);
	assert_int_equal(m->slab->nr_order, nr);
	rig_check(m);
	rig_free(m);
}

static void merging(void **state)
{
	struct mm_machine *m = rig_boot(NULL);
	uint32_t a = create(m, "a", 100, 0, 0), n = m->slab->nr_order;
	struct mm_caller who = rig_caller(0);
	struct slab_cache *c = slab_cache_get(m->slab, a);

	(void)state;
	/* vmap_area of boot, 32 bytes, is the oldest that fits. */
	assert_int_equal(create(m, "thirty", 30, 0, 0), slab_find_cache(m, "vmap_area"));
	/* 104 bytes: merges; the object grows with its largest user. */
	assert_int_equal(create(m, "b", 104, 0, 0), a);
	assert_true(c->cpu[0].clears);
	assert_int_equal(c->g.object_size, 104);
	assert_int_equal(c->refcount, 2);
	assert_int_equal(slab_find_cache(m, "b"), a);
	assert_int_equal(create(m, "c", 101, 0, 0), a);
	assert_int_equal(m->slab->nr_order, n);
	/* Too much smaller (96 + 4 < 104), other kinds of pages or accounts, other rules. */
	assert_int_not_equal(create(m, "d", 96, 0, 0), a);
	assert_int_not_equal(create(m, "e", 104, 0, MM_CACHE_ACCOUNT), a);
	assert_int_not_equal(create(m, "f", 104, 0, MM_CACHE_RECLAIM), a);
	assert_int_not_equal(create(m, "g", 104, 0, MM_CACHE_DMA), a);
	assert_int_not_equal(create(m, "h", 104, 0, MM_CACHE_RCU), a);
	assert_int_not_equal(create(m, "i", 104, 0, MM_CACHE_CTOR), a);
	assert_int_not_equal(create(m, "j", 104, 0, MM_CACHE_NOMERGE), a);
	/* 104 is a multiple of 8 but not of 32; 128 would be. */
	assert_int_not_equal(create(m, "k", 104, 32, 0), a);
	/* A kmalloc cache never merges: usercopy. */
	assert_int_not_equal(create(m, "l", 512, 512, 0), slab_find_cache(m, "kmalloc-512"));
	/* Users leave one by one. */
	rig_alloc(m, a);
	assert_int_equal(slab_cache_destroy(m, &who, a), MM_OK);
	assert_int_equal(slab_cache_destroy(m, &who, a), MM_OK);
	assert_int_equal(slab_cache_destroy(m, &who, a), MM_MISUSE);	/* one object left */
	assert_int_equal(slab_find_cache(m, "b"), 0);
	assert_int_equal(slab_find_cache(m, "a"), a);
	rig_check(m);
	rig_free(m);

	m = rig_boot(NULL);
	m->cfg.slab_nomerge = true;
	a = create(m, "a", 100, 0, 0);
	assert_int_not_equal(create(m, "b", 100, 0, 0), a);
	rig_free(m);
}

/* Two CPUs, objects come and go: a machine with every kind of list. */
static struct mm_machine *used_machine(uint32_t *id)
{
	struct mm_machine *m = rig_boot(&(struct rig_want){ .cpus = 2, .random = true });
	uint32_t cache[3] = { create(m, "x", 300, 0, 0), create(m, "y", 1000, 0, MM_CACHE_ACCOUNT),
			      create(m, "z", 6000, 0, MM_CACHE_RECLAIM) };
	static vaddr_t held[3][600];
	uint32_t r = 1;

	for (int i = 0; i < 20000; i++) {
		struct mm_caller who = rig_caller(r >> 30 & 1);
		vaddr_t *p = &held[r >> 8 & 1 ? 2 : r >> 9 & 1][(r >> 12) % 600];
		uint32_t c = cache[(p - held[0]) / 600];

		if (i > 15000 && !*p)
			;
		else if (*p)
			*p = slab_cache_free(m, &who, c, *p);
		else
			assert_int_equal(slab_cache_alloc(m, &who, c, MM_GFP_KERNEL, p), MM_OK);
		r = r * 1664525u + 1013904223u;
	}
	memset(held, 0, sizeof(held));
	*id = cache[0];
	rig_check(m);
	return m;
}

static void save(const struct mm_machine *m, struct mm_state *s)
{
	struct mm_error err = { 0 };

	memset(s, 0, sizeof(*s));
	if (phys_save(m, s, &err) || slab_save(m, s, &err))
		fail_msg("%s", err.text);
}

static void same_idx(const struct mm_idx_list *a, const struct mm_idx_list *b)
{
	assert_int_equal(a->nr, b->nr);
	if (a->nr)
		assert_memory_equal(a->idx, b->idx, a->nr * sizeof(*a->idx));
}

static void same_slabs(const struct mm_slab_state *a, const struct mm_slab_state *b, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(a[i].pfn, b[i].pfn);
		assert_int_equal(a[i].inuse, b[i].inuse);
		assert_int_equal(a[i].objects, b[i].objects);
		assert_int_equal(a[i].frozen, b[i].frozen);
		same_idx(&a[i].free, &b[i].free);
	}
}

static void same_state(const struct mm_state *a, const struct mm_state *b)
{
	assert_int_equal(a->nr_cache, b->nr_cache);
	assert_int_equal(a->nr_all_slab, b->nr_all_slab);
	assert_memory_equal(a->all_slab, b->all_slab, a->nr_all_slab * sizeof(*a->all_slab));
	for (uint32_t i = 0; i < a->nr_cache; i++) {
		const struct mm_cache_state *x = &a->cache[i], *y = &b->cache[i];

		assert_string_equal(x->name, y->name);
		assert_int_equal(x->ptr, y->ptr);
		assert_int_equal(x->nr_slabs, y->nr_slabs);
		assert_int_equal(x->nr_partial, y->nr_partial);
		assert_int_equal(x->nr_random_seq, y->nr_random_seq);
		same_slabs(x->partial, y->partial, x->nr_partial);
		for (unsigned int cpu = 0; cpu < MM_NR_CPUS; cpu++) {
			assert_int_equal(x->cpu[cpu].nr_partial, y->cpu[cpu].nr_partial);
			same_slabs(&x->cpu[cpu].slab, &y->cpu[cpu].slab, 1);
			same_idx(&x->cpu[cpu].free, &y->cpu[cpu].free);
			same_slabs(x->cpu[cpu].partial, y->cpu[cpu].partial, x->cpu[cpu].nr_partial);
		}
	}
}

static void a_snapshot_comes_back_and_goes_on(void **state)
{
	struct mm_state s, t;
	struct mm_error err = { 0 };
	struct mm_machine *m, *n;
	uint32_t id;

	(void)state;
	m = used_machine(&id);
	save(m, &s);
	assert_true(s.has_all_slab);
	n = rig_load(m, &s, &err);
	if (!n)
		fail_msg("%s", err.text);
	rig_check(n);
	save(n, &t);
	same_state(&s, &t);
	mm_state_free(&t);
	/* From here on both answer alike (up to the shuffle of new slabs). */
	for (int i = 0; i < 12; i++)
		assert_int_equal(rig_alloc(m, id), rig_alloc(n, id));
	mm_state_free(&s);
	rig_free(n);
	rig_free(m);
}

/* Without the table of all slabs full slabs are counted; freeing one of their
 * objects is neither done nor called a bad call. */
static void full_slabs_unknown(void **state)
{
	struct mm_caller who;
	struct mm_error err = { 0 };
	struct mm_state s, t;
	struct mm_machine *m, *n;
	uint32_t id, nr;
	vaddr_t a[13];

	(void)state;
	m = used_machine(&id);
	id = create(m, "full", 4000, 0, MM_CACHE_NOMERGE);
	for (int i = 0; i < 9; i++)
		a[i] = rig_alloc(m, id);
	nr = slab_cache_get(m->slab, id)->nr_slabs;
	save(m, &s);
	s.nr_all_slab = 0;
	s.has_all_slab = false;
	n = rig_load(m, &s, &err);
	if (!n)
		fail_msg("%s", err.text);
	rig_check(n);
	who = rig_caller(0);
	assert_int_equal(slab_kfree(n, &who, a[0]), MM_UNSUPPORTED);
	assert_int_equal(n->why.cause, MM_CAUSE_NOT_MODELLED);
	assert_int_equal(slab_kfree(n, &who, a[8]), MM_OK);	/* of the cpu slab */
	save(n, &t);
	assert_false(t.has_all_slab);
	for (uint32_t i = 0; i < t.nr_cache; i++) {
		if (!strcmp(t.cache[i].name, "full"))
			assert_int_equal(t.cache[i].nr_slabs, nr);
	}
	assert_int_equal(slab_cache_destroy(n, &who, id), MM_MISUSE);
	mm_state_free(&t);
	mm_state_free(&s);
	rig_free(n);
	rig_free(m);
}

/* One change to a good snapshot, and the sentence that must come. */
static void refused(const struct mm_machine *m, const struct mm_state *s, const char *word)
{
	struct mm_error err = { 0 };
	struct mm_machine *n = rig_load(m, s, &err);

	assert_null(n);
	assert_true(err.code < 0);
	if (!strstr(err.text, word))
		fail_msg("'%s' does not say '%s'", err.text, word);
}

static void damaged_snapshots_are_refused(void **state)
{
	struct mm_slab_state *ss = NULL;
	struct mm_cache_state *c = NULL;
	struct mm_state s;
	struct mm_machine *m;
	uint32_t id, i;
	pfn_t pfn;

	(void)state;
	m = used_machine(&id);
	save(m, &s);
	for (i = 0; i < s.nr_cache && !ss; i++) {
		c = &s.cache[i];
		ss = c->nr_partial && c->partial[0].free.nr > 1 ? c->partial : NULL;
	}
	assert_non_null(ss);
#define BAD(what, value, word) do { __typeof__(what) keep_ = (what); (what) = (value); \
	refused(m, &s, word); (what) = keep_; } while (0)
	BAD(c->objects, c->objects + 1, "do not fit together");
	BAD(c->size, 0, "do not fit together");
	BAD(c->order, 11, "do not fit together");
	BAD(c->random_seq[0], c->random_seq[1], "not a permutation");
	BAD(ss->objects, ss->objects + 1, "objects, expected");
	BAD(ss->inuse, ss->inuse + 1, "in use, but");
	BAD(ss->free.idx[0], ss->free.idx[1], "free twice");
	BAD(ss->free.idx[0], 40000, "is not one of");
	BAD(ss->pfn, 0x80000, "not lowmem");
	pfn = s.zone[MM_ZONE_NORMAL].free[10][MM_MOVABLE].pfn[0];
	BAD(ss->pfn, pfn, "is free");
	BAD(c->nr_slabs, c->nr_slabs + 1, "its count says");
	BAD(s.all_slab[0].cache_ptr, 4, "no cache is at 0x4");
	BAD(s.kmalloc[5].index, 14, "kmalloc cache");
	BAD(s.cache[0].name[0], 'K', "kmem_cache");
	BAD(s.cache[2].name[0], 'K', "kmalloc");
#undef BAD
	mm_state_free(&s);
	rig_free(m);
}

static void other_slab_allocators_are_refused(void **state)
{
	struct mm_machine m = { 0 };
	struct mm_error err = { 0 };

	(void)state;
	mm_config_init(&m.cfg);
	m.cfg.slab = MM_SLOB;
	assert_int_equal(slab_create(&m, &err), -ENOTSUP);
	assert_string_equal(err.text, "machine x86_32-2g: its slab allocator is SLOB, expected SLUB, "
			    "the only one simulated");
}

/* The proof of consistency sees what is wrong. */
static void check_finds_damage(void **state)
{
	struct mm_error err = { 0 };
	struct mm_machine *m;
	struct slub_slab *sl;
	struct slab_cache *c;
	uint32_t id;

	(void)state;
	m = used_machine(&id);
	c = slab_cache_get(m->slab, id);
	sl = &m->slab->slab[c->cpu[0].slab];
	assert_int_not_equal(c->cpu[0].slab, 0);
#define DAMAGE(what, value, word) do { __typeof__(what) keep_ = (what); (what) = (value); \
	assert_int_equal(slab_check(m, &err), -EUCLEAN); \
	if (!strstr(err.text, word)) \
		fail_msg("'%s' does not say '%s'", err.text, word); \
	(what) = keep_; } while (0)
	DAMAGE(sl->inuse, (uint16_t)(sl->inuse - 1), "inuse");
	DAMAGE(sl->frozen, 0, "frozen");
	DAMAGE(sl->free, 60000, "free list names");
	DAMAGE(c->nr_slabs, c->nr_slabs + 1, "counted");
	DAMAGE(c->cpu[1].states, c->cpu[1].states + 1, "waste");
	DAMAGE(c->cpu[1].frees, c->cpu[1].frees + 1, "live");
	DAMAGE(c->nr_partial, c->nr_partial + 1, "partial list, counted");
	DAMAGE(c->cpu[0].slab, 0, "cpu free list without");
	DAMAGE(c->pages, c->pages + 1, "frames hold slabs");
	for (unsigned int i = 0; i < sl->objects; i++) {
		if (sl->obj[i].state & MM_OBJ_LIVE) {
			DAMAGE(sl->obj[i].state, 0, "live and");
			break;
		}
	}
#undef DAMAGE
	rig_check(m);
	rig_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(creating_takes_three_objects),
		cmocka_unit_test(what_cannot_be_created),
		cmocka_unit_test(merging),
		cmocka_unit_test(a_snapshot_comes_back_and_goes_on),
		cmocka_unit_test(full_slabs_unknown),
		cmocka_unit_test(damaged_snapshots_are_refused),
		cmocka_unit_test(other_slab_allocators_are_refused),
		cmocka_unit_test(check_finds_damage),
	};

	return cmocka_run_group_tests_name("slab caches", tests, NULL, NULL);
}
