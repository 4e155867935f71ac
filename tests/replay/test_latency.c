/* SPDX-License-Identifier: MIT
 *
 * Latency of a replay: every operation is measured once and under the cause
 * that the machine's counters show, one in N is measured N times as rarely, and
 * measuring changes nothing of what the machine does.  The modelled cost depends
 * on none of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "replay/backend.h"
#include "replay/cost_sum.h"
#include "replay/machine_file.h"
#include "tests/replay/trace_help.h"

static int set_up(void **state)
{
	*state = tt_mkdir();
	return 0;
}

static int tear_down(void **state)
{
	tt_rmdir(*state);
	return 0;
}

/* Pages, objects and areas in waves: lists are refilled and drained, slabs are
 * made; one call a wave is bad, and one is not executed. */
static void write_trace(const char *dir, char path[200], unsigned int waves)
{
	struct tt t;

	tt_open(&t, dir, "latency.mmt");
	for (unsigned int w = 0; w < waves; w++) {
		uint32_t i;

		for (i = 0; i < 400; i++)
			TT(&t, TRACE_KMALLOC, i, .size = 64 + 8 * (i % 32), .gfp = MM_GFP_KERNEL);
		for (i = 400; i < 1300; i++)
			TT(&t, TRACE_PAGE_ALLOC, i, .order = (uint8_t)(i % 50 ? 0 : 5), .gfp = MM_GFP_KERNEL);
		TT(&t, TRACE_VMALLOC, 1400, .size = 40960, .gfp = MM_GFP_KERNEL);
		tt_bulk(&t, (struct trace_op){ .kind = TRACE_PAGE_BULK, .slot = NO, .gfp = MM_GFP_KERNEL,
					       .answer = TRACE_NO_ANSWER }, 1500, 8);
		tt_bulk(&t, (struct trace_op){ .kind = TRACE_KFREE_BULK, .slot = NO,
					       .answer = TRACE_NO_ANSWER }, 0, 30);
		for (i = 30; i < 400; i++)
			TT(&t, TRACE_KFREE, i);
		for (i = 400; i < 1300; i++)
			TT(&t, TRACE_PAGE_FREE, i, .order = (uint8_t)(i % 50 ? 0 : 5));
		for (i = 1500; i < 1508; i++)
			TT(&t, TRACE_PAGE_FREE, i);
		TT(&t, TRACE_VFREE, 1400);
		TT(&t, TRACE_KFREE, 5);			/* a second time */
		TT(&t, TRACE_KFREE, NO, .answer = 0xc1234560);	/* never allocated */
	}
	tt_close(&t);
	memcpy(path, t.path, 200);
}

struct outcome {
	struct backend_counts counts;
	uint64_t events[MM_NR_EVENTS];
};

/* Replay in steps of at most `step` operations. */
static struct outcome replay_with(const char *path, struct latency *l, struct cost_sum *cost, uint64_t step)
{
	struct mmt_read_options opt = { .no_answers = false };
	struct backend_stop stop = { UINT64_MAX, step };
	struct outcome o;
	struct mm_config cfg;
	struct mm_error err;
	const struct trace_op *op;
	struct mmt_reader *r = mmt_open(path, &opt, &err);
	struct backend_setup setup = { .machine = &cfg, .trace = r, .latency = l, .cost = cost };
	const struct backend_ops *sim = backend_find("sim", &err);
	struct backend *b;
	size_t n;

	assert_non_null(r);
	assert_int_equal(machine_file_read("x86_32-512m", &cfg, &err), 0);
	b = sim->open(&setup, &err);
	assert_non_null(b);
	while (mmt_next(r, &op, &n, &err) == 1)
		for (size_t pos = 0; pos < n;)
			if (sim->run(b, op, n, &pos, &stop) == BACKEND_OPERATIONS)
				stop.operations += step;
	if (l)
		latency_finish(l);
	o.counts = b->counts;
	memcpy(o.events, mm_events(sim->machine(b)), sizeof(o.events));
	sim->close(b);
	mmt_close(r);
	return o;
}

static struct outcome replay(const char *path, struct latency *l, uint64_t step)
{
	return replay_with(path, l, NULL, step);
}

static uint64_t measured(const struct latency *l, int kind, enum op_cause c)
{
	return hist_count(hists_at(&l->table, (uint8_t)kind, c));
}

static uint64_t measured_of_kind(const struct latency *l, int kind)
{
	uint64_t n = 0;

	for (int c = 0; c < NR_CAUSES; c++)
		n += measured(l, kind, (enum op_cause)c);
	return n;
}

static uint64_t measured_of_cause(const struct latency *l, enum op_cause c)
{
	struct histogram sum;

	hists_sum(&l->table, HISTS_ALL, (int)c, &sum);
	return hist_count(&sum);
}

static struct latency *new_latency(uint32_t every)
{
	struct mm_error err;
	struct latency *l = latency_new(every, &err);

	assert_non_null(l);
	return l;
}

/* Each operation once, also where the backend is stopped in between. */
static void test_all(void **state)
{
	struct latency *l = new_latency(1);
	struct outcome o;
	char path[200];

	write_trace(*state, path, 20);
	o = replay(path, l, 777);
	for (int k = 0; k <= TRACE_KIND_MAX; k++)
		if (o.counts.kind[k])
			assert_int_equal(measured_of_kind(l, k), o.counts.kind[k]);
	assert_true(l->ns_per_tick > 0.01 && l->ns_per_tick < 1000);
	latency_free(l);
}

static void test_causes(void **state)
{
	struct latency *l = new_latency(1);
	struct outcome o;
	char path[200];

	write_trace(*state, path, 20);
	o = replay(path, l, UINT64_MAX);
	/* An outcome that is not ok stands above everything else. */
	assert_int_equal(measured(l, TRACE_KFREE, CAUSE_MISUSE), 20);
	assert_int_equal(o.counts.outcome[MM_MISUSE][TRACE_KFREE], 20);
	assert_int_equal(measured(l, TRACE_KFREE, CAUSE_LEFT_OUT), 20);
	/* Slabs and lists of the counters: what stands higher may hide some. */
	assert_in_range(measured(l, TRACE_KMALLOC, CAUSE_NEW_SLAB), 1, o.events[MM_EV_SLAB_NEW]);
	assert_in_range(measured_of_cause(l, CAUSE_REFILL) + measured_of_cause(l, CAUSE_SPLIT), 1,
			o.events[MM_EV_PCP_REFILL] + o.events[MM_EV_BUDDY_ALLOC]);
	assert_in_range(measured(l, TRACE_PAGE_FREE, CAUSE_DRAIN), 1, o.events[MM_EV_PCP_DRAIN]);
	/* An order-5 block never comes from a list. */
	assert_true(measured(l, TRACE_PAGE_ALLOC, CAUSE_BUDDY) +
		    measured(l, TRACE_PAGE_ALLOC, CAUSE_SPLIT) >= 18 * 20);
	assert_true(measured(l, TRACE_PAGE_ALLOC, CAUSE_FAST) > 20 * 400);
	assert_int_equal(measured_of_cause(l, CAUSE_ANY), 0);
	latency_free(l);
}

/* The modelled cost is the same however the run is cut and whatever is measured,
 * and counts what was executed under the causes of the times. */
static void test_cost(void **state)
{
	struct latency *all = new_latency(1), *some = new_latency(7);
	struct mm_error err;
	struct cost_sum *cost[3] = { cost_sum_new(&err), cost_sum_new(&err), cost_sum_new(&err) };
	char path[200];

	write_trace(*state, path, 10);
	replay_with(path, NULL, cost[0], UINT64_MAX);
	replay_with(path, all, cost[1], 777);
	replay_with(path, some, cost[2], 10);
	for (int k = 0; k <= TRACE_KIND_MAX; k++)
		for (int c = 0; c < NR_CAUSES; c++) {
			const struct histogram *h = hists_at(&cost[0]->table, (uint8_t)k, (enum op_cause)c);

			for (int i = 1; i < 3; i++)
				assert_memory_equal(h, hists_at(&cost[i]->table, (uint8_t)k, (enum op_cause)c),
						    sizeof(*h));
			if (c != CAUSE_LEFT_OUT)
				assert_int_equal(hist_count(h), measured(all, k, (enum op_cause)c));
		}
	assert_int_equal(measured_of_cause(all, CAUSE_LEFT_OUT), 10);
	/* A refill of a batch costs more than a page from the list. */
	assert_true(hist_mean(hists_at(&cost[0]->table, TRACE_PAGE_ALLOC, CAUSE_SPLIT)) >
		    2 * hist_mean(hists_at(&cost[0]->table, TRACE_PAGE_ALLOC, CAUSE_FAST)));
	latency_free(all);
	latency_free(some);
	for (int i = 0; i < 3; i++)
		cost_sum_free(cost[i]);
}

/* Counts, outcomes and the machine's events do not depend on measuring. */
static void test_no_influence(void **state)
{
	static const uint32_t every[] = { 1, 2, 50 };
	struct mm_error err;
	struct cost_sum *cost = cost_sum_new(&err);
	struct outcome off, on;
	char path[200];

	write_trace(*state, path, 10);
	off = replay(path, NULL, UINT64_MAX);
	for (size_t i = 0; i < sizeof(every) / sizeof(every[0]); i++) {
		struct latency *l = new_latency(every[i]);

		on = replay(path, l, 1001);
		assert_memory_equal(&off, &on, sizeof(on));
		latency_free(l);
	}
	on = replay_with(path, NULL, cost, 1001);
	assert_memory_equal(&off, &on, sizeof(on));
	cost_sum_free(cost);
}

static uint64_t sample_of(const char *path, uint32_t every, uint64_t step, uint64_t kinds[2])
{
	struct latency *l = new_latency(every);
	struct outcome o = replay(path, l, step);
	uint64_t n = 0;

	for (int k = 0; k <= TRACE_KIND_MAX; k++)
		if (o.counts.kind[k])
			n += measured_of_kind(l, k);
	kinds[0] = measured_of_kind(l, TRACE_KMALLOC);
	kinds[1] = measured_of_kind(l, TRACE_KFREE);
	latency_free(l);
	return n;
}

/* One in N, the same ones in each run and however the run is cut into steps. */
static void test_sampled(void **state)
{
	uint64_t a[2], b[2], n, operations;
	char path[200];

	write_trace(*state, path, 100);
	operations = replay(path, NULL, UINT64_MAX).counts.operations;
	n = sample_of(path, 16, UINT64_MAX, a);
	/* some 16,000 distances of 1..31: mean 16, deviation of the mean of n some 0.1 */
	assert_in_range(n, operations * 95 / 1600, operations * 105 / 1600);
	assert_int_equal(sample_of(path, 16, 999, b), n);
	assert_memory_equal(a, b, sizeof(a));
	assert_true(a[0] > 0 && a[1] > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_all, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_causes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_no_influence, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_cost, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_sampled, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
