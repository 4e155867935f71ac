/* SPDX-License-Identifier: MIT
 *
 * mm_error: how every library function of this project says what went wrong.
 *
 * A function that can fail returns a negative errno value (or NULL) and fills
 * a caller-owned struct mm_error with one sentence.  The sentence names the
 * file, the place (offset, line or operation), what was found and what was
 * expected.  Libraries never print and never exit; cmd/ prints the sentence
 * and chooses the exit status.
 */
#ifndef MM_ERROR_H
#define MM_ERROR_H

#include <stdarg.h>
#include <stddef.h>

struct mm_error {
	int code;	  /* negative errno value, 0 when nothing went wrong */
	char text[500];	  /* one sentence, NUL-terminated, cut if longer */
};

/* Fill *err (which may be NULL) and return code, so that a failing function
 * can end with "return mm_fail(err, -EINVAL, ...)". */
int mm_fail(struct mm_error *err, int code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Put "prefix: " before the sentence that is already in *err; returns its code. */
int mm_fail_in(struct mm_error *err, const char *prefix);

#endif
