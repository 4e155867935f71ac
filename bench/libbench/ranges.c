/* SPDX-License-Identifier: MIT
 *
 * Lists of arguments: the bounds of a range and, between them, the powers of a
 * multiplier (of both signs, and 0, where the range has them).
 */
#include "internal.h"

void list_add(struct int_list *l, int64_t value)
{
	l->v = bench_grow(l->v, l->n + 1, sizeof(*l->v));
	l->v[l->n++] = value;
}

/* The powers of the multiplier in [lo, hi], 0 < lo, growing. */
static void add_powers(struct int_list *l, int64_t lo, int64_t hi, int64_t multiplier)
{
	int64_t p = 1;

	while (p <= hi) {
		if (p >= lo)
			list_add(l, p);
		if (__builtin_mul_overflow(p, multiplier, &p))
			break;
	}
}

/* The negated powers in [lo, hi], INT64_MIN < lo and hi < 0, growing. */
static void add_negative_powers(struct int_list *l, int64_t lo, int64_t hi, int64_t multiplier)
{
	struct int_list powers = { NULL, 0 };

	add_powers(&powers, -hi, -lo, multiplier);
	while (powers.n)
		list_add(l, -powers.v[--powers.n]);
	free(powers.v);
}

void list_add_range(struct int_list *l, int64_t lo, int64_t hi, int64_t multiplier)
{
	if (multiplier < 2)
		bench_die("a range multiplier of %lld; at least 2 is needed", (long long)multiplier);
	if (hi < lo)
		bench_die("a range from %lld to %lld", (long long)lo, (long long)hi);
	list_add(l, lo);
	if (lo == hi)
		return;
	if (lo < hi - 1) {
		if (lo < -1)
			add_negative_powers(l, lo + 1, hi > -1 ? -1 : hi - 1, multiplier);
		if (lo < 0 && hi > 0)
			list_add(l, 0);
		if (hi > 1)
			add_powers(l, lo < 0 ? 1 : lo + 1, hi - 1, multiplier);
	}
	list_add(l, hi);
}
