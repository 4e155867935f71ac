/* SPDX-License-Identifier: MIT
 * The bundled synthetic traces are what traces/bundled/PROVENANCE.md says: its
 * commands give the same operations, and with the same libzstd the same bytes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <zstd.h>

#include "tests/cli/run_cmd.h"
#include "tests/synth/synth_help.h"

enum { MADE_WITH = 10504, WORDS = 16 };	/* libzstd 1.5.4 */

/* Split a command at blanks; the number of words. */
static int split(char *line, const char **word)
{
	char *save, *w;
	int n = 0;

	for (w = strtok_r(line, " \n", &save); w && n < WORDS - 1; w = strtok_r(NULL, " \n", &save))
		word[n++] = w;
	word[n] = NULL;
	return n;
}

static void check_line(char *line, const char *made)
{
	const char *word[WORDS], *bundled;
	struct follow a, b;
	struct run *r;
	int n = split(line, word);

	assert_true(n > 3 && !strcmp(word[0], "mmreplay"));
	bundled = word[n - 1];
	word[n - 1] = made;
	r = run_mmreplay_args(word + 1);
	if (r->status)
		fail_msg("%s: %s", bundled, r->err);
	follow_trace(&a, bundled);
	follow_trace(&b, made);
	if (a.hash != b.hash || a.operations != b.operations)
		fail_msg("%s: the command in PROVENANCE.md gives other operations", bundled);
	if (ZSTD_versionNumber() != MADE_WITH)
		return;
	run_program(r, (const char *const[]){ "cmp", bundled, made, NULL });
	if (r->status)
		fail_msg("%s: the command in PROVENANCE.md gives other bytes", bundled);
}

static void test_commands_give_traces(void **state)
{
	FILE *f = fopen("traces/bundled/PROVENANCE.md", "r");
	char dir[64], made[96], line[512];
	int n = 0;

	(void)state;
	assert_non_null(f);
	run_make_dir(dir);
	snprintf(made, sizeof(made), "%s/made.mmt", dir);
	while (fgets(line, sizeof(line), f)) {
		if (strncmp(line, "    mmreplay gen ", 17))
			continue;
		check_line(line + 4, made);
		n++;
	}
	fclose(f);
	run_rm_dir(dir);
	assert_true(n >= 13);
}

/* Every synthetic trace of the folder says that it is one, and of what. */
static void test_metadata(void **state)
{
	static struct run list;
	char *path, *save;
	int n = 0;

	(void)state;
	run_program(&list, (const char *const[]){ "sh", "-c", "ls traces/bundled/*.mmt", NULL });
	for (path = strtok_r(list.out, "\n", &save); path; path = strtok_r(NULL, "\n", &save)) {
		struct mm_error err;
		struct mmt_reader *r = mmt_open(path, NULL, &err);
		static const char *const keys[] = { "synthetic", "profile", "seed", "parameters", "description", "machine" };
		size_t i;

		assert_non_null(r);
		for (i = 0; mmt_get_meta(r, "profile") && i < 6; i++)
			if (!mmt_get_meta(r, keys[i]))
				fail_msg("%s: no %s in the metadata", path, keys[i]);
		n += mmt_get_meta(r, "synthetic") != NULL;
		mmt_close(r);
	}
	assert_true(n >= 13);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_commands_give_traces),
		cmocka_unit_test(test_metadata),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
