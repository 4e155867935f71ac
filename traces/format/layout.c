/* SPDX-License-Identifier: MIT
 *
 * File header, chunk header, end mark and index (docs/mmt-format.md).
 * Each carries its own checksum, so no size is believed before it is checked;
 * one flipped bit anywhere fails a checksum or a magic.
 */
#include "traces/format/layout.h"

#include <errno.h>

#include "traces/format/xxh64.h"

/* The first byte is not ASCII and the line ends are mixed: a transfer that
 * changes text or clears the eighth bit shows here (the idea is PNG's). */
static const uint8_t magic[8] = { 0x89, 'M', 'M', 'T', '\r', '\n', 0x1a, '\n' };

#define CHUNK_MAGIC	0x434d4d8fu
#define END_MAGIC	0x454d4d8fu

void layout_put_file_header(uint8_t out[MMT_FILE_HEADER])
{
	memcpy(out, magic, sizeof(magic));
	set16(out + 8, MMT_MAJOR);
	set16(out + 10, MMT_MINOR);
	set32(out + 12, (uint32_t)mmt_xxh64(out, 12, 0));
}

int layout_get_file_header(const uint8_t in[MMT_FILE_HEADER], struct mm_error *err)
{
	if (memcmp(in, magic, sizeof(magic)))
		return mm_fail(err, -EINVAL, "not an .mmt trace: the first bytes are "
			       "%02x %02x %02x %02x, expected 89 4d 4d 54",
			       in[0], in[1], in[2], in[3]);
	if (get32(in + 12) != (uint32_t)mmt_xxh64(in, 12, 0))
		return mm_fail(err, -EINVAL, "the file header at offset 0 is damaged "
			       "(checksum %08x, computed %08x)", get32(in + 12),
			       (uint32_t)mmt_xxh64(in, 12, 0));
	if (get16(in + 8) != MMT_MAJOR)
		return mm_fail(err, -ENOTSUP, "format version %u.%u, but this program reads "
			       "version %u only", get16(in + 8), get16(in + 10), MMT_MAJOR);
	return 0;
}

void layout_put_chunk(uint8_t out[MMT_CHUNK_HEADER], const struct chunk_header *h)
{
	set32(out, CHUNK_MAGIC);
	set32(out + 4, h->type);
	set64(out + 8, h->number);
	set64(out + 16, h->first_op);
	set64(out + 24, h->time);
	set32(out + 32, h->operations);
	set32(out + 36, h->records);
	set32(out + 40, h->payload);
	set32(out + 44, h->flags);
	set64(out + 48, h->checksum);
	set64(out + 56, mmt_xxh64(out, 56, 0));
}

/* A payload is never larger than its columns unpacked (column by column). */
static bool sizes_sane(const struct chunk_header *h)
{
	switch (h->type) {
	case CHUNK_NAMES:
		return !h->records && !h->operations && h->payload <= MMT_NAMES_BYTES_MAX;
	case CHUNK_OPS:
		return h->operations && h->operations <= h->records &&
		       h->records <= MMT_CHUNK_RECORDS_MAX &&
		       h->payload / 64 <= h->records + MMT_COLUMNS_MAX;
	case CHUNK_INDEX:
		return !h->records && !h->operations && h->payload <= MMT_INDEX_BYTES_MAX;
	}
	return false;
}

int layout_get_chunk(const uint8_t in[MMT_CHUNK_HEADER], struct chunk_header *h,
		     struct mm_error *err)
{
	uint64_t sum = mmt_xxh64(in, 56, 0);

	if (get32(in) != CHUNK_MAGIC)
		return mm_fail(err, -EINVAL, "no chunk begins here (found %08x, expected %08x)",
			       get32(in), CHUNK_MAGIC);
	if (get64(in + 56) != sum)
		return mm_fail(err, -EINVAL, "the chunk header is damaged (checksum %016llx, "
			       "computed %016llx)", (unsigned long long)get64(in + 56),
			       (unsigned long long)sum);
	h->type = get32(in + 4);
	h->number = get64(in + 8);
	h->first_op = get64(in + 16);
	h->time = get64(in + 24);
	h->operations = get32(in + 32);
	h->records = get32(in + 36);
	h->payload = get32(in + 40);
	h->flags = get32(in + 44);
	h->checksum = get64(in + 48);
	if (!sizes_sane(h))
		return mm_fail(err, -EINVAL, "the chunk header makes no sense (type %u, "
			       "%u operations, %u records, %u bytes)", h->type,
			       h->operations, h->records, h->payload);
	return 0;
}

void layout_put_end(uint8_t out[MMT_END_MARK], uint64_t index_offset)
{
	set32(out, END_MAGIC);
	set32(out + 4, 0);
	set64(out + 8, index_offset);
	set64(out + 16, mmt_xxh64(out, 16, 0));
}

bool layout_get_end(const uint8_t in[MMT_END_MARK], uint64_t *index_offset)
{
	*index_offset = get64(in + 8);
	return get32(in) == END_MAGIC && get64(in + 16) == mmt_xxh64(in, 16, 0);
}

void layout_put_index(struct mmt_buf *b, const struct trace_totals *t,
		      const struct chunk_ref *refs, uint64_t nr)
{
	const struct chunk_ref *prev = NULL;
	unsigned int kind, kinds = 0;
	uint64_t i;

	buf_varint(b, t->operations);
	buf_varint(b, t->records);
	buf_varint(b, t->duration_ns);
	buf_varint(b, t->slots);
	buf_varint(b, t->tasks);
	buf_varint(b, t->sites);
	buf_varint(b, t->strings);
	buf_varint(b, t->caches);
	buf_varint(b, t->cpus);
	buf_varint(b, t->answers);
	for (kind = 0; kind <= TRACE_KIND_MAX; kind++)
		kinds += t->by_kind[kind] != 0;
	buf_varint(b, kinds);
	for (kind = 0; kind <= TRACE_KIND_MAX; kind++) {
		if (!t->by_kind[kind])
			continue;
		buf_varint(b, kind);
		buf_varint(b, t->by_kind[kind]);
	}
	buf_varint(b, nr);
	for (i = 0; i < nr; i++) {
		buf_varint(b, refs[i].offset - (prev ? prev->offset : 0));
		buf_varint(b, refs[i].operations);
		buf_varint(b, refs[i].type);
		prev = &refs[i];
	}
}

static int get_refs(struct mmt_view *v, struct chunk_ref **refs, uint64_t *nr,
		    struct mm_error *err)
{
	uint64_t offset = 0, first = 0, i;

	*nr = view_varint(v);
	if (v->bad || *nr > view_left(v) / 3)
		return mm_fail(err, -EINVAL, "the index claims %llu chunks in %zu bytes",
			       (unsigned long long)*nr, view_left(v));
	*refs = calloc(*nr ? *nr : 1, sizeof(**refs));
	if (!*refs)
		return mm_fail(err, -ENOMEM, "out of memory for the index of %llu chunks",
			       (unsigned long long)*nr);
	for (i = 0; i < *nr; i++) {
		offset += view_varint(v);
		(*refs)[i] = (struct chunk_ref){ .offset = offset, .first_op = first };
		(*refs)[i].operations = view_varint32(v);
		(*refs)[i].type = view_varint32(v);
		first += (*refs)[i].operations;
	}
	if (v->bad || view_left(v)) {
		free(*refs);
		*refs = NULL;
		return mm_fail(err, -EINVAL, "the index has a malformed list of chunks");
	}
	return 0;
}

int layout_get_index(struct mmt_view v, struct trace_totals *t, struct chunk_ref **refs,
		     uint64_t *nr, struct mm_error *err)
{
	uint64_t kinds, i;

	memset(t, 0, sizeof(*t));
	t->operations = view_varint(&v);
	t->records = view_varint(&v);
	t->duration_ns = view_varint(&v);
	t->slots = view_varint32(&v);
	t->tasks = view_varint32(&v);
	t->sites = view_varint32(&v);
	t->strings = view_varint32(&v);
	t->caches = view_varint32(&v);
	t->cpus = view_varint32(&v);
	t->answers = view_varint(&v) != 0;
	kinds = view_varint(&v);
	for (i = 0; i < kinds && !v.bad; i++) {
		uint64_t kind = view_varint(&v), count = view_varint(&v);

		if (kind > TRACE_KIND_MAX)
			v.bad = true;
		else
			t->by_kind[kind] = count;
	}
	if (v.bad)
		return mm_fail(err, -EINVAL, "the index has malformed totals");
	return get_refs(&v, refs, nr, err);
}
