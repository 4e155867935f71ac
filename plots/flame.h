/* SPDX-License-Identifier: MIT
 *
 * flame: a flame graph, drawn from folded stacks.
 *
 * A box is a function as called by the box below it; its width is the share of
 * all samples in it and in what it calls; functions of one caller stand in the
 * order of their names.  A box's colour tells how much of the time is the
 * function's own: pale where it only calls others, red where the program spends
 * most.  Same stacks, same bytes.
 */
#ifndef PLOTS_FLAME_H
#define PLOTS_FLAME_H

#include <stdio.h>

#include "analyze/stacks.h"

/* 0 or -ENOMEM.  Errors of writing are the stream's. */
int flame_svg(const struct an_stacks *s, const char *title, FILE *f, struct mm_error *err);

#endif
