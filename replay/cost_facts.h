/* SPDX-License-Identifier: MIT
 *
 * What the cost model knows of an operation without its path.
 */
#ifndef REPLAY_COST_FACTS_H
#define REPLAY_COST_FACTS_H

/* name, what one of it is */
#define COST_FACT_LIST(X) \
	X(PAGE_ALLOC, "page request") \
	X(PAGE_ALLOC_ADDRESS, "that gives an address") \
	X(PAGE_ALLOC_SLEEP, "page request that may sleep") \
	X(PAGE_ALLOC_BELOW, "page request that passes over zones above its own") \
	X(PAGE_ALLOC_BELOW_TWO, "over two of them") \
	X(PAGE_ALLOC_ORDERED, "page request of order 1 or above") \
	X(CLEAR_PAGES, "page request that clears") \
	X(CLEAR_ASKED, "clearing by __GFP_ZERO alone") \
	X(CLEAR_LOW, "page of DMA or Normal cleared") \
	X(CLEAR_HIGH, "page of HighMem cleared") \
	X(PAGE_FREE_TOP, "free of pages") \
	X(PAGE_FREE_ADDRESS, "by address") \
	X(PAGE_FREE_LOW, "of DMA or Normal") \
	X(PAGE_FREE_ORDERED, "of order 1 or above") \
	X(PAGE_FREE_TAILS, "page behind the first") \
	X(PAGE_BULK, "request for an array of pages") \
	X(KMALLOC, "kmalloc") \
	X(KMALLOC_BIG, "kmalloc of more than 192 bytes") \
	X(KMALLOC_DMA, "kmalloc for DMA") \
	X(KMALLOC_RECLAIMABLE, "kmalloc of reclaimable memory") \
	X(KMALLOC_ACCOUNT, "kmalloc with memcg accounting") \
	X(OBJECT_SLEEP, "object request that may sleep") \
	X(OBJECT_ZERO, "object request with __GFP_ZERO") \
	X(OBJECT_CLEAR, "object cleared") \
	X(OBJECT_BYTES, "byte of one cleared") \
	X(KFREE, "kfree") \
	X(CACHE_ALLOC, "kmem_cache_alloc") \
	X(CACHE_FREE, "kmem_cache_free") \
	X(CACHE_CREATED, "kmem_cache_create") \
	X(CACHE_DESTROYED, "kmem_cache_destroy") \
	X(CACHE_SHRINK, "kmem_cache_shrink") \
	X(VMALLOC, "vmalloc") \
	X(VFREE, "vfree") \
	X(VMAP, "vmap or vm_map_ram") \
	X(VUNMAP, "vunmap or vm_unmap_ram") \
	X(IOREMAP, "ioremap") \
	X(IOUNMAP, "iounmap") \
	X(UNMAP_ALIASES, "vm_unmap_aliases") \
	X(KMAP, "kmap") \
	X(KMAP_HIGH, "of a HighMem page") \
	X(KUNMAP, "kunmap") \
	X(KUNMAP_HIGH, "of a HighMem page") \
	X(KMAP_LOCAL, "kmap_local_page") \
	X(KMAP_LOCAL_HIGH, "or kmap_atomic, of a HighMem page") \
	X(KMAP_LOCAL_FIRST, "outermost one of the CPU") \
	X(KMAP_ATOMIC, "kmap_atomic") \
	X(KUNMAP_LOCAL, "kunmap_local") \
	X(KUNMAP_LOCAL_HIGH, "or kunmap_atomic, of a HighMem page") \
	X(KUNMAP_LOCAL_FIRST, "outermost one of the CPU") \
	X(KUNMAP_ATOMIC, "kunmap_atomic") \
	X(DRAIN_ALL, "drain of all per-CPU page lists")

enum cost_fact {
#define COST_FACT_ENUM(name, what) COST_##name,
	COST_FACT_LIST(COST_FACT_ENUM)
#undef COST_FACT_ENUM
	COST_NR_FACTS
};

#endif
