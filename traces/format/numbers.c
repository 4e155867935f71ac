/* SPDX-License-Identifier: MIT
 *
 * Choosing classes: the up to 15 ranges that, besides zero, cover all numbers of
 * a column with the fewest low bits in all.  Dynamic programming over the
 * buckets that occur (some 100 on a recorded trace): best[j][k] is the fewest
 * bits for the first j buckets with k + 1 classes, from[j][k] where the last of
 * these classes begins.  On recorded times this comes within a few percent of an
 * entropy coder, and decodes with one table look-up.
 */
#include "traces/format/numbers.h"

#include <errno.h>

#define RANGES (CLASSES - 1)	/* class 0 is zero */

/* Ascending with v.  No branches: numbers come in no order.  A number m of 16 or
 * more with its highest bit at h goes, with the two bits below, to 4 h + those. */
static unsigned int bucket(int64_t v)
{
	uint64_t sign = (uint64_t)(v >> 63), m = (uint64_t)v ^ sign;
	unsigned int h = 63 - (unsigned int)__builtin_clzll(m | 16);
	unsigned int octave = 4 * h - 4 + (unsigned int)(m >> (h - 2));
	unsigned int side = m < 16 ? (unsigned int)m : octave;

	return SIDE_BUCKETS + (side ^ (unsigned int)sign);
}

int numbers_begin(struct number_column *c, size_t max)
{
	if (max > c->cap) {
		numbers_free(c);
		c->value = malloc(max * sizeof(*c->value));
		c->bucket_of = malloc(max * sizeof(*c->bucket_of));
		if (!c->value || !c->bucket_of)
			return -ENOMEM;
		c->cap = max;
	}
	c->nr = 0;
	return 0;
}

static void count_buckets(struct number_column *c)
{
	size_t i;

	for (i = 0; i < BUCKETS; i++)
		c->bucket[i] = (struct bucket){ .low = INT64_MAX, .high = INT64_MIN };
	for (i = 0; i < c->nr; i++) {
		int64_t v = c->value[i];
		unsigned int nr = bucket(v);
		struct bucket *b = &c->bucket[nr];

		c->bucket_of[i] = (uint16_t)nr;
		b->count++;
		if (v < b->low)
			b->low = v;
		if (v > b->high)
			b->high = v;
	}
}

struct plan {
	uint16_t bucket[BUCKETS];		/* the nr that occur, without zero */
	unsigned int nr;
	uint64_t sum[BUCKETS + 1];		/* numbers in the first i of them */
	uint64_t best[BUCKETS + 1][RANGES];
	uint16_t from[BUCKETS + 1][RANGES];
};

static unsigned int width(uint64_t span)
{
	return span ? 64 - (unsigned int)__builtin_clzll(span) : 0;
}

static void list_buckets(const struct number_column *c, struct plan *p)
{
	unsigned int b;

	p->nr = 0;
	p->sum[0] = 0;
	for (b = 0; b < BUCKETS; b++) {
		if (!c->bucket[b].count || b == SIDE_BUCKETS)
			continue;
		p->bucket[p->nr++] = (uint16_t)b;
		p->sum[p->nr] = p->sum[p->nr - 1] + c->bucket[b].count;
	}
}

/* Bits for the plan's buckets i..j-1 as one class. */
static uint64_t cost(const struct number_column *c, const struct plan *p, unsigned int i,
		     unsigned int j)
{
	uint64_t low = (uint64_t)c->bucket[p->bucket[i]].low;

	return (p->sum[j] - p->sum[i]) * width((uint64_t)c->bucket[p->bucket[j - 1]].high - low);
}

/* The best splits of the first j buckets, from those of fewer. */
static void plan_prefix(const struct number_column *c, struct plan *p, unsigned int j)
{
	uint64_t *best = p->best[j], whole = cost(c, p, 0, j);
	unsigned int i, k;

	for (k = 0; k < RANGES; k++) {
		best[k] = whole;
		p->from[j][k] = 0;
	}
	/* A longer last class costs more: once it alone is no better, none is. */
	for (i = j - 1; i > 0; i--) {
		uint64_t last = cost(c, p, i, j);

		if (last >= best[RANGES - 1])
			break;
		for (k = 1; k < RANGES; k++) {
			if (p->best[i][k - 1] + last >= best[k])
				continue;
			best[k] = p->best[i][k - 1] + last;
			p->from[j][k] = (uint16_t)i;
		}
	}
}

static void put_class(struct number_column *c, const struct plan *p, unsigned int k,
		      unsigned int i, unsigned int j, struct mmt_buf *out)
{
	int64_t base = c->bucket[p->bucket[i]].low, high = c->bucket[p->bucket[j - 1]].high;
	struct number_class class = {
		.base = base, .bits = (uint8_t)width((uint64_t)high - (uint64_t)base),
		.number = (uint8_t)k,
	};

	buf_varint(out, zigzag(base));
	buf_put8(out, class.bits);
	for (; i < j; i++)
		c->class_of[p->bucket[i]] = class;
}

static void choose(struct number_column *c, struct mmt_buf *out)
{
	unsigned int i, j, k, used[RANGES + 1], nr = 0;
	struct plan p;

	list_buckets(c, &p);
	for (j = 1; j <= p.nr; j++)
		plan_prefix(c, &p, j);
	for (k = RANGES - 1, j = p.nr; j; j = i, k = k ? k - 1 : 0) {
		i = p.from[j][k];
		used[nr++] = j;
	}
	buf_put8(out, (uint8_t)nr);
	c->class_of[SIDE_BUCKETS] = (struct number_class){ 0 };
	for (i = 0, k = 1; nr; k++) {
		j = used[--nr];
		put_class(c, &p, k, i, j, out);
		i = j;
	}
}

/* Low bits go behind those that wait; all whole bytes go out. */
struct bit_writer {
	uint8_t *out;
	uint64_t waiting;
	unsigned int nr;
};

static inline unsigned int put_number(struct bit_writer *w, const struct number_class *k,
				      int64_t v)
{
	w->waiting |= (uint64_t)(v - k->base) << w->nr;
	w->nr += k->bits;
	set64(w->out, w->waiting);
	w->out += w->nr / 8;
	w->waiting >>= w->nr & ~7u;
	w->nr &= 7;
	return k->number;
}

void numbers_write(struct number_column *c, struct mmt_buf *classes, struct mmt_buf *numbers,
		   struct mmt_buf *bits)
{
	const struct number_class *class = c->class_of;
	const uint16_t *of = c->bucket_of;
	const int64_t *v = c->value;
	uint8_t *pair = buf_room(numbers, c->nr / 2 + 1);
	/* A number has at most 56 bits, and 7 wait at most: 8 bytes at a time. */
	struct bit_writer w = { .out = buf_room(bits, c->nr * 8 + 8) };
	size_t i, n = c->nr;

	count_buckets(c);
	choose(c, classes);
	if (!pair || !w.out)
		return;
	for (i = 0; i + 1 < n; i += 2) {
		unsigned int k = put_number(&w, &class[of[i]], v[i]);

		pair[i / 2] = (uint8_t)(k | put_number(&w, &class[of[i + 1]], v[i + 1]) << 4);
	}
	if (i < n)
		pair[i / 2] = (uint8_t)put_number(&w, &class[of[i]], v[i]);
	numbers->n += (n + 1) / 2;
	bits->n = (size_t)(w.out - bits->p) + (w.nr != 0);
}

void numbers_free(struct number_column *c)
{
	free(c->value);
	free(c->bucket_of);
	memset(c, 0, sizeof(*c));
}
