/* SPDX-License-Identifier: MIT
 *
 * What the files of engine/virt/ share: the state of the layer.
 *
 *   layout.c      address-space layout
 *   pagetable.c   page tables, translation
 *   area_pool.c   the areas' records and the two tables by page
 *   vmap_tree.c   tree of free areas: search, clip, merge
 *   rb.c          its red-black rebalancing
 *   vmap_area.c   reserve an area, free it lazily, purge
 *   vmalloc.c     vmalloc and vfree
 *   vmap.c        vmap, ioremap
 *   vmap_block.c  vm_map_ram
 *   pkmap.c       kmap
 *   kmap_local.c  kmap_local, kmap_atomic
 *   virt_state.c  load and save
 *   virt_check.c  consistency
 *   virt.c        create, destroy, introspection
 */
#ifndef MM_VIRT_INTERNAL_H
#define MM_VIRT_INTERNAL_H

#include "engine/phys/phys.h"
#include "engine/slab/slab.h"
#include "engine/virt/virt.h"

/* ---- page tables ---- */

/* One entry of a page table as this program keeps it: frame << 8 | flags.  The
 * hardware's 4 and 8 byte entries both fit (PAE: 24 frame bits). */
typedef uint32_t pte_t;
#define PTE_PRESENT	0x01u
#define PTE_RW		0x02u
#define PTE_UNCACHED	0x04u	/* ioremap */
#define PTE_LARGE	0x08u	/* in a PMD entry: maps the whole window */
#define PTE_BOOT	0x10u	/* in a PMD entry: table made at boot, its frame
				 * belongs to the boot's own allocations */
#define PTE_LOADED	0x20u	/* in a PMD entry: table of a loaded state, its frame
				 * is not this machine's own */
#define PTE_FRAME_SHIFT	8
#define PTE_MAKE(pfn, flags) (((pte_t)(pfn) << PTE_FRAME_SHIFT) | PTE_PRESENT | (flags))
#define PTE_PFN(e)	((e) >> PTE_FRAME_SHIFT)

/* ---- vmap areas ---- */

enum area_state { AREA_UNUSED, AREA_BUSY, AREA_LAZY, AREA_FREE };

/* A range of addresses; the kernel's vmap_area.  The same record goes from
 * busy to lazy to free, as the kernel's object does.  Index 0 is nobody. */
struct area {
	vaddr_t start, end;
	uint32_t parent, left, right;	/* free tree */
	uint32_t prev, next;		/* free list; next: deferred or unused list */
	uint32_t subtree_max;		/* largest free size below and here */
	vaddr_t obj;			/* its vmap_area object; 0: not known */
	vaddr_t vm;			/* its vm_struct object; 0: none or not known */
	vaddr_t page_array;		/* kmalloc'ed, or a vmalloc area's start */
	uint32_t nr_pages;
	uint32_t op, site;
	uint32_t block;			/* index of its vmap block, 0 = none */
	uint32_t vm_flags;		/* of a loaded area, for saving it again */
	pfn_t phys;			/* ioremap: first frame */
	uint8_t state;			/* enum area_state */
	uint8_t kind;			/* enum mm_area_kind */
	bool red;
	bool loaded;			/* from a state: frames and vm_struct unknown */
	bool deferred;			/* vfree'd in an interrupt, still to be done */
	bool inner;			/* a page array: belongs to another area */
};

/* What changes of the free tree did, until it is counted (mm_steps.h). */
struct tree_work { uint32_t descent, up, insert, erase, rotate, recolour; };

struct free_tree {
	uint32_t root;
	uint32_t first;			/* head of the address-ordered list */
	uint32_t nr;
	struct tree_work work;
};

/* vm_map_ram's blocks (Linux 6.1 mm/vmalloc.c struct vmap_block). */
#define VMAP_BLOCK_PAGES	64u
#define VMAP_BLOCK_BYTES	(VMAP_BLOCK_PAGES * MM_PAGE_SIZE)
#define VMAP_MAX_ALLOC		32u
struct vmap_block {
	vaddr_t obj;			/* kmalloc'ed vmap_block */
	uint32_t area;
	uint32_t prev, next;		/* this CPU's list of blocks with free pages */
	uint8_t cpu;
	uint8_t free, dirty;		/* pages */
	uint8_t dirty_min, dirty_max;	/* not yet flushed range, pages */
	bool listed;
	uint8_t len[VMAP_BLOCK_PAGES];	/* pages asked for at this offset, 0 = none */
};

/* ---- kmap ---- */

struct pkmap_slot {
	uint32_t count;			/* 0 free, 1 stale, n: n - 1 users */
	uint16_t next;			/* in its hash chain */
	uint16_t before;		/* entries before it there */
	pfn_t pfn;
	uint32_t map_op, unmap_op;
};
#define PKMAP_NO_SLOT 0xffffu
/* Chains of page_address()'s hash (Linux 6.1 mm/highmem.c PA_HASH_ORDER). */
#define PKMAP_CHAIN_BITS 7
#define PKMAP_CHAINS	(1u << PKMAP_CHAIN_BITS)
struct pkmap_chain { uint16_t first, last, nr; };

#define KM_MAX_IDX	16u		/* slots of a CPU; 15 are usable */
struct kl_stack {			/* one task's nested mappings */
	uint32_t task;
	uint32_t depth;
	uint32_t cpu;			/* where they are: no migration meanwhile */
	pfn_t pfn[KM_MAX_IDX];
};
/* Task of mappings that a loaded state holds: nobody's. */
#define KL_FOREIGN_TASK 0xffffffffu

struct virt {
	/* page tables, by PMD window */
	uint32_t nr_pmd, pmd_shift;
	pte_t *pmd;
	pte_t **table;
	uint32_t nr_pte_pages;		/* tables of the vmalloc range */
	pte_t *pkmap_pte;		/* of pkmap slot 0 */
	pte_t *fixmap;			/* its tables in one piece */
	uint32_t fixmap_window;		/* the first one's window */
	pte_t *local_pte;		/* of kmap_local slot 0; slot n is at -n */

	/* areas */
	struct area *area;
	uint32_t area_cap, area_used, area_unused;
	uint32_t range_pages;		/* of the vmalloc range */
	uint32_t *by_first, *by_last;	/* busy or lazy area by first, last page */
	uint32_t *alloc_op, *free_op;	/* history by an area's first page */
	struct free_tree tree;
	uint32_t cache;			/* "vmap_area" */
	vaddr_t preload_obj[MM_NR_CPUS];
	bool preloaded[MM_NR_CPUS];
	uint32_t lazy_pages, lazy_max;	/* pages */
	uint32_t nr_lazy, nr_busy;
	vaddr_t lazy_lo, lazy_hi;	/* bounds of what is lazy */
	uint32_t busy_pages;		/* of busy areas, guards included */
	uint32_t nr_vmalloc_pages;
	uint32_t deferred;		/* last vfree'd in interrupt first */
	uint64_t unknown_objects;	/* frees of objects a state does not name */
	uint64_t unknown_frames;	/* frames a state does not name */
	pfn_t *scratch;			/* frames of the area at work */
	uint32_t scratch_cap;

	struct vmap_block *block;
	uint32_t block_cap, block_used, block_unused;
	uint32_t block_first[MM_NR_CPUS], block_last[MM_NR_CPUS];

	/* pkmap */
	struct pkmap_slot *slot;
	uint16_t *slot_of;		/* by pfn - max_low_pfn */
	uint32_t nr_high;
	uint32_t last_pkmap_nr;
	uint32_t pkmap_in_use, pkmap_stale;
	struct pkmap_chain chain[PKMAP_CHAINS];

	/* kmap_local */
	struct kl_stack cur[MM_NR_CPUS];
	struct kl_stack *saved;		/* tasks switched out with mappings */
	uint32_t nr_saved, saved_cap;
	uint32_t local_in_use, local_max_depth;
};

/* ---- pagetable.c ---- */
int pt_create(struct mm_machine *m, struct mm_error *err);
void pt_destroy(struct virt *v);
/* A table made at boot for the window of addr: -ENOMEM or 0. */
int pt_boot_table(struct virt *v, vaddr_t addr);
/* A table of the vmalloc range that a loaded state has; pfn MM_NO_PFN if it
 * does not name the frame. */
int pt_loaded_table(struct virt *v, vaddr_t addr, pfn_t pfn);
/* The entry of addr; NULL if its window has no table. */
static inline pte_t *pt_entry(const struct virt *v, vaddr_t addr)
{
	pte_t *t = v->table[addr >> v->pmd_shift];

	return t ? &t[(addr >> MM_PAGE_SHIFT) & ((1u << (v->pmd_shift - MM_PAGE_SHIFT)) - 1)]
		 : NULL;
}
/* Map n frames from addr on, taking page-table pages as needed.  On failure
 * what has been mapped stays, as in the kernel. */
enum mm_outcome pt_map(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr,
		       const pfn_t *pfn, uint32_t n, gfp_t gfp);
enum mm_outcome pt_map_io(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr,
			  pfn_t first, uint32_t n);
/* Clear n entries; frames that were mapped go to pfn[] if it is not NULL
 * (how many: the result). */
uint32_t pt_unmap(struct mm_machine *m, vaddr_t addr, uint32_t n, pfn_t *pfn);

/* ---- area_pool.c ---- */
int area_pool_create(struct mm_machine *m, struct mm_error *err);
void area_pool_destroy(struct virt *v);
bool area_pool_reserve(struct virt *v, uint32_t n);	/* room for n more */
uint32_t area_new(struct virt *v);			/* needs area_pool_reserve */
void area_release(struct virt *v, uint32_t i);
bool scratch_reserve(struct virt *v, uint32_t n);
static inline uint32_t area_page(const struct mm_machine *m, vaddr_t addr)
{
	return (addr - m->layout.vmalloc_start) >> MM_PAGE_SHIFT;
}
static inline bool area_in_range(const struct mm_machine *m, vaddr_t addr)
{
	return addr >= m->layout.vmalloc_start && addr < m->layout.vmalloc_end;
}
/* Enter into and take out of the tables by page; counts nothing. */
void area_index(struct mm_machine *m, uint32_t i);
void area_unindex(struct mm_machine *m, uint32_t i);
/* The busy area that begins at addr, 0 if none. */
uint32_t area_at(const struct mm_machine *m, vaddr_t addr);

/* ---- rb.c ---- */
void rb_insert(struct virt *v, struct free_tree *t, uint32_t i, uint32_t parent, bool right);
void rb_erase(struct virt *v, struct free_tree *t, uint32_t i);
void rb_update_up(struct virt *v, uint32_t i);	/* subtree_max from i to the root */

/* ---- vmap_tree.c ---- */
/* Insert area i, or merge it with what it touches; freed[] gets the objects
 * of areas that were absorbed, in the kernel's order; returns how many. */
unsigned int tree_merge_or_add(struct virt *v, uint32_t i, vaddr_t freed[2]);
struct tree_fit { uint32_t area; vaddr_t start; uint32_t steps; };
bool tree_search(const struct virt *v, uint32_t size, uint32_t align,
		 vaddr_t vstart, vaddr_t vend, struct tree_fit *fit);
enum tree_clip { CLIP_EXACT, CLIP_LEFT, CLIP_RIGHT, CLIP_MIDDLE };
enum tree_clip tree_clip_kind(const struct virt *v, const struct tree_fit *fit, uint32_t size);
/* CLIP_MIDDLE needs a record for the left part. */
void tree_clip(struct virt *v, const struct tree_fit *fit, uint32_t size, uint32_t left_part);
void tree_insert(struct virt *v, uint32_t i);	/* no merging: loading */
/* subtree_max of i from its children's. */
uint32_t rb_own_max(const struct virt *v, uint32_t i);
uint32_t tree_largest_hole(const struct virt *v, vaddr_t lo, vaddr_t hi);

/* ---- vmap_area.c ---- */
struct area_request {
	uint32_t size, align;		/* bytes, guard included */
	gfp_t gfp;
	enum mm_area_kind kind;
};
enum mm_outcome area_reserve(struct mm_machine *m, const struct mm_caller *who,
			     const struct area_request *r, uint32_t *area);
/* To the lazily freed ones; its entries have been cleared. */
void area_free_lazy(struct mm_machine *m, const struct mm_caller *who, uint32_t i);
/* Lazily freed areas become free; [lo, hi) widens the range that is flushed
 * from the TLB.  True if there was anything to purge. */
bool area_purge(struct mm_machine *m, const struct mm_caller *who, vaddr_t lo, vaddr_t hi);
void area_object_free(struct mm_machine *m, const struct mm_caller *who, vaddr_t obj);
/* The kernel's global flush of a range; above 33 pages the CPU drops all. */
void tlb_flush_range(struct mm_machine *m, vaddr_t lo, vaddr_t hi);
/* A point where the kernel's task may be rescheduled: a purge that is due runs. */
void virt_resched(struct mm_machine *m, const struct mm_caller *who);
#define GFP_RECLAIM_MASK (MM_GFP_RECLAIM | MM_GFP_HIGH | MM_GFP_IO | MM_GFP_FS | \
			  MM_GFP_NOWARN | MM_GFP_RETRY_MAYFAIL | MM_GFP_NOFAIL | \
			  MM_GFP_NORETRY | MM_GFP_MEMALLOC | MM_GFP_NOMEMALLOC | \
			  MM_GFP_ATOMIC_BIT)

/* ---- vmalloc.c, vmap.c ---- */
/* vm_struct and area together (the kernel's __get_vm_area_node). */
enum mm_outcome vm_area_get(struct mm_machine *m, const struct mm_caller *who, uint32_t pages,
			    uint32_t align, gfp_t gfp, enum mm_area_kind kind, uint32_t *area);
void vm_object_free(struct mm_machine *m, const struct mm_caller *who, vaddr_t vm, bool loaded);
enum mm_outcome virt_bad_free(struct mm_machine *m, const struct mm_caller *who,
			      const char *what, vaddr_t addr);
static inline bool virt_in_interrupt(const struct mm_caller *who)
{
	return who->context != MM_CTX_TASK;
}

/* ---- vmap_block.c ---- */
void block_purge_fragmented(struct mm_machine *m, const struct mm_caller *who);
void block_dirty_range(struct mm_machine *m, vaddr_t *lo, vaddr_t *hi);
void block_destroy(struct virt *v);

/* ---- pkmap.c, kmap_local.c ---- */
int pkmap_create(struct mm_machine *m, struct mm_error *err);
/* A mapped slot, its pfn set, joins the end of its page's hash chain. */
void pkmap_chain_add(struct mm_machine *m, uint32_t slot);
void pkmap_destroy(struct virt *v);
static inline vaddr_t pkmap_addr(const struct mm_machine *m, uint32_t slot)
{
	return m->layout.pkmap_base + slot * MM_PAGE_SIZE;
}
static inline vaddr_t kl_addr(const struct mm_machine *m, uint32_t cpu, uint32_t depth)
{
	return m->layout.fixaddr_top -
	       (m->layout.fix_kmap_begin + KM_MAX_IDX * cpu + depth) * MM_PAGE_SIZE;
}
static inline pte_t *kl_entry(const struct virt *v, uint32_t cpu, uint32_t depth)
{
	return v->local_pte - (KM_MAX_IDX * cpu + depth);
}
void kl_destroy(struct virt *v);

/* ---- virt_check.c ---- */
int tree_check(const struct virt *v, struct mm_error *err);

/* ---- virt.c ---- */
/* Everything but the areas, as after boot. */
int virt_new(struct mm_machine *m, struct mm_error *err);

#endif
