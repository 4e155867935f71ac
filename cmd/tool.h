/* SPDX-License-Identifier: MIT
 *
 * tool: what the commands that make a trace from a trace (cut, repeat, ...)
 * share: output, compression, progress, the history line, the summary.
 */
#ifndef CMD_TOOL_H
#define CMD_TOOL_H

#include "base/opt.h"
#include "traces/tools/tools.h"

struct tool_arguments {
	const char *output;
	int64_t level;
	bool no_answers, json;
};

/* Lines of a table of options. */
#define TOOL_OPTIONS(a) \
	{ .name = "output", .letter = 'o', .type = OPT_STRING, .value = &(a)->output, .arg = "T.mmt", \
	  .help = "The trace to write; - is standard output." }, \
	{ .name = "no-answers", .type = OPT_FLAG, .value = &(a)->no_answers, \
	  .help = "Leave out what the recorded kernel answered (frame numbers, addresses)." }, \
	{ .name = "level", .type = OPT_INT, .value = &(a)->level, .arg = "N", .min = 0, .max = 19, \
	  .help = "zstd level of the trace; 0 is the default." }, \
	{ .name = "json", .type = OPT_FLAG, .value = &(a)->json, \
	  .help = "Print the summary as JSON." }

/* argv as one line, for the history; call before the options are parsed, which
 * reorders them.  The output's name is left out, and paths are cut to their last
 * part.  To be freed; NULL: out of memory. */
char *tool_history(int argc, char **argv);

/* Runs the tool: fn does the work with *io filled from a and input.  Returns
 * the command's exit status. */
typedef int tool_fn(const struct tool_io *io, const void *options, struct tool_summary *sum,
		    struct mm_error *err);
int tool_run(const char *name, const struct tool_arguments *a, const char *input, const char *history,
	     tool_fn *fn, const void *options);

#endif
