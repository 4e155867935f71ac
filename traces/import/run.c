/* SPDX-License-Identifier: MIT
 *
 * What both passes of an import need: where things lie, and the epochs.
 */
#include "traces/import/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PAGE_SHIFT 12
/* Below this many pages a frame of the direct map of a 32-bit kernel must lie. */
#define LOWMEM_PAGES (1u << 20)

uint64_t page_to_pfn(const struct layout *l, uint64_t page)
{
	if (!l->mem_map || !l->struct_page || page < l->mem_map)
		return UINT64_MAX;
	return (page - l->mem_map) / l->struct_page;
}

uint64_t ptr_to_pfn(const struct layout *l, uint64_t ptr)
{
	uint64_t pfn = (ptr - l->page_offset) >> PAGE_SHIFT;

	if (!l->page_offset || ptr < l->page_offset)
		return UINT64_MAX;
	return l->page_offset >> 32 || pfn < LOWMEM_PAGES ? pfn : UINT64_MAX;
}

uint64_t event_pfn(const struct layout *l, const struct import_event *ev)
{
	if (ev_has(ev, F_PFN))
		return ev->f[F_PFN];
	if (ev_has(ev, F_PTE))
		return ev->f[F_PTE] >> PAGE_SHIFT;
	return ev_has(ev, F_PAGE) ? page_to_pfn(l, ev->f[F_PAGE]) : UINT64_MAX;
}

/* The field is -1 in the recording and in trace-cmd's text; the kernel's own
 * text prints frame 0, which is never given out on x86. */
bool page_failed(const struct import_event *ev, uint64_t pfn)
{
	return !pfn || pfn == UINT32_MAX || pfn == UINT64_MAX ||
	       (ev_has(ev, F_PAGE) && !ev->f[F_PAGE]);
}

static uint32_t page_event_epoch(struct import_run *r, const struct import_event *ev)
{
	uint64_t pfn = event_pfn(&r->layout, ev);
	unsigned int order = ev->f[F_ORDER];
	uint32_t epoch, *cur;

	if (!ev_has(ev, F_ORDER) || order > 20 || pfn >= PFN_LIMIT)
		return 0;
	if (ev->role == ROLE_PAGE_ALLOC)
		return page_failed(ev, pfn) ? 0 : epochs_begin(&r->epochs, pfn, order);
	cur = pfn_entry(&r->epochs.cur, pfn);
	epoch = cur ? *cur : 0;
	epochs_end(&r->epochs, pfn, order);
	return epoch;
}

uint32_t run_epoch(struct import_run *r, const struct import_event *ev)
{
	uint32_t i, epoch = 0;

	switch (ev->role) {
	case ROLE_PAGE_ALLOC:
	case ROLE_PAGE_FREE:
		return page_event_epoch(r, ev);
	case ROLE_KMALLOC:
	case ROLE_KFREE:
	case ROLE_CACHE_ALLOC:
	case ROLE_CACHE_FREE:
		return epochs_of(&r->epochs, ptr_to_pfn(&r->layout, ev->f[F_PTR]));
	case ROLE_ALLOC_BULK:
	case ROLE_FREE_BULK:
		for (i = ev->nlist; i-- > 0;) /* the first one's is the result */
			epoch = epochs_of(&r->epochs, ptr_to_pfn(&r->layout, ev->list[i]));
		return epoch;
	}
	return 0;
}

int import_bits_set(struct bits *b, uint32_t i)
{
	uint32_t n = b->n ? b->n : 4096;
	uint64_t *grown;

	if (i >= b->n) {
		while (n <= i)
			n *= 2;
		grown = realloc(b->v, n / 8);
		if (!grown)
			return -ENOMEM;
		memset((char *)grown + b->n / 8, 0, (n - b->n) / 8);
		b->v = grown;
		b->n = n;
	}
	b->v[i >> 6] |= 1ull << (i & 63);
	return 0;
}

static uint32_t site_home(const struct import_run *r, uint64_t site, uint32_t size)
{
	return (uint32_t)(((site ^ (uint64_t)size << 40) * 0x9e3779b97f4a7c15ull) >> 33) & r->sites_mask;
}

static struct site_note *site_slot(struct import_run *r, uint64_t site, uint32_t size)
{
	uint32_t i = site_home(r, site, size);

	while (r->sites[i].site && (r->sites[i].site != site || r->sites[i].size != size))
		i = (i + 1) & r->sites_mask;
	return &r->sites[i];
}

static bool grow_sites(struct import_run *r)
{
	uint32_t cap = r->sites_mask ? (r->sites_mask + 1) * 2 : 1024, old = r->sites_mask, i;
	struct site_note *v = r->sites, *grown = calloc(cap, sizeof(*grown));

	if (!grown)
		return false;
	r->sites = grown;
	r->sites_mask = cap - 1;
	for (i = 0; old && i <= old; i++)
		if (v[i].site)
			*site_slot(r, v[i].site, v[i].size) = v[i];
	free(v);
	return true;
}

struct site_note *site_note(struct import_run *r, uint64_t site, uint32_t size, bool make)
{
	struct site_note *n;

	if (!site || (!r->sites_mask && !make))
		return NULL;
	if (make && (!r->sites_mask || r->nr_sites >= r->sites_mask / 2) && !grow_sites(r))
		return NULL;
	n = site_slot(r, site, size);
	if (!n->site) {
		if (!make)
			return NULL;
		n->site = site;
		n->size = size;
		r->nr_sites++;
	}
	return n;
}

int run_progress(struct import_run *r, bool second)
{
	double part = (double)r->src->ops->offset(r->src) / r->input_size;

	if (!r->opt->progress)
		return 0;
	if (r->opt->progress(r->opt->arg, r->events, (part + second) / 2))
		return mm_fail(r->err, -EINTR, "interrupted");
	return 0;
}
