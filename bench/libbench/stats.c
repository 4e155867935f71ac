/* SPDX-License-Identifier: MIT
 *
 * Aggregates over the repetitions of one benchmark: mean, median, standard
 * deviation (of the sample, about the mean: no cancellation), coefficient of
 * variation, and the family's own.  Times and counters alike.
 */
#include <math.h>

#include "internal.h"

double stat_mean(const double *v, size_t n)
{
	double sum = 0;
	size_t i;

	for (i = 0; i < n; i++)
		sum += v[i];
	return n ? sum / (double)n : 0;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double stat_median(const double *v, size_t n)
{
	double *sorted, m;

	if (n < 3)
		return stat_mean(v, n);
	sorted = bench_alloc(n * sizeof(*sorted));
	memcpy(sorted, v, n * sizeof(*v));
	qsort(sorted, n, sizeof(*sorted), by_value);
	m = n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
	free(sorted);
	return m;
}

/* About the first value, so that equal values have exactly no deviation. */
double stat_stddev(const double *v, size_t n)
{
	double mean = 0, sum = 0;
	size_t i;

	if (n < 2)
		return 0;
	for (i = 0; i < n; i++)
		mean += (v[i] - v[0]) / (double)n;
	for (i = 0; i < n; i++)
		sum += (v[i] - v[0] - mean) * (v[i] - v[0] - mean);
	return sqrt(sum / (double)(n - 1));
}

/* Values that are all 0 do not vary. */
double stat_cv(const double *v, size_t n)
{
	double mean = stat_mean(v, n), deviation = stat_stddev(v, n);

	return mean == 0 && deviation == 0 ? 0 : deviation / mean;
}

/* The values of a counter in all runs that count. */
static size_t counter_values(const struct runs *runs, const char *name, double *v)
{
	size_t n = 0, i;

	for (i = 0; i < runs->n; i++) {
		const struct counter *c = runs->r[i].skip ? NULL :
					  counters_find(&runs->r[i].counters, name);

		if (c)
			v[n++] = c->value;
	}
	return n;
}

static const char *common_label(const struct runs *runs)
{
	const char *label = runs->r[0].label;
	size_t i;

	for (i = 1; label && i < runs->n; i++)
		if (!runs->r[i].label || strcmp(label, runs->r[i].label))
			return NULL;
	return label;
}

static void add_aggregate(const struct runs *runs, const struct statistic *stat,
			  const struct counters *names, double *v, struct runs *out)
{
	const struct run *first = &runs->r[0];
	const char *label = common_label(runs);
	struct run *to = runs_add(out);
	/* Times are of all iterations of a repetition; the aggregate's are
	 * reported by repetition. */
	double scale = stat->percentage || !first->iterations ? 1 :
		       (double)runs->n / (double)first->iterations;
	size_t n = 0, i;

	to->of = first->of;
	to->unit = first->unit;
	to->run_name = bench_strdup(first->run_name);
	to->aggregate = stat->name;
	to->percentage = stat->percentage;
	to->label = label ? bench_strdup(label) : NULL;
	to->iterations = runs->n;
	to->repetitions = first->repetitions;
	to->threads = first->threads;
	for (i = 0; i < runs->n; i++)
		if (!runs->r[i].skip)
			v[n++] = runs->r[i].real;
	to->real = stat->fn(v, n) * scale;
	for (n = i = 0; i < runs->n; i++)
		if (!runs->r[i].skip)
			v[n++] = runs->r[i].cpu;
	to->cpu = stat->fn(v, n) * scale;
	for (i = 0; i < names->n; i++) {
		n = counter_values(runs, names->c[i].name, v);
		counters_set(&to->counters, names->c[i].name, stat->fn(v, n), names->c[i].flags);
	}
}

void stats_compute(const struct runs *runs, struct runs *out)
{
	struct counters names = { NULL, 0 };
	const struct bench *b;
	size_t count = 0, i;
	double *v;

	for (i = 0; i < runs->n; i++) {
		count += !runs->r[i].skip;
		counters_add(&names, &runs->r[i].counters);
	}
	if (count >= 2) {
		v = bench_alloc(runs->n * sizeof(*v));
		b = runs->r[0].of->b;
		for (i = 0; i < b->n_stats; i++)
			add_aggregate(runs, &b->stat[i], &names, v, out);
		free(v);
	}
	counters_free(&names);
}
