/* SPDX-License-Identifier: MIT
 *
 * cache: creation, merging and destruction of caches (Linux 6.1
 * mm/slab_common.c kmem_cache_create, find_mergeable, kmem_cache_destroy).
 *
 * A cache lives itself in the machine's memory: creating one takes an object
 * of the cache kmem_cache, one of kmem_cache_node and an array for its random
 * sequence.  What the kernel also does and the machine does not: the 16 bytes
 * of per-CPU area (from the boot-time chunk, no page) and the sysfs files.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/slab/internal.h"

/* array with room for need elements; NULL: no memory, the array as before. */
static void *grow(void *array, uint32_t *max, uint32_t need, size_t size)
{
	uint32_t n = *max ? *max : 64;

	if (need <= *max)
		return array;
	while (n < need)
		n *= 2;
	array = realloc(array, n * size);
	if (array)
		*max = n;
	return array;
}

static bool room_for_cache(struct slab *s)
{
	uint32_t max = s->max_cache;
	void *p = grow(s->cache, &max, s->nr_cache + 1, sizeof(*s->cache));

	if (!p)
		return false;
	s->cache = p;
	p = grow(s->order, &s->max_cache, s->nr_cache + 1, sizeof(*s->order));
	if (!p)
		return false;
	s->order = p;
	return true;
}

void slab_set_object_size(struct mm_machine *m, struct slab_cache *c, uint32_t size)
{
	/* Linux 6.1 mm/slab.h slab_want_init_on_alloc */
	bool zero = m->cfg.init_on_alloc && !c->ctor && !(c->flags & SLAB_TYPESAFE_BY_RCU);

	c->g.object_size = size;
	for (unsigned int cpu = 0; cpu < m->cfg.cpus; cpu++) {
		c->cpu[cpu].room = MM_OBJ_LIVE + size;
		c->cpu[cpu].clears = zero;
		c->cpu[cpu].special = zero ? 0 : MM_GFP_ZERO;
	}
}

struct slab_cache *slab_cache_new(struct mm_machine *m, const char *name,
				  const struct slab_geometry *g, uint32_t flags, bool ctor)
{
	struct slab *s = m->slab;
	struct slab_cache *c;
	size_t bytes = sizeof(*c) + m->cfg.cpus * sizeof(c->cpu[0]);

	if (!room_for_cache(s))
		return NULL;
	c = aligned_alloc(64, (bytes + 63) / 64 * 64);
	if (!c)
		return NULL;
	memset(c, 0, bytes);
	snprintf(c->name, sizeof(c->name), "%s", name);
	c->g = *g;
	c->flags = flags | SLAB_CMPXCHG_DOUBLE;
	c->ctor = ctor;
	c->refcount = 1;
	c->recip = slub_recip(g->size);
	c->allocflags = (g->order ? MM_GFP_COMP : 0) |
			(flags & SLAB_CACHE_DMA ? MM_GFP_DMA_BIT : 0) |
			(flags & SLAB_RECLAIM_ACCOUNT ? MM_GFP_RECLAIMABLE : 0);
	for (unsigned int cpu = 0; cpu < m->cfg.cpus; cpu++)
		c->cpu[cpu] = (struct mm_cpu_cache){ .free = MM_OBJ_NIL, .size = g->size, .recip = c->recip };
	slab_set_object_size(m, c, g->object_size);
	c->id = s->nr_cache;
	s->cache[s->nr_cache++] = c;
	s->order[s->nr_order++] = c;
	return c;
}

void slab_cache_drop(struct slab *s, struct slab_cache *c)
{
	uint32_t i = 0;

	while (s->order[i] != c)
		i++;
	memmove(&s->order[i], &s->order[i + 1], (s->nr_order - i - 1) * sizeof(*s->order));
	s->nr_order--;
	s->cache[c->id] = NULL;
	free(c->seq);
	free(c);
}

struct slab_cache *slab_find_named(const struct slab *s, const char *name)
{
	for (uint32_t i = 0; i < s->nr_order; i++) {
		if (!strcmp(s->order[i]->name, name))
			return s->order[i];
	}
	for (uint32_t i = 0; i < s->nr_alias; i++) {
		if (!strcmp(s->alias[i].name, name))
			return s->cache[s->alias[i].cache];
	}
	return NULL;
}

uint32_t slab_find_cache(const struct mm_machine *m, const char *name)
{
	const struct slab_cache *c = slab_find_named(m->slab, name);

	return c ? c->id : 0;
}

enum mm_outcome slab_cache_init_seq(struct mm_machine *m, const struct mm_caller *who,
				    struct slab_cache *c)
{
	enum mm_outcome r;

	if (!m->cfg.freelist_random || c->seq_obj || c->g.objects < 2)
		return MM_OK;
	r = slab_kmalloc(m, who, c->g.objects * 4, MM_GFP_KERNEL | MM_GFP_ZERO, &c->seq_obj);
	if (r != MM_OK)
		return r;
	if (!c->seq && !slab_seq_random(m->slab, c))
		return machine_why(m, who, MM_FAIL, MM_CAUSE_HOST_MEMORY, MM_GFP_KERNEL, 0);
	return MM_OK;
}

static uint32_t kernel_flags(uint32_t flags)
{
	return (flags & MM_CACHE_HWALIGN ? SLAB_HWCACHE_ALIGN : 0) |
	       (flags & MM_CACHE_RECLAIM ? SLAB_RECLAIM_ACCOUNT : 0) |
	       (flags & MM_CACHE_DMA ? SLAB_CACHE_DMA : 0) |
	       (flags & MM_CACHE_ACCOUNT ? SLAB_ACCOUNT : 0) |
	       (flags & MM_CACHE_RCU ? SLAB_TYPESAFE_BY_RCU : 0) |
	       (flags & MM_CACHE_PANIC ? SLAB_PANIC : 0);
}

/* An existing cache that may serve the new one too: the oldest that fits.
 * size is a multiple of align already. */
static struct slab_cache *find_mergeable(const struct mm_machine *m, uint32_t size,
					 uint32_t align, uint32_t flags)
{
	const struct slab *s = m->slab;

	if (m->cfg.slab_nomerge || flags & SLAB_NEVER_MERGE)
		return NULL;
	for (uint32_t i = 0; i < s->nr_order; i++) {
		struct slab_cache *c = s->order[i];

		if (c->flags & SLAB_NEVER_MERGE || c->ctor || c->nomerge || c->kmalloc ||
		    c->refcount < 0)
			continue;
		if ((c->flags ^ flags) & SLAB_MERGE_SAME)
			continue;
		if (size <= c->g.size && c->g.size - size < SLAB_WORD && c->g.size % align == 0)
			return c;
	}
	return NULL;
}

/* Linux 6.1 mm/slub.c __kmem_cache_alias: the name becomes another one of c. */
static bool add_alias(struct mm_machine *m, struct slab_cache *c, const char *name, uint32_t size)
{
	struct slab *s = m->slab;
	uint32_t words = (size + SLAB_WORD - 1) / SLAB_WORD * SLAB_WORD;
	void *p = grow(s->alias, &s->max_alias, s->nr_alias + 1, sizeof(*s->alias));

	if (!p)
		return false;
	s->alias = p;
	s->alias[s->nr_alias].cache = c->id;
	snprintf(s->alias[s->nr_alias].name, sizeof(s->alias[0].name), "%s", name);
	s->nr_alias++;
	c->refcount++;
	slab_fold_events(m);	/* at the old size */
	if (size > c->g.object_size)
		slab_set_object_size(m, c, size);
	if (words > c->g.inuse)
		c->g.inuse = words;
	return true;
}

/* All or some of what creating a cache took goes back, in the order in which
 * the kernel releases it. */
static void free_parts(struct mm_machine *m, const struct mm_caller *who, struct slab_cache *c)
{
	struct slab *s = m->slab;

	if (c->seq_obj)
		slab_kfree(m, who, c->seq_obj);
	if (c->node)
		slab_free(m, who, s->kmem_cache_node, c->node);
	if (c->self)
		slab_free(m, who, s->kmem_cache, c->self);
	slab_fold_events(m);
	slab_cache_drop(s, c);
}

static enum mm_outcome take_parts(struct mm_machine *m, const struct mm_caller *who,
				  struct slab_cache *c)
{
	struct slab *s = m->slab;
	enum mm_outcome r;

	r = slab_alloc(m, who, s->kmem_cache, MM_GFP_KERNEL | MM_GFP_ZERO, &c->self);
	if (r == MM_OK)
		r = slab_cache_init_seq(m, who, c);
	if (r == MM_OK)
		r = slab_alloc(m, who, s->kmem_cache_node, MM_GFP_KERNEL, &c->node);
	return r;
}

static enum mm_outcome given_seq(struct mm_machine *m, const struct mm_caller *who,
				 struct slab_cache *c, const struct mm_cache_args *a)
{
	if (!slab_seq_valid(a->random_seq, a->nr_random_seq, c->g.objects))
		return machine_why(m, who, MM_UNSUPPORTED, MM_CAUSE_NOT_MODELLED, 0, a->size);
	if (!slab_seq_copy(c, a->random_seq, a->nr_random_seq))
		return machine_why(m, who, MM_FAIL, MM_CAUSE_HOST_MEMORY, 0, a->size);
	return MM_OK;
}

enum mm_outcome slab_cache_create(struct mm_machine *m, const struct mm_caller *who,
				  const struct mm_cache_args *a, uint32_t *cache)
{
	uint32_t flags = kernel_flags(a->flags), size, align;
	const char *name = a->name ? a->name : "";
	bool ctor = a->flags & MM_CACHE_CTOR;
	struct slab_geometry g;
	struct slab_cache *c;
	enum mm_outcome r;

	if (!a->size || a->size > KMALLOC_MAX_SIZE || a->align > MM_PAGE_SIZE)
		return machine_why(m, who, MM_FAIL, MM_CAUSE_ORDER, 0, a->size);
	size = (a->size + SLAB_WORD - 1) / SLAB_WORD * SLAB_WORD;
	if (!ctor && !(a->flags & MM_CACHE_NOMERGE)) {
		align = slab_alignment(flags, a->align, size, m->cfg.cache_line);
		c = find_mergeable(m, (size + align - 1) / align * align, align, flags);
		if (c) {
			*cache = c->id;
			machine_step(m, MM_STEP_CACHE_MERGE, 1);
			if (add_alias(m, c, name, a->size))
				return MM_OK;
			return machine_why(m, who, MM_FAIL, MM_CAUSE_HOST_MEMORY, 0, a->size);
		}
	}
	align = slab_alignment(flags, a->align, a->size, m->cfg.cache_line);
	if (!slab_geometry_init(&g, a->size, align, ctor || flags & SLAB_TYPESAFE_BY_RCU,
				m->cfg.cpus))
		return machine_why(m, who, MM_FAIL, MM_CAUSE_ORDER, 0, a->size);
	c = slab_cache_new(m, name, &g, flags, ctor);
	if (!c)
		return machine_why(m, who, MM_FAIL, MM_CAUSE_HOST_MEMORY, 0, a->size);
	c->nomerge = a->flags & MM_CACHE_NOMERGE;
	r = a->random_seq ? given_seq(m, who, c, a) : MM_OK;
	if (r == MM_OK)
		r = take_parts(m, who, c);
	if (r != MM_OK) {
		free_parts(m, who, c);
		return r;
	}
	*cache = c->id;
	machine_step(m, MM_STEP_CACHE_CREATE, 1);
	return MM_OK;
}

static bool has_objects(const struct mm_machine *m, const struct slab_cache *c)
{
	return c->unknown_slabs || slab_live(m, c, NULL);
}

enum mm_outcome slab_cache_destroy(struct mm_machine *m, const struct mm_caller *who, uint32_t cache)
{
	struct slab *s = m->slab;
	struct slab_cache *c = slab_cache_get(s, cache);

	if (!c || c->refcount < 0 || c->kmalloc || (c->refcount == 1 && has_objects(m, c)))
		return machine_misuse(m, who, MM_MISUSE_CACHE, "kmem_cache_destroy", cache,
				      MM_NO_OP, MM_NO_OP);
	if (c->refcount > 1) {
		uint32_t i = s->nr_alias;

		/* Which of its users goes is not said: the name made last. */
		while (i > 0 && s->alias[i - 1].cache != cache)
			i--;
		if (i > 0) {
			memmove(&s->alias[i - 1], &s->alias[i], (s->nr_alias - i) * sizeof(*s->alias));
			s->nr_alias--;
		}
		c->refcount--;
		return MM_OK;
	}
	machine_step(m, MM_STEP_CACHE_DESTROY, 1);
	s->ops.release(m, who, c);
	free_parts(m, who, c);
	return MM_OK;
}
