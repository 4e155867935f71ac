/* SPDX-License-Identifier: MIT
 *
 * The kernel's address-space layout, derived from the configuration and the
 * amount of memory.
 *
 * Everything hangs from the top of the address space downwards: fixmap, CPU
 * entry areas, LDT window, pkmap, vmalloc, and what is left above PAGE_OFFSET
 * is for lowmem (Linux 6.1 arch/x86/include/asm/pgtable_32_areas.h, fixmap.h,
 * arch/x86/mm/init_32.c).  The kernel's compile-time constants are recomputed
 * here from what they are made of, so that one function serves every split.
 */
#include <errno.h>

#include "engine/virt/virt.h"

#define FIXADDR_TOP		0xfffff000u
#define VMALLOC_OFFSET		(8u << 20)	/* hole between lowmem and vmalloc */

/* sizeof(struct cpu_entry_area) in pages, Linux 6.1 i386 */
#define CEA_PAGES_PER_CPU	43u

/* Fixmap indices of Debian's i386 kernels (asm/fixmap.h enum fixed_addresses):
 * 0 hole, 1 DBGP, 2 EARLYCON, 3 APIC, then MAX_IO_APICS = 64 IO-APIC pages,
 * then 16 kmap_local slots for each of NR_CPUS, PCIE_MCFG, two for APEI. */
#define FIX_IO_APIC_BASE	4u
#define FIX_NR_IO_APICS		64u
#define FIX_KMAP_BEGIN		(FIX_IO_APIC_BASE + FIX_NR_IO_APICS)
#define KM_MAX_IDX		16u
#define FIX_AFTER_KMAP		3u
#define FIX_PERMANENT_END	(FIX_KMAP_BEGIN + KM_MAX_IDX * MM_NR_CPUS + FIX_AFTER_KMAP)
#define FIX_BTMAPS		512u		/* early_ioremap: 8 slots of 64 pages */

/* The smallest lowmem worth deriving a layout for: zone DMA (16 MiB) and room
 * for the kernel image after it. */
#define MIN_LOWMEM		(32u << 20)

static uint32_t round_down_to(uint32_t x, uint32_t unit)
{
	return x & ~(unit - 1);
}

/* Number of fixmap entries, the boot-time early_ioremap ones included.  These
 * begin at a multiple of their own number if they would otherwise lie in two
 * page tables. */
static uint32_t fixmap_total(uint32_t ptrs_per_pte)
{
	uint32_t end = FIX_PERMANENT_END;
	uint32_t first = end;

	if ((end ^ (end + FIX_BTMAPS - 1)) & ~(ptrs_per_pte - 1))
		first = end + FIX_BTMAPS - (end & (FIX_BTMAPS - 1));
	return first + FIX_BTMAPS + 1;	/* and the WP test's entry */
}

static bool split_exists(const struct mm_config *c)
{
	switch (c->page_offset) {
	case 0xC0000000u:	/* VMSPLIT_3G */
	case 0x80000000u:	/* VMSPLIT_2G */
	case 0x40000000u:	/* VMSPLIT_1G */
		return true;
	case 0xB0000000u:	/* VMSPLIT_3G_OPT: a PAE PMD page covers 1 GiB, so */
	case 0x78000000u:	/* VMSPLIT_2G_OPT  these two exist without PAE only */
		return !c->pae;
	}
	return false;
}

/* From the top down to the end of the vmalloc range. */
static void derive_top(const struct mm_config *c, struct mm_layout *l)
{
	uint32_t pmd = 1u << l->pmd_shift;
	uint32_t cea_pages = CEA_PAGES_PER_CPU * MM_NR_CPUS;

	l->fixaddr_top = FIXADDR_TOP;
	l->fixaddr_start = FIXADDR_TOP - FIX_PERMANENT_END * MM_PAGE_SIZE;
	l->fixaddr_tot_start = FIXADDR_TOP - fixmap_total(l->ptrs_per_pte) * MM_PAGE_SIZE;
	l->fix_kmap_begin = FIX_KMAP_BEGIN;
	l->cpu_entry_area = round_down_to(l->fixaddr_tot_start -
					  MM_PAGE_SIZE * (cea_pages + 1), pmd);
	l->ldt_base = round_down_to(l->cpu_entry_area - MM_PAGE_SIZE, pmd);
	if (c->highmem) {
		l->pkmap_base = round_down_to(l->ldt_base - MM_PAGE_SIZE, pmd);
		l->last_pkmap = l->ptrs_per_pte;
		l->vmalloc_end = l->pkmap_base - 2 * MM_PAGE_SIZE;
	} else {
		l->pkmap_base = l->ldt_base;
		l->last_pkmap = 0;
		l->vmalloc_end = l->ldt_base - 2 * MM_PAGE_SIZE;
	}
}

/* Which frames are lowmem (init_32.c lowmem_pfn_init, highmem_pfn_init). */
static void derive_lowmem(const struct mm_config *c, uint32_t max_pfn, struct mm_layout *l)
{
	uint32_t maxmem_pfn = l->maxmem >> MM_PAGE_SHIFT;
	uint32_t most = c->pae ? 1u << 24 : 1u << 20;	/* 64 GiB, 4 GiB */

	if (max_pfn > most)
		max_pfn = most;
	if (!c->highmem && max_pfn > maxmem_pfn)
		max_pfn = maxmem_pfn;	/* the kernel warns and ignores the rest */
	l->max_pfn = max_pfn;
	l->max_low_pfn = max_pfn < maxmem_pfn ? max_pfn : maxmem_pfn;
	l->high_memory = c->page_offset + (l->max_low_pfn << MM_PAGE_SHIFT);
	l->vmalloc_start = l->high_memory + VMALLOC_OFFSET;
}

int layout_derive(const struct mm_config *c, uint32_t max_pfn, struct mm_layout *l,
		  struct mm_error *err)
{
	uint32_t above;

	if (!split_exists(c))
		return mm_fail(err, -EINVAL,
			       "page_offset 0x%08x is no user/kernel split of %s i386 kernel "
			       "(0xc0000000, 0x80000000, 0x40000000; without PAE also "
			       "0xb0000000, 0x78000000)",
			       c->page_offset, c->pae ? "a PAE" : "an");
	if (max_pfn == 0)
		return mm_fail(err, -EINVAL, "the machine has no memory: no usable page frame");
	*l = (struct mm_layout){
		.page_offset = c->page_offset,
		.pmd_shift = c->pae ? 21 : 22,
		.ptrs_per_pte = c->pae ? 512 : 1024,
		.pageblock_order = c->pae ? 9 : 10,	/* a huge page */
	};
	derive_top(c, l);
	above = l->vmalloc_end - c->page_offset;
	if (c->vmalloc_reserve <= VMALLOC_OFFSET || c->vmalloc_reserve > above - MIN_LOWMEM)
		return mm_fail(err, -EINVAL,
			       "vmalloc reserve of %u bytes does not fit: expected more than "
			       "%u (the hole below vmalloc) and at most %u (%u MiB stay for "
			       "lowmem)", c->vmalloc_reserve, VMALLOC_OFFSET,
			       above - MIN_LOWMEM, MIN_LOWMEM >> 20);
	l->maxmem = above - c->vmalloc_reserve;
	derive_lowmem(c, max_pfn, l);
	return 0;
}
