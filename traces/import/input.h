/* SPDX-License-Identifier: MIT
 *
 * The input as bytes: opened, unpacked, mapped; and which source reads it.
 */
#ifndef IMPORT_INPUT_H
#define IMPORT_INPUT_H

#include "traces/import/source.h"

/*
 * Map path ("-" = standard input) whole.  What cannot be mapped (a pipe) and
 * what is wrapped in zstd is first written to an unnamed temporary file in
 * $TMPDIR, so that every input can be read twice.  0 or negative errno.
 */
int import_input_open(struct import_input *in, const char *path, struct mm_error *err);
void import_input_close(struct import_input *in);

/* The source for the input: by name ("auto" = by what the bytes look like). */
struct import_source *import_input_source(const struct import_input *in, const char *format,
				   const struct import_roles *roles, struct mm_error *err);

#endif
