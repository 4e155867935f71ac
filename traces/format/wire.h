/* SPDX-License-Identifier: MIT
 *
 * Bytes of the .mmt format: little-endian loads and stores, variable-length
 * integers, and a growing byte buffer with a sticky out-of-memory flag, so
 * that an encoder can put many fields and check once.  Loads go through
 * memcpy, which compilers turn into one instruction on any host that allows
 * unaligned access; big-endian hosts pay a byte swap.
 */
#ifndef TRACE_WIRE_H
#define TRACE_WIRE_H

#include <endian.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline uint16_t get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return le16toh(v);
}

static inline uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return le32toh(v);
}

static inline uint64_t get64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return le64toh(v);
}

static inline void set16(uint8_t *p, uint16_t v)
{
	v = htole16(v);
	memcpy(p, &v, sizeof(v));
}

static inline void set32(uint8_t *p, uint32_t v)
{
	v = htole32(v);
	memcpy(p, &v, sizeof(v));
}

static inline void set64(uint8_t *p, uint64_t v)
{
	v = htole64(v);
	memcpy(p, &v, sizeof(v));
}

/* Signed numbers near zero become unsigned numbers near zero: 0 -1 1 -2 2 ... */
static inline uint64_t zigzag(int64_t v)
{
	return ((uint64_t)v << 1) ^ (uint64_t)(v >> 63);
}

static inline int64_t unzigzag(uint64_t v)
{
	return (int64_t)(v >> 1) ^ -(int64_t)(v & 1);
}

/* A growing byte buffer.  Zero-initialise; after a failed allocation "failed"
 * stays set and puts do nothing. */
struct mmt_buf {
	uint8_t *p;
	size_t n, cap;
	bool failed;
};

/* Room for n more bytes at the end; NULL when out of memory. */
static inline uint8_t *buf_room(struct mmt_buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : 256;
	uint8_t *p;

	if (b->failed)
		return NULL;
	if (b->cap - b->n >= n)
		return b->p + b->n;
	while (cap - b->n < n) {
		if (cap > SIZE_MAX / 2) {
			b->failed = true;
			return NULL;
		}
		cap *= 2;
	}
	p = realloc(b->p, cap);
	if (!p) {
		b->failed = true;
		return NULL;
	}
	b->p = p;
	b->cap = cap;
	return p + b->n;
}

static inline void buf_put(struct mmt_buf *b, const void *data, size_t n)
{
	uint8_t *p = buf_room(b, n);

	if (p && n) {
		memcpy(p, data, n);
		b->n += n;
	}
}

static inline void buf_put8(struct mmt_buf *b, uint8_t v)
{
	buf_put(b, &v, 1);
}

static inline void buf_put32(struct mmt_buf *b, uint32_t v)
{
	uint8_t *p = buf_room(b, 4);

	if (p) {
		set32(p, v);
		b->n += 4;
	}
}

static inline void buf_put64(struct mmt_buf *b, uint64_t v)
{
	uint8_t *p = buf_room(b, 8);

	if (p) {
		set64(p, v);
		b->n += 8;
	}
}

/* LEB128: seven bits a byte, lowest first, the high bit says "more". */
static inline void buf_varint(struct mmt_buf *b, uint64_t v)
{
	uint8_t *p = buf_room(b, 10);

	if (!p)
		return;
	while (v >= 0x80) {
		*p++ = (uint8_t)v | 0x80;
		v >>= 7;
	}
	*p++ = (uint8_t)v;
	b->n = (size_t)(p - b->p);
}

static inline void buf_free(struct mmt_buf *b)
{
	free(b->p);
	memset(b, 0, sizeof(*b));
}

/* A bounded view of bytes from a file.  A read past the end sets "bad" and
 * yields zeros, so that a decoder can read many fields and check once. */
struct mmt_view {
	const uint8_t *p, *end;
	bool bad;
};

static inline size_t view_left(const struct mmt_view *v)
{
	return (size_t)(v->end - v->p);
}

static inline const uint8_t *view_take(struct mmt_view *v, size_t n)
{
	const uint8_t *p = v->p;

	if (view_left(v) < n) {
		v->bad = true;
		v->p = v->end;
		return NULL;
	}
	v->p += n;
	return p;
}

static inline uint8_t view_get8(struct mmt_view *v)
{
	const uint8_t *p = view_take(v, 1);

	return p ? *p : 0;
}

static inline uint32_t view_get32(struct mmt_view *v)
{
	const uint8_t *p = view_take(v, 4);

	return p ? get32(p) : 0;
}

static inline uint64_t view_get64(struct mmt_view *v)
{
	const uint8_t *p = view_take(v, 8);

	return p ? get64(p) : 0;
}

static inline uint64_t view_varint(struct mmt_view *v)
{
	uint64_t x = 0;
	unsigned int shift;

	for (shift = 0; shift < 64; shift += 7) {
		uint8_t c = view_get8(v);

		x |= (uint64_t)(c & 0x7f) << shift;
		if (!(c & 0x80))
			return x;
	}
	v->bad = true;
	return 0;
}

/* A varint that must fit 32 bits. */
static inline uint32_t view_varint32(struct mmt_view *v)
{
	uint64_t x = view_varint(v);

	if (x > UINT32_MAX)
		v->bad = true;
	return (uint32_t)x;
}

#endif
