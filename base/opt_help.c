/* SPDX-License-Identifier: MIT
 * Help half of opt.h: two columns, the right one wrapped at 80, printed from
 * the same table that the parser reads. */
#include "base/opt.h"

#include <string.h>

enum { WIDTH = 80, COLUMN = 28 };

/* Print text word by word, starting at column `at`, continuing at `indent`. */
static void wrap(FILE *out, const char *text, int at, int indent)
{
	bool fresh = true;

	while (*text) {
		int n = (int)strcspn(text, " \n");

		if (!fresh && at + 1 + n > WIDTH) {
			fprintf(out, "\n%*s", indent, "");
			at = indent;
			fresh = true;
		}
		if (n) {
			fprintf(out, "%s%.*s", fresh ? "" : " ", n, text);
			at += n + !fresh;
			fresh = false;
		}
		text += n;
		if (*text == '\n') {
			fprintf(out, "\n%*s", indent, "");
			at = indent;
			fresh = true;
		}
		text += *text != '\0';
	}
	fputc('\n', out);
}

static void print_opt(FILE *out, const struct opt *o)
{
	int at = o->letter ? fprintf(out, "  -%c, --%s", o->letter, o->name)
			   : fprintf(out, "      --%s", o->name);

	if (o->type != OPT_FLAG)
		at += fprintf(out, " %s", o->arg ? o->arg : "VALUE");
	if (at + 2 > COLUMN) {
		fprintf(out, "\n%*s", COLUMN, "");
	} else {
		fprintf(out, "%*s", COLUMN - at, "");
	}
	wrap(out, o->help, COLUMN, COLUMN);
}

void opt_help(const struct opt_spec *spec, const char *command, FILE *out)
{
	static const struct opt help = { "help", 'h', OPT_FLAG, NULL, NULL,
					 "print this text", 0, 0 };
	const struct opt *o;

	fprintf(out, "usage: %s %s\n", command, spec->usage);
	if (spec->about) {
		fputc('\n', out);
		wrap(out, spec->about, 0, 0);
	}
	fputs("\noptions:\n", out);
	for (o = spec->opts; o && o->name; o++)
		print_opt(out, o);
	print_opt(out, &help);
	if (spec->more)
		fprintf(out, "\n%s\n", spec->more);
}
