/* SPDX-License-Identifier: MIT
 *
 * The names and metadata of merged traces (merge_names.h).
 */
#include "traces/tools/merge_names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/tools/flow.h"

/* ---- tasks ---- */

/* PID_MAX_LIMIT of 64-bit kernels, 2^22: a pid above it is this tool's. */
#define PID_STEP 4194304

static struct merge_task *task_at(struct merge_task *table, uint32_t cap, int32_t pid, const char *comm)
{
	uint32_t i = (uint32_t)pid * 0x9e3779b1u;
	const char *c;

	for (c = comm; *c; c++)
		i = (i ^ (unsigned char)*c) * 16777619u;
	i &= cap - 1;
	while (table[i].comm && (table[i].pid != pid || strcmp(table[i].comm, comm)))
		i = (i + 1) & (cap - 1);
	return &table[i];
}

static bool grow_tasks(struct merge_names *m)
{
	uint32_t cap = m->cap_task ? m->cap_task * 2 : 256, i;
	struct merge_task *p = calloc(cap, sizeof(*p));

	if (!p)
		return false;
	for (i = 0; i < m->cap_task; i++)
		if (m->task[i].comm)
			*task_at(p, cap, m->task[i].pid, m->task[i].comm) = m->task[i];
	free(m->task);
	m->task = p;
	m->cap_task = cap;
	return true;
}

static int32_t pid(void *arg, int32_t old, const char *comm)
{
	struct merge_source *s = arg;
	struct merge_names *m = s->all;
	struct merge_task *t;

	if (m->nr_task * 2 >= m->cap_task && !grow_tasks(m)) {
		m->failed = true;
		return old;
	}
	for (;; old = (int32_t)((uint32_t)old + PID_STEP)) {
		t = task_at(m->task, m->cap_task, old, comm);
		if (t->comm && t->source == s->nr)
			return old;
		if (!t->comm)
			break;
	}
	*t = (struct merge_task){ old, strdup(comm), s->nr };
	m->failed |= !t->comm;
	m->nr_task++;
	return old;
}

/* ---- caches ---- */

static bool same_cache(const struct merge_cache *a, const struct trace_cache *b)
{
	return a->name && !strcmp(a->name, b->name) && a->size == b->size && a->align == b->align &&
	       a->flags == b->flags;
}

static uint32_t add_cache(struct merge_names *m, struct mmt_writer *w, const struct trace_cache *c)
{
	uint32_t id = mmt_cache(w, c);
	struct merge_cache *p;

	if (!id)
		return 0;
	p = realloc(m->cache, (id + 1) * sizeof(*p));
	if (!p) {
		m->failed = true;
		return id;
	}
	memset(p + m->nr_cache, 0, (id + 1 - m->nr_cache) * sizeof(*p));
	m->cache = p;
	m->nr_cache = id + 1;
	p[id] = (struct merge_cache){ strdup(c->name), c->size, c->align, c->flags, 0 };
	m->failed |= !p[id].name;
	return id;
}

/* A kernel has some hundred caches, and each is looked for once an input. */
static uint32_t cache(void *arg, struct mmt_writer *w, const struct trace_cache *c)
{
	struct merge_source *s = arg;
	struct merge_names *m = s->all;
	struct trace_cache own = *c;
	char name[300];
	uint32_t id;

	if (m->apart && s->nr) {
		snprintf(name, sizeof(name), "%.255s#%u", c->name, s->nr + 1);
		own.name = name;
		return add_cache(m, w, &own);
	}
	for (id = 1; id < m->nr_cache && !m->apart; id++)
		/* A name that a source defines twice is two caches there. */
		if (same_cache(&m->cache[id], c) && !(m->cache[id].holders >> s->nr & 1)) {
			m->cache[id].holders |= 1ull << s->nr;
			return id;
		}
	id = add_cache(m, w, c);
	if (id < m->nr_cache)
		m->cache[id].holders = 1ull << s->nr;
	return id;
}

void merge_names_rules(struct rename_rules *rules, struct merge_source *source)
{
	*rules = (struct rename_rules){ .arg = source, .pid = pid, .cache = cache };
}

bool merge_names_passes(struct merge_source *s, const struct trace_op *op)
{
	struct merge_cache *c;
	uint64_t self = 1ull << s->nr;

	if (op->kind < TRACE_CACHE_CREATE || op->kind > TRACE_CACHE_FREE_BULK ||
	    op->arg >= s->all->nr_cache)
		return true;
	c = &s->all->cache[op->arg];
	if (op->kind == TRACE_CACHE_DESTROY) {
		c->holders &= ~self;
		return !c->holders;
	}
	if (op->kind == TRACE_CACHE_CREATE && c->holders & ~self) {
		c->holders |= self;
		return false;
	}
	c->holders |= self;
	return true;
}

/* ---- metadata ---- */

static bool all_equal(const struct mmt_reader *const *r, size_t n, const char *key, const char *value)
{
	const char *v;
	size_t i;

	for (i = 0; i < n; i++) {
		v = mmt_get_meta(r[i], key);
		if (v && strcmp(v, value))
			return false;
	}
	return true;
}

static int put_meta(struct mmt_writer *w, const struct mmt_reader *const *r, size_t n, size_t nr,
		    bool cpus_apart)
{
	const char *key, *value;
	char *name;
	size_t i;
	int rc = 0;

	for (i = 0; mmt_meta_at(r[nr], i, &key, &value) && !rc; i++) {
		if (!strcmp(key, "history"))
			continue;
		if (all_equal(r, n, key, value) && !(n > 1 && cpus_apart && !strcmp(key, "cpus"))) {
			rc = mmt_meta(w, key, value);
			continue;
		}
		if (asprintf(&name, "%s.%zu", key, nr + 1) < 0)
			return -ENOMEM;
		rc = mmt_meta(w, name, value);
		free(name);
	}
	return rc;
}

/* "1: " before each line of the first trace's history, and so on; of one trace
 * as it is. */
static char *histories(const struct mmt_reader *const *r, size_t n)
{
	char *all = NULL, *text;
	size_t i, size = 0, len;
	FILE *f = open_memstream(&all, &size);

	for (i = 0; f && i < n; i++) {
		const char *h = mmt_get_meta(r[i], "history");

		for (; h && *h; h += len + (h[len] == '\n')) {
			len = strcspn(h, "\n");
			if (n > 1)
				fprintf(f, "%zu: ", i + 1);
			fprintf(f, "%.*s\n", (int)len, h);
		}
	}
	if (!f || fclose(f)) {
		free(all);
		return NULL;
	}
	text = strrchr(all, '\n');
	if (text)
		*text = '\0';
	return all;
}

int merge_names_meta(struct mmt_writer *w, const struct mmt_reader *const *r, size_t n,
		     bool cpus_apart, const char *line)
{
	char *history = histories(r, n);
	size_t i;
	int rc = history ? 0 : -ENOMEM;

	for (i = 0; i < n && !rc; i++)
		rc = put_meta(w, r, n, i, cpus_apart);
	if (!rc)
		rc = flow_history(w, *history ? history : NULL, line);
	free(history);
	return rc;
}

void merge_names_free(struct merge_names *m)
{
	uint32_t i;

	for (i = 0; i < m->nr_cache; i++)
		free(m->cache[i].name);
	for (i = 0; i < m->cap_task; i++)
		free(m->task[i].comm);
	free(m->cache);
	free(m->task);
	memset(m, 0, sizeof(*m));
}
