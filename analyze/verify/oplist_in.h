/* SPDX-License-Identifier: MIT
 *
 * The CSV pieces that oplist.c and events.c share.
 */
#ifndef ANALYZE_VERIFY_OPLIST_IN_H
#define ANALYZE_VERIFY_OPLIST_IN_H

#include "replay/state/lines.h"
#include "analyze/verify/oplist.h"

enum { CSV_MAX = 32 };
struct csv {
	struct lines *lines;
	int col[CSV_MAX];	/* where each wanted column stands */
	unsigned int nr;	/* columns of the file */
	char *field[CSV_MAX];
};
/* Columns by name; the one numbered `optional` may be missing (its col is -1). */
enum { CSV_ALL = CSV_MAX };
int csv_header(struct csv *c, char *line, const char *const *name, unsigned int n,
	       unsigned int optional, struct mm_error *err);
int csv_split(struct csv *c, char *line, struct mm_error *err);
/* A decimal or 0x number; a negative one as its 32 bits; empty is NO_VALUE. */
int csv_u32(const struct csv *c, unsigned int col, uint32_t *out, struct mm_error *err);
int csv_name(const struct csv *c, unsigned int col, const char *const *name, unsigned int n,
	     uint8_t *out, struct mm_error *err);

int grow_array(void **array, uint32_t nr, size_t size);
int read_path(struct oplist *l, const char *dir, struct mm_error *err);
int read_events(struct oplist *l, const char *dir, struct mm_error *err);

#endif
