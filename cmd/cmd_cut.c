/* SPDX-License-Identifier: MIT
 *
 * mmreplay cut: a piece of a trace.
 */
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/tool.h"

static int work(const struct tool_io *io, const void *options, struct tool_summary *sum,
		struct mm_error *err)
{
	return trace_cut(io, options, sum, err);
}

static int limits(const char *from, const char *to, struct cut_options *opt, struct mm_error *err)
{
	int rc = 0;

	opt->to.value = UINT64_MAX;
	if (from)
		rc = tool_when_parse(from, "--from", &opt->from, err);
	if (!rc && to)
		rc = tool_when_parse(to, "--to", &opt->to, err);
	return rc;
}

int cmd_cut(int argc, char **argv)
{
	struct tool_arguments a = { 0 };
	struct cut_options opt = { 0 };
	const char *from = NULL, *to = NULL;
	int64_t count = 0;
	const struct opt opts[] = {
		{ .name = "from", .type = OPT_STRING, .value = &from, .arg = "WHERE",
		  .help = "Where the piece begins: the number of an operation, a time with its unit "
			  "(250ms, 1.5s, 2m, 1h), or mark:NAME. The trace's start by default." },
		{ .name = "to", .type = OPT_STRING, .value = &to, .arg = "WHERE",
		  .help = "The first operation behind the piece, written in the same way." },
		{ .name = "count", .letter = 'n', .type = OPT_INT, .value = &count, .arg = "N",
		  .min = 1, .max = INT64_MAX, .help = "N operations at most." },
		{ .name = "no-carry", .type = OPT_FLAG, .value = &opt.no_carry,
		  .help = "Do not carry in what is alive at the start: the piece is as if the recording "
			  "had begun there, with orphan frees and foreign pages." },
		TOOL_OPTIONS(&a),
		{ .name = NULL },
	};
	const struct opt_spec spec = {
		.usage = "T.mmt [--from WHERE] [--to WHERE] -o PIECE.mmt",
		.about = "Cut a piece out of a trace. What is alive at its start is carried in: allocated "
			 "at time 0, in the order in which it was made.",
		.opts = opts,
		.more = "example:\n  mmreplay cut build.mmt --from 30s --to 1m -o middle.mmt\n",
		.min_operands = 1, .max_operands = 1,
	};
	char *history = tool_history(argc, argv);
	struct mm_error err = { 0 };
	int first, status;

	first = cmd_options(&spec, argc, argv, &status);
	if (first >= 0) {
		opt.count = (uint64_t)count;
		if (limits(from, to, &opt, &err))
			status = cmd_fail("cut", &err);
		else
			status = tool_run("cut", &a, argv[first], history, work, &opt);
	}
	free(history);
	return status;
}
