/* SPDX-License-Identifier: MIT
 * mmreplay flamegraph: a profile as folded stacks and as a picture. */
#include "cmd/cmd.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "analyze/stacks.h"
#include "base/out.h"
#include "plots/flame.h"

static int read_stacks(const char *file, struct an_stacks *s, struct mm_error *err)
{
	FILE *f = strcmp(file, "-") ? fopen(file, "re") : stdin;
	int r;

	if (!f)
		return mm_fail(err, -errno, "%s: %s", file, strerror(errno));
	r = an_stacks_read(s, f, f == stdin ? "standard input" : file, err);
	if (f != stdin)
		fclose(f);
	return r;
}

static int write_picture(const struct an_stacks *s, const char *title, const char *file,
			 struct mm_error *err)
{
	FILE *f;
	struct out_file *o = out_open(file, &f, err);
	int r;

	if (!o)
		return err->code;
	r = flame_svg(s, title, f, err);
	if (!r)
		return out_commit(o, err);
	out_abort(o);
	return r;
}

int cmd_flamegraph(int argc, char **argv)
{
	const char *title = "Where the time goes", *out = NULL;
	const struct opt opts[] = {
		{ "output", 'o', OPT_STRING, &out, "FILE.svg",
		  "The picture. Without it the folded stacks are printed.", 0, 0 },
		{ "title", 0, OPT_STRING, &title, "TEXT", "The picture's title.", 0, 0 },
		{ 0 }
	};
	const struct opt_spec spec = {
		.usage = "FILE|- [-o FILE.svg]",
		.about = "Fold the text of perf script into stacks with their number of samples, or draw it "
			 "(or stacks that are folded already) as a flame graph. make profile does all of it.",
		.opts = opts,
		.more = "example:\n  perf script -i perf.data | mmreplay flamegraph - -o flame.svg\n",
		.min_operands = 1, .max_operands = 1,
	};
	struct an_stacks s;
	struct mm_error err;
	int status, r, first = cmd_options(&spec, argc, argv, &status);

	if (first < 0)
		return status;
	if (read_stacks(argv[first], &s, &err))
		return cmd_fail(argv[0], &err);
	r = out ? write_picture(&s, title, out, &err) : 0;
	if (!out)
		an_stacks_write(&s, stdout);
	an_stacks_free(&s);
	return r ? cmd_fail(argv[0], &err) : CMD_DONE;
}
