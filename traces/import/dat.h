/* SPDX-License-Identifier: MIT
 *
 * trace.dat: what its header sections hold (internal to the importer).
 *
 * The layout of versions 6 and 7 is described in trace-cmd.dat.v6(5) and
 * trace-cmd.dat.v7(5).  Every offset and size is checked against the file
 * before it is used, so that a cut or damaged file is refused with the section
 * and the offset at which it stops making sense; nothing unchecked reaches a
 * library.
 */
#ifndef IMPORT_DAT_H
#define IMPORT_DAT_H

#include "traces/import/source.h"

/* A stretch of bytes that is read from front to end, with what to call it. */
struct dat_cursor {
	const uint8_t *base, *p, *end;
	uint64_t offset;	/* of base in the file */
	const char *section;
	const char *path;
	bool swap;		/* the file's byte order is not this machine's */
	bool packed;		/* base is unpacked data: offsets count in it */
	struct mm_error *err;
};

struct dat_text {
	const char *p;		/* not terminated */
	size_t n;
};

struct dat_format {		/* one event's format file */
	struct dat_text text;
	const char *group;	/* NUL-terminated, owned */
};

struct dat_cpu {		/* the pages of one CPU of one buffer */
	uint32_t cpu;
	uint64_t offset, size;	/* in the file */
};

struct dat_file {
	const struct import_input *in;
	int version;		/* 6 or 7 */
	bool swap, big;
	uint32_t long_size, page_size;
	bool zstd;		/* compressed sections are zstd */
	bool packed_data;	/* CPU data is in compressed chunks */
	bool latency;		/* the data is text, at latency_offset */
	uint64_t latency_offset;
	struct dat_text header_page, kallsyms, cmdlines;
	struct dat_format *formats;
	size_t nr_formats, cap_formats;
	struct dat_cpu *cpus;
	size_t nr_cpus;
	char *kernel, *tool, *clock;
	uint32_t nr_cpu_option;
	int64_t ts_offset;
	uint32_t tsc_mult, tsc_shift;	/* TSC2NSEC; 0 = the clock counts ns */
	uint64_t tsc_offset;
	void **owned;		/* unpacked sections and strings */
	size_t nr_owned, cap_owned;
};

/* Read the header sections.  0 or negative errno with section and offset. */
int dat_read(struct dat_file *d, const struct import_input *in, struct mm_error *err);
void dat_free(struct dat_file *d);

/* ---- shared by the readers of the two layouts ---- */

int dat_read_v6(struct dat_file *d, struct dat_cursor *c);
int dat_read_v7(struct dat_file *d, struct dat_cursor *c);

uint64_t dat_at(const struct dat_cursor *c);	/* offset of c->p */
/* Fails with "PATH: section NAME at offset N: what": returns -EBADMSG. */
int dat_bad(struct dat_cursor *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
int dat_u16(struct dat_cursor *c, uint16_t *v);
int dat_u32(struct dat_cursor *c, uint32_t *v);
int dat_u64(struct dat_cursor *c, uint64_t *v);
int dat_bytes(struct dat_cursor *c, uint64_t n, struct dat_text *t, const char *what);
int dat_string(struct dat_cursor *c, const char **s, const char *what);

/* From the header info to the printk formats: the tracing data of a perf.data is
 * laid out the same. */
int dat_read_formats(struct dat_file *d, struct dat_cursor *c);

/* The bodies of the sections, the same in both versions. */
int dat_header_info(struct dat_file *d, struct dat_cursor *c);
int dat_ftrace_formats(struct dat_file *d, struct dat_cursor *c);
int dat_event_formats(struct dat_file *d, struct dat_cursor *c);
int dat_text_section(struct dat_cursor *c, int size_bytes, struct dat_text *t);
/* Options 1..14, but not those that only one version has. */
int dat_option(struct dat_file *d, struct dat_cursor *c, unsigned int id, uint32_t size);

int dat_add_cpu(struct dat_file *d, struct dat_cursor *c, uint32_t cpu, uint64_t offset,
		uint64_t size);
void *dat_own(struct dat_file *d, void *p);	/* freed with d; p, or NULL: no memory */
/* A copy of the text as a string without trailing white space. */
char *dat_copy(struct dat_file *d, const char *p, size_t n);

#endif
