/* SPDX-License-Identifier: MIT
 *
 * How a family's time grows with N: least squares fit of time = c * f(N), where
 * c = sum(t f) / sum(f f), and the root mean square of what remains, relative to
 * the mean time.  BENCH_O_AUTO takes the f with the least remainder.  The
 * coefficient is in the unit of --benchmark_time_unit whatever the family's
 * (Google Benchmark's way).
 */
#include <math.h>

#include "internal.h"

static double f_1(int64_t n)
{
	(void)n;
	return 1;
}

static double f_n(int64_t n)
{
	return (double)n;
}

static double f_n_squared(int64_t n)
{
	return (double)n * (double)n;
}

static double f_n_cubed(int64_t n)
{
	return (double)n * (double)n * (double)n;
}

static double f_log_n(int64_t n)
{
	return log2((double)n);
}

static double f_n_log_n(int64_t n)
{
	return (double)n * log2((double)n);
}

typedef double curve_fn(int64_t n);

static const struct {
	curve_fn *fn;
	const char *name;
} curve[] = {
	[BENCH_O_NONE] = { NULL, "" },
	[BENCH_O_1] = { f_1, "(1)" },
	[BENCH_O_N] = { f_n, "N" },
	[BENCH_O_N_SQUARED] = { f_n_squared, "N^2" },
	[BENCH_O_N_CUBED] = { f_n_cubed, "N^3" },
	[BENCH_O_LOG_N] = { f_log_n, "lgN" },
	[BENCH_O_N_LOG_N] = { f_n_log_n, "NlgN" },
	[BENCH_O_AUTO] = { NULL, "f(N)" },
	[BENCH_O_FUNCTION] = { NULL, "f(N)" },
};

const char *complexity_name(enum bench_big_o o)
{
	return curve[o].name;
}

struct fit {
	double coefficient, rms;
	enum bench_big_o curve;
};

static struct fit fit_one(const int64_t *n, const double *time, size_t count, curve_fn *f)
{
	double ff = 0, ft = 0, sum = 0, rest = 0;
	struct fit fit = { 0, 0, BENCH_O_FUNCTION };
	size_t i;

	for (i = 0; i < count; i++) {
		double fn = f(n[i]);

		ff += fn * fn;
		ft += fn * time[i];
		sum += time[i];
	}
	fit.coefficient = ft / ff;
	for (i = 0; i < count; i++) {
		double d = time[i] - fit.coefficient * f(n[i]);

		rest += d * d;
	}
	fit.rms = sqrt(rest / (double)count) / (sum / (double)count);
	return fit;
}

static struct fit fit_best(const int64_t *n, const double *time, size_t count, enum bench_big_o o,
			   curve_fn *own)
{
	static const enum bench_big_o all[] = { BENCH_O_LOG_N, BENCH_O_N, BENCH_O_N_LOG_N,
						BENCH_O_N_SQUARED, BENCH_O_N_CUBED };
	struct fit best = fit_one(n, time, count, o == BENCH_O_AUTO ? f_1 :
				  o == BENCH_O_FUNCTION ? own : curve[o].fn);
	size_t i;

	best.curve = o == BENCH_O_AUTO ? BENCH_O_1 : o;
	for (i = 0; o == BENCH_O_AUTO && i < sizeof(all) / sizeof(*all); i++) {
		struct fit fit = fit_one(n, time, count, curve[all[i]].fn);

		if (fit.rms < best.rms) {
			best = fit;
			best.curve = all[i];
		}
	}
	return best;
}

static struct run *add_row(struct runs *out, const struct run *first, const char *name)
{
	struct run *r = runs_add(out);

	r->of = first->of;
	r->unit = bench_flags.default_unit;
	r->run_name = bench_strdup(first->of->family_name);
	r->aggregate = name;
	r->label = first->label ? bench_strdup(first->label) : NULL;
	r->repetitions = first->repetitions;
	r->threads = first->threads;
	return r;
}

void complexity_compute(const struct run *const *runs, size_t count, struct runs *out)
{
	const struct run *first = count ? runs[0] : NULL;
	struct fit cpu, real;
	double *time;
	struct run *row;
	int64_t *n;
	size_t i;

	if (count < 2)
		return;
	for (i = 0; i < count; i++)
		if (runs[i]->complexity_n <= 0)
			bench_die("%s: bench_complexity() without bench_set_complexity_n()",
				  runs[i]->run_name);
	n = bench_alloc(count * sizeof(*n));
	time = bench_alloc(count * sizeof(*time));
	for (i = 0; i < count; i++) {
		n[i] = runs[i]->complexity_n;
		time[i] = runs[i]->cpu / (double)runs[i]->iterations;
	}
	cpu = fit_best(n, time, count, first->complexity, first->of->b->complexity_fn);
	for (i = 0; i < count; i++)
		time[i] = runs[i]->real / (double)runs[i]->iterations;
	real = fit_best(n, time, count, cpu.curve, first->of->b->complexity_fn);
	free(n);
	free(time);

	row = add_row(out, first, "BigO");
	row->big_o = true;
	row->complexity = cpu.curve;
	row->cpu = cpu.coefficient;
	row->real = real.coefficient;
	row = add_row(out, first, "RMS");
	row->rms = row->percentage = true;
	row->complexity = cpu.curve;
	row->cpu = cpu.rms;
	row->real = real.rms;
}
