/* SPDX-License-Identifier: MIT
 *
 * Files of benchmark results (Google Benchmark's JSON):
 *
 *	bench_json merge OUT FILE...	one file of several programs' results
 *	bench_json compare OLD NEW	what became faster or slower, and is it chance
 *
 * compare pairs benchmarks by name.  Of each the medians of the repetitions are
 * divided, NEW by OLD, and the Mann-Whitney U test says how likely such a
 * difference would be without a cause (p; from 2 repetitions on).  A difference
 * with p >= 0.05 is called none.  Exit status: 0, 2 for files that cannot be
 * compared.
 */
#include <errno.h>
#include <jansson.h>
#include <math.h>

#include "bench/libbench/internal.h"

static const double ALPHA = 0.05;

/* The document, with its list of benchmarks; NULL after a message. */
static json_t *load(const char *path, json_t **list)
{
	json_error_t err;
	json_t *doc = json_load_file(path, 0, &err);

	if (!doc) {
		if (err.line > 0)
			fprintf(stderr, "bench_json: %s: line %d: %s\n", path, err.line, err.text);
		else	/* not opened: the text has the path and why */
			fprintf(stderr, "bench_json: %s\n", err.text);
		return NULL;
	}
	*list = json_object_get(doc, "benchmarks");
	if (json_is_array(*list) && json_is_object(json_object_get(doc, "context")))
		return doc;
	fprintf(stderr, "bench_json: %s: no benchmark results: \"context\" and \"benchmarks\" expected\n", path);
	json_decref(doc);
	return NULL;
}

/* NULL: no such string. */
static const char *text_of(json_t *b, const char *key)
{
	return json_string_value(json_object_get(b, key));
}

/* ---- merge ---- */

/* Families of further files are numbered after those before. */
static json_int_t append(json_t *to, json_t *list, json_int_t first_family)
{
	json_int_t next = first_family;
	json_t *b;
	size_t i;

	json_array_foreach(list, i, b) {
		json_int_t family = first_family + json_integer_value(json_object_get(b, "family_index"));

		json_object_set_new(b, "family_index", json_integer(family));
		json_array_append(to, b);
		if (family >= next)
			next = family + 1;
	}
	return next;
}

/* The first file's context and all files' benchmarks; NULL after a message. */
static json_t *merged(char **file, int n, char **programs)
{
	json_t *all = json_object(), *to = json_array(), *list;
	json_int_t family = 0;
	int i;

	json_object_set_new(all, "context", json_null());
	json_object_set_new(all, "benchmarks", to);
	for (i = 0; i < n; i++) {
		json_t *doc = load(file[i], &list), *context;

		if (!doc) {
			json_decref(all);
			return NULL;
		}
		context = json_object_get(doc, "context");
		bench_append(programs, "%s%s", i ? " " : "",
			     text_of(context, "executable") ? text_of(context, "executable") : "?");
		if (!i)
			json_object_set(all, "context", context);
		family = append(to, list, family);
		json_decref(doc);
	}
	return all;
}

static int merge(const char *out, char **file, int n)
{
	char *programs = NULL;
	json_t *all = merged(file, n, &programs);
	int rc = -1;

	if (all) {
		json_object_set_new(json_object_get(all, "context"), "executable", json_string(programs));
		rc = json_dump_file(all, out, JSON_INDENT(2));
		if (rc)
			fprintf(stderr, "bench_json: %s: cannot be written: %s\n", out, strerror(errno));
		json_decref(all);
	}
	free(programs);
	return rc ? 2 : 0;
}

/* ---- compare ---- */

struct sample {
	double *v;		/* seconds */
	size_t n;
};

static double unit_seconds(const char *name)
{
	enum bench_unit u;

	for (u = BENCH_NS; name && u <= BENCH_S; u++)
		if (!strcmp(name, bench_unit_name(u)))
			return 1 / bench_unit_multiplier(u);
	return NAN;
}

/* A measured run of the benchmark; not an aggregate, error or skip. */
static bool counts(json_t *b, const char *name)
{
	const char *type = text_of(b, "run_type"), *own = text_of(b, "name");

	return own && !strcmp(own, name) && (!type || !strcmp(type, "iteration")) &&
	       !json_is_true(json_object_get(b, "error_occurred")) &&
	       !json_is_true(json_object_get(b, "skipped"));
}

static struct sample sample_of(json_t *list, const char *name, const char *metric)
{
	struct sample s = { NULL, 0 };
	json_t *b;
	size_t i;

	json_array_foreach(list, i, b) {
		json_t *value = json_object_get(b, metric);
		double seconds = unit_seconds(text_of(b, "time_unit"));

		if (!counts(b, name) || !json_is_number(value) || !isfinite(seconds))
			continue;
		s.v = bench_grow(s.v, s.n + 1, sizeof(*s.v));
		s.v[s.n++] = json_number_value(value) * seconds;
	}
	return s;
}

static bool seen_before(json_t *list, size_t i)
{
	const char *name = text_of(json_array_get(list, i), "name");
	size_t k;

	for (k = 0; k < i; k++)
		if (counts(json_array_get(list, k), name))
			return true;
	return false;
}

static void print_seconds(double s)
{
	char text[32];
	double shown = s > 0 ? s : 0;

	/* Four digits are more than times are good for. */
	if (shown > 0) {
		double scale = pow(10, 3 - floor(log10(shown)));

		shown = round(shown * scale) / scale;
	}
	bench_human_number(text, shown, 1000);
	strcat(text, "s");
	printf(" %10s", text);
}

/* The ratio NEW / OLD; 0 when there is none. */
static double print_pair(json_t *old, json_t *new, const char *name, const char *metric)
{
	struct sample a = sample_of(old, name, metric), b = sample_of(new, name, metric);
	double x = stat_median(a.v, a.n), y = stat_median(b.v, b.n), ratio = x > 0 ? y / x : 0;
	const char *verdict = "";

	print_seconds(x);
	print_seconds(y);
	if (ratio > 0)
		printf(" %8.3f", ratio);
	else
		printf(" %8s", "-");
	if (a.n >= 2 && b.n >= 2) {
		double p = stat_mann_whitney(a.v, a.n, b.v, b.n);

		verdict = p >= ALPHA ? "same" : ratio > 1 ? "slower" : ratio < 1 ? "faster" : "same";
		printf(" %7.4f %-6s", p, verdict);
	} else {
		printf(" %7s %-6s", "-", verdict);
	}
	free(a.v);
	free(b.v);
	return ratio;
}

/* Names that only `list` has. */
static void print_only(json_t *list, json_t *other, const char *which)
{
	json_t *b, *o;
	size_t i, k;

	json_array_foreach(list, i, b) {
		const char *name = text_of(b, "name");
		bool there = false;

		if (!name || !counts(b, name) || seen_before(list, i))
			continue;
		json_array_foreach(other, k, o)
			there |= counts(o, name);
		if (!there)
			printf("%s: only in %s\n", name, which);
	}
}

static int compare_lists(json_t *old, json_t *new, const char *old_path, const char *new_path)
{
	double log_sum[2] = { 0, 0 };
	size_t width = 9, pairs[2] = { 0, 0 }, rows = 0, i;
	json_t *b;

	json_array_foreach(old, i, b)
		if (text_of(b, "name") && counts(b, text_of(b, "name")) && strlen(text_of(b, "name")) > width)
			width = strlen(text_of(b, "name"));
	printf("%-*s %10s %10s %8s %7s %-6s %10s %10s %8s %7s\n", (int)width, "Benchmark", "Time old", "Time new",
	       "new/old", "p", "", "CPU old", "CPU new", "new/old", "p");
	json_array_foreach(old, i, b) {
		const char *name = text_of(b, "name");
		struct sample s;
		double ratio;
		int k;

		if (!name || !counts(b, name) || seen_before(old, i))
			continue;
		s = sample_of(new, name, "real_time");
		free(s.v);
		if (!s.n)
			continue;
		rows++;
		printf("%-*s", (int)width, name);
		for (k = 0; k < 2; k++) {
			ratio = print_pair(old, new, name, k ? "cpu_time" : "real_time");
			if (ratio > 0) {
				log_sum[k] += log(ratio);
				pairs[k]++;
			}
		}
		putchar('\n');
	}
	if (!rows) {
		fprintf(stderr, "bench_json: %s and %s have no benchmark in common\n", old_path, new_path);
		return 2;
	}
	printf("geometric mean of new/old: time %.3f, CPU %.3f\n", exp(log_sum[0] / (double)(pairs[0] ? pairs[0] : 1)),
	       exp(log_sum[1] / (double)(pairs[1] ? pairs[1] : 1)));
	print_only(old, new, old_path);
	print_only(new, old, new_path);
	return 0;
}

static int compare(const char *old_path, const char *new_path)
{
	json_t *old_list, *new_list, *old = load(old_path, &old_list);
	json_t *new = old ? load(new_path, &new_list) : NULL;
	int status = new ? compare_lists(old_list, new_list, old_path, new_path) : 2;

	json_decref(old);
	json_decref(new);
	return status;
}

int main(int argc, char **argv)
{
	if (argc > 3 && !strcmp(argv[1], "merge"))
		return merge(argv[2], argv + 3, argc - 3);
	if (argc == 4 && !strcmp(argv[1], "compare") && *argv[2] && *argv[3])
		return compare(argv[2], argv[3]);
	fputs("usage: bench_json merge OUT FILE...\n"
	      "       bench_json compare OLD NEW      (make bench-compare A=OLD.json B=NEW.json)\n", stderr);
	return 2;
}
