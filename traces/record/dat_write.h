/* SPDX-License-Identifier: MIT
 * A recording as a trace.dat (internal to traces/record). */
#ifndef RECORD_DAT_WRITE_H
#define RECORD_DAT_WRITE_H

#include "traces/record/readers.h"

/* What stands before the pages, while the instance is still there: malloc'ed. */
char *dat_head(struct session *s, size_t *size, struct mm_error *err);

/* The head and the pages of all CPUs to fd. */
int dat_write(int fd, const struct readers *r, const char *head, size_t size, struct mm_error *err);

#endif
