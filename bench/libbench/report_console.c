/* SPDX-License-Identifier: MIT
 *
 * The console table.  The first run decides the header; with tabular counters
 * every run whose counters have other names gets a new one.
 */
#include <math.h>
#include <stdarg.h>

#include "internal.h"

enum color { COLOR_DEFAULT = 0, RED = 1, GREEN = 2, YELLOW = 3, BLUE = 4, CYAN = 6, WHITE = 7 };

static void __attribute__((format(printf, 3, 4)))
say(struct reporter *r, enum color color, const char *format, ...)
{
	va_list ap;

	if (r->color && color)
		fprintf(r->out, "\033[0;3%dm", color);
	va_start(ap, format);
	vfprintf(r->out, format, ap);
	va_end(ap);
	if (r->color)
		fputs("\033[m", r->out);
}

static void begin(struct reporter *r, const struct context *c)
{
	r->name_width = c->name_width;
	context_print(c, r->context);
}

static void rule(FILE *out, size_t width)
{
	while (width--)
		fputc('-', out);
	fputc('\n', out);
}

static void header(struct reporter *r, const struct run *run)
{
	const struct counters *c = &run->counters;
	char *text = bench_printf("%-*s %13s %15s %12s", (int)r->name_width, "Benchmark", "Time", "CPU",
				  "Iterations");
	size_t i;

	if (r->tabular)
		for (i = 0; i < c->n; i++)
			bench_append(&text, " %10s", c->c[i].name);
	else if (c->n)
		bench_append(&text, " UserCounters...");
	rule(r->out, strlen(text));
	fprintf(r->out, "%s\n", text);
	rule(r->out, strlen(text));
	free(text);
}

/* Ten columns for the number, decimal places aligned. */
static void time_text(char out[32], double t)
{
	if (t < 1)
		snprintf(out, 32, "%10.3f", t);
	else if (t < 10)
		snprintf(out, 32, "%10.2f", t);
	else if (t < 100)
		snprintf(out, 32, "%10.1f", t);
	else if (t > 9999999999)
		snprintf(out, 32, "%1.4e", t);
	else
		snprintf(out, 32, "%10.0f", t);
}

static void times(struct reporter *r, const struct run *run)
{
	double real = run_real(run), cpu = run_cpu(run);
	const char *unit;
	char a[32], b[32];

	if (run->big_o) {
		unit = complexity_name(run->complexity);
		say(r, YELLOW, "%10.2f %-4s %10.2f %-4s ", real, unit, cpu, unit);
	} else if (run->rms) {
		say(r, YELLOW, "%10.0f %-4s %10.0f %-4s ", real * 100, "%", cpu * 100, "%");
	} else if (run->percentage) {
		say(r, YELLOW, "%10.2f %-4s %10.2f %-4s ", real * 100, "%", cpu * 100, "%");
	} else {
		unit = bench_unit_name(run->unit);
		time_text(a, real);
		time_text(b, cpu);
		say(r, YELLOW, "%s %-4s %s %-4s ", a, unit, b, unit);
	}
}

static void counter(struct reporter *r, const struct run *run, const struct counter *c)
{
	int width = (int)strlen(c->name);
	const char *unit = "";
	char text[32];

	if (run->percentage) {
		snprintf(text, sizeof(text), "%.2f", c->value * 100);
		unit = "%";
	} else {
		bench_human_number(text, c->value, c->flags & BENCH_1024 ? 1024 : 1000);
		if (c->flags & COUNTER_TIME)
			unit = "s";
		else if (c->flags & BENCH_RATE)
			unit = c->flags & BENCH_INVERT ? "s" : "/s";
	}
	if (width < 10)
		width = 10;
	if (r->tabular)
		say(r, COLOR_DEFAULT, " %*s%s", width - (int)strlen(unit), text, unit);
	else
		say(r, COLOR_DEFAULT, " %s=%s%s", c->name, text, unit);
}

static void line(struct reporter *r, const struct run *run)
{
	char *name = run_full_name(run);
	size_t i;

	say(r, run->big_o || run->rms ? BLUE : GREEN, "%-*s ", (int)r->name_width, name);
	free(name);
	if (run->skip) {
		say(r, run->skip == SKIP_ERROR ? RED : WHITE, "%s: \'%s\'",
		    run->skip == SKIP_ERROR ? "ERROR OCCURRED" : "SKIPPED", run->message);
		say(r, COLOR_DEFAULT, "\n");
		return;
	}
	times(r, run);
	if (!run->big_o && !run->rms)
		say(r, CYAN, "%10llu", (unsigned long long)run->iterations);
	for (i = 0; i < run->counters.n; i++)
		counter(r, run, &run->counters.c[i]);
	if (run->label && *run->label)
		say(r, COLOR_DEFAULT, " %s", run->label);
	say(r, COLOR_DEFAULT, "\n");
}

static void report(struct reporter *r, const struct runs *runs)
{
	size_t i;

	for (i = 0; i < runs->n; i++) {
		const struct run *run = &runs->r[i];

		if (!r->any || (r->tabular && !counters_same_names(&run->counters, &r->previous))) {
			header(r, run);
			counters_copy(&r->previous, &run->counters);
			r->any = true;
		}
		line(r, run);
	}
}

static void end(struct reporter *r)
{
	counters_free(&r->previous);
}

void reporter_console(struct reporter *r)
{
	r->begin = begin;
	r->runs = report;
	r->end = end;
}
