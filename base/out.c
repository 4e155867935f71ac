/* SPDX-License-Identifier: MIT
 * Atomic output by rename(2), for files. */
#include "base/out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct out_file {
	FILE *f;
	char *path, *tmp;
};

int out_mkdirs(const char *path, struct mm_error *err)
{
	char *copy = strdup(path);
	char *p = copy;
	int r = 0;

	if (!copy)
		return mm_fail(err, -ENOMEM, "%s: out of memory", path);
	while (!r && *p) {
		char c;

		p += strspn(p, "/");
		p += strcspn(p, "/");
		c = *p;
		*p = '\0';
		if (mkdir(copy, 0777) && errno != EEXIST)
			r = mm_fail(err, -errno, "%s: cannot make the folder: %s", copy,
				    strerror(errno));
		*p = c;
	}
	free(copy);
	return r;
}

static int make_folder_of(const char *path, struct mm_error *err)
{
	const char *slash = strrchr(path, '/');
	char *dir;
	int r;

	if (!slash || slash == path)
		return 0;
	dir = strndup(path, (size_t)(slash - path));
	if (!dir)
		return mm_fail(err, -ENOMEM, "%s: out of memory", path);
	r = out_mkdirs(dir, err);
	free(dir);
	return r;
}

static void free_file(struct out_file *o)
{
	free(o->path);
	free(o->tmp);
	free(o);
}

struct out_file *out_open(const char *path, FILE **f, struct mm_error *err)
{
	struct out_file *o = calloc(1, sizeof(*o));

	if (!o || !(o->path = strdup(path)) ||
	    asprintf(&o->tmp, "%s.%ld.tmp", path, (long)getpid()) < 0) {
		mm_fail(err, -ENOMEM, "%s: out of memory", path);
		goto fail;
	}
	if (make_folder_of(path, err))
		goto fail;
	o->f = fopen(o->tmp, "we");
	if (!o->f) {
		mm_fail(err, -errno, "%s: cannot write: %s", path, strerror(errno));
		goto fail;
	}
	*f = o->f;
	return o;
fail:
	if (o)
		free_file(o);
	return NULL;
}

int out_commit(struct out_file *o, struct mm_error *err)
{
	int r = 0;

	errno = 0;
	if (fflush(o->f) || ferror(o->f))
		r = errno ? -errno : -EIO;
	/* EINVAL: the target is no regular file and has nothing to sync. */
	if (!r && fsync(fileno(o->f)) && errno != EINVAL)
		r = -errno;
	if (fclose(o->f) && !r)
		r = -errno;
	if (!r && rename(o->tmp, o->path))
		r = -errno;
	if (r) {
		mm_fail(err, r, "%s: cannot write: %s", o->path, strerror(-r));
		unlink(o->tmp);
	}
	free_file(o);
	return r;
}

void out_abort(struct out_file *o)
{
	if (!o)
		return;
	fclose(o->f);
	unlink(o->tmp);
	free_file(o);
}
