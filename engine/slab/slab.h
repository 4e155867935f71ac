/* SPDX-License-Identifier: MIT
 *
 * slab: kmalloc and kmem_cache over exchangeable slab allocators.
 *
 * The front end (size classes, cache creation and merging, misuse, history) is
 * common; what a slab allocator does differently stands behind struct slab_ops.
 * Knows nothing of zones; takes its pages from phys.
 */
#ifndef MM_SLAB_H
#define MM_SLAB_H

#include "engine/machine.h"

struct mm_state;

int slab_create(struct mm_machine *m, struct mm_error *err);
void slab_destroy(struct mm_machine *m);

enum mm_outcome slab_kmalloc(struct mm_machine *m, const struct mm_caller *who,
			     uint32_t size, gfp_t gfp, vaddr_t *addr);
enum mm_outcome slab_kfree(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr);
enum mm_outcome slab_kfree_bulk(struct mm_machine *m, const struct mm_caller *who,
				unsigned int n, const vaddr_t *addr);
enum mm_outcome slab_cache_create(struct mm_machine *m, const struct mm_caller *who,
				  const struct mm_cache_args *a, uint32_t *cache);
enum mm_outcome slab_cache_destroy(struct mm_machine *m, const struct mm_caller *who, uint32_t cache);
enum mm_outcome slab_cache_shrink(struct mm_machine *m, const struct mm_caller *who, uint32_t cache);
enum mm_outcome slab_cache_alloc(struct mm_machine *m, const struct mm_caller *who,
				 uint32_t cache, gfp_t gfp, vaddr_t *addr);
enum mm_outcome slab_cache_free(struct mm_machine *m, const struct mm_caller *who,
				uint32_t cache, vaddr_t addr);
enum mm_outcome slab_cache_alloc_bulk(struct mm_machine *m, const struct mm_caller *who,
				      uint32_t cache, gfp_t gfp, unsigned int n, vaddr_t *addr);
enum mm_outcome slab_cache_free_bulk(struct mm_machine *m, const struct mm_caller *who,
				     uint32_t cache, unsigned int n, const vaddr_t *addr);
uint32_t slab_ksize(const struct mm_machine *m, vaddr_t addr);

/* The cache that a slab's frame belongs to, 0 if none. */
uint32_t slab_cache_of(const struct mm_machine *m, pfn_t pfn);

/* The id of the cache of this name, 0 if there is none. */
uint32_t slab_find_cache(const struct mm_machine *m, const char *name);

bool slab_cache_info(const struct mm_machine *m, uint32_t i, struct mm_cache_info *info);
bool slab_cache_lists(const struct mm_machine *m, uint32_t cache, unsigned int cpu,
		      struct mm_cache_lists *l);
/* Bytes of an object of a cache; those that an allocation clears. */
uint32_t slab_object_bytes(const struct mm_machine *m, uint32_t cache);
uint32_t slab_cleared(const struct mm_machine *m, uint32_t cache, gfp_t gfp);
uint32_t slab_kmalloc_cache(const struct mm_machine *m, uint32_t size, gfp_t gfp);
void slab_totals(const struct mm_machine *m, struct mm_slab_totals *t);
int slab_check(const struct mm_machine *m, struct mm_error *err);

/* The machine's counts of slab allocations, frees, hits and cleared bytes are
 * brought up to date when they are read; all others are counted at once. */
void slab_fold_events(const struct mm_machine *m);

/* Snapshot (engine/mm_state.h): phys has been loaded before. */
int slab_load(struct mm_machine *m, const struct mm_state *s, struct mm_error *err);
int slab_save(const struct mm_machine *m, struct mm_state *s, struct mm_error *err);

#endif
