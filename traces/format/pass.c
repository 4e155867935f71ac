/* SPDX-License-Identifier: MIT
 *
 * Whole chunks from one trace into another.  A chunk depends on nothing but the
 * ids of names, and its times count from the one in its header, so its payload
 * can be written as it was read.  It is decoded all the same: the index counts
 * kinds, and what is damaged or ends too late must not pass.
 */
#include <errno.h>

#include "traces/format/codec.h"
#include "traces/format/decode.h"
#include "traces/format/reader.h"
#include "traces/format/writer.h"

bool mmt_copy_names(struct mmt_writer *w, const struct mmt_reader *r)
{
	const struct mmt_names *n = &r->names;
	bool same = true;
	uint32_t i;

	for (i = 1; i <= n->nr_strings; i++)
		same &= mmt_string(w, names_string(n, i)) == i;
	for (i = 1; i <= n->nr_sites && same; i++) {
		const struct site_def *s = &n->sites[i - 1];

		same &= (s->name ? mmt_site(w, names_string(n, s->name))
				 : mmt_stack(w, s->frames, s->nr_frames)) == i;
	}
	for (i = 1; i <= n->nr_tasks && same; i++)
		same &= mmt_task(w, n->tasks[i - 1].pid, names_string(n, n->tasks[i - 1].comm)) == i;
	for (i = 1; i <= n->nr_caches && same; i++) {
		struct trace_cache c = mmt_get_cache(r, i);

		same &= mmt_cache(w, &c) == i;
	}
	return same;
}

/* The payload that was read last, from its start. */
static int begin(struct mmt_reader *r, struct mm_error *err)
{
	struct mmt_view payload = { .p = r->payload.p, .end = r->payload.p + r->payload.n };

	return decoder_begin(r->decoder, &r->header, payload, err);
}

/* Decode the chunk; totals of its operations are added to *t. */
static int count(struct mmt_reader *r, struct trace_totals *t, struct mm_error *err)
{
	const struct trace_op *op;
	size_t n, i;
	int rc;

	while ((rc = decoder_batch(r->decoder, &op, &n, err)) > 0) {
		for (i = 0; i < n; i++) {
			t->by_kind[op[i].kind]++;
			if (op[i].slot != TRACE_NO_SLOT && op[i].slot >= t->slots)
				t->slots = op[i].slot + 1;
			if (op[i].cpu >= t->cpus)
				t->cpus = op[i].cpu + 1u;
		}
		t->duration_ns = op[n - 1].time;
	}
	if (rc < 0) {
		r->chunk--;
		r->in_chunk = false;
		return chunks_where(r, r->chunk_offset, err);
	}
	return 0;
}

/* Whether the reader stands between two chunks, with all that it had handed out. */
static bool between(const struct mmt_reader *r, const struct mmt_pass *pass)
{
	return r->have_index && !r->ended && !r->opt.salvage && !r->opt.no_answers &&
	       r->operations == pass->done;
}

static int put(struct mmt_writer *w, const struct mmt_reader *r, const struct mmt_pass *pass,
	       const struct trace_totals *t)
{
	struct chunk_header h = r->header;
	int rc = writer_put_ops(w);

	if (!rc)
		rc = writer_put_names(w);
	if (rc)
		return rc;
	w->payload.n = 0;
	buf_put(&w->payload, r->payload.p, r->payload.n);
	if (w->payload.failed)
		return mm_fail(&w->error, -ENOMEM, "%s: out of memory for a chunk", w->out.path);
	h.first_op = w->written;
	h.time -= pass->earlier;
	w->totals.operations += h.operations;
	w->totals.records += h.records;
	w->totals.answers |= (h.flags & CHUNK_HAS_ANSWERS) != 0;
	memcpy(w->totals.by_kind, t->by_kind, sizeof(t->by_kind));
	w->totals.slots = t->slots;
	w->totals.cpus = t->cpus;
	w->totals.duration_ns = t->duration_ns - pass->earlier;
	w->written = w->totals.operations;
	w->chunk_time = w->totals.duration_ns;
	return writer_put_chunk(w, &h);
}

int mmt_pass_chunk(struct mmt_writer *w, struct mmt_reader *r, const struct mmt_pass *pass,
		   uint64_t *passed, struct mm_error *err)
{
	struct trace_totals t = w->totals;
	int rc;

	*passed = 0;
	if (w->error.code)
		return writer_fail(w, err);
	if (!between(r, pass) || w->no_answers || w->items_due)
		return 0;
	r->in_chunk = false;
	rc = reader_advance(r, err);
	if (rc || r->ended)
		return rc;
	rc = count(r, &t, err);
	if (rc)
		return rc;
	if (r->operations > pass->before_op || t.duration_ns >= pass->before_ns ||
	    r->header.time < pass->earlier || r->header.time - pass->earlier < w->totals.duration_ns)
		return begin(r, err);
	if (put(w, r, pass, &t))
		return writer_fail(w, err);
	r->in_chunk = false;
	*passed = r->header.operations;
	return 0;
}
