/* SPDX-License-Identifier: MIT
 * Atomic output by rename(2), for directories.  An earlier result is replaced
 * with RENAME_EXCHANGE, so that at every moment one whole directory stands
 * under the name; the old one is removed afterwards. */
#include "base/out.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct out_dir {
	char *path, *tmp;
};

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int sync_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	int fd, r;

	(void)st;
	(void)ftw;
	if (type != FTW_F && type != FTW_DP)
		return 0;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	r = fsync(fd) && errno != EINVAL ? errno : 0;
	close(fd);
	return r;
}

static bool is_empty(const char *path)
{
	const struct dirent *e;
	DIR *d = opendir(path);
	bool empty = true;

	if (!d)
		return false;
	while (empty && (e = readdir(d)))
		empty = !strcmp(e->d_name, ".") || !strcmp(e->d_name, "..");
	closedir(d);
	return empty;
}

/* May what stands at path be replaced? */
static int check_target(const char *path, const char *marker, struct mm_error *err)
{
	struct stat st;
	char *file;
	bool marked;

	if (lstat(path, &st))
		return errno == ENOENT ? 0 : mm_fail(err, -errno, "%s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return mm_fail(err, -EEXIST,
			       "%s: exists and is not a folder; give another name", path);
	if (is_empty(path))
		return 0;
	if (asprintf(&file, "%s/%s", path, marker) < 0)
		return mm_fail(err, -ENOMEM, "%s: out of memory", path);
	marked = access(file, F_OK) == 0;
	free(file);
	if (!marked)
		return mm_fail(err, -EEXIST,
			       "%s: the folder is not empty and has no %s, so it is not replaced",
			       path, marker);
	return 0;
}

static void free_dir(struct out_dir *d)
{
	free(d->path);
	free(d->tmp);
	free(d);
}

struct out_dir *out_dir_begin(const char *path, const char *marker, struct mm_error *err)
{
	struct out_dir *d = calloc(1, sizeof(*d));
	size_t len;

	if (!d || !(d->path = strdup(path)))
		goto no_memory;
	for (len = strlen(d->path); len > 1 && d->path[len - 1] == '/'; len--)
		d->path[len - 1] = '\0';
	if (asprintf(&d->tmp, "%s.%ld.tmp", d->path, (long)getpid()) < 0) {
		d->tmp = NULL;
		goto no_memory;
	}
	if (check_target(d->path, marker, err))
		goto fail;
	remove_tree(d->tmp); /* of a killed process with the same id */
	if (out_mkdirs(d->tmp, err))
		goto fail;
	return d;
no_memory:
	mm_fail(err, -ENOMEM, "%s: out of memory", path);
fail:
	if (d)
		free_dir(d);
	return NULL;
}

const char *out_dir_path(const struct out_dir *d)
{
	return d->tmp;
}

/* rename() replaces nothing or an empty folder; an earlier result is swapped. */
static int put_in_place(const struct out_dir *d)
{
	if (rename(d->tmp, d->path) == 0)
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return -errno;
	if (renameat2(AT_FDCWD, d->tmp, AT_FDCWD, d->path, RENAME_EXCHANGE) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -errno;
	/* A file system without exchange: the name is free for a moment. */
	remove_tree(d->path);
	return rename(d->tmp, d->path) ? -errno : 0;
}

int out_dir_commit(struct out_dir *d, struct mm_error *err)
{
	int r = -nftw(d->tmp, sync_one, 16, FTW_DEPTH | FTW_PHYS);

	if (!r)
		r = put_in_place(d);
	if (r)
		mm_fail(err, r, "%s: cannot put the result in place: %s", d->path, strerror(-r));
	remove_tree(d->tmp); /* what was replaced, or what could not be placed */
	free_dir(d);
	return r;
}

void out_dir_abort(struct out_dir *d)
{
	if (!d)
		return;
	remove_tree(d->tmp);
	free_dir(d);
}
