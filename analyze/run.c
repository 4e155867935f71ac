/* SPDX-License-Identifier: MIT
 * A run folder in memory.  run.json is kept as jansson's tree: what the report
 * shows of it (machine, trace, counts) may grow without this file. */
#include "analyze/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyze/frag.h"

#define RUN_SCHEMA "mmreplay-run-1"

static char *in_dir(const struct an_run *r, const char *name, struct mm_error *err)
{
	char *path;

	if (asprintf(&path, "%s/%s", r->dir, name) >= 0)
		return path;
	mm_fail(err, -ENOMEM, "%s: out of memory", r->dir);
	return NULL;
}

static int load_json(struct an_run *r, struct mm_error *err)
{
	char *path = in_dir(r, "run.json", err);
	json_error_t at;
	const char *schema;
	int ret = 0;

	if (!path)
		return -ENOMEM;
	if (access(path, R_OK)) {
		ret = mm_fail(err, -errno, "%s: %s; expected a folder written by mmreplay replay",
			      path, strerror(errno));
		goto out;
	}
	r->json = json_load_file(path, JSON_REJECT_DUPLICATES, &at);
	if (!r->json) {
		ret = mm_fail(err, -EINVAL, "%s: line %d, column %d: %s, expected JSON", path,
			      at.line, at.column, at.text);
		goto out;
	}
	schema = an_run_text(r, "schema", "none");
	if (strcmp(schema, RUN_SCHEMA))
		ret = mm_fail(err, -EINVAL, "%s: key schema: found \"%.60s\", expected \"%s\"", path,
			      schema, RUN_SCHEMA);
out:
	free(path);
	return ret;
}

const json_t *an_run_get(const struct an_run *r, const char *path)
{
	const json_t *j = r->json;
	char key[64];

	while (j && *path) {
		size_t n = strcspn(path, ".");

		if (n >= sizeof(key))
			return NULL;
		memcpy(key, path, n);
		key[n] = '\0';
		j = json_object_get(j, key);
		path += n + (path[n] == '.');
	}
	return j;
}

const char *an_run_text(const struct an_run *r, const char *path, const char *fallback)
{
	const char *s = json_string_value(an_run_get(r, path));

	return s ? s : fallback;
}

uint64_t an_run_u64(const struct an_run *r, const char *path, uint64_t fallback)
{
	const json_t *j = an_run_get(r, path);

	if (!json_is_integer(j) || json_integer_value(j) < 0)
		return fallback;
	return (uint64_t)json_integer_value(j);
}

const char *an_run_trace(const struct an_run *r, char *buf, size_t size)
{
	const char *path = an_run_text(r, "trace.path", "trace");
	const char *slash = strrchr(path, '/');
	size_t n;

	snprintf(buf, size, "%s", slash ? slash + 1 : path);
	n = strlen(buf);
	if (n > 4 && !strcmp(buf + n - 4, ".mmt"))
		buf[n - 4] = '\0';
	return buf;
}

static bool member(const json_t *o, const char *key, uint64_t *v)
{
	const json_t *j = json_object_get(o, key);

	if (!json_is_integer(j) || json_integer_value(j) < 0)
		return false;
	*v = (uint64_t)json_integer_value(j);
	return true;
}

static void load_zones(struct an_run *r)
{
	const json_t *zones = an_run_get(r, "machine.zones");
	size_t i;
	int z;

	for (z = 0; z < AN_ZONES; z++) {
		struct an_zone *zone = &r->zone[z];
		const json_t *o = NULL;

		for (i = 0; i < json_array_size(zones) && !o; i++) {
			const char *name = json_string_value(
				json_object_get(json_array_get(zones, i), "name"));

			if (name && !strcmp(name, an_zone_names[z]))
				o = json_array_get(zones, i);
		}
		member(o, "start_pfn", &zone->start_pfn);
		member(o, "spanned", &zone->spanned);
		member(o, "present", &zone->present);
		member(o, "managed", &zone->managed);
		zone->marks_known = member(o, "min", &zone->min) && member(o, "low", &zone->low) &&
				    member(o, "high", &zone->high);
		zone->exists = zone->managed || frag_zone_exists(&r->tl, z);
	}
}

static int load_marks(struct an_run *r, struct mm_error *err)
{
	const json_t *marks = an_run_get(r, "marks");
	size_t i, n = json_array_size(marks);

	if (!n)
		return 0;
	r->mark = calloc(n, sizeof(*r->mark));
	if (!r->mark)
		return mm_fail(err, -ENOMEM, "%s: out of memory", r->dir);
	for (i = 0; i < n; i++) {
		const json_t *o = json_array_get(marks, i);
		struct an_mark *m = &r->mark[i];

		m->name = json_string_value(json_object_get(o, "name"));
		if (!m->name || !member(o, "op", &m->op) || !member(o, "time_ns", &m->time_ns))
			return mm_fail(err, -EINVAL,
				       "%s/run.json: marks[%zu]: expected {name, op, time_ns}", r->dir, i);
	}
	r->nr_marks = n;
	return 0;
}

typedef int load_fn(void *to, const char *path, struct mm_error *err);

static int load_file(struct an_run *r, const char *name, bool may_miss, load_fn *load, void *to,
		     struct mm_error *err)
{
	char *path = in_dir(r, name, err);
	int ret = 0;

	if (!path)
		return -ENOMEM;
	if (!may_miss || access(path, F_OK) == 0)
		ret = load(to, path, err);
	free(path);
	return ret;
}

static int load_timeline(void *to, const char *path, struct mm_error *err)
{
	return an_timeline_load(to, path, err);
}

static int load_failures(void *to, const char *path, struct mm_error *err)
{
	return an_failures_load(to, path, err);
}

static int load_blame(void *to, const char *path, struct mm_error *err)
{
	return an_blame_load(to, path, err);
}

static int load_blocks(void *to, const char *path, struct mm_error *err)
{
	return an_blocks_load(to, path, err);
}

static int load_slabinfo(void *to, const char *path, struct mm_error *err)
{
	return an_slabinfo_load(to, path, err);
}

static int load_latency(void *to, const char *path, struct mm_error *err)
{
	return an_times_load(to, path, "ns", err);
}

static int load_cost(void *to, const char *path, struct mm_error *err)
{
	return an_times_load(to, path, "instructions", err);
}

static int load_all(struct an_run *r, struct mm_error *err)
{
	int ret = load_json(r, err);

	if (!ret)
		ret = load_file(r, "timeline.csv", false, load_timeline, &r->tl, err);
	if (!ret)
		ret = load_file(r, "failures.csv", true, load_failures, &r->failures, err);
	if (!ret)
		ret = load_file(r, "blame.csv", true, load_blame, &r->blame, err);
	if (!ret)
		ret = load_file(r, "blocks.csv", true, load_blocks, &r->blocks, err);
	if (!ret)
		ret = load_file(r, "latency.csv", true, load_latency, &r->latency, err);
	if (!ret)
		ret = load_file(r, "cost.csv", true, load_cost, &r->cost, err);
	if (!ret)
		ret = load_file(r, "proc/end-slabinfo", true, load_slabinfo, &r->slab, err);
	if (ret)
		return ret;
	load_zones(r);
	return load_marks(r, err);
}

struct an_run *an_run_load(const char *dir, struct mm_error *err)
{
	struct an_run *r = calloc(1, sizeof(*r));
	size_t n;

	if (!r || !(r->dir = strdup(dir))) {
		mm_fail(err, -ENOMEM, "%s: out of memory", dir);
		free(r);
		return NULL;
	}
	for (n = strlen(r->dir); n > 1 && r->dir[n - 1] == '/'; n--)
		r->dir[n - 1] = '\0';
	if (load_all(r, err)) {
		an_run_free(r);
		return NULL;
	}
	return r;
}

void an_run_free(struct an_run *r)
{
	if (!r)
		return;
	an_failures_free(&r->failures);
	an_blame_free(&r->blame);
	an_blocks_free(&r->blocks);
	an_slabinfo_free(&r->slab);
	an_times_free(&r->latency);
	an_times_free(&r->cost);
	an_timeline_free(&r->tl);
	free(r->mark);
	json_decref(r->json);
	free(r->dir);
	free(r);
}
