/* SPDX-License-Identifier: MIT
 *
 * perf.data: the records one after the other, unpacked where they are packed.
 */
#ifndef IMPORT_PERF_RECORDS_H
#define IMPORT_PERF_RECORDS_H

#include "traces/import/perf_file.h"

/* Unpacked records.  Whoever keeps a pointer into a block counts as a user. */
struct perf_block {
	struct perf_block *next;	/* of the unused ones */
	uint32_t users;
	uint32_t fill, at;		/* bytes unpacked, and of them read */
	uint8_t data[];
};

struct perf_reader {
	const struct perf_file *file;
	const uint8_t *p, *end;		/* what is not yet read of the file's records */
	struct ZSTD_DCtx_s *zstd;
	const uint8_t *packed, *packed_end; /* of the compressed record under way */
	bool full;			/* the decoder may hold more than it gave */
	struct perf_block *block, *unused;
	bool was_packed;
	/* the current record */
	const uint8_t *record;
	uint32_t size;
	uint64_t cut_at;		/* where the last record was cut, 0 = it was not */
};

int perf_reader_open(struct perf_reader *r, const struct perf_file *f, struct mm_error *err);
void perf_reader_close(struct perf_reader *r);
void perf_reader_rewind(struct perf_reader *r);

/* Go to the next record: 1, 0 at the end, -EBADMSG with the offset.  The record
 * stands until its block has no user, or, in r->block, until the next call. */
int perf_reader_next(struct perf_reader *r, struct mm_error *err);

void perf_block_release(struct perf_reader *r, struct perf_block *b);

/* The record is damaged: -EBADMSG naming its place. */
int perf_reader_bad(const struct perf_reader *r, struct mm_error *err, const char *what);

#endif
