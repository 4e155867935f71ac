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

static unsigned int side_bucket(uint64_t v)
{
	unsigned int b;

	if (v < 16)
		return (unsigned int)v;
	b = 64 - (unsigned int)__builtin_clzll(v);
	return 16 + 4 * (b - 5) + ((v >> (b - 3)) & 3);
}

/* Ascending with v. */
static unsigned int bucket(int64_t v)
{
	return v >= 0 ? SIDE_BUCKETS + side_bucket((uint64_t)v) :
			SIDE_BUCKETS - 1 - side_bucket(~(uint64_t)v);
}

int numbers_begin(struct number_column *c, size_t max)
{
	if (max > c->cap) {
		free(c->number);
		c->number = malloc(max * sizeof(*c->number));
		c->cap = c->number ? max : 0;
		if (!c->number)
			return -ENOMEM;
	}
	c->nr = 0;
	memset(c->count, 0, sizeof(c->count));
	return 0;
}

void numbers_put(struct number_column *c, int64_t v)
{
	unsigned int b = bucket(v);

	c->number[c->nr++] = (struct number){ .value = v, .bucket = b };
	if (!c->count[b]++)
		c->low[b] = c->high[b] = v;
	else if (v < c->low[b])
		c->low[b] = v;
	else if (v > c->high[b])
		c->high[b] = v;
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
		if (!c->count[b] || b == SIDE_BUCKETS)
			continue;
		p->bucket[p->nr++] = (uint16_t)b;
		p->sum[p->nr] = p->sum[p->nr - 1] + c->count[b];
	}
}

/* Bits for the plan's buckets i..j-1 as one class. */
static uint64_t cost(const struct number_column *c, const struct plan *p, unsigned int i,
		     unsigned int j)
{
	uint64_t low = (uint64_t)c->low[p->bucket[i]];

	return (p->sum[j] - p->sum[i]) * width((uint64_t)c->high[p->bucket[j - 1]] - low);
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
	c->base[k] = c->low[p->bucket[i]];
	c->bits[k] = (uint8_t)width((uint64_t)c->high[p->bucket[j - 1]] - (uint64_t)c->base[k]);
	buf_varint(out, zigzag(c->base[k]));
	buf_put8(out, c->bits[k]);
	for (; i < j; i++)
		c->class_of[p->bucket[i]] = (uint8_t)k;
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
	c->class_of[SIDE_BUCKETS] = 0;
	c->base[0] = 0;
	c->bits[0] = 0;
	for (i = 0, k = 1; nr; k++) {
		j = used[--nr];
		put_class(c, &p, k, i, j, out);
		i = j;
	}
}

void numbers_write(struct number_column *c, struct mmt_buf *classes, struct mmt_buf *numbers,
		   struct mmt_buf *bits)
{
	uint8_t *pair = buf_room(numbers, c->nr / 2 + 1);
	/* A number has at most 56 bits, and 7 wait at most: 8 bytes at a time. */
	uint8_t *out = buf_room(bits, c->nr * 8 + 8);
	uint64_t waiting = 0;
	unsigned int nr = 0;
	size_t i;

	choose(c, classes);
	if (!pair || !out)
		return;
	for (i = 0; i < c->nr; i++) {
		uint8_t k = c->class_of[c->number[i].bucket];

		pair[i / 2] = (uint8_t)(i & 1 ? pair[i / 2] | k << 4 : k);
		waiting |= (uint64_t)(c->number[i].value - c->base[k]) << nr;
		nr += c->bits[k];
		set64(out, waiting);
		out += nr / 8;
		waiting >>= nr & ~7u;
		nr &= 7;
	}
	numbers->n += (c->nr + 1) / 2;
	bits->n = (size_t)(out - bits->p) + (nr != 0);
}

void numbers_free(struct number_column *c)
{
	free(c->number);
	memset(c, 0, sizeof(*c));
}
