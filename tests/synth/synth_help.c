/* SPDX-License-Identifier: MIT
 * A plain model of slots, written without the generators' code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/synth/synth_help.h"

enum { SLOTS = 1 << 20, TASKS = 1 << 16 };

struct model {
	struct follow *f;
	uint8_t kind[SLOTS];	/* that made it, 0 = free */
	uint8_t order[SLOTS];
	uint16_t maps[SLOTS];
	uint32_t cache[SLOTS];
	int32_t locals[TASKS];
	struct trace_op parent;
	uint32_t items;
};

static void hash(struct follow *f, uint64_t v)
{
	f->hash = (f->hash ^ v) * 0x100000001b3ull;
	f->hash ^= f->hash >> 29;
}

static void make(struct model *m, const struct trace_op *op, unsigned int kind, unsigned int order, uint32_t cache)
{
	struct follow *f = m->f;

	assert_in_range(op->slot, 0, SLOTS - 1);
	assert_int_equal(m->kind[op->slot], 0);
	m->kind[op->slot] = (uint8_t)kind;
	m->order[op->slot] = (uint8_t)order;
	m->cache[op->slot] = cache;
	if (kind == TRACE_PAGE_ALLOC)
		f->live_pages += 1u << order;
	if (++f->live > f->most_live)
		f->most_live = f->live;
	if (f->live_pages > f->most_pages)
		f->most_pages = f->live_pages;
}

static void take(struct model *m, const struct trace_op *op, unsigned int kind)
{
	assert_in_range(op->slot, 0, SLOTS - 1);
	assert_int_equal(m->kind[op->slot], kind);
	assert_int_equal(m->maps[op->slot], 0);
	m->kind[op->slot] = 0;
	m->f->live--;
	if (kind == TRACE_PAGE_ALLOC)
		m->f->live_pages -= 1u << m->order[op->slot];
}

static void follow_item(struct model *m, const struct trace_op *op)
{
	assert_true(m->items > 0);
	m->items--;
	m->f->items++;
	switch (m->parent.kind) {
	case TRACE_CACHE_ALLOC_BULK:
		make(m, op, TRACE_CACHE_ALLOC, 0, m->parent.arg);
		break;
	case TRACE_CACHE_FREE_BULK:
		assert_int_equal(m->cache[op->slot], m->parent.arg);
		take(m, op, TRACE_CACHE_ALLOC);
		break;
	case TRACE_PAGE_BULK:
		make(m, op, TRACE_PAGE_ALLOC, 0, 0);
		break;
	default:
		assert_int_equal(m->kind[op->slot], TRACE_PAGE_ALLOC);
	}
}

static void follow_map(struct model *m, const struct trace_op *op)
{
	struct follow *f = m->f;

	assert_int_equal(m->kind[op->slot], TRACE_PAGE_ALLOC);
	if (op->kind == TRACE_KMAP) {
		/* A request that sleeps gets nothing: the window has 1024 slots. */
		if (f->mapped == 1024 && !m->maps[op->slot])
			return;
		f->mapped += !m->maps[op->slot]++;
		if (f->mapped > f->most_mapped)
			f->most_mapped = f->mapped;
	} else {
		assert_true(m->maps[op->slot] > 0);
		f->mapped -= !--m->maps[op->slot];
	}
}

static void follow_op(struct model *m, const struct trace_op *op)
{
	static const uint8_t ends[TRACE_KIND_MAX + 1] = {
		[TRACE_PAGE_FREE] = TRACE_PAGE_ALLOC, [TRACE_KFREE] = TRACE_KMALLOC,
		[TRACE_CACHE_FREE] = TRACE_CACHE_ALLOC, [TRACE_VFREE] = TRACE_VMALLOC,
		[TRACE_VUNMAP] = TRACE_VMAP, [TRACE_IOUNMAP] = TRACE_IOREMAP,
		[TRACE_VM_UNMAP_RAM] = TRACE_VM_MAP_RAM, [TRACE_MUNMAP] = TRACE_MMAP,
	};

	switch (op->kind) {
	case TRACE_PAGE_ALLOC: case TRACE_KMALLOC: case TRACE_CACHE_ALLOC: case TRACE_VMALLOC:
	case TRACE_VMAP: case TRACE_IOREMAP: case TRACE_VM_MAP_RAM: case TRACE_MMAP:
		make(m, op, op->kind, op->order, op->kind == TRACE_CACHE_ALLOC ? op->arg : 0);
		if (op->kind == TRACE_PAGE_ALLOC)
			m->f->by_order[op->order]++;
		break;
	case TRACE_PAGE_FREE:
		assert_int_equal(m->order[op->slot], op->order);
		take(m, op, TRACE_PAGE_ALLOC);
		break;
	case TRACE_CACHE_FREE:
		assert_int_equal(m->cache[op->slot], op->arg);
		take(m, op, TRACE_CACHE_ALLOC);
		break;
	case TRACE_KFREE: case TRACE_VFREE: case TRACE_VUNMAP: case TRACE_IOUNMAP:
	case TRACE_VM_UNMAP_RAM: case TRACE_MUNMAP:
		take(m, op, ends[op->kind]);
		break;
	case TRACE_KMAP: case TRACE_KUNMAP:
		follow_map(m, op);
		break;
	case TRACE_KMAP_LOCAL: case TRACE_KMAP_ATOMIC:
		assert_int_equal(m->kind[op->slot], TRACE_PAGE_ALLOC);
		assert_true(++m->locals[op->task % TASKS] < 16);
		break;
	case TRACE_KUNMAP_LOCAL: case TRACE_KUNMAP_ATOMIC:
		assert_true(--m->locals[op->task % TASKS] >= 0);
		break;
	case TRACE_LRU_ADD:
		assert_int_equal(m->kind[op->slot], TRACE_PAGE_ALLOC);
		break;
	case TRACE_TOUCH:
		assert_int_equal(m->kind[op->slot], TRACE_MMAP);
		break;
	}
}

static bool has_items(unsigned int kind)
{
	return kind == TRACE_CACHE_ALLOC_BULK || kind == TRACE_CACHE_FREE_BULK || kind == TRACE_KFREE_BULK ||
	       kind == TRACE_PAGE_BULK || kind == TRACE_VMAP || kind == TRACE_VM_MAP_RAM;
}

static int follow_batch(void *arg, const struct trace_op *op, size_t n)
{
	struct model *m = arg;
	struct follow *f = m->f;
	size_t i;

	for (i = 0; i < n; i++, op++) {
		hash(f, (uint64_t)op->slot << 32 | op->size);
		hash(f, (uint64_t)op->kind << 48 | (uint64_t)op->order << 40 | op->gfp);
		if (op->kind == TRACE_ITEM) {
			follow_item(m, op);
			continue;
		}
		hash(f, op->time);
		hash(f, (uint64_t)op->arg << 32 | op->site);
		hash(f, (uint64_t)op->task << 16 | op->cpu << 8 | op->ctx);
		assert_int_equal(m->items, 0);
		assert_true(op->time >= f->last_time);
		f->last_time = op->time;
		f->operations++;
		f->by_kind[op->kind]++;
		follow_op(m, op);
		m->parent = *op;
		m->items = has_items(op->kind) ? op->size : 0;
	}
	return 0;
}

void follow_profile(struct follow *f, const struct synth_profile *p, uint64_t seed, uint64_t operations,
		    const char *const *settings)
{
	struct model *m = calloc(1, sizeof(*m));
	struct synth_options opt = { .seed = seed, .operations = operations, .settings = settings };
	struct synth_result result;
	struct mm_error err = { 0 };

	assert_non_null(m);
	if (!strcmp(p->name, "fitted"))
		opt.model = "traces/synth/profiles/build2g.ini";
	while (settings && settings[opt.nr_settings])
		opt.nr_settings++;
	*f = (struct follow){ 0 };
	m->f = f;
	if (synth_feed(p, &opt, follow_batch, m, &result, &err))
		fail_msg("%s: %s", p->name, err.text);
	assert_int_equal(m->items, 0);
	synth_result_free(&result);
	free(m);
}

void follow_trace(struct follow *f, const char *path)
{
	struct model *m = calloc(1, sizeof(*m));
	const struct trace_op *op;
	struct mm_error err = { 0 };
	struct mmt_reader *r = mmt_open(path, NULL, &err);
	size_t n;
	int rc;

	assert_non_null(m);
	if (!r)
		fail_msg("%s", err.text);
	*f = (struct follow){ 0 };
	m->f = f;
	while ((rc = mmt_next(r, &op, &n, &err)) > 0)
		follow_batch(m, op, n);
	if (rc)
		fail_msg("%s", err.text);
	assert_int_equal(m->items, 0);
	mmt_close(r);
	free(m);
}
