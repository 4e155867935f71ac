/* SPDX-License-Identifier: MIT
 *
 * The state that /proc files give, against the exact state of the same kernel at
 * the same moment: what is read must be equal, what is inferred nearly.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "replay/run.h"
#include "replay/state/state.h"
#include "tests/replay/trace_help.h"

#define DATA "tests/data/proc/"

struct pair {
	struct mm_state got, want;
	struct mm_config got_cfg, want_cfg;
	struct state_assumed assumed;
};

static void read_proc(const char *dir, struct mm_state *s, struct mm_config *c, struct state_assumed *a)
{
	struct mm_error err;

	if (state_read_proc(dir, s, c, a, &err))
		fail_msg("%s", err.text);
}

static void read_pair(struct pair *p, const char *dir, const char *exact)
{
	struct mm_error err;

	assert_true(state_is_proc(dir));
	assert_false(state_is_proc(exact));
	read_proc(dir, &p->got, &p->got_cfg, &p->assumed);
	if (state_read_snapshot(exact, 0, &p->want, &p->want_cfg, &err))
		fail_msg("%s", err.text);
}

static void free_pair(struct pair *p)
{
	mm_state_free(&p->got);
	mm_state_free(&p->want);
	state_assumed_free(&p->assumed);
}

static int by_pfn(const void *a, const void *b)
{
	pfn_t x = *(const pfn_t *)a, y = *(const pfn_t *)b;

	return (x > y) - (x < y);
}

/* The same blocks on every list, whatever their order. */
static void same_blocks(struct mm_zone_state *got, struct mm_zone_state *want)
{
	for (int o = 0; o < MM_MAX_ORDER; o++)
		for (int mt = 0; mt < MM_MIGRATE_TYPES; mt++) {
			struct mm_pfn_list *g = &got->free[o][mt], *w = &want->free[o][mt];

			assert_int_equal(g->nr, w->nr);
			if (!g->nr)
				continue;
			qsort(g->pfn, g->nr, sizeof(pfn_t), by_pfn);
			qsort(w->pfn, w->nr, sizeof(pfn_t), by_pfn);
			assert_memory_equal(g->pfn, w->pfn, g->nr * sizeof(pfn_t));
		}
}

static void same_numbers(const struct mm_zone_state *g, const struct mm_zone_state *w)
{
	assert_int_equal(g->start, w->start);
	assert_int_equal(g->spanned, w->spanned);
	assert_int_equal(g->present, w->present);
	assert_int_equal(g->managed, w->managed);
	assert_int_equal(g->boost, w->boost);
	assert_int_equal(g->nr_highatomic, w->nr_highatomic);
	assert_int_equal(g->stat_threshold, w->stat_threshold);
	assert_int_equal(g->nr_free, w->nr_free);
	assert_int_equal(g->free_diff[0], w->free_diff[0]);
	assert_memory_equal(g->wmark, w->wmark, sizeof(g->wmark));
	assert_memory_equal(g->reserve, w->reserve, sizeof(g->reserve));
	assert_int_equal(g->pcp[0].count, w->pcp[0].count);
	assert_int_equal(g->pcp[0].high, w->pcp[0].high);
	assert_int_equal(g->pcp[0].batch, w->pcp[0].batch);
	assert_int_equal(g->pcp[1].batch, 0);
	assert_int_equal(g->pb_start, w->pb_start);
	assert_int_equal(g->nr_pbmt, w->nr_pbmt);
}

static unsigned int wrong_types(const struct mm_zone_state *g, const struct mm_zone_state *w)
{
	unsigned int n = 0;

	for (uint32_t i = 0; i < g->nr_pbmt; i++)
		n += g->pbmt[i] != w->pbmt[i];
	return n;
}

static void same_areas(const struct mm_state *g, const struct mm_state *w)
{
	assert_int_equal(g->nr_vmap, w->nr_vmap);
	assert_memory_equal(g->vmap, w->vmap, g->nr_vmap * sizeof(*g->vmap));
}

static void same_caches(const struct mm_state *g, const struct mm_state *w)
{
	assert_int_equal(g->nr_cache, w->nr_cache);
	for (uint32_t i = 0; i < g->nr_cache; i++) {
		const struct mm_cache_state *a = &g->cache[i], *b = &w->cache[i];

		assert_string_equal(a->name, b->name);
		assert_int_equal(a->size, b->size);
		assert_int_equal(a->order, b->order);
		assert_int_equal(a->objects, b->objects);
		assert_int_equal(a->min_order, b->min_order);
		assert_int_equal(a->min_objects, b->min_objects);
		assert_int_equal(a->min_partial, b->min_partial);
		assert_int_equal(a->cpu_partial, b->cpu_partial);
		assert_int_equal(a->cpu_partial_slabs, b->cpu_partial_slabs);
		assert_int_equal(a->nr_slabs, b->nr_slabs);
		/* DMA, RECLAIM_ACCOUNT: what decides where pages come from */
		assert_int_equal(a->flags & 0x24000, b->flags & 0x24000);
	}
}

static void same_machine(const struct mm_config *g, const struct mm_config *w)
{
	assert_int_equal(g->page_offset, w->page_offset);
	assert_int_equal(g->pae, w->pae);
	assert_int_equal(g->cpus, w->cpus);
	assert_int_equal(g->cache_line, w->cache_line);
	assert_int_equal(g->memcg_kmem, w->memcg_kmem);
	assert_int_equal(g->slab_nomerge, w->slab_nomerge);
	assert_int_equal(g->init_on_alloc, w->init_on_alloc);
}

/* A machine of the state is consistent, and holds that state. */
static void loads(const struct mm_state *s, const struct mm_config *c)
{
	struct mm_machine *m;
	struct mm_state saved = { 0 };
	struct state_diff d = { 0 };
	struct mm_error err;

	m = mm_machine_load(c, s, &err);
	if (!m)
		fail_msg("%s", err.text);
	if (mm_check(m, &err))
		fail_msg("%s", err.text);
	assert_int_equal(mm_machine_save(m, &saved, &err), 0);
	if (state_diff(s, &saved, STATE_DIFF_SLAB, &d))
		fail_msg("%s%s", d.first_pages.text, d.first_virt.text);
	mm_state_free(&saved);
	mm_machine_destroy(m);
}

static void compare(const char *dir, const char *exact)
{
	struct pair p;

	read_pair(&p, dir, exact);
	loads(&p.got, &p.got_cfg);
	for (int z = 0; z < MM_NR_ZONES; z++) {
		same_numbers(&p.got.zone[z], &p.want.zone[z]);
		same_blocks(&p.got.zone[z], &p.want.zone[z]);
		assert_int_equal(wrong_types(&p.got.zone[z], &p.want.zone[z]), 0);
	}
	same_areas(&p.got, &p.want);
	same_caches(&p.got, &p.want);
	same_machine(&p.got_cfg, &p.want_cfg);
	free_pair(&p);
}

static void test_1024_mb(void **state)
{
	(void)state;
	compare(DATA "pages_order0", "tests/data/oracle/pages_order0");
}

static void test_pae(void **state)
{
	(void)state;
	compare(DATA "kmap_wrap_pae", "tests/data/oracle/kmap_wrap_pae");
}

static void test_untraced(void **state)
{
	(void)state;
	compare(DATA "pages_pile.notrace", "tests/data/oracle/pages_pile.notrace");
}

/* Marks the frames of a zone's per-CPU lists; how many. */
static uint32_t mark_pcp(const struct mm_zone_state *z, uint8_t *mark, uint8_t bit)
{
	uint32_t n = 0;

	for (unsigned int i = 0; i < MM_NR_PCP_LISTS; i++) {
		uint32_t pages = 1u << (i < 12 ? i / 3 : 10);

		for (uint32_t k = 0; k < z->pcp[0].list[i].nr; k++)
			for (uint32_t j = 0; j < pages; j++, n++)
				mark[z->pcp[0].list[i].pfn[k] + j] |= bit;
	}
	return n;
}

/* Most of the pages on per-CPU lists are the ones that really were. */
static void test_pcp_pages(void **state)
{
	uint8_t *mark = calloc(1u << 20, 1);
	uint32_t n = 0, right = 0;
	struct pair p;

	(void)state;
	read_pair(&p, DATA "pages_order0", "tests/data/oracle/pages_order0");
	for (int z = 0; z < MM_NR_ZONES; z++) {
		uint32_t got = mark_pcp(&p.got.zone[z], mark, 1);

		assert_int_equal(got, mark_pcp(&p.want.zone[z], mark, 2));
		assert_int_equal(got, p.got.zone[z].pcp[0].count);
		n += got;
	}
	for (uint32_t i = 0; i < 1u << 20; i++)
		right += mark[i] == 3;
	assert_true(n > 2000);
	assert_true(right * 100 >= n * 95);
	free(mark);
	free_pair(&p);
}

/* The free ranges between areas, in address order. */
static int by_start(const void *a, const void *b)
{
	vaddr_t x = ((const struct mm_vfree_state *)a)->start, y = ((const struct mm_vfree_state *)b)->start;

	return (x > y) - (x < y);
}

/* A machine that has been worked hard: areas wait for the purge, many types of
 * pageblocks, free counters that are not folded. */
static void test_after_work(void **state)
{
	unsigned int wrong = 0, pageblocks = 0;
	struct pair p;

	(void)state;
	read_pair(&p, DATA "mixed.notrace-after", DATA "mixed.notrace-after/exact");
	loads(&p.got, &p.got_cfg);
	for (int z = 0; z < MM_NR_ZONES; z++) {
		same_numbers(&p.got.zone[z], &p.want.zone[z]);
		same_blocks(&p.got.zone[z], &p.want.zone[z]);
		wrong += wrong_types(&p.got.zone[z], &p.want.zone[z]);
		pageblocks += p.got.zone[z].nr_pbmt;
	}
	assert_int_equal(pageblocks, 513);
	assert_true(wrong <= 2);
	same_areas(&p.got, &p.want);
	assert_true(p.got.has_vfree && p.want.has_vfree);
	assert_int_equal(p.got.nr_vfree, p.want.nr_vfree);
	assert_true(p.got.nr_vfree > 20);
	qsort(p.got.vfree, p.got.nr_vfree, sizeof(*p.got.vfree), by_start);
	qsort(p.want.vfree, p.want.nr_vfree, sizeof(*p.want.vfree), by_start);
	for (uint32_t i = 0; i < p.got.nr_vfree; i++) {
		assert_int_equal(p.got.vfree[i].start, p.want.vfree[i].start);
		assert_int_equal(p.got.vfree[i].end, p.want.vfree[i].end);
	}
	free_pair(&p);
}

static void test_two_cpus(void **state)
{
	struct state_assumed a;
	struct mm_config c;
	struct mm_state s;

	(void)state;
	read_proc(DATA "smp2", &s, &c, &a);
	assert_int_equal(c.cpus, 2);
	assert_int_equal(s.zone[MM_ZONE_NORMAL].pcp[0].count, 360);
	assert_int_equal(s.zone[MM_ZONE_NORMAL].pcp[1].count, 634);
	assert_int_equal(s.zone[MM_ZONE_HIGHMEM].pcp[1].high, 3853 / 2);
	assert_int_equal(s.zone[MM_ZONE_NORMAL].stat_threshold, 16);
	loads(&s, &c);
	mm_state_free(&s);
	state_assumed_free(&a);
}

/* The same files give the same state. */
static void test_same_again(void **state)
{
	struct state_assumed a, b;
	struct mm_state s, t;
	struct state_diff d = { 0 };
	struct mm_config c;

	(void)state;
	read_proc(DATA "build2g", &s, &c, &a);
	read_proc(DATA "build2g", &t, &c, &b);
	assert_int_equal(state_diff(&s, &t, 0, &d), 0);
	for (int z = 0; z < MM_NR_ZONES; z++)
		assert_memory_equal(s.zone[z].pbmt, t.zone[z].pbmt, s.zone[z].nr_pbmt);
	assert_int_equal(a.nr, b.nr);
	for (uint32_t i = 0; i < a.nr; i++)
		assert_string_equal(a.text[i], b.text[i]);
	mm_state_free(&s);
	mm_state_free(&t);
	state_assumed_free(&a);
	state_assumed_free(&b);
}

/* Huge pages on the LRU count with all their pages. */
static void test_lru(void **state)
{
	struct state_assumed a;
	struct mm_config c;
	struct mm_state s;
	uint32_t n = 0;

	(void)state;
	read_proc(DATA "mixed.notrace-after", &s, &c, &a);
	assert_int_equal(s.nr_lru, 0x7ffdd);
	for (pfn_t pfn = 0x7c800; pfn < 0x7cc00; pfn++)
		n += s.lru[pfn];
	assert_int_equal(n, 1024);
	assert_int_equal(s.lru[0x1000], 0);
	mm_state_free(&s);
	state_assumed_free(&a);
}

static pfn_t lru_page(const char *dir)
{
	struct state_assumed a;
	struct mm_config c;
	struct mm_state s;
	pfn_t pfn = 0;

	read_proc(dir, &s, &c, &a);
	while (!s.lru[pfn])
		pfn++;
	mm_state_free(&s);
	state_assumed_free(&a);
	return pfn;
}

/* A replay starts from such a folder as from a snapshot, and says what it took
 * for granted. */
static void test_replay(void **state)
{
	static const char dir[] = DATA "build2g";
	struct run_options o = { .state_dir = dir, .check_every = 1, .timeline = { .samples = 10 } };
	pfn_t pfn = lru_page(dir);
	char *folder = tt_mkdir();
	const json_t *from;
	struct run_result r;
	struct mm_error err;
	struct tt t;

	(void)state;
	tt_open(&t, folder, "t.mmt");
	TT(&t, TRACE_PAGE_FREE, NO, .answer = pfn);
	TT(&t, TRACE_PAGE_ALLOC, 1, .gfp = MM_GFP_HIGHUSER_MOVABLE);
	TT(&t, TRACE_KMALLOC, 2, .gfp = MM_GFP_KERNEL, .size = 64);
	TT(&t, TRACE_PAGE_FREE, 1);
	tt_close(&t);
	o.trace = t.path;
	if (run_replay(&o, &r, &err))
		fail_msg("%s", err.text);
	assert_string_equal(r.check, "clean");
	assert_int_equal(r.counts.foreign_frees, 1);
	assert_int_equal(r.misuse, 0);
	assert_int_equal(r.failures, 0);
	from = json_object_get(r.json, "state");
	assert_string_equal(json_string_value(json_object_get(from, "kind")), "proc");
	assert_string_equal(json_string_value(json_object_get(from, "source")), dir);
	assert_true(json_array_size(json_object_get(from, "assumed")) >= 8);
	run_result_free(&r);
	tt_rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_1024_mb),
		cmocka_unit_test(test_pae),
		cmocka_unit_test(test_untraced),
		cmocka_unit_test(test_pcp_pages),
		cmocka_unit_test(test_after_work),
		cmocka_unit_test(test_two_cpus),
		cmocka_unit_test(test_same_again),
		cmocka_unit_test(test_lru),
		cmocka_unit_test(test_replay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
