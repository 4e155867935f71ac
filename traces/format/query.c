/* SPDX-License-Identifier: MIT
 *
 * What a reader knows besides the operations: names, metadata, totals.
 */
#include <errno.h>

#include "traces/format/reader.h"

const char *mmt_get_string(const struct mmt_reader *r, uint32_t id)
{
	return names_string(&r->names, id);
}

struct trace_site mmt_get_site(const struct mmt_reader *r, uint32_t id)
{
	const struct site_def *s;

	if (!id || id > r->names.nr_sites)
		return (struct trace_site){ .name = "?" };
	s = &r->names.sites[id - 1];
	return (struct trace_site){
		.name = s->name ? names_string(&r->names, s->name) : NULL,
		.frames = s->frames, .nr_frames = s->nr_frames,
	};
}

struct trace_task mmt_get_task(const struct mmt_reader *r, uint32_t id)
{
	const struct task_def *t;

	if (!id || id > r->names.nr_tasks)
		return (struct trace_task){ .comm = "?" };
	t = &r->names.tasks[id - 1];
	return (struct trace_task){ .pid = t->pid, .comm = names_string(&r->names, t->comm) };
}

struct trace_cache mmt_get_cache(const struct mmt_reader *r, uint32_t id)
{
	const struct cache_def *c;

	if (!id || id > r->names.nr_caches)
		return (struct trace_cache){ .name = "?" };
	c = &r->names.caches[id - 1];
	return (struct trace_cache){
		.name = names_string(&r->names, c->name),
		.size = c->size, .align = c->align, .flags = c->flags,
	};
}

uint32_t mmt_nr_sites(const struct mmt_reader *r)
{
	return r->names.nr_sites + 1;
}

uint32_t mmt_nr_tasks(const struct mmt_reader *r)
{
	return r->names.nr_tasks + 1;
}

uint32_t mmt_nr_caches(const struct mmt_reader *r)
{
	return r->names.nr_caches + 1;
}

const char *mmt_get_meta(const struct mmt_reader *r, const char *key)
{
	uint32_t i;

	for (i = 0; i < r->names.nr_meta; i++)
		if (!strcmp(r->names.meta[i].key, key))
			return r->names.meta[i].value;
	return NULL;
}

bool mmt_meta_at(const struct mmt_reader *r, size_t i, const char **key, const char **value)
{
	if (i >= r->names.nr_meta)
		return false;
	*key = r->names.meta[i].key;
	*value = r->names.meta[i].value;
	return true;
}

void reader_count(struct mmt_reader *r, const struct trace_op *op, size_t n)
{
	struct trace_totals *t = &r->counted;
	size_t i;

	for (i = 0; i < n; i++) {
		t->by_kind[op[i].kind]++;
		if (op[i].slot != TRACE_NO_SLOT && op[i].slot >= t->slots)
			t->slots = op[i].slot + 1;
		if (op[i].cpu >= t->cpus)
			t->cpus = op[i].cpu + 1u;
		if (op[i].answer != TRACE_NO_ANSWER)
			t->answers = true;
	}
	t->records += n;
	t->operations = t->records - t->by_kind[TRACE_ITEM];
	t->duration_ns = op[n - 1].time;
}

/* The totals of a salvage are those of what could be read. */
static void counted_totals(const struct mmt_reader *r, struct trace_totals *t)
{
	*t = r->counted;
	t->strings = r->names.nr_strings + 1;
	t->sites = r->names.nr_sites + 1;
	t->tasks = r->names.nr_tasks + 1;
	t->caches = r->names.nr_caches + 1;
	t->chunks = r->chunk;
	t->file_bytes = r->chunk_offset;
}

int mmt_totals(struct mmt_reader *r, struct trace_totals *t, struct mm_error *err)
{
	if (r->damage.code)
		counted_totals(r, t);
	else if (r->have_index)
		*t = r->totals;
	else
		return mm_fail(err, -ESPIPE, "%s: the totals are known only at the end of the "
			       "trace", r->in.path);
	return 0;
}

uint64_t mmt_offset(const struct mmt_reader *r)
{
	return r->in.offset;
}

uint64_t mmt_size(const struct mmt_reader *r)
{
	return r->in.size;
}

const char *mmt_damage(const struct mmt_reader *r)
{
	return r->damage.code ? r->damage.text : NULL;
}
