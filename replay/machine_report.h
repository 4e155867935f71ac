/* SPDX-License-Identifier: MIT
 *
 * machine_report: every value that a machine's configuration leads to.
 */
#ifndef REPLAY_MACHINE_REPORT_H
#define REPLAY_MACHINE_REPORT_H

#include <stdio.h>

#include <jansson.h>

#include "engine/mm86.h"

/* Tables for people. */
void machine_report_print(const struct mm_machine *m, FILE *out);

/* The same for programs; NULL: no memory. */
json_t *machine_report_json(const struct mm_machine *m);

#endif
