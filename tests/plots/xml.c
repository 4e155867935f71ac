/* SPDX-License-Identifier: MIT
 * A reader of XML that only judges.  Open elements are kept on a small stack. */
#include "tests/plots/xml.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { DEPTH = 64, NAME = 64 };

struct judge {
	const char *text, *p;
	char open[DEPTH][NAME];
	int depth, roots;
	const char *fault;
};

static char message[160];

static void fault(struct judge *j, const char *what)
{
	if (j->fault)
		return;
	snprintf(message, sizeof(message), "%s at byte %zu: %.40s", what, (size_t)(j->p - j->text), j->p);
	j->fault = message;
}

static void skip_to(struct judge *j, const char *end)
{
	const char *e = strstr(j->p, end);

	if (!e)
		fault(j, "never ends");
	else
		j->p = e + strlen(end);
}

static size_t name_length(const char *p)
{
	size_t n = 0;

	while (isalnum((unsigned char)p[n]) || (p[n] && strchr("_:-.", p[n])))
		n++;
	return n;
}

static void entity(struct judge *j)
{
	static const char *const known[] = { "&lt;", "&gt;", "&amp;", "&quot;", "&apos;" };
	size_t i;

	for (i = 0; i < 5; i++)
		if (!strncmp(j->p, known[i], strlen(known[i])))
			return;
	if (j->p[1] != '#')
		fault(j, "unknown entity");
}

/* ="value", with the spaces that gnuplot leaves around the sign. */
static void value(struct judge *j)
{
	const char *end;

	j->p += strspn(j->p, " ");
	if (*j->p == '=')
		j->p += 1 + strspn(j->p + 1, " ");
	end = *j->p == '"' || *j->p == '\'' ? strchr(j->p + 1, *j->p) : NULL;
	if (!end)
		fault(j, "attribute without a quoted value");
	else if (memchr(j->p, '<', (size_t)(end - j->p)))
		fault(j, "value with <");
	else
		j->p = end + 1;
}

static void attributes(struct judge *j)
{
	const char *begin[32];
	size_t length[32], i, n;

	for (n = 0; n < 32 && !j->fault; n++) {
		j->p += strspn(j->p, " \t\r\n");
		if (*j->p == '>' || *j->p == '/')
			return;
		begin[n] = j->p;
		length[n] = name_length(j->p);
		for (i = 0; i < n; i++)
			if (length[i] == length[n] && !strncmp(begin[i], begin[n], length[n]))
				fault(j, "attribute given twice");
		j->p += length[n];
		if (length[n])
			value(j);
		else
			fault(j, "no attribute name");
	}
}

static void start_tag(struct judge *j)
{
	size_t n = name_length(++j->p);

	if (!n || n >= NAME || j->depth == DEPTH) {
		fault(j, "bad element");
		return;
	}
	j->roots += !j->depth;
	memcpy(j->open[j->depth], j->p, n);
	j->open[j->depth++][n] = '\0';
	j->p += n;
	attributes(j);
	if (*j->p == '/') {
		j->depth--;
		j->p++;
	}
	if (*j->p != '>')
		fault(j, "tag without end");
	else
		j->p++;
}

static void end_tag(struct judge *j)
{
	size_t n = name_length(j->p + 2);

	if (!j->depth || strlen(j->open[j->depth - 1]) != n || strncmp(j->open[j->depth - 1], j->p + 2, n))
		fault(j, "closes what is not open");
	else
		j->depth--;
	skip_to(j, ">");
}

static void markup(struct judge *j)
{
	if (!strncmp(j->p, "<?", 2))
		skip_to(j, "?>");
	else if (!strncmp(j->p, "<!--", 4))
		skip_to(j, "-->");
	else if (j->p[1] == '/')
		end_tag(j);
	else
		start_tag(j);
}

const char *xml_fault(const char *text)
{
	struct judge j = { .text = text, .p = text };

	while (*j.p && !j.fault) {
		if (*j.p == '<') {
			markup(&j);
			continue;
		}
		if (*j.p == '&')
			entity(&j);
		if (!j.depth && !isspace((unsigned char)*j.p))
			fault(&j, "text outside of the root");
		j.p++;
	}
	if (!j.fault && j.depth)
		fault(&j, "an element is never closed");
	if (!j.fault && j.roots != 1)
		fault(&j, "not exactly one root");
	return j.fault;
}

size_t xml_count(const char *text, const char *name)
{
	size_t n = 0, len = strlen(name);

	for (; (text = strchr(text, '<')); text++)
		n += !strncmp(text + 1, name, len) && !isalnum((unsigned char)text[1 + len]);
	return n;
}
