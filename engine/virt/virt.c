/* SPDX-License-Identifier: MIT
 *
 * virt: create, destroy, and what the layer tells about itself.
 */
#include <errno.h>
#include <stdlib.h>

#include "engine/virt/virt_internal.h"

/* sizeof(struct vmap_area), Linux 6.1 i386 */
#define VMAP_AREA_BYTES	32u

/* 32 MiB for each doubling of the online CPUs, in pages (lazy_max_pages). */
static uint32_t lazy_limit(unsigned int cpus)
{
	uint32_t doublings = 0;

	for (; cpus; cpus >>= 1)
		doublings++;
	return doublings * (32u << 20 >> MM_PAGE_SHIFT);
}

static int find_cache(struct mm_machine *m, struct mm_error *err)
{
	static const struct mm_caller boot = { .op = MM_NO_OP };
	struct mm_cache_args a = {
		.name = "vmap_area", .size = VMAP_AREA_BYTES, .flags = MM_CACHE_PANIC,
	};
	struct virt *v = m->virt;

	v->cache = slab_find_cache(m, a.name);
	if (!v->cache && slab_cache_create(m, &boot, &a, &v->cache) != MM_OK)
		return mm_fail(err, -ENOMEM, "the machine has no memory for the cache of vmap areas");
	return 0;
}

int virt_new(struct mm_machine *m, struct mm_error *err)
{
	struct virt *v = calloc(1, sizeof(*v));
	int ret;

	if (!v)
		return mm_fail(err, -ENOMEM, "no host memory for the address layer");
	m->virt = v;
	v->lazy_max = lazy_limit(m->cfg.cpus);
	for (uint32_t cpu = 0; cpu < MM_NR_CPUS; cpu++)
		v->cur[cpu].cpu = cpu;
	ret = area_pool_create(m, err);
	if (!ret)
		ret = pt_create(m, err);
	if (!ret)
		ret = pkmap_create(m, err);
	return ret ? ret : find_cache(m, err);
}

/* All addresses are free but the first byte's and the last's, which mark an
 * error and the end (vmap_init_free_space). */
int virt_create(struct mm_machine *m, struct mm_error *err)
{
	static const struct mm_caller boot = { .op = MM_NO_OP };
	int ret = virt_new(m, err);
	struct area *a;
	uint32_t i;

	if (ret)
		return ret;
	i = area_new(m->virt);
	a = &m->virt->area[i];
	a->start = 1;
	a->end = 0xffffffffu;
	if (slab_cache_alloc(m, &boot, m->virt->cache, MM_GFP_NOWAIT, &a->obj) != MM_OK)
		return mm_fail(err, -ENOMEM, "the machine has no memory for its first vmap area");
	tree_insert(m->virt, i);
	return 0;
}

void virt_destroy(struct mm_machine *m)
{
	struct virt *v = m->virt;

	if (!v)
		return;
	area_pool_destroy(v);
	block_destroy(v);
	pt_destroy(v);
	pkmap_destroy(v);
	kl_destroy(v);
	free(v);
	m->virt = NULL;
}

void virt_vmalloc_info(const struct mm_machine *m, struct mm_vmalloc_info *info)
{
	const struct virt *v = m->virt;

	*info = (struct mm_vmalloc_info){
		.total = m->layout.vmalloc_end - m->layout.vmalloc_start,
		.used = v->busy_pages * MM_PAGE_SIZE,
		.lazy = v->lazy_pages * MM_PAGE_SIZE,
		.largest_hole = tree_largest_hole(v, m->layout.vmalloc_start,
						  m->layout.vmalloc_end),
		.nr_areas = v->nr_busy,
		.nr_lazy_areas = v->nr_lazy,
		.nr_pages = v->nr_vmalloc_pages,
		.pte_pages = v->nr_pte_pages,
	};
}

/* The first area of a state from the cursor on, NULL: none. */
static const struct area *next_of_state(const struct mm_machine *m, vaddr_t cursor, unsigned int state)
{
	const struct virt *v = m->virt;
	uint32_t p = cursor > m->layout.vmalloc_start ? area_page(m, cursor) : 0;

	while (p < v->range_pages && (!v->by_first[p] || v->area[v->by_first[p]].state != state))
		p++;
	return p < v->range_pages ? &v->area[v->by_first[p]] : NULL;
}

bool virt_lazy_next(const struct mm_machine *m, vaddr_t *start, vaddr_t *end)
{
	const struct area *a = next_of_state(m, *end, AREA_LAZY);

	if (!a)
		return false;
	*start = a->start;
	*end = a->end;
	return true;
}

bool virt_area_next(const struct mm_machine *m, vaddr_t *cursor, struct mm_vmap_area_info *info)
{
	const struct area *a = next_of_state(m, *cursor, AREA_BUSY);

	if (!a)
		return false;
	*info = (struct mm_vmap_area_info){
		.start = a->start, .end = a->end, .kind = a->kind,
		.nr_pages = a->nr_pages, .phys = (paddr_t)a->phys << MM_PAGE_SHIFT,
		.op = a->op, .site = a->site,
	};
	*cursor = a->end;
	return true;
}

void virt_kmap_info(const struct mm_machine *m, struct mm_kmap_info *info)
{
	const struct virt *v = m->virt;

	*info = (struct mm_kmap_info){
		.slots = m->layout.last_pkmap,
		.in_use = v->pkmap_in_use,
		.stale = v->pkmap_stale,
		.last_nr = v->last_pkmap_nr,
		.local_in_use = v->local_in_use,
		.local_max_depth = v->local_max_depth,
	};
}

void virt_unknown(const struct mm_machine *m, uint64_t *objects, uint64_t *frames)
{
	*objects = m->virt->unknown_objects;
	*frames = m->virt->unknown_frames;
}
