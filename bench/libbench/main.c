/* SPDX-License-Identifier: MIT
 *
 * A whole run: choose, run (in order, or with the repetitions of all benchmarks
 * shuffled), report to the console and the file, judge the thresholds.
 */
#include <errno.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

/* Complexity rows follow when the last benchmark of their family is done. */
struct session {
	struct instance *list;
	struct runner *runner;
	size_t n;
	struct reporter display, file;
	FILE *out;
	struct thresholds *thresholds;
	struct perf_set *perf;
};

void reporter_init(struct reporter *r, enum bench_format format, FILE *out)
{
	*r = (struct reporter){ .out = out, .tabular = bench_flags.counters_tabular };
	if (format == FORMAT_JSON)
		reporter_json(r);
	else if (format == FORMAT_CSV)
		reporter_csv(r);
	else
		reporter_console(r);
}

static bool color_terminal(void)
{
	static const char *const able[] = { "xterm", "screen", "tmux", "rxvt", "linux", "cygwin",
					    "vt100", "alacritty", "foot", "kitty" };
	const char *term = getenv("TERM");
	size_t i;

	for (i = 0; term && i < sizeof(able) / sizeof(*able); i++)
		if (!strncmp(term, able[i], strlen(able[i])))
			return isatty(STDOUT_FILENO);
	return false;
}

static bool color_wanted(void)
{
	static const char *const no[] = { "0", "f", "n", "no", "off", "false" };
	size_t i;

	if (!strcmp(bench_flags.color, "auto"))
		return color_terminal();
	for (i = 0; i < sizeof(no) / sizeof(*no); i++)
		if (!strcasecmp(bench_flags.color, no[i]))
			return false;
	return true;
}

/* As wide as the longest name with the longest aggregate's, if there may be one. */
static size_t name_width(const struct session *s)
{
	size_t width = 10, aggregate = 0, i, k;
	bool aggregates = bench_flags.repetitions > 1;

	for (i = 0; i < s->n; i++) {
		const struct bench *b = s->list[i].b;

		if (strlen(s->list[i].name) > width)
			width = strlen(s->list[i].name);
		aggregates |= b->repetitions > 1;
		for (k = 0; k < b->n_stats; k++)
			if (strlen(b->stat[k].name) > aggregate)
				aggregate = strlen(b->stat[k].name);
	}
	return aggregates ? width + 1 + aggregate : width;
}

/* ---- reporting ---- */

static void report_to(struct reporter *r, const struct runner *done, bool aggregates_only)
{
	if (!aggregates_only || !done->aggregates.n)
		r->runs(r, &done->runs);
	if (done->aggregates.n)
		r->runs(r, &done->aggregates);
	fflush(r->out);
}

/* BigO and RMS of the family to which i belongs, if i was its last to be done. */
static void add_complexity(struct session *s, size_t i)
{
	struct runner *done = &s->runner[i];
	const struct run **runs = NULL;
	size_t n = 0, k, j;

	if (done->of->b->complexity == BENCH_O_NONE)
		return;
	for (k = 0; k < s->n; k++) {
		const struct runner *r = &s->runner[k];

		if (s->list[k].b != done->of->b)
			continue;
		if (r->done < r->repeats) {
			free(runs);
			return;
		}
		for (j = 0; j < r->runs.n; j++) {
			if (r->runs.r[j].skip)
				continue;
			runs = bench_grow(runs, n + 1, sizeof(*runs));
			runs[n++] = &r->runs.r[j];
		}
	}
	complexity_compute(runs, n, &done->aggregates);
	free(runs);
}

static void finished(struct session *s, size_t i)
{
	struct runner *r = &s->runner[i];

	add_complexity(s, i);
	report_to(&s->display, r, r->aggregates_display);
	if (s->out)
		report_to(&s->file, r, r->aggregates_file);
	if (s->thresholds)
		thresholds_see(s->thresholds, &r->runs);
}

/* ---- running ---- */

static void run_all(struct session *s)
{
	size_t *order = NULL, n = 0, i;
	int k;

	for (i = 0; i < s->n; i++) {
		for (k = 0; k < s->runner[i].repeats; k++) {
			order = bench_grow(order, n + 1, sizeof(*order));
			order[n++] = i;
		}
	}
	if (bench_flags.interleave) {
		struct timespec t;
		uint64_t random;

		clock_gettime(CLOCK_REALTIME, &t);
		random = (uint64_t)t.tv_nsec ^ (uint64_t)t.tv_sec << 20;
		for (i = n; i > 1; i--) {
			size_t j, swap = order[i - 1];

			random = random * 6364136223846793005ULL + 1442695040888963407ULL;
			j = (size_t)((random >> 33) % i);
			order[i - 1] = order[j];
			order[j] = swap;
		}
	}
	for (i = 0; i < n; i++) {
		struct runner *r = &s->runner[order[i]];

		runner_repetition(r);
		if (r->done == r->repeats)
			finished(s, order[i]);
	}
	free(order);
}

static void open_reporters(struct session *s)
{
	enum bench_format display, file;

	bench_format_of(bench_flags.format, &display);
	bench_format_of(bench_flags.out_format, &file);
	reporter_init(&s->display, display, stdout);
	s->display.color = color_wanted();
	s->display.context = stderr;
	if (!s->out)
		return;
	reporter_init(&s->file, file, s->out);
	/* A csv file is a table and nothing else. */
	s->file.context = file == FORMAT_CONSOLE ? s->out : NULL;
}

/* When nothing matched, the screen shows nothing, but JSON is a document still. */
static void run_chosen(struct session *s)
{
	struct context context;
	size_t i;

	context_fill(&context);
	context.name_width = name_width(s);
	s->runner = bench_alloc(s->n * sizeof(*s->runner));
	s->perf = *bench_flags.perf_counters && s->n ? perf_open(bench_flags.perf_counters) : NULL;
	for (i = 0; i < s->n; i++)
		runner_init(&s->runner[i], &s->list[i], s->perf);
	open_reporters(s);
	if (s->n || s->display.document)
		s->display.begin(&s->display, &context);
	if (s->out)
		s->file.begin(&s->file, &context);
	fflush(stdout);
	run_all(s);
	if (s->n || s->display.document)
		s->display.end(&s->display);
	if (s->out)
		s->file.end(&s->file);
	for (i = 0; i < s->n; i++)
		runner_free(&s->runner[i]);
	perf_close(s->perf);
	free(s->runner);
}

static int close_file(FILE *f, const char *name)
{
	bool bad = fflush(f) || ferror(f);
	int why = errno;

	if (f != stdout)
		bad |= fclose(f) != 0;
	if (bad)
		fprintf(stderr, "libbench: %s: cannot be written: %s\n", name, strerror(why));
	return bad ? 2 : 0;
}

static int list_names(const struct session *s)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		puts(s->list[i].name);
	return close_file(stdout, "standard output");
}

static int run_session(struct session *s)
{
	int status = 0, rc;

	if (*bench_flags.out) {
		s->out = fopen(bench_flags.out, "we");
		if (!s->out) {
			fprintf(stderr, "invalid file name: '%s': %s\n", bench_flags.out, strerror(errno));
			return 1;
		}
	}
	run_chosen(s);
	if (s->thresholds)
		status = thresholds_verdict(s->thresholds);
	rc = s->out ? close_file(s->out, bench_flags.out) : 0;
	rc = close_file(stdout, "standard output") | rc;
	return rc ? rc : status;
}

int bench_run(void)
{
	struct session s = { 0 };
	int status;

	bench_flags_load();
	if (!registry_choose(bench_flags.filter, &s.list, &s.n))
		return 1;
	if (!s.n)
		fprintf(stderr, "Failed to match any benchmarks against regex: %s\n", bench_flags.filter);
	if (bench_flags.list_tests) {
		status = list_names(&s);
	} else {
		s.thresholds = *bench_flags.thresholds ? thresholds_read(bench_flags.thresholds) : NULL;
		status = *bench_flags.thresholds && !s.thresholds ? 2 : run_session(&s);
		thresholds_free(s.thresholds);
	}
	instances_free(s.list, s.n);
	return status;
}

int bench_main(int argc, char **argv)
{
	bench_init(&argc, argv, NULL);
	if (bench_report_unrecognized(argc, argv))
		return 1;
	return bench_run();
}
