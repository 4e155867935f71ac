/* SPDX-License-Identifier: MIT
 *
 * fake_run: a run folder as the replay would write it, made up: a machine of
 * 2 GiB whose memory fills, fragments and is given back.
 */
#ifndef TESTS_FAKE_RUN_H
#define TESTS_FAKE_RUN_H

#include <stdint.h>

enum { FAKE_HAPPY = 0, FAKE_FAILURES = 1, FAKE_MARKS = 2, FAKE_PROC = 4, FAKE_ODD_NAMES = 8,
       FAKE_LATENCY = 16 };

/* Make dir and write run.json, timeline.csv with `samples` samples (at least 2)
 * and what flags ask for.  Aborts on a file error: the tests' folder is full. */
void fake_run_write(const char *dir, unsigned int samples, unsigned int flags);

/* Write text to dir/name. */
void fake_file(const char *dir, const char *name, const char *text);

/* Remove the folder and all in it. */
void fake_run_remove(const char *dir);

#endif
