/* SPDX-License-Identifier: MIT
 *
 * The cost model against a kernel's own instruction counts: what each path's
 * modelled instructions differ by.
 */
#ifndef ANALYZE_VERIFY_COST_H
#define ANALYZE_VERIFY_COST_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/mm_error.h"

/* Errors are relative to what was measured, 0.05 is 5 %. */
struct cost_row {
	char path[64];
	uint64_t operations, measured, modelled; /* instructions */
	double total_error;	/* of the sums: negative when the model has too few */
	double median_error;	/* of the operations' errors, without their signs */
	double p90_error;
};

/* Operations with what they cost, by path. */
struct cost_sheet;
struct cost_sheet *cost_sheet_new(void);		/* NULL: no memory */
void cost_sheet_free(struct cost_sheet *s);
void cost_sheet_clear(struct cost_sheet *s);
int cost_sheet_add(struct cost_sheet *s, const char *path, uint32_t measured,
		   uint32_t modelled);			/* 0 or -ENOMEM */
void cost_sheet_left_out(struct cost_sheet *s);		/* one that an interrupt fell into */
uint64_t cost_sheet_nr_left_out(const struct cost_sheet *s);
/* The rows by path, and one of all in front ("all"); *nr of them, 0 when
 * nothing was added.  The sheet's own. */
const struct cost_row *cost_sheet_rows(struct cost_sheet *s, uint32_t *nr);

/* Total within 2 %, 90th percentile of all within 10 %, the median of each path
 * (of at least 10 operations) within 5 %.  The row that is not, or NULL. */
const struct cost_row *cost_rows_bad(const struct cost_row *row, uint32_t nr);

void cost_print(const struct cost_row *row, uint32_t nr, uint64_t left_out, FILE *out);

/* cycles and rflags of each operation of DIR/results.csv. */
struct measured { uint32_t cycles, flags; };
enum { MEASURED_TICK = 1, MEASURED_SWITCH = 2, MEASURED_INTERRUPT = 4 };
int measured_read(struct measured **m, uint32_t nr, const char *dir, struct mm_error *err);

#endif
