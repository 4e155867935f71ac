/* SPDX-License-Identifier: MIT
 *
 * mmreplay merge: several traces as one.
 */
#include <errno.h>
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/tool.h"

struct work {
	struct merge_options opt;
	char *inputs[MERGE_MAX];
	size_t n;
};

static int work(const struct tool_io *io, const void *options, struct tool_summary *sum,
		struct mm_error *err)
{
	const struct work *w = options;

	return trace_merge(io, (const char *const *)w->inputs, w->n, &w->opt, sum, err);
}

int cmd_merge(int argc, char **argv)
{
	struct tool_arguments a = { 0 };
	struct work w = { 0 };
	const char *delay = NULL;
	int cpus = 0, caches = 0;
	const struct opt opts[] = {
		{ .name = "delay", .type = OPT_STRING, .value = &delay, .arg = "TIME",
		  .help = "Each trace begins so much later than the one before (250ms, 1.5s, 2m, 1h)." },
		{ .name = "append", .type = OPT_FLAG, .value = &w.opt.append,
		  .help = "Each trace begins when the one before has ended." },
		{ .name = "cpus", .type = OPT_CHOICE, .value = &cpus, .arg = "shared|apart",
		  .help = "shared: CPU 0 is CPU 0 of all traces, the default; apart: each trace has CPUs of "
			  "its own." },
		{ .name = "caches", .type = OPT_CHOICE, .value = &caches, .arg = "shared|apart",
		  .help = "shared: slab caches of the same name and layout are one, the default; apart: "
			  "those of the second trace get #2 behind their name, and so on." },
		TOOL_OPTIONS(&a),
		{ .name = NULL },
	};
	const struct opt_spec spec = {
		.usage = "A.mmt B.mmt... -o BOTH.mmt",
		.about = "Put traces together, in the order of their times, as if the workloads had run on one "
			 "machine. What a trace allocated stays its own; tasks are kept apart.",
		.opts = opts,
		.more = "example:\n  mmreplay merge build.mmt net.mmt --delay 10s -o both.mmt\n",
		.min_operands = 1, .max_operands = MERGE_MAX,
	};
	char *history = tool_history(argc, argv);
	struct mm_error err = { 0 };
	int first, status;

	first = cmd_options(&spec, argc, argv, &status);
	if (first >= 0) {
		w.opt.cpus_apart = cpus == 1;
		w.opt.caches_apart = caches == 1;
		for (; first + (int)w.n < argc; w.n++) {
			w.inputs[w.n] = cmd_trace(argv[first + (int)w.n]);
			if (!w.inputs[w.n])
				break;
		}
		if (first + (int)w.n < argc)
			mm_fail(&err, -ENOMEM, "out of memory");
		if (err.code || (delay && tool_time_parse(delay, "--delay", &w.opt.delay, &err)))
			status = cmd_fail("merge", &err);
		else
			status = tool_run("merge", &a, argv[first], history, work, &w);
		while (w.n)
			free(w.inputs[--w.n]);
	}
	free(history);
	return status;
}
