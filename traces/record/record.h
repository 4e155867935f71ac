/* SPDX-License-Identifier: MIT
 *
 * record: this host's kernel memory events while a command runs, to a trace.
 *
 *   record.c     from end to end
 *   session.c    an instance of tracefs: events, buffers, filters
 *   readers.c    the CPUs' ring buffers to files, a thread for each
 *   dat_write.c  those files as one trace.dat, which the importer reads
 *   child.c      the command
 *   state.c      /proc files before and after, as replay --state reads them
 *
 * The raw pages of the ring buffers are kept until the command has ended, and
 * imported then: an import reads its input twice, and while recording the host
 * should be left to its work.  They lie in unnamed files beside the output, so
 * that nothing stays behind, whatever happens.
 */
#ifndef RECORD_RECORD_H
#define RECORD_RECORD_H

#include "traces/import/import.h"

struct record_options {
	const char *output;		/* T.mmt, "-" = standard output */
	char *const *command;		/* ends with NULL; NULL: none */
	const char *const *events;	/* SYSTEM or SYSTEM:EVENT; none: kmem and vmalloc */
	size_t nr_events;
	const char *probes;		/* file of kprobe definitions, NULL = none */
	const char *keep;		/* keep the recording here, a trace.dat; NULL = do not */
	bool own_tasks;			/* only the command and what it starts */
	bool stacks;
	bool state;			/* copy /proc before and after */
	uint64_t buffer;		/* bytes of ring buffer for each CPU */
	double duration;		/* seconds, 0 = no limit */
	struct mmt_write_options write;
	/* As in import_options: the recording is being imported. */
	bool (*progress)(void *arg, uint64_t events, double part);
	void *arg;
};

struct record_result {
	struct import_summary import;
	double seconds;			/* recorded */
	uint64_t lost;			/* events that found no room */
	uint64_t raw_bytes;
	int status;			/* of the command: exit status, 128 + signal */
	char before[4096], after[4096];	/* folders of the state, "" = none */
	char missing[256];		/* /proc files that could not be read */
};

/* 0, or negative errno with a sentence; nothing is left then.  A stop signal
 * (base/stop.h) ends the recording, not the import of it. */
int record_run(const struct record_options *opt, struct record_result *res, struct mm_error *err);
void record_result_free(struct record_result *res);

/* The result as one JSON object; NULL: no memory.  Free with free(). */
char *record_json(const struct record_options *opt, const struct record_result *res);

#endif
