/* SPDX-License-Identifier: MIT
 *
 * vmalloc of kernels that record only its areas: the array and the pages that
 * belong to one are found around its events.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/import/import_help.h"

static void areas_of_newer_kernels(void **state)
{
	struct imported im;

	(void)state;
	import_lines(&im,
		"T|alloc_vmap_area: va_start: 0 addr=0xf7400000 size=20480 align=1 vstart=0xf73fe000 vend=0xfebfe000 failed=0\n"
		"T|kmalloc: call_site=vm+0x1/0x2 ptr=c3000200 bytes_req=16 bytes_alloc=16 gfp_flags=GFP_KERNEL|__GFP_ZERO\n"
		"T|alloc_vmap_area: addr=0xf7406000 size=8192 align=4096 vstart=0xf73fe000 vend=0xfebfe000 failed=0\n"
		"T|free_vmap_area_noflush: va_start=0xf7400000 nr_lazy=5 nr_vunmap=0\n"
		/* its four pages and their array; a fifth page is another's */
		"T|mm_page_free: pfn=0x60000 order=0\n"
		"T|mm_page_free: pfn=0x60008 order=1\n"
		"T|mm_page_free: pfn=0x60001 order=0\n"
		"T|mm_page_free: pfn=0x60002 order=0\n"
		"T|kfree: call_site=vfree+0x1/0x2 ptr=c3000200\n"
		"T|purge_vmap_area_lazy: start=0xf7400000 end=0xf7405000 num_purged=1", NULL);
	EXPECT(&im, TRACE_VMALLOC, TRACE_IOREMAP, TRACE_VFREE, TRACE_PAGE_FOREIGN, TRACE_PAGE_FREE);
	assert_int_equal(im.op[0].size, 16384); /* without the guard page */
	assert_int_equal(im.op[0].answer, 0xf7400000);
	assert_int_equal(im.op[2].slot, im.op[0].slot);
	assert_int_equal(im.op[3].answer, 0x60002);
	assert_int_equal(im.sum.folded[FOLD_VM_PAGE_FREE], 3);
	assert_int_equal(im.sum.folded[FOLD_VM_META], 2);
	imported_free(&im);
}

/* The kernel's own text: the address is decimal behind "va_start:". */
static void areas_as_the_kernel_prints_them(void **state)
{
	struct imported im;

	(void)state;
	import_lines(&im,
		"T|alloc_vmap_area: va_start: 4148166656 size=20480 align=1 vstart=0xf73fe000 vend=0xfebfe000 failed=0\n"
		"T|kmalloc: call_site=vm+0x1/0x2 ptr=c3000200 bytes_req=16 bytes_alloc=16 gfp_flags=GFP_KERNEL\n"
		"T|kmalloc: call_site=other+0x1/0x2 ptr=c3000400 bytes_req=32 bytes_alloc=32 gfp_flags=GFP_KERNEL\n"
		"T|free_vmap_area_noflush: va_start=0xf7400000 nr_lazy=5 nr_lazy_max=16384", NULL);
	EXPECT(&im, TRACE_VMALLOC, TRACE_KMALLOC, TRACE_VFREE);
	assert_int_equal(im.op[0].answer, 0xf7400000);
	assert_int_equal(im.op[1].size, 32);
	imported_free(&im);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(areas_of_newer_kernels),
		cmocka_unit_test(areas_as_the_kernel_prints_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
