/* SPDX-License-Identifier: MIT
 *
 * The free address ranges: an augmented red-black tree and a list in address
 * order (Linux 6.1 mm/vmalloc.c find_vmap_lowest_match, adjust_va_to_fit_type,
 * merge_or_add_vmap_area).
 *
 * The search takes the lowest address that fits.  With an alignment above a
 * page it asks subtrees for size + align - 1, so that a tighter hole is found
 * only if it happens to be on the path: the walk below is the kernel's, step
 * by step, because first fit gives other answers there (a third of 1,110
 * recorded requests).
 */
#include <errno.h>

#include "engine/virt/virt_internal.h"

static uint32_t left_max(const struct virt *v, uint32_t i)
{
	return v->area[i].left ? v->area[v->area[i].left].subtree_max : 0;
}

static uint32_t right_max(const struct virt *v, uint32_t i)
{
	return v->area[i].right ? v->area[v->area[i].right].subtree_max : 0;
}

static vaddr_t first_start(const struct area *a, vaddr_t vstart, uint32_t align)
{
	vaddr_t s = a->start > vstart ? a->start : vstart;

	return (s + align - 1) & ~(align - 1);
}

/* Arithmetic wraps at 4 GiB as the kernel's does; a wrapped start or end is
 * no fit. */
static bool fits(const struct area *a, uint32_t size, uint32_t align, vaddr_t vstart)
{
	vaddr_t s = first_start(a, vstart, align);

	return s >= vstart && s + size >= s && s + size <= a->end;
}

/* Climb from node i, which has been searched with all below it, to the next
 * node worth a look; *found says that it fits as it is.  0: there is none. */
static uint32_t climb(const struct virt *v, uint32_t i, uint32_t size, uint32_t align,
		      uint64_t length, vaddr_t *vstart, bool *found, uint32_t *steps)
{
	while ((i = v->area[i].parent) != 0) {
		++*steps;
		if (fits(&v->area[i], size, align, *vstart)) {
			*found = true;
			return i;
		}
		if (right_max(v, i) >= length && *vstart <= v->area[i].start) {
			*vstart = v->area[i].start + 1;	/* do not come here again */
			return v->area[i].right;
		}
	}
	return 0;
}

static uint32_t lowest_match(const struct virt *v, uint32_t size, uint32_t align,
			     uint64_t length, vaddr_t vstart, uint32_t *steps)
{
	uint32_t i = v->tree.root;
	bool found = false;

	while (i && !found) {
		const struct area *a = &v->area[i];

		++*steps;
		if (left_max(v, i) >= length && vstart < a->start)
			i = a->left;
		else if (fits(a, size, align, vstart))
			return i;
		else if (right_max(v, i) >= length)
			i = a->right;
		else
			i = climb(v, i, size, align, length, &vstart, &found, steps);
	}
	return i;
}

bool tree_search(const struct virt *v, uint32_t size, uint32_t align,
		 vaddr_t vstart, vaddr_t vend, struct tree_fit *fit)
{
	uint64_t length = size;

	if (align > MM_PAGE_SIZE && vend - vstart != size)
		length += align - 1;
	fit->steps = 0;
	fit->area = lowest_match(v, size, align, length, vstart, &fit->steps);
	if (!fit->area)
		return false;
	fit->start = first_start(&v->area[fit->area], vstart, align);
	return (uint64_t)fit->start + size <= vend;
}

enum tree_clip tree_clip_kind(const struct virt *v, const struct tree_fit *fit, uint32_t size)
{
	const struct area *a = &v->area[fit->area];

	if (fit->start == a->start)
		return fit->start + size == a->end ? CLIP_EXACT : CLIP_LEFT;
	return fit->start + size == a->end ? CLIP_RIGHT : CLIP_MIDDLE;
}

/* Where in the tree an area that starts at addr belongs. */
static uint32_t find_parent(struct virt *v, vaddr_t addr, bool *right)
{
	uint32_t parent = 0;

	*right = false;
	for (uint32_t i = v->tree.root; i; ) {
		parent = i;
		v->tree.work.descent++;
		*right = addr > v->area[i].start;
		i = *right ? v->area[i].right : v->area[i].left;
	}
	return parent;
}

static void link_area(struct virt *v, uint32_t i, uint32_t parent, bool right)
{
	struct free_tree *t = &v->tree;
	uint32_t prev = 0, next = t->first;

	if (parent) {
		prev = right ? parent : v->area[parent].prev;
		next = right ? v->area[parent].next : parent;
	}
	v->area[i].prev = prev;
	v->area[i].next = next;
	if (prev)
		v->area[prev].next = i;
	else
		t->first = i;
	if (next)
		v->area[next].prev = i;
	v->area[i].state = AREA_FREE;
	t->nr++;
	t->work.insert++;
	rb_insert(v, t, i, parent, right);
}

static void unlink_area(struct virt *v, uint32_t i)
{
	struct free_tree *t = &v->tree;
	struct area *a = &v->area[i];

	if (a->prev)
		v->area[a->prev].next = a->next;
	else
		t->first = a->next;
	if (a->next)
		v->area[a->next].prev = a->prev;
	t->nr--;
	t->work.erase++;
	rb_erase(v, t, i);
}

void tree_insert(struct virt *v, uint32_t i)
{
	bool right;
	uint32_t parent = find_parent(v, v->area[i].start, &right);

	link_area(v, i, parent, right);
}

unsigned int tree_merge_or_add(struct virt *v, uint32_t i, vaddr_t freed[2])
{
	bool right, merged = false;
	uint32_t parent = find_parent(v, v->area[i].start, &right);
	uint32_t next = !parent ? 0 : right ? v->area[parent].next : parent;
	uint32_t prev = !parent ? 0 : right ? parent : v->area[parent].prev;
	unsigned int n = 0;

	if (next && v->area[next].start == v->area[i].end) {
		v->area[next].start = v->area[i].start;
		freed[n++] = v->area[i].obj;
		area_release(v, i);
		i = next;
		merged = true;
	}
	if (prev && v->area[prev].end == v->area[i].start) {
		if (merged)
			unlink_area(v, i);
		v->area[prev].end = v->area[i].end;
		freed[n++] = v->area[i].obj;
		area_release(v, i);
		i = prev;
		merged = true;
	}
	if (merged)
		rb_update_up(v, i);
	else
		link_area(v, i, parent, right);
	return n;
}

void tree_clip(struct virt *v, const struct tree_fit *fit, uint32_t size, uint32_t left_part)
{
	struct area *a = &v->area[fit->area];

	switch (tree_clip_kind(v, fit, size)) {
	case CLIP_EXACT:
		unlink_area(v, fit->area);
		return;
	case CLIP_LEFT:
		a->start += size;
		break;
	case CLIP_RIGHT:
		a->end = fit->start;
		break;
	case CLIP_MIDDLE:
		v->area[left_part].start = a->start;
		v->area[left_part].end = fit->start;
		a->start = fit->start + size;
		rb_update_up(v, fit->area);
		tree_insert(v, left_part);
		return;
	}
	rb_update_up(v, fit->area);
}

/* Clip area i to [lo, hi): its size there. */
static uint32_t clipped(const struct virt *v, uint32_t i, vaddr_t lo, vaddr_t hi)
{
	vaddr_t s = v->area[i].start > lo ? v->area[i].start : lo;
	vaddr_t e = v->area[i].end < hi ? v->area[i].end : hi;

	return e > s ? e - s : 0;
}

/* O(log n): only areas on the two boundary paths can lie partly outside; the
 * subtrees between the paths answer with their maximum. */
uint32_t tree_largest_hole(const struct virt *v, vaddr_t lo, vaddr_t hi)
{
	uint32_t split = v->tree.root, best = 0, i, size;

	while (split && (v->area[split].end <= lo || v->area[split].start >= hi))
		split = v->area[split].end <= lo ? v->area[split].right : v->area[split].left;
	if (!split)
		return 0;
	best = clipped(v, split, lo, hi);
	for (i = v->area[split].left; i; ) {
		size = clipped(v, i, lo, hi);
		if (size && right_max(v, i) > size)
			size = right_max(v, i);
		best = size > best ? size : best;
		i = size ? v->area[i].left : v->area[i].right;
	}
	for (i = v->area[split].right; i; ) {
		size = clipped(v, i, lo, hi);
		if (size && left_max(v, i) > size)
			size = left_max(v, i);
		best = size > best ? size : best;
		i = size ? v->area[i].right : v->area[i].left;
	}
	return best;
}
