/* SPDX-License-Identifier: MIT
 *
 * trace.dat version 7: option sections point to the other sections, each of
 * which may be compressed.
 */
#include "traces/import/dat.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#define SECTION_HEADER 16
#define SECTION_PACKED 1
#define MAX_UNPACKED (256u << 20)	/* kallsyms of a big kernel is some 10 MB */
#define MAX_OPTION_SECTIONS 1000

enum {
	OPT_DONE = 0, OPT_BUFFER = 3, OPT_HEADER_INFO = 16, OPT_FTRACE = 17, OPT_FORMATS = 18,
	OPT_KALLSYMS = 19, OPT_PRINTK = 20, OPT_CMDLINES = 21, OPT_BUFFER_TEXT = 22,
};

static const char *const section_names[] = {
	[0] = "options", [OPT_BUFFER] = "buffer flyrecord", [15] = "strings",
	[OPT_HEADER_INFO] = "header info", [OPT_FTRACE] = "ftrace event formats",
	[OPT_FORMATS] = "event formats", [OPT_KALLSYMS] = "kallsyms",
	[OPT_PRINTK] = "trace_printk", [OPT_CMDLINES] = "process information",
	[OPT_BUFFER_TEXT] = "buffer latency",
};

static int unpack_section(struct dat_file *d, struct dat_cursor *s)
{
	uint32_t packed, size;
	struct dat_text t;
	uint8_t *out;
	uint64_t at = dat_at(s);
	size_t n;

	if (dat_u32(s, &packed) || dat_u32(s, &size) || dat_bytes(s, packed, &t, "compressed data"))
		return -EBADMSG;
	if (!d->zstd)
		return dat_bad(s, "compressed by an algorithm that this program does not know (zstd and none are known)");
	if (size > MAX_UNPACKED)
		return dat_bad(s, "an unpacked size of %u bytes; at most %u are believed", size,
			       MAX_UNPACKED);
	out = dat_own(d, malloc(size + 1));
	if (!out)
		return mm_fail(s->err, -ENOMEM, "out of memory");
	n = ZSTD_decompress(out, size, t.p, t.n);
	if (ZSTD_isError(n) || n != size)
		return dat_bad(s, "damaged compressed data: %s",
			       ZSTD_isError(n) ? ZSTD_getErrorName(n) : "too short");
	s->base = s->p = out;
	s->end = out + size;
	s->offset = at;
	s->packed = true;
	return 0;
}

/* Set *s to the body of the section at offset, which must have this id. */
static int open_section(struct dat_file *d, const struct dat_cursor *c, uint64_t offset,
			unsigned int want, const char *name, struct dat_cursor *s)
{
	uint16_t id, flags;
	uint32_t desc;
	uint64_t size;

	*s = *c;
	s->base = s->p = d->in->data;
	s->end = d->in->data + d->in->size;
	s->offset = 0;
	s->packed = false;
	s->section = name;
	if (offset > d->in->size || d->in->size - offset < SECTION_HEADER) {
		s->p = s->base + (offset > d->in->size ? d->in->size : offset);
		return dat_bad(s, "the section is said to be at offset %llu, but the file ends at %llu: it is cut",
			       (unsigned long long)offset, (unsigned long long)d->in->size);
	}
	s->p += offset;
	if (dat_u16(s, &id) || dat_u16(s, &flags) || dat_u32(s, &desc) || dat_u64(s, &size))
		return -EBADMSG;
	if (id != want)
		return dat_bad(s, "section id %u, expected %u", id, want);
	if (size > (uint64_t)(s->end - s->p))
		return dat_bad(s, "the section has %llu bytes, but the file is cut after %llu",
			       (unsigned long long)size, (unsigned long long)(s->end - s->p));
	s->end = s->p + size;
	return flags & SECTION_PACKED ? unpack_section(d, s) : 0;
}

/* BUFFER: one trace instance, and where the data of its CPUs stands. */
static int read_buffer(struct dat_file *d, struct dat_cursor *o)
{
	const char *name = "", *clock = "";
	struct dat_cursor s = *o;
	uint64_t at, offset, size;
	uint32_t page_size, n, cpu;
	uint16_t id, flags;

	if (dat_u64(o, &at) || dat_string(o, &name, "the buffer's name") ||
	    dat_string(o, &clock, "the buffer's clock") || dat_u32(o, &page_size) ||
	    dat_u32(o, &n))
		return -EBADMSG;
	if (*clock && !d->clock)
		d->clock = dat_copy(d, clock, strlen(clock));
	if (!*name && page_size >= 512 && page_size <= (1u << 20) && !(page_size & (page_size - 1)))
		d->page_size = page_size;
	s.base = s.p = d->in->data;
	s.end = s.base + d->in->size;
	s.offset = 0;
	s.packed = false;
	s.section = "buffer flyrecord";
	if (at > d->in->size || d->in->size - at < SECTION_HEADER) {
		s.p = s.end;
		return dat_bad(&s, "the section is said to be at offset %llu, but the file ends at %llu: it is cut",
			       (unsigned long long)at, (unsigned long long)d->in->size);
	}
	s.p += at;
	if (dat_u16(&s, &id) || dat_u16(&s, &flags))
		return -EBADMSG;
	if (id != OPT_BUFFER)
		return dat_bad(&s, "section id %u, expected %u", id, OPT_BUFFER);
	if (flags & SECTION_PACKED) {
		if (!d->zstd)
			return dat_bad(&s, "compressed by an algorithm that this program does not know (zstd and none are known)");
		d->packed_data = true;
	}
	while (n--) {
		if (dat_u32(o, &cpu) || dat_u64(o, &offset) || dat_u64(o, &size) ||
		    dat_add_cpu(d, &s, cpu, offset, size))
			return -EBADMSG;
	}
	return 0;
}

static int pointed_section(struct dat_file *d, struct dat_cursor *o, unsigned int id)
{
	struct dat_text printk;
	struct dat_cursor s;
	uint64_t offset;

	if (dat_u64(o, &offset) || open_section(d, o, offset, id, section_names[id], &s))
		return -EBADMSG;
	switch (id) {
	case OPT_HEADER_INFO:
		return dat_header_info(d, &s);
	case OPT_FTRACE:
		return dat_ftrace_formats(d, &s);
	case OPT_FORMATS:
		return dat_event_formats(d, &s);
	case OPT_KALLSYMS:
		return dat_text_section(&s, 4, &d->kallsyms);
	case OPT_PRINTK:
		return dat_text_section(&s, 4, &printk);
	}
	return dat_text_section(&s, 8, &d->cmdlines);
}

static int one_option(struct dat_file *d, struct dat_cursor *c, unsigned int id, uint32_t size,
		      uint64_t *next)
{
	struct dat_cursor o = *c;
	struct dat_text t;

	if (id != OPT_DONE && id != OPT_BUFFER && id < OPT_HEADER_INFO)
		return dat_option(d, c, id, size);
	if (dat_bytes(c, size, &t, "an option"))
		return -EBADMSG;
	o.end = c->p;
	if (id == OPT_DONE)
		return dat_u64(&o, next);
	if (id == OPT_BUFFER)
		return read_buffer(d, &o);
	if (id == OPT_BUFFER_TEXT)
		d->latency = true;
	return id <= OPT_CMDLINES ? pointed_section(d, &o, id) : 0;
}

/* One options section: *next receives the offset of the one after it, 0 = last. */
static int read_options(struct dat_file *d, struct dat_cursor *c, uint64_t *next)
{
	uint16_t id;
	uint32_t size;
	int e;

	do {
		e = dat_u16(c, &id);
		if (!e)
			e = dat_u32(c, &size);
		if (!e)
			e = one_option(d, c, id, size, next);
	} while (!e && id != OPT_DONE);
	return e;
}

/* The sections follow one another to the end of the file: a file that is cut in
 * one that nothing points to is found out here. */
static int check_sections(struct dat_cursor *c)
{
	struct dat_cursor s = *c;
	struct dat_text body;
	char name[32];
	uint16_t id, flags;
	uint32_t desc;
	uint64_t size;

	while (s.p < s.end) {
		s.section = "section header";
		if (dat_u16(&s, &id) || dat_u16(&s, &flags) || dat_u32(&s, &desc) ||
		    dat_u64(&s, &size))
			return -EBADMSG;
		snprintf(name, sizeof(name), "id %u", id);
		s.section = id < sizeof(section_names) / sizeof(section_names[0]) && section_names[id]
			  ? section_names[id] : name;
		if (dat_bytes(&s, size, &body, "the section"))
			return -EBADMSG;
	}
	return 0;
}

int dat_read_v7(struct dat_file *d, struct dat_cursor *c)
{
	const char *name = "", *version;
	struct dat_cursor s;
	uint64_t offset;
	unsigned int n = 0;

	if (dat_string(c, &name, "the compression's name") ||
	    dat_string(c, &version, "the compression's version") || dat_u64(c, &offset))
		return -EBADMSG;
	d->zstd = !strcmp(name, "zstd");
	if (!offset)
		return dat_bad(c, "no options section: the recording was not finished");
	if (check_sections(c))
		return -EBADMSG;
	while (offset) {
		if (++n > MAX_OPTION_SECTIONS)
			return dat_bad(c, "more than %u options sections: they point in a circle",
				       MAX_OPTION_SECTIONS);
		if (open_section(d, c, offset, 0, "options", &s))
			return -EBADMSG;
		offset = 0;
		if (read_options(d, &s, &offset))
			return -EBADMSG;
	}
	if (!d->header_page.n)
		return dat_bad(c, "no header info section");
	return 0;
}
