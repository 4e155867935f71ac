/* SPDX-License-Identifier: MIT
 *
 * Importers of text: what the three formats share (internal to the importer).
 */
#ifndef IMPORT_TEXT_H
#define IMPORT_TEXT_H

#include <string.h>

#include "traces/import/source.h"

struct text_span {
	const char *p;
	size_t n;
};

/* What stands before an event's fields. */
struct text_head {
	struct text_span comm, group, event;
	int32_t pid;
	uint32_t cpu;
	uint64_t time;		/* ns */
	uint8_t ctx;
	const char *rest;	/* the fields */
};

/* The tokenizers: does the line begin an event? */
bool text_head_report(const char *line, const char *end, struct text_head *h);
bool text_head_ftrace(const char *line, const char *end, struct text_head *h);
bool text_head_perf(const char *line, const char *end, struct text_head *h);

/* A frame of a stack ("=> symbol (address)", or perf's "address symbol+0x1
 * (module)"): its function's name. */
bool text_frame(const char *line, const char *end, struct text_span *symbol);

/* Strings as numbers from 1 on. */
struct text_symbols {
	char **v;
	uint32_t n, cap;
	uint32_t *hash, mask;
};

uint32_t text_symbol(struct text_symbols *s, struct text_span name);	/* 0: no memory */
void text_symbols_free(struct text_symbols *s);

/* Read key=value fields into ev as the binding says; list has IMPORT_LIST_MAX places. */
void text_fields(const struct import_bind *b, const char *p, const char *end,
		 struct text_symbols *symbols, struct import_event *ev, uint64_t *list);

/* One line, without its end: false at the end of the text. */
static inline bool text_line(const char **p, const char *end, struct text_span *line)
{
	const char *eol;

	if (*p >= end)
		return false;
	eol = memchr(*p, '\n', end - *p);
	if (!eol)
		eol = end;
	line->p = *p;
	line->n = eol - *p;
	*p = eol + 1;
	if (line->n && line->p[line->n - 1] == '\r')
		line->n--;
	return true;
}

#endif
