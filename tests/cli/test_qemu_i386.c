/* SPDX-License-Identifier: MIT
 * traces/record/qemu-i386: what it refuses before anything is fetched, and that
 * the guest's program can be compiled and takes a snapshot where the host's
 * kernel runs 32-bit programs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <cmocka.h>

#include "tests/cli/run_cmd.h"

#define SCRIPT "traces/record/qemu-i386"

static struct run r;

static void refused(const char *const *argv, const char *sentence)
{
	run_program(&r, argv);
	assert_int_equal(r.status, 2);
	if (!strstr(r.err, sentence))
		fail_msg("expected '%s' in: %s", sentence, r.err);
}

#define REFUSED(sentence, ...) refused((const char *const[]){ SCRIPT, __VA_ARGS__, NULL }, sentence)

static void bad_options(void **state)
{
	(void)state;
	REFUSED("--ram: found '1g', expected a number from 128 to 65536", "--ram", "1g", "--", "true");
	REFUSED("--ram: found 16, expected 128 to 65536", "--ram=16", "--", "true");
	REFUSED("--ram: found 4096; QEMU's tcg", "--ram", "4096", "--", "true");
	REFUSED("--cpus: found 9, expected 1 to 8", "--cpus", "9", "--", "true");
	REFUSED("--dir: '/nonexistent' is no folder", "--dir", "/nonexistent", "--", "true");
	REFUSED("unknown option '--stack'", "--stack", "x", "--", "true");
	REFUSED("--output: expected a value after it", "--output");
	REFUSED("expected a command", "--ram", "512");
	REFUSED("docs exists", "-o", "docs", "--", "true");
}

static void help(void **state)
{
	(void)state;
	run_program(&r, (const char *const[]){ SCRIPT, "--help", NULL });
	assert_int_equal(r.status, 0);
	assert_non_null(strstr(r.out, "--packages LIST"));
}

static const char try[] =
	"cd $1 && gcc -m32 -O2 -Wall -Wextra -Werror -ffreestanding -fno-stack-protector -fno-pic -no-pie"
	" -nostdlib -static -o gsnap \"$OLDPWD/traces/record/qemu/gsnap.c\" || exit 1\n"
	"./gsnap; [ $? = 2 ] || exit 77\n"
	"mkdir out && ./gsnap before out 1024";

static void guest_program(void **state)
{
	static const char *const files[] = { "zoneinfo", "buddyinfo", "vmstat", "meminfo" };
	char dir[64], path[128];
	struct stat st;
	size_t i;

	(void)state;
	run_make_dir(dir);
	run_program(&r, (const char *const[]){ "sh", "-c", try, "sh", dir, NULL });
	if (r.status == 77) {
		run_rm_dir(dir);
		print_message("this host's kernel runs no 32-bit programs\n");
		skip();
	}
	assert_int_equal(r.status, 0);
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/out/%s", dir, files[i]);
		assert_int_equal(stat(path, &st), 0);
		assert_true(st.st_size > 0);
	}
	run_rm_dir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_options),
		cmocka_unit_test(help),
		cmocka_unit_test(guest_program),
	};

	return cmocka_run_group_tests_name("qemu-i386", tests, NULL, NULL);
}
