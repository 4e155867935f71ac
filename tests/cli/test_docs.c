/* SPDX-License-Identifier: MIT
 * The documents and the program agree: every command and option of --help is in
 * the man page, the man page names none that does not exist, the guide shows
 * every command, and links between documents lead somewhere. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/cli/run_cmd.h"

enum { MAX_COMMANDS = 32, NAME = 48 };

static char commands[MAX_COMMANDS][NAME];
static int nr_commands;

static char *slurp(const char *path)
{
	FILE *f = fopen(path, "r");
	char *text;
	long size;

	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	text = malloc((size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)size, f), size);
	text[size] = '\0';
	fclose(f);
	return text;
}

static int set_up(void **state)
{
	struct run *r = MMREPLAY("--help");
	char *line, *save;

	(void)state;
	line = strstr(r->out, "commands:\n");
	if (r->status || !line)
		return -1;
	*strstr(line, "\n\n") = '\0';
	strtok_r(line, "\n", &save);
	while ((line = strtok_r(NULL, "\n", &save)) && nr_commands < MAX_COMMANDS)
		nr_commands += sscanf(line, " %47s", commands[nr_commands]);
	return 0;
}

/* The length of an option's name: letters, digits, inner dashes. */
static size_t name_length(const char *s)
{
	size_t n = 0;

	while (isalnum((unsigned char)s[n]) || s[n] == '-')
		n++;
	return n;
}

/* Does text hold `before` + name with nothing more of a name behind it? */
static bool holds(const char *text, const char *before, const char *name, size_t len)
{
	size_t b = strlen(before);

	for (; (text = strstr(text, before)); text++)
		if (!strncmp(text + b, name, len) && name_length(text + b) == len)
			return true;
	return false;
}

/* The part of the man page about a command, to be freed. */
static char *man_section(const char *man, const char *command)
{
	char head[NAME + 8];
	const char *begin, *end, *other;

	snprintf(head, sizeof(head), "\n.Ss %s\n", command);
	begin = strstr(man, head);
	if (!begin)
		fail_msg("docs/mmreplay.1 has no section '.Ss %s'", command);
	begin += strlen(head);
	end = strstr(begin, "\n.Ss ");
	other = strstr(begin, "\n.Sh ");
	if (!end || (other && other < end))
		end = other;
	return end ? strndup(begin, (size_t)(end - begin)) : strdup(begin);
}

/* Options stand at the start of a line of help: "  -o, --output" or "      --json". */
static void test_options_in_man(void **state)
{
	char *man = slurp("docs/mmreplay.1");
	int i;

	(void)state;
	for (i = 0; i < nr_commands; i++) {
		struct run *r = MMREPLAY("help", commands[i]);
		char *section, *p;

		if (!strcmp(commands[i], "help"))
			continue;
		section = man_section(man, commands[i]);
		for (p = r->out; (p = strstr(p, "\n  ")); p++) {
			const char *o = p + 3;

			if (o[0] == '-' && o[2] == ',')
				o += 4;
			else
				o += strspn(o, " ");
			if (o - p > 8 || strncmp(o, "--", 2) || !strncmp(o, "--help", 6))
				continue;
			o += 2;
			if (!holds(section, "Fl -", o, name_length(o)))
				fail_msg("docs/mmreplay.1: %s: no --%.*s", commands[i],
					 (int)name_length(o), o);
		}
		for (p = section; (p = strstr(p, "Fl -")); p++)
			if (name_length(p + 4) &&
			    !holds(r->out, "--", p + 4, name_length(p + 4)))
				fail_msg("docs/mmreplay.1: %s has no option --%.*s", commands[i],
					 (int)name_length(p + 4), p + 4);
		free(section);
	}
	free(man);
}

static void test_commands_in_guide(void **state)
{
	char *guide = slurp("docs/user-guide.md");
	char *readme = slurp("README.md");
	int i;

	(void)state;
	for (i = 0; i < nr_commands; i++) {
		size_t n = strlen(commands[i]);

		if (!holds(guide, "mmreplay ", commands[i], n))
			fail_msg("docs/user-guide.md does not show mmreplay %s", commands[i]);
		if (strcmp(commands[i], "help") && !holds(readme, "mmreplay ", commands[i], n))
			fail_msg("README.md does not show mmreplay %s", commands[i]);
	}
	free(guide);
	free(readme);
}

/* "](path)" and "](path#part)" in a document in folder `from`. */
static void check_links(const char *file, const char *from)
{
	char *text = slurp(file), *p, path[512];

	for (p = text; (p = strstr(p, "](")); p++) {
		size_t n = strcspn(p + 2, ")#\n");

		if (n == 0 || !strncmp(p + 2, "http", 4))
			continue;
		snprintf(path, sizeof(path), "%s/%.*s", from, (int)n, p + 2);
		if (access(path, F_OK))
			fail_msg("%s: the link to %s leads nowhere", file, path);
	}
	free(text);
}

static void test_links(void **state)
{
	static struct run r;
	char *line, *save;

	(void)state;
	check_links("README.md", ".");
	run_program(&r, (const char *const[]){ "sh", "-c", "ls docs/*.md", NULL });
	assert_int_equal(r.status, 0);
	for (line = strtok_r(r.out, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		check_links(line, "docs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options_in_man),
		cmocka_unit_test(test_commands_in_guide),
		cmocka_unit_test(test_links),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
