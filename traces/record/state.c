/* SPDX-License-Identifier: MIT
 *
 * Copies of /proc files, as "replay --state" reads them.
 *
 * The files should be of one moment, and what is written in between changes
 * what the next one tells.  So all are first read into memory, the two large
 * ones (8 bytes for each page frame) right after one another and compressed
 * while they are read; the folder is written when the last is read.
 */
#include "traces/record/state.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

#define CHUNK (1u << 18)
#define MARKER "zoneinfo.zst"

static const char *const files[] = {
	"zoneinfo", "buddyinfo", "pagetypeinfo", "kpageflags", "kpagecount", "vmallocinfo",
	"slabinfo", "meminfo", "iomem", "cmdline",
};

enum { NR_FILES = sizeof(files) / sizeof(files[0]) };

struct copy {
	char *data;
	size_t size, cap;
};

static int make_room(struct copy *c, size_t n)
{
	char *grown;

	if (c->cap - c->size >= n)
		return 0;
	c->cap = c->cap * 2 + n;
	grown = realloc(c->data, c->cap);
	if (!grown)
		return -ENOMEM;
	c->data = grown;
	return 0;
}

/* Compress what was read; end: the frame too. */
static int pack(ZSTD_CCtx *z, struct copy *c, const void *p, size_t n, ZSTD_EndDirective end)
{
	ZSTD_inBuffer in = { p, n, 0 };
	ZSTD_outBuffer out;
	size_t left;

	do {
		if (make_room(c, ZSTD_CStreamOutSize()))
			return -ENOMEM;
		out = (ZSTD_outBuffer){ c->data + c->size, c->cap - c->size, 0 };
		left = ZSTD_compressStream2(z, &out, &in, end);
		if (ZSTD_isError(left))
			return -EIO;
		c->size += out.pos;
	} while (in.pos < in.size || (end == ZSTD_e_end && left));
	return 0;
}

/* -errno of the file, when it cannot be read. */
static int copy_file(ZSTD_CCtx *z, const char *name, struct copy *c, char *chunk)
{
	char path[64];
	ssize_t n;
	int fd, e = 0;

	snprintf(path, sizeof(path), "/proc/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	ZSTD_CCtx_reset(z, ZSTD_reset_session_only);
	while (!e && (n = read(fd, chunk, CHUNK)) != 0) {
		if (n < 0 && errno != EINTR)
			e = -errno;
		else if (n > 0)
			e = pack(z, c, chunk, n, ZSTD_e_continue);
	}
	if (!e)
		e = pack(z, c, NULL, 0, ZSTD_e_end);
	close(fd);
	return e;
}

static int write_copy(const char *dir, const char *name, const struct copy *c, struct mm_error *err)
{
	char path[4300];
	FILE *f;
	int e = 0;

	snprintf(path, sizeof(path), "%s/%s.zst", dir, name);
	f = fopen(path, "w");
	if (!f)
		return mm_fail(err, -errno, "%s: %s", path, strerror(errno));
	if (fwrite(c->data, 1, c->size, f) != c->size)
		e = mm_fail(err, -EIO, "%s: %s", path, strerror(errno));
	if (fclose(f) && !e)
		e = mm_fail(err, -errno, "%s: %s", path, strerror(errno));
	return e;
}

static void note_missing(char *missing, size_t size, const char *name)
{
	size_t n = strlen(missing);

	if (!strstr(missing, name))
		snprintf(missing + n, size - n, "%s%s", n ? ", " : "", name);
}

struct out_dir *state_copy(const char *path, char *missing, size_t size, struct mm_error *err)
{
	struct out_dir *dir = out_dir_begin(path, MARKER, err);
	struct copy copies[NR_FILES] = { { NULL, 0, 0 } };
	ZSTD_CCtx *z = ZSTD_createCCtx();
	char *chunk = malloc(CHUNK);
	unsigned int i, got = 0;
	int e = !dir ? -EIO : z && chunk ? 0 : mm_fail(err, -ENOMEM, "out of memory");

	for (i = 0; !e && i < NR_FILES; i++) {
		if (copy_file(z, files[i], &copies[i], chunk)) {
			note_missing(missing, size, files[i]);
			copies[i].size = 0;
		}
	}
	for (i = 0; !e && i < NR_FILES; i++) {
		if (!copies[i].size)
			continue;
		e = write_copy(out_dir_path(dir), files[i], &copies[i], err);
		got++;
	}
	if (!e && !got)
		e = mm_fail(err, -ENOENT, "/proc: none of the files that tell the machine's state can be read");
	for (i = 0; i < NR_FILES; i++)
		free(copies[i].data);
	free(chunk);
	ZSTD_freeCCtx(z);
	if (!e)
		return dir;
	out_dir_abort(dir);
	return NULL;
}
