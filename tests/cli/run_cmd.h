/* SPDX-License-Identifier: MIT
 * Run the built mmreplay as a user would and catch all that it says. */
#ifndef TESTS_CLI_RUN_CMD_H
#define TESTS_CLI_RUN_CMD_H

struct run {
	int status;		/* exit status; 128 + signal when killed */
	char out[65536];	/* stdout and stderr, NUL-terminated, cut if longer */
	char err[8192];
};

/* Run `mmreplay ARGS...` with an empty stdin; args ends with NULL. */
void run_mmreplay(struct run *r, const char *const *args);

/* Run any program, found through PATH. */
void run_program(struct run *r, const char *const *argv);

/* The binary under test: $MMREPLAY, else build/mmreplay. */
const char *run_binary(void);

/* run_mmreplay into a static struct run: MMREPLAY("info", path)->status */
#define MMREPLAY(...) run_mmreplay_args((const char *const[]){ __VA_ARGS__, NULL })
struct run *run_mmreplay_args(const char *const *args);

/* A private folder, removed by run_rm_dir with all in it. */
void run_make_dir(char dir[64]);
void run_rm_dir(const char *dir);

#endif
