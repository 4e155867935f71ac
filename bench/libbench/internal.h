/* SPDX-License-Identifier: MIT
 *
 * libbench's own header: what its files know of each other.  Data goes one way:
 *
 *	registry.c  families -> instances (one a benchmark, with its full name)
 *	runner.c    instance -> runs (state.c and perf.c measure, counters.c finishes)
 *	stats.c, complexity.c  runs -> aggregate runs
 *	report_*.c  runs -> text
 *	thresholds.c  runs -> exit status
 */
#ifndef BENCH_INTERNAL_H
#define BENCH_INTERNAL_H

#include <pthread.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"

/* ---- memory and text (text.c): both end the program when they cannot ---- */

void bench_die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));
void *bench_alloc(size_t size);			/* zeroed */
void *bench_grow(void *array, size_t n, size_t size);
char *bench_strdup(const char *text);
char *bench_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* *text += format; *text may be NULL. */
void bench_append(char **text, const char *format, ...) __attribute__((format(printf, 2, 3)));

const char *bench_unit_name(enum bench_unit unit);
double bench_unit_multiplier(enum bench_unit unit);	/* units a second */
/* At most 6 digits and a prefix: 1.5k, 12.3n. */
void bench_human_number(char out[32], double n, double one_k);

/* ---- flags.c ---- */

enum bench_format { FORMAT_CONSOLE, FORMAT_JSON, FORMAT_CSV };

struct pair {
	char *key, *value;
};

struct bench_flags {
	bool list_tests, interleave, report_aggregates_only, display_aggregates_only;
	bool counters_tabular, dry_run, percentiles;
	bool default_unit_set;
	enum bench_unit default_unit;
	char *filter, *format, *out, *out_format, *color, *perf_counters, *context, *time_unit;
	char *thresholds, *percentile_list, *min_time_text;
	double min_time, min_warmup_time;
	uint64_t min_iterations;	/* of --benchmark_min_time=Nx; 0: seconds */
	int repetitions, v;
};
extern struct bench_flags bench_flags;
extern const char *bench_executable;

/* Of "console", "json", "csv"; false for another name. */
bool bench_format_of(const char *name, enum bench_format *format);
/* Defaults and the environment, once; bench_init() does it first. */
void bench_flags_load(void);

/* ---- counters.c: a small set sorted by name ---- */

struct counter {
	char *name;
	double value;
	unsigned int flags;	/* enum bench_counter_flags, or: */
};
#define COUNTER_TIME (1U << 30)	/* seconds, shown in the run's time unit */

struct counters {
	struct counter *c;
	size_t n;
};

struct counter *counters_find(const struct counters *set, const char *name);
void counters_set(struct counters *set, const char *name, double value, unsigned int flags);
/* Values of equal names are added. */
void counters_add(struct counters *to, const struct counters *from);
void counters_finish(struct counters *set, uint64_t iterations, double seconds, int threads);
bool counters_same_names(const struct counters *a, const struct counters *b);
void counters_copy(struct counters *to, const struct counters *from);
void counters_free(struct counters *set);

/* ---- registry.c, ranges.c ---- */

struct statistic {
	char *name;
	bench_statistic_fn *fn;
	bool percentage;
};

struct int_list {
	int64_t *v;
	size_t n;
};
void list_add(struct int_list *l, int64_t value);
void list_add_range(struct int_list *l, int64_t lo, int64_t hi, int64_t multiplier);

struct bench {
	char *name;
	bench_fn *fn, *setup, *teardown, *fixture_begin, *fixture_end;
	void *data;
	int64_t *args;		/* n_sets times n_args */
	unsigned int n_args;
	size_t n_sets;
	bool has_args;
	char **arg_names;
	unsigned int n_arg_names;
	struct int_list threads;
	int multiplier, repetitions;
	bool unit_set, real_time, manual_time, process_time, percentiles;
	bool aggregates_set, report_aggregates_only, display_aggregates_only;
	enum bench_unit unit;
	double min_time, min_warmup_time;
	uint64_t iterations;
	enum bench_big_o complexity;
	double (*complexity_fn)(int64_t n);
	struct statistic *stat;
	size_t n_stats;
};

/* One benchmark: a family with arguments and threads. */
struct instance {
	const struct bench *b;
	char *name, *family_name;	/* in full; without arguments */
	const int64_t *args;
	int threads;
	int family, index;	/* of the families chosen; of the family's instances */
	enum bench_unit unit;
};

struct registry {
	struct bench **b;
	size_t n;
	struct pair *context;
	size_t n_context;
};
extern struct registry bench_registry;

/* The instances that the filter (POSIX extended; leading '-': all others)
 * chooses; false when it is no regular expression (said on stderr). */
bool registry_choose(const char *filter, struct instance **list, size_t *n);
void instances_free(struct instance *list, size_t n);

/* ---- runs ---- */

enum skip { SKIP_NO, SKIP_ERROR, SKIP_MESSAGE };

/* One line of the report. */
struct run {
	const struct instance *of;
	char *run_name;			/* without the aggregate's name */
	const char *aggregate;		/* NULL: a measured run */
	enum bench_unit unit;
	bool percentage, big_o, rms;	/* what an aggregate is in */
	enum bench_big_o complexity;
	enum skip skip;
	char *message, *label;
	uint64_t iterations;		/* of all threads */
	int repetitions, repetition, threads;
	double real, cpu;		/* seconds of all iterations */
	int64_t complexity_n;
	struct counters counters;
};

struct runs {
	struct run *r;
	size_t n;
};

struct run *runs_add(struct runs *l);	/* zeroed but for its complexity */
void runs_free(struct runs *l);
/* As reported: a unit's number an iteration; for a percentage, the ratio. */
double run_real(const struct run *r);
double run_cpu(const struct run *r);
/* run_name and the aggregate's name; to be freed. */
char *run_full_name(const struct run *r);

/* stats.c: aggregates over the repetitions of one benchmark, if 2 or more count. */
double stat_mean(const double *v, size_t n);
double stat_median(const double *v, size_t n);
double stat_stddev(const double *v, size_t n);
double stat_cv(const double *v, size_t n);
void stats_compute(const struct runs *runs, struct runs *out);

/* utest.c: two-sided p of the Mann-Whitney U test. */
double stat_mann_whitney(const double *a, size_t n, const double *b, size_t m);

/* complexity.c: BigO and RMS over a family's runs, if 2 or more. */
void complexity_compute(const struct run *const *runs, size_t n, struct runs *out);
const char *complexity_name(enum bench_big_o o);

/* ---- measuring ---- */

/* All threads of a run meet here at the loop's begin and end. */
struct barrier {
	pthread_mutex_t lock;
	pthread_cond_t all_here;
	int alive, entered;
	unsigned int phase;
};
void barrier_init(struct barrier *b, int threads);
void barrier_wait(struct barrier *b);
void barrier_leave(struct barrier *b);	/* one thread fewer */
void barrier_destroy(struct barrier *b);

/* Per-iteration times of one thread, in ticks of sample_clock(). */
enum { SAMPLES_MAX = 100000 };
struct samples {
	uint64_t *tick;
	size_t n;
	uint64_t last, paused, paused_at, begin_tick, end_tick, begin_ns, end_ns;
	bool manual;			/* ticks are picoseconds that the function set */
	double last_manual;
};
void samples_open(struct samples *s, bool manual);
void samples_close(struct samples *s);
/* The clock of a thread: started, an iteration done, stopped; paused between. */
void samples_begin(struct samples *s);
void samples_iteration(struct samples *s, double manual_seconds);
void samples_end(struct samples *s);
void samples_pause(struct samples *s);
void samples_resume(struct samples *s);
/* Joins the threads' samples into counters: minimum, maximum, percentiles. */
void samples_report(struct samples *s, int threads, struct counters *out);
bool percentiles_check(const char *list);	/* false: said on stderr */

struct perf_set;

/* What one thread's run measured (state.c): bench_fn() runs between these. */
struct bench_timer {
	struct barrier *barrier;
	bool process_time, started, running, finished;
	double real, cpu, manual, real_begin, cpu_begin;
	enum skip skip;
	char *message, *label;
	int64_t complexity_n;
	struct counters counters;
	struct samples *samples;	/* NULL but in that pass */
	struct perf_set *perf;		/* thread 0 only; NULL for none */
};

void state_init(struct bench_state *s, struct bench_timer *t, const struct instance *of,
		int thread, uint64_t iterations);
/* Runs the function with its fixture; a loop not run to its end is an error. */
void state_run(struct bench_state *s, const struct instance *of);
void timer_free(struct bench_timer *t);

/* perf.c: hardware counters of this process through perf_event_open(2). */
struct perf_set *perf_open(const char *names);	/* NULL: none (said once on stderr) */
void perf_start(struct perf_set *p);
void perf_stop(struct perf_set *p);
void perf_reset(struct perf_set *p);
void perf_report(struct perf_set *p, struct counters *out);
void perf_close(struct perf_set *p);

/* runner.c: one instance's repetitions, one at a time. */
struct runner {
	const struct instance *of;
	struct perf_set *perf;
	double min_time, min_warmup;
	int repeats, done;
	bool explicit_iterations, warm, aggregates_display, aggregates_file;
	uint64_t iterations;
	struct runs runs, aggregates;
};
void runner_init(struct runner *r, const struct instance *of, struct perf_set *perf);
void runner_repetition(struct runner *r);
void runner_free(struct runner *r);

/* ---- reporting ---- */

struct cache_info {
	char type[16];
	int level, sharing;
	long size;
};

struct context {
	char date[64], host[256];
	int cpus;
	double mhz;
	bool scaling;
	struct cache_info cache[16];
	size_t n_caches;
	double load[3];
	int n_load;
	size_t name_width;
};
void context_fill(struct context *c);
/* The lines that console and csv print above; to may be NULL. */
void context_print(const struct context *c, FILE *to);
const char *context_build_type(void);

struct reporter {
	FILE *out, *context;		/* context NULL: not said */
	bool color, tabular;
	bool any;			/* something was reported before */
	bool document;			/* a report of nothing has a text too */
	size_t name_width;
	struct counters previous;	/* console: of the last header */
	struct runs kept;		/* csv: copied until the columns are known */
	void (*begin)(struct reporter *r, const struct context *c);
	void (*runs)(struct reporter *r, const struct runs *runs);
	void (*end)(struct reporter *r);
};
void reporter_init(struct reporter *r, enum bench_format format, FILE *out);
void reporter_console(struct reporter *r);
void reporter_json(struct reporter *r);
void reporter_csv(struct reporter *r);

/* thresholds.c: rules of --benchmark_thresholds. */
struct thresholds;
struct thresholds *thresholds_read(const char *path);	/* NULL: said on stderr */
void thresholds_see(struct thresholds *t, const struct runs *runs);
/* Says on stderr what does not hold; the exit status. */
int thresholds_verdict(struct thresholds *t);
void thresholds_free(struct thresholds *t);

#endif
