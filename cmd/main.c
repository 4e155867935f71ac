/* SPDX-License-Identifier: MIT
 *
 * mmreplay: replay kernel memory traces through a simulated x86_32 machine.
 *
 * This file finds the subcommand and calls it.
 *
 *   cmd/      one file per subcommand: options in, calls, tables out
 *   traces/   formats in and out: .mmt (format/), other tools' files (import/),
 *             this host (record/), workloads (synth/), traces from traces (tools/)
 *   engine/   libmm86, the simulated machine: phys/ slab/ virt/ below mm86.h
 *   replay/   feeds a trace to the machine, or to jemalloc or libc, and writes
 *             results/RUN/; the cost model
 *   analyze/  what a run's, a comparison's and a verification's numbers say
 *   plots/    charts and report.html from results/RUN/
 *   base/     errors, options, progress, atomic output, number formatting
 */
#include "cmd/cmd.h"

#include <stdio.h>
#include <string.h>

#include "base/stop.h"

#ifndef MM_VERSION
#error "MM_VERSION comes from the Makefile"
#endif

struct command {
	const char *name;
	cmd_fn *run;
	const char *help;
};

static int cmd_help(int argc, char **argv);

/* One line per subcommand, in the order of a user's work. */
#define COMMANDS(X) \
	X(record, "record this host's memory events while a command runs") \
	X(import, "turn a recording of trace-cmd, perf or ftrace into a trace") \
	X(gen, "make a synthetic trace from a workload profile") \
	X(fit, "measure a trace's distributions, for gen; compare two traces") \
	X(info, "what is in a trace") \
	X(cut, "a piece of a trace") \
	X(filter, "the part of a trace that some tasks, call sites or layers make") \
	X(merge, "several traces as one") \
	X(repeat, "a trace several times in a row: days from minutes") \
	X(scale, "a trace in slower or faster time") \
	X(anon, "a trace without names, to be passed on") \
	X(traces, "the traces that come with mmreplay") \
	X(replay, "replay a trace on a simulated machine and measure it") \
	X(report, "charts and report.html from a run") \
	X(compare, "two or more runs side by side") \
	X(verify, "compare every decision with those of a real kernel") \
	X(machine, "every value that a machine's configuration leads to") \
	X(map, "the kernel's address space of a machine, as text and SVG") \
	X(flamegraph, "a profile (perf script) as folded stacks and as SVG") \
	X(help, "explain a command: mmreplay help CMD")

#define DECLARE(name, text) cmd_fn cmd_##name;
#define ROW(name, text) { #name, cmd_##name, text },
COMMANDS(DECLARE)

static const struct command commands[] = { COMMANDS(ROW) };

enum { NR_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static const struct command *find_command(const char *name)
{
	int i;

	for (i = 0; i < NR_COMMANDS; i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static void list_commands(FILE *out)
{
	int i;

	for (i = 0; i < NR_COMMANDS; i++)
		fprintf(out, "  %-10s %s\n", commands[i].name, commands[i].help);
}

static void print_help(FILE *out)
{
	fputs("usage: mmreplay COMMAND [OPTION...] [OPERAND...]\n"
	      "\n"
	      "Replay a trace of kernel memory requests through a simulated 32-bit x86\n"
	      "machine: will it fit, when does it fail, why, and what would change that?\n"
	      "\n"
	      "commands:\n", out);
	list_commands(out);
	fputs("\n"
	      "options:\n"
	      "  -h, --help     print this text\n"
	      "      --version  print the version\n"
	      "\n"
	      "Each command explains its own options: mmreplay COMMAND --help\n"
	      "Exit status: 0 done, 1 found what --fail-on asked for, 2 bad usage or input.\n", out);
}

static int unknown_command(const char *name)
{
	fprintf(stderr, "mmreplay: unknown %s '%s'; the commands are:\n",
		*name == '-' ? "option" : "command", name);
	list_commands(stderr);
	return CMD_USAGE;
}

static int cmd_help(int argc, char **argv)
{
	char *ask[] = { argv[0], "--help", NULL };
	const struct command *c;

	if (argc < 2 || !strcmp(argv[1], "help") || !strcmp(argv[1], "--help")) {
		print_help(stdout);
		return CMD_DONE;
	}
	c = find_command(argv[1]);
	if (!c)
		return unknown_command(argv[1]);
	ask[0] = argv[1];
	return c->run(2, ask);
}

int cmd_fail(const char *name, const struct mm_error *err)
{
	if (stop_requested()) {
		fprintf(stderr, "mmreplay %s: interrupted\n", name);
		return stop_status();
	}
	fprintf(stderr, "mmreplay %s: %s\n", name, err->text);
	return CMD_USAGE;
}

int cmd_options(const struct opt_spec *spec, int argc, char **argv, int *status)
{
	struct mm_error err;
	char command[64];
	int first, r;

	r = opt_parse(spec, argc, argv, &first, &err);
	if (!r)
		return first;
	if (r == OPT_HELP) {
		snprintf(command, sizeof(command), "mmreplay %s", argv[0]);
		opt_help(spec, command, stdout);
		*status = CMD_DONE;
		return -1;
	}
	*status = cmd_fail(argv[0], &err);
	fprintf(stderr, "See 'mmreplay %s --help'.\n", argv[0]);
	return -1;
}

/* A full disk or a closed pipe must not look like success. */
static int finish(int status)
{
	if (fflush(stdout) || ferror(stdout)) {
		perror("mmreplay: standard output");
		return CMD_USAGE;
	}
	return status;
}

int main(int argc, char **argv)
{
	const struct command *c;

	if (argc < 2) {
		print_help(stderr);
		return CMD_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		print_help(stdout);
		return finish(CMD_DONE);
	}
	if (!strcmp(argv[1], "--version")) {
		puts("mmreplay " MM_VERSION);
		return finish(CMD_DONE);
	}
	c = find_command(argv[1]);
	if (!c)
		return unknown_command(argv[1]);
	return finish(c->run(argc - 1, argv + 1));
}
