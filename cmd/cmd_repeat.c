/* SPDX-License-Identifier: MIT
 *
 * mmreplay repeat: a trace several times in a row.
 */
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/tool.h"

static int work(const struct tool_io *io, const void *options, struct tool_summary *sum,
		struct mm_error *err)
{
	return trace_repeat(io, options, sum, err);
}

int cmd_repeat(int argc, char **argv)
{
	struct tool_arguments a = { 0 };
	struct repeat_options opt = { 0 };
	const char *gap = NULL;
	int64_t times = 2;
	const struct opt opts[] = {
		{ .name = "times", .letter = 'n', .type = OPT_INT, .value = &times, .arg = "N",
		  .min = 1, .max = 1000000000, .help = "How many rounds; 2 by default." },
		{ .name = "gap", .type = OPT_STRING, .value = &gap, .arg = "TIME",
		  .help = "Idle time between two rounds (250ms, 1.5s, 2m, 1h); none by default." },
		{ .name = "leak", .type = OPT_FLAG, .value = &opt.leak,
		  .help = "What a round leaves alive stays. Otherwise it is freed at the round's end, "
			  "newest first." },
		TOOL_OPTIONS(&a),
		{ .name = NULL },
	};
	const struct opt_spec spec = {
		.usage = "T.mmt [-n N] -o LONG.mmt",
		.about = "Repeat a trace: days of uptime from minutes. Each round uses slots of its own; "
			 "what was there before the trace (orphan frees, foreign pages) ends in the last "
			 "round only. Memory is that of one round's live objects.",
		.opts = opts,
		.more = "example:\n  mmreplay repeat build.mmt -n 500 -o day.mmt\n",
		.min_operands = 1, .max_operands = 1,
	};
	char *history = tool_history(argc, argv);
	struct mm_error err = { 0 };
	int first, status;

	first = cmd_options(&spec, argc, argv, &status);
	if (first >= 0) {
		opt.times = (uint64_t)times;
		if (gap && tool_time_parse(gap, "--gap", &opt.gap, &err))
			status = cmd_fail("repeat", &err);
		else
			status = tool_run("repeat", &a, argv[first], history, work, &opt);
	}
	free(history);
	return status;
}
