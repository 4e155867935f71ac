/* SPDX-License-Identifier: MIT
 *
 * --benchmark_thresholds=FILE: what must hold of the results, for an exit status
 * in continuous integration.  One rule a line, # begins a comment:
 *
 *	limit REGEX METRIC OP NUMBER[SUFFIX]
 *	ratio NAME_A NAME_B METRIC OP NUMBER
 *
 * OP is < <= > or >=; METRIC is real_time, cpu_time or a counter's name; the
 * value of a benchmark is the median of its repetitions.  limit is for every
 * benchmark whose name the regular expression finds; ratio is METRIC of A
 * divided by that of B.  Suffixes: ns us ms s for times (none: ns), k M G for
 * others.  A rule for which no benchmark ran, or one that ended with an error,
 * does not hold: a renamed benchmark does not make a check disappear.
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>

#include "internal.h"

enum op { LESS, LESS_EQUAL, GREATER, GREATER_EQUAL };
static const char *const op_name[] = { "<", "<=", ">", ">=" };

/* A value that a benchmark has; times in seconds. */
struct value {
	bool known, is_time;
	double v;
};

struct rule {
	int line;
	bool ratio;
	regex_t re;
	char *a, *b, *metric, *limit_text;
	struct value of_a, of_b;
	enum op op;
	double limit;
	bool limit_is_time, limit_has_suffix;
	size_t seen;
};

struct thresholds {
	char *path;
	struct rule *rule;
	size_t n;
	int broken;
};

static void __attribute__((format(printf, 2, 3)))
broken(struct thresholds *t, const char *format, ...)
{
	va_list ap;

	fflush(stdout);
	fprintf(stderr, "THRESHOLD %s", t->path);
	va_start(ap, format);
	vfprintf(stderr, format, ap);
	va_end(ap);
	fputc('\n', stderr);
	t->broken++;
}

/* ---- reading ---- */

static bool read_limit(struct rule *r, const char *text)
{
	static const struct {
		const char *suffix;
		double factor;
		bool is_time;
	} known[] = {
		{ "ns", 1e-9, true }, { "us", 1e-6, true }, { "ms", 1e-3, true }, { "s", 1, true },
		{ "k", 1e3, false }, { "M", 1e6, false }, { "G", 1e9, false }, { "", 1, false },
	};
	char *end;
	size_t i;

	r->limit = strtod(text, &end);
	if (end == text || !isfinite(r->limit))
		return false;
	for (i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (!strcmp(end, known[i].suffix)) {
			r->limit *= known[i].factor;
			r->limit_is_time = known[i].is_time;
			r->limit_has_suffix = *end;
			if (r->ratio && *end)
				return false;
			r->limit_text = bench_strdup(text);
			return true;
		}
	}
	return false;
}

static bool read_op(struct rule *r, const char *text)
{
	for (r->op = LESS; r->op <= GREATER_EQUAL; r->op++)
		if (!strcmp(text, op_name[r->op]))
			return true;
	return false;
}

enum { WORDS = 7 };

/* What is wrong with the line, or NULL. */
static const char *read_rule(struct thresholds *t, char *text, int line)
{
	char *word[WORDS], *at = NULL, *w;
	struct rule r = { .line = line };
	int n = 0, last;

	text[strcspn(text, "#\n")] = 0;
	for (w = strtok_r(text, " \t\r", &at); w && n < WORDS; w = strtok_r(NULL, " \t\r", &at))
		word[n++] = w;
	if (!n)
		return NULL;
	r.ratio = !strcmp(word[0], "ratio");
	if (!r.ratio && strcmp(word[0], "limit"))
		return "a rule begins with \"limit\" or \"ratio\"";
	last = r.ratio ? 5 : 4;
	if (n != last + 1)
		return r.ratio ? "expected: ratio NAME_A NAME_B METRIC OP NUMBER" :
				 "expected: limit REGEX METRIC OP NUMBER";
	if (!read_op(&r, word[last - 1]))
		return "the comparison is none of < <= > >=";
	if (!r.ratio && regcomp(&r.re, word[1], REG_EXTENDED | REG_NOSUB))
		return "the name is no regular expression";
	if (!read_limit(&r, word[last])) {
		if (!r.ratio)
			regfree(&r.re);
		return r.ratio ? "a ratio is compared with a number without suffix" :
				 "the limit is no number with one of the suffixes ns us ms s k M G";
	}
	r.metric = bench_strdup(word[last - 2]);
	r.a = bench_strdup(word[1]);
	r.b = r.ratio ? bench_strdup(word[2]) : NULL;
	t->rule = bench_grow(t->rule, t->n + 1, sizeof(*t->rule));
	t->rule[t->n++] = r;
	return NULL;
}

struct thresholds *thresholds_read(const char *path)
{
	FILE *f = fopen(path, "re");
	struct thresholds *t;
	const char *wrong = NULL;
	char *text = NULL;
	size_t size = 0;
	int line = 0;

	if (!f) {
		fprintf(stderr, "%s: cannot be read: %s\n", path, strerror(errno));
		return NULL;
	}
	t = bench_alloc(sizeof(*t));
	t->path = bench_strdup(path);
	while (!wrong && getline(&text, &size, f) >= 0)
		wrong = read_rule(t, text, ++line);
	if (wrong)
		fprintf(stderr, "%s:%d: %s\n", path, line, wrong);
	else if (ferror(f))
		fprintf(stderr, "%s: cannot be read: %s\n", path, strerror(errno));
	else if (!t->n)
		fprintf(stderr, "%s: no rule in it\n", path);
	if (wrong || ferror(f) || !t->n) {
		thresholds_free(t);
		t = NULL;
	}
	fclose(f);
	free(text);
	return t;
}

void thresholds_free(struct thresholds *t)
{
	size_t i;

	for (i = 0; t && i < t->n; i++) {
		if (!t->rule[i].ratio)
			regfree(&t->rule[i].re);
		free(t->rule[i].a);
		free(t->rule[i].b);
		free(t->rule[i].metric);
		free(t->rule[i].limit_text);
	}
	if (t) {
		free(t->rule);
		free(t->path);
	}
	free(t);
}

/* ---- judging ---- */

static bool metric_of(const struct run *r, const char *metric, double *v, bool *is_time)
{
	double iterations = r->iterations ? (double)r->iterations : 1;
	const struct counter *c;

	*is_time = true;
	if (!strcmp(metric, "real_time")) {
		*v = r->real / iterations;
	} else if (!strcmp(metric, "cpu_time")) {
		*v = r->cpu / iterations;
	} else {
		c = counters_find(&r->counters, metric);
		if (!c)
			return false;
		*v = c->value;
		*is_time = c->flags & COUNTER_TIME;
	}
	return true;
}

/* The median of the repetitions; unknown if one has no such value. */
static struct value value_of(const struct runs *runs, const char *metric)
{
	double *v = bench_alloc(runs->n * sizeof(*v));
	struct value value = { true, false, 0 };
	size_t i;

	for (i = 0; i < runs->n && value.known; i++)
		value.known = !runs->r[i].skip &&
			      metric_of(&runs->r[i], metric, &v[i], &value.is_time);
	if (value.known)
		value.v = stat_median(v, runs->n);
	free(v);
	return value;
}

static bool holds(const struct rule *r, double v, double limit)
{
	switch (r->op) {
	case LESS:
		return v < limit;
	case LESS_EQUAL:
		return v <= limit;
	case GREATER:
		return v > limit;
	case GREATER_EQUAL:
		return v >= limit;
	}
	return false;
}

static void judge_limit(struct thresholds *t, const struct rule *r, const struct run *run,
			struct value value)
{
	double limit = value.is_time && !r->limit_has_suffix ? r->limit * 1e-9 : r->limit;
	char text[32];

	if (!value.known) {
		broken(t, ":%d: %s has no %s%s%s", r->line, run->run_name, r->metric,
		       run->skip ? ": " : "", run->skip ? run->message : "");
	} else if (r->limit_has_suffix && value.is_time != r->limit_is_time) {
		broken(t, ":%d: %s of %s cannot be compared with %s", r->line, r->metric, run->run_name,
		       r->limit_text);
	} else if (!holds(r, value.v, limit)) {
		bench_human_number(text, value.v, 1000);
		broken(t, ":%d: %s %s is %s%s, not %s %s", r->line, run->run_name, r->metric, text,
		       value.is_time ? "s" : "", op_name[r->op], r->limit_text);
	}
}

void thresholds_see(struct thresholds *t, const struct runs *runs)
{
	const struct run *run = &runs->r[0];
	size_t i;

	for (i = 0; i < t->n && runs->n; i++) {
		struct rule *r = &t->rule[i];

		if (!r->ratio) {
			if (regexec(&r->re, run->run_name, 0, NULL, 0))
				continue;
			r->seen++;
			judge_limit(t, r, run, value_of(runs, r->metric));
			continue;
		}
		if (!strcmp(r->a, run->run_name))
			r->of_a = value_of(runs, r->metric);
		if (!strcmp(r->b, run->run_name))
			r->of_b = value_of(runs, r->metric);
	}
}

static void judge_ratio(struct thresholds *t, const struct rule *r)
{
	double ratio = r->of_a.v / r->of_b.v;

	if (!r->of_a.known || !r->of_b.known)
		broken(t, ":%d: %s did not run, or has no %s", r->line, r->of_a.known ? r->b : r->a,
		       r->metric);
	else if (!holds(r, ratio, r->limit))
		broken(t, ":%d: %s of %s / %s is %g, not %s %s", r->line, r->metric, r->a, r->b, ratio,
		       op_name[r->op], r->limit_text);
}

int thresholds_verdict(struct thresholds *t)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		if (t->rule[i].ratio)
			judge_ratio(t, &t->rule[i]);
		else if (!t->rule[i].seen)
			broken(t, ":%d: no benchmark matching %s ran", t->rule[i].line, t->rule[i].a);
	}
	return t->broken ? 1 : 0;
}
