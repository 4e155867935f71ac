/* SPDX-License-Identifier: MIT
 *
 * Probes of the slab layer: new and freed slabs, bulk allocation and free.
 *
 * A bulk probe shows the addresses of the first 30 objects or so.  Of the rest
 * only the number is known; they get slots without an address, and a later
 * free in the same cache of an address that nobody was given takes one of them.
 */
#include <stdlib.h>
#include <string.h>

#include "traces/import/build.h"

void build_slab_probe(struct import_run *r, const struct import_event *ev, struct task *t)
{
	struct bracket *b, done;

	folded(r, ev->role == ROLE_ALLOC_BULK_BEGIN ? FOLD_BULK_BEGIN : FOLD_SLAB_PROBE);
	if (ev->role == ROLE_SLAB_NEW_RET) {
		import_bracket_pop(t, IN_SLAB_NEW, &done);
	} else if (ev->role == ROLE_SLAB_FREE) {
		t->slab_free = true;
	} else {
		import_bracket_push(t, ev, ev->role == ROLE_SLAB_NEW ? IN_SLAB_NEW : IN_ALLOC_BULK, &b);
		b->name = ev->text ? cache_names_get(&r->names, ev->text, ev->text_len)
				   : cache_names_by_pointer(&r->names, ev->f[F_CACHE]);
		b->gfp = ev_has(ev, F_GFP) ? ev->f[F_GFP] : 0;
	}
}

bool in_last_bulk(const struct task *t, uint64_t ptr)
{
	uint32_t i;

	for (i = 0; i < t->nr_bulk; i++)
		if (t->bulk[i] == ptr)
			return true;
	return false;
}

static void note_anonymous(struct import_run *r, uint16_t name, uint32_t slot)
{
	uint32_t n, *grown;

	if (!r->anon) {
		r->anon = calloc(NAMES_MAX, sizeof(*r->anon));
		r->nr_anon = calloc(NAMES_MAX, sizeof(*r->nr_anon));
	}
	if (!r->anon || !r->nr_anon)
		return;
	n = r->nr_anon[name];
	if (!(n & (n - 1)) || !n) {
		grown = realloc(r->anon[name], (n ? n * 2 : 1) * sizeof(*grown));
		if (!grown)
			return;
		r->anon[name] = grown;
	}
	r->anon[name][r->nr_anon[name]++] = slot;
}

uint32_t anonymous_slot(struct import_run *r, uint16_t name)
{
	if (!r->nr_anon || !r->nr_anon[name])
		return TRACE_NO_SLOT;
	return r->anon[name][--r->nr_anon[name]];
}

void build_alloc_bulk(struct import_run *r, const struct import_event *ev, struct task *t,
		      uint32_t epoch)
{
	struct bracket b = { 0 };
	struct addr_entry *o;
	struct trace_op *op;
	uint32_t i, n, id;
	uint16_t name;

	import_bracket_pop(t, IN_ALLOC_BULK, &b);
	name = b.name ? b.name : r->epochs.v[epoch].name;
	n = ev_has(ev, F_N) && ev->f[F_N] < 65536 ? ev->f[F_N] : ev->nlist;
	if (!n || in_vm(t, ev)) {
		folded(r, FOLD_IN_BULK);
		r->sum->failed_allocs += !n;
		return;
	}
	id = cache_id(r, ev, t, name);
	/* Objects first: a free that one implies must not come between the items. */
	for (i = 0; i < ev->nlist; i++)
		if (ev->list[i])
			object_new(r, ev, t, ev->list[i], OBJ_CACHE, name);
	op = make_op(r, ev, t, TRACE_CACHE_ALLOC_BULK);
	op->arg = id;
	op->size = n;
	op->gfp = b.gfp ? run_gfp(r, b.gfp) : MM_GFP_KERNEL;
	for (i = 0; i < n; i++) {
		o = i < ev->nlist ? addr_get(&r->objects, ev->list[i]) : NULL;
		if (o) {
			emit_item(&r->out, o->slot, answer_of(ev->list[i]));
		} else {
			emit_item(&r->out, trace_slot_get(&r->slots), TRACE_NO_ANSWER);
			note_anonymous(r, name, r->out.v[r->out.n - 1].slot);
		}
	}
}

/* The cache that a bulk free names: that of its first known object, or by the
 * cache's address, or by the page of the first one. */
static uint16_t bulk_name(struct import_run *r, const struct import_event *ev, uint32_t epoch)
{
	struct addr_entry *o;
	uint32_t i;

	for (i = 0; i < ev->nlist; i++) {
		o = addr_get(&r->objects, ev->list[i]);
		if (o && o->kind == OBJ_CACHE)
			return o->cache;
	}
	i = cache_names_by_pointer(&r->names, ev->f[F_CACHE]);
	return i ? i : r->epochs.v[epoch].name;
}

static void free_one_of_bulk(struct import_run *r, uint64_t ptr, bool cache, uint16_t name)
{
	struct addr_entry *o = addr_get(&r->objects, ptr);
	uint32_t slot;

	if (o && o->kind != OBJ_FOLDED) {
		emit_item(&r->out, o->slot, TRACE_NO_ANSWER);
		object_gone(r, o);
		return;
	}
	if (o)
		object_gone(r, o);
	slot = cache ? anonymous_slot(r, name) : TRACE_NO_SLOT;
	if (slot != TRACE_NO_SLOT) {
		emit_item(&r->out, slot, TRACE_NO_ANSWER);
		trace_slot_put(&r->slots, slot);
	} else {
		emit_item(&r->out, TRACE_NO_SLOT, answer_of(ptr));
		r->sum->orphan_frees++;
	}
}

void build_free_bulk(struct import_run *r, const struct import_event *ev, struct task *t,
		     uint32_t epoch)
{
	bool cache = ev->f[F_CACHE] != 0; /* kfree_bulk passes no cache */
	struct trace_op *op;
	uint32_t i, id = 0;
	uint16_t name = 0;

	if (!ev->nlist) {
		folded(r, FOLD_IN_BULK);
		return;
	}
	if (cache) {
		name = bulk_name(r, ev, epoch);
		id = cache_id(r, ev, t, name);
	}
	op = make_op(r, ev, t, cache ? TRACE_CACHE_FREE_BULK : TRACE_KFREE_BULK);
	op->arg = id;
	op->size = ev->nlist;
	t->nr_bulk = 0;
	for (i = 0; i < ev->nlist; i++) {
		free_one_of_bulk(r, ev->list[i], cache, name);
		if (t->nr_bulk < sizeof(t->bulk) / sizeof(t->bulk[0]))
			t->bulk[t->nr_bulk++] = ev->list[i];
	}
}
