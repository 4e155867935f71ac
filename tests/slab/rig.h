/* SPDX-License-Identifier: MIT
 *
 * A machine with frames and slabs but no virtual mappings, for slab tests.
 */
#ifndef TESTS_SLAB_RIG_H
#define TESTS_SLAB_RIG_H

#include "engine/mm_state.h"
#include "engine/slab/internal.h"

struct rig_want {
	uint32_t mib;		/* 0: 512 */
	unsigned int cpus;	/* 0: 1 */
	bool random;		/* freelist_random */
	mm_shuffle_fn shuffle;
	void *shuffle_arg;
};

/* Boot; the test fails with the engine's sentence if it cannot. */
struct mm_machine *rig_boot(const struct rig_want *want);
/* A machine with m's configuration made from a state; NULL and *err if refused. */
struct mm_machine *rig_load(const struct mm_machine *m, const struct mm_state *s,
			    struct mm_error *err);
void rig_free(struct mm_machine *m);
/* Both layers consistent, or the test fails with the sentence. */
void rig_check(const struct mm_machine *m);
/* The machine's event counts, up to date. */
const uint64_t *rig_events(const struct mm_machine *m);
/* The lists of one cache (by name) as a state; release with rig_state_free. */
const struct mm_cache_state *rig_cache(const struct mm_machine *m, const char *name,
				       struct mm_state *s);

/* Operations by CPU 0, operation numbers counting up from 1; each must succeed. */
extern uint32_t rig_op;
struct mm_caller rig_caller(unsigned int cpu);
vaddr_t rig_alloc(struct mm_machine *m, uint32_t cache);
void rig_free_object(struct mm_machine *m, uint32_t cache, vaddr_t addr);
uint32_t rig_new_cache(struct mm_machine *m, const char *name, uint32_t size, uint32_t flags);
static inline pfn_t rig_pfn(const struct mm_machine *m, vaddr_t addr)
{
	return (addr - m->layout.page_offset) >> MM_PAGE_SHIFT;
}

#endif
