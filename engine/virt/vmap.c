/* SPDX-License-Identifier: MIT
 *
 * vmap and ioremap: areas that map frames which they do not own (Linux 6.1
 * mm/vmalloc.c vmap, arch/x86/mm/ioremap.c).
 */
#include "engine/virt/virt_internal.h"

/* Pages of an area without its guard page. */
static uint32_t body_pages(const struct area *a)
{
	return ((a->end - a->start) >> MM_PAGE_SHIFT) - 1;
}

static void unmap_area(struct mm_machine *m, const struct mm_caller *who, uint32_t i)
{
	struct area *a = &m->virt->area[i];
	bool loaded = a->loaded;
	vaddr_t vm = a->vm;

	pt_unmap(m, a->start, body_pages(a), NULL);
	area_free_lazy(m, who, i);
	vm_object_free(m, who, vm, loaded);
}

static bool frames_exist(const struct mm_machine *m, const pfn_t *pages, unsigned int n,
			 pfn_t *bad)
{
	for (unsigned int i = 0; i < n; i++) {
		if (pages[i] >= phys_nr_frames(m)) {
			*bad = pages[i];
			return false;
		}
	}
	return true;
}

enum mm_outcome virt_vmap(struct mm_machine *m, const struct mm_caller *who,
			  const pfn_t *pages, unsigned int n, vaddr_t *addr)
{
	enum mm_outcome out;
	uint32_t i;
	pfn_t bad;

	if (!frames_exist(m, pages, n, &bad))
		return machine_misuse(m, who, MM_MISUSE_NOT_ALLOCATED, "vmap", bad, MM_NO_OP,
				      MM_NO_OP);
	if (virt_in_interrupt(who))
		return machine_why(m, who, MM_FAIL, MM_CAUSE_CONTEXT, MM_GFP_KERNEL, 0);
	virt_run_deferred(m, who);
	if (!n || n > phys_totalram(m) || n + 1 >= 1u << 20)
		return machine_why(m, who, MM_FAIL, MM_CAUSE_VMALLOC_SIZE, MM_GFP_KERNEL,
				   n * MM_PAGE_SIZE);
	out = vm_area_get(m, who, n, 1, MM_GFP_KERNEL, MM_AREA_VMAP, &i);
	if (out != MM_OK)
		return out;
	m->virt->area[i].nr_pages = n;
	out = pt_map(m, who, m->virt->area[i].start, pages, n, MM_GFP_KERNEL);
	if (out != MM_OK) {
		unmap_area(m, who, i);
		return out;
	}
	*addr = m->virt->area[i].start;
	return MM_OK;
}

/* The area of this kind that begins at addr, 0 if none; vm_map_ram's areas,
 * which have no vm_struct, are not for vunmap. */
static uint32_t mapped_area(const struct mm_machine *m, vaddr_t addr, enum mm_area_kind kind)
{
	uint32_t i = area_at(m, addr);
	const struct area *a = &m->virt->area[i];

	return i && a->kind == kind && (a->vm || a->loaded) ? i : 0;
}

enum mm_outcome virt_vunmap(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr)
{
	uint32_t i;

	if (!addr)
		return MM_OK;
	i = mapped_area(m, addr, MM_AREA_VMAP);
	if (!i)
		return virt_bad_free(m, who, "vunmap", addr);
	if (virt_in_interrupt(who))
		return machine_why(m, who, MM_FAIL, MM_CAUSE_CONTEXT, 0, 0);
	virt_run_deferred(m, who);
	unmap_area(m, who, i);
	return MM_OK;
}

/* ioremap aligns to its size, from a page to what one page table maps. */
static uint32_t io_align(const struct mm_machine *m, uint32_t bytes)
{
	uint32_t order = MM_PAGE_SHIFT;

	while (order < m->layout.pmd_shift && 1u << order < bytes)
		order++;
	return 1u << order;
}

static bool e820_ram(const struct mm_machine *m, pfn_t pfn)
{
	paddr_t at = (paddr_t)pfn << MM_PAGE_SHIFT;

	for (unsigned int i = 0; i < m->cfg.nr_e820; i++)
		if (m->cfg.e820[i].type == MM_E820_RAM && at >= m->cfg.e820[i].start &&
		    at + MM_PAGE_SIZE <= m->cfg.e820[i].end)
			return true;
	return false;
}

/* The kernel refuses to map its own memory again: RAM by the firmware's map,
 * reserved frames excepted (__ioremap_check_ram). */
static bool touches_ram(const struct mm_machine *m, pfn_t first, uint32_t n)
{
	struct mm_frame_info info;

	for (pfn_t p = first; p < first + n && p < phys_nr_frames(m); p++) {
		if (!e820_ram(m, p))
			continue;
		phys_frame_info(m, p, &info);
		if (info.kind != MM_FRAME_HOLE && info.kind != MM_FRAME_RESERVED)
			return true;
	}
	return false;
}

enum mm_outcome virt_ioremap(struct mm_machine *m, const struct mm_caller *who,
			     paddr_t phys, uint32_t size, vaddr_t *addr)
{
	uint32_t offset = phys & (MM_PAGE_SIZE - 1);
	paddr_t last = phys + size - 1;
	paddr_t limit = m->cfg.pae ? (paddr_t)1 << 36 : (paddr_t)1 << 32;
	enum mm_outcome out;
	pfn_t first;
	uint32_t n, i;

	if (!size || last < phys || last >= limit)
		return machine_why(m, who, MM_FAIL, MM_CAUSE_ORDER, MM_GFP_KERNEL, size);
	if (virt_in_interrupt(who))
		return machine_why(m, who, MM_FAIL, MM_CAUSE_CONTEXT, MM_GFP_KERNEL, size);
	virt_run_deferred(m, who);
	first = phys >> MM_PAGE_SHIFT;
	n = (last >> MM_PAGE_SHIFT) - first + 1;
	if (touches_ram(m, first, n))
		return machine_why(m, who, MM_FAIL, MM_CAUSE_ORDER, MM_GFP_KERNEL, size);
	if (n + 1 >= 1u << 20)
		return machine_why(m, who, MM_FAIL, MM_CAUSE_VMALLOC_SPACE, MM_GFP_KERNEL, size);
	out = vm_area_get(m, who, n, io_align(m, n * MM_PAGE_SIZE), MM_GFP_KERNEL,
			  MM_AREA_IOREMAP, &i);
	if (out != MM_OK)
		return out;
	m->virt->area[i].phys = first;
	out = pt_map_io(m, who, m->virt->area[i].start, first, n);
	if (out != MM_OK) {
		unmap_area(m, who, i);
		return out;
	}
	*addr = m->virt->area[i].start + offset;
	return MM_OK;
}

enum mm_outcome virt_iounmap(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr)
{
	uint32_t i;

	addr &= ~(MM_PAGE_SIZE - 1);
	i = mapped_area(m, addr, MM_AREA_IOREMAP);
	if (!i)
		return virt_bad_free(m, who, "iounmap", addr);
	if (virt_in_interrupt(who))
		return machine_why(m, who, MM_FAIL, MM_CAUSE_CONTEXT, 0, 0);
	virt_run_deferred(m, who);
	unmap_area(m, who, i);
	return MM_OK;
}
