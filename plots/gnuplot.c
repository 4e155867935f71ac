/* SPDX-License-Identifier: MIT
 * posix_spawnp and waitpid.  Standard output and error go to one file and not
 * to a pipe: nothing can fill up and block, and the text is still there for
 * the error sentence. */
#include "plots/gnuplot.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

/* The environment with the C.UTF-8 locale: decimal points, English messages. */
static char **plain_environment(void)
{
	size_t i, n = 0, k = 0;
	char **env;

	while (environ[n])
		n++;
	env = calloc(n + 2, sizeof(*env));
	if (!env)
		return NULL;
	for (i = 0; i < n; i++)
		if (strncmp(environ[i], "LC_", 3) && strncmp(environ[i], "LANG", 4) &&
		    strncmp(environ[i], "GNUPLOT", 7))
			env[k++] = environ[i];
	env[k] = (char *)"LC_ALL=C.UTF-8";
	return env;
}

static int spawn(char *const argv[], const char *log, pid_t *pid)
{
	char **env = plain_environment();
	posix_spawn_file_actions_t io;
	int r;

	if (!env)
		return ENOMEM;
	r = posix_spawn_file_actions_init(&io);
	if (r) {
		free(env);
		return r;
	}
	r = posix_spawn_file_actions_addopen(&io, 0, "/dev/null", O_RDONLY, 0);
	if (!r)
		r = posix_spawn_file_actions_addopen(&io, 1, log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	if (!r)
		r = posix_spawn_file_actions_adddup2(&io, 1, 2);
	if (!r)
		r = posix_spawnp(pid, argv[0], &io, NULL, argv, env);
	posix_spawn_file_actions_destroy(&io);
	free(env);
	return r;
}

/* The last line of log that is gnuplot's own (before it gnuplot repeats the
 * command that it could not follow); false when there is none. */
static bool complaint(const char *log, char *last, size_t size)
{
	FILE *f = fopen(log, "re");
	char line[512];
	bool found = false;

	if (!f)
		return false;
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		if (!line[strspn(line, " \t^")] || strstr(line, "Fontconfig"))
			continue;
		snprintf(last, size, "%s", line + strspn(line, " \t"));
		found = true;
	}
	fclose(f);
	return found;
}

static int run(char *const argv[], const char *log, struct mm_error *err)
{
	pid_t pid;
	int status, r = spawn(argv, log, &pid);

	if (r == ENOENT)
		return mm_fail(err, -ENOENT,
			       "gnuplot: found no such program on the PATH; charts need gnuplot 5.4 or later with the pngcairo and svg terminals (Debian: apt-get install gnuplot-nox)");
	if (r)
		return mm_fail(err, -r, "gnuplot: cannot start: %s", strerror(r));
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return mm_fail(err, -errno, "gnuplot: cannot wait for it: %s", strerror(errno));
	if (WIFSIGNALED(status))
		return mm_fail(err, -EINTR, "gnuplot: ended by signal %d (%s)", WTERMSIG(status),
			       strsignal(WTERMSIG(status)));
	return WEXITSTATUS(status);
}

int gnuplot_run(const char *script, const char *log, struct mm_error *err)
{
	char *argv[] = { (char *)"gnuplot", (char *)"-d", (char *)script, NULL };
	char line[256] = "nothing";
	int r = run(argv, log, err);
	bool said;

	if (r < 0)
		return r;
	said = complaint(log, line, sizeof(line));
	if (r || said)
		return mm_fail(err, -EIO, "gnuplot: %s: ended with status %d and said: %s", script, r, line);
	return 0;
}

int gnuplot_version(char *buf, size_t size, const char *log, struct mm_error *err)
{
	char *argv[] = { (char *)"gnuplot", (char *)"--version", NULL };
	char line[256];
	int r = run(argv, log, err);

	if (r < 0)
		return r;
	if (r || !complaint(log, line, sizeof(line)))
		return mm_fail(err, -EIO, "gnuplot --version: ended with status %d and no version line", r);
	snprintf(buf, size, "%s", line);
	return 0;
}
