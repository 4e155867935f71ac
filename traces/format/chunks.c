/* SPDX-License-Identifier: MIT
 *
 * Reading the frame of a trace file: chunk after chunk with their checksums,
 * the index, the end mark.  A regular file is opened from its end: end mark,
 * index, then all chunks of names, so that every name is known and any chunk
 * can be reached before the first operation is decoded.
 */
#include <errno.h>
#include <stdio.h>

#include "traces/format/reader.h"
#include "traces/format/xxh64.h"

int chunks_where(const struct mmt_reader *r, uint64_t offset, struct mm_error *err)
{
	char where[300];

	snprintf(where, sizeof(where), "%s: chunk %llu at offset %llu", r->in.path,
		 (unsigned long long)r->chunk, (unsigned long long)offset);
	return mm_fail_in(err, where);
}

/* Fewer bytes than wanted: the file is cut. */
static int cut(const struct mmt_reader *r, const char *what, uint64_t at, size_t want,
	       size_t got, struct mm_error *err)
{
	return mm_fail(err, -EINVAL, "%s: the trace is cut: it ends at offset %llu, %zu bytes "
		       "into %s of chunk %llu at offset %llu, which needs %zu",
		       r->in.path, (unsigned long long)r->in.offset, got, what,
		       (unsigned long long)r->chunk, (unsigned long long)at, want);
}

static int read_header(struct mmt_reader *r, struct chunk_header *h, struct mm_error *err)
{
	uint8_t header[MMT_CHUNK_HEADER];
	uint64_t at = r->in.offset;
	size_t got;
	int rc;

	rc = input_read(&r->in, header, sizeof(header), &got, err);
	if (rc)
		return rc;
	if (got < sizeof(header))
		return cut(r, "the header", at, sizeof(header), got, err);
	if (layout_get_chunk(header, h, err))
		return chunks_where(r, at, err);
	if (h->number != r->chunk) {
		mm_fail(err, -EINVAL, "chunk number %llu stands here: chunks are missing or "
			"repeated", (unsigned long long)h->number);
		return chunks_where(r, at, err);
	}
	return 0;
}

int chunks_next(struct mmt_reader *r, struct chunk_header *h, struct mm_error *err)
{
	uint64_t at = r->in.offset, sum;
	size_t got;
	uint8_t *room;
	int rc;

	rc = read_header(r, h, err);
	if (rc)
		return rc;
	r->chunk_offset = at;
	r->payload.n = 0;
	room = buf_room(&r->payload, (size_t)h->payload + MMT_SLACK);
	if (!room)
		return mm_fail(err, -ENOMEM, "%s: out of memory for a chunk of %u bytes",
			       r->in.path, h->payload);
	rc = input_read(&r->in, room, h->payload, &got, err);
	if (rc)
		return rc;
	if (got < h->payload)
		return cut(r, "the payload", at, h->payload, got, err);
	memset(room + got, 0, MMT_SLACK);
	r->payload.n = got;
	sum = mmt_xxh64(room, got, 0);
	if (sum != h->checksum) {
		mm_fail(err, -EINVAL, "the payload is damaged (checksum %016llx, computed "
			"%016llx over %u bytes)", (unsigned long long)h->checksum,
			(unsigned long long)sum, h->payload);
		return chunks_where(r, at, err);
	}
	r->chunk++;
	return 0;
}

/* The only column of a names or index chunk. */
static int single_column(struct mmt_reader *r, struct mmt_view *v, struct mm_error *err)
{
	struct mmt_view payload = { .p = r->payload.p, .end = r->payload.p + r->payload.n };
	struct column_ref refs[MMT_COLUMNS_MAX];
	uint32_t n = 0;
	int rc = columns_open(payload, refs, MMT_INDEX_BYTES_MAX, err);

	v->p = r->payload.p;
	if (!rc)
		rc = column_unpack(r->unpacker, &refs[0], &r->column, &v->p, &n, err);
	v->end = v->p + n;
	v->bad = false;
	return rc;
}

int chunks_names(struct mmt_reader *r, const struct chunk_header *h, struct mm_error *err)
{
	struct mmt_view v;
	int rc;

	if (h->number < r->names_upto)
		return 0;
	rc = single_column(r, &v, err);
	if (!rc)
		rc = names_read(&r->names, v, err);
	if (rc) {
		r->chunk--;
		return chunks_where(r, r->chunk_offset, err);
	}
	r->names_upto = h->number + 1;
	return 0;
}

int chunks_index(struct mmt_reader *r, struct mm_error *err)
{
	struct mmt_view v;
	int rc;

	if (r->have_index)
		return 0;
	rc = single_column(r, &v, err);
	if (!rc)
		rc = layout_get_index(v, &r->totals, &r->refs, &r->nr_refs, err);
	if (rc) {
		r->chunk--;
		return chunks_where(r, r->chunk_offset, err);
	}
	r->totals.chunks = r->nr_refs;
	r->have_index = true;
	return 0;
}

int chunks_end(struct mmt_reader *r, uint64_t index_offset, struct mm_error *err)
{
	uint8_t mark[MMT_END_MARK + 1];
	uint64_t at = r->in.offset, offset;
	size_t got;
	int rc;

	rc = input_read(&r->in, mark, sizeof(mark), &got, err);
	if (rc)
		return rc;
	if (got < MMT_END_MARK)
		return mm_fail(err, -EINVAL, "%s: the trace is cut: it ends at offset %llu, "
			       "after chunk %llu, %zu bytes into the end mark of %u", r->in.path,
			       (unsigned long long)r->in.offset,
			       (unsigned long long)r->chunk - 1, got, MMT_END_MARK);
	if (!layout_get_end(mark, &offset) || offset != index_offset)
		return mm_fail(err, -EINVAL, "%s: the end mark at offset %llu, after chunk %llu, "
			       "is damaged", r->in.path, (unsigned long long)at,
			       (unsigned long long)r->chunk - 1);
	if (got > MMT_END_MARK)
		return mm_fail(err, -EINVAL, "%s: bytes follow the end of the trace at offset "
			       "%llu, after chunk %llu", r->in.path,
			       (unsigned long long)at + MMT_END_MARK,
			       (unsigned long long)r->chunk - 1);
	r->totals.file_bytes = at + MMT_END_MARK;
	return 0;
}

void chunks_rewind(struct mmt_reader *r)
{
	r->in.offset = MMT_FILE_HEADER;
	r->chunk = 0;
	r->operations = 0;
	r->in_chunk = r->ended = false;
}

/* The end is not as it should be: walk the chunks from the start, so that the
 * sentence names the first place that is wrong. */
static int diagnose(struct mmt_reader *r, struct mm_error *err)
{
	struct chunk_header h;
	int rc;

	chunks_rewind(r);
	do {
		rc = chunks_next(r, &h, err);
		if (rc)
			return rc;
	} while (h.type != CHUNK_INDEX);
	rc = chunks_index(r, err);
	if (!rc)
		rc = chunks_end(r, r->chunk_offset, err);
	if (!rc)
		rc = mm_fail(err, -EINVAL, "%s: the end mark does not agree with the index of "
			     "chunk %llu at offset %llu", r->in.path,
			     (unsigned long long)r->chunk - 1,
			     (unsigned long long)r->chunk_offset);
	return rc;
}

static int preload_index(struct mmt_reader *r, struct mm_error *err)
{
	uint8_t mark[MMT_END_MARK];
	struct chunk_header h;
	uint64_t offset;
	size_t got;
	int rc;

	if (r->in.size < MMT_FILE_HEADER + MMT_END_MARK)
		return diagnose(r, err);
	r->in.offset = r->in.size - MMT_END_MARK;
	rc = input_read(&r->in, mark, sizeof(mark), &got, err);
	if (rc)
		return rc;
	if (got < sizeof(mark) || !layout_get_end(mark, &offset) || offset >= r->in.size)
		return diagnose(r, err);
	/* The number of the index chunk is known only from the chunk itself. */
	r->in.offset = offset;
	rc = input_read(&r->in, mark, 16, &got, err);
	if (rc)
		return rc;
	r->chunk = get64(mark + 8);
	r->in.offset = offset;
	if (chunks_next(r, &h, err) || h.type != CHUNK_INDEX || chunks_index(r, err) ||
	    chunks_end(r, offset, err) || r->nr_refs != h.number)
		return diagnose(r, err);
	return 0;
}

int chunks_preload(struct mmt_reader *r, struct mm_error *err)
{
	struct chunk_header h;
	uint64_t i;
	int rc = preload_index(r, err);

	for (i = 0; !rc && i < r->nr_refs; i++) {
		if (r->refs[i].type != CHUNK_NAMES)
			continue;
		r->in.offset = r->refs[i].offset;
		r->chunk = i;
		rc = chunks_next(r, &h, err);
		if (!rc && h.type != CHUNK_NAMES)
			rc = mm_fail(err, -EINVAL, "%s: chunk %llu at offset %llu is not of the "
				     "type that the index says", r->in.path,
				     (unsigned long long)i,
				     (unsigned long long)r->refs[i].offset);
		if (!rc)
			rc = chunks_names(r, &h, err);
	}
	chunks_rewind(r);
	return rc;
}
