/* SPDX-License-Identifier: MIT
 *
 * Inside of a machine: how the layers of the engine find each other.  Internal
 * to engine/: users include mm86.h.
 *
 * Layers, each knowing only those before it: layout, phys (frames), slab,
 * virt.  Each keeps its state in a struct of its own that only it looks into.
 */
#ifndef MM_MACHINE_H
#define MM_MACHINE_H

#include "engine/mm86.h"
#include "engine/mm_steps.h"

struct phys;
struct slab;
struct virt;

struct mm_machine {
	struct mm_config cfg;
	struct mm_layout layout;
	struct phys *phys;
	struct slab *slab;
	struct virt *virt;
	uint64_t now_ns;
	uint64_t next_work_ns;	/* 0: as soon as time passes (mm_next_work) */
	uint64_t ev[MM_NR_EVENTS];
	uint64_t fail_order[MM_MAX_ORDER + 1];	/* last: above any order */
	struct mm_steps steps;
	struct mm_why why;
	struct mm_misuse misuse;
};

#define MM_LIKELY(x)	__builtin_expect(!!(x), 1)
#define MM_UNLIKELY(x)	__builtin_expect(!!(x), 0)

/* Cheap checks stay in every build; costly ones only with DEBUG=1. */
#define MM_ASSERT(x)	((x) ? (void)0 : __builtin_trap())
#ifdef MM_DEBUG
#define MM_DASSERT(x)	MM_ASSERT(x)
#else
#define MM_DASSERT(x)	((void)0)
#endif

/* A machine of this configuration without any layer yet; NULL and a sentence
 * when no machine can be like that. */
struct mm_machine *machine_new(const struct mm_config *c, struct mm_error *err);

/* Fill e820 for ram_bytes (config.c). */
void machine_default_e820(struct mm_config *c);

/* Record a bad call and count it; returns MM_MISUSE. addr is a pfn or an
 * address, what names the call ("kfree"). */
enum mm_outcome machine_misuse(struct mm_machine *m, const struct mm_caller *who,
			       enum mm_misuse_kind kind, const char *what, uint32_t addr,
			       uint32_t alloc_op, uint32_t free_op);

/* Record why a request ended; keeps what a lower layer already recorded for
 * this operation when cause is MM_CAUSE_SLAB_PAGE.  Returns outcome. */
enum mm_outcome machine_why(struct mm_machine *m, const struct mm_caller *who,
			    enum mm_outcome outcome, enum mm_cause cause, gfp_t gfp, uint32_t size);

/* Something waits for mm_advance. */
static inline void machine_work_waits(struct mm_machine *m)
{
	m->next_work_ns = 0;
}

/* On slow paths only. */
static inline void machine_step(struct mm_machine *m, enum mm_step s, uint32_t n)
{
	m->steps.n[s] += n;
	m->steps.changed++;
}

static inline void machine_saw(const struct mm_machine *m, unsigned int what, uint32_t a,
			       unsigned int order, unsigned int type, uint32_t b, uint32_t c)
{
	const struct mm_seen seen = { .what = (uint8_t)what, .order = (uint8_t)order,
				      .type = (uint8_t)type, .a = a, .b = b, .c = c };

	if (MM_UNLIKELY(m->cfg.observe))
		m->cfg.observe(m->cfg.observe_arg, &seen);
}

static inline bool machine_is_lowmem(const struct mm_machine *m, pfn_t pfn)
{
	return pfn < m->layout.max_low_pfn;
}

static inline vaddr_t machine_lowmem_addr(const struct mm_machine *m, pfn_t pfn)
{
	return m->layout.page_offset + (pfn << MM_PAGE_SHIFT);
}

#endif
