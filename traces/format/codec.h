/* SPDX-License-Identifier: MIT
 *
 * Operations to columns and back, a chunk at a time.  A chunk is decoded from
 * its own bytes alone: no state passes from chunk to chunk, so a reader may
 * begin anywhere and a damaged chunk spoils no other.
 */
#ifndef TRACE_CODEC_H
#define TRACE_CODEC_H

#include "traces/format/layout.h"

struct encoder;
struct decoder;

struct encoder *encoder_new(int level);
void encoder_free(struct encoder *e);

/* Append the payload for n records (whole operations with their items, as
 * mmt_write has checked them) to out; base is the time before the first.
 * *flags receives CHUNK_HAS_ANSWERS if any answer is recorded. */
int encoder_chunk(struct encoder *e, const struct trace_op *ops, size_t n, uint64_t base,
		  struct mmt_buf *out, uint32_t *flags, struct mm_error *err);

struct decoder *decoder_new(bool no_answers);
void decoder_free(struct decoder *d);

/* Begin a chunk; the payload must stay valid, with MMT_SLACK readable bytes
 * behind it, until the chunk's last batch. */
int decoder_begin(struct decoder *d, const struct chunk_header *h, struct mmt_view payload,
		  struct mm_error *err);

/* The chunk's next records: 1 and *ops, *n (valid until the next call), 0 when
 * the chunk is done, or a negative error if its content is inconsistent. */
int decoder_batch(struct decoder *d, const struct trace_op **ops, size_t *n,
		  struct mm_error *err);

#endif
