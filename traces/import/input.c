/* SPDX-License-Identifier: MIT
 *
 * Open an input and find its format.
 *
 * The whole file is mapped: the page readers then work without copying, and
 * the kernel reads ahead.  Behind the file lies one anonymous page, so that a
 * reader that looks a few bytes past a damaged end finds zeros, not a fault.
 */
#include "traces/import/input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>

#define GUARD 4096
#define ZSTD_FILE_MAGIC 0xfd2fb528u	/* RFC 8878, 3.1.1 */
#define COPY_SIZE (1u << 20)

static const struct import_source_ops *const sources[] = {
	&import_dat_ops, &import_perf_data_ops, &import_perf_ops, &import_ftrace_ops, &import_report_ops,
};

enum { NR_SOURCES = sizeof(sources) / sizeof(sources[0]) };

static int temp_fd(struct mm_error *err)
{
	const char *dir = getenv("TMPDIR");
	char name[4096];
	int fd;

	snprintf(name, sizeof(name), "%s/mmreplay-import-XXXXXX", dir && *dir ? dir : "/tmp");
	fd = mkstemp(name);
	if (fd < 0)
		return mm_fail(err, -errno, "%s: cannot make a temporary file: %s", name,
			       strerror(errno));
	unlink(name);
	return fd;
}

static int write_all(int fd, const char *p, size_t n, struct mm_error *err)
{
	ssize_t w;

	while (n) {
		w = write(fd, p, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return mm_fail(err, -errno, "temporary file: %s", strerror(errno));
		p += w;
		n -= w;
	}
	return 0;
}

/* Copy a pipe to a temporary file; returns the new descriptor. */
static int spool(int from, const char *path, struct mm_error *err)
{
	char *buf = malloc(COPY_SIZE);
	int to = buf ? temp_fd(err) : mm_fail(err, -ENOMEM, "out of memory");
	ssize_t n;
	int e = to < 0 ? to : 0;

	while (!e) {
		n = read(from, buf, COPY_SIZE);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			e = mm_fail(err, -errno, "%s: %s", path, strerror(errno));
		if (n <= 0)
			break;
		e = write_all(to, buf, n, err);
	}
	free(buf);
	if (e && to >= 0)
		close(to);
	return e ? e : to;
}

static int map_fd(struct import_input *in, int fd, struct mm_error *err)
{
	struct stat st;
	uint8_t *area;

	if (fstat(fd, &st))
		return mm_fail(err, -errno, "%s: %s", in->path, strerror(errno));
	if (!st.st_size)
		return mm_fail(err, -EINVAL, "%s: the file is empty; expected a trace.dat, a perf.data or the text of a trace",
			       in->path);
	in->size = st.st_size;
	in->map_size = ((size_t)st.st_size + GUARD - 1) / GUARD * GUARD + GUARD;
	area = mmap(NULL, in->map_size, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (area == MAP_FAILED)
		return mm_fail(err, -errno, "%s: cannot map %llu bytes: %s", in->path,
			       (unsigned long long)in->size, strerror(errno));
	in->data = area;
	if (mmap(area, in->size, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0) == MAP_FAILED)
		return mm_fail(err, -errno, "%s: cannot map: %s", in->path, strerror(errno));
	madvise(area, in->size, MADV_SEQUENTIAL);
	return 0;
}

/* Unpack the mapped zstd file into a temporary file. */
static int unpack(const struct import_input *in, struct mm_error *err)
{
	ZSTD_inBuffer src = { in->data, in->size, 0 };
	ZSTD_DCtx *d = ZSTD_createDCtx();
	char *buf = malloc(COPY_SIZE);
	int fd, e = 0;
	size_t r = 1;

	fd = d && buf ? temp_fd(err) : mm_fail(err, -ENOMEM, "out of memory");
	if (fd < 0)
		e = fd;
	while (!e && src.pos < src.size) {
		ZSTD_outBuffer dst = { buf, COPY_SIZE, 0 };

		r = ZSTD_decompressStream(d, &dst, &src);
		if (ZSTD_isError(r))
			e = mm_fail(err, -EBADMSG, "%s: damaged zstd data before offset %zu: %s",
				    in->path, src.pos, ZSTD_getErrorName(r));
		else
			e = write_all(fd, buf, dst.pos, err);
	}
	while (!e && r) { /* what the decoder still holds */
		ZSTD_outBuffer dst = { buf, COPY_SIZE, 0 };

		r = ZSTD_decompressStream(d, &dst, &src);
		if (ZSTD_isError(r) || !dst.pos)
			e = mm_fail(err, -EBADMSG, "%s: the zstd data is cut at offset %llu, in the middle of a frame",
				    in->path, (unsigned long long)in->size);
		else
			e = write_all(fd, buf, dst.pos, err);
	}
	free(buf);
	ZSTD_freeDCtx(d);
	if (e && fd >= 0)
		close(fd);
	return e ? e : fd;
}

static bool is_zstd(const struct import_input *in)
{
	uint32_t magic;

	memcpy(&magic, in->data, sizeof(magic)); /* the guard page covers short files */
	return magic == ZSTD_FILE_MAGIC;
}

int import_input_open(struct import_input *in, const char *path, struct mm_error *err)
{
	struct stat st;
	int fd, fd2, e;

	memset(in, 0, sizeof(*in));
	in->path = strcmp(path, "-") ? path : "standard input";
	fd = strcmp(path, "-") ? open(path, O_RDONLY | O_CLOEXEC) : dup(STDIN_FILENO);
	if (fd < 0)
		return mm_fail(err, -errno, "%s: %s", in->path, strerror(errno));
	if (!fstat(fd, &st) && S_ISDIR(st.st_mode)) {
		close(fd);
		return mm_fail(err, -EISDIR, "%s: a directory; expected a file", in->path);
	}
	if (fstat(fd, &st) || !S_ISREG(st.st_mode)) {
		fd2 = spool(fd, in->path, err);
		close(fd);
		if (fd2 < 0)
			return fd2;
		fd = fd2;
	}
	e = map_fd(in, fd, err);
	close(fd);
	if (!e && is_zstd(in)) {
		fd = unpack(in, err);
		import_input_close(in);
		in->path = strcmp(path, "-") ? path : "standard input";
		e = fd < 0 ? fd : map_fd(in, fd, err);
		if (fd >= 0)
			close(fd);
	}
	if (e)
		import_input_close(in);
	return e;
}

void import_input_close(struct import_input *in)
{
	if (in->data)
		munmap((void *)in->data, in->map_size);
	memset(in, 0, sizeof(*in));
}

struct import_source *import_input_source(const struct import_input *in, const char *format,
				   const struct import_roles *roles, struct mm_error *err)
{
	bool any = !format || !strcmp(format, "auto"), text = format && !strcmp(format, "text");
	int i;

	for (i = 0; i < NR_SOURCES; i++) {
		if (text && (sources[i] == &import_dat_ops || sources[i] == &import_perf_data_ops))
			continue;
		if (any || text ? sources[i]->match(in) : !strcmp(format, sources[i]->name))
			return sources[i]->open(in, roles, err);
	}
	mm_fail(err, -EINVAL, "%s: neither a trace.dat (17 08 44 \"tracing\") nor a perf.data (\"PERFILE2\") nor the text of a trace as trace-cmd report, perf script or tracefs print it",
		in->path);
	return NULL;
}
