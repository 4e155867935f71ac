/* SPDX-License-Identifier: MIT
 *
 * draw: one chart script into its pictures, whatever it draws from.
 */
#ifndef PLOTS_DRAW_H
#define PLOTS_DRAW_H

#include "base/mm_error.h"
#include "base/out.h"

/* A folder below dir for prepared files; never committed: out_dir_abort. */
struct out_dir *plots_scratch(const char *dir, struct mm_error *err);

/* Draw plots/NAME.gp from the prepared files in scratch (vars.gp and what the
 * script reads) to dir/NAME.svg and dir/NAME.png. */
int plots_draw(const char *dir, const char *scratch, const char *name, struct mm_error *err);

#endif
