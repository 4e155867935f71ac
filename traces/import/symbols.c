/* SPDX-License-Identifier: MIT
 *
 * /proc/kallsyms as a sorted array, searched by bisection.
 *
 * A table has some 100,000 lines and a trace a few hundred call sites, so
 * parsing decides the cost: one pass over the text without copying a name
 * (some 4 ms).  Lines that are not "ADDRESS TYPE NAME" are skipped.
 */
#include "traces/import/symbols.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int by_address(const void *a, const void *b)
{
	const struct symbol *x = a, *y = b;

	if (x->addr != y->addr)
		return x->addr < y->addr ? -1 : 1;
	return x->name < y->name ? -1 : x->name > y->name; /* the order of the table */
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One line, without its newline. */
static int parse_line(const char *p, const char *end, struct symbol *sym)
{
	const char *stop;
	int digit;

	sym->addr = 0;
	while (p < end && (digit = hex_digit(*p)) >= 0) {
		sym->addr = sym->addr << 4 | digit;
		p++;
	}
	if (end - p < 4 || p[0] != ' ' || p[2] != ' ')
		return -EINVAL;
	p += 3;
	for (stop = p; stop < end && *stop != '\t' && *stop != ' '; stop++)
		; /* "\t[module]" may follow */
	sym->name = p;
	sym->len = stop - p;
	return sym->len ? 0 : -EINVAL;
}

int symbols_parse(struct symbols *s, const char *text, size_t n)
{
	const char *p = text, *end = text + n, *eol;
	struct symbol sym, *grown;
	size_t cap = 0;
	int sorted = 1;

	s->v = NULL;
	s->n = 0;
	while (p < end) {
		eol = memchr(p, '\n', end - p);
		if (!eol)
			eol = end;
		if (!parse_line(p, eol, &sym)) {
			if (s->n == cap) {
				cap = cap * 2 + 4096;
				grown = realloc(s->v, cap * sizeof(*grown));
				if (!grown)
					return -ENOMEM;
				s->v = grown;
			}
			if (s->n && s->v[s->n - 1].addr > sym.addr)
				sorted = 0;
			s->v[s->n++] = sym;
		}
		p = eol + 1;
	}
	if (!sorted)
		qsort(s->v, s->n, sizeof(*s->v), by_address);
	return 0;
}

void symbols_free(struct symbols *s)
{
	free(s->v);
	s->v = NULL;
	s->n = 0;
}

const struct symbol *symbols_find(const struct symbols *s, uint64_t addr)
{
	size_t lo = 0, hi = s->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (s->v[mid].addr <= addr)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (!lo)
		return NULL;
	while (lo > 1 && s->v[lo - 2].addr == s->v[lo - 1].addr)
		lo--; /* of several names of one address the first */
	return &s->v[lo - 1];
}

uint64_t symbols_address(const struct symbols *s, const char *name)
{
	size_t i, len = strlen(name);

	for (i = 0; i < s->n; i++)
		if (s->v[i].len == len && !memcmp(s->v[i].name, name, len))
			return s->v[i].addr;
	return 0;
}
