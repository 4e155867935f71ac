/* SPDX-License-Identifier: MIT
 *
 * geometry: object size, slab order and list limits of a SLUB cache.
 *
 * Linux 6.1 mm/slub.c (calculate_sizes, calculate_order, set_min_partial,
 * set_cpu_partial) and mm/slab_common.c (calculate_alignment) without debug
 * options.  Compared with every cache of several booted kernels in
 * tests/slab/test_geometry.c.
 */
#include "engine/mm86.h"
#include "engine/slab/geometry.h"

#define SLUB_MAX_ORDER	3	/* PAGE_ALLOC_COSTLY_ORDER: limit while waste decides */
#define MIN_PARTIAL	5
#define MAX_PARTIAL	10

static uint32_t round_up_to(uint32_t x, uint32_t align)
{
	return (x + align - 1) / align * align;
}

unsigned int slab_get_order(uint64_t bytes)
{
	unsigned int order = 0;

	while (((uint64_t)MM_PAGE_SIZE << order) < bytes)
		order++;
	return order;
}

uint32_t slab_alignment(uint32_t flags, uint32_t align, uint32_t size, uint32_t cache_line)
{
	if (flags & SLAB_HWCACHE_ALIGN) {
		uint32_t line = cache_line;

		/* Small objects may share a line as long as none straddles two. */
		while (size <= line / 2)
			line /= 2;
		if (align < line)
			align = line;
	}
	if (align < SLAB_MIN_ALIGN)
		align = SLAB_MIN_ALIGN;
	return round_up_to(align, SLAB_WORD);
}

/* The smallest order that holds min_objects and wastes at most 1/fraction of
 * the slab; max_order + 1 if there is none. */
static unsigned int order_for(uint32_t size, uint32_t min_objects, unsigned int max_order,
			      uint32_t fraction)
{
	unsigned int order = slab_get_order((uint64_t)min_objects * size);

	for (; order <= max_order; order++) {
		uint32_t bytes = MM_PAGE_SIZE << order;

		if (bytes % size <= bytes / fraction)
			break;
	}
	return order;
}

static unsigned int fls(unsigned int x)
{
	return x ? 32 - (unsigned int)__builtin_clz(x) : 0;
}

/* More CPUs want more objects a slab; ever more waste is accepted before the
 * wish for many objects is given up one by one.  MM_MAX_ORDER: impossible. */
static unsigned int calculate_order(uint32_t size, unsigned int cpus)
{
	uint32_t max_objects = (MM_PAGE_SIZE << SLUB_MAX_ORDER) / size;
	uint32_t want = 4 * (fls(cpus) + 1);
	unsigned int order;

	for (want = want < max_objects ? want : max_objects; want > 1; want--) {
		for (uint32_t fraction = 16; fraction >= 4; fraction /= 2) {
			order = order_for(size, want, SLUB_MAX_ORDER, fraction);
			if (order <= SLUB_MAX_ORDER)
				return order;
		}
	}
	order = order_for(size, 1, SLUB_MAX_ORDER, 1);
	if (order <= SLUB_MAX_ORDER)
		return order;
	return order_for(size, 1, MM_MAX_ORDER - 1, 1);
}

static uint32_t cpu_partial_objects(uint32_t size)
{
	if (size >= MM_PAGE_SIZE)
		return 6;
	if (size >= 1024)
		return 24;
	return size >= 256 ? 52 : 120;
}

bool slab_geometry_init(struct slab_geometry *g, uint32_t object_size, uint32_t align,
			bool link_outside, unsigned int cpus)
{
	uint32_t log2;

	g->object_size = object_size;
	g->align = align;
	g->inuse = g->size = round_up_to(object_size, SLAB_WORD);
	if (link_outside) {
		g->fp_offset = g->size;
		g->size += SLAB_WORD;
	} else {
		g->fp_offset = object_size / 2 / SLAB_WORD * SLAB_WORD;
	}
	g->size = round_up_to(g->size, align);
	if (g->size > MM_PAGE_SIZE << (MM_MAX_ORDER - 1))
		return false;
	g->order = calculate_order(g->size, cpus);
	if (g->order >= MM_MAX_ORDER)
		return false;
	g->objects = (MM_PAGE_SIZE << g->order) / g->size;
	g->min_order = slab_get_order(g->size);
	g->min_objects = (MM_PAGE_SIZE << g->min_order) / g->size;
	log2 = fls(g->size) - 1;
	g->min_partial = log2 / 2 < MIN_PARTIAL ? MIN_PARTIAL :
			 log2 / 2 > MAX_PARTIAL ? MAX_PARTIAL : log2 / 2;
	g->cpu_partial = cpu_partial_objects(g->size);
	g->cpu_partial_slabs = (2 * g->cpu_partial + g->objects - 1) / g->objects;
	return true;
}
