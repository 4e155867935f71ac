/* SPDX-License-Identifier: MIT
 *
 * Flags from the environment (BENCHMARK_FILTER for --benchmark_filter) and the
 * command line, which wins.  One table says all: name, type, place, help.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stddef.h>

#include "internal.h"

struct bench_flags bench_flags;
const char *bench_executable = "";

enum type { BOOL, INT, DOUBLE, TEXT };

struct flag {
	const char *name;
	enum type type;
	size_t at;
	const char *values;
};

#define AT(member) offsetof(struct bench_flags, member)

static const struct flag flag[] = {
	{ "benchmark_list_tests", BOOL, AT(list_tests), "{true|false}" },
	{ "benchmark_filter", TEXT, AT(filter), "<regex>" },
	{ "benchmark_min_time", TEXT, AT(min_time_text), "`<integer>x` OR `<float>s`" },
	{ "benchmark_min_warmup_time", DOUBLE, AT(min_warmup_time), "<min_warmup_time>" },
	{ "benchmark_repetitions", INT, AT(repetitions), "<num_repetitions>" },
	{ "benchmark_dry_run", BOOL, AT(dry_run), "{true|false}" },
	{ "benchmark_enable_random_interleaving", BOOL, AT(interleave), "{true|false}" },
	{ "benchmark_report_aggregates_only", BOOL, AT(report_aggregates_only), "{true|false}" },
	{ "benchmark_display_aggregates_only", BOOL, AT(display_aggregates_only), "{true|false}" },
	{ "benchmark_format", TEXT, AT(format), "<console|json|csv>" },
	{ "benchmark_out", TEXT, AT(out), "<filename>" },
	{ "benchmark_out_format", TEXT, AT(out_format), "<json|console|csv>" },
	{ "benchmark_color", TEXT, AT(color), "{auto|true|false}" },
	{ "benchmark_counters_tabular", BOOL, AT(counters_tabular), "{true|false}" },
	{ "benchmark_perf_counters", TEXT, AT(perf_counters), "<counter>,..." },
	{ "benchmark_context", TEXT, AT(context), "<key>=<value>,..." },
	{ "benchmark_time_unit", TEXT, AT(time_unit), "{ns|us|ms|s}" },
	{ "benchmark_percentiles", TEXT, AT(percentile_list), "{true|false|<percent>,...}" },
	{ "benchmark_thresholds", TEXT, AT(thresholds), "<filename>" },
	{ "v", INT, AT(v), "<verbosity>" },
};
enum { FLAGS = sizeof(flag) / sizeof(*flag) };

static void *place(const struct flag *f)
{
	return (char *)&bench_flags + f->at;
}

/* Everything but 0, f, n, no, off, false; nothing too is true. */
static bool truth(const char *value)
{
	static const char *const no[] = { "0", "f", "n", "no", "off", "false" };
	size_t i;

	for (i = 0; i < sizeof(no) / sizeof(*no); i++)
		if (!strcasecmp(value, no[i]))
			return false;
	return strlen(value) != 1 || isalnum((unsigned char)*value);
}

static void set_text(char **to, const char *value)
{
	free(*to);
	*to = bench_strdup(value);
}

/* source says where the value is from, for the message. */
static bool set_flag(const struct flag *f, const char *value, const char *source, const char *name)
{
	char *end;
	double d;
	long n;

	switch (f->type) {
	case BOOL:
		*(bool *)place(f) = truth(value);
		return true;
	case TEXT:
		set_text(place(f), value);
		return true;
	case INT:
		errno = 0;
		n = strtol(value, &end, 10);
		if (end != value && !*end && !errno && n >= INT32_MIN && n <= INT32_MAX) {
			*(int *)place(f) = (int)n;
			return true;
		}
		break;
	case DOUBLE:
		d = strtod(value, &end);
		if (end != value && !*end && isfinite(d)) {
			*(double *)place(f) = d;
			return true;
		}
	}
	fprintf(stderr, "%s %s is expected to be a %s, but actually has value \"%s\".\n", source, name,
		f->type == INT ? "32-bit integer" : "double", value);
	return false;
}

/* ---- flags whose text is looked at when all are read ---- */

/* A number, one with s, or an integer with x. */
static bool min_time(const char *text)
{
	struct bench_flags *f = &bench_flags;
	unsigned long long n;
	char *end;
	double d;

	errno = 0;
	n = strtoull(text, &end, 10);
	if (end != text && !strcmp(end, "x")) {
		if (errno || !n || n > 1000000000 || *text == '-')
			return false;
		f->min_iterations = n;
		return true;
	}
	d = strtod(text, &end);
	if (end == text || (*end && strcmp(end, "s")) || !isfinite(d) || d < 0)
		return false;
	f->min_time = d;
	f->min_iterations = 0;
	return true;
}

static bool time_unit(const char *name)
{
	enum bench_unit u;

	for (u = BENCH_NS; u <= BENCH_S; u++) {
		if (!strcmp(name, bench_unit_name(u))) {
			bench_flags.default_unit = u;
			return true;
		}
	}
	return !*name;
}

/* "off" words for none; a truth word for the usual ones; else a list. */
static void percentiles(void)
{
	struct bench_flags *f = &bench_flags;

	if (!isdigit((unsigned char)*f->percentile_list) || !strcmp(f->percentile_list, "0") ||
	    !strcmp(f->percentile_list, "1")) {
		f->percentiles = truth(f->percentile_list);
		set_text(&f->percentile_list, "50,90,99,99.9");
	} else {
		f->percentiles = true;
		if (!percentiles_check(f->percentile_list))
			exit(1);
	}
}

/* KEY=VALUE,... with one = each; `add` keeps them. */
static bool contexts(const char *text, bool add)
{
	char *all = bench_strdup(text), *at = all, *pair;
	bool ok = true;

	while (ok && (pair = strsep(&at, ","))) {
		char *value = strchr(pair, '=');

		if (!*pair && !*text)
			break;
		ok = value && !strchr(value + 1, '=');
		if (!ok)
			break;
		*value++ = 0;
		if (add && !bench_add_context(pair, value))
			fprintf(stderr, "Failed to add custom context \"%s\" as it already exists with value \"%s\"\n",
				pair, value);
	}
	free(all);
	return ok;
}

bool bench_format_of(const char *name, enum bench_format *format)
{
	*format = !strcmp(name, "json") ? FORMAT_JSON : !strcmp(name, "csv") ? FORMAT_CSV :
		  FORMAT_CONSOLE;
	return *format != FORMAT_CONSOLE || !strcmp(name, "console");
}

/* ---- all flags ---- */

static void from_environment(const struct flag *f)
{
	char name[64], shown[72];
	const char *value;
	size_t i;

	for (i = 0; f->name[i]; i++)
		name[i] = (char)toupper((unsigned char)f->name[i]);
	name[i] = 0;
	value = getenv(name);
	snprintf(shown, sizeof(shown), "%s", name);
	if (value)
		set_flag(f, value, "The environment variable", shown);
}

void bench_flags_load(void)
{
	struct bench_flags *f = &bench_flags;
	size_t i;

	if (f->filter)
		return;
	f->repetitions = 1;
	for (i = 0; i < FLAGS; i++)
		if (flag[i].type == TEXT)
			set_text(place(&flag[i]), "");
	set_text(&f->min_time_text, "0.5s");
	set_text(&f->format, "console");
	set_text(&f->out_format, "json");
	set_text(&f->color, "auto");
	set_text(&f->percentile_list, "false");
	for (i = 0; i < FLAGS; i++)
		from_environment(&flag[i]);
}

static void print_help(void)
{
	size_t i;

	fputs("benchmark ", stdout);
	for (i = 0; i < FLAGS; i++)
		printf("%s[--%s=%s]\n", i ? "          " : "", flag[i].name, flag[i].values);
}

/* What is wrong with the flags together is answered with the list of them. */
static bool look_at_values(void)
{
	struct bench_flags *f = &bench_flags;
	enum bench_format format;

	percentiles();
	return bench_format_of(f->format, &format) && bench_format_of(f->out_format, &format) &&
	       *f->color && contexts(f->context, true) && time_unit(f->time_unit);
}

/* --NAME=VALUE, or --NAME for a truth value; 0: another argument, -1: bad. */
static int take(const char *arg)
{
	size_t i, n;

	if (strncmp(arg, "--", 2))
		return 0;
	arg += 2;
	n = strcspn(arg, "=");
	for (i = 0; i < FLAGS; i++) {
		const struct flag *f = &flag[i];
		bool bare = !arg[n];
		char shown[72];

		if (strlen(f->name) != n || memcmp(f->name, arg, n))
			continue;
		if (bare && f->type != BOOL && f->at != AT(percentile_list))
			return 0;
		snprintf(shown, sizeof(shown), "--%s", f->name);
		if (f->at == AT(min_time_text) && !min_time(bare ? "" : arg + n + 1)) {
			fprintf(stderr, "The value of flag --benchmark_min_time is expected to be seconds (0.5s, or 0.5) or iterations (100x), but actually has value \"%s\".\n",
				arg + n + 1);
			return -1;
		}
		if (f->at == AT(context) && !contexts(arg + n + 1, false))
			return -1;
		return set_flag(f, bare ? "true" : arg + n + 1, "The value of flag", shown) ? 1 : -1;
	}
	return 0;
}

void bench_init(int *argc, char **argv, void (*help)(void))
{
	int i, left = 1;

	bench_flags_load();
	bench_executable = *argc > 0 ? argv[0] : "unknown";
	if (!min_time(bench_flags.min_time_text)) {
		fprintf(stderr, "The environment variable BENCHMARK_MIN_TIME has the value \"%s\": 0.5s is used.\n",
			bench_flags.min_time_text);
		min_time("0.5s");
	}
	for (i = 1; i < *argc; i++) {
		if (!strcmp(argv[i], "--help")) {
			(help ? help : print_help)();
			exit(0);
		}
		if (take(argv[i]) <= 0)
			argv[left++] = argv[i];
	}
	if (*argc > 0) {
		*argc = left;
		argv[left] = NULL;
	}
	if (!look_at_values()) {
		(help ? help : print_help)();
		exit(0);
	}
}

bool bench_report_unrecognized(int argc, char **argv)
{
	int i;

	for (i = 1; i < argc; i++)
		fprintf(stderr, "%s: error: unrecognized command-line flag: %s\n", argv[0], argv[i]);
	return argc > 1;
}

const char *bench_filter(void)
{
	bench_flags_load();
	return bench_flags.filter;
}
