/* SPDX-License-Identifier: MIT
 * The timing wheel and the distributions against plain models. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "traces/synth/rng.h"
#include "traces/synth/wheel.h"

enum { ENTRIES = 300 };

/* Random puts and takes at times from nanoseconds to months: what is due comes
 * out, nothing else, ticks in order. */
static void test_wheel_against_model(void **state)
{
	struct wheel *w = malloc(sizeof(*w));
	uint64_t when[ENTRIES] = { 0 }, now = 0;
	bool in[ENTRIES] = { 0 };
	struct rng r;
	int i, round, e;

	(void)state;
	rng_seed(&r, 42);
	wheel_init(w);
	assert_int_equal(wheel_room(w, ENTRIES), 0);
	for (round = 0; round < 20000; round++) {
		uint64_t last = 0;
		uint32_t got;

		for (i = 0; i < 3; i++) {
			e = (int)rng_below(&r, ENTRIES);
			if (in[e])
				continue;
			when[e] = now + (rng_next(&r) >> (12 + rng_below(&r, 52)));
			in[e] = true;
			wheel_put(w, (uint32_t)e, when[e]);
		}
		now += rng_next(&r) >> (14 + rng_below(&r, 50));
		while ((got = wheel_take(w, now)) != WHEEL_NONE) {
			assert_in_range(got, 0, ENTRIES - 1);
			assert_true(in[got]);
			assert_true(when[got] >> WHEEL_SHIFT <= now >> WHEEL_SHIFT);
			assert_true(when[got] >> WHEEL_SHIFT >= last);
			last = when[got] >> WHEEL_SHIFT;
			in[got] = false;
		}
		for (i = 0; i < ENTRIES; i++)
			assert_false(in[i] && when[i] >> WHEEL_SHIFT <= now >> WHEEL_SHIFT);
	}
	wheel_free(w);
	free(w);
}

static void test_same_tick_in_order(void **state)
{
	struct wheel *w = malloc(sizeof(*w));
	uint32_t i;

	(void)state;
	wheel_init(w);
	assert_int_equal(wheel_room(w, 100), 0);
	for (i = 0; i < 100; i++)
		wheel_put(w, i, 5000000);
	assert_int_equal(wheel_take(w, 4000000), WHEEL_NONE);
	assert_true(wheel_next(w) <= 5000000);
	for (i = 0; i < 100; i++)
		assert_int_equal(wheel_take(w, 6000000), i);
	assert_int_equal(wheel_take(w, 6000000), WHEEL_NONE);
	assert_int_equal(wheel_next(w), UINT64_MAX);
	wheel_free(w);
	free(w);
}

/* The numbers are part of what makes traces reproducible: they may not change. */
static void test_rng_is_xoshiro(void **state)
{
	struct rng r = { { 1, 2, 3, 4 } };

	(void)state;
	/* The first outputs of the authors' code for this state. */
	assert_int_equal(rng_next(&r), 11520);
	assert_int_equal(rng_next(&r), 0);
	assert_int_equal(rng_next(&r), 1509978240);
	assert_int_equal(rng_next(&r), 1215971899390074240);
}

static void test_exponential(void **state)
{
	struct rng_exp *t = malloc(sizeof(*t));
	uint64_t sum = 0;
	struct rng r;
	int i, above = 0;

	(void)state;
	rng_exp_init(t);
	rng_seed(&r, 1);
	for (i = 0; i < 1000000; i++) {
		uint64_t v = rng_exp(&r, t, 100000);

		sum += v;
		above += v > 100000;
	}
	assert_in_range(sum / 1000000, 99000, 101000);
	assert_in_range(above, 362000, 374000);	/* 1/e */
	assert_true(t->q[0] > 7 << 16 && t->q[RNG_EXP - 1] < 100);
	free(t);
}

static void test_alias(void **state)
{
	static const uint64_t weight[] = { 0, 1, 10, 0, 100, 1000, 3 };
	uint64_t seen[7] = { 0 };
	struct rng_alias a;
	struct rng r;
	int i;

	(void)state;
	rng_seed(&r, 9);
	assert_int_equal(rng_alias_init(&a, weight, 7), 0);
	for (i = 0; i < 1114000; i++)
		seen[rng_alias_draw(&r, &a)]++;
	for (i = 0; i < 7; i++)
		assert_in_range(seen[i], weight[i] * 1000 * 9 / 10, weight[i] * 1000 * 11 / 10);
	rng_alias_free(&a);
	assert_int_not_equal(rng_alias_init(&a, (const uint64_t[]){ 0, 0 }, 2), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wheel_against_model),
		cmocka_unit_test(test_same_tick_in_order),
		cmocka_unit_test(test_rng_is_xoshiro),
		cmocka_unit_test(test_exponential),
		cmocka_unit_test(test_alias),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
