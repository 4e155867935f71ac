/* SPDX-License-Identifier: MIT
 *
 * fmt: numbers as people read them.
 *
 * Each function writes into the caller's buffer and returns it, so that it can
 * stand among the arguments of a printf.
 */
#ifndef BASE_FMT_H
#define BASE_FMT_H

#include <stdint.h>

enum { FMT_LEN = 32 };

/* 950, 1.23 k, 45.6 M, 789 G: three significant digits, powers of 1000. */
const char *fmt_count(char buf[FMT_LEN], double n);

/* 8.30 MB: bytes of files and rates, powers of 1000. */
const char *fmt_bytes(char buf[FMT_LEN], double bytes);

/* 2.00 GiB: sizes of memory, powers of 1024. */
const char *fmt_mem(char buf[FMT_LEN], uint64_t bytes);

/* 1,234,567 */
const char *fmt_grouped(char buf[FMT_LEN], uint64_t n);

/* 312 ns, 4.50 ms, 3.21 s, 2 min 05 s, 1 h 02 min */
const char *fmt_seconds(char buf[FMT_LEN], double seconds);

#endif
