/* SPDX-License-Identifier: MIT
 *
 * Output to a file that appears only when whole: PATH.tmp-PID in the same
 * folder (so that the rename stays within one file system), fsync, rename.
 */
#include "traces/format/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int fail_errno(struct output *o, const char *what, struct mm_error *err)
{
	int code = errno;

	return mm_fail(err, -code, "%s: cannot %s at offset %llu: %s", o->path, what,
		       (unsigned long long)o->offset, strerror(code));
}

/* Devices and pipes are written directly: renaming over them would replace them.
 * DO_RENAME: a regular file, or none yet. */
#define DO_RENAME -2
static int open_direct(const char *path)
{
	struct stat st;

	if (!strcmp(path, "-"))
		return dup(STDOUT_FILENO);
	if (!stat(path, &st) && !S_ISREG(st.st_mode))
		return open(path, O_WRONLY | O_CLOEXEC);
	return DO_RENAME;
}

int output_open(struct output *o, const char *path, struct mm_error *err)
{
	int rc;

	memset(o, 0, sizeof(*o));
	o->path = strdup(strcmp(path, "-") ? path : "(stdout)");
	if (!o->path)
		return mm_fail(err, -ENOMEM, "%s: out of memory", path);
	o->fd = open_direct(path);
	if (o->fd == DO_RENAME) {
		if (asprintf(&o->temp, "%s.tmp-%ld", path, (long)getpid()) < 0) {
			o->temp = NULL;
			free(o->path);
			return mm_fail(err, -ENOMEM, "%s: out of memory", path);
		}
		unlink(o->temp);
		o->fd = open(o->temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	}
	if (o->fd >= 0)
		return 0;
	rc = fail_errno(o, "create the file", err);
	free(o->temp);
	free(o->path);
	return rc;
}

int output_write(struct output *o, const void *data, size_t n, struct mm_error *err)
{
	const char *p = data;

	while (n) {
		ssize_t w = write(o->fd, p, n);

		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return fail_errno(o, "write", err);
		p += w;
		n -= (size_t)w;
		o->offset += (uint64_t)w;
	}
	return 0;
}

int output_commit(struct output *o, struct mm_error *err)
{
	int rc = 0;

	if (o->temp && fsync(o->fd))
		rc = fail_errno(o, "flush the file to disk", err);
	if (close(o->fd) && !rc)
		rc = fail_errno(o, "close the file", err);
	if (o->temp && !rc && rename(o->temp, o->path))
		rc = fail_errno(o, "rename the finished file", err);
	if (o->temp && rc)
		unlink(o->temp);
	free(o->temp);
	free(o->path);
	return rc;
}

void output_abort(struct output *o)
{
	close(o->fd);
	if (o->temp)
		unlink(o->temp);
	free(o->temp);
	free(o->path);
}
