/* SPDX-License-Identifier: MIT
 *
 * create: a machine's slab layer comes and goes.
 *
 * All tables that grow with the machine's use are address ranges reserved here
 * for the most there can be (a slab per lowmem frame, 512 objects a frame);
 * the host gives memory only for what is touched.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/host.h"
#include "engine/slab/internal.h"

/* Records a frame can hold at most (8-byte objects); twice that leaves room
 * for pieces that lie idle while slabs of another size are in use. */
#define RECORDS_PER_FRAME (2 * MM_PAGE_SIZE / 8)
#define MAX_RECORDS	  ((MM_PAGE_SIZE << 3) / 8 + 1)

/* Resident from the begin: 32,768 slabs. */
#define TOUCH		((size_t)2 << 20)

/* By units of 8 bytes: the smallest class that holds the size.  Up to 192 the
 * classes 96 and 192 exist beside the powers of two. */
static void class_table(struct slab *s)
{
	for (uint32_t units = 1; units <= KMALLOC_MAX_CACHE_SIZE / 8; units++) {
		uint32_t best = 0;

		for (uint8_t i = 1; i < NR_KMALLOC_SIZES; i++) {
			uint32_t size = slab_kmalloc_size(i);

			if (size >= units * 8 && (!best || size < best)) {
				best = size;
				s->front.class_of[units] = i;
			}
		}
	}
}

int slab_new(struct mm_machine *m, struct mm_error *err)
{
	uint32_t frames = m->layout.max_low_pfn;
	struct slab *s;

	if (m->cfg.slab != MM_SLUB)
		return mm_fail(err, -ENOTSUP, "machine %s: its slab allocator is %s, "
			       "expected SLUB, the only one simulated", m->cfg.name,
			       m->cfg.slab == MM_SLAB ? "SLAB" : "SLOB");
	s = calloc(1, sizeof(*s));
	if (!s)
		return mm_fail(err, -ENOMEM, "no host memory for the slab layer");
	m->slab = s;
	s->ops = slub_ops;
	s->page_offset = m->layout.page_offset;
	s->of_pfn = phys_slab_table(m, &s->nr_pfn);
	s->ev = m->ev;
	s->front.special = m->cfg.init_on_alloc ? 0 : MM_GFP_ZERO; /* cleared anyway or not */
	s->gfp_allowed = MM_GFP_ALL;
	s->rng = m->cfg.seed;
	s->nr_cache = 1;
	s->nr_slab = 1;
	s->max_slab = frames + 1;
	s->slab = host_table(s->max_slab * sizeof(*s->slab), TOUCH);
	if (!s->slab || slab_arena_init(&s->arena, (uint64_t)frames * RECORDS_PER_FRAME,
					MAX_RECORDS) < 0) {
		slab_destroy(m);
		return mm_fail(err, -ENOMEM, "no host memory for the slabs of %u frames", frames);
	}
	class_table(s);
	return 0;
}

int slab_create(struct mm_machine *m, struct mm_error *err)
{
	int r = slab_new(m, err);

	if (r == 0) {
		r = slab_boot(m, err);
		if (r < 0)
			slab_destroy(m);
	}
	return r;
}

void slab_destroy(struct mm_machine *m)
{
	struct slab *s = m->slab;

	if (!s)
		return;
	for (uint32_t i = 0; i < s->nr_order; i++) {
		free(s->order[i]->seq);
		free(s->order[i]);
	}
	free(s->cache);
	free(s->order);
	free(s->alias);
	free(s->scratch);
	slab_arena_fini(&s->arena);
	host_table_free(s->slab, s->max_slab * sizeof(*s->slab));
	free(s);
	m->slab = NULL;
}
