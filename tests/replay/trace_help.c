/* SPDX-License-Identifier: MIT
 * Small traces for tests. */
#include "tests/replay/trace_help.h"

#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void die(const char *what, const struct mm_error *err)
{
	fprintf(stderr, "%s: %s\n", what, err ? err->text : "failed");
	abort();
}

char *tt_mkdir(void)
{
	char *dir = strdup("/tmp/mmreplay-test-XXXXXX");

	if (!dir || !mkdtemp(dir))
		die("mkdtemp", NULL);
	return dir;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void tt_rmdir(char *dir)
{
	nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(dir);
}

void tt_open(struct tt *t, const char *dir, const char *name)
{
	struct mm_error err;

	memset(t, 0, sizeof(*t));
	snprintf(t->path, sizeof(t->path), "%s/%s", dir, name);
	t->w = mmt_create(t->path, NULL, &err);
	if (!t->w)
		die(t->path, &err);
	t->task = mmt_task(t->w, 100, "tester");
	t->site = mmt_site(t->w, "test_site+0x10");
}

void tt_close(struct tt *t)
{
	struct mm_error err;

	if (mmt_finish(t->w, NULL, &err))
		die(t->path, &err);
}

void tt_op(struct tt *t, struct trace_op op)
{
	struct mm_error err;

	if (op.time > t->time)
		t->time = op.time;
	op.time = t->time;
	if (!op.answer)
		op.answer = TRACE_NO_ANSWER;
	if (op.kind != TRACE_ITEM) {
		t->time += 1000;
		if (!op.task)
			op.task = t->task;
		if (!op.site && op.kind != TRACE_MARK)
			op.site = t->site;
	}
	if (mmt_write(t->w, &op, 1, &err))
		die(t->path, &err);
}

void tt_bulk(struct tt *t, struct trace_op op, uint32_t first, uint32_t n)
{
	struct mm_error err;
	struct trace_op all[257];
	uint32_t i;

	if (n > 256)
		die("tt_bulk: too many items", NULL);
	op.time = t->time;
	t->time += 1000;
	op.size = n;
	op.task = t->task;
	all[0] = op;
	for (i = 0; i < n; i++)
		all[1 + i] = (struct trace_op){ .kind = TRACE_ITEM, .time = op.time, .slot = first + i,
						.answer = TRACE_NO_ANSWER };
	if (mmt_write(t->w, all, n + 1, &err))
		die(t->path, &err);
}

char *tt_slurp(const char *dir, const char *name)
{
	char path[500];
	size_t n = 0, cap = 1 << 16;
	char *buf = malloc(cap);
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	if (!f || !buf) {
		perror(path);
		abort();
	}
	while (!feof(f)) {
		if (n + 1 == cap)
			buf = realloc(buf, cap *= 2);
		if (!buf)
			abort();
		n += fread(buf + n, 1, cap - n - 1, f);
	}
	buf[n] = '\0';
	fclose(f);
	return buf;
}

int tt_count(const char *dir, const char *prefix)
{
	DIR *d = opendir(dir);
	const struct dirent *e;
	int n = 0;

	if (!d)
		return 0;
	while ((e = readdir(d)))
		n += !strncmp(e->d_name, prefix, strlen(prefix));
	closedir(d);
	return n;
}
