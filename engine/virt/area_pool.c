/* SPDX-License-Identifier: MIT
 *
 * The records of address ranges, and the tables that find one by its page.
 *
 * Records live in one growing array and are named by index, so that trees and
 * lists are 4-byte links and the array can move.  Busy and lazily freed areas
 * are found by their first and last page in two tables over the vmalloc range
 * (8 bytes a page, 240 KiB for the usual 120 MiB): vfree and the merging of
 * lazy neighbours are one load each.  The kernel keeps red-black trees there;
 * their shape decides nothing, since neither is searched for a fit.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/virt/virt_internal.h"

#define FIRST_CAP 256u

int area_pool_create(struct mm_machine *m, struct mm_error *err)
{
	struct virt *v = m->virt;
	size_t n;

	v->range_pages = (m->layout.vmalloc_end - m->layout.vmalloc_start) >> MM_PAGE_SHIFT;
	n = v->range_pages;
	v->area = calloc(FIRST_CAP, sizeof(*v->area));
	v->by_first = calloc(n, sizeof(*v->by_first));
	v->by_last = calloc(n, sizeof(*v->by_last));
	v->alloc_op = malloc(n * sizeof(*v->alloc_op));
	v->free_op = malloc(n * sizeof(*v->free_op));
	if (!v->area || !v->by_first || !v->by_last || !v->alloc_op || !v->free_op)
		return mm_fail(err, -ENOMEM, "no host memory for %u pages of vmalloc range",
			       v->range_pages);
	memset(v->alloc_op, 0xff, n * sizeof(*v->alloc_op));	/* MM_NO_OP */
	memset(v->free_op, 0xff, n * sizeof(*v->free_op));
	v->area_cap = FIRST_CAP;
	v->area_used = 1;	/* index 0 is nobody */
	return 0;
}

void area_pool_destroy(struct virt *v)
{
	free(v->area);
	free(v->by_first);
	free(v->by_last);
	free(v->alloc_op);
	free(v->free_op);
	free(v->scratch);
}

bool area_pool_reserve(struct virt *v, uint32_t n)
{
	struct area *bigger;
	uint32_t cap = v->area_cap;

	if (v->area_used + n <= cap)
		return true;
	cap = cap * 2 + n;
	bigger = realloc(v->area, cap * sizeof(*bigger));
	if (!bigger)
		return false;
	v->area = bigger;
	v->area_cap = cap;
	return true;
}

uint32_t area_new(struct virt *v)
{
	uint32_t i = v->area_unused;

	if (i)
		v->area_unused = v->area[i].next;
	else
		i = v->area_used++;
	MM_ASSERT(i < v->area_cap);
	memset(&v->area[i], 0, sizeof(v->area[i]));
	return i;
}

void area_release(struct virt *v, uint32_t i)
{
	v->area[i].state = AREA_UNUSED;
	v->area[i].next = v->area_unused;
	v->area_unused = i;
}

bool scratch_reserve(struct virt *v, uint32_t n)
{
	pfn_t *bigger;

	if (n <= v->scratch_cap)
		return true;
	bigger = realloc(v->scratch, (size_t)n * sizeof(*bigger));
	if (!bigger)
		return false;
	v->scratch = bigger;
	v->scratch_cap = n;
	return true;
}

void area_index(struct mm_machine *m, uint32_t i)
{
	struct virt *v = m->virt;

	v->by_first[area_page(m, v->area[i].start)] = i;
	v->by_last[area_page(m, v->area[i].end - 1)] = i;
}

void area_unindex(struct mm_machine *m, uint32_t i)
{
	struct virt *v = m->virt;

	v->by_first[area_page(m, v->area[i].start)] = 0;
	v->by_last[area_page(m, v->area[i].end - 1)] = 0;
}

uint32_t area_at(const struct mm_machine *m, vaddr_t addr)
{
	const struct virt *v = m->virt;
	uint32_t i;

	if (!area_in_range(m, addr) || (addr & (MM_PAGE_SIZE - 1)))
		return 0;
	i = v->by_first[area_page(m, addr)];
	return i && v->area[i].state == AREA_BUSY ? i : 0;
}
