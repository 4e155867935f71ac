/* SPDX-License-Identifier: MIT
 *
 * Stacks seen before.  The writer knows each stack once; asking it means to
 * wait for its thread, so the importer remembers the answers itself.
 */
#include <stdlib.h>
#include <string.h>

#include "traces/import/build.h"

static uint64_t hash_frames(const uint32_t *ids, uint32_t n)
{
	uint64_t h = n;
	uint32_t i;

	for (i = 0; i < n; i++)
		h = (h ^ ids[i]) * 0xff51afd7ed558ccdull, h ^= h >> 29;
	return h ? h : 1;
}

static bool grow(void **v, uint32_t *cap, uint32_t need, size_t size)
{
	uint32_t more = *cap ? *cap : 1024;
	void *grown;

	if (need <= *cap)
		return true;
	while (more < need)
		more *= 2;
	grown = realloc(*v, more * size);
	if (!grown)
		return false;
	*v = grown;
	*cap = more;
	return true;
}

uint32_t import_stack_id(struct import_run *r, const uint32_t *ids, uint32_t n)
{
	struct addr_entry *e = addr_put(&r->stack_ids, hash_frames(ids, n));
	struct stack_note *s;
	uint32_t id;

	if (e && e->kind) {
		s = &r->stacks[e->slot];
		if (s->nr == n && !memcmp(r->stack_frames + s->first, ids, n * sizeof(*ids)))
			return s->id;
	}
	emit_quiet(&r->out);
	id = mmt_stack(r->out.w, ids, n);
	if (!e || e->kind || !grow((void **)&r->stacks, &r->cap_stacks, r->nr_stacks + 1, sizeof(*s)) ||
	    !grow((void **)&r->stack_frames, &r->cap_frames, r->nr_frames + n, sizeof(*ids)))
		return id; /* not remembered: another stack has this hash */
	e->kind = 1;
	e->slot = r->nr_stacks;
	r->stacks[r->nr_stacks++] = (struct stack_note){ r->nr_frames, n, id };
	memcpy(r->stack_frames + r->nr_frames, ids, n * sizeof(*ids));
	r->nr_frames += n;
	return id;
}
