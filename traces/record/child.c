/* SPDX-License-Identifier: MIT
 *
 * The command's process: made before tracing is on, so that its number can be
 * given to a filter, and let go when all is ready.
 */
#include "traces/record/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void close_pipe(int fd[2])
{
	close(fd[0]);
	close(fd[1]);
}

static void run(int go, int failed, char *const *argv)
{
	char word;
	ssize_t n;
	int e;

	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
	do
		n = read(go, &word, 1);
	while (n < 0 && errno == EINTR);
	if (n != 1)
		_exit(0); /* the recorder gave up */
	execvp(argv[0], argv);
	e = errno;
	n = write(failed, &e, sizeof(e));
	_exit(n == sizeof(e) ? 127 : 126);
}

int child_prepare(struct child *c, char *const *argv, struct mm_error *err)
{
	int go[2], failed[2];

	memset(c, 0, sizeof(*c));
	if (pipe2(go, O_CLOEXEC))
		return mm_fail(err, -errno, "no pipe: %s", strerror(errno));
	if (pipe2(failed, O_CLOEXEC)) {
		close_pipe(go);
		return mm_fail(err, -errno, "no pipe: %s", strerror(errno));
	}
	c->pid = fork();
	if (!c->pid) {
		close(go[1]);
		run(go[0], failed[1], argv);
	}
	close(go[0]);
	close(failed[1]);
	c->go = go[1];
	c->failed = failed[0];
	if (c->pid > 0)
		return 0;
	c->pid = 0;
	close(c->go);
	close(c->failed);
	return mm_fail(err, -errno, "%s: no process for it: %s", argv[0], strerror(errno));
}

int child_go(struct child *c, const char *name, struct mm_error *err)
{
	ssize_t n;
	int e = 0;

	if (write(c->go, "g", 1) != 1)
		return mm_fail(err, -errno, "%s: %s", name, strerror(errno));
	do
		n = read(c->failed, &e, sizeof(e)); /* its end: the command runs */
	while (n < 0 && errno == EINTR);
	return n == sizeof(e) ? mm_fail(err, -e, "%s: %s", name, strerror(e)) : 0;
}

bool child_ended(struct child *c)
{
	int status;

	if (!c->pid)
		return true;
	if (waitpid(c->pid, &status, WNOHANG) != c->pid)
		return false;
	c->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	c->pid = 0;
	close(c->go);
	close(c->failed);
	return true;
}

void child_wait(struct child *c, int sig)
{
	struct timespec nap = { 0, 10000000 };

	if (c->pid && sig)
		kill(c->pid, sig);
	if (c->pid && c->go >= 0) {
		close(c->go); /* one that still waits ends */
		c->go = -1;
	}
	while (!child_ended(c))
		nanosleep(&nap, NULL);
}
