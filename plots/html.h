/* SPDX-License-Identifier: MIT
 *
 * html: the few pieces of HTML that the report is made of.
 */
#ifndef PLOTS_HTML_H
#define PLOTS_HTML_H

#include <stdint.h>
#include <stdio.h>

#include "base/mm_error.h"

/* Text with &, <, > and quotes escaped; bytes that are not UTF-8 and control
 * characters become '?'. */
void html_text(FILE *f, const char *s);
void html_printf(FILE *f, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* A table: head is column titles separated by '|', '>' before one aligns its
 * column to the right.  Cells fill rows from left to right. */
struct html_table {
	FILE *f;
	const char *head;
	unsigned int columns, next;
};

void html_table_begin(struct html_table *t, FILE *f, const char *head);
void html_cell(struct html_table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* A count with its thousands grouped; gfp flags with room to wrap. */
void html_count(struct html_table *t, uint64_t n);
void html_flags(struct html_table *t, const char *flags);
void html_table_end(struct html_table *t);

/*
 * Put an SVG file into the page.  Names (id) get prefix, so that several
 * pictures do not share them; the ink, faint and paper colours of common.gp
 * become the page's; gnuplot's own <title>s, which browsers show as tooltips,
 * are left out.  label is read out in place of the picture.
 */
int html_svg(FILE *f, const char *path, const char *prefix, const char *label,
	     struct mm_error *err);

/* Copy a file as it is. */
int html_copy(FILE *f, const char *path, struct mm_error *err);

#endif
