/* SPDX-License-Identifier: MIT
 *
 * stacks: profiles as folded stacks, "main;run;mm_kmalloc 42": one line for each
 * different stack, the outermost function first, with the number of its samples
 * (the format of Brendan Gregg's FlameGraph tools).
 *
 * Read from such lines or from the text of `perf script`.
 */
#ifndef ANALYZE_STACKS_H
#define ANALYZE_STACKS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/mm_error.h"

struct an_stack {
	char *frames;		/* separated by ';' */
	uint64_t count;
};

struct an_stacks {
	struct an_stack *stack;	/* each once, in the order of an_stack_order */
	size_t n;
	uint64_t samples;	/* sum of the counts */
};

/* Which of both the text is, is seen from its first line.  0; -EINVAL: the
 * sentence names the line; an empty text is refused too. */
int an_stacks_read(struct an_stacks *s, FILE *f, const char *name, struct mm_error *err);
void an_stacks_free(struct an_stacks *s);

/* One folded line a stack. */
void an_stacks_write(const struct an_stacks *s, FILE *f);

/* Compares stacks frame by frame, so that those with a common beginning stand
 * together (a plain comparison would put "a.b;c" between "a" and "a;b"). */
int an_stack_order(const char *a, const char *b);

#endif
