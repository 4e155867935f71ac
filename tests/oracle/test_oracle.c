/* SPDX-License-Identifier: MIT
 *
 * Operation lists of real kernels against the engine: every answer must agree
 * and every snapshot be equal, run free from the recorded start state.
 *
 * With folders as arguments it runs these instead and prints a table:
 *   test_oracle [-v[N]] [-n] DIR...
 * -v prints the first N mismatches (10) with the recorded events around them,
 * -n leaves the snapshots out, -c checks the machine's consistency at each.
 */
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/oracle/runner.h"

static void print_result(const char *dir, const struct oracle_result *res)
{
	uint64_t all = 0, ok = 0;

	printf("%s\n", dir);
	for (int l = 0; l < LAYER_NR; l++) {
		if (!res->decisions[l])
			continue;
		printf("  %-12s %8llu of %8llu  %7.3f %%\n", layer_name(l),
		       (unsigned long long)res->matches[l], (unsigned long long)res->decisions[l],
		       100.0 * (double)res->matches[l] / (double)res->decisions[l]);
		all += res->decisions[l];
		ok += res->matches[l];
	}
	printf("  answers      %8llu of %8llu  %7.3f %%", (unsigned long long)ok,
	       (unsigned long long)all, all ? 100.0 * (double)ok / (double)all : 0);
	if (res->unjudged)
		printf("\n  unjudged     %llu operations between a reclaim and the next snapshot, %u times",
		       (unsigned long long)res->unjudged, res->resyncs);
	printf("\n  snapshots    %u of %u equal (pages %u, slab %u, virtual %u)\n",
	       res->snapshots_equal, res->snapshots, res->pages_equal, res->slab_equal,
	       res->virt_equal);
	if (res->learned)
		printf("  learned      %u shuffle starts from later addresses\n", res->learned);
	if (*res->first)
		printf("  first mismatch: %s\n", res->first);
	if (*res->first_state)
		printf("  first differing snapshot: %s\n", res->first_state);
	fflush(stdout);
}

static int run_folders(int argc, char **argv)
{
	struct oracle_options opt = { 0 };
	struct oracle_result res;
	struct mm_error err;
	int bad = 0;

	for (int i = 1; i < argc; i++) {
		if (!strncmp(argv[i], "-v", 2)) {
			opt.verbose = argv[i][2] ? (unsigned int)atoi(argv[i] + 2) : 10;
			continue;
		}
		if (!strcmp(argv[i], "-n") || !strcmp(argv[i], "-c")) {
			opt.no_states |= argv[i][1] == 'n';
			opt.check |= argv[i][1] == 'c';
			continue;
		}
		if (oracle_run(argv[i], &opt, &res, &err)) {
			printf("%s\n  failed: %s\n", argv[i], err.text);
			bad = 1;
			continue;
		}
		print_result(argv[i], &res);
		bad |= *res.first != 0;
	}
	return bad;
}

/* A bundled list: every answer and every snapshot agrees, and as many were
 * compared as the list is known to have. */
static void check_list(const char *dir, uint64_t answers, uint32_t snapshots)
{
	const struct oracle_options opt = { .check = true };
	struct oracle_result res;
	struct mm_error err;
	uint64_t all = 0;

	if (oracle_run(dir, &opt, &res, &err))
		fail_msg("%s", err.text);
	for (int l = 0; l < LAYER_NR; l++)
		all += res.decisions[l];
	if (*res.first || *res.first_state)
		print_result(dir, &res);
	assert_string_equal(res.first, "");
	assert_string_equal(res.first_state, "");
	assert_int_equal(all, answers);
	assert_int_equal(res.snapshots_equal, snapshots);
}

static void test_pages_mix(void **state)
{
	(void)state;
	check_list("tests/data/oracle/pages_mix", 134666, 20);
}

static void test_pages_order0(void **state)
{
	(void)state;
	check_list("tests/data/oracle/pages_order0", 100014, 18);
}

static void test_kmap_wrap(void **state)
{
	(void)state;
	check_list("tests/data/oracle/kmap_wrap", 38918, 18);
}

static void test_slab_one(void **state)
{
	(void)state;
	check_list("tests/data/oracle/slab_one", 53188, 50);
}

static void test_vmalloc_churn(void **state)
{
	(void)state;
	check_list("tests/data/oracle/vmalloc_churn", 435832, 23);
}

static void test_kmap_wrap_pae(void **state)
{
	(void)state;
	check_list("tests/data/oracle/kmap_wrap_pae", 24510, 18);
}

/* Recorded without tracing: the counters around each operation as well. */
static void test_pages_pile(void **state)
{
	(void)state;
	check_list("tests/data/oracle/pages_pile.notrace", 144560, 12);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pages_mix),
		cmocka_unit_test(test_pages_order0),
		cmocka_unit_test(test_kmap_wrap),
		cmocka_unit_test(test_slab_one),
		cmocka_unit_test(test_vmalloc_churn),
		cmocka_unit_test(test_kmap_wrap_pae),
		cmocka_unit_test(test_pages_pile),
	};

	if (argc > 1)
		return run_folders(argc, argv);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
