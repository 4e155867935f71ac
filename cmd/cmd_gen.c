/* SPDX-License-Identifier: MIT
 *
 * mmreplay gen: a synthetic trace.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/progress.h"
#include "base/stop.h"
#include "base/table.h"
#include "cmd/cmd.h"
#include "cmd/cmd_fit.h"
#include "traces/synth/synth.h"

struct arguments {
	const char *output, *duration, *model, *against, *machine;
	int64_t seed, operations, rate, level;
	bool list, no_compare;
};

/* ---- what there is ---- */

static int list_profiles(void)
{
	const struct synth_profile *p;
	struct table *t = table_new("<profile|<machine|<what it is");
	size_t i;

	for (i = 0; t && (p = synth_profile_at(i)); i++) {
		table_cell(t, "%s", p->name);
		table_cell(t, "%s", p->machine);
		table_cell(t, "%s", p->about);
	}
	if (t)
		table_print(t, stdout, 0);
	table_free(t);
	return CMD_DONE;
}

/* Words of text, at most `width` characters a line. */
static void print_wrapped(const char *text, int indent, int width)
{
	int at = 0;

	while (*text) {
		int n = (int)strcspn(text, " ");

		if (at && at + 1 + n > width) {
			putchar('\n');
			at = 0;
		}
		at += printf("%*s%.*s", at ? 1 : indent, "", n, text);
		text += n;
		text += *text == ' ';
	}
	putchar('\n');
}

static void print_range(const struct synth_param *p)
{
	char low[SYNTH_TEXT], high[SYNTH_TEXT];

	if (p->unit == SYNTH_CHOICE)
		printf("%s", p->words);
	else
		printf("%s to %s%s", synth_value(low, p, p->min), synth_value(high, p, p->max),
		       p->unit == SYNTH_PERCENT ? " %" : "");
}

static int explain(const struct synth_profile *p)
{
	const struct synth_param *t;
	char buf[SYNTH_TEXT];

	printf("usage: mmreplay gen %s [NAME=VALUE...] [OPTION...]\n\n%s\n\n", p->name, p->about);
	print_wrapped(p->stresses, 0, 80);
	printf("\nsource of the pattern:\n");
	print_wrapped(p->source, 2, 80);
	printf("\nmachine: %s; by default ", p->machine);
	if (p->measured)
		printf("as long and as fast as the recording\n");
	else
		printf("%" PRIu64 " operations at %" PRIu64 " a second\n", p->operations, p->rate);
	if (p->params[0].name)
		printf("\nparameters:\n");
	for (t = p->params; t->name; t++) {
		printf("  %s=%s  (", t->name, synth_value(buf, t, t->value));
		print_range(t);
		printf(")\n");
		print_wrapped(t->help, 6, 80);
	}
	return CMD_DONE;
}

/* "gen PROFILE --help": the profile's own help.  NULL: not asked for. */
static const struct synth_profile *asked_for(int argc, char **argv)
{
	const struct synth_profile *p;
	bool help = false;
	int i;
	size_t j;

	for (i = 1; i < argc; i++)
		help |= !strcmp(argv[i], "--help") || !strcmp(argv[i], "-h");
	for (i = 1; help && i < argc; i++)
		for (j = 0; (p = synth_profile_at(j)); j++)
			if (!strcmp(argv[i], p->name))
				return p;
	return NULL;
}

/* ---- the trace ---- */

static void show_progress(void *arg, uint64_t operations, double part)
{
	progress_update(arg, operations, part);
}

static void print_summary(const char *out, const struct synth_result *r)
{
	char a[FMT_LEN], b[FMT_LEN], c[FMT_LEN], d[FMT_LEN];

	printf("%s: %s operations, %s, %s of trace time, at most %s objects; generated in %s (%s operations/s)\n",
	       out, fmt_grouped(a, r->totals.operations), fmt_bytes(b, (double)r->totals.file_bytes),
	       fmt_seconds(c, (double)r->totals.duration_ns * 1e-9), fmt_grouped((char[FMT_LEN]){ 0 }, r->totals.slots),
	       fmt_seconds(d, r->seconds),
	       fmt_count((char[FMT_LEN]){ 0 }, (double)r->totals.operations / (r->seconds > 0 ? r->seconds : 1e-9)));
	if (*r->settings)
		printf("parameters: %s\n", r->settings);
	if (r->compared) {
		printf("\nhow far from what it imitates (docs/profiles.md):\n");
		fit_print_distance(&r->distance);
	}
}

static int generate(const struct synth_profile *p, const struct arguments *a, char **settings, int nr)
{
	struct progress bar;
	struct synth_options opt = {
		.seed = (uint64_t)a->seed, .operations = (uint64_t)a->operations, .rate = (uint64_t)a->rate,
		.settings = (const char *const *)settings, .nr_settings = (size_t)nr,
		.level = (int)a->level, .model = a->model, .machine = a->machine, .compare = !a->no_compare, .progress = show_progress, .arg = &bar,
	};
	struct synth_result result;
	struct mm_error err = { 0 };
	struct fit *against = NULL;
	char *out = NULL;
	int rc;

	if (a->duration && (synth_time(a->duration, &opt.duration_ns) || !opt.duration_ns)) {
		mm_fail(&err, -EINVAL, "--duration: found '%.80s', expected a time such as 10s, 3h or 2w", a->duration);
		return cmd_fail("gen", &err);
	}
	if (a->against) {
		opt.against = against = fit_read_any(a->against, &err);
		if (!against)
			return cmd_fail("gen", &err);
	}
	if (!a->output && asprintf(&out, "%s.mmt", p->name) < 0)
		return CMD_USAGE;
	stop_install();
	progress_begin(&bar, stderr, "generating", "operations");
	rc = synth_write(p, a->output ? a->output : out, &opt, &result, &err);
	progress_end(&bar);
	if (!rc && (!a->output || strcmp(a->output, "-")))
		print_summary(a->output ? a->output : out, &result);
	synth_result_free(&result);
	fit_free(against);
	free(out);
	return rc ? cmd_fail("gen", &err) : CMD_DONE;
}

int cmd_gen(int argc, char **argv)
{
	struct arguments a = { .seed = 1 };
	const struct opt opts[] = {
		{ .name = "list", .type = OPT_FLAG, .value = &a.list, .help = "List the profiles." },
		{ .name = "output", .letter = 'o', .type = OPT_STRING, .value = &a.output, .arg = "T.mmt",
		  .help = "The trace to write; - is standard output. Default: PROFILE.mmt." },
		{ .name = "seed", .type = OPT_INT, .value = &a.seed, .arg = "N", .min = 0, .max = INT64_MAX,
		  .help = "Seed of the random numbers, 1 by default. Same profile, parameters, length and seed: the same bytes." },
		{ .name = "ops", .letter = 'n', .type = OPT_INT, .value = &a.operations, .arg = "N", .min = 1,
		  .max = INT64_MAX, .help = "End after N operations." },
		{ .name = "duration", .type = OPT_STRING, .value = &a.duration, .arg = "TIME",
		  .help = "End after this much trace time (10s, 3h, 2w)." },
		{ .name = "rate", .type = OPT_INT, .value = &a.rate, .arg = "N", .min = 1, .max = 1000000000,
		  .help = "Operations a second while the profile is busy: all times of the trace are scaled, what lives at a time stays. "
			  "Default: the profile's." },
		{ .name = "machine", .letter = 'm', .type = OPT_STRING, .value = &a.machine, .arg = "NAME",
		  .help = "The machine that the trace is meant for, as a note in the metadata; by default the profile's." },
		{ .name = "profile", .type = OPT_STRING, .value = &a.model, .arg = "FILE",
		  .help = "A file of mmreplay fit for the profile 'fitted' (which need not be named then)." },
		{ .name = "against", .type = OPT_STRING, .value = &a.against, .arg = "FILE",
		  .help = "Compare the made trace with this trace or file of fit; by default with what the profile imitates." },
		{ .name = "no-compare", .type = OPT_FLAG, .value = &a.no_compare,
		  .help = "Do not compare: faster; the metadata then has no distance." },
		{ .name = "level", .type = OPT_INT, .value = &a.level, .arg = "N", .min = 0, .max = 19,
		  .help = "zstd level of the trace; 0 is the default." },
		{ .name = NULL },
	};
	const struct opt_spec spec = {
		.usage = "PROFILE [NAME=VALUE...] [OPTION...]",
		.about = "Generate a synthetic trace. PROFILE --help explains a profile and its parameters, NAME=VALUE; "
			 "docs/profiles.md describes them all. The trace's metadata says that it is synthetic and what made it.",
		.opts = opts,
		.more = "example:\n"
			"  mmreplay gen net-rx slow=5 -o rx.mmt\n"
			"  mmreplay replay rx.mmt --machine x86_32-512m\n",
		.min_operands = 0, .max_operands = -1,
	};
	const struct synth_profile *p = asked_for(argc, argv);
	struct mm_error err = { 0 };
	int first, status;

	if (p)
		return explain(p);
	first = cmd_options(&spec, argc, argv, &status);
	if (first < 0)
		return status;
	if (a.list)
		return list_profiles();
	/* With --profile the name may be left out: the first operand is NAME=VALUE then. */
	if (a.model && (first == argc || strchr(argv[first], '=')))
		return generate(synth_find("fitted", &err), &a, argv + first, argc - first);
	p = first < argc ? synth_find(argv[first], &err) : NULL;
	if (p && a.model && strcmp(p->name, "fitted")) {
		mm_fail(&err, -EINVAL, "--profile: found profile '%s', expected none or 'fitted'", p->name);
		return cmd_fail("gen", &err);
	}
	if (!p) {
		if (first == argc)
			mm_fail(&err, -EINVAL, "found no profile, expected one: mmreplay gen --list shows them");
		return cmd_fail("gen", &err);
	}
	return generate(p, &a, argv + first + 1, argc - first - 1);
}
