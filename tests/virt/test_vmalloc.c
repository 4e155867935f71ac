/* SPDX-License-Identifier: MIT
 *
 * vmalloc, vfree, vmap, ioremap: addresses, frames, page tables, purge.
 */
#include <string.h>

#include "engine/virt/virt.h"
#include "tests/virt/virt_fixture.h"

#define PAGE MM_PAGE_SIZE

static vaddr_t vm(struct mm_machine *m, uint32_t size)
{
	struct mm_caller who = virt_caller(1);
	vaddr_t addr = 0;

	assert_int_equal(mm_vmalloc(m, &who, size, MM_GFP_KERNEL, &addr), MM_OK);
	return addr;
}

static void vf(struct mm_machine *m, vaddr_t addr)
{
	struct mm_caller who = virt_caller(2);

	assert_int_equal(mm_vfree(m, &who, addr), MM_OK);
}

static vaddr_t io(struct mm_machine *m, uint32_t size)
{
	struct mm_caller who = virt_caller(1);
	vaddr_t addr = 0;

	assert_int_equal(mm_ioremap(m, &who, 0xfd000000u, size, &addr), MM_OK);
	return addr;
}

static uint64_t event(const struct mm_machine *m, enum mm_event e)
{
	return mm_events(m)[e];
}

static struct mm_vmalloc_info info(const struct mm_machine *m)
{
	struct mm_vmalloc_info i;

	mm_vmalloc_info(m, &i);
	return i;
}

/* Measured on a booted 2 GiB machine (its /proc/vmallocinfo). */
static void test_boot_addresses(void **state)
{
	struct mm_machine *m = *state;

	assert_int_equal(io(m, 4096), 0xf73fe000u);
	assert_int_equal(io(m, 8192), 0xf7400000u);
	assert_int_equal(io(m, 4096), 0xf7403000u);
	assert_int_equal(vm(m, 4096), 0xf7405000u);
	assert_int_equal(io(m, 4096), 0xf7407000u);
	assert_int_equal(io(m, 4096), 0xf7409000u);
	assert_clean(m);
}

static void test_io_alignment(void **state)
{
	struct mm_machine *m = *state;
	struct mm_caller who = virt_caller(1);
	paddr_t phys;
	vaddr_t a;

	assert_int_equal(io(m, 0x5000) % 0x8000, 0);	/* next power of two */
	assert_int_equal(io(m, 0x8000) % 0x8000, 0);
	assert_int_equal(io(m, 0x500000) % 0x400000, 0); /* at most one page table */
	assert_int_equal(mm_ioremap(m, &who, 0xfd000123u, 0xff0, &a), MM_OK);
	assert_int_equal(a & 0xfff, 0x123);	/* two pages, offset kept */
	assert_true(mm_translate(m, a + 0xff0, &phys));
	assert_int_equal(phys, 0xfd000123u + 0xff0);
	assert_false(mm_translate(m, (a & ~0xfffu) + 2 * PAGE, &phys));
	assert_int_equal(mm_iounmap(m, &who, a), MM_OK);
	assert_false(mm_translate(m, a, &phys));
	assert_clean(m);
}

static void test_io_refused(void **state)
{
	struct mm_machine *m = *state;
	struct mm_caller who = virt_caller(1);
	vaddr_t a;

	assert_int_equal(mm_ioremap(m, &who, 0xfd000000u, 0, &a), MM_FAIL);
	assert_int_equal(mm_ioremap(m, &who, 0xfffff000u, 0x2000, &a), MM_FAIL);
	assert_int_equal(mm_ioremap(m, &who, 0x20000000u, 0x1000, &a), MM_FAIL); /* RAM */
	assert_int_equal(mm_why(m)->cause, MM_CAUSE_ORDER);
	assert_int_equal(mm_ioremap(m, &who, 0xf0000u, 0x1000, &a), MM_OK); /* firmware */
	assert_int_equal(mapped_frame(m, a), 0xf0);
}

static void test_frames_and_guard(void **state)
{
	struct mm_machine *m = *state;
	struct mm_frame_info f;
	paddr_t phys;
	vaddr_t a = vm(m, 5 * PAGE), b;
	pfn_t first[5];

	for (uint32_t k = 0; k < 5; k++) {
		first[k] = mapped_frame(m, a + k * PAGE);
		mm_frame_info(m, first[k], &f);
		assert_int_equal(f.kind, MM_FRAME_VMALLOC);
		assert_int_equal(f.zone, MM_ZONE_HIGHMEM);
	}
	assert_false(mm_translate(m, a + 5 * PAGE, &phys));	/* guard */
	assert_int_equal(vm(m, PAGE), a + 6 * PAGE);
	vf(m, a);
	assert_false(mm_translate(m, a, &phys));
	/* Freed in order 0, 1, ...: they come back in reverse. */
	b = vm(m, 5 * PAGE);
	assert_int_equal(b, a + 8 * PAGE);	/* the old range waits for a purge */
	for (uint32_t k = 0; k < 5; k++)
		assert_int_equal(mapped_frame(m, b + k * PAGE), first[4 - k]);
	assert_clean(m);
}

static void test_zone_of_flags(void **state)
{
	struct mm_machine *m = *state;
	struct mm_caller who = virt_caller(1);
	struct mm_frame_info f;
	vaddr_t a;

	assert_int_equal(mm_vmalloc(m, &who, 3 * PAGE, MM_GFP_KERNEL | MM_GFP_DMA_BIT, &a), MM_OK);
	mm_frame_info(m, mapped_frame(m, a + PAGE), &f);
	assert_int_equal(f.zone, MM_ZONE_DMA);
	assert_int_equal(mm_vmalloc(m, &who, 3 * PAGE, MM_GFP_KERNEL | MM_GFP_DMA32_BIT, &a), MM_OK);
	mm_frame_info(m, mapped_frame(m, a + PAGE), &f);
	assert_int_equal(f.zone, MM_ZONE_NORMAL);	/* i386 has no zone DMA32 */
}

/* An array of page pointers above one page is vmalloc'ed after the area. */
static void test_large_page_array(void **state)
{
	struct mm_machine *m = *state;
	struct mm_caller who = virt_caller(9);
	struct mm_vmalloc_info i;
	vaddr_t a = vm(m, 1025 * PAGE);

	i = info(m);
	assert_int_equal(i.nr_areas, 2);
	assert_int_equal(i.nr_pages, 1025 + 2);
	assert_int_equal(i.used, (1026 + 3) * PAGE);
	assert_int_equal(mm_vfree(m, &who, a + 1026 * PAGE), MM_MISUSE); /* not the caller's */
	assert_int_equal(vm(m, 1024 * PAGE), a + (1026 + 3) * PAGE);
	assert_int_equal(info(m).nr_areas, 3);		/* 1024 pointers fit in a page */
	vf(m, a);
	i = info(m);
	assert_int_equal(i.nr_areas, 1);
	assert_int_equal(i.lazy, (1026 + 3) * PAGE);
	assert_int_equal(i.nr_lazy_areas, 1);		/* neighbours merge */
	assert_clean(m);
}

/* A table for each window touched, kept after the area is gone. */
static void test_page_tables(void **state)
{
	struct mm_machine *m = *state;
	struct mm_frame_info f;
	uint32_t tables = 0;
	vaddr_t a;

	assert_int_equal(info(m).pte_pages, 0);
	a = vm(m, PAGE);		/* 0xf73fe000 */
	assert_int_equal(info(m).pte_pages, 1);
	vf(m, a);
	a = vm(m, 9u << 20);
	assert_int_equal(info(m).pte_pages, 3 + 1); /* 0xf7400000 to 0xf7d00000, both ends */
	vf(m, a);
	assert_int_equal(info(m).pte_pages, 4);
	for (pfn_t p = 0; p < mm_machine_layout(m)->max_low_pfn; p++) {
		mm_frame_info(m, p, &f);
		tables += f.kind == MM_FRAME_PTE;
	}
	assert_int_equal(tables, 4);
	assert_clean(m);
}

static void test_lazy_and_purge(void **state)
{
	struct mm_machine *m = *state;
	struct mm_caller who = virt_caller(5);
	vaddr_t a = vm(m, PAGE), b = vm(m, PAGE), c = vm(m, PAGE);
	struct mm_vmalloc_info i;

	vf(m, b);
	i = info(m);
	assert_int_equal(i.lazy, 2 * PAGE);
	assert_int_equal(vm(m, PAGE), c + 2 * PAGE);
	mm_run_work(m, &who, MM_WORK_VMAP_PURGE);
	assert_int_equal(info(m).lazy, 0);
	assert_int_equal(event(m, MM_EV_VMAP_PURGE), 1);
	assert_int_equal(event(m, MM_EV_TLB_RANGE), 1);
	assert_int_equal(vm(m, PAGE), b);
	vf(m, a);
	vf(m, c);
	assert_int_equal(info(m).nr_lazy_areas, 2);
	mm_vm_unmap_aliases(m, &who);
	assert_int_equal(info(m).nr_lazy_areas, 0);
	mm_vm_unmap_aliases(m, &who);		/* nothing to purge, nothing flushed */
	assert_int_equal(event(m, MM_EV_TLB_RANGE), 2);
	assert_int_equal(vm(m, PAGE), a);
	assert_clean(m);
}

/* One CPU purges above 8192 lazy pages: by hand only when asked for. */
static void test_purge_due(void **state)
{
	struct mm_machine *m = *state;
	vaddr_t a[9];

	for (int k = 0; k < 9; k++)
		a[k] = vm(m, 1023 * PAGE);
	for (int k = 0; k < 8; k++)
		vf(m, a[k]);
	assert_int_equal(info(m).lazy, 8192u * PAGE);
	assert_false(virt_purge_due(m));
	vf(m, a[8]);
	assert_true(virt_purge_due(m));
	assert_int_equal(event(m, MM_EV_VMAP_PURGE), 0);
}

/* Without manual_work the worker runs inside the vfree that asks for it. */
static void test_purge_by_itself(void **state)
{
	struct mm_config c = *mm_machine_config(*state);
	struct mm_machine *m;
	vaddr_t a[9];

	c.manual_work = false;
	m = mm_machine_create(&c, NULL);
	assert_non_null(m);
	for (int k = 0; k < 9; k++)
		a[k] = vm(m, 1023 * PAGE);
	for (int k = 0; k < 9; k++)
		vf(m, a[k]);
	assert_int_equal(event(m, MM_EV_VMAP_PURGE), 1);
	assert_int_equal(info(m).lazy, 0);
	assert_int_equal(vm(m, PAGE), 0xf73fe000u);
	assert_clean(m);
	mm_machine_destroy(m);
}

/* A request without a hole purges at once and tries again. */
static void test_exhaustion(void **state)
{
	struct mm_machine *m = *state;
	struct mm_caller who = virt_caller(3);
	vaddr_t a[16], b;
	int n = 0;

	while (mm_vmalloc(m, &who, 2047 * PAGE, MM_GFP_KERNEL, &a[n]) == MM_OK)
		n++;
	assert_int_equal(mm_why(m)->cause, MM_CAUSE_VMALLOC_SPACE);
	assert_int_equal(n, 14);	/* 30720 pages, 2048 + 3 each */
	assert_clean(m);
	vf(m, a[3]);
	assert_int_equal(vm(m, 2047 * PAGE), a[3]);
	assert_int_equal(event(m, MM_EV_VMAP_PURGE), 1);
	assert_int_equal(mm_vmalloc(m, &who, 0x80000000u, MM_GFP_KERNEL, &b), MM_FAIL);
	assert_int_equal(mm_why(m)->cause, MM_CAUSE_VMALLOC_SIZE);
	assert_int_equal(mm_vmalloc(m, &who, 0, MM_GFP_KERNEL, &b), MM_FAIL);
	assert_int_equal(mm_vmalloc(m, &who, 0xffffffffu, MM_GFP_KERNEL, &b), MM_FAIL);
	assert_clean(m);
}

/* No page for the last part: everything comes back. */
static void test_out_of_pages(void **state)
{
	struct mm_config c = *mm_machine_config(*state);
	struct mm_caller who = virt_caller(3);
	gfp_t gfp = MM_GFP_KERNEL | MM_GFP_NORETRY | MM_GFP_NOWARN;
	struct mm_machine *m;
	struct mm_zone_info before[3], after[3];
	struct mm_vmalloc_info i;
	vaddr_t a, fill;
	int failures = 0;

	c.ram_bytes = 128ull << 20;
	c.nr_e820 = 0;
	m = mm_machine_create(&c, NULL);
	assert_non_null(m);
	assert_int_equal(mm_vmalloc(m, &who, 80u << 20, gfp, &fill), MM_OK);
	for (int k = 0; k < 3; k++) {
		mm_drain_all_pages(m);
		for (int z = 0; z < 3; z++)
			mm_zone_info(m, z, &before[z]);
		if (mm_vmalloc(m, &who, 100u << 20, gfp, &a) == MM_FAIL)
			failures++;
		mm_drain_all_pages(m);
		mm_vm_unmap_aliases(m, &who);
		for (int z = 0; z < 3; z++)
			mm_zone_info(m, z, &after[z]);
	}
	assert_int_equal(failures, 3);
	assert_int_equal(mm_why(m)->cause, MM_CAUSE_WATERMARK);
	assert_int_equal(before[MM_ZONE_NORMAL].nr_free_exact, after[MM_ZONE_NORMAL].nr_free_exact);
	i = info(m);
	assert_int_equal(i.nr_areas, 2);	/* fill and its page array */
	assert_int_equal(i.lazy, 0);
	assert_clean(m);
	mm_machine_destroy(m);
}

/* HighMem is there, but no lowmem page for a page table: all comes back. */
static void test_no_page_table(void **state)
{
	struct mm_machine *m = *state;
	struct mm_caller who = virt_caller(3);
	gfp_t last = MM_GFP_KERNEL | MM_GFP_MEMALLOC | MM_GFP_NORETRY;
	vaddr_t a = vm(m, 1000 * PAGE), b = vm(m, 1000 * PAGE);
	struct mm_vmalloc_info before, after;
	uint64_t high;
	pfn_t p;

	vf(m, b);		/* now the slabs have room for one more */
	mm_vm_unmap_aliases(m, &who);
	before = info(m);
	assert_int_equal(vm(m, 100 * PAGE), b);
	while (mm_alloc_pages(m, &who, last, 0, &p) == MM_OK)
		;
	high = event(m, MM_EV_PGALLOC_HIGH);
	assert_int_equal(mm_vmalloc(m, &who, 1000 * PAGE, MM_GFP_KERNEL, &b), MM_WOULD_BLOCK);
	assert_true(event(m, MM_EV_PGALLOC_HIGH) >= high + 1000);	/* it had its pages */
	assert_int_equal(mm_why(m)->cause, MM_CAUSE_WATERMARK);
	assert_int_equal(mm_why(m)->order, 0);
	assert_clean(m);
	mm_vm_unmap_aliases(m, &who);
	after = info(m);
	assert_int_equal(after.used, before.used + 101 * PAGE);
	assert_int_equal(after.nr_pages, before.nr_pages + 100);
	assert_int_equal(after.pte_pages, before.pte_pages);
	assert_int_equal(mm_ioremap(m, &who, 0xfd000000u, 4u << 20, &b), MM_WOULD_BLOCK);
	assert_clean(m);
	vf(m, a);
	assert_clean(m);
}

static uint32_t reschedules;
static void count_resched(void *arg, struct mm_machine *m, const struct mm_caller *who)
{
	(void)arg;
	(void)m;
	(void)who;
	reschedules++;
}

/* One chance in vmalloc, one after each page in vfree. */
static void test_reschedule_points(void **state)
{
	struct mm_config c = *mm_machine_config(*state);
	struct mm_machine *m;
	vaddr_t a;

	c.resched = count_resched;
	m = mm_machine_create(&c, NULL);
	assert_non_null(m);
	reschedules = 0;
	a = vm(m, 5 * PAGE);
	assert_int_equal(reschedules, 1);
	vf(m, a);
	assert_int_equal(reschedules, 1 + 5);
	mm_machine_destroy(m);
}

static void test_vmap(void **state)
{
	struct mm_machine *m = *state;
	struct mm_caller who = virt_caller(1);
	pfn_t p[3] = { 0x40000, 0x1234, 0x40000 };
	pfn_t beyond = 0x200000;
	vaddr_t a;

	assert_int_equal(mm_vmap(m, &who, p, 3, &a), MM_OK);
	for (int k = 0; k < 3; k++)
		assert_int_equal(mapped_frame(m, a + k * PAGE), p[k]);
	assert_int_equal(info(m).nr_pages, 0);	/* counts vmalloc'ed pages only */
	assert_clean(m);
	assert_int_equal(mm_vfree(m, &who, a), MM_MISUSE);
	assert_int_equal(mm_iounmap(m, &who, a), MM_MISUSE);
	assert_int_equal(mm_vunmap(m, &who, a), MM_OK);
	assert_int_equal(mm_vunmap(m, &who, a), MM_MISUSE);
	assert_int_equal(mm_misuse(m)->kind, MM_MISUSE_VFREE);
	assert_int_equal(mm_vmap(m, &who, &beyond, 1, &a), MM_MISUSE);
	assert_int_equal(mm_vmap(m, &who, p, 0, &a), MM_FAIL);
	assert_clean(m);
}

static void test_bad_vfree(void **state)
{
	struct mm_machine *m = *state;
	struct mm_caller who = virt_caller(70);
	vaddr_t a = vm(m, 4 * PAGE);

	assert_int_equal(mm_vfree(m, &who, 0), MM_OK);
	assert_int_equal(mm_vfree(m, &who, a + PAGE), MM_MISUSE);
	assert_int_equal(mm_vfree(m, &who, a + 1), MM_MISUSE);
	assert_int_equal(mm_vfree(m, &who, 0xc0100000u), MM_MISUSE);
	assert_int_equal(mm_vfree(m, &who, 0xffffffffu), MM_MISUSE);
	assert_int_equal(mm_misuse(m)->alloc_op, MM_NO_OP);
	assert_int_equal(mm_vunmap(m, &who, a), MM_MISUSE);
	assert_int_equal(mm_vfree(m, &who, a), MM_OK);
	who.op = 71;
	assert_int_equal(mm_vfree(m, &who, a), MM_MISUSE);
	assert_int_equal(mm_misuse(m)->kind, MM_MISUSE_VFREE);
	assert_int_equal(mm_misuse(m)->op, 71);
	assert_int_equal(mm_misuse(m)->address, a);
	assert_int_equal(mm_misuse(m)->alloc_op, 1);
	assert_int_equal(mm_misuse(m)->free_op, 70);
	assert_clean(m);
}

/* In interrupts vfree leaves the work to a worker and vmalloc is refused. */
static void test_interrupt(void **state)
{
	struct mm_machine *m = *state;
	struct mm_caller irq = virt_caller(8);
	vaddr_t a = vm(m, PAGE), b = vm(m, PAGE), c;
	pfn_t frame = mapped_frame(m, a);

	irq.context = MM_CTX_SOFTIRQ;
	assert_int_equal(mm_vmalloc(m, &irq, PAGE, MM_GFP_ATOMIC, &c), MM_FAIL);
	assert_int_equal(mm_why(m)->cause, MM_CAUSE_CONTEXT);
	assert_int_equal(mm_vfree(m, &irq, a), MM_OK);
	assert_int_equal(mapped_frame(m, a), frame);	/* not yet */
	assert_int_equal(mm_vfree(m, &irq, a), MM_MISUSE);
	assert_int_equal(mm_misuse(m)->free_op, 8);
	assert_clean(m);
	vf(m, b);
	assert_int_equal(info(m).nr_areas, 0);
	assert_clean(m);
}

static void test_area_iteration(void **state)
{
	struct mm_machine *m = *state;
	struct mm_vmap_area_info e;
	vaddr_t a = vm(m, 3 * PAGE), b = io(m, PAGE), cursor = 0;

	assert_true(mm_vmap_area_next(m, &cursor, &e));
	assert_int_equal(e.start, a);
	assert_int_equal(e.end, a + 4 * PAGE);
	assert_int_equal(e.kind, MM_AREA_VMALLOC);
	assert_int_equal(e.nr_pages, 3);
	assert_int_equal(e.op, 1);
	assert_true(mm_vmap_area_next(m, &cursor, &e));
	assert_int_equal(e.start, b);
	assert_int_equal(e.kind, MM_AREA_IOREMAP);
	assert_int_equal(e.phys, 0xfd000000u);
	assert_false(mm_vmap_area_next(m, &cursor, &e));
}

/* At every alignment that the area has room for; not at others. */
static void test_alignment(void **state)
{
	struct mm_machine *m = *state;
	struct mm_caller who = virt_caller(1);
	uint32_t align;
	vaddr_t a, b;

	for (align = 1; align <= 16u << 20; align <<= 1) {
		assert_int_equal(mm_vmalloc_node(m, &who, 3 * PAGE, align, MM_GFP_KERNEL, &a), MM_OK);
		assert_int_equal(mm_vmalloc_node(m, &who, PAGE, align, MM_GFP_KERNEL, &b), MM_OK);
		assert_int_equal(a & (align - 1), 0);
		assert_int_equal(b & (align - 1), 0);
		assert_true(b >= a + 4 * PAGE || a >= b + 2 * PAGE);
		assert_int_equal(mm_vfree(m, &who, a), MM_OK);
		assert_int_equal(mm_vfree(m, &who, b), MM_OK);
	}
	/* The array of pages of a large area is not aligned with it. */
	assert_int_equal(mm_vmalloc_node(m, &who, 2000 * PAGE, 4u << 20, MM_GFP_KERNEL, &a), MM_OK);
	assert_int_equal(a & ((4u << 20) - 1), 0);
	assert_int_equal(mm_vfree(m, &who, a), MM_OK);
	assert_int_equal(mm_vmalloc_node(m, &who, PAGE, 1u << 31, MM_GFP_KERNEL, &a), MM_FAIL);
	assert_int_equal(mm_why(m)->cause, MM_CAUSE_VMALLOC_SPACE);
	assert_int_equal(mm_vmalloc_node(m, &who, PAGE, 3 * PAGE, MM_GFP_KERNEL, &a), MM_FAIL);
	assert_int_equal(mm_vmalloc_node(m, &who, PAGE, 0, MM_GFP_KERNEL, &a), MM_FAIL);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, virt_setup, virt_teardown)
	const struct CMUnitTest tests[] = {
		T(test_alignment), T(test_boot_addresses), T(test_io_alignment), T(test_io_refused),
		T(test_frames_and_guard), T(test_zone_of_flags), T(test_large_page_array),
		T(test_page_tables), T(test_lazy_and_purge), T(test_purge_due),
		T(test_purge_by_itself), T(test_exhaustion), T(test_out_of_pages), T(test_no_page_table),
		T(test_reschedule_points), T(test_vmap),
		T(test_bad_vfree), T(test_interrupt), T(test_area_iteration),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
