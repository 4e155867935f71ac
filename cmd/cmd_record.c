/* SPDX-License-Identifier: MIT
 *
 * mmreplay record: this host's kernel memory events while a command runs.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/progress.h"
#include "base/stop.h"
#include "cmd/cmd.h"
#include "traces/record/record.h"

#define DEFAULT_BUFFER (16ull << 20)

struct arguments {
	const char *output, *probes, *keep;
	struct opt_list events;
	int whose;
	int64_t level;
	uint64_t buffer;
	double duration;
	bool json, stacks, no_state;
};

static bool show_progress(void *arg, uint64_t events, double part)
{
	progress_update(arg, events, part);
	return false; /* Ctrl-C ended the recording; it is kept */
}

static void print_state(const struct record_result *res)
{
	if (*res->before)
		printf("state of the machine: %s, %s\n", res->before, res->after);
	if (*res->missing)
		printf("not in it, since /proc does not have them: %s\n", res->missing);
}

static void print_result(const struct record_options *opt, const struct record_result *res)
{
	char a[FMT_LEN], b[FMT_LEN], c[FMT_LEN];
	const struct import_summary *s = &res->import;

	printf("%s of %s recorded: %s events", fmt_bytes(a, res->raw_bytes), fmt_seconds(b, res->seconds),
	       fmt_grouped(c, s->events));
	printf(", %s lost\n", fmt_grouped(a, res->lost));
	printf("%s: %s, %s operations\n", opt->output, fmt_bytes(a, s->totals.file_bytes),
	       fmt_grouped(b, s->totals.operations));
	if (opt->keep)
		printf("%s: the recording itself\n", opt->keep);
	print_state(res);
}

static int run(const struct record_options *opt, struct progress *bar, bool json)
{
	struct record_result res;
	struct mm_error err = { 0 };
	char *text, n[FMT_LEN];
	int e, status;

	stop_install();
	progress_begin(bar, stderr, "importing", "events");
	e = record_run(opt, &res, &err);
	progress_end(bar);
	if (e) {
		fprintf(stderr, "mmreplay record: %s\n", err.text);
		return CMD_USAGE;
	}
	if (json) {
		text = record_json(opt, &res);
		puts(text ? text : "{}");
		free(text);
	} else if (strcmp(opt->output, "-")) {
		print_result(opt, &res);
	}
	if (res.lost)
		fprintf(stderr, "mmreplay record: %s events were lost; give the buffers more room with --buffer\n",
			fmt_grouped(n, res.lost));
	if (opt->command && res.status)
		fprintf(stderr, "mmreplay record: '%s' ended with status %d\n", opt->command[0], res.status);
	status = res.status;
	record_result_free(&res);
	return status;
}

int cmd_record(int argc, char **argv)
{
	struct arguments a = { .output = "record.mmt", .buffer = DEFAULT_BUFFER };
	const struct opt opts[] = {
		{ .name = "output", .letter = 'o', .type = OPT_STRING, .value = &a.output, .arg = "T.mmt",
		  .help = "The trace to write; - is standard output. Default: record.mmt." },
		{ .name = "events", .letter = 'e', .type = OPT_LIST, .value = &a.events, .arg = "SYSTEM[:EVENT]",
		  .help = "Events to record instead of kmem and vmalloc; may be given several times." },
		{ .name = "probes", .type = OPT_STRING, .value = &a.probes, .arg = "FILE",
		  .help = "kprobes to make for the recording, one definition a line, as those of "
			  "traces/record for kmap and vmalloc of 32-bit kernels." },
		{ .name = "whose", .type = OPT_CHOICE, .value = &a.whose, .arg = "all|command",
		  .help = "Record all tasks of this host, or only those of the command." },
		{ .name = "stacks", .letter = 'g', .type = OPT_FLAG, .value = &a.stacks,
		  .help = "Record the kernel stack of every event." },
		{ .name = "duration", .letter = 'd', .type = OPT_NUMBER, .value = &a.duration, .arg = "SECONDS",
		  .help = "Record for so long; a command that runs longer is ended." },
		{ .name = "buffer", .letter = 'b', .type = OPT_SIZE, .value = &a.buffer, .arg = "SIZE",
		  .help = "Ring buffer for each CPU. Default: 16M.", .min = 64 << 10, .max = 64ll << 30 },
		{ .name = "no-state", .type = OPT_FLAG, .value = &a.no_state,
		  .help = "Do not copy the machine's state from /proc, before to T.before and after to T.after." },
		{ .name = "keep", .type = OPT_STRING, .value = &a.keep, .arg = "FILE",
		  .help = "Keep the recording itself, a trace.dat." },
		{ .name = "level", .type = OPT_INT, .value = &a.level, .arg = "N", .min = 0, .max = 19,
		  .help = "zstd level of the trace; 0 is the default." },
		{ .name = "json", .type = OPT_FLAG, .value = &a.json, .help = "Print the summary as JSON." },
		{ .name = NULL },
	};
	const struct opt_spec spec = {
		.usage = "[OPTION...] [--] [COMMAND [ARGUMENT...]]",
		.about = "Record the kernel's memory events on this host through tracefs while COMMAND runs, "
			 "and turn them into a trace. Without a command: until Ctrl-C, or for --duration. "
			 "Needs root. The exit status is the command's.",
		.opts = opts,
		.more = "example:\n"
			"  mmreplay record -o build.mmt -- make -j2\n",
		.min_operands = 0, .max_operands = -1, .stop_at_operand = true,
	};
	struct progress bar;
	int first, status;

	first = cmd_options(&spec, argc, argv, &status);
	if (first >= 0) {
		const struct record_options opt = {
			.output = a.output, .command = first < argc ? argv + first : NULL,
			.events = a.events.v, .nr_events = a.events.n, .probes = a.probes,
			.keep = a.keep, .own_tasks = a.whose == 1, .stacks = a.stacks,
			.state = !a.no_state, .buffer = a.buffer, .duration = a.duration,
			.write = { .level = a.level }, .progress = show_progress, .arg = &bar,
		};

		if (opt.own_tasks && !opt.command) {
			fputs("mmreplay record: --whose command needs a command\n", stderr);
			status = CMD_USAGE;
		} else {
			status = run(&opt, &bar, a.json);
		}
	}
	opt_list_free(&a.events);
	return status;
}
