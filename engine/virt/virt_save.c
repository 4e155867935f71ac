/* SPDX-License-Identifier: MIT
 *
 * The layer's part of a machine state, taken from a machine.  Busy areas by
 * address, the free tree in preorder, objects of busy then of free areas,
 * page-table pages, mapped kmap slots.
 */
#include <errno.h>
#include <stdlib.h>

#include "engine/mm_state.h"
#include "engine/virt/virt_internal.h"

static uint32_t flags_of(const struct area *a)
{
	if (a->loaded)
		return a->vm_flags;
	switch (a->kind) {
	case MM_AREA_IOREMAP:
		return 0x1;
	case MM_AREA_VMALLOC:
		return 0x2;
	case MM_AREA_VMAP:
		return a->vm ? 0x4 : 0;
	default:
		return 0;
	}
}

static void save_busy(const struct mm_machine *m, struct mm_state *s)
{
	const struct virt *v = m->virt;

	for (uint32_t p = 0; p < v->range_pages; p++) {
		const struct area *a = &v->area[v->by_first[p]];

		if (!v->by_first[p] || a->state != AREA_BUSY)
			continue;
		s->vmap[s->nr_vmap++] = (struct mm_vmap_state){
			.start = a->start, .end = a->end, .flags = flags_of(a),
			.nr_pages = a->kind == MM_AREA_VMALLOC ? a->nr_pages : 0,
		};
		if (a->obj)
			s->vmap_obj[s->nr_vmap_obj++] = (struct mm_vmap_obj){ a->start, a->obj };
	}
}

/* The node after i in preorder; *depth follows. */
static uint32_t preorder_next(const struct virt *v, uint32_t i, uint32_t *depth)
{
	uint32_t p;

	if (v->area[i].left || v->area[i].right) {
		++*depth;
		return v->area[i].left ? v->area[i].left : v->area[i].right;
	}
	while ((p = v->area[i].parent) != 0) {
		if (v->area[p].left == i && v->area[p].right)
			return v->area[p].right;
		i = p;
		--*depth;
	}
	return 0;
}

static void save_free(const struct mm_machine *m, struct mm_state *s)
{
	const struct virt *v = m->virt;
	uint32_t depth = 0;

	for (uint32_t i = v->tree.root; i; i = preorder_next(v, i, &depth))
		s->vfree[s->nr_vfree++] = (struct mm_vfree_state){
			.depth = depth, .start = v->area[i].start, .end = v->area[i].end,
			.black = !v->area[i].red,
		};
	for (uint32_t i = v->tree.first; i; i = v->area[i].next)
		if (v->area[i].obj)
			s->vmap_obj[s->nr_vmap_obj++] =
				(struct mm_vmap_obj){ v->area[i].start, v->area[i].obj };
}

/* Windows of the vmalloc range; not said at all if a loaded state did not name
 * the frame of one. */
static void save_tables(const struct mm_machine *m, struct mm_state *s)
{
	const struct virt *v = m->virt;
	uint32_t first = m->layout.vmalloc_start >> v->pmd_shift;
	uint32_t last = (m->layout.vmalloc_end - 1) >> v->pmd_shift;

	s->pmd_start = first << v->pmd_shift;
	s->pmd_size = 1u << v->pmd_shift;
	s->has_pmd = true;
	for (uint32_t w = first; w <= last; w++) {
		s->pmd_pte[s->nr_pmd++] = v->table[w] ? PTE_PFN(v->pmd[w]) : 0;
		if (v->table[w] && (v->pmd[w] & PTE_BOOT))
			s->has_pmd = false;
	}
}

static void save_kmap(const struct mm_machine *m, struct mm_state *s)
{
	const struct virt *v = m->virt;

	for (uint32_t i = 0; v->slot && i < m->layout.last_pkmap; i++) {
		if (!v->slot[i].count)
			continue;
		s->pkmap[s->nr_pkmap].slot = i;
		s->pkmap[s->nr_pkmap++].pfn = v->slot[i].pfn;
	}
	s->last_pkmap_nr = v->last_pkmap_nr;
	s->has_last_pkmap_nr = v->slot != NULL;
	for (uint32_t c = 0; c < m->cfg.cpus; c++) {
		for (uint32_t d = 0; d < v->cur[c].depth; d++) {
			s->kmap_local[s->nr_kmap_local].slot = c * KM_MAX_IDX + d;
			s->kmap_local[s->nr_kmap_local++].pfn = v->cur[c].pfn[d];
		}
	}
}

/* At least one element, so that an empty array is no failure. */
static void *array(size_t n, size_t size)
{
	return calloc(n ? n : 1, size);
}

int virt_save(const struct mm_machine *m, struct mm_state *s, struct mm_error *err)
{
	const struct virt *v = m->virt;
	uint32_t windows = v->nr_pmd;

	s->vmap = array(v->nr_busy, sizeof(*s->vmap));
	s->vfree = array(v->tree.nr, sizeof(*s->vfree));
	s->vmap_obj = array(v->nr_busy + v->tree.nr, sizeof(*s->vmap_obj));
	s->pmd_pte = array(windows, sizeof(*s->pmd_pte));
	s->pkmap = array(m->layout.last_pkmap, sizeof(*s->pkmap));
	s->kmap_local = array(KM_MAX_IDX * m->cfg.cpus, sizeof(*s->kmap_local));
	if (!s->vmap || !s->vfree || !s->vmap_obj || !s->pmd_pte || !s->pkmap || !s->kmap_local)
		return mm_fail(err, -ENOMEM, "no host memory for the state's address areas");
	save_busy(m, s);
	save_free(m, s);
	s->has_vfree = true;
	s->has_vmap_obj = true;
	save_tables(m, s);
	save_kmap(m, s);
	s->lazy_pages = v->lazy_pages;
	return 0;
}
