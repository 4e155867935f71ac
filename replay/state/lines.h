/* SPDX-License-Identifier: MIT
 *
 * lines: a text file read line by line, zstd-compressed or plain.
 *
 * A file is compressed when it begins with zstd's magic number; several frames
 * one after the other are one file, as zstd itself has it.  Memory: two fixed
 * buffers and the longest line.
 */
#ifndef REPLAY_STATE_LINES_H
#define REPLAY_STATE_LINES_H

#include <stddef.h>

#include "base/mm_error.h"

struct lines;

/* Open DIR/NAME, else DIR/NAME.zst.  0; -ENOENT when there is neither;
 * another negative errno. */
int lines_open(struct lines **out, const char *dir, const char *name, struct mm_error *err);
void lines_close(struct lines *l);

/* The next line, NUL-terminated and without its newline; it stands until the
 * next call and may be written to.  1, 0 at the end, or negative errno: a file
 * that ends inside a zstd frame, damaged data, a line above 256 MiB. */
int lines_next(struct lines *l, char **line, size_t *len, struct mm_error *err);

/* The next n bytes (at most 64 KiB) of a file that is no text, instead; fewer at
 * its end.  How many, 0 at the end, or negative errno. */
long lines_bytes(struct lines *l, size_t n, const unsigned char **bytes, struct mm_error *err);

const char *lines_path(const struct lines *l);
unsigned int lines_number(const struct lines *l);	/* of the last line, from 1 */

#endif
