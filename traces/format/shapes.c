/* SPDX-License-Identifier: MIT
 *
 * The encoder's shapes of one chunk (see shapes.h).
 */
#include "traces/format/shapes.h"

#include <errno.h>

/* A base takes over when it has more variants than this, and less than four
 * operations for each: about where an entry (some 6 bytes compressed) costs
 * more than writing size and arg with each operation. */
#define VARIANTS_MIN	32u
#define USES_MIN	4u

#define SLOT_BITS_MIN	9u

/* Room for as many slots, all empty. */
static int table_slots(struct shape_table *t, unsigned int bits)
{
	size_t bytes = sizeof(struct shape_slot) << bits;
	struct shape_slot *slot = aligned_alloc(sizeof(*slot), bytes);

	if (!slot)
		return -ENOMEM;
	memset(slot, 0, bytes);
	free(t->slot);
	t->slot = slot;
	t->slot_bits = bits;
	return 0;
}

static int table_begin(struct shape_table *t)
{
	/* After a chunk with very many shapes, as after one with few: begin small. */
	bool small = t->slot && t->nr < (size_t)1 << (t->slot_bits - 2);
	unsigned int bits = t->slot_bits;

	t->nr = 0;
	if (!t->slot)
		return table_slots(t, SLOT_BITS_MIN);
	if (small && bits > SLOT_BITS_MIN)
		return table_slots(t, bits - 1);
	memset(t->slot, 0, sizeof(*t->slot) << bits);
	return 0;
}

int shapes_begin(struct shapes *s)
{
	int rc = table_begin(&s->full);

	return rc ? rc : table_begin(&s->base);
}

/* The slot of key, or the empty one where it belongs. */
static struct shape_slot *probe(const struct shape_table *t, const struct shape_words *k)
{
	size_t i = shape_slot(t, k), mask = ((size_t)1 << t->slot_bits) - 1;

	while (t->slot[i].shape && !shape_slot_is(&t->slot[i], k))
		i = (i + 1) & mask;
	return &t->slot[i];
}

static int table_grow(struct shape_table *t)
{
	struct shape_slot *old = t->slot;
	size_t i, nr = (size_t)1 << t->slot_bits;

	t->slot = NULL;
	if (table_slots(t, t->slot_bits + 1)) {
		t->slot = old;
		return -ENOMEM;
	}
	for (i = 0; i < nr; i++)
		if (old[i].shape)
			*probe(t, &old[i].words) = old[i];
	free(old);
	return 0;
}

static struct shape_key key_of(const struct shape_words *k)
{
	return (struct shape_key){
		.size = (uint32_t)k->w[0], .arg = (uint32_t)(k->w[0] >> 32),
		.gfp = (uint32_t)k->w[1], .site = (uint32_t)(k->w[1] >> 32),
		.kind = (uint8_t)k->w[2], .order = (uint8_t)(k->w[2] >> 8),
		.cpu = (uint8_t)(k->w[2] >> 16), .ctx = (uint8_t)(k->w[2] >> 24),
		.flags = (uint8_t)(k->w[2] >> 32),
	};
}

/* The slot of key's entry, made if need be; *fresh tells.  NULL: out of memory. */
static struct shape_slot *find(struct shape_table *t, const struct shape_words *k, bool *fresh)
{
	struct shape_slot *slot = probe(t, k);

	*fresh = !slot->shape;
	if (slot->shape)
		return slot;
	if (t->nr == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 256;
		struct shape *shape = realloc(t->shape, cap * sizeof(*shape));

		if (!shape)
			return NULL;
		t->shape = shape;
		t->cap = cap;
	}
	if (2 * t->nr >= (size_t)1 << t->slot_bits) {
		if (table_grow(t))
			return NULL;
		slot = probe(t, k);
	}
	t->shape[t->nr] = (struct shape){ .key = key_of(k) };
	slot->words = *k;
	slot->shape = (uint32_t)++t->nr;
	return slot;
}

struct shape_slot *shapes_find(struct shapes *s, const struct shape_words *k, uint32_t answer)
{
	struct shape_words without = { { 0, k->w[1], k->w[2] } };
	struct shape_slot *slot, *base;
	bool fresh;

	slot = find(&s->full, k, &fresh);
	if (!slot || !fresh)
		return slot;
	slot->first = answer;
	base = find(&s->base, &without, &fresh);
	if (!base)
		return NULL;
	s->full.shape[slot->shape - 1].base = base->shape - 1;
	s->base.shape[base->shape - 1].variants++;
	return slot;
}

static void collect(struct shape_table *t)
{
	size_t i, nr = (size_t)1 << t->slot_bits;

	for (i = 0; i < nr; i++) {
		const struct shape_slot *slot = &t->slot[i];
		struct shape *f;

		if (!slot->shape)
			continue;
		f = &t->shape[slot->shape - 1];
		f->count = slot->count;
		f->first = slot->first;
		f->varying = slot->varying;
	}
}

void shapes_merge(struct shapes *s)
{
	size_t i;

	collect(&s->full);
	for (i = 0; i < s->full.nr; i++) {
		const struct shape *f = &s->full.shape[i];
		struct shape *b = &s->base.shape[f->base];

		/* Full shapes are in order of appearance: the first one's first
		 * answer is the base's. */
		if (!b->count)
			b->first = f->first;
		b->count += f->count;
		b->varying |= f->varying | (f->first ^ b->first);
	}
	for (i = 0; i < s->base.nr; i++) {
		struct shape *b = &s->base.shape[i];

		b->extra = b->key.kind != TRACE_ITEM && b->variants > VARIANTS_MIN &&
			   b->count / USES_MIN < b->variants;
	}
}

static int by_count(const void *a, const void *b)
{
	const struct shape *const *x = a, *const *y = b;

	if ((*x)->count != (*y)->count)
		return (*x)->count < (*y)->count ? 1 : -1;
	return memcmp(&(*x)->key, &(*y)->key, sizeof((*x)->key));
}

static void put_shape(struct shape *f, struct mmt_buf *out)
{
	const struct shape_key *k = &f->key;

	buf_put8(out, k->flags | (f->extra ? SHAPE_EXTRA : 0));
	buf_put8(out, k->kind);
	if (k->kind != TRACE_ITEM) {
		buf_put8(out, k->order);
		buf_put8(out, k->cpu);
		buf_put8(out, k->ctx);
		buf_varint(out, k->gfp);
		buf_varint(out, k->site);
		buf_varint(out, k->size);
		buf_varint(out, k->arg);
	}
	if (k->flags & SHAPE_ANSWER) {
		f->shift = f->varying ? (uint8_t)__builtin_ctz(f->varying) : 0;
		buf_put8(out, f->shift);
		buf_varint(out, f->first);
	}
}

static int order_room(struct shapes *s)
{
	size_t n = s->full.nr;

	if (s->order_cap >= n)
		return 0;
	free(s->order);
	free(s->code);
	free(s->number);
	s->order = malloc(n * sizeof(struct shape *));
	s->code = malloc(n * sizeof(*s->code));
	s->number = malloc(n * sizeof(*s->number));
	s->order_cap = s->order && s->code && s->number ? n : 0;
	return s->order_cap ? 0 : -ENOMEM;
}

int shapes_number(struct shapes *s, struct mmt_buf *out)
{
	size_t i;

	if (order_room(s))
		return -ENOMEM;
	s->nr = 0;
	for (i = 0; i < s->full.nr; i++)
		if (!s->base.shape[s->full.shape[i].base].extra)
			s->order[s->nr++] = &s->full.shape[i];
	for (i = 0; i < s->base.nr; i++)
		if (s->base.shape[i].extra)
			s->order[s->nr++] = &s->base.shape[i];
	qsort(s->order, s->nr, sizeof(*s->order), by_count);
	buf_varint(out, s->nr);
	for (i = 0; i < s->nr; i++) {
		struct shape *f = s->order[i];

		f->number = (uint32_t)i;
		put_shape(f, out);
		s->code[i] = (struct shape_code){
			.answer = f->first, .shift = f->shift,
			.flags = f->key.flags | (f->extra ? SHAPE_EXTRA : 0),
		};
	}
	for (i = 0; i < s->full.nr; i++) {
		const struct shape *f = &s->full.shape[i], *b = &s->base.shape[f->base];

		s->number[i] = b->extra ? b->number : f->number;
	}
	return out->failed ? -ENOMEM : 0;
}

static void table_free(struct shape_table *t)
{
	free(t->shape);
	free(t->slot);
}

void shapes_free(struct shapes *s)
{
	table_free(&s->full);
	table_free(&s->base);
	free(s->order);
	free(s->code);
	free(s->number);
	memset(s, 0, sizeof(*s));
}
