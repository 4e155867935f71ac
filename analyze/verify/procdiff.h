/* SPDX-License-Identifier: MIT
 *
 * procdiff: end states of a kernel and of a machine as texts, compared.
 * Internal to analyze/verify.
 */
#ifndef ANALYZE_VERIFY_PROCDIFF_H
#define ANALYZE_VERIFY_PROCDIFF_H

#include <stdio.h>

#include "engine/mm86.h"

/* Print the differing lines of DIR/PREFIXFILE (plain or .zst; FILE is buddyinfo,
 * pagetypeinfo, slabinfo or vmallocinfo) and of m's.  0 or negative errno. */
int diff_text(FILE *out, const char *dir, const char *prefix, const char *file,
	      const struct mm_machine *m, struct mm_error *err);
/* The same for all four of the last of DIR/snap/NUMBER-after-*. */
int diff_last_snapshot(FILE *out, const char *dir, const struct mm_machine *m,
		       struct mm_error *err);

#endif
