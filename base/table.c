/* SPDX-License-Identifier: MIT
 * Column alignment: cells are kept as strings, widths are known at printing.
 * Width counts code points: every character that the project prints is one
 * column wide. */
#include "base/table.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct table {
	size_t columns;
	char *sides;		/* '<' or '>' of each column */
	char **cells;		/* the head row first */
	size_t nr, cap;
	bool no_memory;
};

static size_t width(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += ((unsigned char)*s & 0xc0) != 0x80;
	return n;
}

/* Takes s. */
static void add(struct table *t, char *s)
{
	if (t->nr == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		char **cells = realloc(t->cells, cap * sizeof(*cells));

		if (!cells) {
			t->no_memory = true;
			free(s);
			return;
		}
		t->cells = cells;
		t->cap = cap;
	}
	if (!s)
		t->no_memory = true;
	else
		t->cells[t->nr++] = s;
}

struct table *table_new(const char *head)
{
	struct table *t = calloc(1, sizeof(*t));
	const char *p;

	if (!t)
		return NULL;
	t->columns = 1;
	for (p = head; *p; p++)
		t->columns += *p == '|';
	t->sides = calloc(t->columns, 1);
	if (!t->sides) {
		free(t);
		return NULL;
	}
	while (t->nr < t->columns && !t->no_memory) {
		size_t n;

		t->sides[t->nr] = *head == '>' ? '>' : '<';
		head += *head == '<' || *head == '>';
		n = strcspn(head, "|");
		add(t, strndup(head, n));
		head += n + (head[n] == '|');
	}
	return t;
}

void table_cell(struct table *t, const char *fmt, ...)
{
	va_list ap;
	char *s;

	va_start(ap, fmt);
	if (vasprintf(&s, fmt, ap) < 0)
		s = NULL;
	va_end(ap);
	add(t, s);
}

static void print_row(const struct table *t, size_t row, const size_t *widths, FILE *out,
		      int indent)
{
	size_t i, n;

	fprintf(out, "%*s", indent, "");
	for (i = 0; i < t->columns && row + i < t->nr; i++) {
		const char *cell = t->cells[row + i];
		bool last = i + 1 == t->columns || row + i + 1 == t->nr;
		int pad;

		n = width(cell);
		pad = (int)(widths[i] - n);
		if (t->sides[i] == '>')
			fprintf(out, "%*s%s", pad, "", cell);
		else
			fprintf(out, "%s%*s", cell, last ? 0 : pad, "");
		fputs(last ? "\n" : "  ", out);
	}
}

int table_print(const struct table *t, FILE *out, int indent)
{
	size_t *widths, i, head = 0;

	if (t->no_memory || !(widths = calloc(t->columns, sizeof(*widths))))
		return -ENOMEM;
	for (i = 0; i < t->nr; i++) {
		size_t w = width(t->cells[i]);

		if (w > widths[i % t->columns])
			widths[i % t->columns] = w;
		if (i < t->columns)
			head += w;
	}
	for (i = head ? 0 : t->columns; i < t->nr; i += t->columns)
		print_row(t, i, widths, out, indent);
	free(widths);
	return 0;
}

void table_free(struct table *t)
{
	size_t i;

	if (!t)
		return;
	for (i = 0; i < t->nr; i++)
		free(t->cells[i]);
	free(t->cells);
	free(t->sides);
	free(t);
}
