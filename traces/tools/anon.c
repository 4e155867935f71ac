/* SPDX-License-Identifier: MIT
 *
 * anon: a trace without names.
 *
 * Names become numbers in the order in which they come up, or, with a key,
 * SipHash of the old name: the same in every trace that is made with that key,
 * and not to be found by trying all names of a kernel without it.  Pids become
 * 1, 2, ... in both cases; 0, the idle task, stays.  A table of what was met
 * holds 64-bit hashes, not names: two names that collide in it (once in 10^9
 * times for 100,000 names) would become one.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/tools/flow.h"
#include "traces/tools/siphash.h"

struct met {
	uint64_t hash;
	uint32_t number;	/* 0: free */
};

struct anon {
	const struct anon_options *opt;
	uint64_t k0, k1;
	struct met *met;	/* open addressing */
	size_t nr, cap;
	uint32_t next[RENAME_SORTS + 1];	/* the last: pids */
	char name[32];
	char *meta;		/* the last value that was made */
	bool failed;
};

static struct met *find(struct met *table, size_t cap, uint64_t hash)
{
	size_t i = hash & (cap - 1);

	while (table[i].number && table[i].hash != hash)
		i = (i + 1) & (cap - 1);
	return &table[i];
}

static bool grow(struct anon *a)
{
	size_t cap = a->cap ? a->cap * 2 : 1024, i;
	struct met *p = calloc(cap, sizeof(*p));

	if (!p)
		return false;
	for (i = 0; i < a->cap; i++)
		if (a->met[i].number)
			*find(p, cap, a->met[i].hash) = a->met[i];
	free(a->met);
	a->met = p;
	a->cap = cap;
	return true;
}

/* The number of what has this hash, in order of appearance within its sort. */
static uint32_t number(struct anon *a, unsigned int sort, uint64_t hash)
{
	struct met *m;

	hash ^= sort * 0x9e3779b97f4a7c15u;
	if (a->nr * 2 >= a->cap && !grow(a)) {
		a->failed = true;
		return 0;
	}
	m = find(a->met, a->cap, hash);
	if (!m->number) {
		*m = (struct met){ hash, ++a->next[sort] };
		a->nr++;
	}
	return m->number;
}

static const char *string(void *arg, enum rename_sort sort, const char *s)
{
	static const char *const prefix[] = { "site", "task", "cache", "mark" };
	struct anon *a = arg;
	uint64_t hash = siphash(a->k0, a->k1, s, strlen(s));

	if (sort == RENAME_CACHE && !a->opt->caches)
		return s;
	if (a->opt->key)
		snprintf(a->name, sizeof(a->name), "%s_%016" PRIx64, prefix[sort], hash);
	else
		snprintf(a->name, sizeof(a->name), "%s_%u", prefix[sort], number(a, sort, hash));
	return a->name;
}

static int32_t pid(void *arg, int32_t pid, const char *comm)
{
	struct anon *a = arg;

	(void)comm;
	return pid ? (int32_t)number(a, RENAME_SORTS, siphash(a->k0, a->k1, &pid, sizeof(pid))) : 0;
}

/* "Linux 6.1.0-50-686 #1 SMP host ..." -> "Linux 6.1.0" */
static const char *kernel(struct anon *a, const char *value)
{
	size_t n = 0;

	while (*value && !isdigit((unsigned char)*value))
		value++;
	while (isdigit((unsigned char)value[n]) || (value[n] == '.' && n))
		n++;
	if (!n || asprintf(&a->meta, "Linux %.*s", (int)n, value) < 0)
		return NULL;
	return a->meta;
}

/* The first word of each line. */
static const char *history(struct anon *a, const char *value)
{
	char *out = a->meta = malloc(strlen(value) + 1);
	bool word = true;

	for (; out && *value; value++) {
		if (*value == '\n' || (word && *value == ' '))
			word = *value == '\n';
		if (word)
			*out++ = *value;
	}
	if (out)
		*out = '\0';
	return a->meta;
}

static const char *meta(void *arg, const char *key, const char *value)
{
	static const char *const numbers[] = {
		"cpus", "page_offset", "lost_events", "source.format", "source.clock", "source.events",
	};
	struct anon *a = arg;
	size_t i;

	free(a->meta);
	a->meta = NULL;
	for (i = 0; i < a->opt->nr_keep; i++)
		if (!strcmp(a->opt->keep[i], key))
			return value;
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!strcmp(numbers[i], key))
			return value;
	if (!strcmp(key, "kernel"))
		return kernel(a, value);
	return !strcmp(key, "history") ? history(a, value) : NULL;
}

int trace_anon(const struct tool_io *io, const struct anon_options *opt,
	       struct tool_summary *sum, struct mm_error *err)
{
	struct anon a = { .opt = opt };
	const struct rename_rules rules = { .arg = &a, .string = string, .pid = pid, .meta = meta };
	const struct trace_op *op;
	struct flow f;
	size_t n;
	int rc;

	memset(sum, 0, sizeof(*sum));
	if (opt->key) {
		a.k0 = siphash(0, 0, opt->key, strlen(opt->key));
		a.k1 = siphash(1, 1, opt->key, strlen(opt->key));
	}
	rc = flow_open(&f, io, &rules, err);
	if (rc)
		return rc;
	while (!rc && (rc = flow_next(&f, &op, &n, err)) > 0) {
		rc = flow_put(&f, op, n, err);
		if (!rc && a.failed)
			rc = mm_fail(err, -ENOMEM, "no memory for the names that were met");
	}
	rc = flow_close(&f, rc, sum, err);
	free(a.met);
	free(a.meta);
	return rc;
}
