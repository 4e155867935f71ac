/* SPDX-License-Identifier: MIT
 *
 * Roles: what an event means to the importer, whatever its name.
 *
 * Kernel events have fixed names; kprobes have the names that somebody chose.
 * Both are bound to a role, and their fields to the role's fields, by one table
 * (roles.c), to which a user adds lines: EVENT=ROLE[,FIELD=NAME...].
 */
#ifndef IMPORT_ROLES_H
#define IMPORT_ROLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mm_error.h"

/* X(id, name) */
#define IMPORT_ROLES(X) \
	X(UNKNOWN, "unknown") \
	X(INFO, "info") \
	X(PAGE_ALLOC, "page_alloc") \
	X(PAGE_FREE, "page_free") \
	X(PAGE_FREE_BATCHED, "page_free_batched") \
	X(PAGE_INTERNAL, "page_internal") \
	X(BULK, "bulk") \
	X(BULK_PAGE, "bulk_page") \
	X(BULK_RET, "bulk_ret") \
	X(LRU_ADD, "lru_add") \
	X(ISOLATE, "isolate_free_page") \
	X(ISOLATE_RET, "isolate_free_page_ret") \
	X(MIGRATE, "migrate") \
	X(RECLAIM_BEGIN, "reclaim_begin") \
	X(RECLAIM_END, "reclaim_end") \
	X(DRAIN, "drain") \
	X(KMALLOC, "kmalloc") \
	X(KFREE, "kfree") \
	X(CACHE_ALLOC, "cache_alloc") \
	X(CACHE_FREE, "cache_free") \
	X(SLAB_NEW, "slab_new") \
	X(SLAB_NEW_RET, "slab_new_ret") \
	X(SLAB_FREE, "slab_free") \
	X(ALLOC_BULK_BEGIN, "alloc_bulk_begin") \
	X(ALLOC_BULK, "alloc_bulk") \
	X(FREE_BULK, "free_bulk") \
	X(VMALLOC, "vmalloc") \
	X(VMALLOC_RET, "vmalloc_ret") \
	X(VFREE, "vfree") \
	X(VMAP, "vmap") \
	X(VMAP_RET, "vmap_ret") \
	X(VUNMAP, "vunmap") \
	X(IOREMAP, "ioremap") \
	X(IOREMAP_RET, "ioremap_ret") \
	X(IOUNMAP, "iounmap") \
	X(VM_MAP_RAM, "vm_map_ram") \
	X(VM_MAP_RAM_RET, "vm_map_ram_ret") \
	X(VM_UNMAP_RAM, "vm_unmap_ram") \
	X(AREA, "vmap_area") \
	X(AREA_RET, "vmap_area_ret") \
	X(AREA_FREE, "vmap_area_free") \
	X(VM_INTERNAL, "vm_internal") \
	X(PCPU_AREAS, "percpu_areas") \
	X(KMAP, "kmap") \
	X(KMAP_RET, "kmap_ret") \
	X(KUNMAP, "kunmap") \
	X(KMAP_INTERNAL, "kmap_internal") \
	X(KMAP_LOCAL, "kmap_local") \
	X(KUNMAP_LOCAL, "kunmap_local") \
	X(KMAP_ATOMIC, "kmap_atomic") \
	X(KUNMAP_ATOMIC, "kunmap_atomic") \
	X(STACK, "stack") \
	X(MARK, "mark") \
	X(CONSTS, "consts") \
	X(PAGE_TAKE, "page_take") \
	X(PAGE_DRAIN, "page_drain") \
	X(PAGE_STEAL, "page_steal") \
	X(MOVE_BLOCK, "move_block") \
	X(UNRESERVE, "unreserve") \
	X(UNRESERVE_RET, "unreserve_ret") \
	X(KSWAPD_WAKE, "kswapd_wake") \
	X(KSWAPD_SLEEP, "kswapd_sleep") \
	X(COMPACT_BEGIN, "compact_begin")

/* The roles from PAGE_TAKE on are bound by no built-in line: they are what the
 * kernel did inside a request, which verification binds for itself. */
enum import_role {
#define X(id, name) ROLE_##id,
	IMPORT_ROLES(X)
#undef X
	IMPORT_NR_ROLES
};

/* The fields that roles use, X(id, name): a value stands in f[F_id]. */
#define IMPORT_FIELD_LIST(X) \
	X(PFN, "pfn") X(PAGE, "page") X(ORDER, "order") X(GFP, "gfp") X(MT, "migratetype") \
	X(SITE, "site") X(PTR, "ptr") X(SIZE, "size") X(ALLOC, "alloc_size") X(CACHE, "cache") \
	X(N, "n") X(PTE, "pte") X(START, "start") X(ALIGN, "align") X(PHYS, "phys") \
	X(ACCOUNTED, "accounted") X(MEM_MAP, "mem_map") X(HIGH_MEMORY, "high_memory") \
	X(FIXADDR_TOP, "fixaddr_top") X(DST, "dst") X(SRC, "src") X(LRU, "lru") X(RET, "ret")

enum import_field {
#define X(id, name) F_##id,
	IMPORT_FIELD_LIST(X)
#undef X
	IMPORT_FIELDS,
	F_TEXT = 30,	/* a string: ev->text */
	F_LIST = 31,	/* numbers: ev->list.  The name "p" also stands for p0, p1, p2 ... */
};

/* One binding: event name, role, and name of each field in the event. */
#define BIND_FIELDS 12

struct import_bind {
	const char *group;	/* NULL: any */
	const char *event;
	enum import_role role;
	struct { const char *name; int field; } f[BIND_FIELDS]; /* ends with name NULL */
};

struct import_roles {
	struct import_bind *user;	/* before the built-in table */
	size_t nr_user;
	char **owned;			/* strings of the user's bindings */
	size_t nr_owned;
};

/* The binding of an event; one with ROLE_UNKNOWN when there is none. */
const struct import_bind *roles_find(const struct import_roles *r, const char *group,
				     const char *event);

/* The first built-in binding of a role: the default names of its fields. */
const struct import_bind *roles_default(enum import_role role);

const char *role_name(unsigned int role);

/* "[GROUP:]EVENT=ROLE[,FIELD=NAME...]".  Fields not named keep those of the
 * built-in binding of that role.  -EINVAL with a sentence. */
int roles_add(struct import_roles *r, const char *text, struct mm_error *err);

/* A file of such bindings: [EVENT] sections with role = ROLE, FIELD = NAME. */
int roles_load(struct import_roles *r, const char *path, struct mm_error *err);
void roles_free(struct import_roles *r);

#endif
