/* SPDX-License-Identifier: MIT
 *
 * phys: frames, zones, buddy lists, per-CPU lists, the page allocator.
 *
 * What slab and virt may use of it.  Knows nothing of slabs or addresses.
 */
#ifndef MM_PHYS_H
#define MM_PHYS_H

#include "engine/machine.h"

/* What an allocated frame serves; the owner sets it after phys_alloc. */
enum phys_use {
	PHYS_USE_PAGE,		/* a page request of the caller's */
	PHYS_USE_SLAB,		/* owner word: slab index; set on every frame of the block */
	PHYS_USE_KMALLOC,	/* large kmalloc; owner word of the head: bytes asked for */
	PHYS_USE_VMALLOC,	/* owner word: the area's index or 0 */
	PHYS_USE_PTE,		/* kernel page table */
};

struct mm_state;

/* Boot, first part: memblock, zones, frames, the hand-over of free memory.
 * Per-CPU lists are the boot pageset and watermarks are 0, as in the kernel
 * while slab and vmalloc start.  Sets m->layout.  0 or negative errno. */
int phys_create(struct mm_machine *m, struct mm_error *err);
/* Boot, second part: real per-CPU lists, watermarks, lowmem_reserve, then the
 * memory that boot gives back (SMP alternatives, initrd, .init). */
void phys_boot_finish(struct mm_machine *m);
void phys_destroy(struct mm_machine *m);

/* The kernel's alloc_pages: per-CPU list, buddy, slow path (Linux 6.1 __alloc_pages).
 * MM_OK and *pfn, else machine_why has been filled. */
enum mm_outcome phys_alloc(struct mm_machine *m, const struct mm_caller *who,
			   gfp_t gfp, unsigned int order, pfn_t *pfn);

/* The same, but a failure leaves no trace in why and in the failure counts
 * (a first attempt that has a fallback: SLUB's high order). */
enum mm_outcome phys_alloc_quiet(struct mm_machine *m, const struct mm_caller *who,
				 gfp_t gfp, unsigned int order, pfn_t *pfn);

/* Free a block that phys_alloc gave; the caller guarantees that it is one. */
void phys_free(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn, unsigned int order);

/* A caller's own free: checked, misuse is reported (machine_misuse). */
enum mm_outcome phys_free_pages(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn,
				unsigned int order);

/* Linux 6.1 __alloc_pages_bulk: up to n order-0 pages in pfn[]; how many. */
unsigned int phys_alloc_bulk(struct mm_machine *m, const struct mm_caller *who,
			     gfp_t gfp, unsigned int n, pfn_t *pfn);

/* Say what an allocated block serves.  PHYS_USE_SLAB marks all 2^order frames. */
void phys_set_use(struct mm_machine *m, pfn_t pfn, unsigned int order,
		  enum phys_use use, uint32_t owner);
/* The use of the allocated frame pfn and its owner word; false: not an
 * allocated head (for PHYS_USE_SLAB: any frame of the block answers true). */
bool phys_get_use(const struct mm_machine *m, pfn_t pfn, enum phys_use *use, uint32_t *owner);
/* Order of the allocated block whose head is pfn; -1 if it is no such head. */
int phys_block_order(const struct mm_machine *m, pfn_t pfn);
/* Operations that last allocated and freed this frame (MM_NO_OP = none). */
void phys_history(const struct mm_machine *m, pfn_t pfn, uint32_t *alloc_op, uint32_t *free_op);

/* The owner word of slab frames in one load, for kfree's hot path: the slab
 * index of the frame, or PHYS_NOT_SLAB.  pfn may be any 20-bit number. */
#define PHYS_NOT_SLAB 0xffffffffu
uint32_t phys_slab_of(const struct mm_machine *m, pfn_t pfn);
/* Base of that table (nr entries), for inlining the load. */
const uint32_t *phys_slab_table(const struct mm_machine *m, uint32_t *nr);

uint32_t phys_totalram(const struct mm_machine *m);	/* managed pages, all zones */
uint32_t phys_nr_frames(const struct mm_machine *m);	/* pfns 0..n-1 exist or are holes */

void phys_zone_info(const struct mm_machine *m, enum mm_zone_id z, struct mm_zone_info *info);
void phys_frame_info(const struct mm_machine *m, pfn_t pfn, struct mm_frame_info *info);
void phys_set_lru(struct mm_machine *m, pfn_t pfn, unsigned int order, bool on);
void phys_drain_all(struct mm_machine *m);
/* The machine's counts of page requests and frees are brought up to date when they
 * are read, as slab_fold_events does it for objects. */
void phys_fold_events(const struct mm_machine *m);
void phys_fold_counters(struct mm_machine *m);		/* the vmstat worker's fold */
/* kswapd's turn, as far as it is modelled: it ends a watermark boost. */
void phys_run_kswapd(struct mm_machine *m);
bool phys_kswapd_pending(const struct mm_machine *m);

/* Snapshot: build phys from a state instead of booting (sets m->layout, as
 * phys_create does); read it back. */
int phys_load(struct mm_machine *m, const struct mm_state *s, struct mm_error *err);
int phys_save(const struct mm_machine *m, struct mm_state *s, struct mm_error *err);
/* Why a free of this block would be a bad call; MM_NR_MISUSE when it is a good one. */
enum mm_misuse_kind phys_free_misuse(const struct mm_machine *m, pfn_t pfn, unsigned int order);
int phys_check(const struct mm_machine *m, struct mm_error *err);

/* A page that a loaded state holds as allocated, of unknown order. */
bool phys_is_foreign(const struct mm_machine *m, pfn_t pfn);

#endif
