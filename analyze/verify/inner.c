/* SPDX-License-Identifier: MIT
 *
 * Decisions inside of requests: which blocks a refill takes and a drain gives
 * back, what is stolen, where a new slab lies, what a purge returns, when the
 * pkmap slots are flushed.
 *
 * The engine's observer and the recorded events tell the same things in the
 * same order.  After each operation the two are compared layer by layer, the
 * n-th decision of one with the n-th of the other; what only one of them has is
 * a mismatch too.
 */
#include "analyze/verify/run.h"

#include <stdio.h>
#include <stdlib.h>

void hook_observe(void *arg, const struct mm_seen *seen)
{
	struct run *r = arg;

	if (r->nr_seen == r->cap_seen) {
		uint32_t cap = r->cap_seen ? r->cap_seen * 2 : 256;
		struct mm_seen *p = realloc(r->seen, cap * sizeof(*p));

		if (!p)
			abort();
		r->seen = p;
		r->cap_seen = cap;
	}
	r->seen[r->nr_seen++] = *seen;
}

static enum verify_layer layer_of(const struct mm_seen *s)
{
	switch (s->what) {
	case MM_SEEN_TAKEN: return s->b ? VERIFY_PCP : VERIFY_PAGE;
	case MM_SEEN_DRAINED: return VERIFY_PCP;
	case MM_SEEN_STOLEN: return VERIFY_STEAL;
	case MM_SEEN_NEW_SLAB: return VERIFY_SLAB_PAGE;
	case MM_SEEN_AREA: return VERIFY_VMALLOC;
	case MM_SEEN_PKMAP_FLUSH: return VERIFY_PKMAP_FLUSH;
	default: return VERIFY_PURGE;
	}
}

static void describe(const struct mm_seen *s, char *buf, size_t size)
{
	static const char *const what[MM_NR_SEEN] = {
		"block taken", "block drained", "block stolen", "new slab", "area", "purge",
		"object of a purged area", "pkmap flush",
	};

	if (!s)
		snprintf(buf, size, "nothing");
	else
		snprintf(buf, size, "%s 0x%x order %u type %u (0x%x, %u)", what[s->what], s->a,
			 s->order, s->type, s->b, s->c);
}

/* Whose object an area of the start has, the recording tells where the start
 * does not: no decision. */
static bool told(const struct run *r, const struct mm_seen *got)
{
	return got && got->what == MM_SEEN_PURGED_OBJECT && !got->a && r->list->traced;
}

static bool equal(const struct run *r, const struct mm_seen *want, const struct mm_seen *got)
{
	uint32_t b = got->b;

	if (got->what == MM_SEEN_NEW_SLAB)
		b = b < MAX_CACHE_ID ? r->cache_ptr[b] : 0;
	if (want->what != got->what || want->a != got->a || want->b != b)
		return false;
	if (want->what == MM_SEEN_NEW_SLAB)
		return true;	/* the pages behind it tell the order */
	return want->order == got->order && want->type == got->type && want->c == got->c;
}

static void decide(struct run *r, const struct mm_seen *want, const struct mm_seen *got)
{
	enum verify_layer l = layer_of(want ? want : got);
	char text[300] = "", w[100], g[100];
	bool ok = want && got && equal(r, want, got);

	if (want && told(r, got)) {
		exclude(r, l, VERIFY_START_OBJECT, 1);
		return;
	}
	if (!ok) {
		describe(want, w, sizeof(w));
		describe(got, g, sizeof(g));
		snprintf(text, sizeof(text), "inside: expected %s, got %s", w, g);
	}
	decided(r, l, ok, text);
}

static const struct mm_seen *next_of(const struct mm_seen *s, uint32_t nr, uint32_t *at,
				     enum verify_layer l)
{
	while (*at < nr && layer_of(&s[*at]) != l)
		++*at;
	return *at < nr ? &s[(*at)++] : NULL;
}

void compare_inner(struct run *r)
{
	const struct mm_seen *want, *got, *rec = r->list->seen + r->op->seen;
	uint32_t nr_rec = r->op->nr_seen;

	for (int l = 0; l < VERIFY_NR_LAYERS && r->list->inner && (nr_rec || r->nr_seen); l++) {
		uint32_t i = 0, k = 0;

		for (;;) {
			want = next_of(rec, nr_rec, &i, (enum verify_layer)l);
			got = next_of(r->seen, r->nr_seen, &k, (enum verify_layer)l);
			if (!want && !got)
				break;
			decide(r, want, got);
		}
	}
	r->nr_seen = 0;
}

void exclude_inner(struct run *r, enum verify_cause c)
{
	const struct mm_seen *rec = r->list->seen + r->op->seen;

	for (uint32_t i = 0; i < r->op->nr_seen && r->list->inner; i++)
		exclude(r, layer_of(&rec[i]), c, 1);
	r->nr_seen = 0;
}
