/* SPDX-License-Identifier: MIT
 *
 * Which event has which role: the built-in table and its lookup.
 *
 * Names and fields of the kernel's own events: include/trace/events/kmem.h,
 * pagemap.h, vmscan.h, compaction.h, migrate.h, vmalloc.h of Linux 4.4 to 6.12
 * (kmalloc_node and kmem_cache_alloc_node until 6.0; vmalloc:* from 6.1).  The
 * kprobes are those of docs/import.md.  Events that a recording of memory
 * often holds and that carry no request are bound to INFO, so that only real
 * strangers are reported as unknown.
 */
#include "traces/import/roles.h"

#include <string.h>

#define PAGE_FIELDS { "pfn", F_PFN }, { "page", F_PAGE }, { "order", F_ORDER }
#define OBJECT_FIELDS { "call_site", F_SITE }, { "ptr", F_PTR }, { "bytes_req", F_SIZE }, \
	{ "bytes_alloc", F_ALLOC }, { "gfp_flags", F_GFP }, { "name", F_TEXT }, \
	{ "accounted", F_ACCOUNTED }

static const struct import_bind builtin[] = {
	{ NULL, "mm_page_alloc", ROLE_PAGE_ALLOC,
	  { PAGE_FIELDS, { "gfp_flags", F_GFP }, { "migratetype", F_MT } } },
	{ NULL, "mm_page_free", ROLE_PAGE_FREE, { PAGE_FIELDS } },
	{ NULL, "mm_page_free_direct", ROLE_PAGE_FREE, { PAGE_FIELDS } },
	{ NULL, "mm_page_free_batched", ROLE_PAGE_FREE_BATCHED, { PAGE_FIELDS } },
	{ NULL, "mm_pagevec_free", ROLE_PAGE_FREE_BATCHED, { PAGE_FIELDS } },
	{ NULL, "mm_page_alloc_zone_locked", ROLE_PAGE_INTERNAL, { { 0 } } },
	{ NULL, "mm_page_pcpu_drain", ROLE_PAGE_INTERNAL, { { 0 } } },
	{ NULL, "mm_page_alloc_extfrag", ROLE_PAGE_INTERNAL, { { 0 } } },
	{ NULL, "kmalloc", ROLE_KMALLOC, { OBJECT_FIELDS } },
	{ NULL, "kmalloc_node", ROLE_KMALLOC, { OBJECT_FIELDS } },
	{ NULL, "kfree", ROLE_KFREE, { { "call_site", F_SITE }, { "ptr", F_PTR } } },
	{ NULL, "kmem_cache_alloc", ROLE_CACHE_ALLOC, { OBJECT_FIELDS } },
	{ NULL, "kmem_cache_alloc_node", ROLE_CACHE_ALLOC, { OBJECT_FIELDS } },
	{ NULL, "kmem_cache_free", ROLE_CACHE_FREE,
	  { { "call_site", F_SITE }, { "ptr", F_PTR }, { "name", F_TEXT } } },
	{ NULL, "mm_lru_insertion", ROLE_LRU_ADD,
	  { { "pfn", F_PFN }, { "page", F_PAGE }, { "lru", F_LRU } } },
	{ NULL, "mm_vmscan_direct_reclaim_begin", ROLE_RECLAIM_BEGIN, { { 0 } } },
	{ NULL, "mm_vmscan_direct_reclaim_end", ROLE_RECLAIM_END, { { 0 } } },
	{ NULL, "kernel_stack", ROLE_STACK, { { "caller", F_LIST } } },
	{ NULL, "print", ROLE_MARK, { { "buf", F_TEXT } } },
	{ NULL, "tracing_mark_write", ROLE_MARK, { { "buf", F_TEXT } } },

	/* kprobes */
	{ NULL, "bulk", ROLE_BULK, { { "gfp", F_GFP }, { "nr", F_N } } },
	{ NULL, "bulk_page", ROLE_BULK_PAGE, { { "page", F_PAGE }, { "pfn", F_PFN } } },
	{ NULL, "bulk_ret", ROLE_BULK_RET, { { "populated", F_N } } },
	{ NULL, "isolate_free_page", ROLE_ISOLATE,
	  { { "page", F_PAGE }, { "pfn", F_PFN }, { "order", F_ORDER } } },
	{ NULL, "isolate_free_page_ret", ROLE_ISOLATE_RET, { { "ret", F_RET } } },
	{ NULL, "folio_migrate", ROLE_MIGRATE, { { "dst", F_DST }, { "src", F_SRC } } },
	{ NULL, "drain_all_pages", ROLE_DRAIN, { { "zone", F_PTR } } },
	{ NULL, "allocate_slab", ROLE_SLAB_NEW,
	  { { "s", F_CACHE }, { "gfp", F_GFP }, { "size", F_ALLOC }, { "name", F_TEXT } } },
	{ NULL, "allocate_slab_ret", ROLE_SLAB_NEW_RET, { { "slab", F_PAGE } } },
	{ NULL, "free_slab", ROLE_SLAB_FREE, { { "s", F_CACHE }, { "slab", F_PAGE } } },
	{ NULL, "alloc_bulk_s", ROLE_ALLOC_BULK_BEGIN,
	  { { "s", F_CACHE }, { "n", F_N }, { "gfp", F_GFP }, { "name", F_TEXT } } },
	{ NULL, "alloc_bulk", ROLE_ALLOC_BULK, { { "n", F_N }, { "p", F_LIST } } },
	{ NULL, "free_bulk", ROLE_FREE_BULK,
	  { { "s", F_CACHE }, { "n", F_N }, { "p", F_LIST } } },
	{ NULL, "vmalloc_range", ROLE_VMALLOC,
	  { { "size", F_SIZE }, { "align", F_ALIGN }, { "gfp", F_GFP }, { "caller", F_SITE } } },
	{ NULL, "vmalloc_range_ret", ROLE_VMALLOC_RET, { { "addr", F_PTR } } },
	{ NULL, "vfree", ROLE_VFREE, { { "addr", F_PTR } } },
	{ NULL, "vfree_atomic", ROLE_VFREE, { { "addr", F_PTR } } },
	{ NULL, "vmap", ROLE_VMAP, { { "count", F_N } } },
	{ NULL, "vmap_ret", ROLE_VMAP_RET, { { "addr", F_PTR } } },
	{ NULL, "vunmap", ROLE_VUNMAP, { { "addr", F_PTR } } },
	{ NULL, "ioremap", ROLE_IOREMAP, { { "phys", F_PHYS }, { "size", F_SIZE } } },
	{ NULL, "ioremap_ret", ROLE_IOREMAP_RET, { { "addr", F_PTR } } },
	{ NULL, "iounmap", ROLE_IOUNMAP, { { "addr", F_PTR } } },
	{ NULL, "vm_map_ram", ROLE_VM_MAP_RAM, { { "count", F_N } } },
	{ NULL, "vm_map_ram_ret", ROLE_VM_MAP_RAM_RET, { { "addr", F_PTR } } },
	{ NULL, "vm_unmap_ram", ROLE_VM_UNMAP_RAM, { { "addr", F_PTR }, { "count", F_N } } },
	/* The kernel's own event has addr (in text va_start), the kprobe of the same
	 * name has not. */
	{ NULL, "alloc_vmap_area", ROLE_AREA,
	  { { "addr", F_PTR }, { "va_start", F_PTR }, { "size", F_SIZE }, { "align", F_ALIGN }, { "gfp", F_GFP },
	    { "failed", F_RET } } },
	{ NULL, "alloc_vmap_area_ret", ROLE_AREA_RET, { { "va_start", F_START } } },
	{ NULL, "free_vmap_area_noflush", ROLE_AREA_FREE, { { "va_start", F_START } } },
	{ NULL, "purge_vmap_area_lazy", ROLE_VM_INTERNAL, { { 0 } } },
	{ NULL, "purge_vmap_area_lazy_ret", ROLE_VM_INTERNAL, { { 0 } } },
	{ NULL, "remove_vm_area", ROLE_VM_INTERNAL, { { 0 } } },
	{ NULL, "free_vmap_block", ROLE_VM_INTERNAL, { { 0 } } },
	{ NULL, "pcpu_get_vm_areas", ROLE_PCPU_AREAS, { { 0 } } },
	{ NULL, "pcpu_get_vm_areas_ret", ROLE_VM_INTERNAL, { { 0 } } },
	{ NULL, "pcpu_free_vm_areas", ROLE_PCPU_AREAS, { { 0 } } },
	{ NULL, "kmap_high", ROLE_KMAP, { { "page", F_PAGE }, { "pfn", F_PFN } } },
	{ NULL, "kmap_high_ret", ROLE_KMAP_RET, { { "vaddr", F_PTR } } },
	{ NULL, "kunmap_high", ROLE_KUNMAP, { { "page", F_PAGE }, { "pfn", F_PFN } } },
	{ NULL, "flush_all_zero_pkmaps", ROLE_KMAP_INTERNAL, { { 0 } } },
	{ NULL, "kmap_local", ROLE_KMAP_LOCAL,
	  { { "vaddr", F_PTR }, { "pte", F_PTE }, { "pfn", F_PFN }, { "page", F_PAGE } } },
	{ NULL, "kunmap_local", ROLE_KUNMAP_LOCAL, { { "vaddr", F_PTR } } },
	{ NULL, "kmap_atomic", ROLE_KMAP_ATOMIC,
	  { { "vaddr", F_PTR }, { "pte", F_PTE }, { "pfn", F_PFN }, { "page", F_PAGE } } },
	{ NULL, "kunmap_atomic", ROLE_KUNMAP_ATOMIC, { { "vaddr", F_PTR } } },
	{ NULL, "consts", ROLE_CONSTS,
	  { { "high_memory", F_HIGH_MEMORY }, { "fixaddr_top", F_FIXADDR_TOP },
	    { "mem_map", F_MEM_MAP } } },
};

/* Names and prefixes (with *) of events that inform and ask for nothing. */
static const char *const informational[] = {
	"rss_stat", "mm_vmscan_*", "mm_shrink_slab_*", "mm_compaction_*", "mm_migrate_*",
	"set_migration_pte", "remove_migration_pte", "mm_lru_activate", "mm_filemap_*",
	"mm_khugepaged_*", "mm_collapse_*", "percpu_*", "mark_victim", "oom_score_adj_update",
	"reclaim_retry_zone", "wake_reaper", "start_task_reaping", "finish_task_reaping",
	"skip_task_reaping", "compact_retry", "move_freepages_block", "move_freepages_block_ret",
	"unreserve_highatomic", "unreserve_highatomic_ret", "compaction_alloc",
	"compaction_alloc_ret", "compaction_alloc_page", "kvfree_call_rcu", "add_to_swap",
	"add_to_swap_ret", "swap_writepage", "swap_readpage", "delete_from_swap_cache",
	"split_huge_page", "split_huge_page_ret", "mm_alloc_contig_*", "mm_calculate_totalreserve*",
	"mm_setup_per_zone_*", "user_stack", NULL
};

static const struct import_bind unknown_bind = { NULL, "", ROLE_UNKNOWN, { { 0 } } };
static const struct import_bind info_bind = { NULL, "", ROLE_INFO, { { 0 } } };

static bool matches(const struct import_bind *b, const char *group, const char *event)
{
	return !strcmp(b->event, event) && (!b->group || (group && !strcmp(b->group, group)));
}

static bool is_informational(const char *event)
{
	size_t i, n;

	for (i = 0; informational[i]; i++) {
		n = strlen(informational[i]);
		if (informational[i][n - 1] == '*' ? !strncmp(event, informational[i], n - 1)
						   : !strcmp(event, informational[i]))
			return true;
	}
	return false;
}

const struct import_bind *roles_find(const struct import_roles *r, const char *group,
				     const char *event)
{
	size_t i;

	for (i = 0; r && i < r->nr_user; i++)
		if (matches(&r->user[i], group, event))
			return &r->user[i];
	for (i = 0; i < sizeof(builtin) / sizeof(builtin[0]); i++)
		if (matches(&builtin[i], group, event))
			return &builtin[i];
	return is_informational(event) ? &info_bind : &unknown_bind;
}

const struct import_bind *roles_default(enum import_role role)
{
	size_t i;

	for (i = 0; i < sizeof(builtin) / sizeof(builtin[0]); i++)
		if (builtin[i].role == role)
			return &builtin[i];
	return &unknown_bind;
}

const char *role_name(unsigned int role)
{
	static const char *const names[] = {
#define X(id, name) name,
		IMPORT_ROLES(X)
#undef X
	};

	return role < IMPORT_NR_ROLES ? names[role] : "?";
}
