/* SPDX-License-Identifier: MIT
 *
 * The cost model's coefficients, in 1/256 instruction (docs/cost-model.md).  Made by
 * scripts/fit-cost.py from:
 *
 *	kmalloc_mix.notrace: 159398 operations
 *	kmap_hold.notrace: 63333 operations
 *	kmap_local.notrace: 40600 operations
 *	kmap_wrap.notrace: 38906 operations
 *	mixed.notrace: 131130 operations
 *	pages_mix.notrace: 134585 operations
 *	pages_order0.notrace: 99966 operations
 *	pages_pile.notrace: 71201 operations
 *	slab_one.notrace: 53142 operations
 *	vmalloc_churn.notrace: 40545 operations
 *	zero_mix.noinit.notrace: 40438 operations
 *	zero_mix.notrace: 40424 operations
 *	caches: 72711 operations, traced
 *	frag_highmem.minfree: 84755 operations, traced
 *	frag_normal.minfree: 108598 operations, traced
 *	kmalloc_mix: 159402 operations, traced
 *	kmap_hold: 63333 operations, traced
 *	kmap_hold_pae: 42606 operations, traced, PAE
 *	kmap_local: 40598 operations, traced
 *	kmap_wrap: 38904 operations, traced
 *	kmap_wrap_pae: 24500 operations, traced, PAE
 *	mixed: 196747 operations, traced
 *	mixed.pae: 196741 operations, traced, PAE
 *	pages_heavy: 136125 operations, traced
 *	pages_mix: 134576 operations, traced
 *	pages_pressure: 136528 operations, traced
 *	slab_one: 53144 operations, traced
 *	vmalloc_churn: 40526 operations, traced
 *	vmalloc_exhaust: 28903 operations, traced
 *
 * "traced lists": no untraced list has it; what a traced one costs beyond its tracing.
 * "assumed": no list has it.
 */
#include "replay/cost.h"

const int32_t cost_table[COST_NR] = {
	[COST_PAGE_ALLOC] = 85021,	/* 332.11 */
	[COST_PAGE_ALLOC_ADDRESS] = 9491,	/* 37.08 */
	[COST_PAGE_ALLOC_SLEEP] = 2315,	/* 9.04 */
	[COST_PAGE_ALLOC_BELOW] = 5121,	/* 20.00 */
	[COST_PAGE_ALLOC_BELOW_TWO] = 593,	/* 2.31 */
	[COST_PAGE_ALLOC_ORDERED] = 14376,	/* 56.16 */
	[COST_CLEAR_PAGES] = 6104,	/* 23.84 */
	[COST_CLEAR_ASKED] = 1126,	/* 4.40 */
	[COST_CLEAR_LOW] = 280812,	/* 1096.92 */
	[COST_CLEAR_HIGH] = 316142,	/* 1234.93 */
	[COST_PAGE_FREE_TOP] = 66573,	/* 260.05 */
	[COST_PAGE_FREE_ADDRESS] = 3582,	/* 13.99 */
	[COST_PAGE_FREE_LOW] = 14842,	/* 57.98 */
	[COST_PAGE_FREE_ORDERED] = 5373,	/* 20.99 */
	[COST_PAGE_FREE_TAILS] = 4862,	/* 18.99 */
	[COST_PAGE_BULK] = 12800,	/* 50.00 assumed */
	[COST_KMALLOC] = 35904,	/* 140.25 */
	[COST_KMALLOC_BIG] = 1237,	/* 4.83 */
	[COST_KMALLOC_DMA] = 793,	/* 3.10 */
	[COST_KMALLOC_RECLAIMABLE] = 2071,	/* 8.09 */
	[COST_KMALLOC_ACCOUNT] = 1280,	/* 5.00 assumed */
	[COST_OBJECT_SLEEP] = 2296,	/* 8.97 */
	[COST_OBJECT_ZERO] = 620,	/* 2.42 */
	[COST_OBJECT_CLEAR] = 6083,	/* 23.76 */
	[COST_OBJECT_BYTES] = 256,	/* 1.00 */
	[COST_KFREE] = 26364,	/* 102.99 */
	[COST_CACHE_ALLOC] = 23309,	/* 91.05 */
	[COST_CACHE_FREE] = 24866,	/* 97.13 */
	[COST_CACHE_CREATED] = 5119,	/* 20.00 traced lists */
	[COST_CACHE_DESTROYED] = 24064,	/* 94.00 traced lists */
	[COST_CACHE_SHRINK] = 5293,	/* 20.68 traced lists */
	[COST_VMALLOC] = 84827,	/* 331.36 */
	[COST_VFREE] = 67276,	/* 262.80 */
	[COST_VMAP] = 41677,	/* 162.80 traced lists */
	[COST_VUNMAP] = 49638,	/* 193.90 traced lists */
	[COST_IOREMAP] = 270738,	/* 1057.57 traced lists */
	[COST_IOUNMAP] = 63197,	/* 246.86 traced lists */
	[COST_UNMAP_ALIASES] = 5266,	/* 20.57 */
	[COST_KMAP] = 12032,	/* 47.00 */
	[COST_KMAP_HIGH] = 28925,	/* 112.99 */
	[COST_KUNMAP] = 4608,	/* 18.00 */
	[COST_KUNMAP_HIGH] = 33780,	/* 131.95 */
	[COST_KMAP_LOCAL] = 12032,	/* 47.00 */
	[COST_KMAP_LOCAL_HIGH] = 9728,	/* 38.00 */
	[COST_KMAP_LOCAL_FIRST] = 1536,	/* 6.00 */
	[COST_KMAP_ATOMIC] = 12800,	/* 50.00 */
	[COST_KUNMAP_LOCAL] = 5376,	/* 21.00 */
	[COST_KUNMAP_LOCAL_HIGH] = 21760,	/* 85.00 */
	[COST_KUNMAP_LOCAL_FIRST] = 2304,	/* 9.00 */
	[COST_KUNMAP_ATOMIC] = 6400,	/* 25.00 */
	[COST_DRAIN_ALL] = 128000,	/* 500.00 assumed */
	[COST_NR_FACTS + MM_STEP_PAGE_REQUEST] = 110651,	/* 432.23 */
	[COST_NR_FACTS + MM_STEP_BULK] = 56016,	/* 218.81 */
	[COST_NR_FACTS + MM_STEP_BULK_PAGES] = 19121,	/* 74.69 */
	[COST_NR_FACTS + MM_STEP_COMPOUND_TAILS] = 2074,	/* 8.10 */
	[COST_NR_FACTS + MM_STEP_PAGE_FREE] = 53893,	/* 210.52 */
	[COST_NR_FACTS + MM_STEP_FREE_TAILS] = 5927,	/* 23.15 */
	[COST_NR_FACTS + MM_STEP_ZONE_PASSED] = 24528,	/* 95.81 traced lists */
	[COST_NR_FACTS + MM_STEP_WMARK_ORDERS] = 1716,	/* 6.70 */
	[COST_NR_FACTS + MM_STEP_WMARK_TYPES] = 976,	/* 3.81 */
	[COST_NR_FACTS + MM_STEP_SLOWPATH] = 35088,	/* 137.06 traced lists */
	[COST_NR_FACTS + MM_STEP_KSWAPD_WAKE] = 32271,	/* 126.06 traced lists */
	[COST_NR_FACTS + MM_STEP_REFILL] = 39885,	/* 155.80 */
	[COST_NR_FACTS + MM_STEP_REFILL_BLOCKS] = 34511,	/* 134.81 */
	[COST_NR_FACTS + MM_STEP_DRAIN] = 23080,	/* 90.16 */
	[COST_NR_FACTS + MM_STEP_DRAIN_BLOCKS] = 61382,	/* 239.77 */
	[COST_NR_FACTS + MM_STEP_DRAIN_LISTS] = 4747,	/* 18.54 */
	[COST_NR_FACTS + MM_STEP_CHECKED_PAGES] = 3856,	/* 15.06 */
	[COST_NR_FACTS + MM_STEP_BUDDY_TAKE] = 26162,	/* 102.20 */
	[COST_NR_FACTS + MM_STEP_BUDDY_FREE] = 22682,	/* 88.60 */
	[COST_NR_FACTS + MM_STEP_TAKE_MISS] = 14109,	/* 55.12 */
	[COST_NR_FACTS + MM_STEP_SPLIT] = 18528,	/* 72.38 */
	[COST_NR_FACTS + MM_STEP_MERGE] = 20585,	/* 80.41 */
	[COST_NR_FACTS + MM_STEP_MERGE_TAIL] = 3204,	/* 12.52 */
	[COST_NR_FACTS + MM_STEP_COUNTER_CARRY] = 1475,	/* 5.76 */
	[COST_NR_FACTS + MM_STEP_STEAL] = 72139,	/* 281.79 */
	[COST_NR_FACTS + MM_STEP_STEAL_ORDERS] = 4050,	/* 15.82 */
	[COST_NR_FACTS + MM_STEP_STEAL_CLAIM] = 5330,	/* 20.82 */
	[COST_NR_FACTS + MM_STEP_MOVE_FRAMES] = 6166,	/* 24.09 traced lists */
	[COST_NR_FACTS + MM_STEP_MOVE_BLOCKS] = 26858,	/* 104.91 traced lists */
	[COST_NR_FACTS + MM_STEP_HIGHATOMIC_RESERVE] = 25600,	/* 100.00 assumed */
	[COST_NR_FACTS + MM_STEP_SLAB_CPU_SLAB] = 5120,	/* 20.00 assumed */
	[COST_NR_FACTS + MM_STEP_SLAB_CPU_PARTIAL] = 23236,	/* 90.76 */
	[COST_NR_FACTS + MM_STEP_SLAB_NODE_PARTIAL] = 52090,	/* 203.48 */
	[COST_NR_FACTS + MM_STEP_SLAB_NODE_MORE] = 34526,	/* 134.87 */
	[COST_NR_FACTS + MM_STEP_SLAB_NEW] = 234840,	/* 917.34 */
	[COST_NR_FACTS + MM_STEP_SLAB_NEW_OBJECTS] = 12391,	/* 48.40 */
	[COST_NR_FACTS + MM_STEP_SLAB_SHUFFLED] = 3735441,	/* 14591.57 */
	[COST_NR_FACTS + MM_STEP_SLAB_NEW_OLD_CPU] = 16321,	/* 63.75 */
	[COST_NR_FACTS + MM_STEP_SLAB_FREE_SLOW] = 17866,	/* 69.79 */
	[COST_NR_FACTS + MM_STEP_SLAB_FREE_FULL] = 13141,	/* 51.33 */
	[COST_NR_FACTS + MM_STEP_SLAB_UNFREEZE] = 17823,	/* 69.62 */
	[COST_NR_FACTS + MM_STEP_SLAB_UNFREEZE_SLABS] = 26151,	/* 102.15 */
	[COST_NR_FACTS + MM_STEP_SLAB_EMPTY_LISTED] = 30239,	/* 118.12 */
	[COST_NR_FACTS + MM_STEP_SLAB_DISCARD] = 49889,	/* 194.88 */
	[COST_NR_FACTS + MM_STEP_SLAB_DEACTIVATE] = 104690,	/* 408.94 traced lists */
	[COST_NR_FACTS + MM_STEP_SLAB_SHRINK] = 2245389,	/* 8771.05 traced lists */
	[COST_NR_FACTS + MM_STEP_SLAB_LARGE] = 18626,	/* 72.76 */
	[COST_NR_FACTS + MM_STEP_SLAB_LARGE_FREE] = 97413,	/* 380.52 */
	[COST_NR_FACTS + MM_STEP_SLAB_INNER] = 30649,	/* 119.72 */
	[COST_NR_FACTS + MM_STEP_SLAB_INNER_FREE] = 25620,	/* 100.08 */
	[COST_NR_FACTS + MM_STEP_CACHE_CREATE] = 23064675,	/* 90096.39 traced lists */
	[COST_NR_FACTS + MM_STEP_CACHE_MERGE] = 994112,	/* 3883.25 traced lists */
	[COST_NR_FACTS + MM_STEP_CACHE_DESTROY] = 6587845,	/* 25733.77 traced lists */
	[COST_NR_FACTS + MM_STEP_VMAP_AREA] = 74801,	/* 292.19 */
	[COST_NR_FACTS + MM_STEP_VMAP_OBJECT] = 30379,	/* 118.67 */
	[COST_NR_FACTS + MM_STEP_VMAP_AREA_FAIL] = 5120,	/* 20.00 assumed */
	[COST_NR_FACTS + MM_STEP_VMAP_BUSY_DEPTH] = 2360,	/* 9.22 */
	[COST_NR_FACTS + MM_STEP_TREE_STEPS] = 5590,	/* 21.84 */
	[COST_NR_FACTS + MM_STEP_TREE_DESCENT] = 2348,	/* 9.17 */
	[COST_NR_FACTS + MM_STEP_TREE_UP] = 847,	/* 3.31 */
	[COST_NR_FACTS + MM_STEP_TREE_INSERT] = 16593,	/* 64.82 */
	[COST_NR_FACTS + MM_STEP_TREE_ERASE] = 41821,	/* 163.36 */
	[COST_NR_FACTS + MM_STEP_TREE_ROTATE] = 9084,	/* 35.49 */
	[COST_NR_FACTS + MM_STEP_TREE_RECOLOUR] = 3955,	/* 15.45 */
	[COST_NR_FACTS + MM_STEP_VMAP_LAZY] = 67276,	/* 262.80 */
	[COST_NR_FACTS + MM_STEP_VMAP_LAZY_DEPTH] = 2908,	/* 11.36 */
	[COST_NR_FACTS + MM_STEP_VMAP_LAZY_MERGE] = 14291,	/* 55.82 */
	[COST_NR_FACTS + MM_STEP_PURGE] = 110478,	/* 431.56 */
	[COST_NR_FACTS + MM_STEP_PURGE_AREAS] = 32040,	/* 125.15 */
	[COST_NR_FACTS + MM_STEP_PURGE_MERGE] = 17828,	/* 69.64 */
	[COST_NR_FACTS + MM_STEP_PURGE_SWITCH] = 1816608,	/* 7096.13 */
	[COST_NR_FACTS + MM_STEP_VFREE_PAGES] = 78322,	/* 305.95 */
	[COST_NR_FACTS + MM_STEP_PTE_SET] = 6175,	/* 24.12 */
	[COST_NR_FACTS + MM_STEP_PTE_SET_IO] = 3626,	/* 14.16 traced lists */
	[COST_NR_FACTS + MM_STEP_PTE_CLEAR] = 2586,	/* 10.10 */
	[COST_NR_FACTS + MM_STEP_PTE_WINDOWS] = 11000,	/* 42.97 */
	[COST_NR_FACTS + MM_STEP_PTE_TABLE] = 1436616,	/* 5611.78 */
	[COST_NR_FACTS + MM_STEP_TLB_RANGE] = 16857,	/* 65.85 */
	[COST_NR_FACTS + MM_STEP_TLB_PAGES] = 5120,	/* 20.00 assumed */
	[COST_NR_FACTS + MM_STEP_TLB_ALL] = 16857,	/* 65.85 */
	[COST_NR_FACTS + MM_STEP_KMAP_NEW] = 36598,	/* 142.96 */
	[COST_NR_FACTS + MM_STEP_KMAP_SCAN] = 2560,	/* 10.00 */
	[COST_NR_FACTS + MM_STEP_KMAP_CHAIN] = 1537,	/* 6.00 */
	[COST_NR_FACTS + MM_STEP_KMAP_FLUSH] = 5136,	/* 20.06 */
	[COST_NR_FACTS + MM_STEP_KMAP_FLUSH_SLOTS] = 31779,	/* 124.14 */
	[COST_NR_FACTS + MM_STEP_KMAP_HELD_SLOTS] = 1303,	/* 5.09 */
};

const int32_t cost_table_pae[COST_NR] = {
	[COST_CLEAR_LOW] = 2062,	/* 8.05 */
	[COST_CLEAR_HIGH] = 13585,	/* 53.07 */
	[COST_KMAP_LOCAL] = 2048,	/* 8.00 */
	[COST_KMAP_LOCAL_HIGH] = 11008,	/* 43.00 */
	[COST_KMAP_ATOMIC] = 2048,	/* 8.00 */
	[COST_KUNMAP_LOCAL_HIGH] = 512,	/* 2.00 */
	[COST_NR_FACTS + MM_STEP_VMAP_AREA] = 2026,	/* 7.91 */
	[COST_NR_FACTS + MM_STEP_VMAP_LAZY] = 16826,	/* 65.73 */
	[COST_NR_FACTS + MM_STEP_PTE_SET] = 6773,	/* 26.46 */
	[COST_NR_FACTS + MM_STEP_PTE_CLEAR] = 2238,	/* 8.74 */
	[COST_NR_FACTS + MM_STEP_PTE_WINDOWS] = 13759,	/* 53.75 */
	[COST_NR_FACTS + MM_STEP_PTE_TABLE] = -456,	/* -1.78 */
	[COST_NR_FACTS + MM_STEP_KMAP_NEW] = 9974,	/* 38.96 */
	[COST_NR_FACTS + MM_STEP_KMAP_FLUSH_SLOTS] = 3600,	/* 14.06 */
};
