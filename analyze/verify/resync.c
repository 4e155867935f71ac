/* SPDX-License-Identifier: MIT
 *
 * Where the engine's rules end: reclaim and compaction.
 *
 * What these free depends on the page cache and on processes, which no list
 * records.  From the operation in which they ran the recorded answers are
 * taken as they are, unjudged, until the next snapshot; there the machine is
 * loaded anew.
 */
#include <string.h>

#include "analyze/verify/run.h"

static void adopt_alloc(struct run *r, const struct oracle_op *o, struct slot *s)
{
	memset(s, 0, sizeof(*s));
	s->held = o->status == ST_OK;
	s->adopted = true;
	s->order = o->op == OP_ALLOC_PAGES || o->op == OP_GET_FREE_PAGES ? o->arg : 0;
	s->pfn = o->pfn;
	s->addr = o->ptr;
	s->cache = o->op == OP_CACHE_ALLOC ? r->list_cache[o->arg] : 0;
}

/* The operation is as the recording says. */
void adopt(struct run *r, const struct oracle_op *o)
{
	struct slot *s = &r->slot[o->id];

	switch (o->op) {
	case OP_ALLOC_PAGES: case OP_GET_FREE_PAGES: case OP_GET_ZEROED_PAGE: case OP_KMALLOC:
	case OP_KZALLOC: case OP_CACHE_ALLOC: case OP_VMALLOC: case OP_VMAP: case OP_IOREMAP:
		adopt_alloc(r, o, s);
		break;
	case OP_FREE_PAGES_PAGE: case OP_FREE_PAGES: case OP_KFREE: case OP_CACHE_FREE:
	case OP_VFREE: case OP_VUNMAP: case OP_IOUNMAP:
		if (o->status == ST_OK)
			s->held = false;
		break;
	case OP_KMAP_LOCAL: case OP_KMAP_ATOMIC:
		if (o->status == ST_OK && r->nr_local < MAX_LOCAL)
			r->local[r->nr_local++] = o->ptr;
		break;
	case OP_KUNMAP_LOCAL: case OP_KUNMAP_ATOMIC:
		if (o->status == ST_OK && r->nr_local)
			r->nr_local--;
		break;
	default:
		break;
	}
}

/* Start again from a snapshot.  Objects of others keep their own addresses. */
int resync(struct run *r, struct mm_state *s, struct mm_error *err)
{
	uint32_t list_ptr[MAX_CACHES];

	if (carry_over(&r->first, s, err))
		return err->code;

	for (int i = 0; i < MAX_CACHES; i++)
		list_ptr[i] = r->list_cache[i] ? r->cache_ptr[r->list_cache[i]] : 0;
	mm_machine_destroy(r->m);
	r->m = mm_machine_load(&r->config, s, err);
	if (!r->m)
		return err->code;
	if (r->cost) {
		cost_free(r->cost);
		r->cost = cost_new(r->m, NULL, err);
		if (!r->cost)
			return err->code;
	}
	name_caches(r, s);
	for (int i = 0; i < MAX_CACHES; i++)
		r->list_cache[i] = list_ptr[i] ? cache_by_ptr(r, list_ptr[i]) : 0;
	r->nr_alias = 0;
	r->skipping = false;
	r->res->resyncs[r->mode]++;
	r->nr_seen = 0;
	return 0;
}
