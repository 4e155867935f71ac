/* SPDX-License-Identifier: MIT
 *
 * mmreplay filter: what some tasks, call sites or kinds of requests make.
 */
#include <stdlib.h>

#include "cmd/cmd.h"
#include "cmd/tool.h"

static int work(const struct tool_io *io, const void *options, struct tool_summary *sum,
		struct mm_error *err)
{
	return trace_filter(io, options, sum, err);
}

int cmd_filter(int argc, char **argv)
{
	struct opt_list tasks = { 0 }, sites = { 0 }, kinds = { 0 }, families = { 0 };
	struct tool_arguments a = { 0 };
	struct filter_options opt = { 0 };
	const struct opt opts[] = {
		{ .name = "task", .letter = 't', .type = OPT_LIST, .value = &tasks, .arg = "PID|GLOB",
		  .help = "Of this process: its pid or name, which may have * ? and []. This and the next "
			  "options may be given several times; one of each must fit." },
		{ .name = "site", .letter = 's', .type = OPT_LIST, .value = &sites, .arg = "GLOB",
		  .help = "From this call site, with or without its offset; of a stack any frame." },
		{ .name = "kind", .letter = 'k', .type = OPT_LIST, .value = &kinds, .arg = "KIND,...",
		  .help = "Made by these kinds of operations: kmalloc, page_alloc, ..." },
		{ .name = "family", .letter = 'f', .type = OPT_LIST, .value = &families, .arg = "FAMILY,...",
		  .help = "Operations of these layers: page, slab, vmalloc, kmap, user, or nokmap for all but "
			  "kmap. Pages stay with what maps them." },
		{ .name = "invert", .letter = 'v', .type = OPT_FLAG, .value = &opt.invert,
		  .help = "The others." },
		TOOL_OPTIONS(&a),
		{ .name = NULL },
	};
	const struct opt_spec spec = {
		.usage = "T.mmt [OPTION...] -o PART.mmt",
		.about = "Keep a part of a trace: what is made by some tasks, from some call sites or by some "
			 "kinds of requests, with all that happens to it later, whoever does it. Marks, idle "
			 "times and the lives of caches stay.",
		.opts = opts,
		.more = "example:\n  mmreplay filter build.mmt --task 'cc1*' --family page -o cc1.mmt\n",
		.min_operands = 1, .max_operands = 1,
	};
	char *history = tool_history(argc, argv);
	int first, status;

	first = cmd_options(&spec, argc, argv, &status);
	if (first >= 0) {
		opt.tasks = tasks.v;
		opt.nr_tasks = tasks.n;
		opt.sites = sites.v;
		opt.nr_sites = sites.n;
		opt.kinds = kinds.v;
		opt.nr_kinds = kinds.n;
		opt.families = families.v;
		opt.nr_families = families.n;
		status = tool_run("filter", &a, argv[first], history, work, &opt);
	}
	opt_list_free(&tasks);
	opt_list_free(&sites);
	opt_list_free(&kinds);
	opt_list_free(&families);
	free(history);
	return status;
}
