/* SPDX-License-Identifier: MIT
 *
 * The importer of perf.data: records through the queues to events.
 *
 * A sample's tracepoint record is what a trace.dat holds, so its fields are
 * read by the same code (dat_decode.c); what perf adds is the frame around it:
 * time, CPU, task, callchain.  A callchain becomes an event of its own behind
 * its sample, as a trace.dat has them.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include "traces/import/perf_source.h"

/* Bits of common_flags: Linux 6.1 include/linux/trace_events.h trace_flag_type. */
#define FLAG_HARDIRQ 0x08
#define FLAG_SOFTIRQ 0x10
/* From here on an "address" of a callchain says whose frames follow. */
#define CONTEXT_MARKS ((uint64_t)PERF_CONTEXT_MAX)

void perf_note(struct perf_source *s, const char *fmt, ...)
{
	size_t n = strlen(s->src.note);
	va_list ap;

	if (n + 2 < sizeof(s->src.note) && n) {
		strcpy(s->src.note + n, "; ");
		n += 2;
	}
	va_start(ap, fmt);
	vsnprintf(s->src.note + n, sizeof(s->src.note) - n, fmt, ap);
	va_end(ap);
}

/* ---- records on their way in ---- */

static int enqueue(struct perf_source *s, uint32_t cpu, uint64_t time, uint32_t attr,
		   struct mm_error *err)
{
	struct perf_entry e = { .time = time, .record = s->reader.record, .attr = attr };

	if (s->reader.was_packed) {
		e.block = s->reader.block;
		e.block->users++;
	}
	return perf_order_push(&s->order, cpu, e) ? mm_fail(err, -ENOMEM, "out of memory") : 0;
}

static int take_sample(struct perf_source *s, struct mm_error *err)
{
	const uint8_t *rec = s->reader.record;
	const struct perf_attr *a = perf_attr_of(&s->file, rec, s->reader.size, true);

	if (!a || !a->kind) {
		s->strange++;
		return 0;
	}
	if (s->reader.size < a->body)
		return perf_reader_bad(&s->reader, err, "a sample that ends before its fixed parts do");
	a->kind->count++;
	if (source_skips(&s->src, a->kind->role) || a->kind->role <= ROLE_INFO)
		return 0;
	return enqueue(s, a->cpu ? perf_u32(rec + a->cpu) : 0, perf_u64(rec + a->time),
		       a - s->file.attrs + 1, err);
}

/* COMM and FORK take their turn among the samples; those that perf made up at
 * the begin, of tasks that were there already, have no time. */
static int take_task(struct perf_source *s, struct mm_error *err)
{
	const uint8_t *rec = s->reader.record;
	uint32_t size = s->reader.size;
	const struct perf_attr *a = perf_attr_of(&s->file, rec, size, false);
	uint64_t time = a && a->end_time && size >= a->end_time + 8u ?
			perf_u64(rec + size - a->end_time) : 0;

	if (!time)
		return perf_tasks_record(&s->tasks, rec, size) ? mm_fail(err, -ENOMEM, "out of memory") : 0;
	return enqueue(s, a->end_cpu && size >= a->end_cpu + 8u ? perf_u32(rec + size - a->end_cpu) : 0,
		       time, 0, err);
}

/* The kernel counts what did not fit in the buffer in LOST, and perf reads the
 * counters of the same losses at the end (LOST_SAMPLES): the larger one holds. */
static void take_lost(struct perf_source *s)
{
	const uint8_t *rec = s->reader.record;

	if (perf_type(rec) == PERF_RECORD_LOST && s->reader.size >= 24) {
		s->lost_records += perf_u64(rec + 16);
		s->src.lost_places++;
	} else if (s->reader.size >= 16) {
		s->lost_samples += perf_u64(rec + 8);
	}
}

static void end_of_records(struct perf_source *s)
{
	s->ended = true;
	perf_order_end(&s->order);
	s->src.lost = s->lost_records > s->lost_samples ? s->lost_records : s->lost_samples;
	if (s->src.lost && !s->src.lost_places)
		s->src.lost_places = 1;
	if (!s->reader.cut_at && !s->file.open_end && !s->file.cut)
		return;
	if (!strstr(s->src.note, "cut"))
		perf_note(s, "the file is cut at offset %llu%s: what is whole before was imported",
			 (unsigned long long)(s->reader.cut_at ? s->reader.cut_at : s->file.data_end),
			 s->file.open_end ? " (perf record did not end in order)" : "");
}

/* Read until something may go. */
static int fill(struct perf_source *s, struct mm_error *err)
{
	int r = 0;

	while (!s->order.going && !s->ended && r >= 0) {
		r = perf_reader_next(&s->reader, err);
		if (r < 0)
			break;
		if (!r) {
			end_of_records(s);
			break;
		}
		switch (perf_type(s->reader.record)) {
		case PERF_RECORD_SAMPLE:
			r = take_sample(s, err);
			break;
		case PERF_RECORD_COMM:
		case PERF_RECORD_FORK:
			r = take_task(s, err);
			break;
		case PERF_RECORD_LOST:
		case PERF_RECORD_LOST_SAMPLES:
			take_lost(s);
			break;
		case PERF_FINISHED_ROUND:
			perf_order_round(&s->order);
			break;
		}
	}
	return r < 0 ? r : 0;
}

/* ---- events on their way out ---- */

static uint8_t context(uint8_t flags, bool probe)
{
	if (flags & FLAG_HARDIRQ && !probe) /* a breakpoint counts as one itself */
		return TRACE_HARDIRQ;
	return flags & FLAG_SOFTIRQ ? TRACE_SOFTIRQ : TRACE_TASK;
}

/* Keep the kernel's frames of a callchain for the event behind this one. */
static void keep_chain(struct perf_source *s, const struct perf_sample *sample)
{
	bool kernel = false;
	uint64_t i, ip;

	s->nr_chain = 0;
	for (i = 0; i < sample->chain_len && s->nr_chain < IMPORT_LIST_MAX; i++) {
		ip = perf_u64(sample->chain + i * 8);
		if (ip >= CONTEXT_MARKS)
			kernel = ip == (uint64_t)PERF_CONTEXT_KERNEL;
		else if (kernel)
			s->chain[s->nr_chain++] = ip;
	}
	s->chain_next = s->nr_chain > 0;
	s->chains += s->chain_next;
}

/* 1: an event, 0: none, though it was counted. */
static int deliver(struct perf_source *s, const struct perf_entry *e, struct import_event *ev,
		   struct mm_error *err)
{
	const struct perf_attr *a = &s->file.attrs[e->attr - 1];
	const uint8_t *rec = e->record;
	struct perf_sample sample;
	int32_t tid;

	if (!perf_sample_parts(a, rec, perf_size(rec), &sample) || sample.raw_len < 8)
		return mm_fail(err, -EBADMSG, "%s: damaged record: a sample of %s (time %llu, %u bytes), whose parts do not fit in it",
			       s->file.in->path, a->kind->name, (unsigned long long)e->time,
			       perf_size(rec));
	ev->time = e->time;
	ev->cpu = a->cpu ? perf_u32(rec + a->cpu) : 0;
	ev->ctx = context(sample.raw[2], a->kind->probe);
	ev->pid = perf_u32(sample.raw + 4);	/* common_pid: also of a task that is exiting */
	tid = a->tid ? (int32_t)perf_u32(rec + a->tid + 4) : 0;
	ev->comm = ev->pid ? perf_tasks_name(&s->tasks, tid > 0 ? tid : ev->pid) : 0;
	dat_decode(&s->kinds, a->kind, sample.raw, sample.raw_len, ev, s->list);
	if (sample.chain && !source_skips(&s->src, ROLE_STACK)) {
		keep_chain(s, &sample);
		s->last = *ev;
	}
	return 1;
}

static void deliver_chain(struct perf_source *s, struct import_event *ev)
{
	s->chain_next = false;
	*ev = s->last;
	ev->role = ROLE_STACK;
	ev->has = 0;
	ev->text = NULL;
	ev->list = s->chain;
	ev->nlist = s->nr_chain;
}

int perf_next(struct import_source *src, struct import_event *ev, struct mm_error *err)
{
	struct perf_source *s = perf_of(src);
	struct perf_entry e;
	int r;

	if (s->chain_next) {
		deliver_chain(s, ev);
		return 1;
	}
	for (;;) {
		perf_block_release(&s->reader, s->held);
		s->held = NULL;
		if (!perf_order_pop(&s->order, &e)) {
			if (s->ended)
				return 0;
			r = fill(s, err);
			if (r)
				return r;
			continue;
		}
		s->held = e.block;
		if (e.attr)
			return deliver(s, &e, ev, err);
		if (perf_tasks_record(&s->tasks, e.record, perf_size(e.record)))
			return mm_fail(err, -ENOMEM, "out of memory");
	}
}

int perf_rewind(struct import_source *src, struct mm_error *err)
{
	struct perf_source *s = perf_of(src);
	struct perf_entry e;
	size_t i;

	(void)err;
	perf_order_end(&s->order); /* let the blocks go */
	while (perf_order_pop(&s->order, &e))
		perf_block_release(&s->reader, e.block);
	perf_order_clear(&s->order);
	perf_block_release(&s->reader, s->held);
	s->held = NULL;
	perf_reader_rewind(&s->reader);
	perf_tasks_clear(&s->tasks);
	for (i = 0; i < s->kinds.n; i++)
		s->kinds.v[i].count = 0;
	s->chains = s->strange = s->lost_records = s->lost_samples = 0;
	src->lost = src->lost_places = 0;
	s->chain_next = s->ended = false;
	return 0;
}
