/* SPDX-License-Identifier: MIT
 *
 * mm_state: the exact state of a machine's allocators at one moment, in memory.
 *
 * Loaded into a machine (mm_machine_load) or taken from one (mm_machine_save),
 * so that a run can start from a real kernel's snapshot and its end can be
 * compared with another.  Lists are in list order, head first.  The arrays
 * belong to the state: mm_state_free releases them all (they come from malloc,
 * so that a reader can fill them).  Zero-initialise before use.
 */
#ifndef MM_STATE_H
#define MM_STATE_H

#include "engine/mm86.h"

struct mm_pfn_list { pfn_t *pfn; uint32_t nr; };
struct mm_idx_list { uint16_t *idx; uint32_t nr; };

struct mm_pcp_state {
	uint32_t count, high, batch, free_factor;
	struct mm_pfn_list list[MM_NR_PCP_LISTS];
};

struct mm_zone_state {
	bool present_in_state;
	uint32_t start, spanned, present, managed;
	uint32_t wmark[MM_NR_WMARK], boost, reserve[4];
	uint32_t nr_highatomic;
	uint32_t flags;			/* bit 0: boosted (ZONE_BOOSTED_WATERMARK) */
	int64_t nr_free;		/* the zone's counter */
	int32_t free_diff[MM_NR_CPUS];	/* per-CPU differences not yet folded */
	uint32_t stat_threshold;
	struct mm_pfn_list free[MM_MAX_ORDER][MM_MIGRATE_TYPES];
	struct mm_pcp_state pcp[MM_NR_CPUS];
	uint32_t pb_start;		/* pfn of the first pageblock */
	uint8_t *pbmt;			/* type of each pageblock (skip bit cleared) */
	uint32_t nr_pbmt;
};

struct mm_slab_state {
	pfn_t pfn;
	uint32_t inuse, objects;
	bool frozen;
	struct mm_idx_list free;	/* the slab's own freelist */
};

struct mm_cpu_slab_state {
	struct mm_slab_state slab;	/* slab.pfn = 0: no cpu slab; slab.free: slab's own */
	struct mm_idx_list free;	/* the cpu freelist */
	struct mm_slab_state *partial;	/* cpu partial list, head first */
	uint32_t nr_partial;
};

struct mm_cache_state {
	char name[64];
	uint32_t ptr;			/* address of the kmem_cache in that kernel: its identity */
	uint32_t size, object_size, align, order, objects, min_order, min_objects;
	uint32_t fp_offset;		/* of the free pointer in a free object; from object_size on: behind it */
	uint32_t min_partial, cpu_partial, cpu_partial_slabs;
	uint32_t flags;			/* SLAB_* bits of that kernel */
	int32_t refcount;
	uint16_t *random_seq;		/* objects entries, or NULL */
	uint32_t nr_random_seq;
	uint32_t nr_slabs;
	struct mm_cpu_slab_state cpu[MM_NR_CPUS];
	struct mm_slab_state *partial;	/* node partial list, in order */
	uint32_t nr_partial;
};

/* Slabs on no list (full) are known only from this table. */
struct mm_all_slab { pfn_t pfn; uint32_t cache_ptr, inuse, objects; bool frozen; };

struct mm_kmalloc_state { uint32_t type, index; char name[64]; };

struct mm_vmap_state {
	vaddr_t start, end;
	uint32_t flags;			/* VM_* of that kernel; 0x1 ioremap 0x2 alloc 0x4 map */
	uint32_t nr_pages;
};
/* The red-black tree of free areas in preorder. */
struct mm_vfree_state { uint32_t depth; vaddr_t start, end; bool black; };
struct mm_vmap_obj { vaddr_t start; vaddr_t obj; }; /* its vmap_area object */

struct mm_state {
	struct mm_zone_state zone[MM_NR_ZONES];
	uint8_t *lru;	uint32_t nr_lru;  /* per frame: 1 = on an LRU list; NULL: not known */
	struct mm_cache_state *cache;	uint32_t nr_cache; /* creation order, oldest first */
	struct mm_all_slab *all_slab;	uint32_t nr_all_slab; bool has_all_slab;
	struct mm_kmalloc_state *kmalloc; uint32_t nr_kmalloc;
	struct mm_vmap_state *vmap;	uint32_t nr_vmap;
	struct mm_vfree_state *vfree;	uint32_t nr_vfree; bool has_vfree;
	struct mm_vmap_obj *vmap_obj;	uint32_t nr_vmap_obj; bool has_vmap_obj;
	vaddr_t pmd_start; uint32_t pmd_size;
	pfn_t *pmd_pte;			/* page-table page behind each PMD from pmd_start, 0 = none */
	uint32_t nr_pmd; bool has_pmd;
	struct { uint32_t slot; pfn_t pfn; } *pkmap; uint32_t nr_pkmap;
	struct { uint32_t slot; pfn_t pfn; } *kmap_local; uint32_t nr_kmap_local;
	uint32_t last_pkmap_nr; bool has_last_pkmap_nr;
	uint32_t lazy_pages;		/* vmap pages freed and not purged */
};

void mm_state_free(struct mm_state *s);

/* Make a machine from a configuration and a state; what the state lacks is
 * as after boot.  NULL and a sentence if the two do not fit. */
struct mm_machine *mm_machine_load(const struct mm_config *c, const struct mm_state *s,
				   struct mm_error *err);
/* The machine's state now.  0 or negative errno. */
int mm_machine_save(const struct mm_machine *m, struct mm_state *s, struct mm_error *err);

#endif
