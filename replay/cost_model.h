/* SPDX-License-Identifier: MIT
 * Inside of the cost model: what cost.c and cost_path.c share. */
#ifndef REPLAY_COST_MODEL_H
#define REPLAY_COST_MODEL_H

#include "replay/cost.h"

#define COST_KMALLOC_CLASSES 1025 /* sizes up to 8 KiB by units of 8 bytes */

struct cost_model {
	const struct mm_machine *m;
	const struct mm_steps *steps;
	bool init;			/* the machine's init_on_alloc */
	uint8_t top_zone;		/* the highest that has memory */
	uint32_t max_low_pfn;
	vaddr_t page_offset, high_memory, local_slot0;
	uint32_t seen;			/* steps->changed, last time */
	bool stepped;			/* the last operation took steps: they are in delta */
	struct mm_steps last;
	uint32_t delta[MM_NR_STEPS];
	uint16_t class_bytes[COST_KMALLOC_CLASSES]; /* object of a kmalloc by (size + 7) / 8 */
	int32_t w[COST_NR];
};

/* Is addr slot 0 of a CPU's local mappings (16 slots a CPU)? */
static inline bool cost_first_slot(const struct cost_model *c, vaddr_t addr)
{
	return ((c->local_slot0 - addr) >> MM_PAGE_SHIFT) % 16 == 0;
}

static inline bool cost_lowmem(const struct cost_model *c, vaddr_t addr)
{
	return addr >= c->page_offset && addr < c->high_memory;
}

#endif
