/* SPDX-License-Identifier: MIT
 *
 * mmreplay anon: a trace without names.
 */
#include "cmd/cmd.h"
#include "cmd/tool.h"

static int work(const struct tool_io *io, const void *options, struct tool_summary *sum,
		struct mm_error *err)
{
	return trace_anon(io, options, sum, err);
}

int cmd_anon(int argc, char **argv)
{
	struct tool_arguments a = { 0 };
	struct anon_options opt = { 0 };
	struct opt_list keep = { 0 };
	const struct opt opts[] = {
		{ .name = "key", .letter = 'k', .type = OPT_STRING, .value = &opt.key, .arg = "TEXT",
		  .help = "Names become a keyed hash of the old ones, the same in all traces made with "
			  "this key; without it they are numbered. Choose a long one, and keep it." },
		{ .name = "caches", .type = OPT_FLAG, .value = &opt.caches,
		  .help = "Change names of slab caches too. The machine's own caches are then no longer "
			  "recognised: the replay makes new ones of the same sizes." },
		{ .name = "keep", .type = OPT_LIST, .value = &keep, .arg = "KEY",
		  .help = "Metadata that stay as they are; may be given several times." },
		TOOL_OPTIONS(&a),
		{ .name = NULL },
	};
	const struct opt_spec spec = {
		.usage = "T.mmt [--key TEXT] -o ANON.mmt",
		.about = "Take the names out of a trace before it is passed on: call sites, tasks, pids and "
			 "marks become numbers or hashes. Of the metadata stay numbers of the recording, the "
			 "kernel's version, and the tools of the history without their arguments. Sizes, "
			 "flags and times stay; addresses too, unless --no-answers.",
		.opts = opts,
		.more = "example:\n  mmreplay anon work.mmt --key \"$(cat my.key)\" -o public.mmt\n",
		.min_operands = 1, .max_operands = 1,
	};
	int first, status;

	first = cmd_options(&spec, argc, argv, &status);
	if (first >= 0) {
		opt.keep = keep.v;
		opt.nr_keep = keep.n;
		/* Not the arguments: the key is one. */
		status = tool_run("anon", &a, argv[first], opt.caches ? "anon --caches" : "anon", work, &opt);
	}
	opt_list_free(&keep);
	return status;
}
