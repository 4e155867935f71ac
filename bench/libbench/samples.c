/* SPDX-License-Identifier: MIT
 *
 * Times of single iterations: minimum, maximum and percentiles.
 *
 * Each iteration of a pass of its own is timed with the processor's time stamp
 * counter (elsewhere the monotonic clock) and kept; percentiles are then exact
 * ones of at most 100,000 iterations a thread (nearest rank), not a histogram's.
 * What reading the clock costs (the least of many empty intervals) is
 * subtracted.  Ticks become seconds by the monotonic clock over the same pass.
 */
#include <math.h>
#include <time.h>

#include "internal.h"

static uint64_t monotonic_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

static inline uint64_t ticks(void)
{
#if defined(__x86_64__) || defined(__i386__)
	return __builtin_ia32_rdtsc();
#else
	return monotonic_ns();
#endif
}

/* Ticks between two readings with nothing between them. */
static uint64_t own_cost(void)
{
	uint64_t least = UINT64_MAX;
	int i;

	for (i = 0; i < 1000; i++) {
		uint64_t a = ticks(), d = ticks() - a;

		if (d < least)
			least = d;
	}
	return least;
}

void samples_open(struct samples *s, bool manual)
{
	*s = (struct samples){ .tick = bench_alloc(SAMPLES_MAX * sizeof(*s->tick)), .manual = manual };
}

void samples_close(struct samples *s)
{
	free(s->tick);
}

void samples_begin(struct samples *s)
{
	/* Touched now, not in the iterations. */
	memset(s->tick, 1, SAMPLES_MAX * sizeof(*s->tick));
	s->begin_ns = monotonic_ns();
	s->begin_tick = ticks();
	s->last = ticks();
}

void samples_iteration(struct samples *s, double manual_seconds)
{
	uint64_t now = ticks(), d = now - s->last;

	if (s->manual)
		d = (uint64_t)((manual_seconds - s->last_manual) * 1e12);
	s->last_manual = manual_seconds;
	s->tick[s->n++] = d > s->paused ? d - s->paused : 0;
	s->paused = 0;
	s->last = ticks();
}

void samples_end(struct samples *s)
{
	s->end_tick = ticks();
	s->end_ns = monotonic_ns();
}

void samples_pause(struct samples *s)
{
	s->paused_at = ticks();
}

void samples_resume(struct samples *s)
{
	if (!s->manual)
		s->paused += ticks() - s->paused_at;
}

/* ---- percentiles ---- */

/* The next number of a list like "50,99.9"; its text too. */
static int next_percentile(const char **list, double *p, char name[16])
{
	const char *begin = *list;
	char *end;
	size_t n;

	if (!*begin)
		return 0;
	*p = strtod(begin, &end);
	n = (size_t)(end - begin);
	if (end == begin || n > 12 || (*end && *end != ',') || !(*p >= 0 && *p <= 100))
		return -1;
	snprintf(name, 16, "p%.*s", (int)n, begin);
	*list = *end ? end + 1 : end;
	return 1;
}

bool percentiles_check(const char *list)
{
	const char *at = list;
	char name[16];
	double p;
	int rc;

	while ((rc = next_percentile(&at, &p, name)) > 0)
		;
	if (rc < 0)
		fprintf(stderr, "--benchmark_percentiles: \"%s\": expected numbers from 0 to 100 and commas between\n",
			list);
	return !rc;
}

/* Seconds a tick, by the pass that a thread made. */
static double tick_seconds(const struct samples *s)
{
	double span = (double)(s->end_tick - s->begin_tick);

	if (s->manual)
		return 1e-12;
	return (double)(s->end_ns - s->begin_ns) * 1e-9 / (span > 0 ? span : 1);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

void samples_report(struct samples *s, int threads, struct counters *out)
{
	const char *at = bench_flags.percentile_list;
	uint64_t cost = s->manual ? 0 : own_cost();
	size_t n = 0, i;
	char name[16];
	double *v, p;
	int k;

	for (k = 0; k < threads; k++)
		n += s[k].n;
	if (!n)
		return;
	v = bench_alloc(n * sizeof(*v));
	n = 0;
	for (k = 0; k < threads; k++) {
		double second = tick_seconds(&s[k]);

		for (i = 0; i < s[k].n; i++)
			v[n++] = s[k].tick[i] > cost ? (double)(s[k].tick[i] - cost) * second : 0;
	}
	qsort(v, n, sizeof(*v), by_value);
	counters_set(out, "min", v[0], COUNTER_TIME);
	counters_set(out, "max", v[n - 1], COUNTER_TIME);
	while (next_percentile(&at, &p, name) > 0) {
		double rank = ceil(p / 100 * (double)n);

		counters_set(out, name, v[rank < 1 ? 0 : (size_t)rank - 1], COUNTER_TIME);
	}
	free(v);
}
