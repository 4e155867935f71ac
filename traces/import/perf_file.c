/* SPDX-License-Identifier: MIT
 *
 * perf.data: the header of a file, its attributes and features.
 *
 * perf writes the header when it begins, with a size of 0 for the records, and
 * again with the true size when it ends; the features follow the records.  So
 * a perf that was killed leaves a size of 0 and no features, and a copy that
 * was cut lacks them too: its records are whole, only their formats are
 * missing.
 */
#include "traces/import/perf_file.h"

#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#if __BYTE_ORDER != __LITTLE_ENDIAN
#error "perf.data is read as little-endian memory"
#endif

#define HEADER_SIZE 104		/* struct perf_file_header */
#define PIPE_HEADER_SIZE 16
#define NR_FEATURES 256
#define MAX_ATTR_SIZE 4096

struct section {
	uint64_t offset, size;
};

int perf_bad(const struct perf_file *f, uint64_t offset, struct mm_error *err, const char *fmt, ...)
{
	char what[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return mm_fail(err, -EBADMSG, "%s: offset %llu: %s", f->in->path,
		       (unsigned long long)offset, what);
}

/* The magic number of a file of either byte order, of perf before 2.6.32 too. */
bool perf_file_match(const struct import_input *in)
{
	return in->size >= 8 && (!memcmp(in->data, "PERFILE2", 8) ||
				 !memcmp(in->data, "2ELIFREP", 8) ||
				 !memcmp(in->data, "PERFFILE", 8));
}

static struct section get_section(const uint8_t *p)
{
	return (struct section){ perf_u64(p), perf_u64(p + 8) };
}

static bool inside(const struct perf_file *f, struct section s)
{
	return s.offset <= f->in->size && s.size <= f->in->size - s.offset;
}

static int read_attrs(struct perf_file *f, struct section s, uint64_t attr_size,
		      struct mm_error *err)
{
	struct section ids;
	uint64_t at;
	int e = 0;

	if (attr_size < PERF_ATTR_SIZE_VER0 + 16 || attr_size > MAX_ATTR_SIZE)
		return perf_bad(f, 16, err, "an attribute of %llu bytes; from %d to %d expected",
				(unsigned long long)attr_size, PERF_ATTR_SIZE_VER0 + 16, MAX_ATTR_SIZE);
	if (!inside(f, s) || !s.size || s.size % attr_size)
		return perf_bad(f, 24, err, "the attributes are said to be %llu bytes at offset %llu: not a number of attributes of %llu bytes within the file's %llu bytes",
				(unsigned long long)s.size, (unsigned long long)s.offset,
				(unsigned long long)attr_size, (unsigned long long)f->in->size);
	for (at = s.offset; !e && at < s.offset + s.size; at += attr_size) {
		ids = get_section(f->in->data + at + attr_size - 16);
		if (!inside(f, ids) || ids.size % 8)
			return perf_bad(f, at + attr_size - 16, err, "the ids of an attribute are said to be %llu bytes at offset %llu: not a number of ids of 8 bytes within the file's %llu bytes",
					(unsigned long long)ids.size, (unsigned long long)ids.offset,
					(unsigned long long)f->in->size);
		e = perf_add_attr(f, at, attr_size - 16, f->in->data + ids.offset, ids.size / 8, err);
	}
	return e;
}

/* The sections of the features stand behind the records, in the order of the
 * bits.  One that lies behind the end of the file is cut off. */
static int read_features(struct perf_file *f, const uint8_t *bits, struct mm_error *err)
{
	uint64_t at = f->data_end;
	struct section s;
	unsigned int i;
	int e = 0;

	for (i = 0; !e && i < NR_FEATURES; i++) {
		if (!(bits[i / 8] >> (i % 8) & 1))
			continue;
		if (!inside(f, (struct section){ at, 16 })) {
			f->cut = true;
			break;
		}
		s = get_section(f->in->data + at);
		at += 16;
		if (inside(f, s))
			e = perf_feature(f, i, s.offset, s.size, err);
		else
			f->cut = true;
	}
	return e;
}

static int read_header(struct perf_file *f, struct mm_error *err)
{
	const uint8_t *p = f->in->data;
	struct section attrs, data;
	int e;

	attrs = get_section(p + 24);
	data = get_section(p + 40);
	e = read_attrs(f, attrs, perf_u64(p + 16), err);
	if (e)
		return e;
	if (data.offset < HEADER_SIZE || data.offset > f->in->size)
		return perf_bad(f, 40, err, "the records are said to begin at offset %llu of %llu",
				(unsigned long long)data.offset, (unsigned long long)f->in->size);
	f->data = data.offset;
	f->open_end = !data.size;
	f->cut = data.size > f->in->size - data.offset;
	f->data_end = f->cut || f->open_end ? f->in->size : data.offset + data.size;
	if (!f->cut && !f->open_end)
		e = read_features(f, p + 72, err);
	return e ? e : perf_attrs_done(f, err);
}

int perf_file_read(struct perf_file *f, const struct import_input *in, struct mm_error *err)
{
	uint64_t size;
	int e;

	memset(f, 0, sizeof(*f));
	f->in = in;
	f->dat.in = in;
	f->dat.version = 6; /* the layout of the tracing data */
	if (!memcmp(in->data, "2ELIFREP", 8))
		return mm_fail(err, -EINVAL, "%s: a perf.data of a big-endian machine; only those of little-endian ones can be read",
			       in->path);
	if (memcmp(in->data, "PERFILE2", 8))
		return mm_fail(err, -EINVAL, "%s: a perf.data of version 1 (PERFFILE), as perf wrote before Linux 2.6.32; version 2 (PERFILE2) is known",
			       in->path);
	if (in->size < PIPE_HEADER_SIZE)
		return perf_bad(f, 8, err, "the header is cut: %llu bytes of 104",
				(unsigned long long)in->size);
	size = perf_u64(in->data + 8);
	f->pipe = size == PIPE_HEADER_SIZE;
	if (!f->pipe && size != HEADER_SIZE)
		return perf_bad(f, 8, err, "a header of %llu bytes; 104 (a file) or 16 (a pipe) expected",
				(unsigned long long)size);
	if (in->size < size)
		return perf_bad(f, 8, err, "the header is cut: %llu bytes of %llu",
				(unsigned long long)in->size, (unsigned long long)size);
	e = f->pipe ? perf_pipe_read(f, err) : read_header(f, err);
	return e;
}

void perf_file_free(struct perf_file *f)
{
	free(f->attrs);
	addr_clear(&f->ids);
	dat_free(&f->dat);
}
