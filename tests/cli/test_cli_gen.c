/* SPDX-License-Identifier: MIT
 * mmreplay gen as a user runs it: the list, help, a trace that replays, the same
 * bytes twice, what is not understood; every profile and parameter is in the docs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/cli/run_cmd.h"
#include "traces/synth/synth.h"

static char dir[64], a[96], b[96], out[96];

static int set_up(void **state)
{
	(void)state;
	run_make_dir(dir);
	snprintf(a, sizeof(a), "%s/a.mmt", dir);
	snprintf(b, sizeof(b), "%s/b.mmt", dir);
	snprintf(out, sizeof(out), "%s/run", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	run_rm_dir(dir);
	return 0;
}

static void assert_says(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("expected '%s' in: %s", what, text);
}

static void test_list_and_help(void **state)
{
	const struct synth_profile *p;
	struct run *r = MMREPLAY("gen", "--list");
	size_t i;

	(void)state;
	assert_int_equal(r->status, 0);
	for (i = 0; (p = synth_profile_at(i)); i++)
		assert_says(r->out, p->name);
	r = MMREPLAY("gen", "net-rx", "--help");
	assert_int_equal(r->status, 0);
	assert_says(r->out, "slow-delay=20s  (1us to 1d)");
	r = MMREPLAY("gen", "--help");
	assert_int_equal(r->status, 0);
	assert_says(r->out, "--seed");
}

static void test_same_bytes(void **state)
{
	struct run *r = MMREPLAY("gen", "modules", "resident=20", "--seed", "5", "-n", "5000", "-o", a);

	(void)state;
	assert_int_equal(r->status, 0);
	assert_int_equal(MMREPLAY("gen", "modules", "-n", "5000", "--seed", "5", "resident=20", "-o", b)->status, 0);
	run_program(r, (const char *const[]){ "cmp", a, b, NULL });
	assert_int_equal(r->status, 0);
	assert_int_equal(MMREPLAY("gen", "modules", "resident=20", "--seed", "6", "-n", "5000", "-o", b)->status, 0);
	run_program(r, (const char *const[]){ "cmp", "-s", a, b, NULL });
	assert_int_equal(r->status, 1);
	r = MMREPLAY("info", a);
	assert_says(r->out, "synthetic: 1");
	assert_says(r->out, "profile: modules");
	assert_says(r->out, "seed: 5");
	assert_says(r->out, "resident=20");
}

static void test_length_and_rate(void **state)
{
	struct run *r;
	char *ops;

	(void)state;
	assert_int_equal(MMREPLAY("gen", "net-rx", "--duration", "100ms", "-o", a)->status, 0);
	r = MMREPLAY("info", "--json", a);
	/* 100 ms, less the last pause or with the last step. */
	assert_in_range(atoll(strstr(r->out, "\"duration_ns\"") + 15), 90000000, 110000000);
	assert_int_equal(MMREPLAY("gen", "net-rx", "-n", "1000", "-o", a)->status, 0);
	assert_says(MMREPLAY("info", "--json", a)->out, "\"operations\": 1000,");
	/* All times ten times as long. */
	assert_int_equal(MMREPLAY("gen", "net-rx", "--duration", "1s", "--rate", "50000", "-o", a)->status, 0);
	assert_int_equal(MMREPLAY("gen", "net-rx", "--duration", "100ms", "-o", b)->status, 0);
	ops = strdup(strstr(MMREPLAY("info", "--json", a)->out, "\"operations\""));
	assert_non_null(ops);
	*strchr(ops, ',') = '\0';
	assert_says(MMREPLAY("info", "--json", b)->out, ops);
	free(ops);
}

/* What the trace asks for is what the machine does: all slots of the window, and
 * not one call that is wrong. */
static void test_replays(void **state)
{
	struct run *r;

	(void)state;
	assert_int_equal(MMREPLAY("gen", "pkmap-storm", "mode=full", "-n", "20000", "-o", a)->status, 0);
	r = MMREPLAY("replay", a, "--machine", "x86_32-2g", "-o", out, "--fail-on", "failures,misuse,skipped");
	assert_int_equal(r->status, 0);
	assert_says(r->out, "would_block/pkmap_full");
	assert_says(r->out, "pkmap held 1,024 of its 1,024 slots");
	assert_int_equal(MMREPLAY("gen", "frag-adversary", "-n", "180000", "-o", a)->status, 0);
	r = MMREPLAY("replay", a, "--machine", "x86_32-512m", "-o", out, "--fail-on", "failures");
	assert_int_equal(r->status, 1);
	assert_says(r->out, "fail/fragmented");
	assert_says(r->out, "the smallest order that failed is 1");
}

static void refused(const char *const *args, const char *what)
{
	struct run *r = run_mmreplay_args(args);

	assert_int_equal(r->status, 2);
	assert_says(r->err, what);
	assert_int_not_equal(access(a, F_OK), 0);
}

#define REFUSED(what, ...) refused((const char *const[]){ "gen", __VA_ARGS__, "-o", a, NULL }, what)

static void test_bad_usage(void **state)
{
	(void)state;
	unlink(a);
	REFUSED("expected one of: kernel-build, file-server", "nosuch");
	REFUSED("found no profile", "--seed", "3");
	REFUSED("order, frag, burst", "net-rx", "nosuch=3");
	REFUSED("order, frag, burst", "net-rx", "order");
	REFUSED("expected a number from 0 to 5", "net-rx", "order=6");
	REFUSED("expected a number from 0 to 5", "net-rx", "order=-1");
	REFUSED("expected a size from 256 to 32K", "net-rx", "frag=1Q");
	REFUSED("expected a percentage from 0 to 100", "net-rx", "slow=101");
	REFUSED("expected a time from 1us to 1min", "net-rx", "delay=2");
	REFUSED("expected one of hold|leak|full|waiters", "pkmap-storm", "mode=");
	REFUSED("--duration", "net-rx", "--duration", "yes");
}

static void test_documented(void **state)
{
	static char text[200000];
	FILE *f = fopen("docs/profiles.md", "r");
	const struct synth_profile *p;
	size_t i, j;

	(void)state;
	assert_non_null(f);
	text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
	fclose(f);
	for (i = 0; (p = synth_profile_at(i)); i++) {
		char head[64], row[64], *section, *end;

		snprintf(head, sizeof(head), "\n## %s\n", p->name);
		assert_says(text, head);
		section = strstr(text, head) + 1;
		end = strstr(section, "\n## ");
		section = end ? strndup(section, (size_t)(end - section)) : strdup(section);
		for (j = 0; p->params[j].name; j++) {
			snprintf(row, sizeof(row), "| `%s` |", p->params[j].name);
			assert_says(section, row);
		}
		free(section);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_list_and_help),
		cmocka_unit_test(test_same_bytes),
		cmocka_unit_test(test_length_and_rate),
		cmocka_unit_test(test_replays),
		cmocka_unit_test(test_bad_usage),
		cmocka_unit_test(test_documented),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
