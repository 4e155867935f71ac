/* SPDX-License-Identifier: MIT
 *
 * CSV: fixed columns, then one a counter name.  Rows are kept until the end, for
 * only then all names are known: every row has every column.
 */
#include <inttypes.h>

#include "internal.h"

static void begin(struct reporter *r, const struct context *c)
{
	context_print(c, r->context);
}

static void quoted(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void report(struct reporter *r, const struct runs *runs)
{
	size_t i;

	for (i = 0; i < runs->n; i++) {
		struct run *to = runs_add(&r->kept);

		*to = runs->r[i];
		to->run_name = bench_strdup(to->run_name);
		to->message = to->message ? bench_strdup(to->message) : NULL;
		to->label = to->label ? bench_strdup(to->label) : NULL;
		to->counters = (struct counters){ NULL, 0 };
		counters_copy(&to->counters, &runs->r[i].counters);
	}
}

/* These two have columns of their own. */
static bool fixed_column(const char *name)
{
	return !strcmp(name, "bytes_per_second") || !strcmp(name, "items_per_second");
}

static void put_counter(FILE *out, const struct run *run, const char *name)
{
	const struct counter *c = counters_find(&run->counters, name);

	if (c && c->flags & COUNTER_TIME && !run->percentage)
		fprintf(out, "%g", c->value * bench_unit_multiplier(run->unit));
	else if (c)
		fprintf(out, "%g", c->value);
}

static void row(FILE *out, const struct run *run, const struct counters *names)
{
	char *name = run_full_name(run);
	size_t i;

	quoted(out, name);
	free(name);
	fputc(',', out);
	if (run->skip) {
		/* iterations ... label: none; then error or skip and its message */
		fprintf(out, ",,,,,,,%s,", run->skip == SKIP_ERROR ? "true" : "");
		quoted(out, run->message);
	} else {
		if (!run->big_o && !run->rms)
			fprintf(out, "%" PRIu64, run->iterations);
		fprintf(out, ",%g,%g,", run_real(run), run_cpu(run));
		if (run->big_o)
			fputs(complexity_name(run->complexity), out);
		else if (!run->rms)
			fputs(bench_unit_name(run->unit), out);
		fputc(',', out);
		put_counter(out, run, "bytes_per_second");
		fputc(',', out);
		put_counter(out, run, "items_per_second");
		fputc(',', out);
		if (run->label && *run->label)
			quoted(out, run->label);
		fputs(",,", out);
	}
	for (i = 0; i < names->n; i++) {
		if (fixed_column(names->c[i].name))
			continue;
		fputc(',', out);
		if (!run->skip)
			put_counter(out, run, names->c[i].name);
	}
	fputc('\n', out);
}

static void end(struct reporter *r)
{
	struct counters names = { NULL, 0 };
	size_t i;

	for (i = 0; i < r->kept.n; i++)
		counters_add(&names, &r->kept.r[i].counters);
	if (r->kept.n) {
		fputs("name,iterations,real_time,cpu_time,time_unit,bytes_per_second,items_per_second,"
		      "label,error_occurred,error_message", r->out);
		for (i = 0; i < names.n; i++) {
			if (!fixed_column(names.c[i].name)) {
				fputc(',', r->out);
				quoted(r->out, names.c[i].name);
			}
		}
		fputc('\n', r->out);
	}
	for (i = 0; i < r->kept.n; i++)
		row(r->out, &r->kept.r[i], &names);
	counters_free(&names);
	runs_free(&r->kept);
}

void reporter_csv(struct reporter *r)
{
	r->begin = begin;
	r->runs = report;
	r->end = end;
}
