/* SPDX-License-Identifier: MIT
 *
 * The writer's file: chunks of 64k records, each with the definitions that it
 * needs before it, and the index (write.c gathers the operations).  Memory: one
 * chunk, its columns, the dictionaries, and 24 bytes a chunk for the index.
 */
#include <errno.h>

#include "traces/format/writer.h"
#include "traces/format/kinds.h"
#include "traces/format/xxh64.h"

/* zstd's own default (3): a higher level gains little on these columns. */
#define DEFAULT_LEVEL 3

struct mmt_writer *mmt_create(const char *path, const struct mmt_write_options *opt,
			      struct mm_error *err)
{
	static const struct mmt_write_options defaults;
	struct mmt_writer *w = calloc(1, sizeof(*w));
	uint8_t header[MMT_FILE_HEADER];

	if (!opt)
		opt = &defaults;
	if (!w || !(w->encoder = encoder_new(opt->level ? opt->level : DEFAULT_LEVEL)) ||
	    !(w->packer = packer_new(opt->level ? opt->level : DEFAULT_LEVEL)) ||
	    !(w->ops = malloc(MMT_CHUNK_RECORDS * sizeof(*w->ops)))) {
		mm_fail(err, -ENOMEM, "%s: out of memory for a trace writer", path);
		writer_release(w);
		return NULL;
	}
	w->cap = MMT_CHUNK_RECORDS;
	w->no_answers = opt->no_answers;
	w->totals.tasks = w->totals.sites = w->totals.strings = w->totals.caches = 1;
	if (output_open(&w->out, path, err)) {
		writer_release(w);
		return NULL;
	}
	layout_put_file_header(header);
	if (output_write(&w->out, header, sizeof(header), err)) {
		mmt_abort(w);
		return NULL;
	}
	return w;
}

void writer_release(struct mmt_writer *w)
{
	unsigned int i;

	if (!w)
		return;
	encoder_free(w->encoder);
	packer_free(w->packer);
	for (i = 0; i < INTERNED; i++)
		intern_free(&w->interned[i]);
	names_free(&w->names);
	buf_free(&w->defs);
	buf_free(&w->payload);
	free(w->refs);
	free(w->ops);
	free(w);
}

/* The first error stays: what follows would only repeat it less clearly. */
int writer_fail(struct mmt_writer *w, struct mm_error *err)
{
	if (err)
		*err = w->error;
	return w->error.code;
}

static int note_chunk(struct mmt_writer *w, const struct chunk_header *h)
{
	uint64_t nr = w->totals.chunks;

	if (nr == w->refs_cap) {
		uint64_t cap = nr ? nr * 2 : 64;
		struct chunk_ref *refs = realloc(w->refs, cap * sizeof(*refs));

		if (!refs)
			return mm_fail(&w->error, -ENOMEM, "%s: out of memory for the index",
				       w->out.path);
		w->refs = refs;
		w->refs_cap = cap;
	}
	w->refs[nr] = (struct chunk_ref){
		.offset = w->out.offset, .first_op = h->first_op,
		.operations = h->operations, .type = h->type,
	};
	w->totals.chunks++;
	return 0;
}

/* Write header and w->payload as the next chunk. */
int writer_put_chunk(struct mmt_writer *w, struct chunk_header *h)
{
	uint8_t header[MMT_CHUNK_HEADER];
	int rc;

	h->number = w->totals.chunks;
	h->payload = (uint32_t)w->payload.n;
	h->checksum = mmt_xxh64(w->payload.p, w->payload.n, 0);
	layout_put_chunk(header, h);
	if (h->type != CHUNK_INDEX) {
		rc = note_chunk(w, h);
		if (rc)
			return rc;
	}
	rc = output_write(&w->out, header, sizeof(header), &w->error);
	return rc ? rc : output_write(&w->out, w->payload.p, w->payload.n, &w->error);
}

/* One column, one chunk: names and index. */
static int put_single(struct mmt_writer *w, uint32_t type, const struct mmt_buf *column)
{
	struct chunk_header h = { .type = type, .first_op = w->written, .time = w->chunk_time };
	int rc;

	w->payload.n = 0;
	rc = pack_columns(w->packer, column, 1, &w->payload);
	if (rc)
		return mm_fail(&w->error, rc, "%s: cannot pack chunk %llu", w->out.path,
			       (unsigned long long)w->totals.chunks);
	return writer_put_chunk(w, &h);
}

int writer_put_names(struct mmt_writer *w)
{
	int rc;

	if (w->defs.failed)
		return mm_fail(&w->error, -ENOMEM, "%s: out of memory for names", w->out.path);
	if (!w->defs.n)
		return 0;
	rc = put_single(w, CHUNK_NAMES, &w->defs);
	w->defs.n = 0;
	return rc;
}

int writer_put_ops(struct mmt_writer *w)
{
	struct chunk_header h = {
		.type = CHUNK_OPS, .first_op = w->written, .time = w->chunk_time,
		.operations = (uint32_t)(w->totals.operations - w->written),
		.records = (uint32_t)w->nr,
	};
	int rc;

	if (!w->nr)
		return 0;
	rc = writer_put_names(w);
	if (rc)
		return rc;
	w->payload.n = 0;
	rc = encoder_chunk(w->encoder, w->ops, w->nr, w->chunk_time, &w->payload, &h.flags,
			   &w->error);
	if (!rc)
		rc = writer_put_chunk(w, &h);
	if (h.flags & CHUNK_HAS_ANSWERS)
		w->totals.answers = true;
	w->written = w->totals.operations;
	w->chunk_time = w->totals.duration_ns;
	w->nr = 0;
	return rc;
}

static int put_index(struct mmt_writer *w)
{
	uint8_t end[MMT_END_MARK];
	uint64_t at = w->out.offset;
	struct mmt_buf index = { 0 };
	int rc;

	layout_put_index(&index, &w->totals, w->refs, w->totals.chunks);
	rc = put_single(w, CHUNK_INDEX, &index);
	buf_free(&index);
	if (rc)
		return rc;
	layout_put_end(end, at);
	return output_write(&w->out, end, sizeof(end), &w->error);
}

int mmt_finish(struct mmt_writer *w, struct trace_totals *totals, struct mm_error *err)
{
	int rc = w->error.code;

	if (!rc && w->items_due)
		rc = mm_fail(&w->error, -EINVAL, "%s: operation %llu (%s) still lacks %u items",
			     w->out.path, (unsigned long long)w->totals.operations - 1,
			     trace_kind_name(w->bulk_kind), w->items_due);
	if (!rc)
		rc = writer_put_ops(w);
	if (!rc)
		rc = writer_put_names(w);
	if (!rc)
		rc = put_index(w);
	if (rc) {
		writer_fail(w, err);
		mmt_abort(w);
		return rc;
	}
	w->totals.file_bytes = w->out.offset;
	if (totals)
		*totals = w->totals;
	rc = output_commit(&w->out, err);
	writer_release(w);
	return rc;
}

void mmt_abort(struct mmt_writer *w)
{
	output_abort(&w->out);
	writer_release(w);
}
