/* SPDX-License-Identifier: MIT
 * opt: every type of option, every refusal, and help made from the table. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "base/opt.h"

static struct {
	bool json;
	const char *out;
	struct opt_list maps;
	int64_t every;
	uint64_t ram;
	double rate;
	int backend;
} got;

static const struct opt opts[] = {
	{ "json", 'j', OPT_FLAG, &got.json, NULL, "print JSON", 0, 0 },
	{ "output", 'o', OPT_STRING, &got.out, "FILE", "where to write", 0, 0 },
	{ "map", 0, OPT_LIST, &got.maps, "A=B", "may be repeated", 0, 0 },
	{ "every", 'n', OPT_INT, &got.every, "N", "a number", 1, 100 },
	{ "ram", 0, OPT_SIZE, &got.ram, "SIZE", "a size", 0, 0 },
	{ "rate", 0, OPT_NUMBER, &got.rate, "R", "a rate", 0, 0 },
	{ "backend", 0, OPT_CHOICE, &got.backend, "sim|jemalloc|libc", "which one", 0, 0 },
	{ 0 }
};

static const struct opt_spec spec = {
	.usage = "FILE [OPTION...]", .about = "Does a thing.", .opts = opts,
	.more = "example: none", .min_operands = 1, .max_operands = 1,
};

static int parse_spec(const struct opt_spec *s, struct mm_error *err, int *first, char **argv)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	memset(&got, 0, sizeof(got));
	return opt_parse(s, argc, argv, first, err);
}

#define PARSE(...) parse_spec(&spec, &err, &first, (char *[]){ "cmd", __VA_ARGS__, NULL })

static void test_all_types(void **state)
{
	struct mm_error err;
	int first;
	char *argv[] = { "cmd", "in", "-j", "--map", "a=1", "--map=b=2", "-n50", "--ram", "512M",
			 NULL };

	(void)state;
	assert_int_equal(parse_spec(&spec, &err, &first, argv), 0);
	assert_string_equal(argv[first], "in");
	assert_true(got.json);
	assert_int_equal(got.maps.n, 2);
	assert_string_equal(got.maps.v[1], "b=2");
	assert_int_equal(got.every, 50);
	assert_int_equal(got.ram, 512u << 20);
	opt_list_free(&got.maps);
	assert_int_equal(PARSE("--rate", "2.5", "--backend=libc", "-o", "x", "--", "-in"), 0);
	assert_true(got.rate == 2.5);
	assert_int_equal(got.backend, 2);
	assert_string_equal(got.out, "x");
}

#define REFUSED(sentence, ...) do { \
	struct mm_error err; \
	int first; \
	assert_int_equal(PARSE(__VA_ARGS__), -EINVAL); \
	assert_string_equal(err.text, sentence); \
} while (0)

static void test_refusals(void **state)
{
	(void)state;
	REFUSED("unknown or ambiguous option '--nope'", "f", "--nope");
	REFUSED("unknown option '-x'", "f", "-x");
	REFUSED("option '-o' needs an argument", "f", "-o");
	REFUSED("option '--output' needs an argument", "f", "--output");
	REFUSED("option '--json=1' takes no argument", "f", "--json=1");
	REFUSED("--every: found '5x', expected a whole number", "f", "-n", "5x");
	REFUSED("--every: found '101', expected a value from 1 to 100", "f", "-n", "101");
	REFUSED("--ram: found '12Q', expected a size such as 4096, 64K, 512M or 2G", "f", "--ram",
		"12Q");
	REFUSED("--rate: found 'nan', expected a number", "f", "--rate", "nan");
	REFUSED("--backend: found 'si', expected one of sim|jemalloc|libc", "f", "--backend", "si");
	REFUSED("found 0 operands, expected at least 1: FILE [OPTION...]", "-j");
	REFUSED("unexpected operand 'g', expected: FILE [OPTION...]", "f", "g");
}

static void test_sizes(void **state)
{
	uint64_t v;

	(void)state;
	assert_int_equal(opt_size("4096", &v), 0);
	assert_int_equal(v, 4096);
	assert_int_equal(opt_size("3KiB", &v), 0);
	assert_int_equal(v, 3072);
	assert_int_equal(opt_size("0x10k", &v), 0);
	assert_int_equal(v, 16384);
	assert_int_equal(opt_size("16777215T", &v), 0);
	assert_int_equal(opt_size("16777216T", &v), -ERANGE);
	assert_int_equal(opt_size("99999999999999999999", &v), -ERANGE);
	assert_int_equal(opt_size("-1", &v), -EINVAL);
	assert_int_equal(opt_size("", &v), -EINVAL);
	assert_int_equal(opt_size("1MM", &v), -EINVAL);
}

static void test_stop_at_operand(void **state)
{
	struct opt_spec s = spec;
	struct mm_error err;
	int first;
	char *argv[] = { "record", "-j", "ls", "-o", "x", NULL };

	(void)state;
	s.stop_at_operand = true;
	s.max_operands = -1;
	assert_int_equal(parse_spec(&s, &err, &first, argv), 0);
	assert_int_equal(first, 2);
	assert_null(got.out);
}

/* Every name of the table is in the help, and no line is over 80 wide. */
static void test_help(void **state)
{
	const struct opt *o;
	struct mm_error err;
	char *text = NULL, *line;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	int first;

	(void)state;
	assert_int_equal(PARSE("--help"), OPT_HELP);
	assert_int_equal(PARSE("-h"), OPT_HELP);
	opt_help(&spec, "mmreplay thing", f);
	fclose(f);
	assert_non_null(strstr(text, "usage: mmreplay thing FILE [OPTION...]\n"));
	for (o = opts; o->name; o++) {
		assert_non_null(strstr(text, o->name));
		assert_non_null(strstr(text, o->help));
	}
	for (line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
		assert_true(strlen(line) <= 80);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_types),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_stop_at_operand),
		cmocka_unit_test(test_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
