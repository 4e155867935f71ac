/* SPDX-License-Identifier: MIT
 *
 * progress: one line on a terminal that says how fast and how long still.
 *
 *   replaying  42 %  12.3 M operations  24.1 M/s  3.2 s left
 *
 * On anything but a terminal nothing is ever written.  The line is renewed at
 * most ten times a second; between renewals an update costs one reading of the
 * clock (some 25 ns), so call it per batch, not per operation.  Colour follows
 * NO_COLOR and TERM=dumb.
 */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
	FILE *out;		/* NULL: silent */
	const char *what;	/* "replaying" */
	const char *unit;	/* "operations" */
	double begin, last;	/* seconds, monotonic clock */
	int width;		/* characters of the line that stands there */
	bool colour;
};

/* out is usually stderr (NULL: silent); what and unit must stay valid. */
void progress_begin(struct progress *p, FILE *out, const char *what, const char *unit);

/* done: how many units so far.  part: 0..1 of the whole, < 0 when not known. */
void progress_update(struct progress *p, uint64_t done, double part);

/* Wipe the line; must be called before anything else is printed. */
void progress_end(struct progress *p);

#endif
