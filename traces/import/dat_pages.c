/* SPDX-License-Identifier: MIT
 *
 * trace.dat: the ring-buffer pages of one CPU, walked with libtraceevent's
 * kbuffer, which knows the record headers, time stamps and missed events.
 *
 * kbuffer trusts what it reads, so three things are checked around it: that a
 * page's commit count lies within the page, that the walk always goes forward,
 * and that a record ends before the committed bytes do.
 *
 * Compressed data comes in chunks of whole pages; one chunk at a time is
 * unpacked, so that memory does not grow with the file.
 */
#include "traces/import/dat_pages.h"

#include <byteswap.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define COMMIT_BITS ((1u << 27) - 1)	/* the flags of missed events stand above */
#define MAX_CHUNK (256u << 20)
#define SLACK 64			/* readable bytes after an unpacked chunk */

static uint32_t get32(const struct dat_stream *s, const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return s->file->swap ? bswap_32(v) : v;
}

int dat_stream_open(struct dat_stream *s, const struct dat_file *d, const struct dat_cpu *cpu,
		const struct dat_kinds *k, struct mm_error *err)
{
	memset(s, 0, sizeof(*s));
	s->file = d;
	s->cpu = cpu;
	s->page_header = k->page_header;
	s->commit_size = k->commit_size;
	s->kbuf = kbuffer_alloc(k->commit_size == 8 ? KBUFFER_LSIZE_8 : KBUFFER_LSIZE_4,
				d->big ? KBUFFER_ENDIAN_BIG : KBUFFER_ENDIAN_LITTLE);
	if (!s->kbuf)
		return mm_fail(err, -ENOMEM, "out of memory");
	if (tep_is_old_format(k->tep))
		kbuffer_set_old_format(s->kbuf);
	dat_stream_rewind(s);
	return 0;
}

void dat_stream_close(struct dat_stream *s)
{
	if (s->kbuf)
		kbuffer_free(s->kbuf);
	free(s->chunk);
}

void dat_stream_rewind(struct dat_stream *s)
{
	const uint8_t *base = s->file->in->data;

	s->p = base + s->cpu->offset;
	s->end = s->p + s->cpu->size;
	s->pages = s->pages_end = NULL;
	s->limit = 0;
	s->at = 0;
	s->record = NULL;
	s->lost = s->lost_places = 0;
	s->chunks_left = 0;
	if (!s->file->packed_data) {
		s->pages = s->p;
		s->pages_end = s->end;
		s->p = s->end;
	} else if (s->end - s->p >= 4) {
		s->chunks_left = get32(s, s->p);
		s->p += 4;
		/* The size in the option does not count these four bytes. */
		if (s->end + 4 <= base + s->file->in->size)
			s->end += 4;
	}
}

static int bad(const struct dat_stream *s, const uint8_t *p, struct mm_error *err,
	       const char *what, unsigned long long n)
{
	return mm_fail(err, -EBADMSG, "%s: data of CPU %u, offset %llu%s: %s (%llu)",
		       s->file->in->path, s->cpu->cpu,
		       (unsigned long long)(p - (s->file->packed_data && s->chunk && p >= s->chunk &&
						 p <= s->chunk + s->chunk_cap
					    ? s->chunk : s->file->in->data)),
		       s->file->packed_data ? " in the compressed data" : "", what, n);
}

/* Unpack the next chunk: 1, 0 = no more. */
static int next_chunk(struct dat_stream *s, struct mm_error *err)
{
	uint32_t packed, size;
	uint8_t *grown;
	size_t n;

	if (!s->chunks_left)
		return 0;
	s->chunks_left--;
	if (s->end - s->p < 8)
		return bad(s, s->p, err, "a chunk's header is cut; chunks still to come", s->chunks_left + 1);
	packed = get32(s, s->p);
	size = get32(s, s->p + 4);
	s->p += 8;
	if (packed > (size_t)(s->end - s->p))
		return bad(s, s->p, err, "a chunk is longer than the CPU's data; its bytes", packed);
	if (!size || size > MAX_CHUNK || size % s->file->page_size)
		return bad(s, s->p, err, "a chunk's unpacked size is not a number of pages", size);
	if (size + SLACK > s->chunk_cap) {
		grown = realloc(s->chunk, size + SLACK);
		if (!grown)
			return mm_fail(err, -ENOMEM, "out of memory");
		s->chunk = grown;
		s->chunk_cap = size + SLACK;
	}
	n = ZSTD_decompress(s->chunk, size, s->p, packed);
	if (ZSTD_isError(n) || n != size)
		return bad(s, s->p, err, ZSTD_isError(n) ? ZSTD_getErrorName(n) : "too short; bytes", n);
	memset(s->chunk + size, 0, SLACK);
	s->p += packed;
	s->pages = s->chunk;
	s->pages_end = s->chunk + size;
	return 1;
}

static void note_lost(struct dat_stream *s)
{
	int missed = kbuffer_missed_events(s->kbuf);

	if (!missed)
		return;
	s->lost_places++;
	if (missed > 0)
		s->lost += missed;
}

/* Load the next page that holds records: 1, 0 = no more. */
static int next_page(struct dat_stream *s, struct mm_error *err)
{
	uint32_t page_size = s->file->page_size, commit;
	const uint8_t *page;
	int r;

	for (;;) {
		if (s->pages == s->pages_end) {
			r = next_chunk(s, err);
			if (r <= 0)
				return r;
		}
		page = s->pages;
		if ((size_t)(s->pages_end - page) < page_size)
			return bad(s, page, err, "the last page is cut; bytes of it",
				   s->pages_end - page);
		s->pages += page_size;
		commit = get32(s, page + 8 + (s->file->big && s->commit_size == 8 ? 4 : 0)) & COMMIT_BITS;
		if (commit & 3 || commit > page_size - s->page_header)
			return bad(s, page, err, "damaged page: its header counts more bytes of records than fit", commit);
		if (kbuffer_load_subbuffer(s->kbuf, (void *)page))
			return bad(s, page, err, "the page cannot be read; bytes of records", commit);
		note_lost(s);
		s->limit = commit;
		s->at = -1;
		if (commit)
			return 1;
	}
}

int dat_stream_next(struct dat_stream *s, struct mm_error *err)
{
	unsigned long long ts;
	const uint8_t *page;
	int at, r;

	for (;;) {
		if (s->record || s->limit) { /* a page is loaded */
			s->record = s->record ? kbuffer_next_event(s->kbuf, &ts)
					      : kbuffer_read_event(s->kbuf, &ts);
			if (s->record)
				break;
		}
		s->record = NULL;
		r = next_page(s, err);
		if (r <= 0) {
			s->limit = 0;
			return r;
		}
	}
	page = s->pages - s->file->page_size;
	at = kbuffer_curr_offset(s->kbuf);
	s->len = kbuffer_event_size(s->kbuf);
	if (at <= s->at || s->record < page || s->len < 8 ||
	    s->record + s->len > page + s->page_header + s->limit)
		return bad(s, page, err, "damaged page: a record does not end within it; bytes of the record", s->len);
	s->at = at;
	s->time = ts;
	return 1;
}
