/* SPDX-License-Identifier: MIT
 *
 * virt_check: prove that trees, tables by page, page tables, slots and the
 * frames' own records agree.
 *
 * Every page of the vmalloc range belongs to exactly one busy, lazy or free
 * area; an entry is present if and only if an area or slot says so; every
 * frame that an area or a page table holds knows it.
 */
#include <errno.h>

#include "engine/virt/virt_internal.h"

/* The free tree's node i against its neighbours in the tree. */
static int check_node(const struct virt *v, uint32_t i, struct mm_error *err)
{
	const struct area *a = &v->area[i];
	uint32_t l = a->left, r = a->right;

	if (a->state != AREA_FREE || a->start >= a->end)
		return mm_fail(err, -EUCLEAN, "free area %u [0x%08x, 0x%08x) is in state %u",
			       i, a->start, a->end, a->state);
	if ((l && v->area[l].parent != i) || (r && v->area[r].parent != i) ||
	    (!a->parent && v->tree.root != i))
		return mm_fail(err, -EUCLEAN, "free area 0x%08x: links of parent and child differ",
			       a->start);
	if (a->red && ((l && v->area[l].red) || (r && v->area[r].red) || !a->parent))
		return mm_fail(err, -EUCLEAN, "free area 0x%08x: red with a red child, or a red root",
			       a->start);
	if (a->subtree_max != rb_own_max(v, i))
		return mm_fail(err, -EUCLEAN, "free area 0x%08x: subtree maximum 0x%x, expected 0x%x",
			       a->start, a->subtree_max, rb_own_max(v, i));
	return 0;
}

static uint32_t blacks_above(const struct virt *v, uint32_t i)
{
	uint32_t n = 0;

	for (; i; i = v->area[i].parent)
		n += !v->area[i].red;
	return n;
}

static uint32_t in_order_next(const struct virt *v, uint32_t i)
{
	uint32_t p;

	if (v->area[i].right) {
		for (i = v->area[i].right; v->area[i].left; )
			i = v->area[i].left;
		return i;
	}
	while ((p = v->area[i].parent) != 0 && v->area[p].right == i)
		i = p;
	return p;
}

int tree_check(const struct virt *v, struct mm_error *err)
{
	uint32_t n = 0, blacks = 0, prev = 0, i;
	int ret;

	for (i = v->tree.first; i; prev = i, i = v->area[i].next) {
		const struct area *a = &v->area[i];

		if (++n > v->tree.nr)
			break;
		ret = check_node(v, i, err);
		if (ret)
			return ret;
		if (a->prev != prev || (prev && v->area[prev].end >= a->start) ||
		    in_order_next(v, i) != a->next)
			return mm_fail(err, -EUCLEAN, "free area 0x%08x: tree and list do not give "
				       "the same order, or it touches the one before", a->start);
		if (a->left && a->right)
			continue;
		if (blacks && blacks != blacks_above(v, i))
			return mm_fail(err, -EUCLEAN, "free area 0x%08x: %u black nodes above, "
				       "expected %u", a->start, blacks_above(v, i), blacks);
		blacks = blacks_above(v, i);
	}
	if (n != v->tree.nr)
		return mm_fail(err, -EUCLEAN, "%u free areas in the list, expected %u", n, v->tree.nr);
	return 0;
}

/* ---- areas ---- */

struct totals { uint32_t busy, busy_pages, lazy, lazy_pages, vmalloc_pages; };

static int no_entries(const struct mm_machine *m, vaddr_t from, vaddr_t to, struct mm_error *err)
{
	for (vaddr_t a = from; a < to; a += MM_PAGE_SIZE) {
		const pte_t *e = pt_entry(m->virt, a);

		if (!e)
			a |= (1u << m->virt->pmd_shift) - MM_PAGE_SIZE;	/* window's last page */
		else if (*e)
			return mm_fail(err, -EUCLEAN, "0x%08x is mapped to frame 0x%x, but belongs "
				       "to no area's pages", a, PTE_PFN(*e));
	}
	return 0;
}

/* One mapped page of a busy area. */
static int check_page(const struct mm_machine *m, uint32_t i, vaddr_t addr, struct mm_error *err)
{
	const struct area *a = &m->virt->area[i];
	const pte_t *e = pt_entry(m->virt, addr);
	enum phys_use use;
	uint32_t owner;

	if (!e || !(*e & PTE_PRESENT))
		return mm_fail(err, -EUCLEAN, "0x%08x of the area at 0x%08x is not mapped", addr,
			       a->start);
	if (a->kind == MM_AREA_IOREMAP &&
	    PTE_PFN(*e) != a->phys + ((addr - a->start) >> MM_PAGE_SHIFT))
		return mm_fail(err, -EUCLEAN, "0x%08x maps frame 0x%x, expected 0x%x of the ioremap",
			       addr, PTE_PFN(*e), a->phys + ((addr - a->start) >> MM_PAGE_SHIFT));
	if (a->kind != MM_AREA_VMALLOC)
		return 0;
	if (!phys_get_use(m, PTE_PFN(*e), &use, &owner) || use != PHYS_USE_VMALLOC || owner != i)
		return mm_fail(err, -EUCLEAN, "frame 0x%x is mapped by the vmalloc area at 0x%08x, but "
			       "is not recorded as its page", PTE_PFN(*e), a->start);
	return 0;
}

static int check_block(const struct mm_machine *m, const struct area *a, struct mm_error *err)
{
	const struct vmap_block *b = &m->virt->block[a->block];
	uint32_t given = 0;
	int ret = 0;

	for (uint32_t p = 0; p < VMAP_BLOCK_PAGES && !ret; ) {
		vaddr_t at = a->start + p * MM_PAGE_SIZE;

		given += b->len[p];
		for (uint32_t k = 0; k < b->len[p] && !ret; k++)
			ret = check_page(m, b->area, at + k * MM_PAGE_SIZE, err);
		if (!b->len[p] && !ret)
			ret = no_entries(m, at, at + MM_PAGE_SIZE, err);
		p += b->len[p] ? b->len[p] : 1;
	}
	if (!ret && given + b->dirty + b->free > VMAP_BLOCK_PAGES)
		return mm_fail(err, -EUCLEAN, "vmap block 0x%08x: %u pages given, %u dirty, %u free",
			       a->start, given, b->dirty, b->free);
	return ret;
}

static int check_busy(const struct mm_machine *m, uint32_t i, struct totals *t,
		      struct mm_error *err)
{
	const struct area *a = &m->virt->area[i];
	uint32_t mapped = a->loaded || a->block ? 0 : a->nr_pages;
	int ret = 0;

	t->busy++;
	t->busy_pages += (a->end - a->start) >> MM_PAGE_SHIFT;
	if (a->kind == MM_AREA_IOREMAP && !a->loaded)
		mapped = ((a->end - a->start) >> MM_PAGE_SHIFT) - 1;
	if (a->kind == MM_AREA_VMALLOC)
		t->vmalloc_pages += a->nr_pages;
	for (uint32_t k = 0; k < mapped && !ret; k++)
		ret = check_page(m, i, a->start + k * MM_PAGE_SIZE, err);
	if (ret)
		return ret;
	if (a->block)
		return check_block(m, a, err);
	return no_entries(m, a->start + mapped * MM_PAGE_SIZE, a->end, err);
}

/* The used area at page p, and where it ends. */
static int check_used(const struct mm_machine *m, uint32_t p, struct totals *t, vaddr_t *end,
		      struct mm_error *err)
{
	const struct virt *v = m->virt;
	uint32_t i = v->by_first[p];
	vaddr_t at = m->layout.vmalloc_start + p * MM_PAGE_SIZE;
	const struct area *a = &v->area[i];

	if (!i || a->start != at || a->end <= at || a->end > m->layout.vmalloc_end ||
	    v->by_last[area_page(m, a->end - 1)] != i)
		return mm_fail(err, -EUCLEAN, "0x%08x belongs to no free area, and no busy or lazy "
			       "area begins there", at);
	*end = a->end;
	if (a->state == AREA_BUSY)
		return check_busy(m, i, t, err);
	if (a->state != AREA_LAZY)
		return mm_fail(err, -EUCLEAN, "area 0x%08x in the table by page has state %u", at,
			       a->state);
	t->lazy++;
	t->lazy_pages += (a->end - at) >> MM_PAGE_SHIFT;
	return no_entries(m, at, a->end, err);
}

static int check_areas(const struct mm_machine *m, struct mm_error *err)
{
	const struct virt *v = m->virt;
	struct totals t = { 0 };
	vaddr_t at = m->layout.vmalloc_start, end = at;
	uint32_t f = v->tree.first;
	int ret = 0;

	while (at < m->layout.vmalloc_end && !ret) {
		while (f && v->area[f].end <= at)
			f = v->area[f].next;
		if (f && v->area[f].start <= at) {
			end = v->area[f].end < m->layout.vmalloc_end ? v->area[f].end :
			      m->layout.vmalloc_end;
			ret = no_entries(m, at, end, err);
		} else {
			ret = check_used(m, area_page(m, at), &t, &end, err);
		}
		at = end;
	}
	if (ret)
		return ret;
	if (t.busy != v->nr_busy || t.busy_pages != v->busy_pages || t.lazy != v->nr_lazy ||
	    t.lazy_pages != v->lazy_pages || t.vmalloc_pages != v->nr_vmalloc_pages)
		return mm_fail(err, -EUCLEAN, "areas: %u busy of %u pages, %u lazy of %u pages, %u "
			       "vmalloc pages; counted %u, %u, %u, %u, %u", v->nr_busy,
			       v->busy_pages, v->nr_lazy, v->lazy_pages, v->nr_vmalloc_pages,
			       t.busy, t.busy_pages, t.lazy, t.lazy_pages, t.vmalloc_pages);
	return 0;
}

/* ---- page tables ---- */

static int check_tables(const struct mm_machine *m, struct mm_error *err)
{
	const struct virt *v = m->virt;
	uint32_t first = m->layout.vmalloc_start >> v->pmd_shift, tables = 0, owner;
	uint32_t last = (m->layout.vmalloc_end - 1) >> v->pmd_shift;
	enum phys_use use;
	paddr_t phys;

	for (uint32_t w = first; w <= last; w++) {
		tables += v->table[w] != NULL;
		if (!v->table[w] || (v->pmd[w] & (PTE_BOOT | PTE_LOADED)))
			continue;
		if (!phys_get_use(m, PTE_PFN(v->pmd[w]), &use, &owner) || use != PHYS_USE_PTE)
			return mm_fail(err, -EUCLEAN, "frame 0x%x is the page table of 0x%08x, but is "
				       "not recorded as one", PTE_PFN(v->pmd[w]), w << v->pmd_shift);
	}
	if (tables != v->nr_pte_pages)
		return mm_fail(err, -EUCLEAN, "%u page tables of the vmalloc range, counted %u",
			       v->nr_pte_pages, tables);
	for (pfn_t p = 0; p < m->layout.max_low_pfn; p++)
		if (!virt_translate(m, machine_lowmem_addr(m, p), &phys) ||
		    phys != (paddr_t)p << MM_PAGE_SHIFT)
			return mm_fail(err, -EUCLEAN, "the direct map does not map frame 0x%x", p);
	return 0;
}

/* ---- kmap ---- */

static int check_chains(const struct virt *v, uint32_t slots, struct mm_error *err)
{
	uint32_t listed = 0;

	for (uint32_t k = 0; k < PKMAP_CHAINS; k++) {
		uint32_t i = v->chain[k].first, n = 0;

		for (; i != PKMAP_NO_SLOT && n < v->chain[k].nr; i = v->slot[i].next, n++)
			if (v->slot[i].before != n)
				return mm_fail(err, -EUCLEAN, "pkmap slot %u is entry %u of hash chain "
					       "%u, but says %u", i, n, k, v->slot[i].before);
		if (i != PKMAP_NO_SLOT || n != v->chain[k].nr)
			return mm_fail(err, -EUCLEAN, "pkmap hash chain %u does not end after %u "
				       "entries", k, v->chain[k].nr);
		listed += n;
	}
	return listed == slots ? 0 : mm_fail(err, -EUCLEAN, "%u pkmap slots are mapped, %u are in "
					     "the hash", slots, listed);
}

static int check_pkmap(const struct mm_machine *m, struct mm_error *err)
{
	const struct virt *v = m->virt;
	uint32_t in_use = 0, stale = 0, listed = 0;

	for (uint32_t i = 0; v->slot && i < m->layout.last_pkmap; i++) {
		const struct pkmap_slot *s = &v->slot[i];
		pte_t e = *pt_entry(v, pkmap_addr(m, i));

		in_use += s->count >= 2;
		stale += s->count == 1;
		if (s->count ? e != PTE_MAKE(s->pfn, PTE_RW) : e != 0)
			return mm_fail(err, -EUCLEAN, "pkmap slot %u: count %u, frame 0x%x, entry 0x%x",
				       i, s->count, s->pfn, e);
		if (s->count && v->slot_of[s->pfn - m->layout.max_low_pfn] != i)
			return mm_fail(err, -EUCLEAN, "frame 0x%x is in pkmap slot %u, but its entry "
				       "in the table by frame says %u", s->pfn, i,
				       v->slot_of[s->pfn - m->layout.max_low_pfn]);
	}
	for (uint32_t k = 0; k < v->nr_high; k++)
		listed += v->slot_of[k] != PKMAP_NO_SLOT;
	if (in_use != v->pkmap_in_use || stale != v->pkmap_stale || listed != in_use + stale)
		return mm_fail(err, -EUCLEAN, "pkmap: %u in use and %u stale, counted %u and %u; %u "
			       "frames have a slot", v->pkmap_in_use, v->pkmap_stale, in_use, stale,
			       listed);
	return v->slot ? check_chains(v, listed, err) : 0;
}

static int check_local(const struct mm_machine *m, struct mm_error *err)
{
	const struct virt *v = m->virt;
	uint32_t in_use = 0;

	for (uint32_t c = 0; c < MM_NR_CPUS; c++) {
		in_use += v->cur[c].depth;
		for (uint32_t d = 0; d < KM_MAX_IDX; d++) {
			pte_t e = *pt_entry(v, kl_addr(m, c, d));
			pte_t want = d < v->cur[c].depth ? PTE_MAKE(v->cur[c].pfn[d], PTE_RW) : 0;

			if (e != want)
				return mm_fail(err, -EUCLEAN, "kmap_local slot %u of CPU %u holds entry "
					       "0x%x, expected 0x%x", d, c, e, want);
		}
	}
	for (uint32_t k = 0; k < v->nr_saved; k++)
		in_use += v->saved[k].depth;
	if (in_use != v->local_in_use)
		return mm_fail(err, -EUCLEAN, "%u kmap_local mappings, counted %u", v->local_in_use,
			       in_use);
	return 0;
}

int virt_check(const struct mm_machine *m, struct mm_error *err)
{
	int ret = tree_check(m->virt, err);

	if (!ret)
		ret = check_areas(m, err);
	if (!ret)
		ret = check_tables(m, err);
	if (!ret)
		ret = check_pkmap(m, err);
	return ret ? ret : check_local(m, err);
}
