/* SPDX-License-Identifier: MIT
 *
 * The proof that a trace is in order, and traces read whole for comparison
 * (tool_traces.h).  Written without the tools' own table of live things.
 */
#include "tests/tools/tool_traces.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "traces/format/kinds.h"

enum { SLOTS = 1 << 17, TASKS = 256 };

struct state {
	struct check sum;
	const char *path;
	uint64_t time;
	struct {
		uint8_t kind;	/* 0: nothing lives here */
		uint8_t order;
		uint32_t cache, kmaps;
	} slot[SLOTS];
	uint32_t depth[TASKS];
};

static void bad(const struct state *s, const char *what, uint32_t value)
{
	fail_msg("%s: operation %llu: %s %u", s->path, (unsigned long long)s->sum.operations, what, value);
}

static void make(struct state *s, uint32_t slot, uint8_t kind, uint8_t order, uint32_t cache)
{
	if (slot == TRACE_NO_SLOT)
		return;
	if (slot >= SLOTS)
		bad(s, "high slot", slot);
	if (s->slot[slot].kind)
		bad(s, "an allocation takes a live slot,", slot);
	s->slot[slot].kind = kind;
	s->slot[slot].order = order;
	s->slot[slot].cache = cache;
	s->slot[slot].kmaps = 0;
	s->sum.live++;
}

static bool fits(uint8_t end, uint8_t made)
{
	switch (end) {
	case TRACE_PAGE_FREE:
		return made == TRACE_PAGE_ALLOC || made == TRACE_PAGE_BULK || made == TRACE_PAGE_FOREIGN;
	case TRACE_KFREE_BULK:
		return made == TRACE_KMALLOC || made == TRACE_CACHE_ALLOC || made == TRACE_CACHE_ALLOC_BULK;
	case TRACE_CACHE_FREE:
		return made == TRACE_CACHE_ALLOC || made == TRACE_CACHE_ALLOC_BULK;
	case TRACE_MUNMAP:
		return made == TRACE_MMAP;
	default:
		return made == end - 1;	/* of the other kinds the free follows its allocation */
	}
}

static void end(struct state *s, const struct trace_op *op, uint32_t slot, uint32_t answer)
{
	if (slot == TRACE_NO_SLOT) {
		if (answer == TRACE_NO_ANSWER)
			bad(s, "a free of nothing, kind", op->kind);
		s->sum.orphans++;
		return;
	}
	if (slot >= SLOTS || !s->slot[slot].kind)
		bad(s, "a free of a slot that is not live,", slot);
	if (!fits(op->kind, s->slot[slot].kind))
		bad(s, "a free of another kind of thing,", s->slot[slot].kind);
	if (op->kind == TRACE_PAGE_FREE && op->order != s->slot[slot].order)
		bad(s, "a free of another order,", op->order);
	if (op->kind == TRACE_CACHE_FREE && op->arg != s->slot[slot].cache)
		bad(s, "a free to another cache,", op->arg);
	if (s->slot[slot].kmaps)
		bad(s, "a free of a mapped page, slot", slot);
	s->slot[slot].kind = 0;
	s->sum.live--;
}

static void use(struct state *s, const struct trace_op *op, uint32_t slot)
{
	uint8_t kind;

	if (slot >= SLOTS || !s->slot[slot].kind)
		bad(s, "use of a slot that is not live,", slot);
	kind = s->slot[slot].kind;
	if (op->kind != TRACE_TOUCH && kind != TRACE_PAGE_ALLOC && kind != TRACE_PAGE_BULK &&
	    kind != TRACE_PAGE_FOREIGN)
		bad(s, "a map of what is no page, kind", kind);
	if (op->kind == TRACE_KMAP)
		s->slot[slot].kmaps++;
	if (op->kind == TRACE_KUNMAP && !s->slot[slot].kmaps--)
		bad(s, "an unmap of what is not mapped, slot", slot);
}

static void local(struct state *s, const struct trace_op *op)
{
	assert_true(op->task < TASKS);
	if (op->kind == TRACE_KMAP_LOCAL) {
		s->depth[op->task]++;
		s->sum.local++;
	} else if (op->kind == TRACE_KUNMAP_LOCAL) {
		if (!s->depth[op->task])
			bad(s, "an unmap without a local mapping, task", op->task);
		s->depth[op->task]--;
		s->sum.local--;
	}
}

static size_t check_op(struct state *s, const struct trace_op *op, size_t n)
{
	const struct kind_info *k = &mmt_kinds[op->kind];
	uint32_t items = kind_has_items(op->kind) ? op->size : 0, i;

	if (op->time < s->time)
		bad(s, "time goes back before it,", op->kind);
	s->time = op->time;
	if (k->slot == SLOT_NEW)
		make(s, op->slot, op->kind, op->order, op->arg);
	else if (k->slot == SLOT_END)
		end(s, op, op->slot, op->answer);
	else if (k->slot == SLOT_REF)
		use(s, op, op->slot);
	local(s, op);
	assert_true(items < n);
	for (i = 1; i <= items; i++) {
		if (op[i].kind != TRACE_ITEM)
			bad(s, "too few items, of", op->size);
		if (k->items == SLOT_NEW)
			make(s, op[i].slot, op->kind, 0, op->arg);
		else if (k->items == SLOT_END)
			end(s, op, op[i].slot, op[i].answer);
		else
			use(s, op, op[i].slot);
	}
	s->sum.foreign += op->kind == TRACE_PAGE_FOREIGN;
	s->sum.operations++;
	s->sum.items += items;
	return 1 + items;
}

static struct mmt_reader *open_trace(const char *path)
{
	struct mm_error err;
	struct mmt_reader *r = mmt_open(path, NULL, &err);

	if (!r)
		fail_msg("%s", err.text);
	return r;
}

struct check check_trace(const char *path)
{
	struct state *s = calloc(1, sizeof(*s));
	struct mmt_reader *r = open_trace(path);
	const struct trace_op *op;
	struct mm_error err;
	struct check sum;
	size_t n, i;
	int rc;

	assert_non_null(s);
	s->path = path;
	while ((rc = mmt_next(r, &op, &n, &err)) > 0)
		for (i = 0; i < n;)
			i += check_op(s, &op[i], n - i);
	if (rc)
		fail_msg("%s", err.text);
	mmt_close(r);
	sum = s->sum;
	free(s);
	return sum;
}

static uint32_t hash(uint32_t h, const char *text)
{
	for (; *text; text++)
		h = (h ^ (unsigned char)*text) * 16777619u;
	return h;
}

static uint32_t site_hash(const struct mmt_reader *r, uint32_t id)
{
	struct trace_site s = mmt_get_site(r, id);
	uint32_t h = 2166136261u, i;

	if (s.name)
		return hash(h, s.name);
	for (i = 0; i < s.nr_frames; i++)
		h = hash(h, mmt_get_string(r, s.frames[i])) * 31;
	return h;
}

static void by_name(const struct mmt_reader *r, struct trace_op *op)
{
	struct trace_task t = mmt_get_task(r, op->task);
	struct trace_cache c;

	op->site = op->site ? site_hash(r, op->site) : 0;
	op->task = op->task ? hash((uint32_t)t.pid, t.comm) : 0;
	if (mmt_kinds[op->kind].arg == ARG_CACHE) {
		c = mmt_get_cache(r, op->arg);
		op->arg = hash(c.size + c.align * 3 + c.flags * 5, c.name);
	} else if (mmt_kinds[op->kind].arg == ARG_STRING) {
		op->arg = hash(0, mmt_get_string(r, op->arg));
	}
}

struct ops load_trace(const char *path)
{
	struct mmt_reader *r = open_trace(path);
	struct ops all = { NULL, 0 };
	const struct trace_op *op;
	struct mm_error err;
	size_t n, i;
	int rc;

	while ((rc = mmt_next(r, &op, &n, &err)) > 0) {
		all.op = realloc(all.op, (all.n + n) * sizeof(*op));
		assert_non_null(all.op);
		for (i = 0; i < n; i++) {
			all.op[all.n] = op[i];
			by_name(r, &all.op[all.n++]);
		}
	}
	if (rc)
		fail_msg("%s", err.text);
	mmt_close(r);
	return all;
}

char *trace_meta(const char *path, const char *key)
{
	struct mmt_reader *r = open_trace(path);
	const char *v = mmt_get_meta(r, key);
	char *copy = v ? strdup(v) : NULL;

	mmt_close(r);
	return copy;
}
