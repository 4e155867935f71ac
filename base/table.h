/* SPDX-License-Identifier: MIT
 *
 * table: rows of text in aligned columns, on stdout for people.
 *
 *	struct table *t = table_new("<zone|>free pages|>share");
 *	table_cell(t, "Normal");
 *	table_cell(t, "%u", pages);
 *	table_cell(t, "%.0f %%", share);
 *	table_print(t, stdout, 2);
 *	table_free(t);
 */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

#include <stdio.h>

struct table;

/* head: column titles separated by '|'; '<' or '>' before a title says to which
 * side the column is aligned.  NULL: no memory. */
struct table *table_new(const char *head);

/* Add a cell (printf).  Cells fill a row from left to right; the cell after
 * the last column begins the next row.  Running out of memory is remembered. */
void table_cell(struct table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Print with `indent` spaces before each row; empty titles print no head line.
 * 0, or -ENOMEM when a cell could not be stored. */
int table_print(const struct table *t, FILE *out, int indent);

void table_free(struct table *t);

#endif
