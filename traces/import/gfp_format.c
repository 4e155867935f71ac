/* SPDX-License-Identifier: MIT
 *
 * The numbering of gfp flags as a recording spells it out itself.
 *
 * The print format of an event with gfp flags holds the kernel's own table,
 * {EXPRESSION, "NAME"}, {EXPRESSION, "NAME"}, ...: the expressions are numbers
 * with casts and the operators | & ~ <<, nested as the kernel's macros were.
 * They are evaluated with two small stacks, so that depth costs no recursion,
 * and an expression that is not understood is passed over.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/import/gfp.h"
#include "traces/import/gfp_names.h"

#define DEPTH 64
#define ENOUGH 8

struct eval {
	uint64_t value[DEPTH];
	char op[DEPTH];		/* '(' '|' '&' '~' '<' */
	int nv, no;
};

static int rank(char op)
{
	return op == '~' ? 4 : op == '<' ? 3 : op == '&' ? 2 : op == '|' ? 1 : 0;
}

static bool apply(struct eval *e)
{
	char op = e->op[--e->no];
	uint64_t b;

	if (op == '~') {
		if (!e->nv)
			return false;
		e->value[e->nv - 1] = ~e->value[e->nv - 1];
		return true;
	}
	if (e->nv < 2)
		return false;
	b = e->value[--e->nv];
	if (op == '|')
		e->value[e->nv - 1] |= b;
	else if (op == '&')
		e->value[e->nv - 1] &= b;
	else
		e->value[e->nv - 1] = b < 64 ? e->value[e->nv - 1] << b : 0;
	return true;
}

static bool push_op(struct eval *e, char op)
{
	while (op != '~' && e->no && rank(e->op[e->no - 1]) >= rank(op))
		if (!apply(e))
			return false;
	if (e->no == DEPTH)
		return false;
	e->op[e->no++] = op;
	return true;
}

static bool close_paren(struct eval *e)
{
	while (e->no && e->op[e->no - 1] != '(')
		if (!apply(e))
			return false;
	if (!e->no)
		return false;
	e->no--;
	return true;
}

/* "( unsigned long)" at p: its length, 0 when it is no cast. */
static size_t cast_length(const char *p, const char *end)
{
	const char *q = p + 1;
	bool word = false;

	while (q < end && (*q == ' ' || *q == '_' || (*q >= 'a' && *q <= 'z'))) {
		word |= *q != ' ';
		q++;
	}
	return word && q < end && *q == ')' ? q + 1 - p : 0;
}

static size_t number(const char *p, const char *end, uint64_t *v)
{
	char buf[24], *stop;
	size_t n = end - p < 23 ? end - p : 23;

	memcpy(buf, p, n);
	buf[n] = '\0';
	*v = strtoull(buf, &stop, 0);
	while (*stop == 'u' || *stop == 'U' || *stop == 'l' || *stop == 'L')
		stop++;
	return stop - buf;
}

static bool evaluate(const char *p, const char *end, uint64_t *out)
{
	struct eval e = { .nv = 0 };
	size_t n;

	while (p < end) {
		n = 1;
		if (*p == '(') {
			n = cast_length(p, end);
			if (!n && e.no == DEPTH)
				return false;
			if (!n)
				e.op[e.no++] = '(';
			n += !n;
		} else if (*p == ')') {
			if (!close_paren(&e))
				return false;
		} else if (*p == '|' || *p == '&' || *p == '~') {
			if (!push_op(&e, *p))
				return false;
		} else if (*p == '<' && end - p > 1 && p[1] == '<') {
			n = 2;
			if (!push_op(&e, '<'))
				return false;
		} else if (*p >= '0' && *p <= '9') {
			if (e.nv == DEPTH)
				return false;
			n = number(p, end, &e.value[e.nv]);
			e.nv++;
		} else if (*p != ' ') {
			return false;
		}
		p += n;
	}
	while (e.no)
		if (e.op[e.no - 1] == '(' || !apply(&e))
			return false;
	*out = e.value[0];
	return e.nv == 1;
}

int gfp_map_format(struct gfp_map *m, const char *text, size_t n)
{
	const char *p = text, *end = text + n, *quote, *close;
	const struct gfp_name *name;
	unsigned int found = 0;
	uint64_t v;

	memset(m, 0, sizeof(*m));
	while ((p = memchr(p, '{', end - p)) != NULL) {
		p++;
		quote = memchr(p, '"', end - p);
		close = quote ? memchr(quote + 1, '"', end - quote - 1) : NULL;
		if (!close)
			break;
		name = gfp_name_find(quote + 1, close - quote - 1);
		while (quote > p && (quote[-1] == ' ' || quote[-1] == ','))
			quote--;
		/* Single bits only: the composites follow from them. */
		if (name && evaluate(p, quote, &v) && v && !(v & (v - 1)) && v >> 32 == 0 &&
		    strncmp(name->name, "GFP_NOWAIT", 10)) {
			m->bit[__builtin_ctzll(v)] = name->bits;
			found++;
		}
		p = close;
	}
	snprintf(m->from, sizeof(m->from), "the recording's own table");
	return found >= ENOUGH ? 0 : -ENOENT;
}
