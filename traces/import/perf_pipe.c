/* SPDX-License-Identifier: MIT
 *
 * perf.data from a pipe: attributes, formats and features are records.
 *
 * They come before the first sample, so the beginning is read up to there; the
 * records are then read from the front again, as in a file, and pass them by.
 */
#include "traces/import/perf_file.h"

#define PIPE_HEADER_SIZE 16

uint64_t perf_step(const uint8_t *rec, uint64_t left)
{
	uint64_t size, more = 0;

	if (left < 8)
		return 0;
	size = perf_size(rec);
	if (size < 8 || size > left)
		return 0;
	if (perf_type(rec) == PERF_AUXTRACE && size >= 16)
		more = perf_u64(rec + 8);
	else if (perf_type(rec) == PERF_HEADER_TRACING_DATA && size >= 12)
		more = perf_u32(rec + 8);
	return more <= left - size ? size + more : 0;
}

/* A record with an attribute and its ids. */
static int read_attr(struct perf_file *f, const uint8_t *rec, uint32_t size, struct mm_error *err)
{
	uint64_t offset = rec + 8 - f->in->data;
	uint32_t n = size < 16 ? 0 : perf_u32(rec + 12);	/* perf_event_attr.size */

	if (!n)
		n = PERF_ATTR_SIZE_VER0;
	if (n < PERF_ATTR_SIZE_VER0 || n > size - 8)
		return perf_bad(f, offset, err, "an attribute of %u bytes in a record of %u", n, size);
	return perf_add_attr(f, offset, n, rec + 8 + n, (size - 8 - n) / 8, err);
}

int perf_pipe_read(struct perf_file *f, struct mm_error *err)
{
	const uint8_t *p = f->in->data + PIPE_HEADER_SIZE, *end = f->in->data + f->in->size;
	uint64_t step, offset;
	int e = 0;

	f->data = PIPE_HEADER_SIZE;
	f->data_end = f->in->size;
	for (; !e && (step = perf_step(p, end - p)) != 0; p += step) {
		offset = p - f->in->data;
		if (perf_type(p) == PERF_RECORD_SAMPLE || perf_type(p) == PERF_COMPRESSED ||
		    perf_type(p) == PERF_COMPRESSED2)
			break;
		if (perf_type(p) == PERF_HEADER_ATTR)
			e = read_attr(f, p, perf_size(p), err);
		else if (perf_type(p) == PERF_HEADER_TRACING_DATA)
			e = perf_feature(f, 1, offset + perf_size(p), step - perf_size(p), err);
		else if (perf_type(p) == PERF_HEADER_FEATURE && perf_size(p) >= 16)
			e = perf_feature(f, perf_u64(p + 8) & 0xff, offset + 16, perf_size(p) - 16, err);
	}
	if (!e && !f->nr_attrs)
		e = perf_bad(f, p - f->in->data, err, "no attribute before the first sample");
	return e ? e : perf_attrs_done(f, err);
}
