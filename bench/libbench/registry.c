/* SPDX-License-Identifier: MIT
 *
 * Families as they are registered, with everything that is set for them.
 */
#include <inttypes.h>
#include <unistd.h>

#include "internal.h"

struct registry bench_registry;

enum { RANGE_MULTIPLIER = 8 };

/* ---- families ---- */

static struct bench *add_statistic(struct bench *b, const char *name, bench_statistic_fn *fn,
				   bool percentage)
{
	b->stat = bench_grow(b->stat, b->n_stats + 1, sizeof(*b->stat));
	b->stat[b->n_stats++] = (struct statistic){ bench_strdup(name), fn, percentage };
	return b;
}

struct bench *bench_register(const char *name, bench_fn *fn)
{
	struct registry *r = &bench_registry;
	struct bench *b = bench_alloc(sizeof(*b));

	b->name = bench_strdup(name);
	b->fn = fn;
	b->multiplier = RANGE_MULTIPLIER;
	add_statistic(b, "mean", stat_mean, false);
	add_statistic(b, "median", stat_median, false);
	add_statistic(b, "stddev", stat_stddev, false);
	add_statistic(b, "cv", stat_cv, true);
	r->b = bench_grow(r->b, r->n + 1, sizeof(*r->b));
	r->b[r->n++] = b;
	return b;
}

static void family_free(struct bench *b)
{
	size_t i;

	for (i = 0; i < b->n_arg_names; i++)
		free(b->arg_names[i]);
	for (i = 0; i < b->n_stats; i++)
		free(b->stat[i].name);
	free(b->arg_names);
	free(b->stat);
	free(b->threads.v);
	free(b->args);
	free(b->name);
	free(b);
}

void bench_reset(void)
{
	struct registry *r = &bench_registry;
	size_t i;

	for (i = 0; i < r->n; i++)
		family_free(r->b[i]);
	for (i = 0; i < r->n_context; i++) {
		free(r->context[i].key);
		free(r->context[i].value);
	}
	free(r->b);
	free(r->context);
	*r = (struct registry){ 0 };
}

bool bench_add_context(const char *key, const char *value)
{
	struct registry *r = &bench_registry;
	size_t i, at = r->n_context;

	for (i = 0; i < r->n_context; i++) {
		int d = strcmp(r->context[i].key, key);

		if (!d)
			return false;
		if (d > 0 && i < at)
			at = i;
	}
	r->context = bench_grow(r->context, r->n_context + 1, sizeof(*r->context));
	memmove(r->context + at + 1, r->context + at, (r->n_context - at) * sizeof(*r->context));
	r->context[at] = (struct pair){ bench_strdup(key), bench_strdup(value) };
	r->n_context++;
	return true;
}

struct bench *bench_name(struct bench *b, const char *name)
{
	free(b->name);
	b->name = bench_strdup(name);
	return b;
}

struct bench *bench_set_data(struct bench *b, void *data)
{
	b->data = data;
	return b;
}

/* ---- arguments ---- */

struct bench *bench_add_args(struct bench *b, unsigned int n, const int64_t *values)
{
	if (b->has_args && b->n_args != n)
		bench_die("%s: a set of %u arguments after sets of %u", b->name, n, b->n_args);
	b->has_args = true;
	b->n_args = n;
	b->args = bench_grow(b->args, (b->n_sets + 1) * n, sizeof(*b->args));
	if (n)
		memcpy(b->args + b->n_sets * n, values, n * sizeof(*values));
	b->n_sets++;
	return b;
}

struct bench *bench_add_arg(struct bench *b, int64_t value)
{
	return bench_add_args(b, 1, &value);
}

static struct bench *add_list(struct bench *b, struct int_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		bench_add_arg(b, l->v[i]);
	free(l->v);
	return b;
}

struct bench *bench_add_range(struct bench *b, int64_t lo, int64_t hi)
{
	struct int_list l = { NULL, 0 };

	list_add_range(&l, lo, hi, b->multiplier);
	return add_list(b, &l);
}

struct bench *bench_range_multiplier(struct bench *b, int multiplier)
{
	if (multiplier < 2)
		bench_die("%s: a range multiplier of %d; at least 2 is needed", b->name, multiplier);
	b->multiplier = multiplier;
	return b;
}

struct bench *bench_add_dense_range(struct bench *b, int64_t lo, int64_t hi, int64_t step)
{
	int64_t v = lo;

	if (hi < lo || step < 1)
		bench_die("%s: a dense range from %" PRId64 " to %" PRId64 " by %" PRId64, b->name,
			  lo, hi, step);
	do {
		bench_add_arg(b, v);
	} while (!__builtin_add_overflow(v, step, &v) && v <= hi);
	return b;
}

struct bench *bench_add_product(struct bench *b, unsigned int n, const struct bench_list *lists)
{
	size_t *at = bench_alloc(n * sizeof(*at));
	int64_t *values = bench_alloc(n * sizeof(*values));
	unsigned int k;

	for (k = 0; k < n; k++)
		if (!lists[k].n)
			bench_die("%s: list %u of a product is empty", b->name, k);
	do {
		for (k = 0; k < n; k++)
			values[k] = lists[k].values[at[k]];
		bench_add_args(b, n, values);
		for (k = 0; k < n && ++at[k] == lists[k].n; k++)
			at[k] = 0;
	} while (k < n);
	free(at);
	free(values);
	return b;
}

struct bench *bench_add_ranges(struct bench *b, unsigned int n, const struct bench_range *ranges)
{
	struct int_list *l = bench_alloc(n * sizeof(*l));
	struct bench_list *lists = bench_alloc(n * sizeof(*lists));
	unsigned int k;

	for (k = 0; k < n; k++) {
		list_add_range(&l[k], ranges[k].lo, ranges[k].hi, b->multiplier);
		lists[k] = (struct bench_list){ l[k].v, l[k].n };
	}
	bench_add_product(b, n, lists);
	for (k = 0; k < n; k++)
		free(l[k].v);
	free(l);
	free(lists);
	return b;
}

struct bench *bench_arg_names(struct bench *b, unsigned int n, const char *const *names)
{
	unsigned int i;

	for (i = 0; i < b->n_arg_names; i++)
		free(b->arg_names[i]);
	b->arg_names = bench_grow(b->arg_names, n, sizeof(*b->arg_names));
	for (i = 0; i < n; i++)
		b->arg_names[i] = bench_strdup(names[i]);
	b->n_arg_names = n;
	return b;
}

/* ---- threads ---- */

struct bench *bench_threads(struct bench *b, int n)
{
	if (n < 1)
		bench_die("%s: %d threads", b->name, n);
	list_add(&b->threads, n);
	return b;
}

struct bench *bench_thread_range(struct bench *b, int lo, int hi)
{
	if (lo < 1)
		bench_die("%s: %d threads", b->name, lo);
	list_add_range(&b->threads, lo, hi, 2);
	return b;
}

/* Unlike a dense range of arguments, this one always ends with hi. */
struct bench *bench_dense_thread_range(struct bench *b, int lo, int hi, int step)
{
	int n;

	if (lo < 1 || hi < lo || step < 1)
		bench_die("%s: threads from %d to %d by %d", b->name, lo, hi, step);
	for (n = lo; n < hi; n += step)
		list_add(&b->threads, n);
	list_add(&b->threads, hi);
	return b;
}

struct bench *bench_thread_per_cpu(struct bench *b)
{
	return bench_threads(b, (int)sysconf(_SC_NPROCESSORS_ONLN));
}

/* ---- properties ---- */

struct bench *bench_set_unit(struct bench *b, enum bench_unit unit)
{
	b->unit = unit;
	b->unit_set = true;
	return b;
}

struct bench *bench_min_time(struct bench *b, double seconds)
{
	if (!(seconds > 0) || b->iterations)
		bench_die("%s: a minimum time of %g s with %llu iterations", b->name, seconds,
			  (unsigned long long)b->iterations);
	b->min_time = seconds;
	return b;
}

struct bench *bench_min_warmup_time(struct bench *b, double seconds)
{
	if (!(seconds >= 0) || b->iterations)
		bench_die("%s: a warm-up of %g s with %llu iterations", b->name, seconds,
			  (unsigned long long)b->iterations);
	b->min_warmup_time = seconds;
	return b;
}

struct bench *bench_set_iterations(struct bench *b, uint64_t n)
{
	if (!n || b->min_time > 0 || b->min_warmup_time > 0)
		bench_die("%s: %llu iterations with a minimum time", b->name, (unsigned long long)n);
	b->iterations = n;
	return b;
}

struct bench *bench_repetitions(struct bench *b, int n)
{
	if (n < 1)
		bench_die("%s: %d repetitions", b->name, n);
	b->repetitions = n;
	return b;
}

struct bench *bench_report_aggregates_only(struct bench *b, bool on)
{
	b->aggregates_set = true;
	b->report_aggregates_only = b->display_aggregates_only = on;
	return b;
}

struct bench *bench_display_aggregates_only(struct bench *b, bool on)
{
	b->aggregates_set = true;
	b->display_aggregates_only = on;
	return b;
}

struct bench *bench_real_time(struct bench *b)
{
	if (b->manual_time)
		bench_die("%s: both real time and manual time", b->name);
	b->real_time = true;
	return b;
}

struct bench *bench_manual_time(struct bench *b)
{
	if (b->real_time)
		bench_die("%s: both real time and manual time", b->name);
	b->manual_time = true;
	return b;
}

struct bench *bench_process_time(struct bench *b)
{
	b->process_time = true;
	return b;
}

struct bench *bench_percentiles(struct bench *b)
{
	b->percentiles = true;
	return b;
}

struct bench *bench_setup(struct bench *b, bench_fn *setup, bench_fn *teardown)
{
	b->setup = setup;
	b->teardown = teardown;
	return b;
}

struct bench *bench_fixture(struct bench *b, bench_fn *setup, bench_fn *teardown)
{
	b->fixture_begin = setup;
	b->fixture_end = teardown;
	return b;
}

struct bench *bench_complexity(struct bench *b, enum bench_big_o o)
{
	b->complexity = o;
	return b;
}

struct bench *bench_complexity_fn(struct bench *b, double (*fn)(int64_t n))
{
	b->complexity = BENCH_O_FUNCTION;
	b->complexity_fn = fn;
	return b;
}

struct bench *bench_statistic(struct bench *b, const char *name, bench_statistic_fn *fn,
			      bool percentage)
{
	return add_statistic(b, name, fn, percentage);
}
