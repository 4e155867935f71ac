/* SPDX-License-Identifier: MIT
 *
 * Between the files of the comparison: compare.c loads and finds what is
 * configured differently, compare_rows.c has the sections on results,
 * compare_text.c the cells.
 */
#ifndef ANALYZE_COMPARE_INTERNAL_H
#define ANALYZE_COMPARE_INTERNAL_H

#include "analyze/compare.h"

/* A new section of c->json; its rows are returned. */
json_t *compare_section(struct an_compare *c, const char *key, const char *title);

/* A row with n nulls to fill; its values are returned.  Units: text, count,
 * bytes, pages, seconds, rate, percent, times, ns, number. */
json_t *compare_row(const struct an_compare *c, json_t *rows, const char *key, const char *text,
		    const char *unit);

void compare_totals(struct an_compare *c);
void compare_failures(struct an_compare *c);
void compare_free_memory(struct an_compare *c);
void compare_memory(struct an_compare *c);
void compare_latency(struct an_compare *c);
void compare_cost(struct an_compare *c);

#endif
