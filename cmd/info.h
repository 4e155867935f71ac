/* SPDX-License-Identifier: MIT
 *
 * info: the parts of mmreplay info.
 */
#ifndef CMD_INFO_H
#define CMD_INFO_H

#include "traces/format/mmt.h"

/* Draw the trace into dir (NULL: results/NAME-shape) and tell of it on stdout. */
int info_plot(struct mmt_reader *r, const char *path, const char *dir, bool json, struct mm_error *err);

#endif
