/* SPDX-License-Identifier: MIT
 * Every profile: same seed, same operations; another seed, others; every slot
 * used rightly; exactly the length asked for; and for each what it is for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/synth/synth_help.h"

#define SET(...) ((const char *const[]){ __VA_ARGS__, NULL })

static struct follow follow(const char *profile, uint64_t operations, const char *const *settings)
{
	struct mm_error err = { 0 };
	const struct synth_profile *p = synth_find(profile, &err);
	struct follow f;

	if (!p)
		fail_msg("%s", err.text);
	follow_profile(&f, p, 7, operations, settings);
	return f;
}

static void test_all_reproducible(void **state)
{
	const struct synth_profile *p;
	size_t i;

	(void)state;
	for (i = 0; (p = synth_profile_at(i)); i++) {
		struct follow a, b, c;

		follow_profile(&a, p, 1, 30000, NULL);
		follow_profile(&b, p, 1, 30000, NULL);
		follow_profile(&c, p, 2, 30000, NULL);
		assert_int_equal(a.operations, 30000);
		if (a.hash != b.hash)
			fail_msg("%s: the same seed gave other operations", p->name);
		if (a.hash == c.hash)
			fail_msg("%s: the seed has no effect", p->name);
	}
	assert_true(i >= 4);
}

/* What is live does not grow with the length (frag-adversary fills memory by
 * intent, up to ram): after ten times the default at most what fits a machine. */
static void test_all_bounded(void **state)
{
	const struct synth_profile *p;
	size_t i;

	(void)state;
	for (i = 0; (p = synth_profile_at(i)); i++) {
		struct follow f;

		follow_profile(&f, p, 3, 600000, NULL);
		if (f.most_live > 400000 || f.most_pages > 500000)
			fail_msg("%s: %llu objects, %llu pages live", p->name,
				 (unsigned long long)f.most_live, (unsigned long long)f.most_pages);
	}
}

static void test_tables_complete(void **state)
{
	const struct synth_profile *p;
	char buf[SYNTH_TEXT];
	size_t i, j;

	(void)state;
	for (i = 0; (p = synth_profile_at(i)); i++) {
		assert_true(*p->about && *p->stresses && *p->source && *p->machine);
		assert_true(p->operations && p->rate);
		for (j = 0; p->params[j].name; j++) {
			const struct synth_param *t = &p->params[j];
			char setting[128];
			struct follow f;

			assert_true(j < SYNTH_PARAMS_MAX);
			assert_true(t->unit == SYNTH_CHOICE || (t->min <= t->value && t->value <= t->max));
			/* A default as it is printed may be given. */
			snprintf(setting, sizeof(setting), "%s=%s", t->name, synth_value(buf, t, t->value));
			follow_profile(&f, p, 1, 10, SET(setting));
		}
	}
}

static void test_times(void **state)
{
	uint64_t ns = 0;

	(void)state;
	assert_int_equal(synth_time("250ms", &ns), 0);
	assert_int_equal(ns, 250000000);
	assert_int_equal(synth_time("2w", &ns), 0);
	assert_int_equal(ns, 1209600000000000);
	assert_int_not_equal(synth_time("5", &ns), 0);
	assert_int_not_equal(synth_time("-5s", &ns), 0);
	assert_int_not_equal(synth_time("999999999999w", &ns), 0);
	assert_int_not_equal(synth_time("5parsecs", &ns), 0);
}

static void test_pkmap_storm(void **state)
{
	static const char *const modes[] = { "mode=full", "mode=waiters", "mode=leak" };
	struct follow f;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		f = follow("pkmap-storm", 300000, SET(modes[i]));
		assert_int_equal(f.most_mapped, 1024);
		assert_true(f.by_kind[TRACE_KMAP] > f.by_kind[TRACE_KUNMAP]);
	}
	f = follow("pkmap-storm", 50000, SET("held=64"));
	assert_in_range(f.most_mapped, 64, 65);
}

static void test_net_rx(void **state)
{
	struct follow f = follow("net-rx", 100000, NULL);

	(void)state;
	assert_true(f.by_order[3] > 1000);
	assert_int_equal(f.by_order[3], f.by_kind[TRACE_PAGE_ALLOC]);
	/* Packets that nobody reads pin blocks. */
	assert_true(f.most_pages > follow("net-rx", 100000, SET("slow=0")).most_pages * 3 / 2);
}

static void test_frag_adversary(void **state)
{
	static const char *const ways[] = { "way=every-other", "way=random-half", "way=sprinkle", "way=fragments" };
	unsigned int order;
	struct follow f;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		f = follow("frag-adversary", 60000, SET(ways[i], "ram=16M", "sprinkled=500"));
		for (order = 1; order <= 10; order++)
			assert_true(f.by_order[order] > 0);
		assert_true(f.most_pages >= 4096);
	}
}

static void test_modules(void **state)
{
	struct follow f = follow("modules", 20000, SET("resident=10"));

	(void)state;
	assert_int_equal(f.by_kind[TRACE_IOREMAP], 64);
	assert_true(f.by_kind[TRACE_VMALLOC] > 5000);
	assert_true(f.most_live < 100);
}

static void test_highmem_cache(void **state)
{
	struct follow f = follow("highmem-cache", 100000, SET("ram=8M", "map=kmap"));

	(void)state;
	assert_int_equal(f.most_pages, 2048);
	assert_in_range(f.most_mapped, 2, 2);
	assert_int_equal(f.mapped, 0);
	f = follow("highmem-cache", 100000, SET("ram=8M"));
	assert_true(f.by_kind[TRACE_KMAP_LOCAL] > 20000);
}

static void test_processes(void **state)
{
	struct follow f = follow("process-churn", 200000, SET("processes=4"));

	(void)state;
	assert_true(f.by_order[1] > 10);
	assert_true(f.most_pages < 4 * 6100);
	f = follow("process-churn", 200000, SET("user=mmap"));
	assert_true(f.by_kind[TRACE_TOUCH] > 150000 && f.by_kind[TRACE_EXIT] > 10);
	f = follow("swap-thrash", 200000, SET("ram=16M"));
	/* Resident pages at the limit, beside them page tables and stacks. */
	assert_in_range(f.most_pages, 4096, 4096 + 200);
	assert_true(f.by_kind[TRACE_PAGE_FREE] > 50000);
	f = follow("swap-thrash", 50000, SET("user=mmap"));
	assert_true(f.by_kind[TRACE_TOUCH] > 49000);
}

static void test_slab_heavy(void **state)
{
	static const char *const orders[] = { "order=random", "order=oldest", "order=newest" };
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		struct follow f = follow("slab-heavy", 200000, SET("files=5000", orders[i]));

		/* Dentry, inode, blob, and one name at a time; open files apart. */
		assert_in_range(f.most_live, 15000, 15400);
		assert_true(f.by_kind[TRACE_CACHE_FREE] > 20000);
	}
}

static void test_vmalloc_tests(void **state)
{
	struct follow f = follow("vmalloc-tests", 200000, NULL);

	(void)state;
	assert_true(f.by_kind[TRACE_VMALLOC] > 30000);
	assert_true(f.by_kind[TRACE_IOREMAP] >= 6000);
	assert_true(f.by_kind[TRACE_VM_MAP_RAM] >= 2000);
	f = follow("vmalloc-tests", 50000, SET("test=long-busy-list", "busy=1000"));
	assert_int_equal(f.most_live, 1002);
	f = follow("vmalloc-tests", 50000, SET("test=align-shift"));
	assert_int_equal(f.by_kind[TRACE_IOREMAP], 25000);
}

static void test_router_runs_for_weeks(void **state)
{
	struct follow f = follow("router", 3000000, NULL);

	(void)state;
	assert_true(f.last_time > 14 * 86400000000000ull);
	assert_true(f.most_pages < 9000 && f.by_order[3] > 1000);
}

static void test_mix(void **state)
{
	struct follow f = follow("mix", 300000, NULL);

	(void)state;
	assert_true(f.by_kind[TRACE_KMAP_LOCAL] && f.by_kind[TRACE_VMALLOC] && f.by_kind[TRACE_KMALLOC]);
	assert_true(f.by_order[0] && f.by_order[1] && f.by_order[3]);
	f = follow("mix", 50000, SET("modules=0", "net-rx=0"));
	assert_int_equal(f.by_kind[TRACE_VMALLOC], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_reproducible),
		cmocka_unit_test(test_all_bounded),
		cmocka_unit_test(test_tables_complete),
		cmocka_unit_test(test_times),
		cmocka_unit_test(test_pkmap_storm),
		cmocka_unit_test(test_net_rx),
		cmocka_unit_test(test_frag_adversary),
		cmocka_unit_test(test_modules),
		cmocka_unit_test(test_highmem_cache),
		cmocka_unit_test(test_processes),
		cmocka_unit_test(test_slab_heavy),
		cmocka_unit_test(test_vmalloc_tests),
		cmocka_unit_test(test_router_runs_for_weeks),
		cmocka_unit_test(test_mix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
