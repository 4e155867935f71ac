/* SPDX-License-Identifier: MIT
 *
 * trace.dat: the records of one CPU, in order.
 */
#ifndef IMPORT_DAT_PAGES_H
#define IMPORT_DAT_PAGES_H

#include "traces/import/dat_kinds.h"

struct dat_stream {
	const struct dat_file *file;
	const struct dat_cpu *cpu;
	uint32_t page_header, commit_size;
	const uint8_t *p, *end;		/* what is not yet read of the CPU's data */
	const uint8_t *pages, *pages_end; /* whole pages, unpacked */
	uint8_t *chunk;			/* buffer of the unpacked chunk */
	size_t chunk_cap;
	uint32_t chunks_left;
	const uint8_t *at, *limit;	/* next record and end of records of the page */
	uint64_t lost, lost_places;
	/* the current record */
	uint64_t time;
	const uint8_t *record;
	uint32_t len;
};

void dat_stream_open(struct dat_stream *s, const struct dat_file *d, const struct dat_cpu *cpu,
		     const struct dat_kinds *k);
void dat_stream_close(struct dat_stream *s);
void dat_stream_rewind(struct dat_stream *s);

/* Go to the next record: 1, 0 at the end, -EBADMSG with CPU and offset. */
int dat_stream_next(struct dat_stream *s, struct mm_error *err);

#endif
