/* SPDX-License-Identifier: MIT
 * The recorded command (internal to traces/record). */
#ifndef RECORD_CHILD_H
#define RECORD_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/mm_error.h"

struct child {
	pid_t pid;		/* 0 = none */
	int go, failed;		/* pipes: to begin; errno of a failed exec */
	int status;		/* exit status, or 128 + signal */
};

/* Fork; the child waits. */
int child_prepare(struct child *c, char *const *argv, struct mm_error *err);
/* Let it run the command; fails when that cannot be run. */
int child_go(struct child *c, const char *name, struct mm_error *err);
/* Has it ended?  Sets status. */
bool child_ended(struct child *c);
/* Wait for its end.  sig: send this first, 0 = nothing. */
void child_wait(struct child *c, int sig);

#endif
