/* SPDX-License-Identifier: MIT
 *
 * The second pass: one event after the other to the builder of its role.
 */
#include "traces/import/build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define GAP_NS 1000000000ull

static int name_task(struct import_run *r, const struct import_event *ev, struct task *t)
{
	const char *comm = r->src->ops->comm(r->src, ev->pid, ev->comm);

	t->comm = ev->comm;
	t->kswapd = !strncmp(comm, "kswapd", 6);
	emit_quiet(&r->out);
	t->id = mmt_task(r->out.w, ev->pid, comm);
	return t->id ? 0 : mm_fail(r->err, -ENOMEM, "out of memory");
}

struct trace_op *extra_op(struct import_run *r, const struct import_event *ev, struct task *t,
			  unsigned int kind)
{
	if (!t->id || t->comm != ev->comm) {
		if (name_task(r, ev, t))
			r->out.status = -ENOMEM;
	}
	return emit_op(&r->out, ev, t->id, kind);
}

struct trace_op *make_op(struct import_run *r, const struct import_event *ev, struct task *t,
			 unsigned int kind)
{
	struct trace_op *op = extra_op(r, ev, t, kind);

	r->sum->made_operations++;
	t->last_op[ev->ctx] = emit_mark(&r->out);
	return op;
}

/* The name of a code address, in buf. */
static const char *code_name(struct import_run *r, uint64_t addr, bool with_offset, char *buf,
			     size_t size)
{
	uint64_t offset = 0;
	const char *name = r->src->ops->symbol(r->src, addr, &offset);

	if (!name)
		snprintf(buf, size, "0x%llx", (unsigned long long)addr);
	else if (with_offset && !import_is_sym(addr))
		snprintf(buf, size, "%s+0x%llx", name, (unsigned long long)offset);
	else
		snprintf(buf, size, "%s", name);
	return buf;
}

uint32_t site_id(struct import_run *r, uint64_t addr)
{
	struct addr_entry *e = addr_get(&r->site_ids, addr);
	char buf[256];

	if (e || !addr)
		return e ? e->slot : 0;
	e = addr_put(&r->site_ids, addr);
	if (!e)
		return 0;
	emit_quiet(&r->out);
	return e->slot = mmt_site(r->out.w, code_name(r, addr, true, buf, sizeof(buf)));
}

static uint32_t frame_id(struct import_run *r, uint64_t addr)
{
	struct addr_entry *e = addr_get(&r->frame_ids, addr);
	char buf[256];

	if (e || !addr)
		return e ? e->slot : 0;
	e = addr_put(&r->frame_ids, addr);
	if (!e)
		return 0;
	emit_quiet(&r->out);
	return e->slot = mmt_string(r->out.w, code_name(r, addr, false, buf, sizeof(buf)));
}

/* Newer kernels record the function that records, as the innermost one. */
static bool is_tracer(struct import_run *r, uint64_t addr)
{
	static const char begin[] = "trace_event_raw_event_";
	uint64_t offset;
	const char *name;

	if (addr == r->tracer || addr == r->no_tracer)
		return addr == r->tracer;
	name = r->src->ops->symbol(r->src, addr, &offset);
	if (name && !strncmp(name, begin, sizeof(begin) - 1))
		r->tracer = addr;
	else
		r->no_tracer = addr;
	return addr == r->tracer;
}

/* A stack belongs to the event before it of the same task, in the same context:
 * an interrupt's events may come between. */
static void build_stack(struct import_run *r, const struct import_event *ev, struct task *t)
{
	struct trace_op *op = emit_at(&r->out, t->last_op[ev->ctx]);
	uint32_t ids[IMPORT_LIST_MAX], i, first;

	folded(r, FOLD_STACK);
	if (!t->last_op[ev->ctx] || !op || !ev->nlist)
		return;
	first = ev->nlist > 1 && is_tracer(r, ev->list[0]);
	for (i = first; i < ev->nlist; i++)
		ids[i - first] = frame_id(r, ev->list[i]);
	op->site = import_stack_id(r, ids, ev->nlist - first);
	r->sum->stacks++;
	t->last_op[ev->ctx] = 0;
}

static void build_mark(struct import_run *r, const struct import_event *ev, struct task *t)
{
	char name[128];
	struct trace_op *op;
	size_t n = ev->text_len < sizeof(name) - 1 ? ev->text_len : sizeof(name) - 1;

	memcpy(name, ev->text ? ev->text : "", ev->text ? n : 0);
	name[ev->text ? n : 0] = '\0';
	name[strcspn(name, "\n")] = '\0';
	op = make_op(r, ev, t, TRACE_MARK);
	emit_quiet(&r->out);
	op->arg = mmt_string(r->out.w, name);
	n = strlen(name);
	/* A recording of a machine's state begins here. */
	op->size = !strncmp(name, "GTSNAP ", 7) && n > 6 && !strcmp(name + n - 6, " begin");
}

static void build_drain(struct import_run *r, const struct import_event *ev, struct task *t)
{
	if (ev->f[F_PTR])
		not_replayed(r, NOT_DRAIN_ZONE);
	else
		make_op(r, ev, t, TRACE_DRAIN);
}

static void build_event(struct import_run *r, const struct import_event *ev, struct task *t)
{
	uint32_t epoch = run_epoch(r, ev);

	if (ev->role != ROLE_STACK)
		t->last_op[ev->ctx] = 0;
	if (ev->role != ROLE_KFREE && ev->role != ROLE_CACHE_FREE)
		t->nr_bulk = 0;
	switch (ev->role) {
	case ROLE_UNKNOWN:
	case ROLE_INFO:
		break; /* counted by kind, at the end */
	case ROLE_PAGE_ALLOC:
		build_page_alloc(r, ev, t, epoch);
		break;
	case ROLE_PAGE_FREE:
		build_page_free(r, ev, t, epoch);
		break;
	case ROLE_PAGE_FREE_BATCHED:
		folded(r, FOLD_BATCHED);
		break;
	case ROLE_PAGE_INTERNAL:
		folded(r, FOLD_PAGE_INTERNAL);
		break;
	case ROLE_BULK:
	case ROLE_BULK_PAGE:
	case ROLE_BULK_RET:
		build_bulk(r, ev, t);
		break;
	case ROLE_LRU_ADD:
		build_lru(r, ev, t);
		break;
	case ROLE_ISOLATE:
	case ROLE_ISOLATE_RET:
		build_isolate(r, ev, t);
		break;
	case ROLE_MIGRATE:
		build_migrate(r, ev);
		break;
	case ROLE_DRAIN:
		build_drain(r, ev, t);
		break;
	case ROLE_KMALLOC:
	case ROLE_CACHE_ALLOC:
		build_object_alloc(r, ev, t, epoch);
		break;
	case ROLE_KFREE:
	case ROLE_CACHE_FREE:
		build_object_free(r, ev, t);
		break;
	case ROLE_SLAB_NEW:
	case ROLE_SLAB_NEW_RET:
	case ROLE_SLAB_FREE:
	case ROLE_ALLOC_BULK_BEGIN:
		build_slab_probe(r, ev, t);
		break;
	case ROLE_ALLOC_BULK:
		build_alloc_bulk(r, ev, t, epoch);
		break;
	case ROLE_FREE_BULK:
		build_free_bulk(r, ev, t, epoch);
		break;
	case ROLE_STACK:
		build_stack(r, ev, t);
		break;
	case ROLE_MARK:
		build_mark(r, ev, t);
		break;
	case ROLE_CONSTS:
		folded(r, FOLD_CONSTS);
		break;
	case ROLE_PCPU_AREAS:
		not_replayed(r, NOT_PCPU_AREAS);
		break;
	case ROLE_RECLAIM_BEGIN:
		t->reclaim += t->reclaim < 255;
		break; /* counted by kind */
	case ROLE_RECLAIM_END:
		t->reclaim -= t->reclaim > 0;
		break;
	default:
		if (ev->role >= ROLE_KMAP && ev->role <= ROLE_KUNMAP_ATOMIC)
			build_kmap(r, ev, t);
		else
			build_vm(r, ev, t);
	}
}

static void note_time(struct import_run *r, const struct import_event *ev)
{
	uint64_t gap = ev->time - r->last_time;

	if (r->last_time && ev->time > r->last_time && gap > GAP_NS) {
		r->sum->time_gaps++;
		if (gap > r->sum->largest_gap_ns)
			r->sum->largest_gap_ns = gap;
	}
	if (ev->time < r->last_time)
		r->sum->backward_times++;
	else
		r->last_time = ev->time;
}

int import_build(struct import_run *r)
{
	struct import_source *src = r->src;
	struct import_event ev;
	struct task *t;
	uint64_t n = 0;
	int res;

	memset(&ev, 0, sizeof(ev));
	for (;;) {
		if (!(n & 0xffff) && (res = run_progress(r, true)))
			return res;
		res = src->ops->next(src, &ev, r->err);
		if (res <= 0)
			break;
		r->events++;
		if (!n++)
			r->out.start = ev.time;
		t = import_task_of(&r->tasks, &ev);
		if (!t)
			return mm_fail(r->err, -ENOMEM, "out of memory");
		note_time(r, &ev);
		build_event(r, &ev, t);
		res = emit_room(&r->out);
		if (res)
			return res;
	}
	if (res < 0)
		return res;
	r->sum->duration_ns = r->last_time - r->out.start;
	return emit_flush(&r->out, true);
}
