/* SPDX-License-Identifier: MIT
 *
 * The writer's dictionaries: each distinct string, site, stack and task gets
 * one id and one definition record, which waits in w->defs for the next names
 * chunk.  A failure (out of memory, content too long) is remembered and ends
 * the next mmt_write or mmt_finish; the id is then 0, "unknown".
 */
#include <errno.h>

#include "traces/format/writer.h"
#include "traces/format/xxh64.h"

struct wanted {
	const struct mmt_names *names;
	const void *data;
	size_t len;
};

static bool same_string(const void *ctx, uint32_t id)
{
	const struct wanted *w = ctx;
	const char *s = w->names->strings[id - 1];

	return strlen(s) == w->len && !memcmp(s, w->data, w->len);
}

static bool same_site(const void *ctx, uint32_t id)
{
	const struct wanted *w = ctx;

	return w->names->sites[id - 1].name == *(const uint32_t *)w->data;
}

static bool same_stack(const void *ctx, uint32_t id)
{
	const struct wanted *w = ctx;
	const struct site_def *s = &w->names->sites[id - 1];

	return s->nr_frames * sizeof(*s->frames) == w->len &&
	       !memcmp(s->frames, w->data, w->len);
}

static bool same_task(const void *ctx, uint32_t id)
{
	const struct wanted *w = ctx;
	const struct task_def *t = w->data, *have = &w->names->tasks[id - 1];

	return have->pid == t->pid && have->comm == t->comm;
}

static uint32_t refuse(struct mmt_writer *w, int code, const char *why)
{
	if (!w->error.code)
		mm_fail(&w->error, code, "%s: cannot define a name: %s", w->out.path, why);
	return 0;
}

/* A definition has been added to w->names and w->defs. */
static uint32_t defined(struct mmt_writer *w, enum interned kind, uint64_t hash, uint32_t id)
{
	if (!id || intern_add(&w->interned[kind], hash, id))
		return refuse(w, -ENOMEM, "out of memory");
	if (w->defs.n >= MMT_NAMES_BYTES && writer_put_names(w))
		return 0;
	return id;
}

static uint32_t intern_string(struct mmt_writer *w, const char *s)
{
	struct wanted want = { &w->names, s, strlen(s) };
	uint64_t hash = mmt_xxh64(s, want.len, 0);
	uint32_t id = intern_find(&w->interned[INTERN_STRING], hash, same_string, &want);

	if (id)
		return id;
	if (want.len > MMT_STRING_MAX)
		return refuse(w, -EINVAL, "a string is longer than 1 MiB");
	id = names_add_string(&w->names, s, want.len);
	if (id) {
		names_put_string(&w->names, &w->defs);
		w->totals.strings = id + 1;
	}
	return defined(w, INTERN_STRING, hash, id);
}

uint32_t mmt_string(struct mmt_writer *w, const char *s)
{
	return intern_string(w, s);
}

uint32_t mmt_site(struct mmt_writer *w, const char *name)
{
	uint32_t string = intern_string(w, name), id;
	struct wanted want = { &w->names, &string, 0 };
	uint64_t hash = mmt_xxh64(&string, sizeof(string), 0);

	if (!string)
		return 0;
	id = intern_find(&w->interned[INTERN_SITE], hash, same_site, &want);
	if (id)
		return id;
	id = names_add_site(&w->names, string);
	if (id) {
		names_put_site(&w->names, &w->defs);
		w->totals.sites = id + 1;
	}
	return defined(w, INTERN_SITE, hash, id);
}

uint32_t mmt_stack(struct mmt_writer *w, const uint32_t *frames, uint32_t n)
{
	struct wanted want = { &w->names, frames, n * sizeof(*frames) };
	uint64_t hash = mmt_xxh64(frames, want.len, 1);
	uint32_t id = intern_find(&w->interned[INTERN_STACK], hash, same_stack, &want), i;

	if (id)
		return id;
	if (n > MMT_STACK_MAX)
		return refuse(w, -EINVAL, "a stack has more than 4096 frames");
	for (i = 0; i < n; i++)
		if (frames[i] > w->names.nr_strings)
			return refuse(w, -EINVAL, "a stack names a string that does not exist");
	id = names_add_stack(&w->names, frames, n);
	if (id) {
		names_put_site(&w->names, &w->defs);
		w->totals.sites = id + 1;
	}
	return defined(w, INTERN_STACK, hash, id);
}

uint32_t mmt_task(struct mmt_writer *w, int32_t pid, const char *comm)
{
	struct task_def t = { .pid = pid, .comm = intern_string(w, comm) };
	struct wanted want = { &w->names, &t, 0 };
	uint64_t hash = mmt_xxh64(&t, sizeof(t), 0);
	uint32_t id;

	if (!t.comm)
		return 0;
	id = intern_find(&w->interned[INTERN_TASK], hash, same_task, &want);
	if (id)
		return id;
	id = names_add_task(&w->names, pid, t.comm);
	if (id) {
		names_put_task(&w->names, &w->defs);
		w->totals.tasks = id + 1;
	}
	return defined(w, INTERN_TASK, hash, id);
}

uint32_t mmt_cache(struct mmt_writer *w, const struct trace_cache *c)
{
	struct cache_def d = {
		.name = intern_string(w, c->name), .size = c->size,
		.align = c->align, .flags = c->flags,
	};
	uint32_t id;

	if (!d.name)
		return 0;
	id = names_add_cache(&w->names, &d);
	if (!id)
		return refuse(w, -ENOMEM, "out of memory");
	names_put_cache(&w->names, &w->defs);
	w->totals.caches = id + 1;
	return id;
}

int mmt_meta(struct mmt_writer *w, const char *key, const char *value)
{
	int rc;

	if (strlen(key) > MMT_STRING_MAX || strlen(value) > MMT_STRING_MAX) {
		refuse(w, -EINVAL, "metadata is longer than 1 MiB");
		return -EINVAL;
	}
	rc = names_set_meta(&w->names, key, strlen(key), value, strlen(value));
	if (rc) {
		refuse(w, rc, "out of memory");
		return rc;
	}
	names_put_meta(&w->defs, key, value);
	if (w->defs.n >= MMT_NAMES_BYTES)
		return writer_put_names(w);
	return 0;
}
