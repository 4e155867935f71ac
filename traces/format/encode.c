/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "traces/format/codec.h"

enum { COL_KIND, COL_TIME, COL_SLOT, COL_ORDER, COL_SIZE, COL_GFP, COL_SITE, COL_TASK,
       COL_ARG, COL_CPU, COL_CTX, COL_ANSWER, COLS };

struct encoder {
	struct packer *packer;
	struct mmt_buf col[COLS];
};

struct encoder *encoder_new(int level)
{
	struct encoder *e = calloc(1, sizeof(*e));

	if (!e)
		return NULL;
	e->packer = packer_new(level);
	if (!e->packer) {
		free(e);
		return NULL;
	}
	return e;
}

void encoder_free(struct encoder *e)
{
	unsigned int i;

	if (!e)
		return;
	packer_free(e->packer);
	for (i = 0; i < COLS; i++)
		buf_free(&e->col[i]);
	free(e);
}

int encoder_chunk(struct encoder *e, const struct trace_op *ops, size_t n, uint64_t base,
		  struct mmt_buf *out, uint32_t *flags, struct mm_error *err)
{
	uint32_t slot = 0, answer = 0;
	uint64_t time = base;
	size_t i;
	int rc;

	*flags = 0;
	for (i = 0; i < COLS; i++)
		e->col[i].n = 0;
	for (i = 0; i < n; i++) {
		const struct trace_op *o = &ops[i];

		buf_put8(&e->col[COL_KIND], o->kind);
		buf_varint(&e->col[COL_SLOT], zigzag((int32_t)(o->slot - slot)));
		slot = o->slot;
		{
			buf_varint(&e->col[COL_ANSWER], zigzag((int32_t)(o->answer - answer)));
			answer = o->answer;
			if (answer != TRACE_NO_ANSWER)
				*flags |= CHUNK_HAS_ANSWERS;
		}
		if (o->kind == TRACE_ITEM)
			continue;
		buf_varint(&e->col[COL_TIME], o->time - time);
		time = o->time;
		buf_put8(&e->col[COL_ORDER], o->order);
		buf_varint(&e->col[COL_SIZE], o->size);
		buf_varint(&e->col[COL_GFP], o->gfp);
		buf_varint(&e->col[COL_SITE], o->site);
		buf_varint(&e->col[COL_TASK], o->task);
		buf_varint(&e->col[COL_ARG], o->arg);
		buf_put8(&e->col[COL_CPU], o->cpu);
		buf_put8(&e->col[COL_CTX], o->ctx);
	}
	rc = pack_columns(e->packer, e->col, COLS, out);
	return rc ? mm_fail(err, rc, "cannot pack a chunk") : 0;
}
