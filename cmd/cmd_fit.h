/* SPDX-License-Identifier: MIT
 * What gen and fit share. */
#ifndef CMD_CMD_FIT_H
#define CMD_CMD_FIT_H

#include "traces/synth/fit.h"

/* The distributions of a trace (a file, or one that comes with the command),
 * measured now, or of a file of fit; which it is, its first bytes tell.  NULL with a sentence. */
struct fit *fit_read_any(const char *arg, struct mm_error *err);

/* A table of distances on stdout. */
void fit_print_distance(const struct fit_distance *d);

#endif
