/* SPDX-License-Identifier: MIT
 *
 * boot: the slab layer comes up (Linux 6.1 mm/slub.c kmem_cache_init).
 *
 * Caches are objects of a cache, so the first two are made by hand:
 * kmem_cache_node, whose first slab gives its own node; then kmem_cache.  Both
 * descriptors then move into objects of kmem_cache.  The kmalloc caches follow
 * by type, then by size; only then do random sequences exist, so every slab
 * made until here is in address order.  vmap_area is the first cache after
 * that (vmalloc_init).
 */
#include <errno.h>
#include <stdio.h>

#include "engine/slab/internal.h"

#define SIZEOF_KMEM_CACHE	140	/* i386, one node; see the constants of real kernels */
#define SIZEOF_KMEM_CACHE_NODE	32
#define SIZEOF_VMAP_AREA	32
/* Linux 6.1 include/linux/gfp.h GFP_BOOT_MASK: no reclaim before there is any. */
#define BOOT_MASK (MM_GFP_ALL & ~(MM_GFP_RECLAIM | MM_GFP_IO | MM_GFP_FS))

static const uint32_t kmalloc_sizes[NR_KMALLOC_SIZES] = {
	0, 96, 192, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192
};

uint32_t slab_kmalloc_size(unsigned int index)
{
	return kmalloc_sizes[index];
}

static const struct mm_caller boot_caller = { .op = MM_NO_OP };

static struct slab_cache *boot_cache(struct mm_machine *m, const char *name, uint32_t size,
				     uint32_t flags)
{
	uint32_t align = SLAB_MIN_ALIGN;
	struct slab_geometry g;

	if (!(size & (size - 1)) && align < size)
		align = size;
	align = slab_alignment(flags, align, size, m->cfg.cache_line);
	if (!slab_geometry_init(&g, size, align, false, m->cfg.cpus))
		return NULL;
	return slab_cache_new(m, name, &g, flags, false);
}

static enum mm_outcome take(struct mm_machine *m, struct slab_cache *from, gfp_t gfp, vaddr_t *addr)
{
	return slab_alloc(m, &boot_caller, from, gfp, addr);
}

/* early_kmem_cache_node_alloc: a slab of kmem_cache_node on its node's list,
 * its first object taken. */
static enum mm_outcome early_node(struct mm_machine *m, struct slab_cache *c)
{
	struct slab *s = m->slab;
	struct slub_slab *sl;
	enum mm_outcome r;
	uint32_t slab;
	unsigned int i;

	r = slub_new(m, &boot_caller, c, MM_GFP_NOWAIT, &slab);
	if (r != MM_OK)
		return r;
	sl = &s->slab[slab];
	i = sl->free;
	sl->free = sl->obj[i].next;
	sl->inuse = 1;
	sl->obj[i].state = MM_OBJ_LIVE;
	c->live++;
	c->cpu[0].states += MM_OBJ_LIVE;
	c->node = sl->base + i * sl->size;
	slub_node_add(s, c, slab, false);
	return MM_OK;
}

/* The descriptor moves into an object; the boot CPU's slab is let go. */
static enum mm_outcome bootstrap(struct mm_machine *m, struct slab_cache *c)
{
	enum mm_outcome r = take(m, m->slab->kmem_cache, MM_GFP_NOWAIT | MM_GFP_ZERO, &c->self);

	if (r == MM_OK)
		slub_flush_cpu(m, &boot_caller, c, &c->cpu[0]);
	return r;
}

static enum mm_outcome first_two(struct mm_machine *m)
{
	struct slab *s = m->slab;
	enum mm_outcome r;

	s->kmem_cache = boot_cache(m, "kmem_cache", SIZEOF_KMEM_CACHE, SLAB_HWCACHE_ALIGN);
	s->kmem_cache_node = boot_cache(m, "kmem_cache_node", SIZEOF_KMEM_CACHE_NODE,
					SLAB_HWCACHE_ALIGN);
	if (!s->kmem_cache || !s->kmem_cache_node)
		return MM_FAIL;
	s->kmem_cache->refcount = s->kmem_cache_node->refcount = -1;
	r = early_node(m, s->kmem_cache_node);
	if (r == MM_OK)
		r = take(m, s->kmem_cache_node, MM_GFP_KERNEL, &s->kmem_cache->node);
	if (r == MM_OK)
		r = bootstrap(m, s->kmem_cache);
	if (r == MM_OK)
		r = bootstrap(m, s->kmem_cache_node);
	return r;
}

void slab_kmalloc_name(unsigned int type, unsigned int index, char *name, size_t size)
{
	static const char *const prefix[NR_KMALLOC_TYPES] = {
		"kmalloc", "kmalloc-cg", "kmalloc-rcl", "dma-kmalloc"
	};
	uint32_t bytes = kmalloc_sizes[index];

	if (bytes < 1024)
		snprintf(name, size, "%s-%u", prefix[type], bytes);
	else
		snprintf(name, size, "%s-%uk", prefix[type], bytes / 1024);
}

static enum mm_outcome kmalloc_cache(struct mm_machine *m, unsigned int type, unsigned int i)
{
	static const uint32_t type_flags[NR_KMALLOC_TYPES] = {
		0, SLAB_ACCOUNT, SLAB_RECLAIM_ACCOUNT, SLAB_CACHE_DMA
	};
	struct slab *s = m->slab;
	uint32_t size = kmalloc_sizes[i];
	struct slab_cache *c;
	enum mm_outcome r;
	char name[64];

	if (type == MM_KMALLOC_CGROUP && !m->cfg.memcg_kmem) {
		slab_set_kmalloc(s, type, i, s->kmalloc[MM_KMALLOC_NORMAL][i]);
		return MM_OK;
	}
	slab_kmalloc_name(type, i, name, sizeof(name));
	c = boot_cache(m, name, size, SLAB_KMALLOC | type_flags[type]);
	if (!c)
		return MM_FAIL;
	c->kmalloc = true;
	if (type == MM_KMALLOC_NORMAL && m->cfg.memcg_kmem)
		c->refcount = -1;
	slab_set_kmalloc(s, type, i, c);
	r = take(m, s->kmem_cache, MM_GFP_NOWAIT | MM_GFP_ZERO, &c->self);
	if (r == MM_OK)
		r = take(m, s->kmem_cache_node, MM_GFP_KERNEL, &c->node);
	return r;
}

/* 8, 16, 32, 64, 96, 128, 192, 256 ... 8192, type by type. */
static enum mm_outcome kmalloc_caches(struct mm_machine *m)
{
	static const uint8_t order[] = { 3, 4, 5, 6, 1, 7, 2, 8, 9, 10, 11, 12, 13 };
	enum mm_outcome r = MM_OK;

	for (unsigned int type = 0; type < NR_KMALLOC_TYPES; type++) {
		for (unsigned int i = 0; i < sizeof(order) && r == MM_OK; i++)
			r = kmalloc_cache(m, type, order[i]);
	}
	return r;
}

/* init_freelist_randomization: newest cache first. */
static enum mm_outcome random_sequences(struct mm_machine *m)
{
	struct slab *s = m->slab;
	enum mm_outcome r = MM_OK;

	for (uint32_t i = s->nr_order; i-- > 0 && r == MM_OK;)
		r = slab_cache_init_seq(m, &boot_caller, s->order[i]);
	return r;
}

int slab_boot(struct mm_machine *m, struct mm_error *err)
{
	static const struct mm_cache_args vmap_area = {
		.name = "vmap_area", .size = SIZEOF_VMAP_AREA, .flags = MM_CACHE_PANIC,
	};
	enum mm_outcome r;
	uint32_t id;

	m->slab->gfp_allowed = BOOT_MASK;
	r = first_two(m);
	if (r == MM_OK)
		r = kmalloc_caches(m);
	if (r == MM_OK)
		r = random_sequences(m);
	if (r == MM_OK)
		r = slab_cache_create(m, &boot_caller, &vmap_area, &id);
	m->slab->gfp_allowed = MM_GFP_ALL;
	if (r != MM_OK)
		return mm_fail(err, -ENOMEM, "machine %s: no memory for the slab caches of boot "
			       "(%u caches made); more RAM is needed", m->cfg.name,
			       m->slab->nr_order);
	return 0;
}
