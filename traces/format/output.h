/* SPDX-License-Identifier: MIT
 *
 * Where a writer's bytes go: a regular file under a temporary name until it is
 * whole, or straight to stdout, a pipe or a device.
 */
#ifndef TRACE_OUTPUT_H
#define TRACE_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

#include "base/mm_error.h"

struct output {
	int fd;
	char *path;		/* as given, for messages and the rename */
	char *temp;		/* NULL: written directly */
	uint64_t offset;	/* bytes written so far */
};

int output_open(struct output *o, const char *path, struct mm_error *err);
int output_write(struct output *o, const void *data, size_t n, struct mm_error *err);
int output_commit(struct output *o, struct mm_error *err);	/* fsync, rename, close */
void output_abort(struct output *o);	/* remove the temporary file, close */

#endif
