/* SPDX-License-Identifier: MIT
 *
 * bm_kmap: temporary mappings alone.  An iteration maps and unmaps one page.
 *
 *	kmap_new		pages not mapped, one after the other: every slot is used
 *				once, then all are flushed
 *	kmap_hit		a page that is mapped
 *	kmap_lowmem		a page that needs no mapping
 *	kmap_flush_storm	all slots but one are held: a flush each time
 *	kmap_local, kmap_atomic	a slot of the CPU's stack of mappings
 *	kmap_local_nested/N	N of them, unmapped in reverse
 */
#include "base/gfp.h"
#include "bench/bench_machine.h"

enum { NEW_PAGES = 8192, NEST_MOST = 15 };

static pfn_t page[NEW_PAGES];

/* A machine with n HighMem pages in page[]. */
static bool open_pages(struct bench_machine *b, struct bench_state *s, unsigned int n)
{
	unsigned int i;

	if (!bench_machine_open(b, s, 1, 0))
		return false;
	for (i = 0; i < n; i++)
		if (!bench_ok(s, mm_alloc_pages(b->m, &b->who, MM_GFP_HIGHUSER, 0, &page[i])))
			break;
	return i == n;
}

static void finish(struct bench_state *s, struct bench_machine *b)
{
	bench_set_items(s, bench_iterations(s));
	bench_machine_close(b);
}

static bool map_and_unmap(struct bench_state *s, struct bench_machine *b, pfn_t pfn)
{
	vaddr_t addr;

	return bench_ok(s, mm_kmap(b->m, &b->who, pfn, &addr)) &&
	       bench_ok(s, mm_kunmap(b->m, &b->who, pfn));
}

static void kmap_new(struct bench_state *s)
{
	struct bench_machine b;
	unsigned int i = 0;

	if (open_pages(&b, s, NEW_PAGES)) {
		BENCH_LOOP(s) {
			if (!map_and_unmap(s, &b, page[i]))
				break;
			i = (i + 1) % NEW_PAGES;
		}
	}
	finish(s, &b);
}
BENCH(kmap_new);

static void kmap_hit(struct bench_state *s)
{
	struct bench_machine b;
	vaddr_t held;

	if (open_pages(&b, s, 1) && bench_ok(s, mm_kmap(b.m, &b.who, page[0], &held))) {
		BENCH_LOOP(s)
			if (!map_and_unmap(s, &b, page[0]))
				break;
	}
	finish(s, &b);
}
BENCH(kmap_hit);

static void kmap_lowmem(struct bench_state *s)
{
	struct bench_machine b;
	pfn_t low;

	if (bench_machine_open(&b, s, 1, 0) &&
	    bench_ok(s, mm_alloc_pages(b.m, &b.who, MM_GFP_KERNEL, 0, &low))) {
		BENCH_LOOP(s)
			if (!map_and_unmap(s, &b, low))
				break;
	}
	finish(s, &b);
}
BENCH(kmap_lowmem);

/* A flush frees the one slot that is not held: what every other slot costs it
 * is to be looked at. */
static void kmap_flush_storm(struct bench_state *s)
{
	struct bench_machine b;
	unsigned int slots = 0, i;
	vaddr_t addr;
	bool ok = open_pages(&b, s, NEW_PAGES);

	if (ok)
		slots = mm_machine_layout(b.m)->last_pkmap;
	for (i = 0; ok && i + 1 < slots; i++)
		ok = bench_ok(s, mm_kmap(b.m, &b.who, page[i], &addr));
	if (ok) {
		i = slots;
		BENCH_LOOP(s) {
			if (!map_and_unmap(s, &b, page[i]))
				break;
			i = i + 1 < NEW_PAGES ? i + 1 : slots;
		}
	}
	finish(s, &b);
}
BENCH(kmap_flush_storm);

static void kmap_local(struct bench_state *s)
{
	struct bench_machine b;
	vaddr_t addr;

	if (open_pages(&b, s, 1)) {
		BENCH_LOOP(s)
			if (!bench_ok(s, mm_kmap_local(b.m, &b.who, page[0], &addr)) ||
			    !bench_ok(s, mm_kunmap_local(b.m, &b.who, addr)))
				break;
	}
	finish(s, &b);
}
BENCH(kmap_local);

static void kmap_atomic(struct bench_state *s)
{
	struct bench_machine b;
	vaddr_t addr;

	if (open_pages(&b, s, 1)) {
		BENCH_LOOP(s)
			if (!bench_ok(s, mm_kmap_atomic(b.m, &b.who, page[0], &addr)) ||
			    !bench_ok(s, mm_kunmap_atomic(b.m, &b.who, addr)))
				break;
	}
	finish(s, &b);
}
BENCH(kmap_atomic);

static void kmap_local_nested(struct bench_state *s)
{
	unsigned int depth = (unsigned int)bench_arg(s, 0), i;
	vaddr_t addr[NEST_MOST];
	struct bench_machine b;

	if (open_pages(&b, s, depth)) {
		BENCH_LOOP(s) {
			for (i = 0; i < depth && bench_ok(s, mm_kmap_local(b.m, &b.who, page[i], &addr[i])); i++)
				;
			while (i > 0 && bench_ok(s, mm_kunmap_local(b.m, &b.who, addr[i - 1])))
				i--;
			if (bench_skipped(s))
				break;
		}
	}
	bench_set_items(s, bench_iterations(s) * depth);
	bench_machine_close(&b);
}
BENCH(kmap_local_nested, bench_add_arg(b, 2), bench_add_arg(b, 4), bench_add_arg(b, NEST_MOST));

BENCH_MAIN();
