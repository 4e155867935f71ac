/* SPDX-License-Identifier: MIT
 *
 * The frame of a .mmt file (docs/mmt-format.md, "Frame"): file header, chunk
 * headers, the end mark, the index; and how a chunk's payload is packed from
 * columns.  Everything here is below the level of operations.
 */
#ifndef TRACE_LAYOUT_H
#define TRACE_LAYOUT_H

#include "traces/format/mmt.h"
#include "traces/format/wire.h"

#define MMT_MAJOR	1
#define MMT_MINOR	0
#define MMT_FILE_HEADER	16u
#define MMT_CHUNK_HEADER 64u
#define MMT_END_MARK	24u

/* Records of a chunk: it is closed when it has the first number; an operation's
 * items may push it over, up to the second.  A little below SHAPES_MAX, so that the
 * shapes of all operations and of the last one's items (16 at most) have
 * 16-bit numbers. */
#define MMT_CHUNK_RECORDS	65472u
#define MMT_ITEMS_MAX		(1u << 20)
#define MMT_CHUNK_RECORDS_MAX	(MMT_CHUNK_RECORDS + MMT_ITEMS_MAX)
/* Pending definitions go out as a chunk of their own at the first size; the
 * second is the most that one record more can make of it. */
#define MMT_NAMES_BYTES		(1u << 20)
#define MMT_NAMES_BYTES_MAX	(4u << 20)
#define MMT_INDEX_BYTES_MAX	(256u << 20)

enum chunk_type { CHUNK_NAMES = 1, CHUNK_OPS = 2, CHUNK_INDEX = 3 };

struct chunk_header {
	uint32_t type;
	uint64_t number;	/* 0, 1, 2... in the file */
	uint64_t first_op;	/* operations before this chunk */
	uint64_t time;		/* ns, from which the first operation's time counts */
	uint32_t operations, records;
	uint32_t payload;	/* bytes that follow the header */
	uint32_t flags;
	uint64_t checksum;	/* XXH64 of the payload */
};

#define CHUNK_HAS_ANSWERS 1u

/* What the index holds of each chunk before it. */
struct chunk_ref {
	uint64_t offset, first_op;
	uint32_t operations;
	uint32_t type;
};

void layout_put_file_header(uint8_t out[MMT_FILE_HEADER]);
int layout_get_file_header(const uint8_t in[MMT_FILE_HEADER], struct mm_error *err);

void layout_put_chunk(uint8_t out[MMT_CHUNK_HEADER], const struct chunk_header *h);
/* -EINVAL with what is wrong: no chunk here, header damaged, absurd sizes. */
int layout_get_chunk(const uint8_t in[MMT_CHUNK_HEADER], struct chunk_header *h,
		     struct mm_error *err);

void layout_put_end(uint8_t out[MMT_END_MARK], uint64_t index_offset);
bool layout_get_end(const uint8_t in[MMT_END_MARK], uint64_t *index_offset);

/* The index chunk's only column: totals and the list of chunks. */
void layout_put_index(struct mmt_buf *b, const struct trace_totals *t,
		      const struct chunk_ref *refs, uint64_t nr);
int layout_get_index(struct mmt_view v, struct trace_totals *t, struct chunk_ref **refs,
		     uint64_t *nr, struct mm_error *err);

/* ---- columns ---- */

#define MMT_COLUMNS_MAX	32u
/* Readable bytes behind every column, so that a decoder may look ahead and
 * check its position once a batch. */
#define MMT_SLACK	8192u

/* Appends the packed columns (column i has id i; an empty one is left out):
 * each compressed at the zstd level, or as it is where that gains too little (columns.c).
 * 0, -ENOMEM, or -EIO from zstd. */
struct packer;
struct packer *packer_new(int level);
void packer_free(struct packer *p);
int pack_columns(struct packer *p, const struct mmt_buf *cols, unsigned int nr,
		 struct mmt_buf *out);

/* The directory of a payload; bytes not yet unpacked. */
struct column_ref {
	const uint8_t *stored;	/* NULL: the column is empty */
	uint32_t stored_bytes, raw_bytes;
	bool compressed;
};

int columns_open(struct mmt_view payload, struct column_ref refs[MMT_COLUMNS_MAX],
		 uint32_t raw_max, struct mm_error *err);

/* The bytes of one column, with MMT_SLACK readable bytes behind them: unpacked
 * into out, which is reused from call to call, or where they stand in the
 * payload (which must have that slack itself) if they are not compressed. */
struct unpacker;
struct unpacker *unpacker_new(void);
void unpacker_free(struct unpacker *u);
int column_unpack(struct unpacker *u, const struct column_ref *ref, struct mmt_buf *out,
		  const uint8_t **data, uint32_t *n, struct mm_error *err);

#endif
