/* SPDX-License-Identifier: MIT
 *
 * Input from a regular file or a pipe (see input.h).
 */
#include "traces/format/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/stop.h"

int input_open(struct input *in, const char *path, struct mm_error *err)
{
	struct stat st;
	int code;

	memset(in, 0, sizeof(*in));
	in->path = strdup(strcmp(path, "-") ? path : "(stdin)");
	if (!in->path)
		return mm_fail(err, -ENOMEM, "%s: out of memory", path);
	in->fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
	if (in->fd >= 0 && !fstat(in->fd, &st)) {
		if (!S_ISDIR(st.st_mode)) {
			in->seekable = S_ISREG(st.st_mode);
			in->size = in->seekable ? (uint64_t)st.st_size : 0;
			return 0;
		}
		errno = EISDIR;
	}
	code = errno;
	mm_fail(err, -code, "%s: cannot open: %s", in->path, strerror(code));
	input_close(in);
	return -code;
}

void input_close(struct input *in)
{
	if (in->fd >= 0)
		close(in->fd);
	free(in->path);
	in->path = NULL;
	in->fd = -1;
}

int input_read(struct input *in, void *buf, size_t n, size_t *got, struct mm_error *err)
{
	uint8_t *p = buf;

	*got = 0;
	while (*got < n) {
		ssize_t r = in->seekable ?
			pread(in->fd, p + *got, n - *got, (off_t)in->offset) :
			read(in->fd, p + *got, n - *got);

		if (r < 0 && errno == EINTR && !stop_requested())
			continue;
		if (r < 0)
			return mm_fail(err, -errno, "%s: cannot read at offset %llu: %s", in->path,
				       (unsigned long long)in->offset, strerror(errno));
		if (!r)
			return 0;
		*got += (size_t)r;
		in->offset += (uint64_t)r;
	}
	return 0;
}
