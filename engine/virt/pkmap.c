/* SPDX-License-Identifier: MIT
 *
 * kmap: the pool of persistent mappings of HighMem pages (Linux 6.1
 * mm/highmem.c kmap_high, map_new_virtual, flush_all_zero_pkmaps).
 *
 * A slot's count is 0 (free, no TLB entry anywhere), 1 (nobody uses it, but the
 * mapping still stands) or n (n - 1 users).  Slots are handed out in rotation;
 * what counts 1 is cleaned only when the rotation wraps to 0, with one flush
 * for all.  A page that is still mapped gets its old slot back.
 *
 * The kernel finds a page's slot through a hash of 128 chains; here a table by
 * frame gives it in one load (2 bytes a HighMem frame).  A page is in the hash
 * at most once, so that the answer is the same.  What the kernel pays for its
 * walk is known without one: each slot knows how many entries stand before it in
 * its chain; only a flush, which takes entries out, walks the chains.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/virt/virt_internal.h"

int pkmap_create(struct mm_machine *m, struct mm_error *err)
{
	struct virt *v = m->virt;
	uint32_t frames = phys_nr_frames(m);

	if (!m->layout.last_pkmap || frames <= m->layout.max_low_pfn)
		return 0;
	v->nr_high = frames - m->layout.max_low_pfn;
	v->slot = calloc(m->layout.last_pkmap, sizeof(*v->slot));
	v->slot_of = malloc(v->nr_high * sizeof(*v->slot_of));
	if (!v->slot || !v->slot_of)
		return mm_fail(err, -ENOMEM, "no host memory for %u pkmap slots",
			       m->layout.last_pkmap);
	memset(v->slot_of, 0xff, v->nr_high * sizeof(*v->slot_of));	/* PKMAP_NO_SLOT */
	for (uint32_t i = 0; i < m->layout.last_pkmap; i++)
		v->slot[i] = (struct pkmap_slot){ .map_op = MM_NO_OP, .unmap_op = MM_NO_OP };
	for (uint32_t i = 0; i < PKMAP_CHAINS; i++)
		v->chain[i].first = PKMAP_NO_SLOT;
	return 0;
}

void pkmap_destroy(struct virt *v)
{
	free(v->slot);
	free(v->slot_of);
}

/* Linux 6.1 mm/highmem.c page_slot: the golden-ratio hash of the address of
 * the struct page (40 bytes each). */
static struct pkmap_chain *chain_of(struct mm_machine *m, pfn_t pfn)
{
	uint32_t page = m->cfg.mem_map + pfn * 40;

	return &m->virt->chain[page * 0x61C88647u >> (32 - PKMAP_CHAIN_BITS)];
}

void pkmap_chain_add(struct mm_machine *m, uint32_t slot)
{
	struct pkmap_slot *s = &m->virt->slot[slot];
	struct pkmap_chain *c = chain_of(m, s->pfn);

	s->next = PKMAP_NO_SLOT;
	s->before = c->nr;
	*(c->nr++ ? &m->virt->slot[c->last].next : &c->first) = (uint16_t)slot;
	c->last = (uint16_t)slot;
}

/* Out of its chain; how many entries the way there passes. */
static uint32_t chain_del(struct mm_machine *m, uint32_t slot)
{
	struct pkmap_slot *s = m->virt->slot;
	struct pkmap_chain *c = chain_of(m, s[slot].pfn);
	uint32_t passed = 0;
	uint16_t *at = &c->first, prev = PKMAP_NO_SLOT;

	for (; *at != slot; at = &s[*at].next) {
		prev = *at;
		passed++;
	}
	*at = s[slot].next;
	if (c->last == slot)
		c->last = prev;
	c->nr--;
	return passed;
}

static void chains_renumber(struct virt *v)
{
	for (uint32_t k = 0; k < PKMAP_CHAINS; k++) {
		uint16_t n = 0;

		for (uint16_t i = v->chain[k].first; i != PKMAP_NO_SLOT; i = v->slot[i].next)
			v->slot[i].before = n++;
	}
}

/* Clean every slot that counts 1; one TLB flush of the whole range if any. */
static void flush_unused(struct mm_machine *m)
{
	struct virt *v = m->virt;

	machine_saw(m, MM_SEEN_PKMAP_FLUSH, 0, 0, 0, 0, 0);
	machine_step(m, MM_STEP_KMAP_FLUSH, 1);
	machine_step(m, MM_STEP_KMAP_FLUSH_SLOTS, v->pkmap_stale);
	machine_step(m, MM_STEP_KMAP_HELD_SLOTS, v->pkmap_in_use);
	if (!v->pkmap_stale)
		return;
	for (uint32_t i = 0; i < m->layout.last_pkmap; i++) {
		if (v->slot[i].count != 1)
			continue;
		machine_step(m, MM_STEP_KMAP_CHAIN, chain_del(m, i));
		v->slot[i].count = 0;
		v->slot_of[v->slot[i].pfn - m->layout.max_low_pfn] = PKMAP_NO_SLOT;
		v->pkmap_pte[i] = 0;
		m->ev[MM_EV_PTE_WRITE]++;
	}
	chains_renumber(v);
	v->pkmap_stale = 0;
	m->ev[MM_EV_KMAP_FLUSH]++;
	tlb_flush_range(m, m->layout.pkmap_base, pkmap_addr(m, m->layout.last_pkmap));
}

/* The next free slot of the rotation; false when every slot has users.  The
 * wrap renews the budget, as there: a full pool ends at the last slot. */
static bool next_slot(struct mm_machine *m, uint32_t *slot)
{
	struct virt *v = m->virt;
	uint32_t budget = m->layout.last_pkmap;

	do {
		machine_step(m, MM_STEP_KMAP_SCAN, 1);
		v->last_pkmap_nr = (v->last_pkmap_nr + 1) & (m->layout.last_pkmap - 1);
		if (v->last_pkmap_nr == 0) {
			flush_unused(m);
			budget = m->layout.last_pkmap;
		}
		if (v->slot[v->last_pkmap_nr].count == 0) {
			*slot = v->last_pkmap_nr;
			return true;
		}
	} while (--budget);
	return false;
}

static enum mm_outcome map_new(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn,
			       uint32_t *slot)
{
	struct virt *v = m->virt;

	if (!next_slot(m, slot)) {
		m->ev[MM_EV_KMAP_WAIT]++;
		return machine_why(m, who, MM_WOULD_BLOCK, MM_CAUSE_PKMAP_FULL, 0, MM_PAGE_SIZE);
	}
	v->pkmap_pte[*slot] = PTE_MAKE(pfn, PTE_RW);
	m->ev[MM_EV_PTE_WRITE]++;
	v->slot[*slot].count = 1;
	v->slot[*slot].pfn = pfn;
	v->slot_of[pfn - m->layout.max_low_pfn] = *slot;
	v->pkmap_stale++;
	machine_step(m, MM_STEP_KMAP_NEW, 1);
	machine_step(m, MM_STEP_KMAP_CHAIN, chain_of(m, pfn)->nr);
	pkmap_chain_add(m, *slot);
	return MM_OK;
}

/* The slot of a HighMem frame, or PKMAP_NO_SLOT. */
static uint32_t slot_of(const struct mm_machine *m, pfn_t pfn)
{
	return m->virt->slot_of[pfn - m->layout.max_low_pfn];
}

enum mm_outcome virt_kmap(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn,
			  vaddr_t *addr)
{
	struct virt *v = m->virt;
	enum mm_outcome out;
	uint32_t slot;

	if (machine_is_lowmem(m, pfn)) {
		*addr = machine_lowmem_addr(m, pfn);
		return MM_OK;
	}
	if (MM_UNLIKELY(pfn - m->layout.max_low_pfn >= v->nr_high))
		return machine_misuse(m, who, MM_MISUSE_NOT_ALLOCATED, "kmap", pfn, MM_NO_OP,
				      MM_NO_OP);
	if (MM_UNLIKELY(virt_in_interrupt(who)))
		return machine_why(m, who, MM_FAIL, MM_CAUSE_CONTEXT, 0, MM_PAGE_SIZE);
	m->ev[MM_EV_KMAP]++;
	slot = slot_of(m, pfn);
	if (slot == PKMAP_NO_SLOT) {
		out = map_new(m, who, pfn, &slot);
		if (out != MM_OK)
			return out;
	} else {
		m->ev[MM_EV_KMAP_HIT]++;
		machine_step(m, MM_STEP_KMAP_CHAIN, v->slot[slot].before);
	}
	if (v->slot[slot].count++ == 1) {
		v->pkmap_stale--;
		v->pkmap_in_use++;
	}
	v->slot[slot].map_op = who->op;
	*addr = pkmap_addr(m, slot);
	return MM_OK;
}

enum mm_outcome virt_kunmap(struct mm_machine *m, const struct mm_caller *who, pfn_t pfn)
{
	struct virt *v = m->virt;
	struct pkmap_slot *s;
	uint32_t slot;

	if (machine_is_lowmem(m, pfn))
		return MM_OK;
	if (MM_UNLIKELY(pfn - m->layout.max_low_pfn >= v->nr_high))
		return machine_misuse(m, who, MM_MISUSE_KUNMAP, "kunmap", pfn, MM_NO_OP, MM_NO_OP);
	slot = slot_of(m, pfn);
	if (MM_UNLIKELY(slot == PKMAP_NO_SLOT))
		return machine_misuse(m, who, MM_MISUSE_KUNMAP, "kunmap", pfn, MM_NO_OP, MM_NO_OP);
	s = &v->slot[slot];
	if (MM_UNLIKELY(s->count < 2))
		return machine_misuse(m, who, MM_MISUSE_KUNMAP, "kunmap", pfn, s->map_op,
				      s->unmap_op);
	machine_step(m, MM_STEP_KMAP_CHAIN, s->before);
	s->unmap_op = who->op;
	if (--s->count == 1) {
		v->pkmap_in_use--;
		v->pkmap_stale++;
	}
	return MM_OK;
}
