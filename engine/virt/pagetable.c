/* SPDX-License-Identifier: MIT
 *
 * The kernel's part of the page tables.
 *
 * One array of entries for the windows that a page table covers (4 MiB; PAE
 * 2 MiB, where the four entries of the top level are always present for the
 * kernel and need no array of their own), and a table of entries for each
 * window in use: 4 KiB of host memory a window.  Lowmem is mapped by large
 * entries where the CPU has them, except its first window and its last partial
 * one (Linux 6.1 arch/x86/mm/init.c split_mem_range, 32 bit); tables of the
 * vmalloc range are taken on demand and kept for ever; those of pkmap and of
 * the fixmap are boot allocations.  The LDT window and the CPU entry areas are
 * not mapped here.
 */
#include <errno.h>
#include <stdlib.h>

#include "engine/virt/virt_internal.h"

static uint32_t window_entries(const struct virt *v)
{
	return 1u << (v->pmd_shift - MM_PAGE_SHIFT);
}

static pte_t *new_table(struct virt *v, uint32_t window, pte_t pmd)
{
	pte_t *t = calloc(window_entries(v), sizeof(*t));

	if (t) {
		v->table[window] = t;
		v->pmd[window] = pmd;
	}
	return t;
}

int pt_boot_table(struct virt *v, vaddr_t addr)
{
	uint32_t w = addr >> v->pmd_shift;

	if (v->table[w])
		return 0;
	return new_table(v, w, PTE_PRESENT | PTE_RW | PTE_BOOT) ? 0 : -ENOMEM;
}

int pt_loaded_table(struct virt *v, vaddr_t addr, pfn_t pfn)
{
	uint32_t w = addr >> v->pmd_shift;
	pte_t pmd = PTE_PRESENT | PTE_RW | PTE_BOOT;

	if (v->table[w])
		return 0;
	if (pfn != MM_NO_PFN)
		pmd = PTE_MAKE(pfn, PTE_RW | PTE_LOADED);
	v->nr_pte_pages++;
	return new_table(v, w, pmd) ? 0 : -ENOMEM;
}

static int map_lowmem_window(struct mm_machine *m, pfn_t first)
{
	struct virt *v = m->virt;
	vaddr_t addr = machine_lowmem_addr(m, first);
	pfn_t end = first + window_entries(v);

	if (m->cfg.pse && first != 0 && end <= m->layout.max_low_pfn) {
		v->pmd[addr >> v->pmd_shift] = PTE_MAKE(first, PTE_RW | PTE_LARGE);
		return 0;
	}
	if (pt_boot_table(v, addr))
		return -ENOMEM;
	for (pfn_t p = first; p < end && p < m->layout.max_low_pfn; p++)
		*pt_entry(v, machine_lowmem_addr(m, p)) = PTE_MAKE(p, PTE_RW);
	return 0;
}

/* The fixmap's tables lie side by side (the kernel makes sure of that too, for
 * kmap_local: init_32.c page_table_kmap_check), so that a slot's entry is found
 * by subtraction. */
static int map_fixmap(struct mm_machine *m)
{
	struct virt *v = m->virt;
	uint32_t first = m->layout.fixaddr_tot_start >> v->pmd_shift;
	vaddr_t slot0 = m->layout.fixaddr_top - m->layout.fix_kmap_begin * MM_PAGE_SIZE;

	v->fixmap = calloc((size_t)(v->nr_pmd - first) * window_entries(v), sizeof(*v->fixmap));
	if (!v->fixmap)
		return -ENOMEM;
	v->fixmap_window = first;
	for (uint32_t w = first; w < v->nr_pmd; w++) {
		v->table[w] = v->fixmap + (size_t)(w - first) * window_entries(v);
		v->pmd[w] = PTE_PRESENT | PTE_RW | PTE_BOOT;
	}
	v->local_pte = pt_entry(v, slot0);
	return 0;
}

static int map_boot(struct mm_machine *m)
{
	const struct mm_layout *l = &m->layout;
	struct virt *v = m->virt;
	int err = 0;

	for (pfn_t p = 0; p < l->max_low_pfn && !err; p += window_entries(v))
		err = map_lowmem_window(m, p);
	if (l->last_pkmap && !err) {
		err = pt_boot_table(v, l->pkmap_base);
		v->pkmap_pte = pt_entry(v, l->pkmap_base);
	}
	return err ? err : map_fixmap(m);
}

int pt_create(struct mm_machine *m, struct mm_error *err)
{
	struct virt *v = m->virt;

	v->pmd_shift = m->layout.pmd_shift;
	v->nr_pmd = 1u << (32 - v->pmd_shift);
	v->pmd = calloc(v->nr_pmd, sizeof(*v->pmd));
	v->table = calloc(v->nr_pmd, sizeof(*v->table));
	if (!v->pmd || !v->table || map_boot(m))
		return mm_fail(err, -ENOMEM, "no host memory for the kernel's page tables");
	return 0;
}

void pt_destroy(struct virt *v)
{
	uint32_t end = v->fixmap ? v->fixmap_window : v->nr_pmd;

	for (uint32_t w = 0; v->table && w < end; w++)
		free(v->table[w]);
	free(v->fixmap);
	free(v->table);
	free(v->pmd);
}

/* GFP_KERNEL, less what the caller's flags forbid: the kernel runs the mapping
 * of a NOFS or NOIO vmalloc in such a scope (mm/vmalloc.c __vmalloc_area_node). */
static gfp_t table_gfp(gfp_t gfp)
{
	gfp_t scope = gfp & (MM_GFP_FS | MM_GFP_IO);
	gfp_t table = MM_GFP_KERNEL | MM_GFP_ZERO;

	if (scope == MM_GFP_IO)
		return table & ~MM_GFP_FS;
	if (scope == 0)
		return table & ~(MM_GFP_FS | MM_GFP_IO);
	return table;
}

static enum mm_outcome take_table(struct mm_machine *m, const struct mm_caller *who,
				  uint32_t window, gfp_t gfp)
{
	struct virt *v = m->virt;
	enum mm_outcome out;
	pfn_t pfn;

	out = phys_alloc(m, who, table_gfp(gfp), 0, &pfn);
	if (out != MM_OK)
		return out;
	if (!new_table(v, window, PTE_MAKE(pfn, PTE_RW))) {
		phys_free(m, who, pfn, 0);
		return machine_why(m, who, MM_FAIL, MM_CAUSE_HOST_MEMORY, gfp, MM_PAGE_SIZE);
	}
	machine_step(m, MM_STEP_PAGE_REQUEST, 1);
	machine_step(m, MM_STEP_PTE_TABLE, 1);
	phys_set_use(m, pfn, 0, PHYS_USE_PTE, 0);
	v->nr_pte_pages++;
	return MM_OK;
}

/* The part of n pages from addr that lies in addr's window; its first entry. */
static uint32_t window_part(const struct virt *v, vaddr_t addr, uint32_t n)
{
	uint32_t left = window_entries(v) -
			((addr >> MM_PAGE_SHIFT) & (window_entries(v) - 1));

	return n < left ? n : left;
}

/* Frames come from pfn[], or are first, first + 1, ... where pfn is NULL. */
static void fill(pte_t *e, const pfn_t *pfn, pfn_t first, uint32_t n, pte_t flags)
{
	for (uint32_t i = 0; i < n; i++)
		e[i] = PTE_MAKE(pfn ? pfn[i] : first + i, flags);
}

static enum mm_outcome map_range(struct mm_machine *m, const struct mm_caller *who,
				 vaddr_t addr, const pfn_t *pfn, pfn_t first, uint32_t n,
				 pte_t flags, gfp_t gfp)
{
	struct virt *v = m->virt;
	enum mm_outcome out;

	while (n) {
		uint32_t part = window_part(v, addr, n);

		if (!v->table[addr >> v->pmd_shift]) {
			out = take_table(m, who, addr >> v->pmd_shift, gfp);
			if (out != MM_OK)
				return out;
		}
		fill(pt_entry(v, addr), pfn, first, part, flags);
		m->ev[MM_EV_PTE_WRITE] += part;
		machine_step(m, flags & PTE_UNCACHED ? MM_STEP_PTE_SET_IO : MM_STEP_PTE_SET, part);
		machine_step(m, MM_STEP_PTE_WINDOWS, 1);
		pfn = pfn ? pfn + part : NULL;
		first += part;
		addr += part * MM_PAGE_SIZE;
		n -= part;
	}
	return MM_OK;
}

enum mm_outcome pt_map(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr,
		       const pfn_t *pfn, uint32_t n, gfp_t gfp)
{
	return map_range(m, who, addr, pfn, 0, n, PTE_RW, gfp);
}

enum mm_outcome pt_map_io(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr,
			  pfn_t first, uint32_t n)
{
	return map_range(m, who, addr, NULL, first, n, PTE_RW | PTE_UNCACHED, MM_GFP_KERNEL);
}

uint32_t pt_unmap(struct mm_machine *m, vaddr_t addr, uint32_t n, pfn_t *pfn)
{
	struct virt *v = m->virt;
	uint32_t found = 0;

	while (n) {
		uint32_t part = window_part(v, addr, n);
		pte_t *e = pt_entry(v, addr);

		for (uint32_t i = 0; e && i < part; i++) {
			if (!e[i])
				continue;
			if (pfn)
				pfn[found] = PTE_PFN(e[i]);
			found++;
			e[i] = 0;
		}
		machine_step(m, MM_STEP_PTE_WINDOWS, 1);
		addr += part * MM_PAGE_SIZE;
		n -= part;
	}
	m->ev[MM_EV_PTE_WRITE] += found;
	machine_step(m, MM_STEP_PTE_CLEAR, found);
	return found;
}

bool virt_translate(const struct mm_machine *m, vaddr_t addr, paddr_t *phys)
{
	const struct virt *v = m->virt;
	uint32_t offset = addr & (MM_PAGE_SIZE - 1);
	pte_t pmd = v->pmd[addr >> v->pmd_shift];
	pte_t e;

	if (!(pmd & PTE_PRESENT))
		return false;
	if (pmd & PTE_LARGE) {
		offset = addr & ((1u << v->pmd_shift) - 1);
		e = pmd;
	} else {
		e = *pt_entry(v, addr);
	}
	if (!(e & PTE_PRESENT))
		return false;
	*phys = ((paddr_t)PTE_PFN(e) << MM_PAGE_SHIFT) + offset;
	return true;
}
