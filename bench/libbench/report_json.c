/* SPDX-License-Identifier: MIT
 *
 * JSON, always valid: strings are escaped (bytes that are no UTF-8 become
 * U+FFFD) and numbers that JSON does not have are null.  Keys and their order
 * are Google Benchmark's.
 */
#include <inttypes.h>
#include <math.h>

#include "internal.h"

/* Length of the UTF-8 sequence at p, or 0 for none. */
static int utf8_length(const unsigned char *p)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	int n = *p < 0x80 ? 1 : *p >> 5 == 6 ? 2 : *p >> 4 == 14 ? 3 : *p >> 3 == 30 ? 4 : 0, i;
	uint32_t code;

	if (n < 2)
		return n;
	code = *p & (0xffU >> (n + 1));
	for (i = 1; i < n; i++) {
		if (p[i] >> 6 != 2)
			return 0;
		code = code << 6 | (p[i] & 63);
	}
	return code < least[n] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : n;
}

static void string(FILE *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;

	fputc('"', out);
	while (*p) {
		int n = utf8_length(p);

		if (n == 0)
			fputs("\\ufffd", out);
		else if (*p == '"' || *p == '\\')
			fprintf(out, "\\%c", *p);
		else if (*p == '\n')
			fputs("\\n", out);
		else if (*p == '\t')
			fputs("\\t", out);
		else if (*p == '\r')
			fputs("\\r", out);
		else if (*p < 0x20)
			fprintf(out, "\\u%04x", *p);
		else
			fwrite(p, 1, (size_t)n, out);
		p += n ? n : 1;
	}
	fputc('"', out);
}

static void key(FILE *out, int indent, const char *name)
{
	fprintf(out, "%*s", indent, "");
	string(out, name);
	fputs(": ", out);
}

static void number(FILE *out, double v)
{
	if (isfinite(v))
		fprintf(out, "%.16e", v);
	else
		fputs("null", out);
}

static void begin(struct reporter *r, const struct context *c)
{
	FILE *out = r->out;
	size_t i;

	fputs("{\n  \"context\": {\n    \"date\": ", out);
	string(out, c->date);
	fputs(",\n    \"host_name\": ", out);
	string(out, c->host);
	fputs(",\n    \"executable\": ", out);
	string(out, bench_executable);
	fprintf(out, ",\n    \"num_cpus\": %d,\n    \"mhz_per_cpu\": %.0f,\n", c->cpus, c->mhz);
	fprintf(out, "    \"cpu_scaling_enabled\": %s,\n    \"caches\": [\n", c->scaling ? "true" : "false");
	for (i = 0; i < c->n_caches; i++) {
		fputs("      {\n        \"type\": ", out);
		string(out, c->cache[i].type);
		fprintf(out, ",\n        \"level\": %d,\n        \"size\": %ld,\n        \"num_sharing\": %d\n",
			c->cache[i].level, c->cache[i].size, c->cache[i].sharing);
		fprintf(out, "      }%s\n", i + 1 < c->n_caches ? "," : "");
	}
	fputs("    ],\n    \"load_avg\": [", out);
	for (i = 0; (int)i < c->n_load; i++)
		fprintf(out, "%s%g", i ? "," : "", c->load[i]);
	fprintf(out, "],\n    \"library_build_type\": \"%s\",\n    \"json_schema_version\": 1",
		context_build_type());
	for (i = 0; i < bench_registry.n_context; i++) {
		fputs(",\n", out);
		key(out, 4, bench_registry.context[i].key);
		string(out, bench_registry.context[i].value);
	}
	fputs("\n  },\n  \"benchmarks\": [\n", out);
}

/* Name, value and what follows of a line; the first of a run has no comma. */
static void put_string(FILE *out, const char *name, const char *value)
{
	fputs(",\n", out);
	key(out, 6, name);
	string(out, value);
}

static void put_int(FILE *out, const char *name, int64_t value)
{
	fputs(",\n", out);
	key(out, 6, name);
	fprintf(out, "%" PRId64, value);
}

static void put_number(FILE *out, const char *name, double value)
{
	fputs(",\n", out);
	key(out, 6, name);
	number(out, value);
}

static void put_times(FILE *out, const struct run *run)
{
	if (run->rms) {
		put_number(out, "rms", run_cpu(run));
		return;
	}
	if (run->big_o) {
		put_number(out, "cpu_coefficient", run_cpu(run));
		put_number(out, "real_coefficient", run_real(run));
		put_string(out, "big_o", complexity_name(run->complexity));
	} else {
		put_int(out, "iterations", (int64_t)run->iterations);
		put_number(out, "real_time", run_real(run));
		put_number(out, "cpu_time", run_cpu(run));
	}
	put_string(out, "time_unit", bench_unit_name(run->unit));
}

static void put_run(FILE *out, const struct run *run)
{
	char *name = run_full_name(run);
	size_t i;

	fputs("    {\n", out);
	key(out, 6, "name");
	string(out, name);
	free(name);
	put_int(out, "family_index", run->of->family);
	put_int(out, "per_family_instance_index", run->of->index);
	put_string(out, "run_name", run->run_name);
	put_string(out, "run_type", run->aggregate ? "aggregate" : "iteration");
	put_int(out, "repetitions", run->repetitions);
	if (!run->aggregate)
		put_int(out, "repetition_index", run->repetition);
	put_int(out, "threads", run->threads);
	if (run->aggregate) {
		put_string(out, "aggregate_name", run->aggregate);
		put_string(out, "aggregate_unit", run->percentage ? "percentage" : "time");
	}
	if (run->skip) {
		bool error = run->skip == SKIP_ERROR;

		fprintf(out, ",\n      \"%s\": true", error ? "error_occurred" : "skipped");
		put_string(out, error ? "error_message" : "skip_message", run->message);
	}
	put_times(out, run);
	for (i = 0; i < run->counters.n; i++) {
		const struct counter *c = &run->counters.c[i];
		bool scaled = c->flags & COUNTER_TIME && !run->percentage;

		put_number(out, c->name,
			   scaled ? c->value * bench_unit_multiplier(run->unit) : c->value);
	}
	if (run->label && *run->label)
		put_string(out, "label", run->label);
	fputs("\n    }", out);
}

static void report(struct reporter *r, const struct runs *runs)
{
	size_t i;

	for (i = 0; i < runs->n; i++) {
		if (r->any)
			fputs(",\n", r->out);
		r->any = true;
		put_run(r->out, &runs->r[i]);
	}
}

static void end(struct reporter *r)
{
	fputs(r->any ? "\n  ]\n}\n" : "  ]\n}\n", r->out);
}

void reporter_json(struct reporter *r)
{
	r->document = true;
	r->begin = begin;
	r->runs = report;
	r->end = end;
}
