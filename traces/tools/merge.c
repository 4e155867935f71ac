/* SPDX-License-Identifier: MIT
 *
 * merge: several traces as one.
 *
 * The trace whose next operation is the earliest is copied up to the time at
 * which another one is due (ties go to the one named first); with few inputs
 * the search for that one costs less than a heap.  Each input has its own table
 * from its slots to the output's, filled as slots come up, so nothing need be
 * known of liveness.  Names meet in the writer's dictionaries.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "traces/tools/flow.h"
#include "traces/tools/merge_names.h"

enum { MAX_SLOTS = 1 << 28 };	/* of an input, as live.c */

struct merge;

struct source {
	struct flow f;		/* r and names; the writer is shared */
	struct tool_io io;
	const struct merge *all;
	struct rename_rules rules;
	struct merge_source names;
	const char *path;
	const struct trace_op *op;	/* the batch, and ... */
	size_t n, i;			/* ... the operation that is next */
	uint64_t base;		/* its time 0 in the output */
	uint8_t cpu;		/* its CPU 0 */
	uint32_t *slot;		/* its slots in the output + 1; 0: not met */
	uint32_t nr_slot;
	bool ended;
};

struct merge {
	const struct tool_io *io;
	const struct merge_options *opt;
	struct tool_summary *sum;
	struct mmt_writer *w;
	struct merge_names names;
	struct source *source;
	size_t n;
	uint32_t next_slot;
	uint64_t last;		/* time of the last operation put */
	struct trace_op *buf;	/* one operation and its items */
	size_t cap;
};

/* ---- opening ---- */

/* A source has read on: tell of all sources. */
static bool progress(void *arg, uint64_t done, double part)
{
	const struct merge *m = ((const struct source *)arg)->all;
	uint64_t size = 0, offset = 0;
	size_t i;

	for (i = 0, done = 0; i < m->n; i++) {
		const struct mmt_reader *r = m->source[i].f.r;

		done += m->source[i].f.read;
		if (!r || !mmt_size(r))
			part = -1;
		else
			size += mmt_size(r);
		offset += r ? mmt_offset(r) : 0;
	}
	return m->io->progress(m->io->arg, done, part < 0 ? -1 : (double)offset / (double)size);
}

static int open_source(struct merge *m, size_t nr, const char *path, struct mm_error *err)
{
	struct mmt_read_options opt = { .no_answers = m->io->write.no_answers };
	struct source *s = &m->source[nr];

	s->path = path;
	s->all = m;
	s->io = (struct tool_io){ .input = path, .output = m->io->output, .arg = s,
				  .progress = m->io->progress ? progress : NULL };
	s->f.io = &s->io;
	s->f.r = mmt_open(path, &opt, err);
	if (!s->f.r)
		return err->code;
	s->names = (struct merge_source){ &m->names, (unsigned int)nr };
	merge_names_rules(&s->rules, &s->names);
	s->f.names = (struct renames){ .r = s->f.r, .w = m->w, .rules = &s->rules };
	return 0;
}

static int place_cpus(struct merge *m, struct mm_error *err)
{
	struct trace_totals t;
	unsigned int cpus = 0;
	size_t i;

	for (i = 0; i < m->n && m->opt->cpus_apart; i++) {
		m->source[i].cpu = (uint8_t)cpus;
		if (mmt_totals(m->source[i].f.r, &t, NULL))
			return mm_fail(err, -ESPIPE, "%s: the number of its CPUs is not known before its end: "
				       "write it to a file first", m->source[i].path);
		cpus += t.cpus;
		if (cpus > 256)
			return mm_fail(err, -EINVAL, "%s: the traces have %u CPUs together, expected 256 at "
				       "most", m->source[i].path, cpus);
	}
	return 0;
}

/* ---- operations ---- */

static uint32_t *slot_entry(struct source *s, uint32_t slot, struct mm_error *err)
{
	uint32_t n = s->nr_slot ? s->nr_slot : 1024, *p;

	if (slot < s->nr_slot)
		return &s->slot[slot];
	while (n <= slot && n < MAX_SLOTS)
		n *= 2;
	p = slot < n ? realloc(s->slot, n * sizeof(*p)) : NULL;
	if (!p) {
		mm_fail(err, -ENOMEM, "%s: no memory for slot number %u", s->path, slot);
		return NULL;
	}
	memset(p + s->nr_slot, 0, (n - s->nr_slot) * sizeof(*p));
	s->slot = p;
	s->nr_slot = n;
	return &s->slot[slot];
}

static int rename_slot(struct merge *m, struct source *s, struct trace_op *op, struct mm_error *err)
{
	uint32_t *p;

	if (op->slot == TRACE_NO_SLOT)
		return 0;
	p = slot_entry(s, op->slot, err);
	if (!p)
		return -ENOMEM;
	if (!*p)
		*p = ++m->next_slot;
	op->slot = *p - 1;
	return 0;
}

static int put(struct merge *m, struct source *s, const struct trace_op *op, struct mm_error *err)
{
	size_t n = live_records(op), i;
	int rc = 0;

	if (n > m->cap) {
		struct trace_op *p = realloc(m->buf, n * sizeof(*p));

		if (!p)
			return mm_fail(err, -ENOMEM, "no memory for %zu items", n);
		m->buf = p;
		m->cap = n;
	}
	memcpy(m->buf, op, n * sizeof(*op));
	m->last = s->base + op->time;
	for (i = 0; i < n && !rc; i++) {
		m->buf[i].time = m->last;
		m->buf[i].cpu = (uint8_t)(op[i].cpu + s->cpu);
		rc = rename_slot(m, s, &m->buf[i], err);
		renames_op(&s->f.names, &m->buf[i]);
	}
	if (rc)
		return rc;
	if (!merge_names_passes(&s->names, m->buf)) {
		m->sum->dropped++;
		return 0;
	}
	if (s->f.names.failed || m->names.failed)
		return mm_fail(err, -ENOMEM, "%s: no memory for the names", s->path);
	return mmt_write(m->w, m->buf, n, err);
}

/* ---- the order ---- */

/* Fetch the next batch when the last one is used up. */
static int fetch(struct source *s, struct mm_error *err)
{
	int rc;

	while (!s->ended && s->i >= s->n) {
		s->i = 0;
		s->n = 0;
		rc = flow_next(&s->f, &s->op, &s->n, err);
		if (rc < 0)
			return rc;
		s->ended = !rc;
	}
	if (!s->ended && s->op[s->i].time > INT64_MAX - s->base)
		return mm_fail(err, -EINVAL, "%s: it would come after 2^63 ns, 292 years", s->path);
	return 0;
}

static uint64_t due(const struct source *s)
{
	return s->ended ? UINT64_MAX : s->base + s->op[s->i].time;
}

/* Copy s as long as it is due before `limit`, or at it. */
static int run(struct merge *m, struct source *s, uint64_t limit, struct mm_error *err)
{
	int rc = 0;

	while (!rc && !s->ended && due(s) <= limit) {
		rc = put(m, s, &s->op[s->i], err);
		s->i += live_records(&s->op[s->i]);
		if (!rc)
			rc = fetch(s, err);
	}
	return rc;
}

/* The inputs in the order of their times. */
static int interleave(struct merge *m, struct mm_error *err)
{
	int rc = 0;
	size_t i;

	for (i = 0; i < m->n && !rc; i++) {
		m->source[i].base = i * m->opt->delay;
		rc = fetch(&m->source[i], err);
	}
	while (!rc) {
		size_t first = 0;
		uint64_t limit = UINT64_MAX;

		for (i = 1; i < m->n; i++)
			if (due(&m->source[i]) < due(&m->source[first]))
				first = i;
		for (i = 0; i < m->n; i++) {
			uint64_t d = due(&m->source[i]);

			/* One that is named before has its turn at the same time. */
			if (i != first && d != UINT64_MAX && d - (i < first) < limit)
				limit = d - (i < first);
		}
		if (m->source[first].ended)
			break;
		rc = run(m, &m->source[first], limit, err);
	}
	return rc;
}

/* One input behind the other. */
static int append(struct merge *m, struct mm_error *err)
{
	int rc = 0;
	size_t i;

	for (i = 0; i < m->n && !rc; i++) {
		m->source[i].base = i ? m->last + m->opt->delay : 0;
		rc = fetch(&m->source[i], err);
		if (!rc)
			rc = run(m, &m->source[i], UINT64_MAX, err);
	}
	return rc;
}

/* ---- all of it ---- */

static int finish(struct merge *m, int rc, struct mm_error *err)
{
	const struct mmt_reader *readers[MERGE_MAX];
	size_t i;

	if (rc) {
		mmt_abort(m->w);
		return rc;
	}
	for (i = 0; i < m->n; i++) {
		readers[i] = m->source[i].f.r;
		m->sum->read += m->source[i].f.read;
	}
	if (merge_names_meta(m->w, readers, m->n, m->opt->cpus_apart, m->io->history)) {
		mmt_abort(m->w);
		return mm_fail(err, -ENOMEM, "no memory for the metadata");
	}
	return mmt_finish(m->w, &m->sum->totals, err);
}

static void release(struct merge *m)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		renames_free(&m->source[i].f.names);
		mmt_close(m->source[i].f.r);
		free(m->source[i].slot);
	}
	merge_names_free(&m->names);
	free(m->source);
	free(m->buf);
}

int trace_merge(const struct tool_io *io, const char *const *inputs, size_t n,
		const struct merge_options *opt, struct tool_summary *sum, struct mm_error *err)
{
	struct merge m = { .io = io, .opt = opt, .sum = sum, .n = n };
	size_t i;
	int rc = 0;

	memset(sum, 0, sizeof(*sum));
	if (n > MERGE_MAX)
		return mm_fail(err, -EINVAL, "found %zu traces, expected %d at most", n, MERGE_MAX);
	if (!strcmp(io->output, "-") && isatty(STDOUT_FILENO))
		return flow_terminal(err);
	m.names.apart = opt->caches_apart;
	m.source = calloc(n, sizeof(*m.source));
	m.w = m.source ? mmt_create(io->output, &io->write, err) : NULL;
	if (!m.w) {
		free(m.source);
		return m.source ? err->code : mm_fail(err, -ENOMEM, "no memory for %zu traces", n);
	}
	for (i = 0; i < n && !rc; i++)
		rc = open_source(&m, i, inputs[i], err);
	if (!rc)
		rc = place_cpus(&m, err);
	if (!rc)
		rc = opt->append ? append(&m, err) : interleave(&m, err);
	rc = finish(&m, rc, err);
	release(&m);
	return rc;
}
