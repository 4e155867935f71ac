/* SPDX-License-Identifier: MIT
 *
 * vm_map_ram: short-lived mappings of a few pages (Linux 6.1 mm/vmalloc.c
 * vb_alloc, vb_free, purge_fragmented_blocks).
 *
 * Up to 32 pages come from blocks of 64 pages (256 KiB, aligned to that) which
 * belong to a CPU; a block's pages are handed out once, in order, and never
 * again: the block is freed, lazily, when all of it has been.  More than 32
 * pages get an area of their own, without vm_struct and guard page.
 *
 * The kernel frees a block's record after an RCU grace period and keeps the
 * blocks in an xarray; here the record goes at once and the xarray's own
 * nodes are not allocated.
 */
#include <stdlib.h>
#include <string.h>

#include "engine/virt/virt_internal.h"

/* sizeof(struct vmap_block), Linux 6.1 i386 */
#define VMAP_BLOCK_OBJ 48u

void block_destroy(struct virt *v)
{
	free(v->block);
}

static uint32_t block_new(struct virt *v)
{
	struct vmap_block *bigger;
	uint32_t i = v->block_unused, cap;

	if (i) {
		v->block_unused = v->block[i].next;
	} else {
		if (v->block_used + 1 >= v->block_cap) {
			cap = v->block_cap ? v->block_cap * 2 : 16;
			bigger = realloc(v->block, cap * sizeof(*bigger));
			if (!bigger)
				return 0;
			v->block = bigger;
			v->block_cap = cap;
		}
		i = ++v->block_used;
	}
	memset(&v->block[i], 0, sizeof(v->block[i]));
	return i;
}

static void block_release(struct virt *v, uint32_t i)
{
	v->block[i].next = v->block_unused;
	v->block_unused = i;
}

static void list_add_tail(struct virt *v, uint32_t i)
{
	struct vmap_block *b = &v->block[i];

	b->listed = true;
	b->next = 0;
	b->prev = v->block_last[b->cpu];
	if (b->prev)
		v->block[b->prev].next = i;
	else
		v->block_first[b->cpu] = i;
	v->block_last[b->cpu] = i;
}

static void list_del(struct virt *v, uint32_t i)
{
	struct vmap_block *b = &v->block[i];

	if (!b->listed)
		return;
	b->listed = false;
	if (b->prev)
		v->block[b->prev].next = b->next;
	else
		v->block_first[b->cpu] = b->next;
	if (b->next)
		v->block[b->next].prev = b->prev;
	else
		v->block_last[b->cpu] = b->prev;
}

static void block_free(struct mm_machine *m, const struct mm_caller *who, uint32_t i)
{
	struct virt *v = m->virt;
	vaddr_t obj = v->block[i].obj;

	list_del(v, i);
	area_free_lazy(m, who, v->block[i].area);
	block_release(v, i);
	slab_kfree(m, who, obj);
}

/* Blocks that are used up but for pages nobody will ask for: half given out
 * and all of that freed. */
void block_purge_fragmented(struct mm_machine *m, const struct mm_caller *who)
{
	struct virt *v = m->virt;

	for (unsigned int cpu = 0; cpu < m->cfg.cpus; cpu++) {
		uint32_t next;

		for (uint32_t i = v->block_first[cpu]; i; i = next) {
			next = v->block[i].next;
			if (v->block[i].free + v->block[i].dirty == VMAP_BLOCK_PAGES &&
			    v->block[i].dirty != VMAP_BLOCK_PAGES)
				block_free(m, who, i);
		}
	}
}

void block_dirty_range(struct mm_machine *m, vaddr_t *lo, vaddr_t *hi)
{
	struct virt *v = m->virt;

	for (unsigned int cpu = 0; cpu < m->cfg.cpus; cpu++) {
		for (uint32_t i = v->block_first[cpu]; i; i = v->block[i].next) {
			const struct vmap_block *b = &v->block[i];
			vaddr_t s = v->area[b->area].start + b->dirty_min * MM_PAGE_SIZE;
			vaddr_t e = v->area[b->area].start + b->dirty_max * MM_PAGE_SIZE;

			if (!b->dirty)
				continue;
			*lo = s < *lo ? s : *lo;
			*hi = e > *hi ? e : *hi;
		}
	}
}

static uint32_t round_up_pow2(uint32_t n)
{
	uint32_t p = 1;

	while (p < n)
		p *= 2;
	return p;
}

static enum mm_outcome block_create(struct mm_machine *m, const struct mm_caller *who,
				    uint32_t *block)
{
	struct area_request r = {
		.size = VMAP_BLOCK_BYTES, .align = VMAP_BLOCK_BYTES,
		.gfp = MM_GFP_KERNEL, .kind = MM_AREA_VMAP_BLOCK,
	};
	struct virt *v = m->virt;
	uint32_t i = block_new(v), area;
	enum mm_outcome out;
	vaddr_t obj;

	if (!i)
		return machine_why(m, who, MM_FAIL, MM_CAUSE_HOST_MEMORY, r.gfp, r.size);
	out = slab_kmalloc(m, who, VMAP_BLOCK_OBJ, MM_GFP_KERNEL, &obj);
	if (out == MM_OK) {
		out = area_reserve(m, who, &r, &area);
		if (out != MM_OK)
			slab_kfree(m, who, obj);
	}
	if (out != MM_OK) {
		block_release(v, i);
		return out;
	}
	v->block[i].obj = obj;
	v->block[i].area = area;
	v->block[i].cpu = who->cpu;
	v->block[i].free = VMAP_BLOCK_PAGES;
	v->block[i].dirty_min = VMAP_BLOCK_PAGES;
	v->area[area].block = i;
	list_add_tail(v, i);
	*block = i;
	return MM_OK;
}

static enum mm_outcome block_take(struct mm_machine *m, const struct mm_caller *who,
				  unsigned int n, vaddr_t *addr)
{
	struct virt *v = m->virt;
	uint32_t need = round_up_pow2(n), i = v->block_first[who->cpu];
	enum mm_outcome out;
	struct vmap_block *b;
	uint32_t offset;

	while (i && v->block[i].free < need)
		i = v->block[i].next;
	if (!i) {
		out = block_create(m, who, &i);
		if (out != MM_OK)
			return out;
	}
	b = &v->block[i];
	offset = VMAP_BLOCK_PAGES - b->free;
	b->free -= need;
	b->len[offset] = n;
	if (!b->free)
		list_del(v, i);
	*addr = v->area[b->area].start + offset * MM_PAGE_SIZE;
	return MM_OK;
}

static void block_give(struct mm_machine *m, const struct mm_caller *who, uint32_t i,
		       uint32_t offset)
{
	struct vmap_block *b = &m->virt->block[i];
	uint32_t n = b->len[offset], size = round_up_pow2(n);

	pt_unmap(m, m->virt->area[b->area].start + offset * MM_PAGE_SIZE, n, NULL);
	b->len[offset] = 0;
	if (offset < b->dirty_min)
		b->dirty_min = offset;
	if (offset + size > b->dirty_max)
		b->dirty_max = offset + size;
	b->dirty += size;
	if (b->dirty == VMAP_BLOCK_PAGES)
		block_free(m, who, i);
}

static enum mm_outcome own_area(struct mm_machine *m, const struct mm_caller *who,
				unsigned int n, vaddr_t *addr)
{
	struct area_request r = {
		.size = n * MM_PAGE_SIZE, .align = MM_PAGE_SIZE,
		.gfp = MM_GFP_KERNEL, .kind = MM_AREA_VMAP,
	};
	enum mm_outcome out;
	uint32_t i;

	if (n >= 1u << 20)
		return machine_why(m, who, MM_FAIL, MM_CAUSE_VMALLOC_SIZE, r.gfp, r.size);
	out = area_reserve(m, who, &r, &i);
	if (out == MM_OK) {
		m->virt->area[i].nr_pages = n;
		*addr = m->virt->area[i].start;
	}
	return out;
}

enum mm_outcome virt_vm_map_ram(struct mm_machine *m, const struct mm_caller *who,
				const pfn_t *pages, unsigned int n, vaddr_t *addr)
{
	enum mm_outcome out;

	for (unsigned int i = 0; i < n; i++)
		if (pages[i] >= phys_nr_frames(m))
			return machine_misuse(m, who, MM_MISUSE_NOT_ALLOCATED, "vm_map_ram",
					      pages[i], MM_NO_OP, MM_NO_OP);
	if (virt_in_interrupt(who))
		return machine_why(m, who, MM_FAIL, MM_CAUSE_CONTEXT, MM_GFP_KERNEL, 0);
	if (!n)
		return machine_why(m, who, MM_FAIL, MM_CAUSE_VMALLOC_SIZE, MM_GFP_KERNEL, 0);
	virt_run_deferred(m, who);
	out = n <= VMAP_MAX_ALLOC ? block_take(m, who, n, addr) : own_area(m, who, n, addr);
	if (out != MM_OK)
		return out;
	out = pt_map(m, who, *addr, pages, n, MM_GFP_KERNEL);
	if (out != MM_OK)
		virt_vm_unmap_ram(m, who, *addr, n);
	return out;
}

enum mm_outcome virt_vm_unmap_ram(struct mm_machine *m, const struct mm_caller *who,
				  vaddr_t addr, unsigned int n)
{
	struct virt *v = m->virt;
	uint32_t i, offset;

	if (n > VMAP_MAX_ALLOC) {
		i = area_at(m, addr);
		if (!i || v->area[i].kind != MM_AREA_VMAP || v->area[i].vm ||
		    v->area[i].loaded || v->area[i].nr_pages != n)
			return virt_bad_free(m, who, "vm_unmap_ram", addr);
		pt_unmap(m, addr, n, NULL);
		area_free_lazy(m, who, i);
		return MM_OK;
	}
	i = area_at(m, addr & ~(VMAP_BLOCK_BYTES - 1));
	offset = (addr & (VMAP_BLOCK_BYTES - 1)) >> MM_PAGE_SHIFT;
	if (!n || (addr & (MM_PAGE_SIZE - 1)) || !i || !v->area[i].block ||
	    v->block[v->area[i].block].len[offset] != n)
		return virt_bad_free(m, who, "vm_unmap_ram", addr);
	block_give(m, who, v->area[i].block, offset);
	return MM_OK;
}
