/* SPDX-License-Identifier: MIT
 *
 * Counting what is in a trace: tables indexed by id, grown as ids appear,
 * sorted once at the end.
 */
#include "analyze/trace_info.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct tally {
	uint64_t *n;
	size_t cap;
};

static int tally_add(struct tally *t, uint32_t id)
{
	if (id >= t->cap) {
		size_t cap = t->cap ? t->cap : 256;
		uint64_t *n;

		while (cap <= id)
			cap *= 2;
		n = realloc(t->n, cap * sizeof(*n));
		if (!n)
			return -ENOMEM;
		memset(n + t->cap, 0, (cap - t->cap) * sizeof(*n));
		t->n = n;
		t->cap = cap;
	}
	t->n[id]++;
	return 0;
}

bool trace_kind_frees(unsigned int kind)
{
	switch (kind) {
	case TRACE_PAGE_FREE: case TRACE_KFREE: case TRACE_KFREE_BULK: case TRACE_CACHE_FREE:
	case TRACE_CACHE_FREE_BULK: case TRACE_VFREE: case TRACE_VUNMAP: case TRACE_IOUNMAP:
	case TRACE_VM_UNMAP_RAM: case TRACE_MUNMAP:
		return true;
	}
	return false;
}

static bool names_cache(unsigned int kind)
{
	return kind >= TRACE_CACHE_ALLOC && kind <= TRACE_CACHE_FREE_BULK;
}

static int most_first(const void *a, const void *b)
{
	const struct trace_count *x = a, *y = b;

	if (x->operations != y->operations)
		return x->operations < y->operations ? 1 : -1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* Id 0 is "unknown" and stays out. */
static int ranked(const struct tally *t, struct trace_count **out, size_t *nr)
{
	*nr = 0;
	*out = calloc(t->cap + 1, sizeof(**out));
	if (!*out)
		return -ENOMEM;
	for (size_t id = 1; id < t->cap; id++)
		if (t->n[id])
			(*out)[(*nr)++] = (struct trace_count){ (uint32_t)id, t->n[id] };
	qsort(*out, *nr, sizeof(**out), most_first);
	return 0;
}

static int count_op(struct trace_info *info, const struct trace_op *op, struct tally *site,
		    struct tally *cache, struct tally *task)
{
	struct trace_totals *t = &info->totals;

	t->records++;
	t->by_kind[op->kind & TRACE_KIND_MAX]++;
	if (op->slot != TRACE_NO_SLOT && op->slot >= t->slots)
		t->slots = op->slot + 1;
	if (op->answer != TRACE_NO_ANSWER)
		t->answers = true;
	if (op->kind == TRACE_ITEM)
		return 0;
	t->operations++;
	t->duration_ns = op->time;
	if (op->cpu >= t->cpus)
		t->cpus = op->cpu + 1u;
	if (op->slot == TRACE_NO_SLOT && trace_kind_frees(op->kind) && op->answer != TRACE_NO_ANSWER)
		info->orphans++;
	if (!op->answer && !trace_kind_frees(op->kind))
		info->failed++;
	if (names_cache(op->kind) && tally_add(cache, op->arg))
		return -ENOMEM;
	return tally_add(site, op->site) || tally_add(task, op->task) ? -ENOMEM : 0;
}

int trace_info_read(struct mmt_reader *r, struct trace_info *info, struct mm_error *err)
{
	struct tally site = { 0 }, cache = { 0 }, task = { 0 };
	const struct trace_op *op;
	size_t n;
	int ret;

	memset(info, 0, sizeof(*info));
	while ((ret = mmt_next(r, &op, &n, err)) > 0)
		for (size_t i = 0; i < n && ret >= 0; i++)
			if (count_op(info, &op[i], &site, &cache, &task))
				ret = mm_fail(err, -ENOMEM, "no memory to count the trace's names");
	if (!ret && (ranked(&site, &info->site, &info->nr_site) ||
		     ranked(&cache, &info->cache, &info->nr_cache) ||
		     ranked(&task, &info->task, &info->nr_task)))
		ret = mm_fail(err, -ENOMEM, "no memory to sort the trace's names");
	info->totals.sites = mmt_nr_sites(r);
	info->totals.caches = mmt_nr_caches(r);
	info->totals.tasks = mmt_nr_tasks(r);
	free(site.n);
	free(cache.n);
	free(task.n);
	return ret;
}

void trace_info_free(struct trace_info *info)
{
	free(info->site);
	free(info->cache);
	free(info->task);
	memset(info, 0, sizeof(*info));
}
