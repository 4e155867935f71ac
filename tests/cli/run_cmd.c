/* SPDX-License-Identifier: MIT
 * The helper of the CLI tests.  Output goes through unlinked temporary files,
 * not pipes: a program may fill both without anybody reading. */
#include "tests/cli/run_cmd.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MAX_ARGS = 32 };

static void die(const char *what)
{
	perror(what);
	exit(99);
}

static void slurp(FILE *f, char *buf, size_t size)
{
	size_t n;

	rewind(f);
	n = fread(buf, 1, size - 1, f);
	buf[n] = '\0';
	fclose(f);
}

void run_program(struct run *r, const char *const *argv)
{
	FILE *out = tmpfile(), *err = tmpfile();
	int status;
	pid_t pid;

	if (!out || !err)
		die("tmpfile");
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		die("fork");
	if (!pid) {
		int null = open("/dev/null", O_RDONLY);

		dup2(null, 0);
		dup2(fileno(out), 1);
		dup2(fileno(err), 2);
		execvp(argv[0], (char *const *)argv);
		_exit(127);
	}
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid");
	r->status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	slurp(out, r->out, sizeof(r->out));
	slurp(err, r->err, sizeof(r->err));
}

const char *run_binary(void)
{
	const char *env = getenv("MMREPLAY");

	return env && *env ? env : "build/mmreplay";
}

void run_mmreplay(struct run *r, const char *const *args)
{
	const char *argv[MAX_ARGS];
	int n = 0;

	argv[n++] = run_binary();
	while (*args && n < MAX_ARGS - 1)
		argv[n++] = *args++;
	argv[n] = NULL;
	run_program(r, argv);
}

struct run *run_mmreplay_args(const char *const *args)
{
	static struct run r;

	run_mmreplay(&r, args);
	return &r;
}

void run_make_dir(char dir[64])
{
	strcpy(dir, "/tmp/mmreplay-test-cli.XXXXXX");
	if (!mkdtemp(dir))
		die("mkdtemp");
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void run_rm_dir(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
