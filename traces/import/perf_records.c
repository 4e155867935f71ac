/* SPDX-License-Identifier: MIT
 *
 * perf.data: from record to record.
 *
 * The file is mapped, so a record is a pointer.  With "perf record -z" most
 * records lie packed in records of their own, whose contents are one zstd
 * stream in which a record may begin in one and end in the next.  It is unpacked
 * into blocks of 256 KiB; a block lives as long as a record in it waits for its
 * turn, and is then used again, so that memory does not grow with the file.
 */
#include "traces/import/perf_records.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <zstd.h>

#define BLOCK_SIZE (256u << 10)
#define LONGEST 65536u		/* a record's size has 16 bits */

int perf_reader_open(struct perf_reader *r, const struct perf_file *f, struct mm_error *err)
{
	memset(r, 0, sizeof(*r));
	r->file = f;
	r->zstd = ZSTD_createDCtx();
	if (!r->zstd)
		return mm_fail(err, -ENOMEM, "out of memory");
	perf_reader_rewind(r);
	return 0;
}

void perf_block_release(struct perf_reader *r, struct perf_block *b)
{
	if (!b || --b->users)
		return;
	b->next = r->unused;
	r->unused = b;
}

void perf_reader_rewind(struct perf_reader *r)
{
	r->p = r->file->in->data + r->file->data;
	r->end = r->file->in->data + r->file->data_end;
	r->packed = r->packed_end = NULL;
	r->full = false;
	r->cut_at = 0;
	perf_block_release(r, r->block);
	r->block = NULL;
	ZSTD_DCtx_reset(r->zstd, ZSTD_reset_session_only);
}

void perf_reader_close(struct perf_reader *r)
{
	struct perf_block *b;

	perf_block_release(r, r->block);
	while ((b = r->unused) != NULL) {
		r->unused = b->next;
		free(b);
	}
	ZSTD_freeDCtx(r->zstd);
}

int perf_reader_bad(const struct perf_reader *r, struct mm_error *err, const char *what)
{
	return perf_bad(r->file, (r->was_packed ? r->packed : r->record) - r->file->in->data, err,
			"%sdamaged record (type %u, %u bytes): %s",
			r->was_packed ? "in the compressed data before it: " : "",
			perf_type(r->record), r->size, what);
}

/* A block with room for a record; what is begun in the old one moves along. */
static int next_block(struct perf_reader *r, struct mm_error *err)
{
	struct perf_block *b = r->unused, *old = r->block;

	if (b)
		r->unused = b->next;
	else
		b = malloc(sizeof(*b) + BLOCK_SIZE);
	if (!b)
		return mm_fail(err, -ENOMEM, "out of memory");
	b->users = 1;
	b->at = b->fill = 0;
	if (old) {
		b->fill = old->fill - old->at; /* less than a record */
		memcpy(b->data, old->data + old->at, b->fill);
		perf_block_release(r, old);
	}
	r->block = b;
	return 0;
}

static bool more_packed(const struct perf_reader *r)
{
	return r->packed < r->packed_end || r->full;
}

static int unpack(struct perf_reader *r, struct mm_error *err)
{
	ZSTD_inBuffer in = { r->packed, r->packed_end - r->packed, 0 };
	ZSTD_outBuffer out;
	size_t n;
	int e;

	if (!r->block || BLOCK_SIZE - r->block->fill < LONGEST) {
		e = next_block(r, err);
		if (e)
			return e;
	}
	out = (ZSTD_outBuffer){ r->block->data + r->block->fill, BLOCK_SIZE - r->block->fill, 0 };
	n = ZSTD_decompressStream(r->zstd, &out, &in);
	if (ZSTD_isError(n))
		return perf_bad(r->file, r->packed - r->file->in->data, err,
				"damaged compressed data: %s", ZSTD_getErrorName(n));
	r->packed += in.pos;
	r->block->fill += out.pos;
	r->full = out.pos == out.size;
	if (!in.pos && !out.pos)
		r->packed = r->packed_end; /* the decoder wants nothing and gives nothing */
	return 0;
}

/* A whole unpacked record: 1, 0: none yet. */
static int packed_record(struct perf_reader *r, struct mm_error *err)
{
	struct perf_block *b = r->block;
	uint32_t left = b ? b->fill - b->at : 0;

	if (left < 8)
		return 0;
	r->record = b->data + b->at;
	r->size = perf_size(r->record);
	r->was_packed = true;
	if (r->size < 8)
		return perf_reader_bad(r, err, "shorter than a record's header");
	if (r->size > left)
		return 0;
	b->at += r->size;
	return 1;
}

static bool all_zero(const uint8_t *p, const uint8_t *end)
{
	while (p < end && !*p)
		p++;
	return p == end;
}

/* The next record does not end within the records: at the end of a file that
 * was cut that is the cut, elsewhere it is damage. */
static int no_whole_record(struct perf_reader *r, struct mm_error *err)
{
	const struct perf_file *f = r->file;
	uint64_t left = r->end - r->p;

	r->record = r->p;
	r->size = left < 8 ? left : perf_size(r->p);
	r->was_packed = false;
	if (!f->cut && !f->open_end && !f->pipe)
		return perf_bad(f, r->p - f->in->data, err, "damaged record: it is %u bytes long, and the records end after %llu",
				r->size, (unsigned long long)left);
	if (left >= 8 && r->size < 8 && !all_zero(r->p, r->end))
		return perf_reader_bad(r, err, "shorter than a record's header");
	r->cut_at = r->p - f->in->data;
	r->p = r->end;
	return 0;
}

/* The next record of the file itself: 1, 0 at the end. */
static int outer_record(struct perf_reader *r, struct mm_error *err)
{
	uint64_t step;

	if (r->p == r->end) {
		if (r->block && r->block->at < r->block->fill && !r->cut_at)
			r->cut_at = r->p - r->file->in->data;
		return 0;
	}
	step = perf_step(r->p, r->end - r->p);
	if (!step)
		return no_whole_record(r, err);
	r->record = r->p;
	r->size = perf_size(r->p);
	r->was_packed = false;
	r->p += step;
	return 1;
}

int perf_reader_next(struct perf_reader *r, struct mm_error *err)
{
	uint32_t head;
	int e;

	for (;;) {
		if (r->block || more_packed(r)) {
			e = packed_record(r, err);
			if (e)
				return e;
			if (more_packed(r)) {
				e = unpack(r, err);
				if (e)
					return e;
				continue;
			}
		}
		e = outer_record(r, err);
		if (e <= 0)
			return e;
		if (perf_type(r->record) != PERF_COMPRESSED && perf_type(r->record) != PERF_COMPRESSED2)
			return 1;
		head = perf_type(r->record) == PERF_COMPRESSED ? 8 : 16;
		if (r->size < head)
			return perf_reader_bad(r, err, "no room for compressed data");
		r->packed = r->record + head;
		r->packed_end = r->record + r->size;
		if (head == 16 && perf_u64(r->record + 8) < (uint64_t)(r->packed_end - r->packed))
			r->packed_end = r->packed + perf_u64(r->record + 8);
	}
}
