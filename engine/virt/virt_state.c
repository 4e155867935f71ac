/* SPDX-License-Identifier: MIT
 *
 * The layer's part of a machine state: load and save.
 *
 * What a recorded state does not say is settled thus:
 * - frames, vm_struct and page array of its vmalloc areas: not known; a vfree
 *   of such an area frees no page, and what it leaves is counted;
 * - lazily freed areas: what is neither busy nor free, if the state has the
 *   tree of free areas; without it, what is not busy is free, and the tree is
 *   built from the lowest hole up, as the kernel does at boot;
 * - the spare object of CPU 0: exists (a kernel that has made an area has
 *   one), its address is unknown;
 * - users of pkmap slots: none, every mapping counts 1 (stale);
 * - where the pkmap rotation stands: the end of the unbroken run of mapped
 *   slots from slot 0, or 1.  Between two wraps every slot up to the rotation's
 *   position has been taken or was in use, and none beyond it is new;
 * - kmap_local mappings belong to a task that never calls again.
 */
#include <errno.h>
#include <stdlib.h>

#include "engine/mm_state.h"
#include "engine/virt/virt_internal.h"

#define MAX_DEPTH 64	/* of the free tree: 2 log2(n + 1) */

/* Flags of the kernel's vm_struct (include/linux/vmalloc.h). */
#define VM_IOREMAP	0x1u
#define VM_ALLOC	0x2u
#define VM_MAP		0x4u

static enum mm_area_kind kind_of(uint32_t flags)
{
	if (flags & VM_IOREMAP)
		return MM_AREA_IOREMAP;
	if (flags & VM_ALLOC)
		return MM_AREA_VMALLOC;
	return flags & VM_MAP ? MM_AREA_VMAP : MM_AREA_BOOT;
}

static int load_busy(struct mm_machine *m, const struct mm_state *s, struct mm_error *err)
{
	struct virt *v = m->virt;
	vaddr_t end = m->layout.vmalloc_start;

	for (uint32_t k = 0; k < s->nr_vmap; k++) {
		const struct mm_vmap_state *e = &s->vmap[k];
		struct area *a;
		uint32_t i;

		if (e->start < end || e->end <= e->start || e->end > m->layout.vmalloc_end ||
		    ((e->start | e->end) & (MM_PAGE_SIZE - 1)))
			return mm_fail(err, -EINVAL, "vmap area %u of the state is [0x%08x, 0x%08x), "
				       "expected pages between 0x%08x and 0x%08x", k, e->start,
				       e->end, end, m->layout.vmalloc_end);
		if (e->nr_pages > (e->end - e->start) >> MM_PAGE_SHIFT)
			return mm_fail(err, -EINVAL, "vmap area %u of the state at 0x%08x has %u pages, "
				       "expected at most %u", k, e->start, e->nr_pages,
				       (e->end - e->start) >> MM_PAGE_SHIFT);
		if (!area_pool_reserve(v, 1))
			return mm_fail(err, -ENOMEM, "no host memory for vmap area %u", k);
		i = area_new(v);
		a = &v->area[i];
		a->start = e->start;
		a->end = end = e->end;
		a->kind = kind_of(e->flags);
		a->vm_flags = e->flags;
		a->nr_pages = e->nr_pages;
		a->op = a->site = MM_NO_OP;
		a->state = AREA_BUSY;
		a->loaded = true;
		area_index(m, i);
		v->nr_busy++;
		v->busy_pages += (e->end - e->start) >> MM_PAGE_SHIFT;
		if (a->kind == MM_AREA_VMALLOC)
			v->nr_vmalloc_pages += e->nr_pages;
	}
	return 0;
}

/* Link node i, the k-th of the preorder, below its parent. */
static bool link_preorder(struct virt *v, uint32_t *path, const struct mm_vfree_state *e, uint32_t i)
{
	uint32_t p;

	path[e->depth] = i;
	if (e->depth == 0) {
		v->tree.root = i;
		return true;
	}
	p = path[e->depth - 1];
	v->area[i].parent = p;
	if (e->start < v->area[p].start) {
		if (v->area[p].left || v->area[p].right)
			return false;	/* preorder: left comes first */
		v->area[p].left = i;
	} else {
		if (v->area[p].right)
			return false;
		v->area[p].right = i;
	}
	return true;
}

static uint32_t leftmost(const struct virt *v, uint32_t i)
{
	while (i && v->area[i].left)
		i = v->area[i].left;
	return i;
}

static uint32_t successor(const struct virt *v, uint32_t i)
{
	uint32_t p;

	if (v->area[i].right)
		return leftmost(v, v->area[i].right);
	while ((p = v->area[i].parent) != 0 && v->area[p].right == i)
		i = p;
	return p;
}

static void thread_list(struct virt *v)
{
	uint32_t prev = 0;

	v->tree.first = leftmost(v, v->tree.root);
	for (uint32_t i = v->tree.first; i; i = successor(v, i)) {
		v->area[i].prev = prev;
		if (prev)
			v->area[prev].next = i;
		prev = i;
	}
}

/* The very same shape and colours: the search depends on them. */
static int load_tree(struct mm_machine *m, const struct mm_state *s, struct mm_error *err)
{
	struct virt *v = m->virt;
	uint32_t path[MAX_DEPTH] = { 0 }, deepest = 0, first;

	if (!area_pool_reserve(v, s->nr_vfree))
		return mm_fail(err, -ENOMEM, "no host memory for %u free areas", s->nr_vfree);
	first = v->area_used;
	for (uint32_t k = 0; k < s->nr_vfree; k++) {
		const struct mm_vfree_state *e = &s->vfree[k];
		uint32_t i = area_new(v);

		v->area[i].start = e->start;
		v->area[i].end = e->end;
		v->area[i].red = !e->black;
		v->area[i].state = AREA_FREE;
		if (e->depth >= MAX_DEPTH || e->depth > deepest || (k && !e->depth) ||
		    !link_preorder(v, path, e, i))
			return mm_fail(err, -EINVAL, "node %u of the state's free tree (0x%08x, "
				       "depth %u) does not fit a preorder", k, e->start, e->depth);
		deepest = e->depth + 1;
	}
	v->tree.nr = s->nr_vfree;
	for (uint32_t i = first + s->nr_vfree; i-- > first; )	/* children first */
		v->area[i].subtree_max = rb_own_max(v, i);
	thread_list(v);
	return 0;
}

static int add_range(struct mm_machine *m, vaddr_t start, vaddr_t end, bool lazy,
		     struct mm_error *err)
{
	struct virt *v = m->virt;
	uint32_t i;

	if (start >= end)
		return 0;
	if (!area_pool_reserve(v, 1))
		return mm_fail(err, -ENOMEM, "no host memory for a free area");
	i = area_new(v);
	v->area[i].start = start;
	v->area[i].end = end;
	if (!lazy) {
		tree_insert(v, i);
		return 0;
	}
	if (!area_in_range(m, start) || end > m->layout.vmalloc_end ||
	    ((start | end) & (MM_PAGE_SIZE - 1)))
		return mm_fail(err, -EINVAL, "[0x%08x, 0x%08x) is neither busy nor free in the state "
			       "and no part of the vmalloc range", start, end);
	v->area[i].state = AREA_LAZY;
	area_index(m, i);
	if (!v->nr_lazy++)
		v->lazy_lo = start;
	v->lazy_hi = end;
	v->lazy_pages += (end - start) >> MM_PAGE_SHIFT;
	return 0;
}

/* What lies between the busy areas (and the free ones of a loaded tree). */
static int load_gaps(struct mm_machine *m, const struct mm_state *s, bool lazy,
		     struct mm_error *err)
{
	struct virt *v = m->virt;
	uint32_t f = lazy ? v->tree.first : 0, k = 0;
	vaddr_t at = 1, start, end;
	int ret;

	while (f || k < s->nr_vmap) {
		bool busy = k < s->nr_vmap && (!f || s->vmap[k].start < v->area[f].start);

		start = busy ? s->vmap[k].start : v->area[f].start;
		end = busy ? s->vmap[k++].end : v->area[f].end;
		if (!busy)
			f = v->area[f].next;
		if (start < at)
			return mm_fail(err, -EINVAL, "area [0x%08x, 0x%08x) of the state overlaps "
				       "the one before it", start, end);
		ret = add_range(m, at, start, lazy, err);
		if (ret)
			return ret;
		at = end;
	}
	return add_range(m, at, 0xffffffffu, lazy, err);
}

static uint32_t free_at(const struct virt *v, vaddr_t start)
{
	uint32_t i = v->tree.root;

	while (i && v->area[i].start != start)
		i = start < v->area[i].start ? v->area[i].left : v->area[i].right;
	return i;
}

static void load_objects(struct mm_machine *m, const struct mm_state *s)
{
	struct virt *v = m->virt;

	for (uint32_t k = 0; k < s->nr_vmap_obj; k++) {
		uint32_t i = area_at(m, s->vmap_obj[k].start);

		if (!i)
			i = free_at(v, s->vmap_obj[k].start);
		if (i)
			v->area[i].obj = s->vmap_obj[k].obj;
	}
	v->preloaded[0] = true;
}

static int load_tables(struct mm_machine *m, const struct mm_state *s, struct mm_error *err)
{
	struct virt *v = m->virt;
	uint32_t window = 1u << v->pmd_shift;
	int ret = 0;

	if (!s->has_pmd) {
		for (uint32_t k = 0; k < s->nr_vmap && !ret; k++)
			for (vaddr_t a = s->vmap[k].start & ~(window - 1);
			     a < s->vmap[k].end && !ret; a += window)
				ret = pt_loaded_table(v, a, MM_NO_PFN);
		return ret ? mm_fail(err, ret, "no host memory for page tables") : 0;
	}
	if (s->pmd_size != window || (s->pmd_start & (window - 1)) ||
	    s->nr_pmd > (0u - s->pmd_start) / window)
		return mm_fail(err, -EINVAL, "the state's page tables cover %u bytes each from 0x%08x, "
			       "expected %u", s->pmd_size, s->pmd_start, window);
	for (uint32_t k = 0; k < s->nr_pmd && !ret; k++)
		if (s->pmd_pte[k])
			ret = pt_loaded_table(v, s->pmd_start + k * window, s->pmd_pte[k]);
	return ret ? mm_fail(err, ret, "no host memory for page tables") : 0;
}

static int load_pkmap(struct mm_machine *m, const struct mm_state *s, struct mm_error *err)
{
	struct virt *v = m->virt;
	uint32_t run = 0;

	for (uint32_t k = 0; k < s->nr_pkmap; k++) {
		uint32_t slot = s->pkmap[k].slot;
		pfn_t pfn = s->pkmap[k].pfn;

		if (slot >= m->layout.last_pkmap || pfn - m->layout.max_low_pfn >= v->nr_high ||
		    v->slot[slot].count ||
		    v->slot_of[pfn - m->layout.max_low_pfn] != PKMAP_NO_SLOT)
			return mm_fail(err, -EINVAL, "pkmap slot %u of the state maps frame 0x%x: no "
				       "such slot, no HighMem frame, or twice", slot, pfn);
		v->slot[slot].count = 1;
		v->slot[slot].pfn = pfn;
		v->slot_of[pfn - m->layout.max_low_pfn] = slot;
		pkmap_chain_add(m, slot);
		v->pkmap_stale++;
		v->pkmap_pte[slot] = PTE_MAKE(pfn, PTE_RW);
	}
	if (!v->slot)
		return 0;
	if (s->has_last_pkmap_nr && s->last_pkmap_nr >= m->layout.last_pkmap)
		return mm_fail(err, -EINVAL, "the pkmap rotation stands at %u of %u slots",
			       s->last_pkmap_nr, m->layout.last_pkmap);
	while (run + 1 < m->layout.last_pkmap && v->slot[run + 1].count)
		run++;
	v->last_pkmap_nr = s->has_last_pkmap_nr ? s->last_pkmap_nr : run;
	return 0;
}

static int load_local(struct mm_machine *m, const struct mm_state *s, struct mm_error *err)
{
	struct virt *v = m->virt;

	for (uint32_t k = 0; k < s->nr_kmap_local; k++) {
		uint32_t cpu = s->kmap_local[k].slot / KM_MAX_IDX;
		uint32_t d = s->kmap_local[k].slot % KM_MAX_IDX;
		pfn_t pfn = s->kmap_local[k].pfn;

		if (cpu >= m->cfg.cpus || d != v->cur[cpu].depth || d == KM_MAX_IDX - 1)
			return mm_fail(err, -EINVAL, "kmap_local slot %u of the state is not the "
				       "next of a CPU of this machine", s->kmap_local[k].slot);
		v->cur[cpu].task = KL_FOREIGN_TASK;
		v->cur[cpu].pfn[v->cur[cpu].depth++] = pfn;
		v->local_in_use++;
		*kl_entry(v, cpu, d) = PTE_MAKE(pfn, PTE_RW);
	}
	return 0;
}

int virt_load(struct mm_machine *m, const struct mm_state *s, struct mm_error *err)
{
	int ret = virt_new(m, err);

	if (!ret)
		ret = load_busy(m, s, err);
	if (!ret && s->has_vfree)
		ret = load_tree(m, s, err);
	if (!ret)
		ret = load_gaps(m, s, s->has_vfree, err);
	if (!ret)
		load_objects(m, s);
	if (!ret)
		ret = load_tables(m, s, err);
	if (!ret)
		ret = load_pkmap(m, s, err);
	if (!ret)
		ret = load_local(m, s, err);
	return ret ? ret : virt_check(m, err);
}
