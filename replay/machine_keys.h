/* SPDX-License-Identifier: MIT
 *
 * machine_keys: the keys of machine files, each with how its value is read.
 * Internal to replay/: machine_file.c walks the file, this is the table.
 */
#ifndef REPLAY_MACHINE_KEYS_H
#define REPLAY_MACHINE_KEYS_H

#include "engine/mm86.h"

enum machine_key_type {
	KEY_NAME,	/* char[32] */
	KEY_BOOL,	/* yes, no */
	KEY_U32,	/* number */
	KEY_SIZE32,	/* bytes, K/M/G suffix, in uint32_t */
	KEY_SIZE64,	/* the same in uint64_t */
	KEY_AUTO,	/* int32_t: a number, or "auto" = -1 */
	KEY_SPLIT,	/* page_offset by the name of the split */
	KEY_VMALLOC,	/* vmalloc= of the command line: SIZE + 8 MiB is reserved */
	KEY_SLAB,	/* enum mm_slab_kind */
	KEY_RANGE32,	/* START-END: start and end, two uint32_t in a row */
	KEY_SPAN32,	/* START-END: start and length, two uint32_t in a row */
	KEY_E820,	/* START-END usable|reserved, repeatable */
	KEY_RESERVED,	/* START-END, repeatable */
	KEY_BASE,	/* another machine that this one starts from */
};

struct machine_key {
	const char *section, *key;
	enum machine_key_type type;
	size_t offset;		/* in struct mm_config */
	uint64_t min, max;	/* numbers and sizes: limits, when max > 0 */
};

/* NULL when there is no such key; *section_known tells whether the section exists. */
const struct machine_key *machine_key_find(const char *section, const char *key,
					   bool *section_known);

/* Read value into *c.  0, or -EINVAL with *want = what was expected (a phrase
 * that follows "expected "; it may point into buf). */
int machine_key_set(const struct machine_key *k, const char *value, struct mm_config *c,
		    char *buf, size_t size, const char **want);

/* The keys of a section ("cpus, pae, pse"), or all section names when section is NULL. */
void machine_key_list(const char *section, char *buf, size_t size);

#endif
