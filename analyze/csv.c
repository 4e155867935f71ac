/* SPDX-License-Identifier: MIT
 * CSV in one pass: the file is read into one buffer, fields are unquoted in
 * place and NUL-terminated, and a table keeps where each begins.  A run's
 * largest file (failures.csv) has 100,000 rows, so the whole file fits. */
#include "analyze/csv.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct an_csv {
	char *path;
	char *text;		/* NUL-terminated copy of the file */
	char **field;		/* header first, row after row */
	uint32_t *line;		/* of each record, counted from 1 */
	size_t nr_fields, max_fields;
	size_t nr_records, max_records;
	size_t columns;
};

struct cursor {
	struct an_csv *c;
	char *p;		/* next byte to read */
	uint32_t line;
};

static int no_memory(const struct an_csv *c, struct mm_error *err)
{
	return mm_fail(err, -ENOMEM, "%s: out of memory", c->path);
}

static int read_all(struct an_csv *c, struct mm_error *err)
{
	struct stat st;
	FILE *f = fopen(c->path, "re");
	size_t size;
	int r = 0;

	if (!f)
		return mm_fail(err, -errno, "%s: %s", c->path, strerror(errno));
	if (fstat(fileno(f), &st))
		r = mm_fail(err, -errno, "%s: %s", c->path, strerror(errno));
	else if (!S_ISREG(st.st_mode))
		r = mm_fail(err, -EINVAL, "%s: not a regular file", c->path);
	else if (st.st_size > (off_t)CSV_MAX_BYTES)
		r = mm_fail(err, -EFBIG, "%s: %lld bytes, at most %u are read", c->path,
			    (long long)st.st_size, CSV_MAX_BYTES);
	if (r)
		goto out;
	size = (size_t)st.st_size;
	c->text = malloc(size + 1);
	if (!c->text) {
		r = no_memory(c, err);
	} else if (fread(c->text, 1, size, f) != size) {
		r = mm_fail(err, -EIO, "%s: cannot read its %zu bytes", c->path, size);
	} else if (memchr(c->text, '\0', size)) {
		r = mm_fail(err, -EINVAL, "%s: byte %zu is NUL, expected text", c->path,
			    (size_t)((char *)memchr(c->text, '\0', size) - c->text));
	} else {
		c->text[size] = '\0';
	}
out:
	fclose(f);
	return r;
}

static int grow(void **v, size_t *max, size_t used, size_t each)
{
	size_t want = *max ? *max * 2 : 256;
	void *n;

	if (used < *max)
		return 0;
	n = realloc(*v, want * each);
	if (!n)
		return -ENOMEM;
	*v = n;
	*max = want;
	return 0;
}

/* Unquote the field that begins at the opening quote; the cursor ends behind
 * the closing one.  Returns the field, NULL when the quote never closes. */
static char *quoted_field(struct cursor *at)
{
	char *start = ++at->p, *to = start;

	for (; *at->p; at->p++) {
		if (*at->p == '"' && at->p[1] != '"')
			break;
		at->p += *at->p == '"';
		at->line += *at->p == '\n';
		*to++ = *at->p;
	}
	if (!*at->p)
		return NULL;
	at->p++;
	*to = '\0'; /* at the closing quote or before it */
	return start;
}

/* One field; *last tells that the record ends with it. */
static int read_field(struct cursor *at, bool *last, struct mm_error *err)
{
	struct an_csv *c = at->c;
	uint32_t line = at->line;
	char *start = at->p, end;

	if (*at->p == '"') {
		start = quoted_field(at);
		if (!start)
			return mm_fail(err, -EINVAL, "%s: line %u: a quote opens and never closes",
				       c->path, line);
	} else {
		at->p += strcspn(at->p, ",\n\"");
	}
	if (*at->p == '\r' && at->p[1] == '\n')
		*at->p++ = '\0';
	end = *at->p;
	if (end && end != ',' && end != '\n')
		return mm_fail(err, -EINVAL, "%s: line %u: found '%c' beside a quote, expected a comma",
			       c->path, at->line, end);
	*last = end != ',';
	*at->p = '\0';
	if (end == '\n' && at->p > start && at->p[-1] == '\r')
		at->p[-1] = '\0';
	at->p += end != '\0';
	at->line += end == '\n';
	if (grow((void **)&c->field, &c->max_fields, c->nr_fields, sizeof(*c->field)))
		return no_memory(c, err);
	c->field[c->nr_fields++] = start;
	return 0;
}

static int read_record(struct cursor *at, struct mm_error *err)
{
	struct an_csv *c = at->c;
	size_t first = c->nr_fields, n;
	uint32_t line = at->line;
	bool last = false;
	int r;

	while (!last) {
		r = read_field(at, &last, err);
		if (r)
			return r;
	}
	n = c->nr_fields - first;
	if (!c->nr_records)
		c->columns = n;
	if (n != c->columns)
		return mm_fail(err, -EINVAL,
			       "%s: line %u: found %zu fields, expected %zu as in the header",
			       c->path, line, n, c->columns);
	if (grow((void **)&c->line, &c->max_records, c->nr_records, sizeof(*c->line)))
		return no_memory(c, err);
	c->line[c->nr_records++] = line;
	return 0;
}

static int parse(struct an_csv *c, struct mm_error *err)
{
	struct cursor at = { c, c->text, 1 };
	int r;

	if (!*at.p)
		return mm_fail(err, -EINVAL, "%s: the file is empty, expected a header line", c->path);
	while (*at.p) {
		r = read_record(&at, err);
		if (r)
			return r;
	}
	return 0;
}

struct an_csv *an_csv_load(const char *path, struct mm_error *err)
{
	struct an_csv *c = calloc(1, sizeof(*c));

	if (!c || !(c->path = strdup(path))) {
		mm_fail(err, -ENOMEM, "%s: out of memory", path);
		free(c);
		return NULL;
	}
	if (read_all(c, err) || parse(c, err)) {
		an_csv_free(c);
		return NULL;
	}
	return c;
}

void an_csv_free(struct an_csv *c)
{
	if (!c)
		return;
	free(c->path);
	free(c->text);
	free(c->field);
	free(c->line);
	free(c);
}

size_t an_csv_rows(const struct an_csv *c)
{
	return c->nr_records - 1;
}

int an_csv_column(const struct an_csv *c, const char *name, struct mm_error *err)
{
	size_t i;

	for (i = 0; i < c->columns; i++)
		if (!strcmp(c->field[i], name))
			return (int)i;
	return mm_fail(err, -EINVAL, "%s: line 1: found no column %s, expected it among the %zu of the header",
		       c->path, name, c->columns);
}

const char *an_csv_text(const struct an_csv *c, size_t row, int column)
{
	return c->field[(row + 1) * c->columns + (size_t)column];
}

int an_csv_bad(const struct an_csv *c, size_t row, int column, const char *what, struct mm_error *err)
{
	return mm_fail(err, -EINVAL, "%s: line %u, column %s: found '%.60s', expected %s", c->path,
		       c->line[row + 1], c->field[column], an_csv_text(c, row, column), what);
}

int an_csv_u64(const struct an_csv *c, size_t row, int column, uint64_t *v, struct mm_error *err)
{
	const char *s = an_csv_text(c, row, column);
	bool hex = s[0] == '0' && (s[1] == 'x' || s[1] == 'X');
	const char *digits = hex ? s + 2 : s;
	char *end;

	if (!*digits || digits[strspn(digits, hex ? "0123456789abcdefABCDEF" : "0123456789")])
		return an_csv_bad(c, row, column, "a whole number", err);
	errno = 0;
	*v = strtoull(digits, &end, hex ? 16 : 10);
	if (errno)
		return an_csv_bad(c, row, column, "a number below 2^64", err);
	return 0;
}
