/* SPDX-License-Identifier: MIT
 *
 * Random orderly traces and their proof (tool_traces.h).
 */
#include "tests/tools/tool_traces.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "traces/format/kinds.h"

enum { NAMES = 8, OBJECTS = 3000, LOCALS = 8 };

/* A live thing of the maker or of the checker. */
struct thing {
	uint32_t slot;
	uint8_t kind, order;
	uint32_t arg;		/* cache */
	uint32_t kmaps, maps;	/* by kmap; by kmap_local and vmap: then it is not freed */
};

struct maker {
	struct mmt_writer *w;
	uint32_t seed, nr_live;
	uint64_t time;
	struct trace_slots slots;
	struct thing live[OBJECTS];
	uint32_t local[NAMES + 1][LOCALS], depth[NAMES + 1];
	bool created;		/* cache 1 */
};

static uint32_t below(struct maker *m, uint32_t n)
{
	m->seed ^= m->seed << 13;
	m->seed ^= m->seed >> 17;
	m->seed ^= m->seed << 5;
	return m->seed % n;
}

static void put(struct maker *m, const struct trace_op *op, size_t n)
{
	struct mm_error err;

	if (mmt_write(m->w, op, n, &err))
		fail_msg("%s", err.text);
}

static struct trace_op base_op(struct maker *m, uint8_t kind)
{
	m->time += below(m, 1000);
	return (struct trace_op){
		.kind = kind, .slot = TRACE_NO_SLOT, .time = m->time, .cpu = (uint8_t)below(m, 2),
		.task = 1 + below(m, NAMES), .site = below(m, NAMES + 1), .answer = TRACE_NO_ANSWER,
	};
}

static struct thing *add(struct maker *m, uint8_t kind, uint8_t order, uint32_t arg)
{
	struct thing *t = &m->live[m->nr_live++];

	*t = (struct thing){ trace_slot_get(&m->slots), kind, order, arg, 0, 0 };
	return t;
}

static bool is_page(const struct thing *t)
{
	return t->kind == TRACE_PAGE_ALLOC || t->kind == TRACE_PAGE_FOREIGN;
}

static struct thing *pick(struct maker *m, bool page)
{
	struct thing *t;
	int i;

	for (i = 0; i < 20 && m->nr_live; i++) {
		t = &m->live[below(m, m->nr_live)];
		if (is_page(t) == page)
			return t;
	}
	return NULL;
}

static void make_one(struct maker *m)
{
	static const uint8_t kinds[] = { TRACE_PAGE_ALLOC, TRACE_PAGE_ALLOC, TRACE_KMALLOC,
		TRACE_CACHE_ALLOC, TRACE_VMALLOC, TRACE_IOREMAP, TRACE_PAGE_FOREIGN, TRACE_MMAP };
	uint8_t kind = kinds[below(m, sizeof(kinds))];
	struct trace_op op = base_op(m, kind);

	if (m->nr_live + 16 > OBJECTS)
		return;
	op.answer = kind == TRACE_PAGE_ALLOC || kind == TRACE_PAGE_FOREIGN ?
		    1 + below(m, 100000) : 0xc0000000u + 64 * below(m, 1000000);
	op.gfp = MM_GFP_KERNEL;
	op.size = 8 * (1 + below(m, 100));
	if (kind == TRACE_PAGE_ALLOC) {
		op.size = 0;
		op.order = (uint8_t)(below(m, 4) ? 0 : below(m, 4));
	} else if (kind == TRACE_CACHE_ALLOC) {
		op.size = 0;
		op.arg = 1 + below(m, NAMES);
	}
	op.slot = add(m, kind, op.order, op.arg)->slot;
	put(m, &op, 1);
}

static void make_bulk(struct maker *m)
{
	struct trace_op op[9] = { base_op(m, below(m, 2) ? TRACE_CACHE_ALLOC_BULK : TRACE_PAGE_BULK) };
	uint32_t i;

	if (m->nr_live + 16 > OBJECTS)
		return;
	op[0].size = below(m, 9);
	op[0].arg = op[0].kind == TRACE_PAGE_BULK ? 0 : 1 + below(m, NAMES);
	for (i = 1; i <= op[0].size; i++)
		op[i] = (struct trace_op){
			.kind = TRACE_ITEM, .answer = 1 + below(m, 1000000),
			.slot = add(m, op[0].kind == TRACE_PAGE_BULK ? TRACE_PAGE_ALLOC : TRACE_CACHE_ALLOC,
				    0, op[0].arg)->slot,
		};
	put(m, op, op[0].size + 1);
}

static uint8_t end_kind(uint8_t kind)
{
	static const uint8_t ends[][2] = {
		{ TRACE_PAGE_ALLOC, TRACE_PAGE_FREE }, { TRACE_PAGE_FOREIGN, TRACE_PAGE_FREE },
		{ TRACE_KMALLOC, TRACE_KFREE }, { TRACE_CACHE_ALLOC, TRACE_CACHE_FREE },
		{ TRACE_VMALLOC, TRACE_VFREE }, { TRACE_VMAP, TRACE_VUNMAP },
		{ TRACE_IOREMAP, TRACE_IOUNMAP }, { TRACE_VM_MAP_RAM, TRACE_VM_UNMAP_RAM },
		{ TRACE_MMAP, TRACE_MUNMAP },
	};
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		if (ends[i][0] == kind)
			return ends[i][1];
	return 0;
}

static void drop(struct maker *m, struct thing *t)
{
	assert_int_equal(trace_slot_put(&m->slots, t->slot), 0);
	*t = m->live[--m->nr_live];
}

static void end_one(struct maker *m)
{
	struct thing *t = pick(m, below(m, 2));
	struct trace_op op;

	if (!t || t->kmaps || t->maps)
		return;
	op = base_op(m, end_kind(t->kind));
	op.slot = t->slot;
	op.order = t->order;
	op.arg = t->kind == TRACE_CACHE_ALLOC ? t->arg : 0;
	drop(m, t);
	put(m, &op, 1);
}

static void end_bulk(struct maker *m)
{
	struct trace_op op[9] = { base_op(m, TRACE_KFREE_BULK) };
	uint32_t i;

	for (i = 0; i < 8 && m->nr_live; i++) {
		struct thing *t = &m->live[below(m, m->nr_live)];

		if (t->kind != TRACE_KMALLOC && t->kind != TRACE_CACHE_ALLOC)
			continue;
		op[++op[0].size] = (struct trace_op){ .kind = TRACE_ITEM, .slot = t->slot,
						      .answer = TRACE_NO_ANSWER };
		drop(m, t);
	}
	put(m, op, op[0].size + 1);
}

static void orphan(struct maker *m)
{
	static const uint8_t kinds[] = { TRACE_KFREE, TRACE_PAGE_FREE, TRACE_VFREE };
	struct trace_op op = base_op(m, kinds[below(m, 3)]);

	op.answer = 0x1000 + below(m, 1000);
	put(m, &op, 1);
}

static void map_high(struct maker *m)
{
	struct thing *t = pick(m, true);
	struct trace_op op;

	if (!t)
		return;
	op = base_op(m, t->kmaps && below(m, 3) ? TRACE_KUNMAP : TRACE_KMAP);
	op.slot = t->slot;
	t->kmaps += op.kind == TRACE_KMAP ? 1u : -1u;
	put(m, &op, 1);
}

static struct thing *of_slot(struct maker *m, uint32_t slot)
{
	uint32_t i;

	for (i = 0; m->live[i].slot != slot; i++)
		assert_true(i < m->nr_live);
	return &m->live[i];
}

static void map_local(struct maker *m)
{
	struct trace_op op = base_op(m, TRACE_KMAP_LOCAL);
	uint32_t *depth = &m->depth[op.task];
	struct thing *t = pick(m, true);

	if (*depth == LOCALS || (*depth && below(m, 3))) {
		op.kind = TRACE_KUNMAP_LOCAL;
		of_slot(m, m->local[op.task][--*depth])->maps--;
	} else if (t) {
		op.slot = m->local[op.task][(*depth)++] = t->slot;
		op.arg = below(m, 1u << t->order);
		t->maps++;
	} else {
		return;
	}
	put(m, &op, 1);
}

/* The pages of a vmap stay pinned: the maker does not follow when it ends. */
static void map_area(struct maker *m)
{
	struct trace_op op[5] = { base_op(m, below(m, 2) ? TRACE_VMAP : TRACE_VM_MAP_RAM) };
	uint32_t i;

	if (m->nr_live + 16 > OBJECTS)
		return;
	op[0].size = 1 + below(m, 4);
	for (i = 1; i <= op[0].size; i++) {
		struct thing *t = pick(m, true);

		if (!t)
			return;
		op[i] = (struct trace_op){ .kind = TRACE_ITEM, .slot = t->slot, .answer = TRACE_NO_ANSWER };
		t->maps++;
	}
	op[0].slot = add(m, op[0].kind, 0, 0)->slot;
	op[0].answer = 0xf8000000u + 4096 * below(m, 1000);
	put(m, op, op[0].size + 1);
}

static void other(struct maker *m)
{
	static const uint8_t kinds[] = { TRACE_DRAIN, TRACE_IDLE, TRACE_UNMAP_ALIASES, TRACE_LRU_ADD };
	struct trace_op op = base_op(m, kinds[below(m, 4)]);
	struct thing *t = pick(m, true);

	if (!t)
		return;
	if (op.kind == TRACE_LRU_ADD)
		op.slot = t->slot;
	put(m, &op, 1);
}

static void mark(struct maker *m, const char *name)
{
	struct trace_op op = base_op(m, TRACE_MARK);

	op.arg = mmt_string(m->w, name);
	put(m, &op, 1);
}

static void random_op(struct maker *m)
{
	uint32_t dice = below(m, 100);

	if (dice < 35)
		make_one(m);
	else if (dice < 40)
		make_bulk(m);
	else if (dice < 68)
		end_one(m);
	else if (dice < 73)
		end_bulk(m);
	else if (dice < 75)
		orphan(m);
	else if (dice < 82)
		map_high(m);
	else if (dice < 92)
		map_local(m);
	else if (dice < 95)
		map_area(m);
	else
		other(m);
}

void make_trace(const char *path, uint32_t seed, size_t n)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct trace_op op;
	struct mm_error err;
	uint32_t i, frames[2];
	char name[32];

	assert_non_null(m);
	m->seed = seed * 2654435761u + 1;
	m->w = mmt_create(path, NULL, &err);
	assert_non_null(m->w);
	mmt_meta(m->w, "kernel", "6.1.0-test");
	mmt_meta(m->w, "history", "made by a test");
	for (i = 1; i <= NAMES; i++) {
		struct trace_cache c = { .name = name, .size = 32 * i, .flags = TRACE_CACHE_HWALIGN };

		snprintf(name, sizeof(name), "function_%u+0x%x", i, i * 16);
		frames[0] = mmt_string(m->w, name);
		frames[1] = mmt_string(m->w, "caller+0x8");
		assert_int_equal(i & 1 ? mmt_site(m->w, name) : mmt_stack(m->w, frames, 2), i);
		snprintf(name, sizeof(name), "comm%u", i);
		assert_int_equal(mmt_task(m->w, (int32_t)i * 100, name), i);
		snprintf(name, sizeof(name), "cache-%u", i);
		assert_int_equal(mmt_cache(m->w, &c), i);
	}
	op = base_op(m, TRACE_CACHE_CREATE);
	op.arg = 1;
	put(m, &op, 1);
	for (i = 0; i < n; i++) {
		if (i == n / 2)
			mark(m, "middle");
		random_op(m);
	}
	mark(m, "end");
	if (mmt_finish(m->w, NULL, &err))
		fail_msg("%s", err.text);
	trace_slots_free(&m->slots);
	free(m);
}
