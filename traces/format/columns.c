/* SPDX-License-Identifier: MIT
 *
 * Packing a chunk's columns into its payload, and back.  The payload is a
 * directory (one entry a column: id, coding, raw size, stored size) and the
 * stored bytes.  Each column is compressed alone, because columns differ in
 * statistics and because a reader that does not want one (the answers) then
 * does not pay for it.  A column that zstd does not shrink to half is
 * stored as it is, and so is one whose sample shows that it will not, and a small
 * one: setting up zstd's tables takes longer than the bytes saved are worth.
 */
#include <errno.h>
#include <zstd.h>

#include "traces/format/layout.h"

#define DIR_ENTRY 12u
#define SMALL_COLUMN 4096u
#define SAMPLE 4096u
enum coding { CODING_RAW = 0, CODING_ZSTD = 1 };

struct packer {
	ZSTD_CCtx *ctx;
	int level;
	struct mmt_buf dir, body;
};

struct packer *packer_new(int level)
{
	struct packer *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->ctx = ZSTD_createCCtx();
	p->level = level;
	if (!p->ctx) {
		free(p);
		return NULL;
	}
	return p;
}

void packer_free(struct packer *p)
{
	if (!p)
		return;
	ZSTD_freeCCtx(p->ctx);
	buf_free(&p->dir);
	buf_free(&p->body);
	free(p);
}

/*
 * Whether zstd may well shrink a column to half: told from a sample of its middle,
 * at zstd's fastest, because most columns of numbers do not and finding that out
 * on all of them took a quarter of the writing.  A sample shrinks less than the
 * whole; hence the margin.
 */
static bool promising(struct packer *p, const struct mmt_buf *col, uint8_t *room, size_t bound)
{
	size_t z;

	if (col->n < SMALL_COLUMN)
		return false;
	if (col->n < 2 * SAMPLE)
		return true;
	z = ZSTD_compressCCtx(p->ctx, room, bound, col->p + (col->n - SAMPLE) / 2, SAMPLE, 1);
	return ZSTD_isError(z) || z < SAMPLE / 16 * 11;
}

static int pack_one(struct packer *p, unsigned int id, const struct mmt_buf *col)
{
	size_t bound = ZSTD_compressBound(col->n), stored = col->n;
	uint8_t *room = buf_room(&p->body, bound);
	enum coding coding = CODING_RAW;
	size_t z;

	if (!room || col->failed || col->n > UINT32_MAX / 2)
		return -ENOMEM;
	z = !promising(p, col, room, bound) ? col->n :
		ZSTD_compressCCtx(p->ctx, room, bound, col->p, col->n, p->level);
	if (ZSTD_isError(z))
		return -EIO;
	if (z < col->n / 2) {
		coding = CODING_ZSTD;
		stored = z;
	} else {
		memcpy(room, col->p, col->n);
	}
	p->body.n += stored;
	buf_put8(&p->dir, (uint8_t)id);
	buf_put8(&p->dir, (uint8_t)coding);
	buf_put8(&p->dir, 0);
	buf_put8(&p->dir, 0);
	buf_put32(&p->dir, (uint32_t)col->n);
	buf_put32(&p->dir, (uint32_t)stored);
	return 0;
}

int pack_columns(struct packer *p, const struct mmt_buf *cols, unsigned int nr,
		 struct mmt_buf *out)
{
	uint32_t used = 0;
	unsigned int i;
	int rc;

	p->dir.n = p->body.n = 0;
	for (i = 0; i < nr; i++) {
		if (!cols[i].n && !cols[i].failed)
			continue;
		rc = pack_one(p, i, &cols[i]);
		if (rc)
			return rc;
		used++;
	}
	buf_put32(out, used);
	buf_put(out, p->dir.p, p->dir.n);
	buf_put(out, p->body.p, p->body.n);
	return p->dir.failed || p->body.failed || out->failed ? -ENOMEM : 0;
}

int columns_open(struct mmt_view payload, struct column_ref refs[MMT_COLUMNS_MAX],
		 uint32_t raw_max, struct mm_error *err)
{
	uint32_t nr = view_get32(&payload), i;
	struct mmt_view dir;

	memset(refs, 0, MMT_COLUMNS_MAX * sizeof(*refs));
	if (nr > MMT_COLUMNS_MAX || view_left(&payload) < nr * DIR_ENTRY)
		return mm_fail(err, -EINVAL, "the payload claims %u columns", nr);
	dir = (struct mmt_view){ .p = payload.p, .end = payload.p + nr * DIR_ENTRY };
	payload.p = dir.end;
	for (i = 0; i < nr; i++) {
		uint8_t id = view_get8(&dir), coding = view_get8(&dir);
		uint32_t raw, stored;

		view_take(&dir, 2);
		raw = view_get32(&dir);
		stored = view_get32(&dir);
		if (id >= MMT_COLUMNS_MAX || refs[id].stored || coding > CODING_ZSTD ||
		    raw > raw_max || stored > view_left(&payload) ||
		    (coding == CODING_RAW && raw != stored))
			return mm_fail(err, -EINVAL, "column entry %u is malformed (id %u, coding "
				       "%u, %u bytes stored as %u)", i, id, coding, raw, stored);
		refs[id] = (struct column_ref){
			.stored = view_take(&payload, stored), .stored_bytes = stored,
			.raw_bytes = raw, .compressed = coding == CODING_ZSTD,
		};
	}
	if (view_left(&payload))
		return mm_fail(err, -EINVAL, "%zu bytes follow the last column",
			       view_left(&payload));
	return 0;
}

struct unpacker {
	ZSTD_DCtx *ctx;
};

struct unpacker *unpacker_new(void)
{
	struct unpacker *u = calloc(1, sizeof(*u));

	if (u)
		u->ctx = ZSTD_createDCtx();
	if (u && !u->ctx) {
		free(u);
		return NULL;
	}
	return u;
}

void unpacker_free(struct unpacker *u)
{
	if (!u)
		return;
	ZSTD_freeDCtx(u->ctx);
	free(u);
}

int column_unpack(struct unpacker *u, const struct column_ref *ref, struct mmt_buf *out,
		  const uint8_t **data, uint32_t *n, struct mm_error *err)
{
	uint8_t *room;
	size_t got;

	*n = ref->raw_bytes;
	*data = ref->stored;
	if (ref->stored && !ref->compressed)
		return 0;
	out->n = 0;
	room = buf_room(out, (size_t)ref->raw_bytes + MMT_SLACK);
	if (!room)
		return mm_fail(err, -ENOMEM, "out of memory for a column of %u bytes",
			       ref->raw_bytes);
	got = ref->stored ? ZSTD_decompressDCtx(u->ctx, room, ref->raw_bytes, ref->stored,
						ref->stored_bytes) : 0;
	if (ZSTD_isError(got))
		return mm_fail(err, -EINVAL, "a column does not decompress: %s",
			       ZSTD_getErrorName(got));
	if (got != ref->raw_bytes)
		return mm_fail(err, -EINVAL, "a column has %zu bytes, expected %u", got,
			       ref->raw_bytes);
	memset(room + got, 0, MMT_SLACK);
	*data = room;
	return 0;
}
