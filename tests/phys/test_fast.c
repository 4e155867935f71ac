/* SPDX-License-Identifier: MIT
 *
 * The short paths of pages (fast.c, and whole lists drained at once) decide as the
 * general ones do: two machines get the same requests in lockstep, one through
 * them, the other always the long way, one block at a time.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/mm_fast.h"
#include "engine/phys/zone.h"

static void see_nothing(void *arg, const struct mm_seen *seen)
{
	(void)arg;
	(void)seen;
}

/* long_way: with an observer no list is drained in one step. */
static struct mm_machine *boot(uint32_t mib, unsigned int cpus, bool init_on_alloc, bool long_way)
{
	struct mm_machine *m = calloc(1, sizeof(*m));
	struct mm_error err;

	mm_config_init(&m->cfg);
	m->cfg.ram_bytes = (uint64_t)mib << 20;
	m->cfg.cpus = cpus;
	m->cfg.init_on_alloc = init_on_alloc;
	m->cfg.observe = long_way ? see_nothing : NULL;
	machine_default_e820(&m->cfg);
	assert_int_equal(phys_create(m, &err), 0);
	phys_boot_finish(m);
	return m;
}

static void destroy(struct mm_machine *m)
{
	phys_destroy(m);
	free(m);
}

static uint32_t draw(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

struct held { pfn_t pfn; uint8_t order; };

struct both {
	struct mm_machine *quick, *slow;
	struct held *held;
	uint32_t nr, room;
	uint64_t seed;
};

static gfp_t draw_gfp(uint64_t *seed)
{
	static const gfp_t some[] = {
		MM_GFP_HIGHUSER_MOVABLE, MM_GFP_HIGHUSER_MOVABLE, MM_GFP_HIGHUSER, MM_GFP_KERNEL,
		MM_GFP_KERNEL | MM_GFP_ZERO, MM_GFP_KERNEL | MM_GFP_RECLAIMABLE, MM_GFP_ATOMIC,
		MM_GFP_NOWAIT, MM_GFP_KERNEL | MM_GFP_DMA_BIT,
	};

	return some[draw(seed) % (sizeof(some) / sizeof(some[0]))];
}

static void alloc(struct both *b, const struct mm_caller *who)
{
	gfp_t gfp = draw_gfp(&b->seed);
	unsigned int order = draw(&b->seed) % 8 ? 0 : draw(&b->seed) % 11;
	pfn_t one, other;
	enum mm_outcome r = phys_alloc(b->quick, who, gfp, order, &one);

	assert_int_equal(phys_alloc_any(b->slow, who, gfp, order, &other), r);
	if (r != MM_OK)
		return;
	assert_int_equal(one, other);
	assert_true(b->nr < b->room);
	b->held[b->nr++] = (struct held){ one, (uint8_t)order };
}

static void free_one(struct both *b, const struct mm_caller *who)
{
	uint32_t i = draw(&b->seed) % b->nr;
	struct held h = b->held[i];

	b->held[i] = b->held[--b->nr];
	assert_int_equal(phys_free_pages(b->quick, who, h.pfn, h.order), MM_OK);
	assert_int_equal(phys_free_misuse(b->slow, h.pfn, h.order), MM_NR_MISUSE);
	phys_free(b->slow, who, h.pfn, h.order);
}

static void compare(struct both *b)
{
	struct mm_error err;

	phys_fold_events(b->quick);
	assert_memory_equal(b->quick->ev, b->slow->ev, sizeof(b->slow->ev));
	for (int i = 0; i < MM_NR_ZONES; i++) {
		struct mm_zone_info x, y;

		phys_zone_info(b->quick, (enum mm_zone_id)i, &x);
		phys_zone_info(b->slow, (enum mm_zone_id)i, &y);
		assert_memory_equal(&x, &y, sizeof(x));
	}
	if (phys_check(b->quick, &err) || phys_check(b->slow, &err))
		fail_msg("%s", err.text);
}

/* Memory fills up, empties and fills again, so that marks are passed in both
 * directions, blocks are stolen and zones boosted. */
static void lockstep(uint32_t mib, unsigned int cpus, bool init_on_alloc)
{
	struct both b = {
		.quick = boot(mib, cpus, init_on_alloc, false),
		.slow = boot(mib, cpus, init_on_alloc, true),
		.room = mib << 8, .seed = mib + cpus,
	};

	b.held = malloc(b.room * sizeof(*b.held));
	assert_non_null(b.held);
	for (uint32_t op = 0; op < 6 * b.room; op++) {
		struct mm_caller who = { .op = op, .site = op % 100, .task = op % 7,
					 .cpu = (uint8_t)(draw(&b.seed) % cpus) };
		bool filling = op / (b.room / 2) % 2 == 0;

		if (b.nr && draw(&b.seed) % 8 < (filling ? 2u : 6u))
			free_one(&b, &who);
		else
			alloc(&b, &who);
		if (op % 1000 == 0) {
			phys_run_kswapd(b.quick);
			phys_run_kswapd(b.slow);
		}
		if (op % (b.room / 2) == 0)
			compare(&b);
	}
	compare(&b);
	/* It was not all plain sailing. */
	assert_true(b.quick->ev[MM_EV_ZONE_FALLBACK] > 1000);
	assert_true(b.quick->ev[MM_EV_STEAL] > 0);
	assert_true(b.quick->ev[MM_EV_PCP_DRAIN] > 10);
	assert_true(b.quick->ev[MM_EV_KSWAPD_WAKE] > 0);
	destroy(b.quick);
	destroy(b.slow);
	free(b.held);
}

static void one_cpu(void **state)
{
	(void)state;
	lockstep(1024, 1, true);
}

static void several_cpus(void **state)
{
	(void)state;
	lockstep(1024, 3, false);
}

static void lowmem_only(void **state)
{
	(void)state;
	lockstep(128, 2, true);
}

/* A boosted zone above its mark is taken from, and kswapd told: not passed over. */
static void a_boosted_zone_is_not_below_its_mark(void **state)
{
	const struct mm_caller who = { .op = 1 };
	struct mm_machine *m = boot(1024, 1, true, false);
	struct zone *high = &m->phys->zone[MM_ZONE_HIGHMEM];
	pfn_t pfn;

	(void)state;
	high->boosted = true;
	zone_set_need(high);
	assert_int_equal(mm_fast_page(m, MM_GFP_HIGHUSER_MOVABLE, 0, 2, 3, 4), MM_NO_PFN);
	assert_int_equal(phys_alloc(m, &who, MM_GFP_HIGHUSER_MOVABLE, 0, &pfn), MM_OK);
	assert_true(pfn >= high->start);
	assert_false(high->boosted);
	assert_true(phys_kswapd_pending(m));
	assert_int_equal(m->next_work_ns, 0);
	pfn = mm_fast_page(m, MM_GFP_HIGHUSER_MOVABLE, 0, 2, 3, 4);
	assert_true(pfn >= high->start && pfn != MM_NO_PFN);
	assert_int_equal(m->phys->frame[pfn].site, 3);
	assert_int_equal(m->phys->frame[pfn].task, 4);
	destroy(m);
}

/* What is not a caller's page of order 0 is refused and stays as it is. */
static void bad_frees_are_refused(void **state)
{
	const struct mm_caller who = { .op = 1 };
	struct mm_machine *m = boot(512, 1, true, false);
	struct mm_error err;
	pfn_t pfn, pair;

	(void)state;
	assert_int_equal(phys_alloc(m, &who, MM_GFP_KERNEL, 0, &pfn), MM_OK);
	assert_int_equal(phys_alloc(m, &who, MM_GFP_KERNEL, 1, &pair), MM_OK);
	assert_false(mm_fast_page_free(m, pair, 0, 2));
	assert_false(mm_fast_page_free(m, pair + 1, 0, 2));
	assert_false(mm_fast_page_free(m, 0, 0, 2));			/* reserved */
	assert_false(mm_fast_page_free(m, m->layout.max_pfn, 0, 2));
	assert_false(mm_fast_page_free(m, MM_NO_PFN, 0, 2));
	assert_true(mm_fast_page_free(m, pfn, 0, 2));
	assert_false(mm_fast_page_free(m, pfn, 0, 3));		/* a second time */
	phys_set_use(m, pair, 1, PHYS_USE_KMALLOC, 8192);
	assert_false(mm_fast_page_free(m, pair, 0, 3));
	assert_int_equal(phys_check(m, &err), 0);
	destroy(m);
}

/* Every free list of a zone, in its order. */
static void same_lists(const struct mm_machine *a, const struct mm_machine *b, int zone)
{
	for (int o = 0; o < MM_MAX_ORDER; o++)
		for (int mt = 0; mt < MM_MIGRATE_TYPES; mt++) {
			const struct pfn_list *x = &a->phys->zone[zone].area[o].list[mt];
			const struct pfn_list *y = &b->phys->zone[zone].area[o].list[mt];
			pfn_t p = x->first, q = y->first;

			assert_int_equal(x->nr, y->nr);
			for (uint32_t i = 0; i < x->nr; i++) {
				assert_int_equal(p, q);
				p = a->phys->frame[p].next;
				q = b->phys->frame[q].next;
			}
		}
}

/* Several blocks taken at once are those that as many requests get, and leave what
 * these leave. */
static void some_are_as_many_single_ones(void **state)
{
	struct mm_machine *some = boot(256, 1, true, false), *single = boot(256, 1, true, false);
	struct zone *zs = &some->phys->zone[MM_ZONE_NORMAL], *zo = &single->phys->zone[MM_ZONE_NORMAL];
	static struct held held[1 << 16];
	uint32_t nr = 0, short_of = 0;
	uint64_t seed = 3;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		unsigned int order = draw(&seed) % 4, n = 1 + draw(&seed) % 70, mt = draw(&seed) % 3, want;
		pfn_t pfn[70], other;

		if (nr > 30000 || draw(&seed) % 2) {
			for (uint32_t i = 0; nr && i < n; i++) {
				uint32_t k = draw(&seed) % nr;

				buddy_free(some, zs, 0, held[k].pfn, held[k].order, mt, false);
				buddy_free(single, zo, 0, held[k].pfn, held[k].order, mt, false);
				held[k] = held[--nr];
			}
			continue;
		}
		want = n;
		n = buddy_take_some(some, zs, order, mt, n, pfn);
		short_of += n < want;
		for (uint32_t i = 0; i < n; i++) {
			other = buddy_take(single, zo, order, mt);
			assert_int_equal(pfn[i], other);
			some->phys->pstate[other] = single->phys->pstate[other] = PS_TAIL;
			held[nr++] = (struct held){ other, (uint8_t)order };
		}
		if (n < want)
			assert_int_equal(buddy_take(single, zo, order, mt), MM_NO_PFN);
		if (round % 100 == 0)
			same_lists(some, single, MM_ZONE_NORMAL);
	}
	same_lists(some, single, MM_ZONE_NORMAL);
	assert_int_equal(some->ev[MM_EV_SPLIT], single->ev[MM_EV_SPLIT]);
	assert_int_equal(some->ev[MM_EV_MERGE], single->ev[MM_EV_MERGE]);
	assert_int_equal(some->steps.n[MM_STEP_SPLIT], single->steps.n[MM_STEP_SPLIT]);
	assert_int_equal(some->steps.n[MM_STEP_TAKE_MISS], single->steps.n[MM_STEP_TAKE_MISS]);
	assert_true(short_of > 100);
	destroy(some);
	destroy(single);
}

static void check_finds_a_stale_need(void **state)
{
	struct mm_machine *m = boot(512, 1, true, false);
	struct mm_error err;

	(void)state;
	m->phys->zone[MM_ZONE_NORMAL].boost++;
	assert_int_equal(phys_check(m, &err), -EUCLEAN);
	assert_non_null(strstr(err.text, "needs more than"));
	destroy(m);
}

/* Frames before a machine's first memory are in no zone: there is no pageblock to look at. */
static void frames_before_memory(void **state)
{
	struct mm_machine *m = calloc(1, sizeof(*m));
	const struct mm_caller who = { .op = 1 };
	struct mm_error err;
	pfn_t pfn;

	(void)state;
	mm_config_init(&m->cfg);
	m->cfg.cpus = 1;
	m->cfg.nr_e820 = 1;
	m->cfg.e820[0] = (struct mm_e820){ .start = 64 << 20, .end = 256 << 20, .type = MM_E820_RAM };
	if (phys_create(m, &err))
		fail_msg("%s", err.text);
	phys_boot_finish(m);
	for (pfn = 0; pfn < (64 << 20) / 4096; pfn += 1024)
		assert_int_equal(phys_free_pages(m, &who, pfn, 0), MM_MISUSE);
	assert_int_equal(phys_check(m, &err), 0);
	destroy(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_cpu),
		cmocka_unit_test(several_cpus),
		cmocka_unit_test(lowmem_only),
		cmocka_unit_test(a_boosted_zone_is_not_below_its_mark),
		cmocka_unit_test(bad_frees_are_refused),
		cmocka_unit_test(frames_before_memory),
		cmocka_unit_test(some_are_as_many_single_ones),
		cmocka_unit_test(check_finds_a_stale_need),
	};

	return cmocka_run_group_tests_name("fast page paths", tests, NULL, NULL);
}
