/* SPDX-License-Identifier: MIT
 *
 * The fields of an event's text: key=value, as many printers write them.
 *
 * Quirks that are met here: the kernel's own %p prints an address without 0x,
 * trace-cmd with it, and NULL as "(nil)" or "(null)"; symbols carry the
 * function's size in the kernel's text (sym+0x24/0x70) and not in trace-cmd's;
 * an array is {a,b,c}; strings of kprobes stand in quotes.
 */
#include <stdlib.h>
#include <string.h>

#include "traces/import/gfp.h"
#include "traces/import/text.h"

static uint32_t hash_of(struct text_span s)
{
	uint32_t h = 2166136261u; /* FNV-1a */
	size_t i;

	for (i = 0; i < s.n; i++)
		h = (h ^ (uint8_t)s.p[i]) * 16777619u;
	return h;
}

static bool grow(struct text_symbols *s)
{
	uint32_t cap = s->cap ? s->cap * 2 : 1024, i, h;
	char **v = realloc(s->v, cap * sizeof(*v));
	uint32_t *hash;

	if (!v)
		return false;
	s->v = v;
	hash = calloc(cap * 2, sizeof(*hash));
	if (!hash)
		return false;
	free(s->hash);
	s->hash = hash;
	s->mask = cap * 2 - 1;
	s->cap = cap;
	for (i = 1; i <= s->n; i++) {
		h = hash_of((struct text_span){ v[i], strlen(v[i]) }) & s->mask;
		while (hash[h])
			h = (h + 1) & s->mask;
		hash[h] = i;
	}
	return true;
}

uint32_t text_symbol(struct text_symbols *s, struct text_span name)
{
	uint32_t h;

	name.n = strnlen(name.p, name.n); /* damaged text may hold zero bytes */
	if (s->n + 2 > s->cap && !grow(s))
		return 0;
	for (h = hash_of(name) & s->mask; s->hash[h]; h = (h + 1) & s->mask)
		if (strlen(s->v[s->hash[h]]) == name.n && !memcmp(s->v[s->hash[h]], name.p, name.n))
			return s->hash[h];
	s->v[s->n + 1] = strndup(name.p, name.n);
	if (!s->v[s->n + 1])
		return 0;
	return s->hash[h] = ++s->n;
}

void text_symbols_free(struct text_symbols *s)
{
	uint32_t i;

	for (i = 1; i <= s->n; i++)
		free(s->v[i]);
	free(s->v);
	free(s->hash);
	memset(s, 0, sizeof(*s));
}

static uint64_t in_base(struct text_span v, int base)
{
	char buf[32];
	size_t n = v.n < sizeof(buf) - 1 ? v.n : sizeof(buf) - 1;

	memcpy(buf, v.p, n);
	buf[n] = '\0';
	return strtoull(buf, NULL, base);
}

/* Printed with %p in the kernel's own text, so without 0x. */
static bool is_pointer(int field)
{
	return field == F_PTR || field == F_PAGE;
}

static uint64_t to_number(struct text_span v, int field)
{
	bool minus;
	uint64_t n;

	if (!v.n || *v.p == '(')
		return 0; /* (nil), (null) */
	if (v.n == 4 && !memcmp(v.p, "true", 4))
		return 1;
	if (v.n > 2 && v.p[0] == '0' && v.p[1] == 'x')
		return in_base(v, 16);
	if (is_pointer(field))
		return in_base(v, 16);
	minus = *v.p == '-';
	n = in_base((struct text_span){ v.p + minus, v.n - minus }, 10);
	return minus ? -n : n;
}

static uint64_t to_gfp(struct text_span v)
{
	static const struct gfp_map none; /* numbers among names are of no known kernel */
	unsigned int unknown = 0;

	if (v.n && *v.p >= '0' && *v.p <= '9' && !memchr(v.p, '|', v.n))
		return to_number(v, F_GFP);
	return IMPORT_CANONICAL | gfp_from_text(&none, v.p, v.n, &unknown);
}

static uint64_t to_site(struct text_span v, struct text_symbols *symbols)
{
	const char *slash = memchr(v.p, '/', v.n);

	if (v.n > 2 && v.p[0] == '0' && v.p[1] == 'x')
		return in_base(v, 16);
	if (slash)
		v.n = slash - v.p;
	return IMPORT_SYM | text_symbol(symbols, v);
}

static void set_value(int field, struct text_span v, struct text_symbols *symbols,
		      struct import_event *ev)
{
	if (field == F_TEXT) {
		ev->text = v.p;
		ev->text_len = v.n;
		return;
	}
	if (field == F_GFP)
		ev->f[field] = to_gfp(v);
	else if (field == F_SITE)
		ev->f[field] = to_site(v, symbols);
	else
		ev->f[field] = to_number(v, field);
	ev->has |= 1u << field;
}

static void add_list(struct text_span v, struct import_event *ev, uint64_t *list)
{
	const char *p = v.p, *end = v.p + v.n, *comma;

	while (p < end && ev->nlist < IMPORT_LIST_MAX) {
		if (*p == '{' || *p == '}' || *p == ',') {
			p++;
			continue;
		}
		for (comma = p; comma < end && *comma != ',' && *comma != '}'; comma++)
			;
		list[ev->nlist++] = to_number((struct text_span){ p, comma - p }, F_PTR);
		p = comma;
	}
	ev->list = list;
}

/* Is key the list's name with a number (p0, p1, ...) or without? */
static bool is_list_key(const char *name, struct text_span key)
{
	size_t n = strlen(name), i;

	if (key.n < n || memcmp(key.p, name, n))
		return false;
	for (i = n; i < key.n; i++)
		if (key.p[i] < '0' || key.p[i] > '9')
			return false;
	return true;
}

static void set_pair(const struct import_bind *b, struct text_span key, struct text_span v,
		     struct text_symbols *symbols, struct import_event *ev, uint64_t *list)
{
	int i;

	for (i = 0; i < BIND_FIELDS && b->f[i].name; i++) {
		if (b->f[i].field == F_LIST) {
			if (is_list_key(b->f[i].name, key))
				add_list(v, ev, list);
		} else if (strlen(b->f[i].name) == key.n && !memcmp(b->f[i].name, key.p, key.n)) {
			set_value(b->f[i].field, v, symbols, ev);
		}
	}
}

/* The value that begins at p: to the next space, or to the closing quote. */
static const char *value_end(const char *p, const char *end, struct text_span *v)
{
	const char *q;

	if (p < end && *p == '"') {
		q = memchr(p + 1, '"', end - p - 1);
		*v = (struct text_span){ p + 1, (q ? q : end) - p - 1 };
		return q ? q + 1 : end;
	}
	for (q = p; q < end && *q != ' ' && *q != '\t'; q++)
		;
	*v = (struct text_span){ p, q - p };
	return q;
}

/* A number that is decimal even where it is an address. */
static void set_decimal(const struct import_bind *b, struct text_span key, struct text_span v,
			struct import_event *ev)
{
	int i;

	for (i = 0; i < BIND_FIELDS && b->f[i].name; i++) {
		if (b->f[i].field >= IMPORT_FIELDS || strlen(b->f[i].name) != key.n ||
		    memcmp(b->f[i].name, key.p, key.n))
			continue;
		ev->f[b->f[i].field] = in_base(v, 10);
		ev->has |= 1u << b->f[i].field;
	}
}

void text_fields(const struct import_bind *b, const char *p, const char *end,
		 struct text_symbols *symbols, struct import_event *ev, uint64_t *list)
{
	struct text_span key, v;
	const char *q;

	while (p < end) {
		while (p < end && (*p == ' ' || *p == '\t'))
			p++;
		for (q = p; q < end && *q != '=' && *q != ' ' && *q != '\t'; q++)
			;
		if (q < end && *q == '=') {
			key = (struct text_span){ p, q - p };
			p = value_end(q + 1, end, &v);
			set_pair(b, key, v, symbols, ev, list);
		} else if (end - q > 1 && q > p && q[-1] == ':' && q[1] >= '0' && q[1] <= '9') {
			key = (struct text_span){ p, q - 1 - p }; /* "va_start: 4148166656" */
			p = value_end(q + 1, end, &v);
			set_decimal(b, key, v, ev);
		} else {
			p = q + (q == p);
		}
	}
	if (ev_has(ev, F_N) && ev->nlist > ev->f[F_N])
		ev->nlist = ev->f[F_N];
}
