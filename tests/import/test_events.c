/* SPDX-License-Identifier: MIT
 *
 * What becomes of events: small traces in the text of trace-cmd, each about one
 * rule.  "T" stands for the beginning of a line of task sh-1 at a growing time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/import/import_help.h"

static void pages(void **state)
{
	struct imported im;

	(void)state;
	import_lines(&im,
		"T|mm_page_alloc: page=f60a8998 pfn=0x33d7 order=2 migratetype=0 gfp_flags=GFP_KERNEL|__GFP_COMP\n"
		"U|mm_page_alloc: page=00000000 pfn=0x0 order=4 migratetype=0 gfp_flags=GFP_ATOMIC\n"
		"T|mm_page_free: page=f60a8998 pfn=0x33d7 order=2\n"
		"T|mm_page_free_batched: page=f60a8998 pfn=0x33d7 order=2\n"
		"T|mm_page_free: page=f60a0000 pfn=0x1000 order=1\n"
		"K|mm_page_alloc: page=f60a8998 pfn=0x33d7 order=0 migratetype=1 gfp_flags=GFP_HIGHUSER_MOVABLE\n"
		"K|mm_page_free: page=f60a8998 pfn=0x33d7 order=0", NULL);
	EXPECT(&im, TRACE_PAGE_ALLOC, TRACE_PAGE_ALLOC, TRACE_PAGE_FREE, TRACE_PAGE_FOREIGN,
	       TRACE_PAGE_FREE, TRACE_PAGE_ALLOC, TRACE_PAGE_FREE);
	assert_int_equal(im.op[0].order, 2);
	assert_int_equal(im.op[0].gfp, MM_GFP_KERNEL | MM_GFP_COMP);
	assert_int_equal(im.op[0].answer, 0x33d7);
	assert_int_equal(im.op[1].answer, 0); /* failed */
	assert_int_equal(im.op[1].slot, TRACE_NO_SLOT);
	assert_int_equal(im.op[2].slot, im.op[0].slot);
	assert_int_equal(im.op[3].answer, 0x1000); /* never seen allocated */
	assert_int_equal(im.op[4].slot, im.op[3].slot);
	assert_int_equal(im.op[4].order, 1);
	assert_int_equal(im.sum.failed_allocs, 1);
	assert_int_equal(im.sum.orphan_pages, 1);
	assert_int_equal(im.sum.foreign_pages, 1);
	assert_int_equal(im.sum.folded[FOLD_BATCHED], 1);
	assert_int_equal(im.sum.reclaim_frees, 1);
	imported_free(&im);
}

/* A block given out again without a free in between was freed unseen. */
static void implied_free(void **state)
{
	struct imported im;

	(void)state;
	import_lines(&im,
		"T|mm_page_alloc: pfn=0x2000 order=3 gfp_flags=GFP_KERNEL\n"
		"T|mm_page_alloc: pfn=0x2004 order=0 gfp_flags=GFP_KERNEL\n"
		"T|kmalloc: call_site=a+0x1/0x2 ptr=c3000000 bytes_req=10 bytes_alloc=16 gfp_flags=GFP_KERNEL\n"
		"T|kmalloc: call_site=a+0x1/0x2 ptr=c3000000 bytes_req=12 bytes_alloc=16 gfp_flags=GFP_KERNEL", NULL);
	EXPECT(&im, TRACE_PAGE_ALLOC, TRACE_PAGE_FREE, TRACE_PAGE_ALLOC, TRACE_KMALLOC, TRACE_KFREE,
	       TRACE_KMALLOC);
	assert_int_equal(im.op[1].slot, im.op[0].slot);
	assert_int_equal(im.op[1].order, 3);
	assert_int_equal(im.sum.implied_frees, 2);
	imported_free(&im);
}

/* A block that was split is freed with its last part. */
static void block_freed_in_parts(void **state)
{
	struct imported im;

	(void)state;
	import_lines(&im,
		"T|mm_page_alloc: pfn=0x2000 order=1 gfp_flags=GFP_KERNEL\n"
		"T|mm_page_free: pfn=0x2001 order=0\n"
		"T|mm_page_free: pfn=0x2000 order=0", NULL);
	EXPECT(&im, TRACE_PAGE_ALLOC, TRACE_PAGE_FREE);
	assert_int_equal(im.op[1].order, 1);
	assert_int_equal(im.op[1].time, 2000);
	assert_int_equal(im.sum.not_replayed[NOT_SPLIT_FREE], 1);
	imported_free(&im);
}

/* Slab pages and the pages of large objects belong to the object's request,
 * with and without probes. */
static void pages_of_objects(void **state)
{
	struct imported im;

	(void)state;
	import_lines(&im,
		"T|mm_page_alloc: pfn=0x3000 order=0 gfp_flags=GFP_KERNEL|__GFP_NOWARN|__GFP_NORETRY\n"
		"T|kmem_cache_alloc: call_site=a+0x1/0x2 ptr=c3000040 bytes_req=60 bytes_alloc=64 gfp_flags=GFP_KERNEL\n"
		"T|mm_page_alloc: pfn=0x3004 order=2 gfp_flags=GFP_KERNEL|__GFP_COMP\n"
		"T|kmalloc: call_site=b+0x1/0x2 ptr=c3004000 bytes_req=9000 bytes_alloc=16384 gfp_flags=GFP_KERNEL\n"
		"T|kfree: call_site=b+0x9/0x9 ptr=c3004000\n"
		"T|mm_page_free: pfn=0x3004 order=2\n"
		"T|kmem_cache_free: call_site=a+0x1/0x2 ptr=c3000040 name=dentry\n"
		"T|mm_page_free: pfn=0x3000 order=0\n"
		"T|kfree: call_site=b+0x9/0x9 ptr=00000000\n"
		"T|kfree: call_site=b+0x9/0x9 ptr=c3555550", NULL);
	EXPECT(&im, TRACE_CACHE_CREATE, TRACE_CACHE_ALLOC, TRACE_KMALLOC, TRACE_KFREE,
	       TRACE_CACHE_FREE, TRACE_KFREE);
	assert_string_equal(mmt_get_cache(im.r, im.op[1].arg).name, "dentry");
	assert_int_equal(mmt_get_cache(im.r, im.op[1].arg).size, 60);
	assert_int_equal(im.op[4].arg, im.op[1].arg);
	assert_int_equal(im.op[2].size, 9000);
	assert_string_equal(mmt_get_site(im.r, im.op[2].site).name, "b+0x1");
	assert_int_equal(im.op[5].slot, TRACE_NO_SLOT);
	assert_int_equal(im.op[5].answer, 0xc3555550);
	assert_int_equal(im.sum.orphan_frees, 1);
	assert_int_equal(im.sum.kfree_null, 1);
	assert_int_equal(im.sum.folded[FOLD_SLAB_PAGE], 1);
	assert_int_equal(im.sum.folded[FOLD_SLAB_PAGE_FREE], 1);
	assert_int_equal(im.sum.folded[FOLD_LARGE_PAGE], 1);
	assert_int_equal(im.sum.folded[FOLD_LARGE_PAGE_FREE], 1);
	assert_int_equal(im.sum.attribution[ATTR_LATER_FREE], 1);
	imported_free(&im);
}

#define OBJ "bytes_req=60 bytes_alloc=64 gfp_flags=GFP_KERNEL"

/* The four ways to find a cache. */
static void cache_attribution(void **state)
{
	struct imported im;

	(void)state;
	import_lines(&im,
		"T|allocate_slab: (allocate_slab+0x0/0x9) s=0xc2104280 gfp=0xcc0 node=-1 oo=0x10011 size=64 name=\"probed\"\n"
		"T|mm_page_alloc: pfn=0x3000 order=0 gfp_flags=GFP_KERNEL|__GFP_RECLAIMABLE\n"
		"T|allocate_slab_ret: (x <- y) slab=0xf465e2c0\n"
		"T|kmem_cache_alloc: call_site=a+0x1/0x2 ptr=c3000040 " OBJ "\n"
		"T|kmem_cache_alloc: call_site=b+0x1/0x2 ptr=c3001040 " OBJ "\n"
		"T|kmem_cache_free: call_site=c+0x1/0x2 ptr=c3001080 name=freed\n"
		"T|kmem_cache_alloc: call_site=a+0x1/0x2 ptr=c3002040 " OBJ "\n"
		"T|kmem_cache_alloc: call_site=z+0x1/0x2 ptr=c3003040 " OBJ "\n"
		"T|kmem_cache_alloc: call_site=z+0x1/0x2 ptr=c3003140 bytes_req=12 bytes_alloc=16 gfp_flags=GFP_KERNEL", NULL);
	assert_int_equal(im.sum.attribution[ATTR_PROBE], 1);
	assert_int_equal(im.sum.attribution[ATTR_LATER_FREE], 1);
	assert_int_equal(im.sum.attribution[ATTR_CALL_SITE], 1);
	assert_int_equal(im.sum.attribution[ATTR_SIZE], 2);
	assert_string_equal(mmt_get_cache(im.r, nth(&im, TRACE_CACHE_ALLOC, 0)->arg).name, "probed");
	assert_int_equal(mmt_get_cache(im.r, nth(&im, TRACE_CACHE_ALLOC, 0)->arg).flags, TRACE_CACHE_RECLAIM);
	assert_string_equal(mmt_get_cache(im.r, nth(&im, TRACE_CACHE_ALLOC, 1)->arg).name, "freed");
	assert_string_equal(mmt_get_cache(im.r, nth(&im, TRACE_CACHE_ALLOC, 2)->arg).name, "probed");
	assert_string_equal(mmt_get_cache(im.r, nth(&im, TRACE_CACHE_ALLOC, 4)->arg).name, "size-12");
	assert_int_equal(im.sum.folded[FOLD_SLAB_PROBE], 2);
	imported_free(&im);
}

static void bulk_objects(void **state)
{
	const struct trace_op *op;
	struct imported im;

	(void)state;
	import_lines(&im,
		"T|alloc_bulk_s: (c12a7660) s=0xc2003500 n=3 name=\"maple_node\"\n"
		"I|kmalloc: call_site=irq+0x1/0x2 ptr=c3009000 bytes_req=10 bytes_alloc=16 gfp_flags=GFP_ATOMIC\n"
		"T|alloc_bulk: (c12a780d) n=3 p0=0xc2cf8600 p1=0xc2cf8100 p2=0x0\n"
		"T|free_bulk: (c12a7640) s=0xc2003500 n=2 p0=0xc2cf8100 p1=0xc2cf8600 p2=0x0\n"
		"T|kmem_cache_free: call_site=m+0x1/0x2 ptr=c2cf8700 name=maple_node\n"
		"T|kmem_cache_free: call_site=m+0x1/0x2 ptr=c2cf8800 name=maple_node\n"
		"T|kmalloc: call_site=k+0x1/0x2 ptr=c3007000 bytes_req=10 bytes_alloc=16 gfp_flags=GFP_KERNEL\n"
		"T|free_bulk: (c12a7640) s=0x0 n=1 p0=0xc3007000 p1=0x0\n"
		"T|kfree: call_site=k+0x1/0x2 ptr=c3007000", NULL);
	EXPECT(&im, TRACE_KMALLOC, TRACE_CACHE_CREATE, TRACE_CACHE_ALLOC_BULK, TRACE_ITEM, TRACE_ITEM,
	       TRACE_ITEM, TRACE_CACHE_FREE_BULK, TRACE_ITEM, TRACE_ITEM, TRACE_CACHE_FREE,
	       TRACE_CACHE_FREE, TRACE_KMALLOC, TRACE_KFREE_BULK, TRACE_ITEM);
	assert_int_equal(im.op[0].ctx, TRACE_HARDIRQ);
	op = &im.op[2];
	assert_int_equal(op->size, 3);
	assert_int_equal(op[1].answer, 0xc2cf8600);
	assert_int_equal(op[3].answer, TRACE_NO_ANSWER); /* the probe did not show it */
	assert_int_equal(op[5].slot, op[2].slot); /* freed: p1, then p0 */
	assert_int_equal(op[6].slot, op[1].slot);
	assert_int_equal(op[7].slot, op[3].slot); /* an unknown address: the third object */
	assert_int_equal(op[8].slot, TRACE_NO_SLOT);
	assert_int_equal(im.op[12].kind, TRACE_KFREE_BULK);
	assert_int_equal(im.sum.folded[FOLD_IN_BULK], 1); /* the kfree inside kfree_bulk */
	assert_int_equal(im.sum.orphan_frees, 1);
	imported_free(&im);
}

static void vmalloc_and_its_inside(void **state)
{
	const struct import_options opt = { .mem_map = 0xf45e5000, .struct_page = 40 };
	struct imported im;

	(void)state;
	import_lines(&im,
		"T|vmalloc_range: (x) size=8192 align=1 start=0xf73fe000 end=0xfebfe000 gfp=0xcc0 vm_flags=0x0 caller=0xc1234567\n"
		"T|kmalloc: call_site=get_vm+0x1/0x2 ptr=c3000100 bytes_req=36 bytes_alloc=64 gfp_flags=GFP_KERNEL\n"
		"T|alloc_vmap_area: (x) size=12288 align=1 vstart=0xf73fe000 vend=0xfebfe000 node=-1 gfp=0xcc0\n"
		"T|kmem_cache_alloc: call_site=area+0x1/0x2 ptr=c3001000 bytes_req=40 bytes_alloc=40 gfp_flags=GFP_KERNEL\n"
		"T|alloc_vmap_area_ret: (x <- y) va=0xc3001000 va_start=0xf7400000 va_end=0xf7403000\n"
		"T|kmalloc: call_site=vm+0x1/0x2 ptr=c3000200 bytes_req=8 bytes_alloc=8 gfp_flags=GFP_KERNEL|__GFP_ZERO\n"
		"T|bulk: (x) gfp=0x102cc2 nid=-1 nr=2\n"
		"T|bulk_page: (x) page=0xf4605000 idx1=1\n"
		"I|kmalloc: call_site=irq+0x1/0x2 ptr=c3009000 bytes_req=10 bytes_alloc=16 gfp_flags=GFP_ATOMIC\n"
		"T|mm_page_alloc: pfn=0x6000 order=0 migratetype=0 gfp_flags=GFP_KERNEL|__GFP_HIGHMEM|__GFP_NOWARN\n"
		"T|bulk_ret: (x <- y) populated=2\n"
		"T|mm_page_alloc: pfn=0x2222 order=0 migratetype=0 gfp_flags=GFP_KERNEL|__GFP_ZERO\n"
		"T|vmalloc_range_ret: (x <- y) addr=0xf7400000\n"
		"T|vfree: (x) addr=0xf7400000\n"
		"T|free_vmap_area_noflush: (x) va=0xc3001000 va_start=0xf7400000 va_end=0xf7403000\n"
		"T|mm_page_free: pfn=0xccc order=0\n"
		"T|mm_page_free: pfn=0x6000 order=0\n"
		"T|kfree: call_site=v+0x1/0x2 ptr=c3000200\n"
		"T|kfree: call_site=v+0x1/0x2 ptr=c3000100\n"
		"T|vfree: (x) addr=0x0\n"
		"T|vfree: (x) addr=0xf7500000", &opt);
	EXPECT(&im, TRACE_KMALLOC, TRACE_VMALLOC, TRACE_VFREE, TRACE_VFREE);
	assert_int_equal(im.op[0].ctx, TRACE_HARDIRQ);
	assert_int_equal(im.op[1].size, 8192);
	assert_int_equal(im.op[1].gfp, MM_GFP_KERNEL);
	assert_int_equal(im.op[1].answer, 0xf7400000);
	assert_string_equal(mmt_get_site(im.r, im.op[1].site).name, "0xc1234567");
	assert_int_equal(im.op[2].slot, im.op[1].slot);
	assert_int_equal(im.op[3].slot, TRACE_NO_SLOT);
	assert_int_equal(im.op[3].answer, 0xf7500000);
	assert_int_equal(im.sum.folded[FOLD_VM_PAGE], 2);
	assert_int_equal(im.sum.folded[FOLD_VM_TABLE], 1);
	assert_int_equal(im.sum.folded[FOLD_VM_PAGE_FREE], 2);
	assert_int_equal(im.sum.folded[FOLD_VM_META], 5);
	assert_int_equal(im.sum.folded[FOLD_NULL_FREE], 1);
	imported_free(&im);
}

static void ioremap_and_failed_vmalloc(void **state)
{
	struct imported im;

	(void)state;
	import_lines(&im,
		"T|ioremap: (x) phys=0xfebc0010 size=4096\n"
		"T|alloc_vmap_area: (x) size=12288 align=8192 vstart=0xf73fe000 vend=0xfebfe000 node=-1 gfp=0xcc0\n"
		"T|alloc_vmap_area_ret: (x <- y) va=0xc3001000 va_start=0xf7400000 va_end=0xf7403000\n"
		"T|ioremap_ret: (x <- y) addr=0xf7400010\n"
		"T|vmalloc_range: (x) size=400000000 align=1 gfp=0xcc0\n"
		"T|vmalloc_range_ret: (x <- y) addr=0x0\n"
		"T|free_vmap_area_noflush: (x) va=0xc3001000 va_start=0xf7400000 va_end=0xf7403000\n"
		"T|vmalloc_range_ret: (x <- y) addr=0xf7400000", NULL);
	EXPECT(&im, TRACE_IOREMAP, TRACE_VMALLOC, TRACE_IOUNMAP);
	assert_int_equal(im.op[0].arg, 0xfebc0);
	assert_int_equal(im.op[0].size, 4096 + 0x10);
	assert_int_equal(im.op[0].answer, 0xf7400000);
	assert_int_equal(im.op[1].answer, 0);
	assert_int_equal(im.op[2].slot, im.op[0].slot); /* no iounmap probe: the area's end */
	assert_int_equal(im.sum.not_replayed[NOT_UNPAIRED], 1);
	imported_free(&im);
}

/* Newer kernels have events of areas alone: the array of pages tells a vmalloc. */
static void local_mappings(void **state)
{
	struct imported im;

	(void)state;
	import_lines(&im,
		/* the allocator zeroes an order-1 block, an interrupt comes between */
		"T|kmap_local: (x) vaddr=0xfffbb000 pte=0x40000163\n"
		"T|kunmap_local: (x) vaddr=0xfffbb000\n"
		"T|kmap_local: (x) vaddr=0xfffbb000 pte=0x40001163\n"
		"I|kfree: call_site=k+0x1/0x2 ptr=00000000\n"
		"T|kunmap_local: (x) vaddr=0xfffbb000\n"
		"T|mm_page_alloc: pfn=0x40000 order=1 gfp_flags=GFP_HIGHUSER|__GFP_ZERO\n"
		/* nested, of its second page and of a page never seen */
		"T|kmap_local: (x) vaddr=0xfffbb000 pte=0x40001163\n"
		"T|kmap_local: (x) vaddr=0xfffba000 pte=0x50000163\n"
		"T|kunmap_local: (x) vaddr=0xfffbaf7c\n"
		"T|kunmap_local: (x) vaddr=0xfffbb000\n"
		"T|kunmap_local: (x) vaddr=0xf5b50000\n"
		"T|kunmap_local: (x) vaddr=0xfffbb000\n"
		/* mapped, freed, given out again: not zeroing */
		"T|kmap_local: (x) vaddr=0xfffbb000 pte=0x60000163\n"
		"T|kunmap_local: (x) vaddr=0xfffbb000\n"
		"T|mm_page_free: pfn=0x60000 order=0\n"
		"T|mm_page_alloc: pfn=0x60000 order=0 gfp_flags=GFP_HIGHUSER", NULL);
	EXPECT(&im, TRACE_PAGE_ALLOC, TRACE_KMAP_LOCAL, TRACE_PAGE_FOREIGN, TRACE_KMAP_LOCAL,
	       TRACE_KUNMAP_LOCAL, TRACE_KUNMAP_LOCAL, TRACE_PAGE_FOREIGN, TRACE_KMAP_LOCAL,
	       TRACE_KUNMAP_LOCAL, TRACE_PAGE_FREE, TRACE_PAGE_ALLOC);
	assert_int_equal(im.op[1].slot, im.op[0].slot);
	assert_int_equal(im.op[1].arg, 1);
	assert_int_equal(im.op[1].answer, 0xfffbb000);
	assert_int_equal(im.op[2].answer, 0x50000);
	assert_int_equal(im.sum.folded[FOLD_ZERO_KMAP], 2);
	assert_int_equal(im.sum.folded[FOLD_ZERO_KUNMAP], 2);
	assert_int_equal(im.sum.folded[FOLD_KUNMAP_LOW], 1);
	assert_int_equal(im.sum.not_replayed[NOT_ORPHAN_UNMAP], 1);
	imported_free(&im);
}

static void pkmap(void **state)
{
	const struct import_options opt = { .mem_map = 0xf45e5000, .struct_page = 40 };
	struct imported im;

	(void)state;
	/* 0xf45e5000 + 40 * 0x40000 = 0xf4fe5000 */
	import_lines(&im,
		"T|mm_page_alloc: pfn=0x40000 order=0 gfp_flags=GFP_HIGHUSER\n"
		"T|kmap_high: (x) page=0xf4fe5000\n"
		"T|flush_all_zero_pkmaps: (x)\n"
		"T|kmap_high_ret: (x <- y) vaddr=0xfec01000\n"
		"T|kunmap_high: (x) page=0xf4fe5000", &opt);
	EXPECT(&im, TRACE_PAGE_ALLOC, TRACE_KMAP, TRACE_KUNMAP);
	assert_int_equal(im.op[1].slot, im.op[0].slot);
	assert_int_equal(im.op[1].answer, 0xfec01000);
	imported_free(&im);
}

/* The page that compaction moved keeps its slot. */
static void migration(void **state)
{
	const struct import_options opt = { .mem_map = 0xf45e5000, .struct_page = 40 };
	struct imported im;

	(void)state;
	import_lines(&im,
		"T|mm_page_alloc: pfn=0x40000 order=0 gfp_flags=GFP_HIGHUSER_MOVABLE\n"
		"U|isolate_free_page: (x) page=0xf49e5000 order=1\n" /* frame 0x1999a, rounded */
		"U|isolate_free_page_ret: (x <- y) ret=2\n"
		"U|folio_migrate: (x) dst=0xf49e5000 src=0xf4fe5000\n"
		"U|mm_page_free: pfn=0x40000 order=0\n"
		"U|mm_page_free: pfn=0x1999a order=0\n"
		"T|mm_page_free: pfn=0x19999 order=0", &opt);
	EXPECT(&im, TRACE_PAGE_ALLOC, TRACE_PAGE_FREE);
	assert_int_equal(im.op[1].slot, im.op[0].slot);
	assert_int_equal(im.op[1].time, 6000);
	assert_int_equal(im.sum.not_replayed[NOT_MIGRATION], 1);
	assert_int_equal(im.sum.not_replayed[NOT_MIGRATION_FREE], 1);
	assert_int_equal(im.sum.not_replayed[NOT_COMPACTION_FREE], 1);
	imported_free(&im);
}

static void bulk_pages(void **state)
{
	const struct import_options opt = { .mem_map = 0xf45e5000, .struct_page = 40 };
	struct imported im;

	(void)state;
	import_lines(&im,
		"T|bulk: (x) gfp=0xcc0 nid=-1 nr=2\n"
		"T|kmap_local: (x) vaddr=0xfffbb000 pte=0x40000163\n"
		"T|kunmap_local: (x) vaddr=0xfffbb000\n"
		"T|bulk_page: (x) page=0xf4fe5000 idx1=1\n"
		"T|mm_page_alloc: pfn=0x6000 order=0 gfp_flags=GFP_KERNEL\n"
		"T|bulk_ret: (x <- y) populated=2\n"
		"T|mm_page_free: pfn=0x40000 order=0\n"
		"T|mm_page_free: pfn=0x6000 order=0", &opt);
	EXPECT(&im, TRACE_PAGE_BULK, TRACE_ITEM, TRACE_ITEM, TRACE_PAGE_FREE, TRACE_PAGE_FREE);
	assert_int_equal(im.op[0].size, 2);
	assert_int_equal(im.op[0].gfp, MM_GFP_KERNEL);
	assert_int_equal(im.op[1].answer, 0x40000);
	assert_int_equal(im.op[3].slot, im.op[1].slot);
	assert_int_equal(im.op[4].slot, im.op[2].slot);
	assert_int_equal(im.sum.folded[FOLD_ZERO_KMAP], 1);
	assert_int_equal(im.sum.folded[FOLD_ZERO_KUNMAP], 1);
	imported_free(&im);
}

static void marks_lru_drain_unknown_and_gaps(void **state)
{
	struct imported im;

	(void)state;
	import_text(&im,
		"cpus=1\n"
		" sh-1 [000] 10.000000: print:  tracing_mark_write: GTSNAP before begin\n"
		" sh-1 [000] 10.000001: mm_page_alloc: page=0x33 pfn=0x33 order=0 gfp_flags=GFP_HIGHUSER_MOVABLE\n"
		" sh-1 [000] 10.000002: mm_lru_insertion: page=0x33 pfn=0x33 lru=2 flags=MaP\n"
		"CPU:0 [12 EVENTS DROPPED]\n"
		" sh-1 [000] 13.500000: drain_all_pages: (c1) zone=0x0 force=0\n"
		" sh-1 [000] 13.500001: sched_switch: prev=a next=b\n"
		" sh-1 [000] 13.500002: sched_switch: prev=b next=a\n"
		" sh-1 [000] 13.500003: rss_stat: mm_id=0 size=4096B\n"
		"this line is none\n", NULL);
	assert_all_events_accounted(&im.sum);
	EXPECT(&im, TRACE_MARK, TRACE_PAGE_ALLOC, TRACE_LRU_ADD, TRACE_DRAIN);
	assert_string_equal(mmt_get_string(im.r, im.op[0].arg), "GTSNAP before begin");
	assert_int_equal(im.op[0].size, 1);
	assert_int_equal(im.sum.unknown.n, 1);
	assert_string_equal(im.sum.unknown.v[0].name, "sched_switch");
	assert_int_equal(im.sum.unknown.v[0].count, 2);
	assert_int_equal(im.sum.time_gaps, 1);
	assert_int_equal(im.sum.largest_gap_ns, 3499998000);
	assert_int_equal(im.sum.lost_events, 12);
	assert_int_equal(im.sum.lost_places, 1);
	assert_int_equal(im.sum.bad_lines, 1);
	imported_free(&im);
}

/* An interrupt's event, without a stack, stands between an allocation and its
 * stack; the kfree(NULL) has one that belongs to no operation. */
static void stack_across_an_interrupt(void **state)
{
	struct imported im;

	(void)state;
	import_text(&im,
		"# tracer: nop\n"
		" sh-1 [000] ..... 10.000000: mm_page_alloc: page=f60a8998 pfn=0x33 order=0 gfp_flags=GFP_KERNEL\n"
		" sh-1 [000] d.h1. 10.000001: kmalloc: call_site=irq+0x1/0x2 ptr=c3009000 bytes_req=10 bytes_alloc=16 gfp_flags=GFP_ATOMIC\n"
		" sh-1 [000] ..... 10.000002: <stack trace>\n"
		" => __alloc_pages\n"
		" => pgd_alloc\n"
		" sh-1 [000] ..... 10.000003: kfree: call_site=f+0x1/0x2 ptr=00000000\n"
		" sh-1 [000] ..... 10.000004: <stack trace>\n"
		" => kfree\n", NULL);
	EXPECT(&im, TRACE_PAGE_ALLOC, TRACE_KMALLOC);
	assert_int_equal(im.sum.bad_lines, 0);
	assert_int_equal(mmt_get_site(im.r, im.op[0].site).nr_frames, 2);
	assert_string_equal(mmt_get_site(im.r, im.op[1].site).name, "irq+0x1");
	assert_int_equal(im.sum.stacks, 1);
	assert_int_equal(im.sum.folded[FOLD_STACK], 2);
	imported_free(&im);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages),
		cmocka_unit_test(implied_free),
		cmocka_unit_test(block_freed_in_parts),
		cmocka_unit_test(pages_of_objects),
		cmocka_unit_test(cache_attribution),
		cmocka_unit_test(bulk_objects),
		cmocka_unit_test(vmalloc_and_its_inside),
		cmocka_unit_test(ioremap_and_failed_vmalloc),
		cmocka_unit_test(local_mappings),
		cmocka_unit_test(pkmap),
		cmocka_unit_test(migration),
		cmocka_unit_test(bulk_pages),
		cmocka_unit_test(stack_across_an_interrupt),
		cmocka_unit_test(marks_lru_drain_unknown_and_gaps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
