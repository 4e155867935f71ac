/* SPDX-License-Identifier: MIT
 *
 * mm86: a simulated 32-bit x86 machine's memory allocators, after Linux 6.1.
 *
 * One struct mm_machine is one machine: its frames, zones, buddy and per-CPU
 * lists, slab caches, vmalloc areas, pkmap and fixmap slots, page tables.  No
 * globals, no I/O, no clock: the caller tells the time (mm_advance), and the
 * same calls give the same answers.  A machine is used by one thread at a time.
 *
 * Function names follow the kernel's.  Every request takes a struct mm_caller
 * (who asks, where) and returns an enum mm_outcome; what is not MM_OK is
 * explained by mm_why() or mm_misuse().
 *
 * Units: pfn_t is a page frame number (4 KiB), vaddr_t a kernel virtual
 * address, paddr_t a physical address in bytes; "pages" are 4 KiB pages.
 */
#ifndef MM86_H
#define MM86_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/gfp.h"
#include "base/mm_error.h"
#include "engine/mm_observe.h"

typedef uint32_t pfn_t;
typedef uint32_t vaddr_t;
typedef uint64_t paddr_t;

#define MM_NO_PFN	0xffffffffu
#define MM_PAGE_SHIFT	12
#define MM_PAGE_SIZE	4096u
#define MM_MAX_ORDER	11	/* orders 0..10 (Linux 6.1 CONFIG_FORCE_MAX_ZONEORDER unset) */
#define MM_NR_CPUS	32	/* NR_CPUS of Debian's i386 kernels: decides the fixmap */
#define MM_ZERO_SIZE_PTR 16u	/* what kmalloc(0) answers */

enum mm_zone_id { MM_ZONE_DMA, MM_ZONE_NORMAL, MM_ZONE_HIGHMEM, MM_NR_ZONES,
		  MM_ZONE_MOVABLE_LIMIT = 3 /* as a request's limit only */ };
enum mm_migratetype { MM_UNMOVABLE, MM_MOVABLE, MM_RECLAIMABLE, MM_HIGHATOMIC,
		      MM_ISOLATE, MM_MIGRATE_TYPES };
enum mm_wmark { MM_WMARK_MIN, MM_WMARK_LOW, MM_WMARK_HIGH, MM_NR_WMARK };
enum mm_context { MM_CTX_TASK, MM_CTX_SOFTIRQ, MM_CTX_HARDIRQ };
#define MM_PCP_TYPES	3	/* U, M, R have per-CPU lists */
#define MM_NR_PCP_LISTS	14	/* orders 0..3 x 3 types, pageblock_order x 2 */

/* ---- configuration ---- */

#define MM_MAX_E820	32
#define MM_MAX_RESERVED	32

enum mm_e820_type { MM_E820_RAM = 1, MM_E820_RESERVED = 2 };
struct mm_range { paddr_t start, end; /* [start, end) bytes */ };
struct mm_e820 { paddr_t start, end; enum mm_e820_type type; };

enum mm_slab_kind { MM_SLUB, MM_SLAB, MM_SLOB };

/* The start position in a cache's random sequence for a new slab of n
 * objects (Linux 6.1 mm/slub.c shuffle_freelist).  seq has seq_len entries.
 * base is the slab's first pfn. */
typedef uint32_t (*mm_shuffle_fn)(void *arg, uint32_t cache, pfn_t base,
				  const uint16_t *seq, uint32_t seq_len);

struct mm_machine;
struct mm_caller;
/* The address of an object that a loaded state does not tell (the vmap_area of
 * one of its areas), asked when the kernel frees it; 0: not known here either,
 * the object stays allocated. */
typedef vaddr_t (*mm_object_fn)(void *arg, uint32_t cache);

/* Called inside a request where the kernel's task may be rescheduled: by vfree
 * after each page that it frees (Linux 6.1 mm/vmalloc.c vfree, cond_resched),
 * by vmalloc once its vm_struct is allocated (might_sleep of the next one).
 * A worker of the same CPU runs there: the callee may call mm_run_work. */
typedef void (*mm_resched_fn)(void *arg, struct mm_machine *m, const struct mm_caller *who);

/* What a machine is.  mm_config_init gives the defaults: a Debian 686 kernel
 * (3G/1G, SLUB, one CPU) on 2048 MiB. */
struct mm_config {
	char name[32];
	struct mm_e820 e820[MM_MAX_E820];	/* firmware's map, ascending */
	unsigned int nr_e820;
	paddr_t ram_bytes;	/* used to make an e820 map when nr_e820 is 0 */
	bool pae;
	uint32_t page_offset;	/* 0xC0000000: 3G/1G */
	uint32_t vmalloc_reserve; /* __VMALLOC_RESERVE, bytes; 128 MiB default */
	bool highmem;		/* CONFIG_HIGHMEM */
	bool pse;		/* CPU has 4 MiB pages: THP is on, direct map is large */
	unsigned int cpus;	/* online CPUs, 1..32 */
	unsigned int cache_line; /* cache_line_size() of the CPU: 64, QEMU 32 */
	enum mm_slab_kind slab;
	bool slab_nomerge;
	bool freelist_random;	/* CONFIG_SLAB_FREELIST_RANDOM */
	bool init_on_alloc;
	bool memcg_kmem;	/* kmalloc-cg-* caches are caches of their own */
	bool movable_on_lru;	/* a page allocated MOVABLE counts as on the LRU at once: for
				 * traces that do not tell LRU insertions */
	bool manual_work;	/* timed work runs only when mm_run_work asks for it */
	uint32_t kernel_base, kernel_end; /* image in RAM incl. bss and brk, bytes */
	uint32_t init_base, init_end;	  /* .init, freed at the end of boot */
	uint32_t smp_alt_base, smp_alt_bytes; /* SMP alternatives, freed early in boot */
	uint32_t initrd_bytes;		  /* 0 = none; freed at the end of boot */
	uint32_t initrd_base;		  /* where the loader put it; 0 = above lowmem: the kernel
					   * copies it to the top of lowmem */
	uint32_t log_buf_len;		  /* log_buf_len=, bytes; 0 = the static buffer */
	uint32_t cmdline_bytes;		  /* of the kernel's command line with its NUL; 0 = short */
	struct mm_range reserved[MM_MAX_RESERVED]; /* further boot reservations */
	unsigned int nr_reserved;
	uint32_t percpu_pages;	/* first per-CPU chunk, pages */
	uint32_t mem_map;	/* address of the struct pages: tells only kmap's hash chains */
	int32_t min_free_kbytes; /* -1 = as the kernel computes it */
	uint32_t watermark_scale_factor; /* 10 */
	uint32_t watermark_boost_factor; /* 15000 */
	uint32_t pcp_high_fraction;	/* percpu_pagelist_high_fraction, 0 */
	paddr_t swap_bytes;
	uint64_t seed;		/* of the slab freelist shuffle */
	mm_shuffle_fn shuffle;	/* NULL: from seed */
	void *shuffle_arg;
	mm_resched_fn resched;	/* NULL: nobody asks */
	void *resched_arg;
	mm_object_fn object;	/* NULL: nobody knows */
	void *object_arg;
	mm_observe_fn observe; void *observe_arg; /* NULL: nobody looks */
};

void mm_config_init(struct mm_config *c);

/* Address-space layout, derived (Linux 6.1 arch/x86/include/asm/pgtable_32_areas.h). */
struct mm_layout {
	uint32_t page_offset;
	uint32_t max_low_pfn, max_pfn;
	uint32_t pmd_shift;	/* 22, PAE 21 */
	uint32_t ptrs_per_pte;	/* 1024, PAE 512 */
	uint32_t pageblock_order; /* 10, PAE 9 */
	vaddr_t high_memory, vmalloc_start, vmalloc_end;
	vaddr_t pkmap_base, ldt_base, cpu_entry_area, fixaddr_start, fixaddr_tot_start, fixaddr_top;
	uint32_t last_pkmap;	/* number of pkmap slots */
	uint32_t fix_kmap_begin; /* fixmap index of kmap_local slot 0 (68) */
	uint32_t maxmem;	/* most RAM that can be mapped directly, bytes */
};

/* ---- machine ---- */

/* A freshly booted machine: memblock handed over, slab and vmalloc up.  The
 * configuration is copied.  NULL on error (-EINVAL: a configuration that no
 * kernel boots on; -ENOMEM: the host's memory). */
struct mm_machine *mm_machine_create(const struct mm_config *c, struct mm_error *err);
void mm_machine_destroy(struct mm_machine *m);

const struct mm_config *mm_machine_config(const struct mm_machine *m);
const struct mm_layout *mm_machine_layout(const struct mm_machine *m);
/* The layout of a machine with frames below max_pfn, without making one.  0, or
 * -EINVAL: a configuration that no kernel has. */
int mm_layout_of(const struct mm_config *c, uint32_t max_pfn, struct mm_layout *l, struct mm_error *err);

/* ---- requests ---- */

/* Who asks.  op is the caller's operation number: it is kept as the history
 * of pages and objects.  site and task are the caller's own ids, for blame. */
struct mm_caller {
	uint32_t op;
	uint32_t site;
	uint32_t task;
	uint8_t cpu;		/* below mm_config.cpus */
	uint8_t context;	/* enum mm_context */
};

enum mm_outcome {
	MM_OK,
	MM_FAIL,	/* the kernel would answer NULL: see mm_why */
	MM_WOULD_BLOCK,	/* the kernel would let the task sleep: see mm_why */
	MM_MISUSE,	/* a bad call, refused, nothing changed: see mm_misuse */
	MM_UNSUPPORTED,	/* the simulated machine lacks this: see mm_why */
};

enum mm_cause {
	MM_CAUSE_NONE,
	MM_CAUSE_WATERMARK,	/* not enough free pages above the mark */
	MM_CAUSE_FRAGMENTED,	/* enough pages, no block of the order */
	MM_CAUSE_ORDER,		/* order or size above what exists */
	MM_CAUSE_VMALLOC_SPACE,	/* no hole in the vmalloc area */
	MM_CAUSE_VMALLOC_SIZE,	/* more pages than the machine has */
	MM_CAUSE_PKMAP_FULL,	/* every pkmap slot is in use: kmap sleeps */
	MM_CAUSE_KMAP_LOCAL_DEPTH, /* more than 15 nested local mappings (a kernel BUG) */
	MM_CAUSE_SLAB_PAGE,	/* no page for a new slab */
	MM_CAUSE_CONTEXT,	/* a request that sleeps, in interrupt context */
	MM_CAUSE_GFP,		/* an invalid combination of flags */
	MM_CAUSE_HOST_MEMORY,	/* the simulator ran out of host memory */
	MM_CAUSE_NOT_MODELLED,
	MM_NR_CAUSES
};

const char *mm_cause_name(enum mm_cause c);

struct mm_why_zone {
	uint32_t free, mark, reserve;	/* pages; mark includes the boost */
	int8_t largest_order;		/* largest free block of U, M or R; -1 none */
};

/* Why the last request that was not MM_OK ended so.  Valid until the next. */
struct mm_why {
	enum mm_cause cause;
	uint32_t op;
	gfp_t gfp;
	uint32_t size;		/* bytes (slab, vmalloc), else 4096 << order */
	uint8_t order, limit;	/* limit: highest zone index of the request */
	uint8_t migratetype;
	uint8_t cause_zone;	/* the preferred zone */
	bool kswapd_woken;
	bool reclaim_would_run;	/* direct reclaim and compaction come here */
	struct mm_why_zone zone[MM_NR_ZONES];
};
const struct mm_why *mm_why(const struct mm_machine *m);

enum mm_misuse_kind {
	MM_MISUSE_DOUBLE_FREE,
	MM_MISUSE_WRONG_ORDER,
	MM_MISUSE_NOT_HEAD,	/* free of a page inside a block */
	MM_MISUSE_NOT_ALLOCATED, /* free of a reserved page or a hole */
	MM_MISUSE_INSIDE_OBJECT, /* kfree in the middle of an object */
	MM_MISUSE_WRONG_CACHE,
	MM_MISUSE_NOT_SLAB,	/* kfree of a page that holds no object */
	MM_MISUSE_SLAB_PAGE,	/* free_pages of a slab's or vmalloc's page */
	MM_MISUSE_KUNMAP,	/* kunmap of an unmapped page */
	MM_MISUSE_KUNMAP_ORDER,	/* kunmap_local without or not the last mapping */
	MM_MISUSE_VFREE,	/* no such area, or not its start */
	MM_MISUSE_CACHE,	/* no such cache, or it still has objects */
	MM_NR_MISUSE
};
const char *mm_misuse_name(enum mm_misuse_kind k);
#define MM_NO_OP 0xffffffffu
struct mm_misuse {
	enum mm_misuse_kind kind;
	uint32_t op;		/* the bad operation */
	uint32_t address;	/* pfn for page calls, else address */
	uint32_t alloc_op, free_op; /* history; MM_NO_OP = none known */
	char text[200];		/* one sentence with all of this */
};
const struct mm_misuse *mm_misuse(const struct mm_machine *m);

/* Page interface.  On MM_OK *pfn is the first frame.  mm_free_pages takes the
 * order as the kernel's callers do; a wrong one is misuse.  __get_free_pages
 * and get_zeroed_page give a lowmem address and refuse HIGHMEM. */
enum mm_outcome mm_alloc_pages(struct mm_machine *m, const struct mm_caller *who,
			       gfp_t gfp, unsigned int order, pfn_t *pfn);
enum mm_outcome mm_free_pages(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn, unsigned int order);
enum mm_outcome mm_get_free_pages(struct mm_machine *m, const struct mm_caller *who,
				  gfp_t gfp, unsigned int order, vaddr_t *addr);
enum mm_outcome mm_get_zeroed_page(struct mm_machine *m, const struct mm_caller *who,
				   gfp_t gfp, vaddr_t *addr);
enum mm_outcome mm_free_pages_addr(struct mm_machine *m, const struct mm_caller *who,
				   vaddr_t addr, unsigned int order);
/* Up to n order-0 pages (Linux 6.1 __alloc_pages_bulk); *got may be below n. */
enum mm_outcome mm_alloc_pages_bulk(struct mm_machine *m, const struct mm_caller *who,
				    gfp_t gfp, unsigned int n, pfn_t *pfn, unsigned int *got);
/* The page goes on (or off) an LRU list: page stealing looks at it. */
void mm_set_lru(struct mm_machine *m, pfn_t pfn, unsigned int order, bool on);
/* All per-CPU lists to the buddy (Linux 6.1 drain_all_pages). */
void mm_drain_all_pages(struct mm_machine *m);

/* Slab interface. Caches are small ids > 0. */
struct mm_cache_args {
	const char *name;
	uint32_t size;		/* object size as requested, bytes */
	uint32_t align;		/* 0 = default */
	uint32_t flags;		/* enum mm_cache_flags */
	/* The cache's permutation of 0..objects-1, as a recording tells it; copied.
	 * NULL: drawn from mm_config.seed.  Ignored when the cache merges. */
	const uint16_t *random_seq;
	uint32_t nr_random_seq;
};
enum mm_cache_flags {		/* this project's own values (= trace_cache_flags) */
	MM_CACHE_HWALIGN = 1, MM_CACHE_RECLAIM = 2, MM_CACHE_DMA = 4,
	MM_CACHE_ACCOUNT = 8, MM_CACHE_RCU = 16, MM_CACHE_CTOR = 32, MM_CACHE_NOMERGE = 64,
	MM_CACHE_PANIC = 128,
};
enum mm_outcome mm_kmalloc(struct mm_machine *m, const struct mm_caller *who,
			   uint32_t size, gfp_t gfp, vaddr_t *addr);
enum mm_outcome mm_kzalloc(struct mm_machine *m, const struct mm_caller *who,
			   uint32_t size, gfp_t gfp, vaddr_t *addr);
enum mm_outcome mm_kfree(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr);
enum mm_outcome mm_kfree_bulk(struct mm_machine *m, const struct mm_caller *who,
			      unsigned int n, const vaddr_t *addr);
enum mm_outcome mm_cache_create(struct mm_machine *m, const struct mm_caller *who,
				const struct mm_cache_args *a, uint32_t *cache);
enum mm_outcome mm_cache_destroy(struct mm_machine *m, const struct mm_caller *who, uint32_t cache);
enum mm_outcome mm_cache_shrink(struct mm_machine *m, const struct mm_caller *who, uint32_t cache);
enum mm_outcome mm_cache_alloc(struct mm_machine *m, const struct mm_caller *who,
			       uint32_t cache, gfp_t gfp, vaddr_t *addr);
enum mm_outcome mm_cache_free(struct mm_machine *m, const struct mm_caller *who, uint32_t cache, vaddr_t addr);
/* All n or none, as in the kernel. */
enum mm_outcome mm_cache_alloc_bulk(struct mm_machine *m, const struct mm_caller *who,
				    uint32_t cache, gfp_t gfp, unsigned int n, vaddr_t *addr);
enum mm_outcome mm_cache_free_bulk(struct mm_machine *m, const struct mm_caller *who,
				   uint32_t cache, unsigned int n, const vaddr_t *addr);
/* What a kmalloc'ed object may hold, bytes; 0 if addr is no live object. */
uint32_t mm_ksize(const struct mm_machine *m, vaddr_t addr);

/* vmalloc interface. */
enum mm_outcome mm_vmalloc(struct mm_machine *m, const struct mm_caller *who,
			   uint32_t size, gfp_t gfp, vaddr_t *addr);
/* The same at a multiple of align, a power of 2 (Linux 6.1 __vmalloc_node). */
enum mm_outcome mm_vmalloc_node(struct mm_machine *m, const struct mm_caller *who,
				uint32_t size, uint32_t align, gfp_t gfp, vaddr_t *addr);
enum mm_outcome mm_vfree(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr);
enum mm_outcome mm_vmap(struct mm_machine *m, const struct mm_caller *who,
			const pfn_t *pages, unsigned int n, vaddr_t *addr);
enum mm_outcome mm_vunmap(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr);
enum mm_outcome mm_ioremap(struct mm_machine *m, const struct mm_caller *who,
			   paddr_t phys, uint32_t size, vaddr_t *addr);
enum mm_outcome mm_iounmap(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr);
enum mm_outcome mm_vm_map_ram(struct mm_machine *m, const struct mm_caller *who,
			      const pfn_t *pages, unsigned int n, vaddr_t *addr);
enum mm_outcome mm_vm_unmap_ram(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr, unsigned int n);
void mm_vm_unmap_aliases(struct mm_machine *m, const struct mm_caller *who);

/* kmap interface.  A lowmem page's mapping is its direct-map address. */
enum mm_outcome mm_kmap(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn, vaddr_t *addr);
enum mm_outcome mm_kunmap(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn);
enum mm_outcome mm_kmap_local(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn, vaddr_t *addr);
enum mm_outcome mm_kunmap_local(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr);
enum mm_outcome mm_kmap_atomic(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn, vaddr_t *addr);
enum mm_outcome mm_kunmap_atomic(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr);
/* The address of the task's last local mapping, 0 = none: what a recording's
 * kunmap without an address means. */
vaddr_t mm_kmap_local_top(const struct mm_machine *m, uint32_t task);

/* Walk the page tables as the MMU would: true and *phys, or false (no page). */
bool mm_translate(const struct mm_machine *m, vaddr_t addr, paddr_t *phys);

/* ---- time ---- */

/* Simulated time moves to now (ns since boot; never back): timed work that has
 * become due runs, each on the cpu it belongs to: the purge of lazily freed vmap areas,
 * the fold of the per-CPU page counters (each second), kswapd's nap. */
void mm_advance(struct mm_machine *m, uint64_t now_ns);

enum mm_work { MM_WORK_VMAP_PURGE, MM_WORK_COUNTER_FOLD, MM_WORK_KSWAPD };
/* Run one kind of timed work now (mm_config.manual_work: the only way); is it due? */
void mm_run_work(struct mm_machine *m, const struct mm_caller *who, enum mm_work work);
bool mm_work_due(const struct mm_machine *m, enum mm_work work);

/* ---- introspection ---- */

struct mm_pcp_info { uint32_t count, high, batch, free_factor; };

struct mm_zone_info {
	const char *name;
	uint32_t start_pfn, spanned, present, managed;
	uint32_t wmark[MM_NR_WMARK];	/* without boost */
	uint32_t boost;
	uint32_t lowmem_reserve[4];
	uint32_t nr_free;		/* NR_FREE_PAGES as the watermark test reads it */
	uint32_t nr_free_exact;		/* with the per-CPU differences */
	uint32_t nr_highatomic;		/* pages reserved */
	uint32_t stat_threshold;
	uint32_t nr_blocks[MM_MAX_ORDER][MM_MIGRATE_TYPES];
	uint32_t nr_pageblocks[MM_MIGRATE_TYPES];
	struct mm_pcp_info pcp[MM_NR_CPUS];
};
void mm_zone_info(const struct mm_machine *m, enum mm_zone_id z, struct mm_zone_info *info);

struct mm_cache_info {
	const char *name;
	uint32_t id, size, object_size, align, order, objects, min_order, min_objects;
	uint32_t cpu_partial, cpu_partial_slabs, min_partial, flags, refcount;
	uint32_t nr_slabs, nr_partial;
	uint32_t total_objects;		/* room in all slabs */
	uint32_t live_objects;		/* allocated and not freed: exact */
	uint32_t active_objects;	/* as /proc/slabinfo counts them */
	uint32_t pages;			/* held by its slabs */
	uint64_t requested_bytes;	/* sum of the sizes asked for, live objects (kmalloc) */
};
/* i-th cache in creation order; false past the end. */
bool mm_cache_info(const struct mm_machine *m, uint32_t i, struct mm_cache_info *info);

/* The lengths of a cache's lists, one CPU's included (SLUB; zeros for others).
 * Quick: nothing is walked.  False: no such cache. */
struct mm_cache_lists {
	uint32_t nr_slabs, nr_partial, cpu_partial; /* all; on the node's, the CPU's partial list */
	pfn_t cpu_slab;		/* first frame of the CPU slab, 0: none */
	bool cpu_free_empty;
};
bool mm_cache_lists(const struct mm_machine *m, uint32_t cache, unsigned int cpu,
		    struct mm_cache_lists *l);
/* The cache that serves kmalloc of size and gfp; 0: none, it takes pages. */
uint32_t mm_kmalloc_cache(const struct mm_machine *m, uint32_t size, gfp_t gfp);
struct mm_slab_totals {
	uint32_t pages, reclaimable_pages; /* of all slabs */
	uint64_t live_bytes;		/* object_size of all live objects */
	uint64_t capacity_bytes;	/* pages * 4096 */
	uint64_t requested_bytes;	/* what kmalloc callers asked for */
	uint32_t large_pages;		/* kmalloc above 8 KiB: pages, not slabs */
};
void mm_slab_totals(const struct mm_machine *m, struct mm_slab_totals *t);

struct mm_vmalloc_info {
	uint32_t total;			/* bytes of the area */
	uint32_t used;			/* in busy areas, guard pages included */
	uint32_t lazy;			/* freed, not yet purged */
	uint32_t largest_hole;		/* bytes, within the vmalloc range */
	uint32_t nr_areas, nr_lazy_areas;
	uint32_t nr_pages;		/* pages held by vmalloc'ed areas */
	uint32_t pte_pages;		/* page-table pages of the area */
};
void mm_vmalloc_info(const struct mm_machine *m, struct mm_vmalloc_info *info);

enum mm_area_kind { MM_AREA_VMALLOC, MM_AREA_VMAP, MM_AREA_IOREMAP, MM_AREA_VMAP_BLOCK, MM_AREA_BOOT };
struct mm_vmap_area_info {
	vaddr_t start, end;		/* guard page included */
	enum mm_area_kind kind;
	uint32_t nr_pages;
	paddr_t phys;			/* ioremap */
	uint32_t op, site;		/* who made it */
};
/* Busy areas by ascending address: call with *cursor = 0 first; false at the end. */
bool mm_vmap_area_next(const struct mm_machine *m, vaddr_t *cursor, struct mm_vmap_area_info *info);
/* Ranges freed and not purged: call with *end = 0 first. */
bool mm_vmap_lazy_next(const struct mm_machine *m, vaddr_t *start, vaddr_t *end);
struct mm_kmap_info {
	uint32_t slots;			/* LAST_PKMAP */
	uint32_t in_use;		/* count >= 2 */
	uint32_t stale;			/* count == 1: free, not yet flushed */
	uint32_t last_nr;		/* where the rotation stands */
	uint32_t local_in_use;		/* kmap_local mappings, all CPUs */
	uint32_t local_max_depth;	/* deepest nesting seen */
};
void mm_kmap_info(const struct mm_machine *m, struct mm_kmap_info *info);
/* What happened since creation.  Names as in /proc/vmstat where that has one. */
enum mm_event {
	MM_EV_PGALLOC_DMA, MM_EV_PGALLOC_NORMAL, MM_EV_PGALLOC_HIGH, /* pages */
	MM_EV_PGFREE,		/* pages */
	MM_EV_ALLOC_CALLS, MM_EV_FREE_CALLS,
	MM_EV_PCP_HIT,		/* served from a per-CPU list */
	MM_EV_PCP_REFILL, MM_EV_PCP_REFILL_PAGES,
	MM_EV_PCP_DRAIN, MM_EV_PCP_DRAIN_PAGES,
	MM_EV_BUDDY_ALLOC,	/* served by the buddy lists directly */
	MM_EV_SPLIT, MM_EV_MERGE, /* one level each */
	MM_EV_STEAL, MM_EV_STEAL_CLAIM, /* fallback; it changed the pageblock's type */
	MM_EV_SLOWPATH,		/* past the first freelist attempt */
	MM_EV_KSWAPD_WAKE,
	MM_EV_WOULD_RECLAIM,	/* direct reclaim or compaction would have run */
	MM_EV_ALLOC_FAIL,
	MM_EV_ZONE_FALLBACK,	/* served by a zone below the preferred one */
	MM_EV_HIGHATOMIC_RESERVE,
	MM_EV_ZEROED_BYTES,
	MM_EV_SLAB_ALLOC, MM_EV_SLAB_FREE, /* objects */
	MM_EV_SLAB_HIT,		/* cpu freelist */
	MM_EV_SLAB_CPU_SLAB,	/* took over the cpu slab's own freelist */
	MM_EV_SLAB_CPU_PARTIAL, MM_EV_SLAB_NODE_PARTIAL,
	MM_EV_SLAB_NEW, MM_EV_SLAB_DISCARD,
	MM_EV_SLAB_FALLBACK_ORDER,
	MM_EV_VMALLOC, MM_EV_VFREE, MM_EV_VMAP_PURGE, MM_EV_VMAP_PURGED_AREAS,
	MM_EV_TREE_STEPS,	/* nodes visited by vmap searches */
	MM_EV_PTE_WRITE, MM_EV_TLB_ALL, MM_EV_TLB_RANGE, MM_EV_TLB_PAGE,
	MM_EV_KMAP, MM_EV_KMAP_HIT, MM_EV_KMAP_FLUSH, MM_EV_KMAP_WAIT,
	MM_EV_KMAP_LOCAL,
	MM_EV_COUNTER_FOLD,
	MM_EV_MISUSE,
	MM_NR_EVENTS
};
const char *mm_event_name(enum mm_event e);
const uint64_t *mm_events(const struct mm_machine *m);
/* Failed requests by order (page requests, slab pages included). */
const uint64_t *mm_failures_by_order(const struct mm_machine *m);

/* What a frame is, for pictures, blame and /proc/kpageflags. */
enum mm_frame_kind {
	MM_FRAME_HOLE, MM_FRAME_RESERVED, MM_FRAME_BUDDY, MM_FRAME_PCP,
	MM_FRAME_PAGE,		/* allocated by a page request */
	MM_FRAME_SLAB, MM_FRAME_KMALLOC_LARGE, MM_FRAME_VMALLOC, MM_FRAME_PTE,
	MM_FRAME_FOREIGN,	/* in use since before the first operation */
};
struct mm_frame_info {
	enum mm_frame_kind kind;
	uint8_t order;		/* of the block whose head this is */
	bool head, lru;
	uint8_t migratetype;	/* of its pageblock */
	uint8_t zone;
	gfp_t gfp;
	uint32_t task, site, alloc_op, free_op;
	uint32_t cache;		/* of a slab's frame */
};
/* Of any pfn below max_pfn; block members report their head's data, head = false. */
void mm_frame_info(const struct mm_machine *m, pfn_t pfn, struct mm_frame_info *info);

/* What n frames from pfn on hold, in frames; holes and all.  Quick: some 10 ns a
 * block of frames.  An allocated page counts by its gfp's mobility, a page of a
 * loaded state as movable when it is on an LRU list; per-CPU lists are free. */
enum mm_held { MM_HELD_FREE, MM_HELD_MOVABLE, MM_HELD_UNMOVABLE, MM_HELD_RECLAIMABLE,
	       MM_HELD_SLAB, MM_HELD_KERNEL, MM_HELD_HOLE, MM_NR_HELD };
void mm_frames_held(const struct mm_machine *m, pfn_t pfn, uint32_t n, uint32_t held[MM_NR_HELD]);

/* Walk the whole machine and prove that it is consistent: every frame has one
 * owner; counts equal lists; page tables, areas and slots agree; slabs account
 * for every object.  0, or -EUCLEAN and the first inconsistency. */
int mm_check(const struct mm_machine *m, struct mm_error *err);

#endif
