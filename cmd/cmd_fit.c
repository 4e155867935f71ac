/* SPDX-License-Identifier: MIT
 *
 * mmreplay fit: a trace's distributions into a profile file, or the distance of
 * two traces.
 */
#include "cmd/cmd_fit.h"

#include <errno.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyze/frag_distance.h"
#include "base/fmt.h"
#include "base/out.h"
#include "base/progress.h"
#include "base/stop.h"
#include "base/table.h"
#include "cmd/cmd.h"
#include "replay/machine_file.h"
#include "replay/run.h"

struct arguments {
	const char *output, *machine;
	bool compare, json;
};

/* ---- what gen needs too ---- */

static void show_progress(void *arg, uint64_t records, double part)
{
	progress_update(arg, records, part);
}

/* Does the file begin as a trace does?  Negative errno with a sentence. */
static int is_trace(const char *path, struct mm_error *err)
{
	unsigned char head[4] = { 0 };
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f)
		return mm_fail(err, -errno, "%s: cannot open: %s", path, strerror(errno));
	n = fread(head, 1, sizeof(head), f);
	fclose(f);
	return n == sizeof(head) && !memcmp(head, "\x89MMT", sizeof(head));
}

struct fit *fit_read_any(const char *arg, struct mm_error *err)
{
	char *path = cmd_trace(arg);
	struct progress bar;
	struct fit *fit = NULL;
	int rc = path ? is_trace(path, err) : mm_fail(err, -ENOMEM, "out of memory");

	if (!rc) {
		fit = fit_load(path, err);
	} else if (rc > 0) {
		progress_begin(&bar, stderr, "measuring", "records");
		fit = fit_trace(path, show_progress, &bar, err);
		progress_end(&bar);
	}
	free(path);
	return fit;
}

static void row(struct table *t, const char *what, struct bins_distance d)
{
	table_cell(t, "%s", what);
	table_cell(t, "%.3f", d.ks);
	table_cell(t, "%.2f", d.octaves);
}

static void share_row(struct table *t, const char *what, double share)
{
	table_cell(t, "%s", what);
	table_cell(t, "%.3f", share);
	table_cell(t, " ");
}

void fit_print_distance(const struct fit_distance *d)
{
	struct table *t = table_new("<distribution|>distance|>octaves");

	if (!t)
		return;
	row(t, "sizes of objects and areas", d->size);
	row(t, "lifetimes of pages", d->page_life);
	row(t, "lifetimes of objects and areas", d->object_life);
	row(t, "gaps between requests", d->gap);
	share_row(t, "orders and mobility of pages", d->order);
	share_row(t, "mix of requests", d->mix);
	share_row(t, "rate over time", d->rate);
	table_print(t, stdout, 2);
	table_free(t);
}

/* ---- one trace ---- */

static void print_fit(const struct fit *f, const char *out)
{
	char a[FMT_LEN], b[FMT_LEN], c[FMT_LEN];
	struct table *t = table_new(">requests|<kind|>order|<cache|>freed|>median life|>9 of 10 within");
	uint32_t i;

	printf("%s: %u classes of requests in %s operations, %s\n\n", out, f->nr_classes, fmt_grouped(a, f->operations),
	       fmt_seconds(b, (double)f->duration_ns * 1e-9));
	for (i = 0; t && i < f->nr_classes && i < 12; i++) {
		const struct fit_class *k = &f->class[i];
		struct bins life = k->life_ns;

		bins_merge(&life, &k->follow_ns);
		table_cell(t, "%s", fmt_grouped(a, k->count));
		table_cell(t, "%s", trace_kind_name(k->kind));
		table_cell(t, "%u", k->order);
		table_cell(t, "%s", k->cache_name);
		table_cell(t, "%.0f %%", k->objects ? 100.0 * (double)k->freed / (double)k->objects : 0);
		table_cell(t, "%s", k->freed ? fmt_seconds(b, (double)bins_quantile(&life, 0.5) * 1e-9) : "-");
		table_cell(t, "%s", k->freed ? fmt_seconds(c, (double)bins_quantile(&life, 0.9) * 1e-9) : "-");
	}
	if (t)
		table_print(t, stdout, 0);
	table_free(t);
}

static int fit_one(const char *path, const struct arguments *a)
{
	struct mm_error err = { 0 };
	struct fit *f = fit_read_any(path, &err);
	char *out = NULL;
	int rc;

	if (!f)
		return cmd_fail("fit", &err);
	if (!a->output) {
		out = malloc(strlen(path) + 5);
		if (out)
			sprintf(out, "%.*s.ini", (int)(strlen(path) - (strstr(path, ".mmt") ? 4 : 0)), path);
	}
	rc = a->output || out ? fit_save(f, a->output ? a->output : out, &err) : mm_fail(&err, -ENOMEM, "out of memory");
	if (!rc && (!a->output || strcmp(a->output, "-")))
		print_fit(f, a->output ? a->output : out);
	free(out);
	fit_free(f);
	return rc ? cmd_fail("fit", &err) : CMD_DONE;
}

/* ---- two ---- */

/* The free lists over time of a trace on a machine. */
static int timeline_of(const char *trace, const char *machine, const char *dir, struct an_timeline *t,
		       struct mm_error *err)
{
	char *path = cmd_trace(trace), *csv;
	const struct run_options o = {
		.trace = path, .machine = machine, .out = dir, .timeline = { .samples = 200 }, .progress = stderr,
	};
	struct run_result r;
	int rc = path ? run_replay(&o, &r, err) : mm_fail(err, -ENOMEM, "out of memory");

	free(path);
	if (rc)
		return rc > 0 ? mm_fail(err, -EINTR, "interrupted") : rc;
	run_result_free(&r);
	if (asprintf(&csv, "%s/timeline.csv", dir) < 0)
		return mm_fail(err, -ENOMEM, "out of memory");
	rc = an_timeline_load(t, csv, err);
	free(csv);
	return rc;
}

/* Both replayed, in a folder that goes afterwards. */
static int curves(char **path, const char *machine, struct frag_distance *d, struct mm_error *err)
{
	const char *tmp = getenv("TMPDIR");
	struct an_timeline t[2] = { { 0 } };
	struct out_dir *dir = NULL;
	char *name = NULL, *run;
	int i, rc = 0;

	if (asprintf(&name, "%s/mmreplay-fit-%ld", tmp && *tmp ? tmp : "/tmp", (long)getpid()) < 0)
		return mm_fail(err, -ENOMEM, "out of memory");
	dir = out_dir_begin(name, "run.json", err);
	free(name);
	if (!dir)
		return err->code;
	for (i = 0; !rc && i < 2; i++) {
		if (asprintf(&run, "%s/%d", out_dir_path(dir), i) < 0) {
			rc = mm_fail(err, -ENOMEM, "out of memory");
			break;
		}
		rc = timeline_of(path[i], machine, run, &t[i], err);
		free(run);
	}
	if (!rc)
		frag_distance(&t[0], &t[1], d);
	an_timeline_free(&t[0]);
	an_timeline_free(&t[1]);
	out_dir_abort(dir);
	return rc;
}

static const int shown_orders[] = { 1, 3, 5, 8, 10 };

enum { NR_SHOWN = sizeof(shown_orders) / sizeof(shown_orders[0]) };

static void print_curves(const struct frag_distance *d, const char *machine)
{
	struct table *t = table_new("<zone|>order 1|>3|>5|>8|>10");
	int zone, i;

	printf("\nunusable free space over time on %s: mean difference of the index\n", machine);
	for (zone = 0; t && zone < AN_ZONES; zone++) {
		if (!d->zone[zone])
			continue;
		table_cell(t, "%s", an_zone_names[zone]);
		for (i = 0; i < NR_SHOWN; i++)
			table_cell(t, "%.3f", d->mean[zone][shown_orders[i]]);
	}
	if (t)
		table_print(t, stdout, 2);
	table_free(t);
}

static json_t *json_bins(struct bins_distance d)
{
	return json_pack("{s:f, s:f}", "ks", d.ks, "octaves", d.octaves);
}

static void print_json(const struct fit_distance *d, const struct frag_distance *c, const char *machine)
{
	json_t *o, *zones = json_object(), *orders;
	int zone, order;

	for (zone = 0; zone < AN_ZONES; zone++) {
		if (!c->zone[zone])
			continue;
		orders = json_array();
		for (order = 0; order < AN_ORDERS; order++)
			json_array_append_new(orders, json_real(c->mean[zone][order]));
		json_object_set_new(zones, an_zone_names[zone], orders);
	}
	o = json_pack("{s:s, s:o, s:o, s:o, s:o, s:f, s:f, s:f, s:s, s:o}", "schema", "mmreplay-fit-1",
		      "size", json_bins(d->size), "page_life", json_bins(d->page_life),
		      "object_life", json_bins(d->object_life), "gap", json_bins(d->gap), "order", d->order,
		      "mix", d->mix, "rate", d->rate, "machine", machine, "unusable", zones);
	json_dumpf(o, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(o);
}

static int compare_two(char **path, const struct arguments *a)
{
	struct mm_error err = { 0 };
	struct fit *x = fit_read_any(path[0], &err), *y = x ? fit_read_any(path[1], &err) : NULL;
	struct frag_distance curve = { .zone = { false } };
	struct fit_distance d;
	int rc = y ? 0 : err.code;

	if (!rc)
		rc = curves(path, a->machine, &curve, &err);
	if (!rc) {
		fit_compare(x, y, &d);
		if (a->json) {
			print_json(&d, &curve, a->machine);
		} else {
			printf("%s and %s\n", path[0], path[1]);
			fit_print_distance(&d);
			print_curves(&curve, a->machine);
		}
	}
	fit_free(x);
	fit_free(y);
	return rc ? cmd_fail("fit", &err) : CMD_DONE;
}

int cmd_fit(int argc, char **argv)
{
	struct arguments a = { .machine = MACHINE_DEFAULT };
	const struct opt opts[] = {
		{ .name = "output", .letter = 'o', .type = OPT_STRING, .value = &a.output, .arg = "FILE",
		  .help = "The profile to write; - is standard output. Default: the trace's name with .ini." },
		{ .name = "compare", .type = OPT_FLAG, .value = &a.compare,
		  .help = "Compare two traces: their distributions, and the fragmentation that each leads to." },
		{ .name = "machine", .letter = 'm', .type = OPT_STRING, .value = &a.machine, .arg = "FILE|NAME",
		  .help = "With --compare: the machine on which both are replayed; x86_32-2g by default." },
		{ .name = "json", .type = OPT_FLAG, .value = &a.json, .help = "With --compare: print JSON." },
		{ .name = NULL },
	};
	const struct opt_spec spec = {
		.usage = "T.mmt [-o PROFILE.ini] | --compare A.mmt B.mmt",
		.about = "Measure the distributions of a trace: sizes, orders, flags, lifetimes, rates, call sites. "
			 "mmreplay gen --profile makes a trace of any length from them.",
		.opts = opts,
		.more = "example:\n"
			"  mmreplay fit build.mmt -o build.ini\n"
			"  mmreplay gen --profile build.ini -o made.mmt\n"
			"  mmreplay fit --compare build.mmt made.mmt\n",
		.min_operands = 1, .max_operands = 2,
	};
	struct mm_error err = { 0 };
	int first, status;

	first = cmd_options(&spec, argc, argv, &status);
	if (first < 0)
		return status;
	if (argc - first != (a.compare ? 2 : 1)) {
		mm_fail(&err, -EINVAL, "found %d traces, expected %s", argc - first, a.compare ? "two" : "one");
		return cmd_fail("fit", &err);
	}
	stop_install();
	return a.compare ? compare_two(argv + first, &a) : fit_one(argv[first], &a);
}
