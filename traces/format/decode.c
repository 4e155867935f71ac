/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "traces/format/codec.h"
#include "traces/format/kinds.h"

enum { COL_KIND, COL_TIME, COL_SLOT, COL_ORDER, COL_SIZE, COL_GFP, COL_SITE, COL_TASK,
       COL_ARG, COL_CPU, COL_CTX, COL_ANSWER, COLS };

#define BATCH 4096u

struct decoder {
	struct unpacker *unpacker;
	bool no_answers, answers;
	struct mmt_buf col[COLS];
	struct mmt_view v[COLS];
	struct trace_op *ops;
	size_t cap;
	uint32_t left, items;
	uint32_t slot, answer;
	uint64_t time;
};

struct decoder *decoder_new(bool no_answers)
{
	struct decoder *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->unpacker = unpacker_new();
	d->no_answers = no_answers;
	d->cap = BATCH;
	d->ops = malloc(d->cap * sizeof(*d->ops));
	if (!d->unpacker || !d->ops) {
		decoder_free(d);
		return NULL;
	}
	return d;
}

void decoder_free(struct decoder *d)
{
	unsigned int i;

	if (!d)
		return;
	unpacker_free(d->unpacker);
	for (i = 0; i < COLS; i++)
		buf_free(&d->col[i]);
	free(d->ops);
	free(d);
}

int decoder_begin(struct decoder *d, const struct chunk_header *h, struct mmt_view payload,
		  struct mm_error *err)
{
	struct column_ref refs[MMT_COLUMNS_MAX];
	unsigned int i;
	int rc = columns_open(payload, refs, h->records * 10, err);

	if (rc)
		return rc;
	d->left = h->records;
	d->time = h->time;
	d->slot = d->answer = d->items = 0;
	d->answers = !d->no_answers && (h->flags & CHUNK_HAS_ANSWERS);
	for (i = 0; i < COLS; i++) {
		if (i == COL_ANSWER && !d->answers)
			continue;
		rc = column_unpack(d->unpacker, &refs[i], &d->col[i], err);
		if (rc)
			return rc;
		d->v[i] = (struct mmt_view){ .p = d->col[i].p, .end = d->col[i].p + d->col[i].n };
	}
	return 0;
}

static bool one(struct decoder *d, struct trace_op *o)
{
	memset(o, 0, sizeof(*o));
	o->kind = view_get8(&d->v[COL_KIND]) & 127;
	if (!mmt_kinds[o->kind].name || (o->kind == TRACE_ITEM) != (d->items != 0))
		return false;
	d->slot += (uint32_t)unzigzag(view_varint(&d->v[COL_SLOT]));
	o->slot = d->slot;
	o->answer = TRACE_NO_ANSWER;
	if (d->answers) {
		d->answer += (uint32_t)unzigzag(view_varint(&d->v[COL_ANSWER]));
		o->answer = d->answer;
	}
	if (o->kind == TRACE_ITEM) {
		o->time = d->time;
		d->items--;
		return true;
	}
	o->time = d->time += view_varint(&d->v[COL_TIME]);
	o->order = view_get8(&d->v[COL_ORDER]);
	o->size = view_varint32(&d->v[COL_SIZE]);
	o->gfp = view_varint32(&d->v[COL_GFP]);
	o->site = view_varint32(&d->v[COL_SITE]);
	o->task = view_varint32(&d->v[COL_TASK]);
	o->arg = view_varint32(&d->v[COL_ARG]);
	o->cpu = view_get8(&d->v[COL_CPU]);
	o->ctx = view_get8(&d->v[COL_CTX]);
	if (kind_has_items(o->kind))
		d->items = o->size;
	return d->items < d->left;
}

int decoder_batch(struct decoder *d, const struct trace_op **ops, size_t *n,
		  struct mm_error *err)
{
	unsigned int i;

	if (!d->left)
		return 0;
	for (*n = 0; d->left && (*n < BATCH || d->items); (*n)++) {
		if (*n == d->cap) {
			struct trace_op *p = realloc(d->ops, d->cap * 2 * sizeof(*p));

			if (!p)
				return mm_fail(err, -ENOMEM, "out of memory for a batch");
			d->ops = p;
			d->cap *= 2;
		}
		if (!one(d, &d->ops[*n]))
			return mm_fail(err, -EINVAL, "inconsistent operation");
		d->left--;
	}
	*ops = d->ops;
	for (i = 0; i < COLS; i++)
		if (d->v[i].bad && (d->answers || i != COL_ANSWER))
			return mm_fail(err, -EINVAL, "column %u ends early", i);
	return 1;
}
