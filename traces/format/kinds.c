/* SPDX-License-Identifier: MIT
 *
 * The table of operation kinds (see kinds.h and enum trace_kind).
 */
#include "traces/format/kinds.h"

#include <stddef.h>

#include "traces/format/mmt.h"

const struct kind_info mmt_kinds[TRACE_KIND_MAX + 1] = {
	[TRACE_ITEM]		= { "item", SLOT_NONE, SLOT_NONE, ARG_NUMBER },
	[TRACE_PAGE_ALLOC]	= { "page_alloc", SLOT_NEW, SLOT_NONE, ARG_NUMBER },
	[TRACE_PAGE_FREE]	= { "page_free", SLOT_END, SLOT_NONE, ARG_NUMBER },
	[TRACE_PAGE_BULK]	= { "page_bulk", SLOT_NONE, SLOT_NEW, ARG_NUMBER },
	[TRACE_PAGE_FOREIGN]	= { "page_foreign", SLOT_NEW, SLOT_NONE, ARG_NUMBER },
	[TRACE_LRU_ADD]		= { "lru_add", SLOT_REF, SLOT_NONE, ARG_NUMBER },
	[TRACE_KMALLOC]		= { "kmalloc", SLOT_NEW, SLOT_NONE, ARG_NUMBER },
	[TRACE_KFREE]		= { "kfree", SLOT_END, SLOT_NONE, ARG_NUMBER },
	[TRACE_KFREE_BULK]	= { "kfree_bulk", SLOT_NONE, SLOT_END, ARG_NUMBER },
	[TRACE_CACHE_CREATE]	= { "cache_create", SLOT_NONE, SLOT_NONE, ARG_CACHE },
	[TRACE_CACHE_ALLOC]	= { "cache_alloc", SLOT_NEW, SLOT_NONE, ARG_CACHE },
	[TRACE_CACHE_FREE]	= { "cache_free", SLOT_END, SLOT_NONE, ARG_CACHE },
	[TRACE_CACHE_DESTROY]	= { "cache_destroy", SLOT_NONE, SLOT_NONE, ARG_CACHE },
	[TRACE_CACHE_SHRINK]	= { "cache_shrink", SLOT_NONE, SLOT_NONE, ARG_CACHE },
	[TRACE_CACHE_ALLOC_BULK] = { "cache_alloc_bulk", SLOT_NONE, SLOT_NEW, ARG_CACHE },
	[TRACE_CACHE_FREE_BULK]	= { "cache_free_bulk", SLOT_NONE, SLOT_END, ARG_CACHE },
	[TRACE_VMALLOC]		= { "vmalloc", SLOT_NEW, SLOT_NONE, ARG_NUMBER },
	[TRACE_VFREE]		= { "vfree", SLOT_END, SLOT_NONE, ARG_NUMBER },
	[TRACE_VMAP]		= { "vmap", SLOT_NEW, SLOT_REF, ARG_NUMBER },
	[TRACE_VUNMAP]		= { "vunmap", SLOT_END, SLOT_NONE, ARG_NUMBER },
	[TRACE_IOREMAP]		= { "ioremap", SLOT_NEW, SLOT_NONE, ARG_NUMBER },
	[TRACE_IOUNMAP]		= { "iounmap", SLOT_END, SLOT_NONE, ARG_NUMBER },
	[TRACE_UNMAP_ALIASES]	= { "unmap_aliases", SLOT_NONE, SLOT_NONE, ARG_NUMBER },
	[TRACE_VM_MAP_RAM]	= { "vm_map_ram", SLOT_NEW, SLOT_REF, ARG_NUMBER },
	[TRACE_VM_UNMAP_RAM]	= { "vm_unmap_ram", SLOT_END, SLOT_NONE, ARG_NUMBER },
	[TRACE_KMAP]		= { "kmap", SLOT_REF, SLOT_NONE, ARG_NUMBER },
	[TRACE_KUNMAP]		= { "kunmap", SLOT_REF, SLOT_NONE, ARG_NUMBER },
	[TRACE_KMAP_LOCAL]	= { "kmap_local", SLOT_REF, SLOT_NONE, ARG_NUMBER },
	[TRACE_KUNMAP_LOCAL]	= { "kunmap_local", SLOT_NONE, SLOT_NONE, ARG_NUMBER },
	[TRACE_KMAP_ATOMIC]	= { "kmap_atomic", SLOT_REF, SLOT_NONE, ARG_NUMBER },
	[TRACE_KUNMAP_ATOMIC]	= { "kunmap_atomic", SLOT_NONE, SLOT_NONE, ARG_NUMBER },
	[TRACE_DRAIN]		= { "drain", SLOT_NONE, SLOT_NONE, ARG_NUMBER },
	[TRACE_IDLE]		= { "idle", SLOT_NONE, SLOT_NONE, ARG_NUMBER },
	[TRACE_MARK]		= { "mark", SLOT_NONE, SLOT_NONE, ARG_STRING },
	[TRACE_MMAP]		= { "mmap", SLOT_NEW, SLOT_NONE, ARG_NUMBER },
	[TRACE_TOUCH]		= { "touch", SLOT_REF, SLOT_NONE, ARG_NUMBER },
	[TRACE_MUNMAP]		= { "munmap", SLOT_END, SLOT_NONE, ARG_NUMBER },
	[TRACE_EXIT]		= { "exit", SLOT_NONE, SLOT_NONE, ARG_NUMBER },
};

const char *trace_kind_name(unsigned int kind)
{
	return kind <= TRACE_KIND_MAX ? mmt_kinds[kind].name : NULL;
}
