/* SPDX-License-Identifier: MIT
 *
 * Compiling and running the toy benchmarks.  The runner of the tests says with
 * what in CC and TEST_CFLAGS; the library is the one beside $MMREPLAY.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/bench/toys.h"

char toys_dir[64];

static char top[4096], build[4096];

void toys_open(void)
{
	const char *binary = getenv("MMREPLAY");
	char *slash;

	assert_non_null(getcwd(top, sizeof(top)));
	snprintf(build, sizeof(build), "%s", binary ? binary : "build/mmreplay");
	slash = strrchr(build, '/');
	assert_non_null(slash);
	*slash = 0;
	strcpy(toys_dir, "/tmp/libbench-test-XXXXXX");
	assert_non_null(mkdtemp(toys_dir));
}

void toys_close(void)
{
	char command[100];

	snprintf(command, sizeof(command), "rm -rf %s", toys_dir);
	assert_int_equal(system(command), 0);
}

static char *slurp(const char *name)
{
	char path[128], *text = NULL;
	size_t size = 0;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", toys_dir, name);
	f = fopen(path, "r");
	assert_non_null(f);
	if (getdelim(&text, &size, 0, f) < 0) {
		free(text);
		text = calloc(1, 1);
	}
	fclose(f);
	assert_non_null(text);
	return text;
}

struct text *toys_run(const char *format, ...)
{
	static struct text kept[2];
	static int turn;
	struct text *t = &kept[turn ^= 1];
	char command[4096];
	va_list ap;
	int n, status;

	n = snprintf(command, sizeof(command), "cd %s && { ", toys_dir);
	va_start(ap, format);
	n += vsnprintf(command + n, sizeof(command) - (size_t)n, format, ap);
	va_end(ap);
	assert_true(n < (int)sizeof(command) - 40);
	strcat(command, "\n} >stdout 2>stderr </dev/null");
	status = system(command);
	free(t->out);
	free(t->err);
	t->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	t->out = slurp("stdout");
	t->err = slurp("stderr");
	return t;
}

void toys_compile_c(const char *source, const char *name)
{
	struct text *t = toys_run("cd '%s' && ${CC:-gcc} ${TEST_CFLAGS:-} -std=c11 -Wall -Wextra -Werror -O2 -I. "
				  "%s '%s/libbench.a' -lm -o %s/%s", top, source, build, toys_dir, name);

	if (t->status)
		fputs(t->err, stderr);
	assert_int_equal(t->status, 0);
}

bool toys_compile_cc(const char *source, const char *name)
{
	struct text *t;

	if (toys_run("command -v g++ && test -e /usr/include/benchmark/benchmark.h")->status)
		return false;
	t = toys_run("cd '%s' && g++ -Wall -Wextra -O1 %s -lbenchmark -lpthread -o %s/%s", top, source,
		     toys_dir, name);
	if (t->status)
		fputs(t->err, stderr);
	assert_int_equal(t->status, 0);
	return true;
}

json_t *toys_json(const char *text)
{
	json_error_t err;
	json_t *document = json_loads(text, JSON_REJECT_DUPLICATES, &err);

	if (!document)
		fprintf(stderr, "line %d: %s\n%.2000s\n", err.line, err.text, text);
	assert_non_null(document);
	return document;
}

json_t *toys_benchmark(json_t *document, const char *name)
{
	json_t *list = json_object_get(document, "benchmarks"), *b;
	size_t i;

	json_array_foreach(list, i, b)
		if (!strcmp(json_string_value(json_object_get(b, "name")), name))
			return b;
	fail_msg("no benchmark named %s", name);
	return NULL;
}

double toys_number(json_t *benchmark, const char *key)
{
	json_t *value = json_object_get(benchmark, key);

	if (!json_is_number(value))
		fail_msg("%s is no number", key);
	return json_number_value(value);
}

void toys_file(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", toys_dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}
