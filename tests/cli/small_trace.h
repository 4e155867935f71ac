/* SPDX-License-Identifier: MIT
 * A trace small enough to read in a test, for tests of the commands. */
#ifndef TESTS_CLI_SMALL_TRACE_H
#define TESTS_CLI_SMALL_TRACE_H

enum { SMALL_TRACE_OPS = 13 };

/*
 * Thirteen requests of every layer, two of which no machine can do: a vmalloc
 * of 512 MiB fails, and one page is unmapped that was never mapped (misuse).
 * Fails the test on error.
 */
void small_trace_write(const char *path);

#endif
