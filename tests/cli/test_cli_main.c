/* SPDX-License-Identifier: MIT
 * The command as a whole: help, version, unknown commands, exit statuses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "tests/cli/run_cmd.h"

enum { MAX_COMMANDS = 32 };

/* Names of the commands, read from --help as a user would. */
static int command_names(char names[MAX_COMMANDS][32])
{
	struct run *r = MMREPLAY("--help");
	char *line, *save, *list = strstr(r->out, "commands:\n");
	int n = 0;

	assert_int_equal(r->status, 0);
	assert_non_null(list);
	*strstr(list, "\n\n") = '\0';
	strtok_r(list, "\n", &save);
	while ((line = strtok_r(NULL, "\n", &save))) {
		assert_true(n < MAX_COMMANDS);
		assert_int_equal(sscanf(line, " %31s", names[n]), 1);
		n++;
	}
	return n;
}

static void test_version(void **state)
{
	struct run *r = MMREPLAY("--version");
	int major, minor, patch;

	(void)state;
	assert_int_equal(r->status, 0);
	assert_int_equal(sscanf(r->out, "mmreplay %d.%d.%d\n", &major, &minor, &patch), 3);
	assert_string_equal(r->err, "");
}

static void test_no_command(void **state)
{
	struct run *r = MMREPLAY(NULL);

	(void)state;
	assert_int_equal(r->status, 2);
	assert_string_equal(r->out, "");
	assert_non_null(strstr(r->err, "usage: mmreplay COMMAND"));
}

static void test_unknown(void **state)
{
	char names[MAX_COMMANDS][32];
	int n = command_names(names), i;
	struct run *r = MMREPLAY("frobnicate");

	(void)state;
	assert_int_equal(r->status, 2);
	assert_string_equal(r->out, "");
	assert_non_null(strstr(r->err, "mmreplay: unknown command 'frobnicate'"));
	for (i = 0; i < n; i++)
		assert_non_null(strstr(r->err, names[i]));
	r = MMREPLAY("--frob");
	assert_int_equal(r->status, 2);
	assert_non_null(strstr(r->err, "unknown option '--frob'"));
	r = MMREPLAY("help", "frobnicate");
	assert_int_equal(r->status, 2);
	assert_non_null(strstr(r->err, "unknown command 'frobnicate'"));
}

static void assert_starts(const char *text, const char *first, const char *second)
{
	assert_memory_equal(text, first, strlen(first));
	assert_memory_equal(text + strlen(first), second, strlen(second));
}

/* Each command explains itself, the same both ways, and refuses what is not an
 * option with a sentence that starts with its name. */
static void test_every_command(void **state)
{
	static struct run by_option;
	char names[MAX_COMMANDS][32];
	int n = command_names(names), i;
	struct run *r;

	(void)state;
	for (i = 0; i < n; i++) {
		if (!strcmp(names[i], "help"))
			continue;
		run_mmreplay(&by_option, (const char *const[]){ names[i], "--help", NULL });
		assert_int_equal(by_option.status, 0);
		assert_string_equal(by_option.err, "");
		assert_starts(by_option.out, "usage: mmreplay ", names[i]);
		assert_non_null(strstr(by_option.out, "--help"));
		r = MMREPLAY("help", names[i]);
		assert_int_equal(r->status, 0);
		assert_string_equal(r->out, by_option.out);
		r = MMREPLAY(names[i], "--no-such-option");
		assert_int_equal(r->status, 2);
		assert_string_equal(r->out, "");
		assert_starts(r->err, "mmreplay ", names[i]);
		assert_non_null(strstr(r->err, "--no-such-option"));
	}
}

/* No line of any help text is wider than a terminal. */
static void test_help_width(void **state)
{
	char names[MAX_COMMANDS][32], *line, *save;
	int n = command_names(names), i;

	(void)state;
	for (i = 0; i < n; i++) {
		struct run *r = MMREPLAY("help", names[i]);

		for (line = strtok_r(r->out, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
			if (strlen(line) > 80)
				fail_msg("help %s: line of %zu characters: %s", names[i],
					 strlen(line), line);
	}
}

static void test_full_stdout(void **state)
{
	static struct run r;
	char command[256];

	(void)state;
	snprintf(command, sizeof(command), "%s --help >/dev/full", run_binary());
	run_program(&r, (const char *const[]){ "sh", "-c", command, NULL });
	assert_int_equal(r.status, 2);
	assert_non_null(strstr(r.err, "No space left"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_no_command),
		cmocka_unit_test(test_unknown),
		cmocka_unit_test(test_every_command),
		cmocka_unit_test(test_help_width),
		cmocka_unit_test(test_full_stdout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
