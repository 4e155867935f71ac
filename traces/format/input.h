/* SPDX-License-Identifier: MIT
 *
 * Where a reader's bytes come from: a regular file (read by position, so that
 * it can be sought) or a pipe.
 */
#ifndef TRACE_INPUT_H
#define TRACE_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mm_error.h"

struct input {
	int fd;
	char *path;		/* for messages */
	bool seekable;
	uint64_t size;		/* of a regular file, 0 for a pipe */
	uint64_t offset;	/* of the next byte */
};

int input_open(struct input *in, const char *path, struct mm_error *err);
void input_close(struct input *in);

/* The next n bytes into buf; *got < n only at the end of the input. */
int input_read(struct input *in, void *buf, size_t n, size_t *got, struct mm_error *err);

#endif
