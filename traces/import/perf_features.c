/* SPDX-License-Identifier: MIT
 *
 * perf.data: the features that an import uses: the formats of the events, and
 * who recorded what on which kernel.
 */
#include "traces/import/perf_file.h"

#include <errno.h>
#include <stdio.h>

/* enum of tools/perf/util/header.h */
enum { TRACING_DATA = 1, OSRELEASE = 4, PERF_VERSION = 5, ARCH = 6, NRCPUS = 7 };

/* A string: its length with padding, and its bytes. */
static int read_string(struct perf_file *f, uint64_t offset, uint64_t size, char **to,
		       struct mm_error *err)
{
	const uint8_t *p = f->in->data + offset;

	if (size < 4 || perf_u32(p) > size - 4)
		return perf_bad(f, offset, err, "a string in the features does not end within its %llu bytes",
				(unsigned long long)size);
	*to = dat_copy(&f->dat, (const char *)p + 4, perf_u32(p));
	return *to ? 0 : mm_fail(err, -ENOMEM, "out of memory");
}

/* As trace.dat version 6 begins, but its version is "0.5" or "0.6". */
static int tracing_data(struct perf_file *f, uint64_t offset, uint64_t size, struct mm_error *err)
{
	struct dat_file *d = &f->dat;
	const uint8_t *p = f->in->data + offset;
	struct dat_cursor c = {
		.base = p, .p = p, .end = p + size, .offset = offset,
		.section = "tracing data", .path = f->in->path, .err = err,
	};
	const char *version;
	struct dat_text t;

	if (f->have_formats)
		return 0; /* a second one says the same */
	if (dat_bytes(&c, 10, &t, "the magic number") || dat_string(&c, &version, "the version") ||
	    dat_bytes(&c, 2, &t, "byte order and long size") || dat_u32(&c, &d->page_size))
		return -EBADMSG;
	if (memcmp(p, "\x17\x08\x44tracing", 10))
		return dat_bad(&c, "expected 17 08 44 \"tracing\"");
	if (t.p[0] || (t.p[1] != 4 && t.p[1] != 8))
		return dat_bad(&c, "byte order %u (0 expected), long size %u (4 or 8 expected)",
			       (uint8_t)t.p[0], (uint8_t)t.p[1]);
	d->long_size = t.p[1];
	f->have_formats = true;
	return dat_read_formats(d, &c);
}

int perf_feature(struct perf_file *f, unsigned int feature, uint64_t offset, uint64_t size,
		 struct mm_error *err)
{
	switch (feature) {
	case TRACING_DATA:
		return tracing_data(f, offset, size, err);
	case OSRELEASE:
		return read_string(f, offset, size, &f->release, err);
	case PERF_VERSION:
		return read_string(f, offset, size, &f->tool, err);
	case ARCH:
		return read_string(f, offset, size, &f->arch, err);
	case NRCPUS:
		if (size >= 8)
			f->cpus = perf_u32(f->in->data + offset);
	}
	return 0;
}
