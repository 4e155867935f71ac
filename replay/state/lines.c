/* SPDX-License-Identifier: MIT
 *
 * Lines of a file, through libzstd's streaming decoder or straight.
 *
 * Output is decoded into a buffer that holds the current line; a line that does
 * not fit makes it grow by half.  Finding the newline is memchr over bytes seen
 * once, so that a snapshot's line of megabytes costs one pass.
 */
#include "replay/state/lines.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zstd.h>

enum { IN_SIZE = 1 << 16, OUT_SIZE = 1 << 18, LINE_MAX_BYTES = 1 << 28 };

struct lines {
	char *path;
	FILE *f;
	ZSTD_DCtx *zstd;	/* NULL: plain text */
	bool frame_open;	/* a zstd frame has begun and not ended */
	bool pending;		/* the decoder may hold output that did not fit */
	ZSTD_inBuffer in;
	unsigned char in_buf[IN_SIZE];
	char *buf;
	size_t cap, start, seen, end;	/* line begins, searched up to, filled up to */
	unsigned int number;
	bool eof;
};

static char *join(const char *dir, const char *name, const char *ext)
{
	size_t n = strlen(dir) + strlen(name) + strlen(ext) + 2;
	char *s = malloc(n);

	if (s)
		snprintf(s, n, "%s/%s%s", dir, name, ext);
	return s;
}

static int open_either(struct lines *l, const char *dir, const char *name, struct mm_error *err)
{
	static const char *const ext[] = { "", ".zst" };
	int code = ENOENT;

	for (size_t i = 0; i < 2 && !l->f; i++) {
		free(l->path);
		l->path = join(dir, name, ext[i]);
		if (!l->path)
			return mm_fail(err, -ENOMEM, "%s/%s: out of memory", dir, name);
		l->f = fopen(l->path, "rb");
		if (!l->f && errno != ENOENT)
			code = errno;
	}
	if (l->f)
		return 0;
	return mm_fail(err, -code, "%s/%s (or %s.zst): %s", dir, name, name, strerror(code));
}

static int read_input(struct lines *l, struct mm_error *err)
{
	l->in.src = l->in_buf;
	l->in.pos = 0;
	l->in.size = fread(l->in_buf, 1, IN_SIZE, l->f);
	if (ferror(l->f))
		return mm_fail(err, -EIO, "%s: read error", l->path);
	return 0;
}

int lines_open(struct lines **out, const char *dir, const char *name, struct mm_error *err)
{
	static const unsigned char magic[4] = { 0x28, 0xb5, 0x2f, 0xfd };
	struct lines *l = calloc(1, sizeof(*l));
	int ret;

	*out = NULL;
	if (!l)
		return mm_fail(err, -ENOMEM, "%s/%s: out of memory", dir, name);
	ret = open_either(l, dir, name, err);
	if (!ret)
		ret = read_input(l, err);
	if (!ret) {
		l->cap = OUT_SIZE;
		l->buf = malloc(l->cap + 1);
		if (l->in.size >= 4 && !memcmp(l->in_buf, magic, 4))
			l->zstd = ZSTD_createDCtx();
		if (!l->buf || (l->in.size >= 4 && !memcmp(l->in_buf, magic, 4) && !l->zstd))
			ret = mm_fail(err, -ENOMEM, "%s: out of memory", l->path);
	}
	if (ret) {
		lines_close(l);
		return ret;
	}
	*out = l;
	return 0;
}

void lines_close(struct lines *l)
{
	if (!l)
		return;
	if (l->f)
		fclose(l->f);
	ZSTD_freeDCtx(l->zstd);
	free(l->path);
	free(l->buf);
	free(l);
}

/* Room for more output: the line moves to the front, then the buffer grows. */
static int make_room(struct lines *l, struct mm_error *err)
{
	size_t cap = l->cap + l->cap / 2;
	char *buf;

	if (l->start) {
		memmove(l->buf, l->buf + l->start, l->end - l->start);
		l->end -= l->start;
		l->seen -= l->start;
		l->start = 0;
	}
	if (l->cap - l->end >= l->cap / 4)
		return 0;
	if (cap > LINE_MAX_BYTES)
		return mm_fail(err, -EFBIG, "%s line %u: longer than %d bytes", l->path,
			       l->number + 1, LINE_MAX_BYTES);
	buf = realloc(l->buf, cap + 1);
	if (!buf)
		return mm_fail(err, -ENOMEM, "%s line %u: out of memory", l->path, l->number + 1);
	l->buf = buf;
	l->cap = cap;
	return 0;
}

static int decode(struct lines *l, struct mm_error *err)
{
	ZSTD_outBuffer out = { l->buf, l->cap, l->end };
	size_t left;

	if (!l->zstd) {
		size_t n = l->in.size - l->in.pos;

		if (n > l->cap - l->end)
			n = l->cap - l->end;
		memcpy(l->buf + l->end, l->in_buf + l->in.pos, n);
		l->in.pos += n;
		l->end += n;
		return 0;
	}
	left = ZSTD_decompressStream(l->zstd, &out, &l->in);
	if (ZSTD_isError(left))
		return mm_fail(err, -EBADMSG, "%s after line %u: %s", l->path, l->number,
			       ZSTD_getErrorName(left));
	l->frame_open = left != 0;
	l->pending = out.pos == out.size;
	l->end = out.pos;
	return 0;
}

/* More bytes into the buffer; sets eof. */
static int fill(struct lines *l, struct mm_error *err)
{
	size_t before;
	int ret = make_room(l, err);

	if (ret)
		return ret;
	before = l->end;
	while (l->end == before) {
		if (l->in.pos == l->in.size && !l->pending) {
			ret = read_input(l, err);
			if (ret)
				return ret;
			if (!l->in.size) {
				l->eof = true;
				if (l->frame_open)
					return mm_fail(err, -EBADMSG,
						       "%s after line %u: ends inside a zstd frame",
						       l->path, l->number);
				return 0;
			}
		}
		ret = decode(l, err);
		if (ret)
			return ret;
	}
	return 0;
}

int lines_next(struct lines *l, char **line, size_t *len, struct mm_error *err)
{
	char *nl;

	for (;;) {
		nl = memchr(l->buf + l->seen, '\n', l->end - l->seen);
		l->seen = nl ? (size_t)(nl - l->buf) : l->end;
		if (nl || l->eof)
			break;
		int ret = fill(l, err);

		if (ret)
			return ret;
	}
	if (!nl && l->start == l->end)
		return 0;
	*line = l->buf + l->start;
	*len = l->seen - l->start;
	l->buf[l->seen] = '\0';
	l->start = l->seen = nl ? l->seen + 1 : l->end;
	l->number++;
	return 1;
}

long lines_bytes(struct lines *l, size_t n, const unsigned char **bytes, struct mm_error *err)
{
	while (l->end - l->start < n && !l->eof) {
		int ret = fill(l, err);

		if (ret)
			return ret;
	}
	if (n > l->end - l->start)
		n = l->end - l->start;
	*bytes = (const unsigned char *)l->buf + l->start;
	l->start += n;
	l->seen = l->start;
	return (long)n;
}

const char *lines_path(const struct lines *l)
{
	return l->path;
}

unsigned int lines_number(const struct lines *l)
{
	return l->number;
}
