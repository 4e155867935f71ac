/* SPDX-License-Identifier: MIT
 * mmreplay compare RUN RUN...: runs side by side, as tables, JSON or a page. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/compare.h"
#include "base/stop.h"
#include "base/table.h"
#include "cmd/cmd.h"
#include "plots/compare.h"

enum { MAX_DIFFERENCES = 24 };	/* of the table on stdout; the rest is counted */

/* "|>NAME|>NAME": columns of one section. */
static char *head(const struct an_compare *c, const char *title)
{
	char *s = NULL, *more;
	size_t i;

	if (asprintf(&s, "<%s", title) < 0)
		return NULL;
	for (i = 0; i < c->n; i++) {
		char name[COMPARE_NAME], *p;

		memcpy(name, c->name[i], sizeof(name));
		for (p = name; *p; p++)	/* what separates columns */
			*p = *p == '|' ? '/' : *p;
		if (asprintf(&more, "%s|>%s", s, name) < 0)
			more = NULL;
		free(s);
		s = more;
		if (!s)
			return NULL;
	}
	return s;
}

static void print_section(const struct an_compare *c, const json_t *section)
{
	const json_t *rows = json_object_get(section, "rows");
	bool configuration = !strcmp(json_string_value(json_object_get(section, "key")), "configuration");
	size_t n = json_array_size(rows), most = configuration && n > MAX_DIFFERENCES ? MAX_DIFFERENCES : n;
	char *titles = head(c, json_string_value(json_object_get(section, "title")));
	struct table *t = titles && n ? table_new(titles) : NULL;
	char cell[COMPARE_CELL];
	size_t i, k;

	free(titles);
	if (!t)
		return;
	for (i = 0; i < most; i++) {
		const json_t *row = json_array_get(rows, i);

		table_cell(t, "%s", json_string_value(json_object_get(row, "text")));
		for (k = 0; k < c->n; k++)
			table_cell(t, "%s", an_compare_cell(cell, row, k));
	}
	table_print(t, stdout, 0);
	table_free(t);
	if (most < n)
		printf("... and %zu keys more (--json)\n", n - most);
	putchar('\n');
}

static void print_text(const struct an_compare *c, const char *out)
{
	const json_t *warnings = json_object_get(c->json, "warnings");
	const json_t *sections = json_object_get(c->json, "sections");
	size_t i;

	for (i = 0; i < json_array_size(warnings); i++)
		printf("Warning: %s.\n\n", json_string_value(json_array_get(warnings, i)));
	for (i = 0; i < json_array_size(sections); i++)
		print_section(c, json_array_get(sections, i));
	if (!json_array_size(json_object_get(json_array_get(sections, 0), "rows")))
		puts("The runs are configured alike.");
	if (out)
		printf("%s/compare.html\n", out);
}

static int compare(const char *name, char **dirs, size_t n, bool force, bool json, const char *out)
{
	struct an_compare c;
	struct mm_error err;

	if (an_compare_load(&c, dirs, n, force, &err))
		return cmd_fail(name, &err);
	if (out && plots_compare(&c, out, &err)) {
		an_compare_free(&c);
		return stop_requested() ? stop_status() : cmd_fail(name, &err);
	}
	if (json) {
		json_dumpf(c.json, stdout, JSON_INDENT(2));
		putchar('\n');
	} else {
		print_text(&c, out);
	}
	an_compare_free(&c);
	return CMD_DONE;
}

int cmd_compare(int argc, char **argv)
{
	const char *out = NULL;
	bool json = false, force = false;
	const struct opt opts[] = {
		{ "output", 'o', OPT_STRING, &out, "DIR",
		  "Also write DIR/compare.html with charts (SVG and PNG beside it).", 0, 0 },
		{ "json", 0, OPT_FLAG, &json, NULL, "Print the comparison as JSON.", 0, 0 },
		{ "force", 0, OPT_FLAG, &force, NULL, "Compare runs of different traces all the same.", 0, 0 },
		{ 0 }
	};
	const struct opt_spec spec = {
		.usage = "RUN RUN... [OPTION...]",
		.about = "Two or more runs of one trace side by side: what is configured differently, operations\n"
			 "and rates, failures by order, free memory and its fragmentation, memory held for what\n"
			 "was asked for, latency. RUN is a folder that mmreplay replay wrote, on any backend.",
		.opts = opts,
		.min_operands = 2, .max_operands = COMPARE_MAX_RUNS,
	};
	int status, first = cmd_options(&spec, argc, argv, &status);

	if (first < 0)
		return status;
	stop_install();
	return compare(argv[0], argv + first, (size_t)(argc - first), force, json, out);
}
