/* SPDX-License-Identifier: MIT
 *
 * One recording in tracefs (internal to traces/record).
 */
#ifndef RECORD_SESSION_H
#define RECORD_SESSION_H

#include <sys/types.h>
#include <tracefs/tracefs.h>

#include "traces/record/record.h"

struct session {
	struct tracefs_instance *instance;
	char **probes;			/* names of kprobes that were made, to be removed */
	uint32_t page_size;		/* of a page of the ring buffer */
	uint32_t nr_cpus;
};

/* Make an instance and set it up, tracing off.  Fails with a sentence where
 * there is no tracefs or no right to use it. */
int session_open(struct session *s, const struct record_options *opt, struct mm_error *err);
/* Remove the instance and the probes. */
void session_close(struct session *s);

int session_start(struct session *s, struct mm_error *err);
void session_stop(struct session *s);

/* Record this task and what it starts, and nothing else. */
int session_only(struct session *s, pid_t pid, struct mm_error *err);
/* Do not record this thread: it is the recorder. */
void session_not(struct session *s, pid_t tid);

/* Events that found no room in the buffers, by the kernel's count. */
uint64_t session_lost(struct session *s);

#endif
