/* SPDX-License-Identifier: MIT
 *
 * Names of the steps, and where a machine counts them.
 */
#include "engine/machine.h"
#include "engine/slab/slab.h"

static const char *const text[MM_NR_STEPS] = {
#define STEP_TEXT(name, what) [MM_STEP_##name] = what,
	MM_STEP_LIST(STEP_TEXT)
#undef STEP_TEXT
};

static const char *const name[MM_NR_STEPS] = {
#define STEP_NAME(name, what) [MM_STEP_##name] = #name,
	MM_STEP_LIST(STEP_NAME)
#undef STEP_NAME
};

const struct mm_steps *mm_steps(const struct mm_machine *m)
{
	return &m->steps;
}

uint32_t mm_kmalloc_bytes(const struct mm_machine *m, uint32_t size, uint32_t gfp)
{
	uint32_t id = slab_kmalloc_cache(m, size, gfp);

	return id ? slab_object_bytes(m, id) : 0;
}

uint32_t mm_cache_cleared(const struct mm_machine *m, uint32_t cache, uint32_t gfp)
{
	return slab_cleared(m, cache, gfp);
}

const char *mm_step_name(enum mm_step s)
{
	return name[s];
}

const char *mm_step_text(enum mm_step s)
{
	return text[s];
}
