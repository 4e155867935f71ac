/* SPDX-License-Identifier: MIT
 *
 * Names from one trace to another (renames.h).  An id that the input does not
 * define becomes 0, "unknown".
 */
#include "traces/tools/renames.h"

#include <stdlib.h>
#include <string.h>

static const char *changed(const struct renames *n, enum rename_sort sort, const char *s)
{
	return n->rules && n->rules->string ? n->rules->string(n->rules->arg, sort, s) : s;
}

static uint32_t define_site(struct renames *n, uint32_t id)
{
	struct trace_site s = mmt_get_site(n->r, id);
	uint32_t *frames, i, out;

	if (s.name)
		return mmt_site(n->w, changed(n, RENAME_SITE, s.name));
	frames = malloc((s.nr_frames + 1) * sizeof(*frames));
	if (!frames) {
		n->failed = true;
		return 0;
	}
	for (i = 0; i < s.nr_frames; i++)
		frames[i] = mmt_string(n->w, changed(n, RENAME_SITE, mmt_get_string(n->r, s.frames[i])));
	out = mmt_stack(n->w, frames, s.nr_frames);
	free(frames);
	return out;
}

static uint32_t define_task(struct renames *n, uint32_t id)
{
	struct trace_task t = mmt_get_task(n->r, id);

	if (n->rules && n->rules->pid)
		t.pid = n->rules->pid(n->rules->arg, t.pid, t.comm);
	return mmt_task(n->w, t.pid, changed(n, RENAME_TASK, t.comm));
}

static uint32_t define_cache(struct renames *n, uint32_t id)
{
	struct trace_cache c = mmt_get_cache(n->r, id);

	c.name = changed(n, RENAME_CACHE, c.name);
	if (n->rules && n->rules->cache)
		return n->rules->cache(n->rules->arg, n->w, &c);
	return mmt_cache(n->w, &c);
}

/* Does the input define it?  Of strings the reader tells no number; one that
 * reads as "?" is not there. */
static bool exists(const struct renames *n, enum rename_sort sort, uint32_t id)
{
	switch (sort) {
	case RENAME_SITE:
		return id < mmt_nr_sites(n->r);
	case RENAME_TASK:
		return id < mmt_nr_tasks(n->r);
	case RENAME_CACHE:
		return id < mmt_nr_caches(n->r);
	default:
		return strcmp(mmt_get_string(n->r, id), "?") != 0;
	}
}

static bool make_room(struct renames *n, enum rename_sort sort, uint32_t id)
{
	uint32_t have = n->map[sort].n, cap = have ? have : 256;
	uint32_t *p;

	if (id < have)
		return true;
	while (cap <= id)
		cap *= 2;
	p = realloc(n->map[sort].id, cap * sizeof(*p));
	if (!p) {
		n->failed = true;
		return false;
	}
	memset(p + have, 0, (cap - have) * sizeof(*p));
	n->map[sort].id = p;
	n->map[sort].n = cap;
	return true;
}

uint32_t renames_define(struct renames *n, enum rename_sort sort, uint32_t id)
{
	uint32_t out;

	if (!exists(n, sort, id) || !make_room(n, sort, id))
		return 0;
	switch (sort) {
	case RENAME_SITE:
		out = define_site(n, id);
		break;
	case RENAME_TASK:
		out = define_task(n, id);
		break;
	case RENAME_CACHE:
		out = define_cache(n, id);
		break;
	default:
		out = mmt_string(n->w, changed(n, sort, mmt_get_string(n->r, id)));
	}
	n->map[sort].id[id] = out;
	return out;
}

bool renames_same(struct renames *n, const struct trace_totals *t)
{
	const uint32_t nr[RENAME_SORTS] = {
		[RENAME_SITE] = t->sites, [RENAME_TASK] = t->tasks,
		[RENAME_CACHE] = t->caches, [RENAME_STRING] = t->strings,
	};
	uint32_t i;
	int sort;

	for (sort = 0; sort < RENAME_SORTS; sort++) {
		if (!make_room(n, (enum rename_sort)sort, nr[sort]))
			return false;
		for (i = 1; i < nr[sort]; i++)
			n->map[sort].id[i] = i;
	}
	return true;
}

void renames_free(struct renames *n)
{
	int i;

	for (i = 0; i < RENAME_SORTS; i++)
		free(n->map[i].id);
	memset(n, 0, sizeof(*n));
}
