/* SPDX-License-Identifier: MIT
 *
 * Random valid operations (see make_ops.h).  xorshift32 makes them: the same
 * seed gives the same operations everywhere.
 */
#include "tests/format/make_ops.h"

#include <stdarg.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define NAMES 20u		/* sites, tasks and caches that define_names makes */

struct maker {
	enum ops_style style;
	uint32_t seed;
	uint64_t time;
	struct trace_slots slots;
	uint32_t live[4096];
	size_t nr_live;
	struct ops out;
	size_t cap;
};

static uint32_t rnd(struct maker *m)
{
	m->seed ^= m->seed << 13;
	m->seed ^= m->seed >> 17;
	m->seed ^= m->seed << 5;
	return m->seed;
}

static uint32_t below(struct maker *m, uint32_t n)
{
	return rnd(m) % n;
}

static void push(struct maker *m, struct trace_op op)
{
	if (m->out.n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 1024;
		m->out.op = realloc(m->out.op, m->cap * sizeof(op));
		assert_non_null(m->out.op);
	}
	m->out.op[m->out.n++] = op;
}

static uint32_t new_slot(struct maker *m)
{
	uint32_t slot;

	if (m->style == OPS_WILD && below(m, 4) == 0)
		return below(m, 2) ? TRACE_NO_SLOT : rnd(m);
	slot = trace_slot_get(&m->slots);
	if (m->nr_live < 4096)
		m->live[m->nr_live++] = slot;
	return slot;
}

static uint32_t old_slot(struct maker *m, bool end)
{
	size_t i;
	uint32_t slot;

	if (!m->nr_live || (m->style == OPS_WILD && below(m, 8) == 0))
		return TRACE_NO_SLOT;
	i = below(m, 3) ? m->nr_live - 1 - below(m, m->nr_live < 8 ? m->nr_live : 8)
			: below(m, (uint32_t)m->nr_live);
	slot = m->live[i];
	if (end) {
		m->live[i] = m->live[--m->nr_live];
		assert_int_equal(trace_slot_put(&m->slots, slot), 0);
	}
	return slot;
}

static uint32_t an_answer(struct maker *m)
{
	switch (below(m, 4)) {
	case 0:
		return TRACE_NO_ANSWER;
	case 1:
		return 0xc0000000u + (below(m, 1000) << 12);
	case 2:
		return below(m, 2) ? 0 : below(m, 1u << 20);
	}
	return rnd(m);
}

static struct trace_op base_op(struct maker *m, uint8_t kind)
{
	struct trace_op op = { .kind = kind, .slot = TRACE_NO_SLOT };

	m->time += below(m, 10) ? below(m, 20000) : 0;
	if (below(m, 500) == 0)
		m->time += (uint64_t)rnd(m) << below(m, 8);
	op.time = m->time;
	op.answer = an_answer(m);
	op.site = below(m, NAMES);
	op.task = below(m, 10) ? 1 + (uint32_t)(m->out.n / 100) % 10 : below(m, NAMES);
	op.cpu = (uint8_t)below(m, 2);
	if (m->style == OPS_WILD) {
		op.gfp = rnd(m);
		op.order = (uint8_t)rnd(m);
		op.cpu = (uint8_t)rnd(m);
		op.ctx = (uint8_t)below(m, 3);
		op.size = rnd(m);
		op.arg = rnd(m);
	}
	return op;
}

static void bulk(struct maker *m, uint8_t kind, bool end, bool fresh)
{
	struct trace_op op = base_op(m, kind);
	uint32_t i;

	op.size = below(m, 300) ? below(m, 12) : below(m, 9000);
	op.arg = below(m, NAMES);
	if (kind == TRACE_VMAP)
		op.slot = new_slot(m);
	push(m, op);
	for (i = 0; i < op.size; i++) {
		struct trace_op item = { .kind = TRACE_ITEM, .time = op.time };

		item.slot = fresh ? new_slot(m) : old_slot(m, end);
		item.answer = an_answer(m);
		push(m, item);
	}
}

static void single(struct maker *m, uint8_t kind)
{
	struct trace_op op = base_op(m, kind);

	switch (kind) {
	case TRACE_PAGE_ALLOC: case TRACE_PAGE_FOREIGN: case TRACE_KMALLOC:
	case TRACE_CACHE_ALLOC: case TRACE_VMALLOC: case TRACE_IOREMAP: case TRACE_MMAP:
		op.slot = new_slot(m);
		op.gfp = MM_GFP_KERNEL;
		if (kind == TRACE_KMALLOC)
			op.size = m->style == OPS_WILD ? rnd(m) : 8u << below(m, 8);
		break;
	case TRACE_PAGE_FREE: case TRACE_KFREE: case TRACE_CACHE_FREE: case TRACE_VFREE:
	case TRACE_IOUNMAP: case TRACE_MUNMAP: case TRACE_VUNMAP: case TRACE_VM_UNMAP_RAM:
		op.slot = old_slot(m, true);
		break;
	case TRACE_KMAP: case TRACE_KUNMAP: case TRACE_KMAP_LOCAL: case TRACE_KMAP_ATOMIC:
	case TRACE_TOUCH: case TRACE_LRU_ADD:
		op.slot = old_slot(m, false);
		op.arg = below(m, 3) ? 0 : below(m, 1024);
		break;
	}
	if (kind >= TRACE_CACHE_CREATE && kind <= TRACE_CACHE_FREE_BULK)
		op.arg = below(m, NAMES);
	if (kind == TRACE_MARK)
		op.arg = below(m, 2);
	push(m, op);
}

struct ops make_ops(enum ops_style style, uint32_t seed, size_t n)
{
	struct maker *m = calloc(1, sizeof(*m));
	struct ops out;

	assert_non_null(m);
	m->style = style;
	m->seed = seed * 2654435761u + 1;
	while (m->out.n < n) {
		uint8_t kind = (uint8_t)(1 + below(m, TRACE_KIND_MAX));

		if (!trace_kind_name(kind))
			continue;
		switch (kind) {
		case TRACE_PAGE_BULK: case TRACE_CACHE_ALLOC_BULK:
			bulk(m, kind, false, true);
			break;
		case TRACE_KFREE_BULK: case TRACE_CACHE_FREE_BULK:
			bulk(m, kind, true, false);
			break;
		case TRACE_VMAP: case TRACE_VM_MAP_RAM:
			bulk(m, kind, false, false);
			break;
		default:
			single(m, kind);
		}
	}
	out = m->out;
	trace_slots_free(&m->slots);
	free(m);
	return out;
}

void define_names(struct mmt_writer *w)
{
	char name[32];
	uint32_t i;

	for (i = 1; i < NAMES; i++) {
		struct trace_cache cache = { .name = name, .size = i * 8, .align = i & 1,
					     .flags = TRACE_CACHE_CTOR };
		snprintf(name, sizeof(name), "site_%u+0x%x", i, i * 16);
		assert_int_equal(mmt_site(w, name), i);
		snprintf(name, sizeof(name), "comm%u", i);
		assert_int_equal(mmt_task(w, (int32_t)i * 100, name), i);
		snprintf(name, sizeof(name), "cache-%u", i);
		assert_int_equal(mmt_cache(w, &cache), i);
	}
}

struct trace_totals write_ops(const char *path, const struct ops *ops,
			      const struct mmt_write_options *opt)
{
	struct trace_totals totals;
	struct mm_error err = { 0 };
	struct mmt_writer *w = mmt_create(path, opt, &err);
	size_t i, piece;

	assert_non_null(w);
	define_names(w);
	assert_int_equal(mmt_meta(w, "kernel", "6.1.0-test"), 0);
	for (i = 0; i < ops->n; i += piece) {
		piece = ops->n - i < 777 ? ops->n - i : 777;
		if (mmt_write(w, ops->op + i, piece, &err))
			fail_msg("%s", err.text);
	}
	if (mmt_finish(w, &totals, &err))
		fail_msg("%s", err.text);
	return totals;
}

static char folder[] = "/tmp/mmt-test-XXXXXX";

static void remove_folder(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -rf %s", folder);
	if (system(command))
		perror(folder);
}

const char *temp_path(const char *name)
{
	static char paths[8][128];
	static unsigned int next;
	static bool made;
	char *path = paths[next++ % 8];

	if (!made) {
		assert_non_null(mkdtemp(folder));
		atexit(remove_folder);
		made = true;
	}
	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

void *read_file(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	char *data;
	long size;

	assert_non_null(f);
	assert_int_equal(fseek(f, 0, SEEK_END), 0);
	size = ftell(f);
	rewind(f);
	data = malloc((size_t)size + 1);
	assert_non_null(data);
	*n = fread(data, 1, (size_t)size, f);
	assert_int_equal(*n, size);
	fclose(f);
	return data;
}

void write_file(const char *path, const void *data, size_t n)
{
	FILE *f;

	/* A new file: some file systems flush a file that is truncated and
	 * written again, which makes thousands of them slow. */
	remove(path);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

bool same_op(const struct trace_op *a, const struct trace_op *b)
{
	return a->time == b->time && a->slot == b->slot && a->size == b->size &&
	       a->gfp == b->gfp && a->site == b->site && a->task == b->task &&
	       a->arg == b->arg && a->answer == b->answer && a->kind == b->kind &&
	       a->order == b->order && a->cpu == b->cpu && a->ctx == b->ctx;
}
