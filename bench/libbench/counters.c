/* SPDX-License-Identifier: MIT
 *
 * A run's counters: a set sorted by name, as they are reported.  Sets are small
 * (a handful), so an array with binary insertion beats any tree.
 */
#include "internal.h"

static size_t position(const struct counters *set, const char *name, bool *found)
{
	size_t lo = 0, hi = set->n;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		int d = strcmp(set->c[mid].name, name);

		if (!d) {
			*found = true;
			return mid;
		}
		if (d < 0)
			lo = mid + 1;
		else
			hi = mid;
	}
	*found = false;
	return lo;
}

struct counter *counters_find(const struct counters *set, const char *name)
{
	bool found;
	size_t i = position(set, name, &found);

	return found ? &set->c[i] : NULL;
}

void counters_set(struct counters *set, const char *name, double value, unsigned int flags)
{
	bool found;
	size_t i = position(set, name, &found);

	if (!found) {
		set->c = bench_grow(set->c, set->n + 1, sizeof(*set->c));
		memmove(set->c + i + 1, set->c + i, (set->n - i) * sizeof(*set->c));
		set->c[i].name = bench_strdup(name);
		set->n++;
	}
	set->c[i].value = value;
	set->c[i].flags = flags;
}

void counters_add(struct counters *to, const struct counters *from)
{
	size_t i;

	for (i = 0; i < from->n; i++) {
		struct counter *c = counters_find(to, from->c[i].name);

		if (c)
			c->value += from->c[i].value;
		else
			counters_set(to, from->c[i].name, from->c[i].value, from->c[i].flags);
	}
}

void counters_finish(struct counters *set, uint64_t iterations, double seconds, int threads)
{
	size_t i;

	for (i = 0; i < set->n; i++) {
		struct counter *c = &set->c[i];

		if (c->flags & BENCH_RATE)
			c->value /= seconds;
		if (c->flags & BENCH_AVG_THREADS)
			c->value /= threads;
		if (c->flags & BENCH_ITERATION_INVARIANT)
			c->value *= (double)iterations;
		if (c->flags & BENCH_AVG_ITERATIONS)
			c->value /= (double)iterations;
		if (c->flags & BENCH_INVERT)
			c->value = 1 / c->value;
	}
}

bool counters_same_names(const struct counters *a, const struct counters *b)
{
	size_t i;

	if (a->n != b->n)
		return false;
	for (i = 0; i < a->n; i++)
		if (strcmp(a->c[i].name, b->c[i].name))
			return false;
	return true;
}

void counters_copy(struct counters *to, const struct counters *from)
{
	size_t i;

	counters_free(to);
	for (i = 0; i < from->n; i++)
		counters_set(to, from->c[i].name, from->c[i].value, from->c[i].flags);
}

void counters_free(struct counters *set)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		free(set->c[i].name);
	free(set->c);
	*set = (struct counters){ NULL, 0 };
}
