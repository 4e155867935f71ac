/* SPDX-License-Identifier: MIT
 * kprobes of a recording (internal to traces/record). */
#ifndef RECORD_PROBES_H
#define RECORD_PROBES_H

#include "traces/record/session.h"

/* Make the kprobes that a file defines, one a line as tracefs takes it, and
 * enable them in the instance. */
int probes_make(struct session *s, const char *path, struct mm_error *err);
void probes_remove(struct session *s);

#endif
