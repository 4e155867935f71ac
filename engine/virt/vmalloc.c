/* SPDX-License-Identifier: MIT
 *
 * vmalloc and vfree (Linux 6.1 mm/vmalloc.c __get_vm_area_node,
 * __vmalloc_area_node, vm_area_alloc_pages, __vunmap).
 *
 * The order of side effects is the kernel's: vm_struct, area object, range,
 * array of page pointers (itself vmalloc'ed when it exceeds a page), pages in
 * chunks through the bulk allocator, page tables, entries.  No array of frames
 * is kept here: once mapped, the page tables hold them in order, and vfree
 * reads them from there.
 */
#include <errno.h>

#include "engine/virt/virt_internal.h"

/* vm_area_alloc_pages asks the bulk allocator for at most so many pages at a
 * time, with preemption points between. */
#define BULK_CHUNK 100u

/* The array of page pointers that an area of n pages needs. */
static uint32_t array_bytes(uint32_t n)
{
	return n * 4;
}

static uint32_t vm_struct_bytes(const struct mm_machine *m)
{
	return m->cfg.pae ? 36 : 32;	/* its phys_addr member is 64 bits with PAE */
}

/* An object for the allocator's own use has been taken. */
static void inner_object(struct mm_machine *m, vaddr_t addr)
{
	machine_step(m, MM_STEP_SLAB_INNER, 1);
	machine_step(m, MM_STEP_SLAB_INNER_BYTES, slab_ksize(m, addr));
}

/* It goes back. */
static void inner_free(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr)
{
	machine_step(m, MM_STEP_SLAB_INNER_FREE, 1);
	slab_kfree(m, who, addr);
}

void vm_object_free(struct mm_machine *m, const struct mm_caller *who, vaddr_t vm, bool loaded)
{
	if (vm)
		inner_free(m, who, vm);
	else if (loaded)
		m->virt->unknown_objects++;
}

enum mm_outcome vm_area_get(struct mm_machine *m, const struct mm_caller *who, uint32_t pages,
			    uint32_t align, gfp_t gfp, enum mm_area_kind kind, uint32_t *area)
{
	struct area_request r = {
		.size = (pages + 1) * MM_PAGE_SIZE,	/* the guard page */
		.align = align, .gfp = gfp, .kind = kind,
	};
	enum mm_outcome out;
	vaddr_t vm;

	out = slab_kmalloc(m, who, vm_struct_bytes(m), (gfp & GFP_RECLAIM_MASK) | MM_GFP_ZERO, &vm);
	if (out != MM_OK)
		return out;
	inner_object(m, vm);
	virt_resched(m, who);
	out = area_reserve(m, who, &r, area);
	if (out != MM_OK) {
		slab_kfree(m, who, vm);
		return out;
	}
	m->virt->area[*area].vm = vm;
	return MM_OK;
}

/* n pages into the scratch array: in chunks, and one by one from where the
 * bulk allocator gives less than it was asked for. */
static enum mm_outcome take_pages(struct mm_machine *m, const struct mm_caller *who,
				  uint32_t n, gfp_t gfp, uint32_t *got)
{
	struct virt *v = m->virt;
	enum mm_outcome out;
	uint32_t want, nr;

	*got = 0;
	if (!scratch_reserve(v, n))
		return machine_why(m, who, MM_FAIL, MM_CAUSE_HOST_MEMORY, gfp, n * MM_PAGE_SIZE);
	while (*got < n) {
		want = n - *got < BULK_CHUNK ? n - *got : BULK_CHUNK;
		nr = phys_alloc_bulk(m, who, gfp & ~MM_GFP_NOFAIL, want, v->scratch + *got);
		*got += nr;
		if (nr != want)
			break;
	}
	while (*got < n) {
		out = phys_alloc(m, who, gfp, 0, &v->scratch[*got]);
		if (out != MM_OK)
			return out;
		machine_step(m, MM_STEP_PAGE_REQUEST, 1);
		++*got;
	}
	return MM_OK;
}

/* The area goes, and with it the n frames in scratch. */
static void drop_pages(struct mm_machine *m, const struct mm_caller *who, uint32_t i, uint32_t n)
{
	struct virt *v = m->virt;

	v->nr_vmalloc_pages -= v->area[i].nr_pages;
	area_free_lazy(m, who, i);
	machine_step(m, MM_STEP_VFREE_PAGES, n);
	for (uint32_t k = 0; k < n; k++) {
		phys_free(m, who, v->scratch[k], 0);
		if (!virt_in_interrupt(who))
			virt_resched(m, who);
	}
}

/* vfree's second half; a page array in vmalloc space goes the same way before
 * the vm_struct.  There is no third level: that array's own array would be
 * above a page only if the area had more than a million pages. */
static void release(struct mm_machine *m, const struct mm_caller *who, uint32_t i, uint32_t n)
{
	struct virt *v = m->virt;
	struct area outer = v->area[i], inner;
	uint32_t k;

	drop_pages(m, who, i, n);
	if (area_in_range(m, outer.page_array)) {
		k = area_at(m, outer.page_array);
		inner = v->area[k];
		n = pt_unmap(m, inner.start, inner.nr_pages, v->scratch);
		drop_pages(m, who, k, n);
		inner_free(m, who, inner.page_array);
		inner_free(m, who, inner.vm);
	} else if (outer.page_array) {
		inner_free(m, who, outer.page_array);
	} else if (outer.loaded) {
		v->unknown_objects++;
	}
	vm_object_free(m, who, outer.vm, outer.loaded);
}

/* The area ends without pages (the kernel's free_vm_area). */
static void release_empty(struct mm_machine *m, const struct mm_caller *who, uint32_t i)
{
	vaddr_t vm = m->virt->area[i].vm;

	area_free_lazy(m, who, i);
	slab_kfree(m, who, vm);
}

/* Pages and mapping of area i, whose page array exists. */
static enum mm_outcome back(struct mm_machine *m, const struct mm_caller *who,
			    uint32_t i, uint32_t n, gfp_t gfp)
{
	struct virt *v = m->virt;
	enum mm_outcome out;
	uint32_t got, high = 0;

	if (!(gfp & (MM_GFP_DMA_BIT | MM_GFP_DMA32_BIT)))
		gfp |= MM_GFP_HIGHMEM_BIT;
	out = take_pages(m, who, n, gfp | MM_GFP_NOWARN, &got);
	v->area[i].nr_pages = got;
	v->nr_vmalloc_pages += got;
	machine_step(m, MM_STEP_VMALLOC_PAGES, got);
	if (out == MM_OK) {
		for (uint32_t k = 0; k < n; k++) {
			phys_set_use(m, v->scratch[k], 0, PHYS_USE_VMALLOC, i);
			high += v->scratch[k] >= m->layout.max_low_pfn;
		}
		machine_step(m, MM_STEP_VMALLOC_HIGH, high);
		out = pt_map(m, who, v->area[i].start, v->scratch, n, gfp);
		if (out == MM_OK)
			return MM_OK;
		pt_unmap(m, v->area[i].start, n, NULL);
	}
	release(m, who, i, got);
	return out;
}

/* Reserve and back an area whose page array fits in a page. */
static enum mm_outcome vmalloc_small(struct mm_machine *m, const struct mm_caller *who,
				     uint32_t n, uint32_t align, gfp_t gfp, uint32_t *area)
{
	enum mm_outcome out;

	if (n > phys_totalram(m))
		return machine_why(m, who, MM_FAIL, MM_CAUSE_VMALLOC_SIZE, gfp, n * MM_PAGE_SIZE);
	out = vm_area_get(m, who, n, align, gfp, MM_AREA_VMALLOC, area);
	if (out != MM_OK)
		return out;
	out = slab_kmalloc(m, who, array_bytes(n), (gfp & GFP_RECLAIM_MASK) | MM_GFP_ZERO,
			   &m->virt->area[*area].page_array);
	if (out != MM_OK) {
		m->virt->area[*area].page_array = 0;
		release_empty(m, who, *area);
		return out;
	}
	inner_object(m, m->virt->area[*area].page_array);
	return back(m, who, *area, n, gfp);
}

/* The same when the array of page pointers is vmalloc'ed after the area. */
static enum mm_outcome vmalloc_large(struct mm_machine *m, const struct mm_caller *who,
				     uint32_t n, uint32_t align, gfp_t gfp, uint32_t *area)
{
	struct virt *v = m->virt;
	uint32_t array_pages = (array_bytes(n) + MM_PAGE_SIZE - 1) >> MM_PAGE_SHIFT;
	enum mm_outcome out;
	uint32_t array;

	out = vm_area_get(m, who, n, align, gfp, MM_AREA_VMALLOC, area);
	if (out != MM_OK)
		return out;
	out = vmalloc_small(m, who, array_pages, 1, (gfp & GFP_RECLAIM_MASK) | MM_GFP_ZERO, &array);
	if (out != MM_OK) {
		release_empty(m, who, *area);
		return out;
	}
	v->area[array].inner = true;
	v->area[*area].page_array = v->area[array].start;
	return back(m, who, *area, n, gfp);
}

enum mm_outcome virt_vmalloc(struct mm_machine *m, const struct mm_caller *who,
			     uint32_t size, uint32_t align, gfp_t gfp, vaddr_t *addr)
{
	uint32_t n = (size >> MM_PAGE_SHIFT) + !!(size & (MM_PAGE_SIZE - 1));
	enum mm_outcome out;
	uint32_t i;

	if (virt_in_interrupt(who))
		return machine_why(m, who, MM_FAIL, MM_CAUSE_CONTEXT, gfp, size);
	virt_run_deferred(m, who);
	/* Twenty bits of pages, one of them the guard: above, sizes wrap to 0. */
	if (!size || size >> MM_PAGE_SHIFT > phys_totalram(m) || n + 1 >= 1u << 20 ||
	    !align || align & (align - 1))
		return machine_why(m, who, MM_FAIL, MM_CAUSE_VMALLOC_SIZE, gfp, size);
	if (array_bytes(n) > MM_PAGE_SIZE)
		out = vmalloc_large(m, who, n, align, gfp, &i);
	else
		out = vmalloc_small(m, who, n, align, gfp, &i);
	if (out != MM_OK)
		return out;
	m->ev[MM_EV_VMALLOC]++;
	*addr = m->virt->area[i].start;
	return MM_OK;
}

enum mm_outcome virt_bad_free(struct mm_machine *m, const struct mm_caller *who,
			      const char *what, vaddr_t addr)
{
	const struct virt *v = m->virt;
	uint32_t alloc_op = MM_NO_OP, free_op = MM_NO_OP;

	if (area_in_range(m, addr)) {
		alloc_op = v->alloc_op[area_page(m, addr)];
		free_op = v->free_op[area_page(m, addr)];
	}
	return machine_misuse(m, who, MM_MISUSE_VFREE, what, addr, alloc_op, free_op);
}

static void vfree_now(struct mm_machine *m, const struct mm_caller *who, uint32_t i)
{
	struct virt *v = m->virt;
	uint32_t n = 0;

	if (v->area[i].loaded)
		v->unknown_frames += v->area[i].nr_pages;
	else
		n = pt_unmap(m, v->area[i].start, v->area[i].nr_pages, v->scratch);
	release(m, who, i, n);
}

/* Newest first, as the kernel's lock-free list comes out. */
void virt_run_deferred(struct mm_machine *m, const struct mm_caller *who)
{
	struct virt *v = m->virt;

	while (v->deferred) {
		uint32_t i = v->deferred;

		v->deferred = v->area[i].next;
		vfree_now(m, who, i);
	}
}

enum mm_outcome virt_vfree(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr)
{
	struct virt *v = m->virt;
	struct area *a;
	uint32_t i;

	if (!addr)
		return MM_OK;
	i = area_at(m, addr);
	a = &v->area[i];
	if (!i || a->kind != MM_AREA_VMALLOC || a->inner || a->deferred)
		return virt_bad_free(m, who, "vfree", addr);
	m->ev[MM_EV_VFREE]++;
	if (virt_in_interrupt(who)) {
		v->free_op[area_page(m, addr)] = who->op;
		a->deferred = true;
		a->next = v->deferred;
		v->deferred = i;
		return MM_OK;
	}
	virt_run_deferred(m, who);
	vfree_now(m, who, i);
	return MM_OK;
}
