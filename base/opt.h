/* SPDX-License-Identifier: MIT
 *
 * opt: command-line options from one table.
 *
 * A subcommand describes its options once (struct opt_spec); the parser and
 * the text of --help are both made from that table, so that they cannot
 * disagree.  GNU conventions: long and short options, "--name=value", options
 * and operands in any order, "--" ends the options.  -h/--help is always there
 * and does not stand in the table.
 */
#ifndef BASE_OPT_H
#define BASE_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/mm_error.h"

enum opt_type {
	OPT_FLAG,	/* bool: set to true, no argument */
	OPT_STRING,	/* const char *: the argument itself (points into argv) */
	OPT_LIST,	/* struct opt_list: may be given several times */
	OPT_INT,	/* int64_t, decimal or 0x..., within min..max */
	OPT_SIZE,	/* uint64_t, bytes; suffix K, M, G = 1024-based, within min..max */
	OPT_NUMBER,	/* double */
	OPT_CHOICE,	/* int: index of the word in the '|'-separated arg text */
};

/* Arguments of a repeatable option, in their order.  Release with opt_list_free. */
struct opt_list {
	const char **v;
	size_t n;
};

struct opt {
	const char *name;	/* long name without dashes; NULL ends the table */
	char letter;		/* short name, 0 = none */
	enum opt_type type;
	void *value;		/* where the result goes; its default is what stands there */
	const char *arg;	/* name of the argument in help; OPT_CHOICE: "a|b|c" */
	const char *help;	/* one or two sentences, wrapped by the printer */
	int64_t min, max;	/* OPT_INT, OPT_SIZE: limits, when max > min */
};

struct opt_spec {
	const char *usage;	/* "T.mmt [OPTION...]": what follows the command's name */
	const char *about;	/* a paragraph or more; may be NULL */
	const struct opt *opts;
	const char *more;	/* printed after the options (examples); may be NULL */
	int min_operands;
	int max_operands;	/* < 0 = any number */
	bool stop_at_operand;	/* the first operand ends the options (record CMD ...) */
};

#define OPT_HELP 1

/*
 * Parse argv[1..argc).  0: done, *first is the index of the first operand (argv
 * is permuted so that operands come last).  OPT_HELP: --help was given.
 * -EINVAL: *err has a sentence that names the option or operand; -ENOMEM.
 */
int opt_parse(const struct opt_spec *spec, int argc, char **argv, int *first,
	      struct mm_error *err);

/* The help text; command is what stands before usage ("mmreplay replay"). */
void opt_help(const struct opt_spec *spec, const char *command, FILE *out);

void opt_list_free(struct opt_list *l);

/* "64M" to bytes; K, M, G, T are powers of 1024, an "iB" or "B" may follow.
 * -EINVAL when it is not a size, -ERANGE when it does not fit. */
int opt_size(const char *s, uint64_t *bytes);

#endif
