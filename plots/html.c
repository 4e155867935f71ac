/* SPDX-License-Identifier: MIT
 * Escaping and tables. */
#include "plots/html.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"

/* Bytes of the UTF-8 sequence at s; 0 when it is none.  Overlong forms and
 * surrogates are left to the browser, which shows a replacement. */
static size_t utf8_length(const unsigned char *s)
{
	size_t i, n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : s[0] >= 0xe0 && s[0] < 0xf0 ? 3 :
		      s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : 0;

	for (i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static const char *escape(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	}
	return NULL;
}

void html_text(FILE *f, const char *s)
{
	while (*s) {
		size_t n = utf8_length((const unsigned char *)s);
		const char *e = escape(*s);

		if (e)
			fputs(e, f);
		else if (!n || (n == 1 && (unsigned char)*s < ' ' && *s != '\n' && *s != '\t') || *s == 0x7f)
			fputc('?', f);
		else
			fwrite(s, 1, n, f);
		s += n ? n : 1;
	}
}

static void html_vprintf(FILE *f, const char *fmt, va_list ap)
{
	char *s;

	if (vasprintf(&s, fmt, ap) < 0)
		return;
	html_text(f, s);
	free(s);
}

void html_printf(FILE *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	html_vprintf(f, fmt, ap);
	va_end(ap);
}

/* Title number i of head; *right tells its alignment. */
static const char *title(const char *head, unsigned int i, int *len, bool *right)
{
	while (i--)
		head += strcspn(head, "|") + 1;
	*right = *head == '>';
	head += *right;
	*len = (int)strcspn(head, "|");
	return head;
}

void html_table_begin(struct html_table *t, FILE *f, const char *head)
{
	unsigned int i;
	const char *p;
	bool right;
	int len;

	*t = (struct html_table){ f, head, 1, 0 };
	for (p = head; *p; p++)
		t->columns += *p == '|';
	fputs("<div class=\"scroll\"><table>\n<thead><tr>", f);
	for (i = 0; i < t->columns; i++) {
		p = title(head, i, &len, &right);
		fputs(right ? "<th class=\"n\">" : "<th>", f);
		html_printf(f, "%.*s", len, p);
		fputs("</th>", f);
	}
	fputs("</tr></thead>\n<tbody>\n", f);
}

void html_cell(struct html_table *t, const char *fmt, ...)
{
	va_list ap;
	bool right;
	int len;

	title(t->head, t->next, &len, &right);
	fputs(t->next ? "" : "<tr>", t->f);
	fputs(right ? "<td class=\"n\">" : "<td>", t->f);
	va_start(ap, fmt);
	html_vprintf(t->f, fmt, ap);
	va_end(ap);
	fputs("</td>", t->f);
	t->next = (t->next + 1) % t->columns;
	if (!t->next)
		fputs("</tr>\n", t->f);
}

void html_count(struct html_table *t, uint64_t n)
{
	char buf[FMT_LEN];

	html_cell(t, "%s", fmt_grouped(buf, n));
}

void html_flags(struct html_table *t, const char *flags)
{
	char wide[512];
	size_t n = 0;

	for (; *flags && n < sizeof(wide) - 4; flags++) {
		wide[n++] = *flags;
		if (*flags == '|')
			wide[n++] = ' ';
	}
	wide[n] = '\0';
	html_cell(t, "%s", wide);
}

void html_table_end(struct html_table *t)
{
	fputs("</tbody></table></div>\n", t->f);
}

int html_copy(FILE *f, const char *path, struct mm_error *err)
{
	char buf[16384];
	FILE *in = fopen(path, "re");
	size_t n;
	int bad;

	if (!in)
		return mm_fail(err, -errno, "%s: %s", path, strerror(errno));
	while ((n = fread(buf, 1, sizeof(buf), in)) > 0)
		fwrite(buf, 1, n, f);
	bad = ferror(in);
	fclose(in);
	return bad ? mm_fail(err, -EIO, "%s: cannot read it", path) : 0;
}
