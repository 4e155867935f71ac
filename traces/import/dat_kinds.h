/* SPDX-License-Identifier: MIT
 *
 * trace.dat: the kinds of events in a file, and where their fields lie.
 */
#ifndef IMPORT_DAT_KINDS_H
#define IMPORT_DAT_KINDS_H

#include <traceevent/event-parse.h>

#include "traces/import/dat.h"

struct dat_field {
	uint16_t offset;
	uint8_t size;		/* 1, 2, 4 or 8 */
	uint8_t field;		/* enum import_field */
	bool is_signed;
};

enum dat_text_kind { TEXT_NONE, TEXT_INLINE, TEXT_DATA_LOC, TEXT_REL_LOC };

/* Fields are resolved once for each kind; reading an event is then a load for
 * each field that its role uses. */
struct dat_kind {
	const char *name;	/* NULL: no event with this id in the file's formats */
	char *full_name;
	uint8_t role;
	bool resolved;
	bool probe;		/* a kprobe: its context bits are the breakpoint's own */
	uint8_t nr_fields;
	struct dat_field fields[BIND_FIELDS];
	uint8_t text_kind;
	uint16_t text_offset;
	uint16_t list_offset, list_count_offset; /* 0 = no list; no count: the F_N field */
	uint16_t list_max;	/* 0 = to the end of the record */
	uint8_t list_size;	/* bytes of an element */
	uint64_t count;
	const struct dat_format *format;
};

#define DAT_MAX_ID 65536

struct dat_kinds {
	struct tep_handle *tep;
	const struct import_roles *roles;
	struct dat_kind **by_id;	/* DAT_MAX_ID entries, NULL = none */
	struct dat_kind *v;
	size_t n;
	uint32_t pid_offset, flags_offset;
	bool swap;
	uint32_t page_header;		/* bytes before a page's data */
	uint32_t commit_size;
	const struct dat_format *gfp_format; /* of mm_page_alloc: names the gfp bits */
};

/* Index the formats of d.  -EBADMSG with a sentence when they cannot be used. */
int dat_kinds_init(struct dat_kinds *k, const struct dat_file *d, const struct import_roles *roles,
		   struct mm_error *err);
void dat_kinds_free(struct dat_kinds *k);

void dat_kind_resolve(struct dat_kinds *k, struct dat_kind *kind, uint32_t id);

/* The kind of a record's id; resolves its fields at first sight. */
static inline struct dat_kind *dat_kind(struct dat_kinds *k, uint16_t id)
{
	struct dat_kind *kind = k->by_id[id];

	if (kind && !kind->resolved)
		dat_kind_resolve(k, kind, id);
	return kind;
}

/* Fill ev from a record's bytes; list holds the event's list. */
void dat_decode(const struct dat_kinds *k, const struct dat_kind *kind, const uint8_t *p,
		uint32_t len, struct import_event *ev, uint64_t *list);

#endif
