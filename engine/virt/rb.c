/* SPDX-License-Identifier: MIT
 *
 * Red-black tree of areas by address, with the largest free size of each
 * subtree kept in its root.
 *
 * The textbook algorithms (Cormen et al., chapters 13 and 14), bottom-up with
 * parent links, on indices into the pool of areas; index 0 is the black leaf.
 * The textbook's choices matter and not only its invariants: for alignments
 * above a page the search depends on the tree's shape, and the kernel's trees
 * are built by these very steps (a node with two children is replaced by its
 * successor, colours decide the same rotations).
 */
#include "engine/virt/virt_internal.h"

uint32_t rb_own_max(const struct virt *v, uint32_t i)
{
	const struct area *a = &v->area[i];
	uint32_t max = a->end - a->start;

	if (a->left && v->area[a->left].subtree_max > max)
		max = v->area[a->left].subtree_max;
	if (a->right && v->area[a->right].subtree_max > max)
		max = v->area[a->right].subtree_max;
	return max;
}

void rb_update_up(struct virt *v, uint32_t i)
{
	for (; i; i = v->area[i].parent) {
		v->area[i].subtree_max = rb_own_max(v, i);
		v->tree.work.up++;
	}
}

/* Let new_child stand where old stood under parent. */
static void replace_child(struct virt *v, struct free_tree *t, uint32_t parent,
			  uint32_t old, uint32_t new_child)
{
	if (!parent)
		t->root = new_child;
	else if (v->area[parent].left == old)
		v->area[parent].left = new_child;
	else
		v->area[parent].right = new_child;
	if (new_child)
		v->area[new_child].parent = parent;
}

static void rotate_left(struct virt *v, struct free_tree *t, uint32_t x)
{
	uint32_t y = v->area[x].right;
	uint32_t inner = v->area[y].left;

	t->work.rotate++;
	replace_child(v, t, v->area[x].parent, x, y);
	v->area[x].right = inner;
	if (inner)
		v->area[inner].parent = x;
	v->area[y].left = x;
	v->area[x].parent = y;
	v->area[x].subtree_max = rb_own_max(v, x);
	v->area[y].subtree_max = rb_own_max(v, y);
}

static void rotate_right(struct virt *v, struct free_tree *t, uint32_t x)
{
	uint32_t y = v->area[x].left;
	uint32_t inner = v->area[y].right;

	t->work.rotate++;
	replace_child(v, t, v->area[x].parent, x, y);
	v->area[x].left = inner;
	if (inner)
		v->area[inner].parent = x;
	v->area[y].right = x;
	v->area[x].parent = y;
	v->area[x].subtree_max = rb_own_max(v, x);
	v->area[y].subtree_max = rb_own_max(v, y);
}

static void insert_fixup(struct virt *v, struct free_tree *t, uint32_t i)
{
	uint32_t p, g, uncle;

	while ((p = v->area[i].parent) != 0 && v->area[p].red) {
		g = v->area[p].parent;	/* red is never the root */
		uncle = v->area[g].left == p ? v->area[g].right : v->area[g].left;
		if (uncle && v->area[uncle].red) {
			v->area[p].red = v->area[uncle].red = false;
			v->area[g].red = true;
			t->work.recolour++;
			i = g;
			continue;
		}
		if (v->area[g].left == p) {
			if (v->area[p].right == i) {
				rotate_left(v, t, p);
				p = i;
			}
			rotate_right(v, t, g);
		} else {
			if (v->area[p].left == i) {
				rotate_right(v, t, p);
				p = i;
			}
			rotate_left(v, t, g);
		}
		v->area[p].red = false;
		v->area[g].red = true;
		break;
	}
	v->area[t->root].red = false;
}

void rb_insert(struct virt *v, struct free_tree *t, uint32_t i, uint32_t parent, bool right)
{
	struct area *a = &v->area[i];

	a->left = a->right = 0;
	a->parent = parent;
	a->red = true;
	if (!parent)
		t->root = i;
	else if (right)
		v->area[parent].right = i;
	else
		v->area[parent].left = i;
	rb_update_up(v, i);
	insert_fixup(v, t, i);
}

static bool is_red(const struct virt *v, uint32_t i)
{
	return i && v->area[i].red;
}

/* The subtree at x (maybe empty) under p lacks one black node. */
static void erase_fixup(struct virt *v, struct free_tree *t, uint32_t x, uint32_t p)
{
	while (p && !is_red(v, x)) {
		bool left = v->area[p].left == x;
		uint32_t s = left ? v->area[p].right : v->area[p].left;
		uint32_t near, far;

		if (v->area[s].red) {
			v->area[s].red = false;
			v->area[p].red = true;
			if (left)
				rotate_left(v, t, p);
			else
				rotate_right(v, t, p);
			s = left ? v->area[p].right : v->area[p].left;
		}
		near = left ? v->area[s].left : v->area[s].right;
		far = left ? v->area[s].right : v->area[s].left;
		if (!is_red(v, near) && !is_red(v, far)) {
			v->area[s].red = true;
			t->work.recolour++;
			x = p;
			p = v->area[x].parent;
			continue;
		}
		if (!is_red(v, far)) {
			v->area[near].red = false;
			v->area[s].red = true;
			if (left)
				rotate_right(v, t, s);
			else
				rotate_left(v, t, s);
			far = s;
			s = near;
		}
		v->area[s].red = v->area[p].red;
		v->area[p].red = false;
		v->area[far].red = false;
		if (left)
			rotate_left(v, t, p);
		else
			rotate_right(v, t, p);
		return;
	}
	if (x)
		v->area[x].red = false;
}

void rb_erase(struct virt *v, struct free_tree *t, uint32_t i)
{
	struct area *a = &v->area[i];
	uint32_t child, p, s;
	bool black;

	if (!a->left || !a->right) {
		child = a->left ? a->left : a->right;
		p = a->parent;
		black = !a->red;
		replace_child(v, t, p, i, child);
	} else {
		s = a->right;
		while (v->area[s].left)
			s = v->area[s].left;
		child = v->area[s].right;
		black = !v->area[s].red;
		p = v->area[s].parent;
		if (p == i) {
			p = s;
		} else {
			replace_child(v, t, p, s, child);
			v->area[s].right = a->right;
			v->area[a->right].parent = s;
		}
		replace_child(v, t, a->parent, i, s);
		v->area[s].left = a->left;
		v->area[a->left].parent = s;
		v->area[s].red = a->red;
	}
	rb_update_up(v, p);
	if (black)
		erase_fixup(v, t, child, p);
}
