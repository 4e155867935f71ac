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

static int table_begin(struct shape_table *t, size_t n)
{
	size_t want = 1024;

	while (want < 2 * n)
		want *= 2;
	if (want > t->hash_cap) {
		uint32_t *hash = realloc(t->hash, want * sizeof(*hash));

		if (!hash)
			return -ENOMEM;
		t->hash = hash;
		t->hash_cap = want;
	}
	memset(t->hash, 0, t->hash_cap * sizeof(*t->hash));
	t->nr = 0;
	return 0;
}

int shapes_begin(struct shapes *s, size_t n)
{
	int rc = table_begin(&s->full, n);

	memset(s->recent, 0, sizeof(s->recent));
	return rc ? rc : table_begin(&s->base, n);
}

static uint64_t hash_key(const struct shape_key *k)
{
	uint64_t w[3], h;

	memcpy(w, k, sizeof(w));
	h = (w[0] ^ 0x9e3779b97f4a7c15ull) * 0xbf58476d1ce4e5b9ull;
	h = (h ^ h >> 29 ^ w[1]) * 0x94d049bb133111ebull;
	h = (h ^ h >> 31 ^ w[2]) * 0xbf58476d1ce4e5b9ull;
	return h ^ h >> 32;
}

/* The index of key's entry, made if need be; *fresh tells. */
static uint32_t find(struct shape_table *t, const struct shape_key *key, bool *fresh)
{
	size_t i = hash_key(key) & (t->hash_cap - 1);

	*fresh = false;
	for (; t->hash[i]; i = (i + 1) & (t->hash_cap - 1))
		if (!memcmp(&t->shape[t->hash[i] - 1].key, key, sizeof(*key)))
			return t->hash[i] - 1;
	if (t->nr == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 256;
		struct shape *shape = realloc(t->shape, cap * sizeof(*shape));

		if (!shape)
			return UINT32_MAX;
		t->shape = shape;
		t->cap = cap;
	}
	t->shape[t->nr] = (struct shape){ .key = *key };
	t->hash[i] = (uint32_t)++t->nr;
	*fresh = true;
	return t->hash[i] - 1;
}

static struct shape_key key_of(const struct trace_op *op, const struct trace_op *parent,
			       uint8_t flags)
{
	struct shape_key k = { .flags = flags, .kind = op->kind };

	if (op->kind == TRACE_ITEM) {
		k.size = parent->kind;
		k.arg = parent->arg;
		return k;
	}
	k.size = op->size;
	k.arg = op->arg;
	k.gfp = op->gfp;
	k.site = op->site;
	k.order = op->order;
	k.cpu = op->cpu;
	k.ctx = op->ctx;
	return k;
}

uint32_t shapes_note(struct shapes *s, const struct trace_op *op,
		     const struct trace_op *parent, uint8_t flags)
{
	struct shape_key key = key_of(op, parent, flags);
	/* Half of all operations have the shape of their kind's last one. */
	uint32_t *recent = &s->recent[(op->kind + 16u * flags) & 255], full, base;
	bool fresh;

	if (*recent && !memcmp(&s->full.shape[*recent - 1].key, &key, sizeof(key))) {
		s->full.shape[*recent - 1].count++;
		return *recent - 1;
	}
	full = find(&s->full, &key, &fresh);
	if (full == UINT32_MAX)
		return full;
	*recent = full + 1;
	s->full.shape[full].count++;
	if (!fresh)
		return full;
	key.size = 0;
	key.arg = 0;
	base = find(&s->base, &key, &fresh);
	if (base == UINT32_MAX)
		return base;
	s->full.shape[full].base = base;
	s->base.shape[base].variants++;
	return full;
}

void shapes_merge(struct shapes *s)
{
	size_t i;

	for (i = 0; i < s->full.nr; i++)
		s->base.shape[s->full.shape[i].base].count += s->full.shape[i].count;
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
		f->answer = f->first;
		buf_put8(out, f->shift);
		buf_varint(out, f->first);
	}
}

int shapes_number(struct shapes *s, struct mmt_buf *out)
{
	size_t i;

	if (s->order_cap < s->full.nr) {
		struct shape **order = realloc(s->order, s->full.nr * sizeof(struct shape *));

		if (!order)
			return -ENOMEM;
		s->order = order;
		s->order_cap = s->full.nr;
	}
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
		s->order[i]->number = (uint32_t)i;
		put_shape(s->order[i], out);
	}
	return out->failed ? -ENOMEM : 0;
}

void shapes_free(struct shapes *s)
{
	free(s->full.shape);
	free(s->full.hash);
	free(s->base.shape);
	free(s->base.hash);
	free(s->order);
	memset(s, 0, sizeof(*s));
}
