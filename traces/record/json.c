/* SPDX-License-Identifier: MIT
 * A recording's result as JSON. */
#include <jansson.h>
#include <stdlib.h>

#include "traces/record/record.h"

static void put(json_t *o, const char *key, uint64_t v)
{
	json_object_set_new(o, key, json_integer((json_int_t)v));
}

static void put_path(json_t *o, const char *key, const char *path)
{
	if (path && *path)
		json_object_set_new(o, key, json_string(path));
}

char *record_json(const struct record_options *opt, const struct record_result *res)
{
	char *import = import_summary_json(&res->import), *text;
	json_t *o = json_object();

	put(o, "version", 1);
	put_path(o, "output", opt->output);
	put_path(o, "before", res->before);
	put_path(o, "after", res->after);
	put_path(o, "recording", opt->keep);
	put_path(o, "missing_state", res->missing);
	put(o, "events", res->import.events);
	put(o, "operations", res->import.totals.operations);
	put(o, "lost_events", res->lost);
	put(o, "recorded_bytes", res->raw_bytes);
	json_object_set_new(o, "seconds", json_real(res->seconds));
	if (opt->command)
		put(o, "command_status", res->status);
	json_object_set_new(o, "import", import ? json_loads(import, 0, NULL) : json_null());
	free(import);
	text = json_dumps(o, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	json_decref(o);
	return text;
}
