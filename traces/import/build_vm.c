/* SPDX-License-Identifier: MIT
 *
 * The vmalloc range: vmalloc, vmap, ioremap, vm_map_ram to operations.
 *
 * A request is a pair of probes, entry and return; all that its task does in
 * between in the same context (pages, page tables, the area's bookkeeping,
 * areas of inner requests) belongs to it.  The operation is written at the
 * return, when address and success are known.
 *
 * Where a recording has only the events of areas (vmalloc:alloc_vmap_area of
 * newer kernels), an area outside of any request becomes an operation itself:
 * a vmalloc when the array of its pages was allocated right after it, else an
 * ioremap of unknown physical address.  The array, and the frees of as many
 * pages that follow the area's end, belong to it; its pages come from the bulk
 * allocator, which has no event.
 */
#include "traces/import/build.h"

#include <string.h>

#define PAGE 4096ull

static const struct {
	uint8_t obj, alloc, free;
} kinds[] = {
	[IN_VMALLOC] = { OBJ_VMALLOC, TRACE_VMALLOC, TRACE_VFREE },
	[IN_VMAP] = { OBJ_VMAP, TRACE_VMAP, TRACE_VUNMAP },
	[IN_IOREMAP] = { OBJ_IOREMAP, TRACE_IOREMAP, TRACE_IOUNMAP },
	[IN_MAP_RAM] = { OBJ_RAM, TRACE_VM_MAP_RAM, TRACE_VM_UNMAP_RAM },
};

/* The operation that ends a mapping of this kind of object. */
static unsigned int end_of(unsigned int object)
{
	unsigned int i;

	for (i = IN_VMALLOC; i < IN_MAP_RAM && kinds[i].obj != object; i++)
		;
	return kinds[i].free;
}

static void push(struct import_run *r, const struct import_event *ev, struct task *t,
		 enum bracket_type type)
{
	struct bracket *b;

	import_bracket_push(t, ev, type, &b);
	b->size = type == IN_VMAP || type == IN_MAP_RAM ? ev->f[F_N] : ev->f[F_SIZE];
	b->gfp = ev_has(ev, F_GFP) ? ev->f[F_GFP] : 0;
	b->site = ev_has(ev, F_SITE) ? ev->f[F_SITE] : 0;
	b->arg = ev_has(ev, F_PHYS) ? ev->f[F_PHYS] : 0;
	folded(r, FOLD_VM_PROBE);
}

/* A mapping whose end was not recorded stands at this address: end it. */
static void end_stale(struct import_run *r, const struct import_event *ev, struct task *t,
		      uint64_t addr)
{
	struct addr_entry *o = addr_get(&r->objects, addr);
	struct trace_op *op;

	if (!o)
		return;
	if (o->kind >= OBJ_VMALLOC) {
		op = extra_op(r, ev, t, end_of(o->kind));
		op->slot = o->slot;
		r->sum->implied_frees++;
	}
	object_gone(r, o);
}

static void emit_area(struct import_run *r, const struct import_event *ev, struct task *t,
		      const struct bracket *b, enum bracket_type type, uint64_t addr)
{
	struct addr_entry *o = NULL;
	struct trace_op *op;
	uint64_t i, n = type == IN_VMAP || type == IN_MAP_RAM ? b->size : 0;

	if (addr) {
		end_stale(r, ev, t, addr & ~(PAGE - 1));
		o = object_new(r, ev, t, addr & ~(PAGE - 1), kinds[type].obj, 0);
		if (!o)
			return;
	} else {
		r->sum->failed_allocs++;
	}
	op = make_op(r, ev, t, kinds[type].alloc);
	op->slot = o ? o->slot : TRACE_NO_SLOT;
	op->size = b->size;
	if (type == IN_IOREMAP) {
		op->size += b->arg & (PAGE - 1);
		op->arg = b->arg >> 12;
	}
	op->gfp = b->gfp ? run_gfp(r, b->gfp) : type == IN_VMALLOC ? MM_GFP_KERNEL : 0;
	op->site = site_id(r, b->site);
	op->answer = answer_of(addr & ~(PAGE - 1));
	if (n > 65536)
		op->size = n = 0;
	for (i = 0; i < n; i++) /* the probe shows no pages */
		emit_item(&r->out, TRACE_NO_SLOT, TRACE_NO_ANSWER);
}

static void vm_return(struct import_run *r, const struct import_event *ev, struct task *t,
		      enum bracket_type type)
{
	uint64_t addr = ev->f[F_PTR];
	struct bracket b;

	if (!import_bracket_pop(t, type, &b)) {
		not_replayed(r, NOT_UNPAIRED);
		return;
	}
	if (!in_vm(t, ev)) {
		emit_area(r, ev, t, &b, type, addr);
		return;
	}
	folded(r, FOLD_VM_PROBE); /* part of the request around it */
	if (addr) {
		end_stale(r, ev, t, addr & ~(PAGE - 1));
		object_new(r, ev, t, addr & ~(PAGE - 1), OBJ_FOLDED, 0);
	}
}

static void vm_free(struct import_run *r, const struct import_event *ev, struct task *t,
		    enum bracket_type type)
{
	uint64_t addr = ev->f[F_PTR] & ~(PAGE - 1);
	struct addr_entry *o = addr_get(&r->objects, addr);
	struct trace_op *op;

	if (!addr) {
		folded(r, FOLD_NULL_FREE);
		return;
	}
	if (o && o->kind == OBJ_FOLDED) {
		folded(r, FOLD_VM_META);
		object_gone(r, o);
		return;
	}
	op = make_op(r, ev, t, kinds[type].free);
	if (o && o->kind >= OBJ_VMALLOC) {
		/* vfree ends a vmap made with VM_MAP_PUT_PAGES, and the like: the
		 * operation follows what was made. */
		op->kind = end_of(o->kind);
		op->slot = o->slot;
		object_gone(r, o);
	} else {
		op->answer = answer_of(addr);
		r->sum->orphan_frees++;
	}
}

/* An area: part of a request, or (newer kernels) all that is known of one. */
static void vm_area(struct import_run *r, const struct import_event *ev, struct task *t)
{
	struct bracket b = { 0 };
	enum bracket_type type;
	bool vmalloc = import_bits_test(&r->is_vmalloc, r->areas);
	struct addr_entry *o;
	struct bracket *open;

	r->areas++;
	if (!ev_has(ev, F_PTR)) { /* a probe at the entry; the return follows */
		import_bracket_push(t, ev, IN_AREA, &open);
		open->size = ev->f[F_SIZE];
		open->arg = vmalloc;
		open->gfp = ev_has(ev, F_GFP) ? ev->f[F_GFP] : 0;
		folded(r, FOLD_VM_PROBE);
		return;
	}
	if (in_vm(t, ev)) {
		folded(r, FOLD_VM_PROBE);
		return;
	}
	type = vmalloc ? IN_VMALLOC : IN_IOREMAP;
	b.size = ev->f[F_SIZE] > PAGE ? ev->f[F_SIZE] - PAGE : ev->f[F_SIZE]; /* the guard page */
	emit_area(r, ev, t, &b, type, ev_has(ev, F_RET) && ev->f[F_RET] ? 0 : ev->f[F_PTR]);
	o = vmalloc ? addr_get(&r->objects, ev->f[F_PTR]) : NULL;
	if (o) {
		t->array_size = b.size / PAGE * (r->src->about.long_size == 8 ? 8 : 4);
		o->cache = b.size / PAGE < UINT16_MAX ? b.size / PAGE : UINT16_MAX; /* its pages */
	}
}

static void vm_area_return(struct import_run *r, const struct import_event *ev, struct task *t)
{
	uint64_t addr = ev->f[F_START];
	struct bracket b;

	if (!import_bracket_pop(t, IN_AREA, &b)) {
		not_replayed(r, NOT_UNPAIRED);
		return;
	}
	if (in_vm(t, ev) || import_bracket_of(t, ev)) {
		folded(r, FOLD_VM_PROBE);
		return;
	}
	b.size = b.size > PAGE ? b.size - PAGE : b.size;
	emit_area(r, ev, t, &b, b.arg ? IN_VMALLOC : IN_IOREMAP, addr);
}

/* The end of an area: of one that the free request's own probe has ended, or of
 * one whose end no probe shows (ioremap without iounmap). */
static void vm_area_free(struct import_run *r, const struct import_event *ev, struct task *t)
{
	struct addr_entry *o = addr_get(&r->objects, ev->f[F_START] & ~(PAGE - 1));
	struct trace_op *op;

	if (!o || o->kind < OBJ_VMALLOC) {
		folded(r, FOLD_VM_PROBE);
		return;
	}
	op = make_op(r, ev, t, end_of(o->kind));
	op->slot = o->slot;
	t->area_pages = o->kind == OBJ_VMALLOC ? o->cache : 0;
	object_gone(r, o);
}

void build_vm(struct import_run *r, const struct import_event *ev, struct task *t)
{
	switch (ev->role) {
	case ROLE_VMALLOC:
		push(r, ev, t, IN_VMALLOC);
		break;
	case ROLE_VMAP:
		push(r, ev, t, IN_VMAP);
		break;
	case ROLE_IOREMAP:
		push(r, ev, t, IN_IOREMAP);
		break;
	case ROLE_VM_MAP_RAM:
		push(r, ev, t, IN_MAP_RAM);
		break;
	case ROLE_VMALLOC_RET:
		vm_return(r, ev, t, IN_VMALLOC);
		break;
	case ROLE_VMAP_RET:
		vm_return(r, ev, t, IN_VMAP);
		break;
	case ROLE_IOREMAP_RET:
		vm_return(r, ev, t, IN_IOREMAP);
		break;
	case ROLE_VM_MAP_RAM_RET:
		vm_return(r, ev, t, IN_MAP_RAM);
		break;
	case ROLE_VFREE:
		vm_free(r, ev, t, IN_VMALLOC);
		break;
	case ROLE_VUNMAP:
		vm_free(r, ev, t, IN_VMAP);
		break;
	case ROLE_IOUNMAP:
		vm_free(r, ev, t, IN_IOREMAP);
		break;
	case ROLE_VM_UNMAP_RAM:
		vm_free(r, ev, t, IN_MAP_RAM);
		break;
	case ROLE_AREA:
		vm_area(r, ev, t);
		break;
	case ROLE_AREA_RET:
		vm_area_return(r, ev, t);
		break;
	case ROLE_AREA_FREE:
		vm_area_free(r, ev, t);
		break;
	default:
		folded(r, FOLD_VM_PROBE);
	}
}
