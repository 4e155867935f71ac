/* SPDX-License-Identifier: MIT
 *
 * The front end's interface: what an importer of one file format provides.
 *
 * A source yields events in order of time, each decoded into the fields of
 * its role (roles.h).  Everything behind it is independent of the format:
 * adding a format is one struct import_source_ops and one line of the table
 * in input.c.
 */
#ifndef IMPORT_SOURCE_H
#define IMPORT_SOURCE_H

#include "traces/format/mmt.h"
#include "traces/import/roles.h"

#define IMPORT_LIST_MAX 512	/* longest stack or pointer list kept */

struct import_event {
	uint64_t time;		/* ns on the recording's clock */
	int32_t pid;
	uint16_t cpu;
	uint8_t ctx;		/* enum trace_ctx */
	uint8_t role;		/* enum import_role */
	uint32_t comm;		/* text sources: symbol id of the task's name, else 0 */
	uint32_t has;		/* bit n: f[n] was given */
	uint32_t text_len;
	uint32_t nlist;		/* object addresses, or the frames of a stack */
	const char *text;	/* cache name or marker, NULL = none; not terminated */
	const uint64_t *list;
	uint64_t f[IMPORT_FIELDS];
};

static inline bool ev_has(const struct import_event *ev, unsigned int field)
{
	return ev->has >> field & 1;
}

/* What a recording says of itself; NULL or 0 where it does not. */
struct import_about {
	const char *format;	/* "trace.dat version 7" */
	const char *kernel;	/* uname line */
	const char *tool;	/* program that recorded */
	const char *clock;
	uint32_t cpus;
	uint32_t long_size;	/* bytes of a kernel pointer, 0 = not known */
	const char *gfp_table;	/* print format of an event with gfp flags: how this
				 * kernel numbers them; not terminated */
	uint32_t gfp_table_len;
};

/* The bytes of the input: mapped, with at least 4096 readable bytes after the end. */
struct import_input {
	const char *path;
	const uint8_t *data;
	uint64_t size;
	size_t map_size;
	/* Of the recorded machine, where the file lacks them; NULL = not given. */
	const char *kallsyms;	/* a copy of /proc/kallsyms */
	const char *events;	/* a copy of the folder tracing/events */
};

struct import_source;

struct import_source_ops {
	const char *name;	/* as in --format */
	/* Does the file look like this format? */
	bool (*match)(const struct import_input *in);
	struct import_source *(*open)(const struct import_input *in,
				      const struct import_roles *roles, struct mm_error *err);
	/* The next event: 1, 0 at the end, negative errno with a sentence.  The
	 * event's pointers are valid until the next call. */
	int (*next)(struct import_source *s, struct import_event *ev, struct mm_error *err);
	/* Start again at the first event. */
	int (*rewind)(struct import_source *s, struct mm_error *err);
	/* Name of a code address (or of a symbol id with IMPORT_SYM): NULL = none,
	 * *offset: bytes from the symbol to the address. */
	const char *(*symbol)(struct import_source *s, uint64_t addr, uint64_t *offset);
	/* Address of a kernel symbol, 0 = not known. */
	uint64_t (*address)(struct import_source *s, const char *symbol);
	/* Name of a task; comm as in the event. */
	const char *(*comm)(struct import_source *s, int32_t pid, uint32_t comm);
	/* Name of event kind n, how often it was read since the rewind, its role;
	 * NULL at the end. */
	const char *(*kind)(struct import_source *s, uint32_t n, uint64_t *count,
			    enum import_role *role);
	uint64_t (*offset)(struct import_source *s);	/* bytes read, for progress */
	void (*close)(struct import_source *s);
};

struct import_source {
	const struct import_source_ops *ops;
	struct import_about about;
	uint64_t lost;		/* events that the recording lost, since the rewind */
	uint64_t lost_places;	/* places where it lost some; their number may be unknown */
	uint64_t bad_lines;	/* text: lines that are neither event nor comment */
	char note[400];		/* what is to be known of the input, sentences; "" = nothing */
	uint64_t skip[2];	/* bit per role: count, but do not deliver */
};

static inline bool source_skips(const struct import_source *s, unsigned int role)
{
	return s->skip[role >> 6] >> (role & 63) & 1;
}

/* A text source has no addresses of code: it gives symbols ids, which stand in
 * F_SITE and in stacks with this bit set. */
#define IMPORT_SYM (1ull << 63)

/* Addresses of 64-bit kernels have that bit too, but all of the next 15 as well. */
static inline bool import_is_sym(uint64_t addr)
{
	return addr >> 48 == IMPORT_SYM >> 48;
}

/* In F_GFP: the low half holds canonical bits (base/gfp.h), not a number. */
#define IMPORT_CANONICAL (1ull << 63)

extern const struct import_source_ops import_dat_ops, import_perf_data_ops, import_report_ops,
	import_perf_ops, import_ftrace_ops;

#endif
