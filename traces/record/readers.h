/* SPDX-License-Identifier: MIT
 * The CPUs' ring buffers on their way to files (internal to traces/record). */
#ifndef RECORD_READERS_H
#define RECORD_READERS_H

#include <pthread.h>
#include <stdatomic.h>

#include "traces/record/session.h"

struct reader {
	struct readers *all;
	uint32_t cpu;
	int from, to;		/* ring buffer, unnamed file */
	uint64_t bytes;
	pthread_t thread;
	bool started;
	int error;		/* errno of the first failure */
	pid_t tid;
};

struct readers {
	struct session *session;
	struct reader *v;
	uint32_t n;
	atomic_bool quit;	/* tracing is off: read what is left and end */
	atomic_bool failed;
};

/* An unnamed file in the folder of path ("-": in $TMPDIR). */
int record_temp(const char *path, struct mm_error *err);

int readers_open(struct readers *r, struct session *s, const char *near, struct mm_error *err);
int readers_start(struct readers *r, struct mm_error *err);
/* Wait until all that was recorded is in the files. */
int readers_finish(struct readers *r, struct mm_error *err);
void readers_close(struct readers *r);

#endif
