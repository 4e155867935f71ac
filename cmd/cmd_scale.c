/* SPDX-License-Identifier: MIT
 *
 * mmreplay scale: a trace in slower or faster time.
 */
#include <errno.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/tool.h"

static int work(const struct tool_io *io, const void *options, struct tool_summary *sum,
		struct mm_error *err)
{
	return trace_scale(io, options, sum, err);
}

/* Exactly one of the three. */
static int check(struct scale_options *opt, const char *duration, struct mm_error *err)
{
	int given = (duration != NULL) + (opt->factor > 0) + (opt->rate > 0);

	if (given != 1 || opt->factor < 0 || opt->rate < 0)
		return mm_fail(err, -EINVAL, "expected one of --factor, --duration and --rate, above 0");
	return duration ? tool_time_parse(duration, "--duration", &opt->duration, err) : 0;
}

int cmd_scale(int argc, char **argv)
{
	struct tool_arguments a = { 0 };
	struct scale_options opt = { 0 };
	const char *duration = NULL;
	const struct opt opts[] = {
		{ .name = "factor", .letter = 'f', .type = OPT_NUMBER, .value = &opt.factor, .arg = "F",
		  .help = "Times become F times as long: 0.5 is twice as fast." },
		{ .name = "duration", .type = OPT_STRING, .value = &duration, .arg = "TIME",
		  .help = "The trace is to last so long (250ms, 1.5s, 2m, 1h)." },
		{ .name = "rate", .type = OPT_NUMBER, .value = &opt.rate, .arg = "N",
		  .help = "The trace is to have N operations a second on average." },
		TOOL_OPTIONS(&a),
		{ .name = NULL },
	};
	const struct opt_spec spec = {
		.usage = "T.mmt --factor F|--duration TIME|--rate N -o OTHER.mmt",
		.about = "Slow a trace down or speed it up: the same requests in the same order, at other "
			 "times. What the kernel does by the clock (lazy purges, folds of counters) then "
			 "happens more or less often between them.",
		.opts = opts,
		.more = "example:\n  mmreplay scale build.mmt --factor 0.1 -o tenfold.mmt\n",
		.min_operands = 1, .max_operands = 1,
	};
	char *history = tool_history(argc, argv);
	struct mm_error err = { 0 };
	int first, status;

	first = cmd_options(&spec, argc, argv, &status);
	if (first >= 0) {
		if (check(&opt, duration, &err))
			status = cmd_fail("scale", &err);
		else
			status = tool_run("scale", &a, argv[first], history, work, &opt);
	}
	free(history);
	return status;
}
