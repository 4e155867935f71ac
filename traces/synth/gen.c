/* SPDX-License-Identifier: MIT
 *
 * The parts of gen.h that are not on the path of every operation: names,
 * classes, growing tables, bulk requests, things that are due.
 */
#include "traces/synth/gen.h"
#include "traces/synth/fit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- memory ---- */

static int no_memory(struct gen *g)
{
	if (!g->rc)
		g->rc = mm_fail(g->err, -ENOMEM, "out of memory for the live objects of the trace");
	return g->rc;
}

/* ---- names: without a writer only their numbers count ---- */

uint32_t gen_task(struct gen *g, int pid, const char *comm)
{
	return g->writer ? mmt_task(g->writer, pid, comm) : ++g->names;
}

uint32_t gen_site(struct gen *g, const char *name)
{
	if (!name)
		return 0;
	return g->writer ? mmt_site(g->writer, name) : ++g->names;
}

uint32_t gen_cache(struct gen *g, const char *name, uint32_t size, uint32_t flags)
{
	const struct trace_cache c = { .name = name, .size = size, .flags = flags };
	uint32_t id = g->writer ? mmt_cache(g->writer, &c) : ++g->names;
	struct trace_cache *v;

	if (id >= g->nr_caches) {
		v = realloc(g->cache, (id + 64) * sizeof(*v));
		if (!v) {
			no_memory(g);
			return 0;
		}
		memset(v + g->nr_caches, 0, (id + 64 - g->nr_caches) * sizeof(*v));
		g->cache = v;
		g->nr_caches = id + 64;
	}
	g->cache[id] = c;
	return id;
}

/* ---- classes ---- */

static uint8_t free_kind(uint8_t kind)
{
	switch (kind) {
	case TRACE_PAGE_ALLOC: return TRACE_PAGE_FREE;
	case TRACE_KMALLOC: return TRACE_KFREE;
	case TRACE_CACHE_ALLOC: case TRACE_CACHE_ALLOC_BULK: return TRACE_CACHE_FREE;
	case TRACE_VMALLOC: return TRACE_VFREE;
	case TRACE_VMAP: return TRACE_VUNMAP;
	case TRACE_IOREMAP: return TRACE_IOUNMAP;
	case TRACE_VM_MAP_RAM: return TRACE_VM_UNMAP_RAM;
	case TRACE_MMAP: return TRACE_MUNMAP;
	default: return kind;
	}
}

uint32_t gen_class(struct gen *g, struct gen_class c, const char *site, const char *free_site)
{
	if (g->nr_classes == GEN_CLASSES_MAX) {
		if (!g->rc)
			g->rc = mm_fail(g->err, -E2BIG, "more than %d classes of requests", GEN_CLASSES_MAX);
		return 0;
	}
	c.free_kind = free_kind(c.kind);
	c.part = (uint8_t)(g->part - g->parts);
	c.site = gen_site(g, site);
	c.free_site = gen_site(g, free_site);
	g->class[g->nr_classes] = c;
	return g->nr_classes++;
}

uint32_t gen_pages(struct gen *g, unsigned int order, gfp_t gfp, const char *site, const char *free_site)
{
	return gen_class(g, (struct gen_class){ .kind = TRACE_PAGE_ALLOC, .order = (uint8_t)order,
						.gfp = gfp }, site, free_site);
}

uint32_t gen_objects(struct gen *g, uint32_t cache, gfp_t gfp, const char *site, const char *free_site)
{
	return gen_class(g, (struct gen_class){ .kind = TRACE_CACHE_ALLOC, .arg = cache, .gfp = gfp },
			 site, free_site);
}

void *gen_alloc(struct gen *g, size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size);

	if (!p)
		no_memory(g);
	return p;
}

uint32_t gen_more_slots(struct gen *g, uint32_t slot)
{
	uint64_t cap = g->cap ? 2 * (uint64_t)g->cap : 4096;
	uint16_t *class_of;
	uint32_t *tag;

	if (slot == TRACE_NO_SLOT || cap > UINT32_MAX || wheel_room(&g->wheel, (uint32_t)cap)) {
		no_memory(g);
		return TRACE_NO_SLOT;
	}
	class_of = realloc(g->class_of, cap * sizeof(*class_of));
	if (class_of)
		g->class_of = class_of;
	tag = realloc(g->tag, cap * sizeof(*tag));
	if (tag)
		g->tag = tag;
	if (!class_of || !tag) {
		no_memory(g);
		return TRACE_NO_SLOT;
	}
	g->cap = (uint32_t)cap;
	return slot;
}

bool gen_pool_init(struct gen *g, struct gen_pool *p, uint64_t cap)
{
	*p = (struct gen_pool){ .slot = gen_alloc(g, cap, sizeof(*p->slot)), .cap = (uint32_t)cap };
	return p->slot != NULL;
}

bool gen_queue_init(struct gen *g, struct gen_queue *q, uint64_t cap)
{
	*q = (struct gen_queue){ .slot = gen_alloc(g, cap, sizeof(*q->slot)), .cap = (uint32_t)cap };
	return q->slot != NULL;
}

/* ---- operations ---- */

void gen_flush(struct gen *g)
{
	int rc = 0;

	if (!g->rc && g->nr && g->fitter)
		rc = fitter_feed(g->fitter, g->op, g->nr, g->err);
	if (!rc && !g->rc && g->nr)
		rc = g->take(g->take_arg, g->op, g->nr);
	g->nr = 0;
	if (rc)
		g->rc = rc;
}

void gen_due(struct gen *g)
{
	uint32_t slot;

	while ((slot = wheel_take(&g->wheel, g->now)) != WHEEL_NONE) {
		struct gen_part *part = &g->parts[g->class[g->class_of[slot]].part];
		struct gen_part *before = g->part;

		g->part = part;
		if (part->profile->due)
			part->profile->due(g, slot);
		else
			gen_end(g, slot);
		g->part = before;
		if (g->closed)
			return;
	}
}

void gen_wait(struct gen *g, uint64_t most)
{
	uint64_t next = wheel_next(&g->wheel);

	if (next <= g->now)
		return;
	gen_pause(g, next - g->now < most ? next - g->now : most);
}

void gen_mark(struct gen *g, const char *name, bool snapshot)
{
	struct trace_op *op = gen_op(g, TRACE_MARK);

	op->arg = g->writer ? mmt_string(g->writer, name) : ++g->names;
	op->size = snapshot;
}

void gen_new_bulk(struct gen *g, uint32_t cls, uint32_t *slot, uint32_t n)
{
	const struct gen_class *c = &g->class[cls];
	struct trace_op *op = gen_op(g, TRACE_CACHE_ALLOC_BULK);
	uint32_t i;

	op->size = n;
	op->arg = c->arg;
	op->gfp = c->gfp;
	op->site = c->site;
	for (i = 0; i < n; i++) {
		slot[i] = gen_slot(g, cls);
		gen_item(g, slot[i]);
	}
}

void gen_end_bulk(struct gen *g, const uint32_t *slot, uint32_t n)
{
	const struct gen_class *c = &g->class[g->class_of[slot[0]]];
	struct trace_op *op = gen_op(g, TRACE_CACHE_FREE_BULK);
	uint32_t i;

	op->size = n;
	op->arg = c->arg;
	op->site = c->free_site;
	for (i = 0; i < n; i++) {
		gen_item(g, slot[i]);
		if (trace_slot_put(&g->slots, slot[i]))
			no_memory(g);
	}
}

uint32_t gen_map_pages(struct gen *g, uint32_t cls, const uint32_t *page, uint32_t n)
{
	const struct gen_class *c = &g->class[cls];
	uint32_t slot = gen_slot(g, cls), i;
	struct trace_op *op = gen_op(g, c->kind);

	op->slot = slot;
	op->size = n;
	op->site = c->site;
	for (i = 0; i < n; i++)
		gen_item(g, page[i]);
	return slot;
}
