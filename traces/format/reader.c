/* SPDX-License-Identifier: MIT
 *
 * The reader: hands out the operations of chunk after chunk.  Memory: one
 * chunk's payload and columns, one batch, the names.
 */
#include <errno.h>

#include "traces/format/reader.h"

static int read_file_header(struct mmt_reader *r, struct mm_error *err)
{
	uint8_t header[MMT_FILE_HEADER];
	size_t got;
	int rc = input_read(&r->in, header, sizeof(header), &got, err);

	if (rc)
		return rc;
	if (got < sizeof(header))
		return mm_fail(err, -EINVAL, "%s: not an .mmt trace: it ends at offset %zu, "
			       "before chunk 0; the file header needs %u bytes", r->in.path,
			       got, MMT_FILE_HEADER);
	if (layout_get_file_header(header, err))
		return mm_fail_in(err, r->in.path);
	return 0;
}

/* A salvage works without the end of the file: forget what was loaded from it. */
static void forget_preload(struct mmt_reader *r)
{
	free(r->refs);
	r->refs = NULL;
	r->nr_refs = 0;
	r->have_index = false;
	memset(&r->totals, 0, sizeof(r->totals));
	names_free(&r->names);
	r->names_upto = 0;
	chunks_rewind(r);
}

struct mmt_reader *mmt_open(const char *path, const struct mmt_read_options *opt,
			    struct mm_error *err)
{
	struct mmt_reader *r = calloc(1, sizeof(*r));
	int rc;

	if (r)
		r->in.fd = -1;
	if (r && opt)
		r->opt = *opt;
	if (!r || !(r->unpacker = unpacker_new()) ||
	    !(r->decoder = decoder_new(r->opt.no_answers))) {
		mm_fail(err, -ENOMEM, "%s: out of memory for a trace reader", path);
		mmt_close(r);
		return NULL;
	}
	rc = input_open(&r->in, path, err);
	if (!rc)
		rc = read_file_header(r, err);
	if (!rc && r->in.seekable) {
		rc = chunks_preload(r, err);
		if (rc && rc != -ENOMEM && r->opt.salvage) {
			forget_preload(r);
			rc = 0;
		}
	}
	if (rc) {
		mmt_close(r);
		return NULL;
	}
	return r;
}

void mmt_close(struct mmt_reader *r)
{
	if (!r)
		return;
	input_close(&r->in);
	decoder_free(r->decoder);
	unpacker_free(r->unpacker);
	buf_free(&r->payload);
	buf_free(&r->column);
	names_free(&r->names);
	free(r->refs);
	free(r);
}

static int begin_ops(struct mmt_reader *r, const struct chunk_header *h, struct mm_error *err)
{
	struct mmt_view payload = { .p = r->payload.p, .end = r->payload.p + r->payload.n };
	int rc = 0;

	if (h->first_op != r->operations)
		rc = mm_fail(err, -EINVAL, "it begins with operation %llu, expected %llu",
			     (unsigned long long)h->first_op,
			     (unsigned long long)r->operations);
	if (!rc)
		rc = decoder_begin(r->decoder, h, payload, err);
	if (rc) {
		r->chunk--;
		return chunks_where(r, r->chunk_offset, err);
	}
	r->operations += h->operations;
	r->header = *h;
	r->in_chunk = true;
	return 0;
}

static int finish(struct mmt_reader *r, struct mm_error *err)
{
	int rc = chunks_index(r, err);

	if (!rc)
		rc = chunks_end(r, r->chunk_offset, err);
	if (!rc && r->operations != r->totals.operations)
		rc = mm_fail(err, -EINVAL, "%s: %llu operations before the index of chunk %llu "
			     "at offset %llu, which counts %llu", r->in.path,
			     (unsigned long long)r->operations,
			     (unsigned long long)r->chunk - 1,
			     (unsigned long long)r->chunk_offset,
			     (unsigned long long)r->totals.operations);
	if (!rc)
		r->ended = true;
	return rc;
}

int reader_advance(struct mmt_reader *r, struct mm_error *err)
{
	struct chunk_header h;
	int rc;

	while (!r->in_chunk && !r->ended) {
		rc = chunks_next(r, &h, err);
		if (!rc && h.type == CHUNK_NAMES)
			rc = chunks_names(r, &h, err);
		else if (!rc && h.type == CHUNK_OPS)
			rc = begin_ops(r, &h, err);
		else if (!rc)
			rc = finish(r, err);
		if (rc)
			return rc;
	}
	return 0;
}

static int next_batch(struct mmt_reader *r, const struct trace_op **op, size_t *n,
		      struct mm_error *err)
{
	int rc;

	for (;;) {
		rc = reader_advance(r, err);
		if (rc || r->ended)
			return rc;
		rc = decoder_batch(r->decoder, op, n, err);
		if (rc > 0)
			return rc;
		if (rc < 0) {
			r->chunk--;
			return chunks_where(r, r->chunk_offset, err);
		}
		r->in_chunk = false;
	}
}

int mmt_next(struct mmt_reader *r, const struct trace_op **op, size_t *n,
	     struct mm_error *err)
{
	struct mm_error own;
	int rc;

	if (r->ended)
		return 0;
	rc = next_batch(r, op, n, &own);
	if (rc >= 0) {
		if (rc && r->opt.salvage)
			reader_count(r, *op, *n);
		return rc;
	}
	/* Stay at the damage: there is no trustworthy way past it. */
	r->in_chunk = false;
	if (r->opt.salvage && rc != -ENOMEM) {
		r->ended = true;
		r->damage = own;
		return 0;
	}
	if (err)
		*err = own;
	return rc;
}

int mmt_seek(struct mmt_reader *r, uint64_t nr, uint64_t *first, struct mm_error *err)
{
	uint64_t i;

	if (!r->in.seekable)
		return mm_fail(err, -ESPIPE, "%s: cannot seek to operation %llu: not a regular "
			       "file", r->in.path, (unsigned long long)nr);
	chunks_rewind(r);
	memset(&r->counted, 0, sizeof(r->counted));
	r->damage.code = 0;
	for (i = 0; i < r->nr_refs; i++) {
		const struct chunk_ref *c = &r->refs[i];

		if (c->type == CHUNK_OPS && c->first_op + c->operations > nr)
			break;
	}
	if (i && i < r->nr_refs) {
		r->in.offset = r->refs[i].offset;
		r->chunk = i;
		r->operations = r->refs[i].first_op;
	} else if (r->have_index && i == r->nr_refs) {
		r->operations = r->totals.operations;
		r->ended = true;
	}
	if (first)
		*first = r->operations;
	return 0;
}
