/* SPDX-License-Identifier: MIT
 *
 * One operation of a list as a call of the engine.
 */
#include <stdio.h>
#include <string.h>

#include "analyze/verify/run.h"

enum verify_layer request_layer(enum op_code op)
{
	switch (op) {
	case OP_ALLOC_PAGES: case OP_GET_FREE_PAGES: case OP_GET_ZEROED_PAGE:
		return VERIFY_PAGE;
	case OP_KMALLOC: case OP_KZALLOC: case OP_CACHE_CREATE: case OP_CACHE_ALLOC:
		return VERIFY_SLAB_OBJECT;
	case OP_VMALLOC: case OP_VMAP: case OP_IOREMAP:
		return VERIFY_VMALLOC;
	case OP_KMAP:
		return VERIFY_PKMAP;
	case OP_KMAP_LOCAL: case OP_KMAP_ATOMIC:
		return VERIFY_KMAP_LOCAL;
	default:
		return VERIFY_OUTCOME;
	}
}

static void outcome(struct run *r, struct answer *a, enum mm_outcome out)
{
	a->status = out == MM_OK ? ST_OK : ST_FAIL;
	if (out == MM_MISUSE)
		a->why = mm_misuse(r->m)->text;
	else if (out != MM_OK)
		a->why = mm_cause_name(mm_why(r->m)->cause);
}

static uint32_t lowmem_pfn(const struct run *r, uint32_t addr)
{
	return (addr - r->config.page_offset) >> MM_PAGE_SHIFT;
}

static void page_columns(struct run *r, struct answer *a, uint32_t pfn)
{
	struct mm_frame_info f;

	mm_frame_info(r->m, pfn, &f);
	a->pfn = pfn;
	a->zone = f.zone;
	a->pbmt = f.migratetype;
}

static void do_page_alloc(struct run *r, const struct oracle_op *o, struct answer *a,
			  struct slot *s)
{
	enum mm_outcome out;
	uint32_t got = 0;

	s->order = o->arg;
	a->ptr = 0;
	switch (o->op) {
	case OP_ALLOC_PAGES:
		out = mm_alloc_pages(r->m, &r->who, o->gfp, o->arg, &s->pfn);
		if (out == MM_OK && s->pfn < mm_machine_layout(r->m)->max_low_pfn)
			s->addr = r->config.page_offset + (s->pfn << MM_PAGE_SHIFT);
		break;
	case OP_GET_FREE_PAGES:
		out = mm_get_free_pages(r->m, &r->who, o->gfp, o->arg, &got);
		break;
	default:
		s->order = 0;
		out = mm_get_zeroed_page(r->m, &r->who, o->gfp, &got);
	}
	outcome(r, a, out);
	if (out != MM_OK)
		return;
	if (got) {
		s->addr = got;
		s->pfn = lowmem_pfn(r, got);
	}
	s->held = true;
	a->ptr = s->addr;
	page_columns(r, a, s->pfn);
}

static void do_page_free(struct run *r, const struct oracle_op *o, struct answer *a,
			 struct slot *s)
{
	struct mm_frame_info f;

	mm_frame_info(r->m, s->pfn, &f);
	page_columns(r, a, s->pfn);
	a->ptr = o->ptr;	/* the page says it all */
	if (o->op == OP_FREE_PAGES_PAGE && (o->flags & 1) &&
	    ((s->pfn & o->size) != o->aux || (o->gfp && f.zone != o->gfp - 1))) {
		a->status = ST_COND_NO;
		return;
	}
	if (o->op == OP_FREE_PAGES_PAGE)
		outcome(r, a, mm_free_pages(r->m, &r->who, s->pfn, s->order));
	else
		outcome(r, a, mm_free_pages_addr(r->m, &r->who, s->addr, s->order));
	s->held = false;
}

static void do_kmalloc(struct run *r, const struct oracle_op *o, struct answer *a, struct slot *s)
{
	enum mm_outcome out = o->op == OP_KMALLOC ?
		mm_kmalloc(r->m, &r->who, o->size, o->gfp, &s->addr) :
		mm_kzalloc(r->m, &r->who, o->size, o->gfp, &s->addr);

	outcome(r, a, out);
	a->ptr = out == MM_OK ? s->addr : 0;
	s->held = out == MM_OK;
	if (out == MM_OK)
		a->raux = mm_ksize(r->m, s->addr);
	if (out == MM_OK && s->addr >= r->config.page_offset)
		page_columns(r, a, lowmem_pfn(r, s->addr));
}

/* The line of consts.txt that this creation appended. */
static const struct mm_cache_state *created_cache(const struct run *r)
{
	return state_cache(r->state, r->first_caches + r->created);
}

static void do_cache_create(struct run *r, const struct oracle_op *o, struct answer *a)
{
	const struct mm_cache_state *k = created_cache(r);
	struct mm_cache_info info;
	struct mm_cache_args args = { .name = "oracle", .size = o->size, .align = o->aux };
	char name[16];
	uint32_t id;

	snprintf(name, sizeof(name), "oracle-%u", o->arg);
	args.name = name;
	/* the kernel's bits: include/linux/slab.h */
	args.flags = (o->gfp & 0x2000 ? MM_CACHE_HWALIGN : 0) |
		     (o->gfp & 0x20000 ? MM_CACHE_RECLAIM : 0) |
		     (o->gfp & 0x4000 ? MM_CACHE_DMA : 0) |
		     (o->gfp & 0x4000000 ? MM_CACHE_ACCOUNT : 0) |
		     (o->gfp & 0x80000 ? MM_CACHE_RCU : 0) |
		     (o->gfp & 0x40000 ? MM_CACHE_PANIC : 0);
	if (k && !strcmp(k->name, name)) {
		args.random_seq = k->random_seq;
		args.nr_random_seq = k->nr_random_seq;
	}
	outcome(r, a, mm_cache_create(r->m, &r->who, &args, &id));
	r->created++;
	if (a->status != ST_OK || id >= MAX_CACHE_ID)
		return;
	r->list_cache[o->arg] = id;
	if (!r->cache_ptr[id])
		r->cache_ptr[id] = o->ptr;
	a->ptr = r->cache_ptr[id];	/* which cache it is, when merged */
	for (uint32_t i = 0; mm_cache_info(r->m, i, &info); i++)
		if (info.id == id)
			a->raux = info.size;
}

static void do_cache_alloc(struct run *r, const struct oracle_op *o, struct answer *a,
			   struct slot *s)
{
	enum mm_outcome out;

	s->cache = r->list_cache[o->arg];
	out = mm_cache_alloc(r->m, &r->who, s->cache, o->gfp, &s->addr);
	outcome(r, a, out);
	a->ptr = out == MM_OK ? s->addr : 0;
	s->held = out == MM_OK;
	if (out == MM_OK)
		page_columns(r, a, lowmem_pfn(r, s->addr));
}

static void do_cache_destroy(struct run *r, const struct oracle_op *o, struct answer *a)
{
	uint32_t id = r->list_cache[o->arg];
	struct mm_cache_info info;
	bool alive = false;

	outcome(r, a, mm_cache_destroy(r->m, &r->who, id));
	for (uint32_t i = 0; mm_cache_info(r->m, i, &info); i++)
		alive |= info.id == id;
	if (!alive)
		r->cache_ptr[id] = 0;
}

static void do_vmap(struct run *r, const struct oracle_op *o, enum mm_outcome *out, struct slot *s)
{
	static pfn_t pages[65536];
	uint32_t n = o->size;

	if (n > 65536 || o->aux > r->list->max_id || n > r->list->max_id + 1 - o->aux) {
		*out = MM_UNSUPPORTED;
		return;
	}
	for (uint32_t i = 0; i < n; i++)
		pages[i] = r->slot[o->aux + i].pfn;
	*out = mm_vmap(r->m, &r->who, pages, n, &s->addr);
}

static void do_area(struct run *r, const struct oracle_op *o, struct answer *a, struct slot *s)
{
	enum mm_outcome out = MM_UNSUPPORTED;
	paddr_t phys;

	s->adopted = false;
	if (o->op == OP_VMALLOC)
		out = mm_vmalloc(r->m, &r->who, o->size, o->gfp, &s->addr);
	else if (o->op == OP_VMAP)
		do_vmap(r, o, &out, s);
	else
		out = mm_ioremap(r->m, &r->who, o->aux, o->size, &s->addr);
	outcome(r, a, out);
	a->ptr = out == MM_OK ? s->addr : 0;
	s->held = out == MM_OK;
	if (out == MM_OK && o->op != OP_IOREMAP && mm_translate(r->m, s->addr, &phys))
		page_columns(r, a, (pfn_t)(phys >> MM_PAGE_SHIFT));
}

static void do_kmap(struct run *r, const struct oracle_op *o, struct answer *a, struct slot *s)
{
	enum mm_outcome out;
	uint32_t addr = 0;

	if (o->op == OP_KMAP)
		out = mm_kmap(r->m, &r->who, s->pfn, &addr);
	else if (o->op == OP_KMAP_LOCAL)
		out = mm_kmap_local(r->m, &r->who, s->pfn, &addr);
	else
		out = mm_kmap_atomic(r->m, &r->who, s->pfn, &addr);
	outcome(r, a, out);
	a->ptr = addr;
	page_columns(r, a, s->pfn);
	if (out == MM_OK && o->op != OP_KMAP && r->nr_local < MAX_LOCAL)
		r->local[r->nr_local++] = addr;
	if (out == MM_OK && o->op != OP_KMAP)
		a->raux = r->nr_local;
}

static void do_kunmap_local(struct run *r, const struct oracle_op *o, struct answer *a)
{
	uint32_t addr = r->nr_local ? r->local[--r->nr_local] : 0;

	a->ptr = addr;
	if (o->op == OP_KUNMAP_LOCAL)
		outcome(r, a, mm_kunmap_local(r->m, &r->who, addr));
	else
		outcome(r, a, mm_kunmap_atomic(r->m, &r->who, addr));
	a->raux = r->nr_local;
}

static void do_release(struct run *r, const struct oracle_op *o, struct answer *a, struct slot *s)
{
	a->ptr = s->addr;
	if (s->adopted && (o->op == OP_VFREE || o->op == OP_VUNMAP || o->op == OP_IOUNMAP)) {
		outcome(r, a, free_adopted_area(r, s->addr));
		s->held = false;
		return;
	}
	switch (o->op) {
	case OP_KFREE: outcome(r, a, mm_kfree(r->m, &r->who, s->addr)); break;
	case OP_CACHE_FREE: outcome(r, a, mm_cache_free(r->m, &r->who, s->cache, s->addr)); break;
	case OP_VFREE: outcome(r, a, mm_vfree(r->m, &r->who, s->addr)); break;
	case OP_VUNMAP: outcome(r, a, mm_vunmap(r->m, &r->who, s->addr)); break;
	case OP_IOUNMAP: outcome(r, a, mm_iounmap(r->m, &r->who, s->addr)); break;
	default: break;
	}
	s->held = false;
}

static bool needs_held(enum op_code op)
{
	return op == OP_FREE_PAGES_PAGE || op == OP_FREE_PAGES || op == OP_KFREE ||
	       op == OP_CACHE_FREE || op == OP_VFREE || op == OP_VUNMAP || op == OP_IOUNMAP ||
	       op == OP_KMAP || op == OP_KUNMAP || op == OP_KMAP_LOCAL || op == OP_KMAP_ATOMIC;
}

void request(struct run *r, const struct oracle_op *o, struct answer *a)
{
	struct slot *s = &r->slot[o->id];

	*a = (struct answer){ .status = ST_OK, .ptr = NO_VALUE, .pfn = NO_VALUE, .zone = NO_VALUE,
			      .pbmt = NO_VALUE, .raux = NO_VALUE };
	if (o->status == ST_GUARD) { /* the recorder itself refused: nothing was asked */
		a->status = ST_GUARD;
		return;
	}
	if (needs_held(o->op) && !s->held) {
		a->status = ST_NOT_HELD;
		return;
	}
	switch (o->op) {
	case OP_ALLOC_PAGES: case OP_GET_FREE_PAGES: case OP_GET_ZEROED_PAGE:
		memset(s, 0, sizeof(*s));
		do_page_alloc(r, o, a, s);
		break;
	case OP_FREE_PAGES_PAGE: case OP_FREE_PAGES:
		do_page_free(r, o, a, s);
		break;
	case OP_KMALLOC: case OP_KZALLOC:
		do_kmalloc(r, o, a, s);
		break;
	case OP_CACHE_CREATE: do_cache_create(r, o, a); break;
	case OP_CACHE_ALLOC: do_cache_alloc(r, o, a, s); break;
	case OP_CACHE_DESTROY: do_cache_destroy(r, o, a); break;
	case OP_CACHE_SHRINK:
		outcome(r, a, mm_cache_shrink(r->m, &r->who, r->list_cache[o->arg]));
		break;
	case OP_VMALLOC: case OP_VMAP: case OP_IOREMAP:
		do_area(r, o, a, s);
		break;
	case OP_KMAP: case OP_KMAP_LOCAL: case OP_KMAP_ATOMIC:
		do_kmap(r, o, a, s);
		break;
	case OP_KUNMAP:
		outcome(r, a, mm_kunmap(r->m, &r->who, s->pfn));
		break;
	case OP_KUNMAP_LOCAL: case OP_KUNMAP_ATOMIC:
		do_kunmap_local(r, o, a);
		break;
	case OP_UNMAP_ALIASES:
		mm_vm_unmap_aliases(r->m, &r->who);
		break;
	case OP_KFREE: case OP_CACHE_FREE: case OP_VFREE: case OP_VUNMAP: case OP_IOUNMAP:
		do_release(r, o, a, s);
		break;
	default:	/* nop, snap, msleep: nothing is asked */
		break;
	}
}
