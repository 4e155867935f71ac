/* SPDX-License-Identifier: MIT
 *
 * The start of a run: the list read, the machine loaded from the snapshot that
 * the list begins with, its caches matched with the kernel's.
 */
#include "analyze/verify/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Which of the machine's caches is which of the kernel's. */
void name_caches(struct run *r, const struct mm_state *first)
{
	memset(r->cache_ptr, 0, sizeof(r->cache_ptr));
	for (uint32_t i = 0; i < first->nr_cache; i++) {
		const struct mm_cache_state *c = &first->cache[i];
		struct mm_cache_info info;

		for (uint32_t k = 0; mm_cache_info(r->m, k, &info); k++) {
			if (!strcmp(info.name, c->name) && info.id < MAX_CACHE_ID)
				r->cache_ptr[info.id] = c->ptr;
			if (!strcmp(info.name, "vmap_area"))
				r->vmap_area = info.id;
		}
		if (!strcmp(c->name, "kmem_cache"))
			r->kmem_cache = c->ptr;
		if (!strcmp(c->name, "kmem_cache_node"))
			r->kmem_cache_node = c->ptr;
	}
}

/* What sysfs takes for a new cache is in no answer: an untraced list that makes
 * caches is run from the first snapshot after that until it destroys them. */
static int choose_range(struct run *r, struct mm_state *first, struct mm_error *err)
{
	uint32_t created = NO_VALUE;
	struct state_mark mark;
	int ret = state_next(r->state, first, &mark, err);

	r->to = r->list->nr_op;
	for (uint32_t i = r->list->nr_op; i-- > 0 && !r->list->traced; ) {
		if (r->list->op[i].op == OP_CACHE_DESTROY)
			r->to = i;
		if (r->list->op[i].op == OP_CACHE_CREATE && created == NO_VALUE)
			created = i;
	}
	while (ret == 1 && created != NO_VALUE && mark.op <= created) {
		struct mm_state earlier = *first;

		memset(first, 0, sizeof(*first));
		ret = state_next(r->state, first, &mark, err);
		r->from = mark.op;
		if (ret == 1)
			ret = carry_over(&earlier, first, err) ? err->code : 1;
		mm_state_free(&earlier);
	}
	if (ret)
		return ret < 0 ? ret : 0;
	return mm_fail(err, -EINVAL, "%s: no snapshot to start from", r->dir);
}

int start_run(struct run *r, struct mm_error *err)
{
	struct mm_state first = { 0 };
	int ret = state_open(&r->state, r->dir, err);

	if (ret)
		return ret;
	ret = choose_range(r, &first, err);
	if (ret)
		return ret;
	r->config = *state_config(r->state);
	r->config.manual_work = true;
	r->config.shuffle = hook_shuffle;
	r->config.shuffle_arg = r;
	r->config.resched = hook_resched;
	r->config.resched_arg = r;
	r->config.object = hook_object;
	r->config.object_arg = r;
	r->config.observe = hook_observe;
	r->config.observe_arg = r;
	r->slot = calloc(r->list->max_id + 1, sizeof(*r->slot));
	r->used = calloc(r->list->nr_ev + 1, sizeof(*r->used));
	ret = r->slot && r->used ? 0 : mm_fail(err, -ENOMEM, "%s: out of memory", r->dir);
	if (!ret) {
		r->m = mm_machine_load(&r->config, &first, err);
		ret = r->m ? 0 : err->code;
	}
	if (!ret) {
		name_caches(r, &first);
		r->first_caches = first.nr_cache;
		for (uint32_t i = 0; i < r->from; i++)
			if (r->list->op[i].op == OP_CACHE_CREATE)
				r->list_cache[r->list->op[i].arg] =
					cache_by_ptr(r, r->list->op[i].ptr);
	}
	if (ret)
		mm_state_free(&first);
	else
		r->first = first;
	return ret;
}
