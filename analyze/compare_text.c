/* SPDX-License-Identifier: MIT
 * A comparison's values as people read them. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/compare_internal.h"
#include "base/fmt.h"

const json_t *an_compare_rows(const struct an_compare *c, const char *key)
{
	const json_t *sections = json_object_get(c->json, "sections");
	size_t i;

	for (i = 0; i < json_array_size(sections); i++) {
		const json_t *s = json_array_get(sections, i);

		if (!strcmp(json_string_value(json_object_get(s, "key")), key))
			return json_object_get(s, "rows");
	}
	return NULL;
}

/* Some numbers of a distribution, " / " between them. */
static const char *numbers_cell(char buf[COMPARE_CELL], const json_t *o, const char *const *keys, size_t nr)
{
	size_t n = 0, i;

	for (i = 0; i < nr; i++) {
		char num[FMT_LEN];
		double v = json_number_value(json_object_get(o, keys[i]));

		if (v < 10000)
			snprintf(num, sizeof(num), "%.0f", v);
		else
			fmt_count(num, v);
		n += (size_t)snprintf(buf + n, COMPARE_CELL - n, "%s%s", i ? " / " : "", num);
	}
	return buf;
}

static const char *latency_cell(char buf[COMPARE_CELL], const json_t *o)
{
	static const char *const keys[] = { "p50_ns", "p90_ns", "p99_ns", "p99_9_ns", "max_ns" };

	return numbers_cell(buf, o, keys, sizeof(keys) / sizeof(keys[0]));
}

static const char *cost_cell(char buf[COMPARE_CELL], const json_t *o)
{
	static const char *const keys[] = { "mean_instructions", "p50_instructions", "p99_instructions",
					    "max_instructions" };

	return numbers_cell(buf, o, keys, sizeof(keys) / sizeof(keys[0]));
}

/* Configuration: whatever JSON it is. */
static const char *text_cell(char buf[COMPARE_CELL], const json_t *v)
{
	char *dump;

	if (json_is_string(v)) {
		snprintf(buf, COMPARE_CELL, "%.*s", COMPARE_CELL - 1,
			 *json_string_value(v) ? json_string_value(v) : "(empty)");
		return buf;
	}
	dump = json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT);
	snprintf(buf, COMPARE_CELL, "%.*s", COMPARE_CELL - 1, dump ? dump : "?");
	free(dump);
	return buf;
}

const char *an_compare_cell(char buf[COMPARE_CELL], const json_t *row, size_t run)
{
	const char *unit = json_string_value(json_object_get(row, "unit"));
	const json_t *v = json_array_get(json_object_get(row, "values"), run);
	uint64_t n = (uint64_t)json_integer_value(v);
	char num[FMT_LEN];

	if (!v || json_is_null(v))
		return strcpy(buf, "-");
	if (!strcmp(unit, "count") || !strcmp(unit, "pages"))
		return strcpy(buf, fmt_grouped(num, n));
	if (!strcmp(unit, "bytes"))
		return strcpy(buf, fmt_mem(num, n));
	if (!strcmp(unit, "rate"))
		snprintf(buf, COMPARE_CELL, "%s/s", fmt_count(num, json_number_value(v)));
	else if (!strcmp(unit, "percent"))
		snprintf(buf, COMPARE_CELL, "%.1f %%", json_number_value(v));
	else if (!strcmp(unit, "times"))
		snprintf(buf, COMPARE_CELL, "%.2f", json_number_value(v));
	else if (!strcmp(unit, "number"))
		snprintf(buf, COMPARE_CELL, "%.6g", json_number_value(v));
	else if (!strcmp(unit, "latency"))
		latency_cell(buf, v);
	else if (!strcmp(unit, "cost"))
		cost_cell(buf, v);
	else
		text_cell(buf, v);
	return buf;
}
