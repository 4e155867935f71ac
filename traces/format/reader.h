/* SPDX-License-Identifier: MIT
 *
 * Inside the reader: what reader.c (the stream of operations), chunks.c (the
 * frame of the file) and query.c (names, metadata, totals) share.
 */
#ifndef TRACE_READER_H
#define TRACE_READER_H

#include "traces/format/codec.h"
#include "traces/format/input.h"
#include "traces/format/names.h"

struct mmt_reader {
	struct input in;
	struct mmt_read_options opt;
	struct decoder *decoder;
	struct unpacker *unpacker;	/* of names and index */
	struct mmt_buf payload, column;
	struct mmt_names names;
	uint64_t names_upto;		/* names chunks below this number are known */

	bool have_index;
	struct chunk_ref *refs;
	uint64_t nr_refs;
	struct trace_totals totals;	/* from the index */

	uint64_t chunk;			/* number of the next chunk */
	uint64_t chunk_offset;		/* of the chunk being decoded */
	uint64_t operations;		/* before the next chunk */
	struct chunk_header header;	/* of the chunk being decoded */
	bool in_chunk, ended;
	struct trace_totals counted;	/* by a salvage */
	struct mm_error damage;		/* code 0: none met */
};

/* Read and check the next chunk's header and payload (into r->payload).  All
 * sentences name file, chunk and offset. */
int chunks_next(struct mmt_reader *r, struct chunk_header *h, struct mm_error *err);

/* Read the names or the index of the payload just read. */
int chunks_names(struct mmt_reader *r, const struct chunk_header *h, struct mm_error *err);
int chunks_index(struct mmt_reader *r, struct mm_error *err);

/* The end mark after the index, and nothing behind it. */
int chunks_end(struct mmt_reader *r, uint64_t index_offset, struct mm_error *err);

/* Prefix "FILE: chunk N at offset M" to the sentence in *err; returns its code. */
int chunks_where(const struct mmt_reader *r, uint64_t offset, struct mm_error *err);

/* Go on to the next chunk of operations; r->ended is set at the end. */
int reader_advance(struct mmt_reader *r, struct mm_error *err);

/* Load index and names of a regular file, then return to its first chunk. */
int chunks_preload(struct mmt_reader *r, struct mm_error *err);

void chunks_rewind(struct mmt_reader *r);

/* Add delivered operations to r->counted. */
void reader_count(struct mmt_reader *r, const struct trace_op *op, size_t n);

#endif
