/* SPDX-License-Identifier: MIT
 *
 * geometry: how large a cache's objects and slabs are (SLUB).  Pure formulas.
 */
#ifndef MM_SLAB_GEOMETRY_H
#define MM_SLAB_GEOMETRY_H

#include <stdbool.h>
#include <stdint.h>

/* SLAB_* bits of Linux 6.1 (include/linux/slab.h); what a kernel's slab flags
 * column and mm_cache_info.flags hold. */
#define SLAB_KMALLOC		0x00001000u
#define SLAB_HWCACHE_ALIGN	0x00002000u
#define SLAB_CACHE_DMA		0x00004000u
#define SLAB_CACHE_DMA32	0x00008000u
#define SLAB_STORE_USER		0x00010000u
#define SLAB_RECLAIM_ACCOUNT	0x00020000u
#define SLAB_PANIC		0x00040000u
#define SLAB_TYPESAFE_BY_RCU	0x00080000u
#define SLAB_TRACE		0x00200000u
#define SLAB_NOLEAKTRACE	0x00800000u
#define SLAB_FAILSLAB		0x02000000u
#define SLAB_ACCOUNT		0x04000000u
#define SLAB_RED_ZONE		0x00000400u
#define SLAB_POISON		0x00000800u
#define SLAB_CMPXCHG_DOUBLE	0x40000000u /* set by the kernel itself on every cache */

/* Caches with these never merge (Linux 6.1 mm/slab_common.c SLAB_NEVER_MERGE),
 * caches that differ in those never merge with each other (SLAB_MERGE_SAME). */
#define SLAB_NEVER_MERGE (SLAB_RED_ZONE | SLAB_POISON | SLAB_STORE_USER | SLAB_TRACE | \
			  SLAB_TYPESAFE_BY_RCU | SLAB_NOLEAKTRACE | SLAB_FAILSLAB)
#define SLAB_MERGE_SAME	(SLAB_RECLAIM_ACCOUNT | SLAB_CACHE_DMA | SLAB_CACHE_DMA32 | SLAB_ACCOUNT)

#define SLAB_MIN_ALIGN		8u	/* ARCH_SLAB_MINALIGN, ARCH_KMALLOC_MINALIGN of i386 */
#define SLAB_WORD		4u	/* sizeof(void *) */

/* All sizes in bytes. */
struct slab_geometry {
	uint32_t object_size;	/* as asked for */
	uint32_t size;		/* distance between two objects */
	uint32_t inuse;		/* object_size rounded up to a word */
	uint32_t fp_offset;	/* where a free object holds its link */
	uint32_t align;
	uint32_t order, objects;	/* of the preferred slab */
	uint32_t min_order, min_objects; /* of the fallback slab */
	uint32_t min_partial;	/* slabs that the node keeps even when empty */
	uint32_t cpu_partial;	/* objects */
	uint32_t cpu_partial_slabs; /* slabs on a per-CPU partial list */
};

/* The alignment that a cache gets (Linux 6.1 calculate_alignment).
 * cache_line: cache_line_size() of the CPU. */
uint32_t slab_alignment(uint32_t flags, uint32_t align, uint32_t size, uint32_t cache_line);

/* Fill *g for objects of object_size (1 .. 4 MiB) aligned to align, which
 * slab_alignment gave.  link_outside: the cache has a constructor or is
 * TYPESAFE_BY_RCU.  cpus: present CPUs.  false: no slab of order 10 or less
 * holds such an object. */
bool slab_geometry_init(struct slab_geometry *g, uint32_t object_size, uint32_t align,
			bool link_outside, unsigned int cpus);

/* The smallest order whose block holds bytes (Linux 6.1 get_order). */
unsigned int slab_get_order(uint64_t bytes);

#endif
