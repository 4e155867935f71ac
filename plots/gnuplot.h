/* SPDX-License-Identifier: MIT
 *
 * gnuplot: run the program gnuplot, without a shell.
 */
#ifndef PLOTS_GNUPLOT_H
#define PLOTS_GNUPLOT_H

#include <stddef.h>

#include "base/mm_error.h"

/*
 * Run "gnuplot -d SCRIPT" with the environment's PATH, LC_ALL=C.UTF-8, standard
 * input from /dev/null; what it prints goes to log, a file that is replaced.
 * Failure: no such program (-ENOENT, the sentence says what to install), a
 * status other than 0, a signal, or anything said on standard error: the
 * scripts are this project's own, so a warning is a fault (what font libraries
 * say of their caches is left out).  The sentence quotes its last line.
 */
int gnuplot_run(const char *script, const char *log, struct mm_error *err);

/* "gnuplot 5.4 patchlevel 4" */
int gnuplot_version(char *buf, size_t size, const char *log, struct mm_error *err);

#endif
