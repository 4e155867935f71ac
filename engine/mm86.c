/* SPDX-License-Identifier: MIT
 *
 * mm86: the public calls: arguments are checked here, the layers do the work.
 */
#include "engine/machine.h"
#include "engine/phys/phys.h"
#include "engine/slab/slab.h"
#include "engine/virt/virt.h"

const struct mm_config *mm_machine_config(const struct mm_machine *m)
{
	return &m->cfg;
}

const struct mm_layout *mm_machine_layout(const struct mm_machine *m)
{
	return &m->layout;
}

int mm_layout_of(const struct mm_config *c, uint32_t max_pfn, struct mm_layout *l, struct mm_error *err)
{
	return layout_derive(c, max_pfn, l, err);
}

const struct mm_why *mm_why(const struct mm_machine *m)
{
	return &m->why;
}

const struct mm_misuse *mm_misuse(const struct mm_machine *m)
{
	return &m->misuse;
}

const uint64_t *mm_events(const struct mm_machine *m)
{
	phys_fold_events(m);
	slab_fold_events(m);
	return m->ev;
}

const uint64_t *mm_failures_by_order(const struct mm_machine *m)
{
	return m->fail_order;
}

/* ---- pages ---- */

enum mm_outcome mm_alloc_pages(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp,
			       unsigned int order, pfn_t *pfn)
{
	return phys_alloc(m, who, gfp, order, pfn);
}

enum mm_outcome mm_free_pages(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn,
			      unsigned int order)
{
	return phys_free_pages(m, who, pfn, order);
}

/* __get_free_pages: the result is an address, so HIGHMEM is taken away. */
enum mm_outcome mm_get_free_pages(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp,
				  unsigned int order, vaddr_t *addr)
{
	pfn_t pfn;
	enum mm_outcome out = phys_alloc(m, who, gfp & ~MM_GFP_HIGHMEM_BIT, order, &pfn);

	*addr = out == MM_OK ? machine_lowmem_addr(m, pfn) : 0;
	return out;
}

enum mm_outcome mm_get_zeroed_page(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp,
				   vaddr_t *addr)
{
	return mm_get_free_pages(m, who, gfp | MM_GFP_ZERO, 0, addr);
}

enum mm_outcome mm_free_pages_addr(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr,
				   unsigned int order)
{
	if (!addr)
		return MM_OK;
	if (addr < m->layout.page_offset || addr >= m->layout.high_memory)
		return machine_misuse(m, who, MM_MISUSE_NOT_ALLOCATED, "free_pages", addr, MM_NO_OP, MM_NO_OP);
	return mm_free_pages(m, who, (addr - m->layout.page_offset) >> MM_PAGE_SHIFT, order);
}

enum mm_outcome mm_alloc_pages_bulk(struct mm_machine *m, const struct mm_caller *who, gfp_t gfp,
				    unsigned int n, pfn_t *pfn, unsigned int *got)
{
	*got = phys_alloc_bulk(m, who, gfp, n, pfn);
	return *got || !n ? MM_OK : MM_FAIL;
}

void mm_set_lru(struct mm_machine *m, pfn_t pfn, unsigned int order, bool on)
{
	phys_set_lru(m, pfn, order, on);
}

void mm_drain_all_pages(struct mm_machine *m)
{
	phys_drain_all(m);
}

void mm_zone_info(const struct mm_machine *m, enum mm_zone_id z, struct mm_zone_info *info)
{
	phys_zone_info(m, z, info);
}

void mm_frame_info(const struct mm_machine *m, pfn_t pfn, struct mm_frame_info *info)
{
	phys_frame_info(m, pfn, info);
	if (info->kind == MM_FRAME_SLAB)
		info->cache = slab_cache_of(m, pfn);
}

/* ---- slab ---- */

enum mm_outcome mm_kmalloc(struct mm_machine *m, const struct mm_caller *who, uint32_t size,
			   gfp_t gfp, vaddr_t *addr)
{
	return slab_kmalloc(m, who, size, gfp, addr);
}

enum mm_outcome mm_kzalloc(struct mm_machine *m, const struct mm_caller *who, uint32_t size,
			   gfp_t gfp, vaddr_t *addr)
{
	return slab_kmalloc(m, who, size, gfp | MM_GFP_ZERO, addr);
}

enum mm_outcome mm_kfree(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr)
{
	return slab_kfree(m, who, addr);
}

enum mm_outcome mm_kfree_bulk(struct mm_machine *m, const struct mm_caller *who, unsigned int n,
			      const vaddr_t *addr)
{
	return slab_kfree_bulk(m, who, n, addr);
}

enum mm_outcome mm_cache_create(struct mm_machine *m, const struct mm_caller *who,
				const struct mm_cache_args *a, uint32_t *cache)
{
	return slab_cache_create(m, who, a, cache);
}

enum mm_outcome mm_cache_destroy(struct mm_machine *m, const struct mm_caller *who, uint32_t cache)
{
	return slab_cache_destroy(m, who, cache);
}

enum mm_outcome mm_cache_shrink(struct mm_machine *m, const struct mm_caller *who, uint32_t cache)
{
	return slab_cache_shrink(m, who, cache);
}

enum mm_outcome mm_cache_alloc(struct mm_machine *m, const struct mm_caller *who, uint32_t cache,
			       gfp_t gfp, vaddr_t *addr)
{
	return slab_cache_alloc(m, who, cache, gfp, addr);
}

enum mm_outcome mm_cache_free(struct mm_machine *m, const struct mm_caller *who, uint32_t cache,
			      vaddr_t addr)
{
	return slab_cache_free(m, who, cache, addr);
}

enum mm_outcome mm_cache_alloc_bulk(struct mm_machine *m, const struct mm_caller *who,
				    uint32_t cache, gfp_t gfp, unsigned int n, vaddr_t *addr)
{
	return slab_cache_alloc_bulk(m, who, cache, gfp, n, addr);
}

enum mm_outcome mm_cache_free_bulk(struct mm_machine *m, const struct mm_caller *who,
				   uint32_t cache, unsigned int n, const vaddr_t *addr)
{
	return slab_cache_free_bulk(m, who, cache, n, addr);
}

uint32_t mm_ksize(const struct mm_machine *m, vaddr_t addr)
{
	return slab_ksize(m, addr);
}

bool mm_cache_info(const struct mm_machine *m, uint32_t i, struct mm_cache_info *info)
{
	return slab_cache_info(m, i, info);
}

bool mm_cache_lists(const struct mm_machine *m, uint32_t cache, unsigned int cpu,
		    struct mm_cache_lists *l)
{
	return slab_cache_lists(m, cache, cpu, l);
}

uint32_t mm_kmalloc_cache(const struct mm_machine *m, uint32_t size, gfp_t gfp)
{
	return slab_kmalloc_cache(m, size, gfp);
}

void mm_slab_totals(const struct mm_machine *m, struct mm_slab_totals *t)
{
	slab_totals(m, t);
}

/* ---- virtual addresses ---- */

enum mm_outcome mm_vmalloc(struct mm_machine *m, const struct mm_caller *who, uint32_t size,
			   gfp_t gfp, vaddr_t *addr)
{
	return virt_vmalloc(m, who, size, 1, gfp, addr);
}

enum mm_outcome mm_vmalloc_node(struct mm_machine *m, const struct mm_caller *who, uint32_t size,
				uint32_t align, gfp_t gfp, vaddr_t *addr)
{
	return virt_vmalloc(m, who, size, align, gfp, addr);
}

enum mm_outcome mm_vfree(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr)
{
	return virt_vfree(m, who, addr);
}

enum mm_outcome mm_vmap(struct mm_machine *m, const struct mm_caller *who, const pfn_t *pages,
			unsigned int n, vaddr_t *addr)
{
	return virt_vmap(m, who, pages, n, addr);
}

enum mm_outcome mm_vunmap(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr)
{
	return virt_vunmap(m, who, addr);
}

enum mm_outcome mm_ioremap(struct mm_machine *m, const struct mm_caller *who, paddr_t phys,
			   uint32_t size, vaddr_t *addr)
{
	return virt_ioremap(m, who, phys, size, addr);
}

enum mm_outcome mm_iounmap(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr)
{
	return virt_iounmap(m, who, addr);
}

enum mm_outcome mm_vm_map_ram(struct mm_machine *m, const struct mm_caller *who,
			      const pfn_t *pages, unsigned int n, vaddr_t *addr)
{
	return virt_vm_map_ram(m, who, pages, n, addr);
}

enum mm_outcome mm_vm_unmap_ram(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr,
				unsigned int n)
{
	return virt_vm_unmap_ram(m, who, addr, n);
}

void mm_vm_unmap_aliases(struct mm_machine *m, const struct mm_caller *who)
{
	virt_unmap_aliases(m, who);
}

enum mm_outcome mm_kmap(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn, vaddr_t *addr)
{
	return virt_kmap(m, who, pfn, addr);
}

enum mm_outcome mm_kunmap(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn)
{
	return virt_kunmap(m, who, pfn);
}

enum mm_outcome mm_kmap_local(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn,
			      vaddr_t *addr)
{
	return virt_kmap_local(m, who, pfn, addr);
}

enum mm_outcome mm_kunmap_local(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr)
{
	return virt_kunmap_local(m, who, addr);
}

/* kmap_atomic maps as kmap_local does; that it also disables preemption and
 * page faults has no effect on which slot is used (Linux 6.1 highmem-internal.h). */
enum mm_outcome mm_kmap_atomic(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn,
			       vaddr_t *addr)
{
	return virt_kmap_local(m, who, pfn, addr);
}

enum mm_outcome mm_kunmap_atomic(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr)
{
	return virt_kunmap_local(m, who, addr);
}

vaddr_t mm_kmap_local_top(const struct mm_machine *m, uint32_t task)
{
	return virt_kmap_local_top(m, task);
}

bool mm_translate(const struct mm_machine *m, vaddr_t addr, paddr_t *phys)
{
	return virt_translate(m, addr, phys);
}

void mm_vmalloc_info(const struct mm_machine *m, struct mm_vmalloc_info *info)
{
	virt_vmalloc_info(m, info);
}

bool mm_vmap_lazy_next(const struct mm_machine *m, vaddr_t *start, vaddr_t *end)
{
	return virt_lazy_next(m, start, end);
}

bool mm_vmap_area_next(const struct mm_machine *m, vaddr_t *cursor, struct mm_vmap_area_info *info)
{
	return virt_area_next(m, cursor, info);
}

void mm_kmap_info(const struct mm_machine *m, struct mm_kmap_info *info)
{
	virt_kmap_info(m, info);
}
