/* SPDX-License-Identifier: MIT
 *
 * csv: one field of text in a CSV file (RFC 4180), and the names of tasks and
 * call sites as the results spell them.
 */
#ifndef REPLAY_CSV_H
#define REPLAY_CSV_H

#include <stdio.h>

#include "traces/format/mmt.h"

/* Put v's digits at `to` and return what follows them: tables of many numbers
 * are written this way, printf takes some 100 ns for each. */
enum { CSV_NUMBER = 21 };
char *csv_number(char *to, uint64_t v);

/* Quoted only when it must be. */
void csv_text(FILE *f, const char *s);

/* A call site's name; a stack is its frames, innermost first, joined by ';'
 * (at most SITE_FRAMES of them).  "" for id 0. */
enum { SITE_FRAMES = 12, SITE_LEN = 600 };
const char *site_text(char buf[SITE_LEN], const struct mmt_reader *r, uint32_t site);

/* The task's command name, "" for id 0. */
const char *task_text(const struct mmt_reader *r, uint32_t task);

#endif
