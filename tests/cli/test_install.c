/* SPDX-License-Identifier: MIT
 * make install: the command, its data, and the library as a stranger's program
 * finds it through pkg-config.  Installs this build (the runner says which in
 * CC, TEST_CFLAGS and TEST_MAKE_ARGS) into a private folder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "tests/cli/run_cmd.h"

static char dir[64];
static struct run r;

static void shell(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

static void shell(const char *fmt, ...)
{
	char command[2048];
	va_list ap;

	va_start(ap, fmt);
	assert_true(vsnprintf(command, sizeof(command), fmt, ap) < (int)sizeof(command));
	va_end(ap);
	run_program(&r, (const char *const[]){ "sh", "-c", command, NULL });
}

static int set_up(void **state)
{
	(void)state;
	run_make_dir(dir);
	/* MAKEFLAGS would hand on a pipe to the outer make that is not open here. */
	shell("MAKEFLAGS= make -s $TEST_MAKE_ARGS install PREFIX=/opt/mm DESTDIR=%s", dir);
	if (r.status)
		fputs(r.err, stderr);
	return r.status;
}

static int tear_down(void **state)
{
	(void)state;
	run_rm_dir(dir);
	return 0;
}

static void assert_installed(const char *name)
{
	char path[256];
	struct stat st;

	snprintf(path, sizeof(path), "%s/opt/mm/%s", dir, name);
	if (stat(path, &st) || st.st_size == 0)
		fail_msg("%s is not installed", path);
}

static void test_files(void **state)
{
	(void)state;
	assert_installed("bin/mmreplay");
	assert_installed("lib/libmm86.a");
	assert_installed("include/mm86/mm86.h");
	assert_installed("lib/pkgconfig/mm86.pc");
	assert_installed("lib/libbench.a");
	assert_installed("lib/pkgconfig/libbench.pc");
	assert_installed("share/man/man1/mmreplay.1");
	assert_installed("share/bash-completion/completions/mmreplay");
}

/* The installed command finds its data beside itself, not in this tree. */
static void test_command(void **state)
{
	(void)state;
	shell("cd / && %s/opt/mm/bin/mmreplay machine x86_32-512m", dir);
	assert_string_equal(r.err, "");
	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "Normal"));
	shell("cd / && %s/opt/mm/bin/mmreplay report --list", dir);
	assert_string_equal(r.err, "");
	assert_non_null(strstr(r.out, "free-memory"));
}

static void test_library(void **state)
{
	FILE *f;
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/t.c", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("#include <stdio.h>\n"
	      "#include <mm86/mm86.h>\n"
	      "int main(void)\n"
	      "{\n"
	      "	struct mm_config c;\n"
	      "	struct mm_caller who = { 0 };\n"
	      "	struct mm_error err;\n"
	      "	struct mm_machine *m;\n"
	      "	pfn_t pfn;\n"
	      "	mm_config_init(&c);\n"
	      "	m = mm_machine_create(&c, &err);\n"
	      "	if (!m)\n"
	      "		return puts(err.text), 1;\n"
	      "	if (mm_alloc_pages(m, &who, MM_GFP_KERNEL, 0, &pfn) != MM_OK)\n"
	      "		return 2;\n"
	      "	printf(\"pfn is %s\\n\", pfn ? \"there\" : \"zero\");\n"
	      "	mm_machine_destroy(m);\n"
	      "	return 0;\n"
	      "}\n", f);
	assert_int_equal(fclose(f), 0);
	shell("export PKG_CONFIG_PATH=%s/opt/mm/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=%s; "
	      "${CC:-gcc} ${TEST_CFLAGS:-} -std=c11 -Wall -Wextra -Werror %s/t.c "
	      "$(pkg-config --cflags --libs mm86) -o %s/t && %s/t", dir, dir, dir, dir, dir);
	if (r.status)
		fputs(r.err, stderr);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "pfn is there\n");
}

/* And one that measures, with libbench alone. */
static void test_benchmark_with_library(void **state)
{
	FILE *f;
	char path[128];

	(void)state;
	snprintf(path, sizeof(path), "%s/b.c", dir);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs("#include <libbench/bench.h>\n"
	      "static void BM_empty(struct bench_state *s)\n"
	      "{\n"
	      "	BENCH_LOOP(s)\n"
	      "		bench_clobber();\n"
	      "}\n"
	      "BENCH(BM_empty);\n"
	      "BENCH(BM_empty, bench_name(b, \"BM_args\"), bench_add_range(b, 1, 8));\n"
	      "BENCH_MAIN();\n", f);
	assert_int_equal(fclose(f), 0);
	shell("export PKG_CONFIG_PATH=%s/opt/mm/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=%s; "
	      "${CC:-gcc} ${TEST_CFLAGS:-} -std=c11 -Wall -Wextra -Werror %s/b.c "
	      "$(pkg-config --cflags --libs libbench) -o %s/b && %s/b --benchmark_list_tests", dir, dir, dir,
	      dir, dir);
	if (r.status)
		fputs(r.err, stderr);
	assert_int_equal(r.status, 0);
	assert_string_equal(r.out, "BM_empty\nBM_args/1\nBM_args/8\n");
	shell("nm -g --defined-only %s/opt/mm/lib/libbench.a | awk 'NF == 3 { print $3 }' | "
	      "grep -v '^bench_'", dir);
	assert_string_equal(r.out, "");
}

/* Names of the engine's inner parts are not the linker's business. */
static void test_symbols(void **state)
{
	(void)state;
	shell("nm -g --defined-only %s/opt/mm/lib/libmm86.a | awk 'NF == 3 { print $3 }' | "
	      "grep -v '^mm_'", dir);
	assert_string_equal(r.out, "");
	shell("nm -g --defined-only %s/opt/mm/lib/libmm86.a | grep -c ' T mm_'", dir);
	assert_true(atoi(r.out) > 20);
}

/* What completion offers for the words after "mmreplay", one a line, sorted. */
static void complete(const char *words, const char *count)
{
	shell("cd %s && PATH=%s/opt/mm/bin:$PATH bash --norc -c '"
	      ". %s/opt/mm/share/bash-completion/completions/mmreplay; "
	      "COMP_WORDS=(mmreplay %s); COMP_CWORD=%s; _mmreplay; "
	      "printf \"%%s\\n\" \"${COMPREPLY[@]}\" | LC_ALL=C sort'", dir, dir, dir, words, count);
	assert_int_equal(r.status, 0);
}

/* Completion offers what the installed command has. */
static void test_completion(void **state)
{
	(void)state;
	complete("he", "1");
	assert_string_equal(r.out, "help\n");
	complete("--v", "1");
	assert_string_equal(r.out, "--version\n");
	complete("help rep", "2");
	assert_string_equal(r.out, "repeat\nreplay\nreport\n");
	complete("gen file", "2");
	assert_string_equal(r.out, "file-server\n");
	complete("gen pkmap-storm le", "3");
	assert_string_equal(r.out, "leak-every=\n");
	complete("replay --sa", "2");
	assert_string_equal(r.out, "--salvage\n--sample\n--samples\n");
	complete("replay --machine x86_32-4", "3");
	assert_string_equal(r.out, "x86_32-4g\nx86_32-4g-pae\n");
	complete("import --format tra", "3");
	assert_string_equal(r.out, "trace-cmd\ntrace.dat\n");
	complete("import -f pe", "3");
	assert_string_equal(r.out, "perf\nperf.data\n");
	complete("import --format = ft", "4");
	assert_string_equal(r.out, "ftrace\n");
}

static void test_uninstall(void **state)
{
	(void)state;
	shell("MAKEFLAGS= make -s uninstall PREFIX=/opt/mm DESTDIR=%s && find %s -type f", dir, dir);
	assert_int_equal(r.status, 0);
	assert_null(strstr(r.out, "/opt/mm"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_command),
		cmocka_unit_test(test_library),
		cmocka_unit_test(test_benchmark_with_library),
		cmocka_unit_test(test_symbols),
		cmocka_unit_test(test_completion),
		cmocka_unit_test(test_uninstall),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
