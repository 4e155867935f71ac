/* SPDX-License-Identifier: MIT
 * progress and stop: what a person at a terminal sees and can do. */
#include <poll.h>
#include <pty.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/progress.h"
#include "base/stop.h"

static void pause_ms(long ms)
{
	struct timespec ts = { 0, ms * 1000000 };

	nanosleep(&ts, NULL);
}

/* What a progress line of two updates, 110 ms apart, writes to `out`. */
static void run_progress(FILE *out)
{
	struct progress p;
	int i;

	progress_begin(&p, out, "replaying", "operations");
	for (i = 0; i < 1000; i++)
		progress_update(&p, 100, 0.1); /* throttled: within the first 100 ms */
	pause_ms(110);
	progress_update(&p, 1500000, 0.5);
	progress_end(&p);
}

static size_t on_pty(char *text, size_t size)
{
	int master, slave;
	struct pollfd pfd = { .events = POLLIN };
	size_t n = 0;
	FILE *out;

	if (openpty(&master, &slave, NULL, NULL, NULL))
		skip(); /* a container without /dev/pts */
	out = fdopen(slave, "w");
	assert_non_null(out);
	run_progress(out);
	fflush(out);
	pfd.fd = master; /* a terminal hands over in pieces, each a moment later */
	while (n < size - 1 && poll(&pfd, 1, 200) == 1) {
		ssize_t r = read(master, text + n, size - 1 - n);

		assert_true(r > 0);
		n += (size_t)r;
	}
	text[n] = '\0';
	fclose(out);
	close(master);
	return n;
}

static void test_progress_terminal(void **state)
{
	char text[4096];
	size_t n;

	(void)state;
	setenv("TERM", "xterm", 1);
	unsetenv("NO_COLOR");
	n = on_pty(text, sizeof(text));
	assert_memory_equal(text, "\r\033[1mreplaying\033[0m   50 %  1.50 M operations  ", 40);
	assert_non_null(strstr(text, "/s  "));
	assert_non_null(strstr(text, " left"));
	assert_int_equal(text[n - 1], '\r'); /* the line is wiped at the end */
	setenv("NO_COLOR", "1", 1);
	on_pty(text, sizeof(text));
	assert_memory_equal(text, "\rreplaying   50 %", 17);
	assert_null(strchr(text, '\033'));
}

static void test_progress_file(void **state)
{
	FILE *f = tmpfile();

	(void)state;
	run_progress(f);
	fflush(f);
	assert_int_equal(ftell(f), 0);
	fclose(f);
}

/* The first signal sets the flag, the second one kills. */
static void test_stop(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (!pid) {
		signal(SIGINT, SIG_DFL);
		stop_install();
		if (stop_requested() || stop_status() != 0)
			_exit(1);
		raise(SIGINT);
		if (!stop_requested() || stop_status() != 128 + SIGINT)
			_exit(2);
		raise(SIGINT);
		_exit(3);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGINT);
}

static void test_stop_ignored(void **state)
{
	int status;
	pid_t pid = fork();

	(void)state;
	if (!pid) {
		signal(SIGINT, SIG_IGN); /* as in a shell's background job */
		stop_install();
		raise(SIGINT);
		_exit(stop_requested() ? 1 : 0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_progress_terminal),
		cmocka_unit_test(test_progress_file),
		cmocka_unit_test(test_stop),
		cmocka_unit_test(test_stop_ignored),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
