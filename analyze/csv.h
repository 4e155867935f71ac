/* SPDX-License-Identifier: MIT
 *
 * csv: a whole CSV file (RFC 4180) in memory, columns found by name.
 *
 * The first record names the columns.  Every record has as many fields as the
 * first.  Fields may be quoted; a quoted field may hold commas, doubled quotes
 * and line ends.  Errors name the file, the line, the column, what was found
 * and what was expected.
 */
#ifndef ANALYZE_CSV_H
#define ANALYZE_CSV_H

#include <stddef.h>
#include <stdint.h>

#include "base/mm_error.h"

struct an_csv;

/* Read path.  NULL: missing (-ENOENT), damaged (-EINVAL), larger than
 * CSV_MAX_BYTES (-EFBIG), or no memory. */
struct an_csv *an_csv_load(const char *path, struct mm_error *err);
void an_csv_free(struct an_csv *c);

#define CSV_MAX_BYTES (512u << 20)

size_t an_csv_rows(const struct an_csv *c);	/* records after the header */

/* Index of the column called name, or -EINVAL with a sentence. */
int an_csv_column(const struct an_csv *c, const char *name, struct mm_error *err);

/* A field's text, owned by c.  row < an_csv_rows, column from an_csv_column. */
const char *an_csv_text(const struct an_csv *c, size_t row, int column);

/* A field that holds a whole number, decimal or 0x...: 0 or -EINVAL. */
int an_csv_u64(const struct an_csv *c, size_t row, int column, uint64_t *v, struct mm_error *err);

/* Complain about a field: "FILE: line N, column NAME: found 'TEXT', expected
 * WHAT".  Returns -EINVAL. */
int an_csv_bad(const struct an_csv *c, size_t row, int column, const char *what, struct mm_error *err);

#endif
