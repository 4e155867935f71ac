/* SPDX-License-Identifier: MIT
 *
 * cmd: what the subcommands of mmreplay share.
 *
 * A subcommand lives in cmd/cmd_NAME.c, exports cmd_NAME (below) and has one
 * line in the table of cmd/main.c.  It reads its options, calls the libraries,
 * prints their results, and does nothing else.  argv[0] is its name.
 */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include "base/mm_error.h"
#include "base/opt.h"

/* Exit statuses, the same for every subcommand.  A run ended by SIGINT or
 * SIGTERM returns stop_status() (128 + signal, base/stop.h). */
enum {
	CMD_DONE = 0,
	CMD_FOUND = 1,	/* the run found failures that --fail-on asked for */
	CMD_USAGE = 2,	/* bad usage, bad input, or the system refused */
};

typedef int cmd_fn(int argc, char **argv);

/*
 * Parse the subcommand's options.  Returns the index of the first operand, or
 * -1 when the subcommand is to return *status: help was printed, or a bad
 * option was reported on stderr.
 */
int cmd_options(const struct opt_spec *spec, int argc, char **argv, int *status);

/* Print "mmreplay NAME: sentence" on stderr; returns CMD_USAGE.  After a signal
 * whatever failed did so because of it: "interrupted", stop_status(). */
int cmd_fail(const char *name, const struct mm_error *err);

/* Where the traces that come with the command lie, for datadir_find. */
#define CMD_BUNDLED "traces/bundled"

/* The path of a trace that is an operand: a file, "-", or the bare name of one
 * that comes with the command.  To be freed; NULL: out of memory. */
char *cmd_trace(const char *arg);

#endif
