/* SPDX-License-Identifier: MIT
 * mmreplay verify: the engine's decisions against those of a real kernel. */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>

#include "analyze/verify/verify.h"
#include "base/out.h"
#include "plots/verify_chart.h"

static int write_text(const char *dir, const char *name, const struct verify_result *r,
		      void (*print)(const struct verify_result *, FILE *), struct mm_error *err)
{
	struct out_file *o;
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	o = out_open(path, &f, err);
	if (!o)
		return err->code;
	print(r, f);
	return out_commit(o, err);
}

/* verify.json, errors.csv and the chart, whole or not at all. */
static int write_run(const char *dir, const struct verify_result *r, struct mm_error *err)
{
	struct out_dir *o = out_dir_begin(dir, "verify.json", err);
	int ret;

	if (!o)
		return err->code;
	ret = write_text(out_dir_path(o), "verify.json", r, verify_json, err);
	if (!ret)
		ret = write_text(out_dir_path(o), "errors.csv", r, verify_csv, err);
	if (!ret)
		ret = verify_chart(r, out_dir_path(o), err);
	if (!ret)
		return out_dir_commit(o, err);
	out_dir_abort(o);
	return ret;
}

static int status_of(const struct verify_result *r, bool fail_on_mismatch)
{
	uint64_t decisions, errors, all = 0;

	for (int m = 0; m < VERIFY_NR_MODES; m++) {
		verify_totals(r, (enum verify_mode)m, &decisions, &errors);
		all += errors;
	}
	return fail_on_mismatch && all ? CMD_FOUND : CMD_DONE;
}

int cmd_verify(int argc, char **argv)
{
	struct verify_options how = { 0 };
	bool json = false, diff = false;
	const char *out = NULL, *features = NULL;
	struct out_file *table = NULL;
	int64_t verbose = 0;
	int fail_on = -1, first, status, ret = 0;
	const struct opt opts[] = {
		{ "output", 'o', OPT_STRING, &out, "RUN",
		  "write verify.json, errors.csv and the chart of errors over time into this folder", 0, 0 },
		{ "json", 0, OPT_FLAG, &json, NULL, "the result as JSON", 0, 0 },
		{ "diff", 0, OPT_FLAG, &diff, NULL,
		  "print how the /proc texts of the end states differ", 0, 0 },
		{ "mismatches", 0, OPT_INT, &verbose, "N",
		  "tell the first N mismatches, with the kernel's events around each, on stderr", 0, 1000000 },
		{ "cost", 0, OPT_FLAG, &how.cost, NULL,
		  "compare the cost model with the kernel's instruction counts (untraced lists)", 0, 0 },
		{ "features", 0, OPT_STRING, &features, "FILE.csv",
		  "with --cost: write each operation's cost and counts there, for scripts/fit-cost.py", 0, 0 },
		{ "check", 0, OPT_FLAG, &how.check, NULL,
		  "prove the machine consistent at every snapshot", 0, 0 },
		{ "fail-on", 0, OPT_CHOICE, &fail_on, "mismatch", "exit with 1 when a decision differs", 0, 0 },
		{ NULL, 0, OPT_FLAG, NULL, NULL, NULL, 0, 0 },
	};
	const struct opt_spec spec = {
		.usage = "DIR [OPTION...]",
		.about = "Ask of a simulated machine what a real kernel was asked, and compare every decision. DIR holds an operation list with the kernel's answers, a recorded trace with snapshots, or a kernel's constants.",
		.opts = opts,
		.min_operands = 1,
		.max_operands = 1,
	};
	struct verify_result r;
	struct mm_error err;

	first = cmd_options(&spec, argc, argv, &status);
	if (first < 0)
		return status;
	how.verbose = (unsigned int)verbose;
	how.diff = diff ? json ? stderr : stdout : NULL;
	if (features) {
		how.cost = true;
		table = out_open(features, &how.features, &err);
		if (!table)
			return cmd_fail(argv[0], &err);
	}
	if (verify_folder(argv[first], &how, &r, &err)) {
		out_abort(table);
		return cmd_fail(argv[0], &err);
	}
	if (table)
		ret = out_commit(table, &err);
	if (out && !ret)
		ret = write_run(out, &r, &err);
	if (json)
		verify_json(&r, stdout);
	else
		verify_print(&r, stdout);
	status = status_of(&r, fail_on == 0);
	verify_result_free(&r);
	return ret ? cmd_fail(argv[0], &err) : status;
}
