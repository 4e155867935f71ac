/* SPDX-License-Identifier: MIT
 * gnuplot's SVG made part of a page: one pass over the text with a short table
 * of replacements.  No XML parser: the input is what the version of gnuplot at
 * hand writes with this project's scripts, and a text that the table does not
 * know passes unchanged. */
#include "plots/html.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct replacement { const char *from, *to; };

/* INK, FAINT and PAPER of common.gp as gnuplot 5.4 and 6.0 write them. */
static const struct replacement table[] = {
	{ "'rgb( 34,  34,  34)'", "'currentColor'" },
	{ "\"rgb(34,34,34)\"", "\"currentColor\"" },
	{ "'rgb(217, 217, 217)'", "'currentColor' stroke-opacity='0.2'" },
	{ "fill=\"#ffffff\"", "fill=\"none\"" },
	{ "color=\"black\"", "color=\"inherit\"" },
	{ "<desc>Produced by GNUPLOT", "<desc>" },
};

/* Where a name follows; the prefix is put before it. */
static const char *const names[] = { " id=\"", " id='", "href='#", "url(#" };

static char *read_text(const char *path, struct mm_error *err)
{
	FILE *in = fopen(path, "re");
	char *text = NULL;
	size_t size = 0;
	ssize_t n;

	if (!in) {
		mm_fail(err, -errno, "%s: %s", path, strerror(errno));
		return NULL;
	}
	n = getdelim(&text, &size, '\0', in);
	fclose(in);
	if (n > 0)
		return text;
	free(text);
	mm_fail(err, -EINVAL, "%s: the file is empty, expected SVG", path);
	return NULL;
}

/* Write what replaces the text at *p and step over it. */
static void step(FILE *f, const char **p, const char *prefix)
{
	size_t i;

	if (!strncmp(*p, "<title>", 7) && strstr(*p, "</title>")) {
		*p = strstr(*p, "</title>") + 8;
		return;
	}
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (!strncmp(*p, table[i].from, strlen(table[i].from))) {
			fputs(table[i].to, f);
			*p += strlen(table[i].from);
			return;
		}
	}
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strncmp(*p, names[i], strlen(names[i]))) {
			fprintf(f, "%s%s-", names[i], prefix);
			*p += strlen(names[i]);
			return;
		}
	}
	fputc(*(*p)++, f);
}

int html_svg(FILE *f, const char *path, const char *prefix, const char *label, struct mm_error *err)
{
	char *text = read_text(path, err);
	const char *p = text ? strstr(text, "<svg") : NULL;

	if (!text)
		return err->code;
	if (!p) {
		free(text);
		return mm_fail(err, -EINVAL, "%s: found no <svg> element, expected SVG", path);
	}
	fputs("<svg role=\"img\" aria-label=\"", f);
	html_text(f, label);
	fputc('"', f);
	p += 4;
	while (*p) {
		size_t plain = strcspn(p, "<'\" fhuc");

		if (plain)
			fwrite(p, 1, plain, f);
		p += plain;
		if (*p)
			step(f, &p, prefix);
	}
	free(text);
	return 0;
}
