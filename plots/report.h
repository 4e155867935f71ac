/* SPDX-License-Identifier: MIT
 *
 * report: sections of report.html.  Each writes one section of the run to the
 * page, heading included, or nothing when the run has no such data.
 */
#ifndef PLOTS_REPORT_H
#define PLOTS_REPORT_H

#include <stdio.h>

#include "analyze/run.h"
#include "base/mm_error.h"

void report_numbers(const struct an_run *r, FILE *f);
void report_blocks(const struct an_run *r, FILE *f);	/* large blocks by zone and order */
void report_failures(const struct an_run *r, FILE *f);
void report_slab(const struct an_run *r, FILE *f);
void report_blame(const struct an_run *r, FILE *f);
void report_events(const struct an_run *r, FILE *f);
void report_machine(const struct an_run *r, FILE *f);

/* The address map of the run's machine; -EINVAL when its layout is none. */
int report_map(const struct an_run *r, FILE *f, struct mm_error *err);

#endif
