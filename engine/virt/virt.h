/* SPDX-License-Identifier: MIT
 *
 * virt: the kernel's virtual addresses: page tables, vmalloc, vmap, ioremap,
 * pkmap, kmap_local.  Takes pages from phys and its bookkeeping objects from
 * slab, as the kernel does.
 */
#ifndef MM_VIRT_H
#define MM_VIRT_H

#include "engine/machine.h"

struct mm_state;

/* Derive the layout (the caller has set max_pfn).  0 or -EINVAL.
 * Linux 6.1 arch/x86/include/asm/pgtable_32_areas.h, fixmap.h, mm/init_32.c. */
int layout_derive(const struct mm_config *c, uint32_t max_pfn, struct mm_layout *l,
		  struct mm_error *err);

int virt_create(struct mm_machine *m, struct mm_error *err);
void virt_destroy(struct mm_machine *m);

enum mm_outcome virt_vmalloc(struct mm_machine *m, const struct mm_caller *who,
			     uint32_t size, uint32_t align, gfp_t gfp, vaddr_t *addr);
enum mm_outcome virt_vfree(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr);
enum mm_outcome virt_vmap(struct mm_machine *m, const struct mm_caller *who,
			  const pfn_t *pages, unsigned int n, vaddr_t *addr);
enum mm_outcome virt_vunmap(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr);
enum mm_outcome virt_ioremap(struct mm_machine *m, const struct mm_caller *who,
			     paddr_t phys, uint32_t size, vaddr_t *addr);
enum mm_outcome virt_iounmap(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr);
enum mm_outcome virt_vm_map_ram(struct mm_machine *m, const struct mm_caller *who,
				const pfn_t *pages, unsigned int n, vaddr_t *addr);
enum mm_outcome virt_vm_unmap_ram(struct mm_machine *m, const struct mm_caller *who,
				  vaddr_t addr, unsigned int n);
void virt_unmap_aliases(struct mm_machine *m, const struct mm_caller *who);

enum mm_outcome virt_kmap(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn, vaddr_t *addr);
enum mm_outcome virt_kunmap(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn);
enum mm_outcome virt_kmap_local(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn,
				vaddr_t *addr);
enum mm_outcome virt_kunmap_local(struct mm_machine *m, const struct mm_caller *who, vaddr_t addr);
vaddr_t virt_kmap_local_top(const struct mm_machine *m, uint32_t task);

bool virt_translate(const struct mm_machine *m, vaddr_t addr, paddr_t *phys);

/* The purge of lazily freed areas, as the kernel's worker does it; what the
 * over-limit test says: a worker has been asked for. */
void virt_purge(struct mm_machine *m, const struct mm_caller *who);
bool virt_purge_due(const struct mm_machine *m);
/* What vfree in interrupt context left to a worker: done now.  The next
 * request from a task does it first in any case. */
void virt_run_deferred(struct mm_machine *m, const struct mm_caller *who);

void virt_vmalloc_info(const struct mm_machine *m, struct mm_vmalloc_info *info);
bool virt_lazy_next(const struct mm_machine *m, vaddr_t *start, vaddr_t *end);
bool virt_area_next(const struct mm_machine *m, vaddr_t *cursor, struct mm_vmap_area_info *info);
void virt_kmap_info(const struct mm_machine *m, struct mm_kmap_info *info);
/* What was freed of a loaded state's areas without being known: objects that
 * the state does not name, frames of vmalloc areas (it names none). */
void virt_unknown(const struct mm_machine *m, uint64_t *objects, uint64_t *frames);
int virt_check(const struct mm_machine *m, struct mm_error *err);

/* Snapshot (engine/mm_state.h): phys and slab have been loaded before. */
int virt_load(struct mm_machine *m, const struct mm_state *s, struct mm_error *err);
int virt_save(const struct mm_machine *m, struct mm_state *s, struct mm_error *err);

#endif
