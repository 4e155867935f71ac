/* SPDX-License-Identifier: MIT
 *
 * bm_page: the page allocator alone, after the page_bench modules with which
 * kernel developers measure theirs:
 *
 *	page_bench01/order:N		one block of order N: allocate, free
 *	page_bench02/outstanding:N	N single pages: allocate all, then free all.  Small N
 *					live on the per-CPU list, large ones come through it
 *					from the buddy lists (refills and drains)
 *	page_bench03/cpus:N		order 0 on N simulated CPUs in turn
 *	page_bench04_bulk/bulk:N	N single pages in one bulk request, freed one by one
 *	page_bench_pcp, page_bench_buddy order 0 with the list filled before; with all
 *					lists drained before each pair
 *
 * items_per_second counts pairs of allocation and free.
 */
#include "base/gfp.h"
#include "bench/bench_machine.h"

enum { PAGES_MOST = 32768 };

static void finish(struct bench_state *s, struct bench_machine *b, uint64_t pairs)
{
	bench_set_items(s, bench_iterations(s) * pairs);
	bench_machine_close(b);
}

static void page_bench01(struct bench_state *s)
{
	unsigned int order = (unsigned int)bench_arg(s, 0);
	struct bench_machine b;
	pfn_t pfn;

	if (!bench_machine_open(&b, s, 1, 0))
		return;
	BENCH_LOOP(s) {
		if (!bench_ok(s, mm_alloc_pages(b.m, &b.who, MM_GFP_KERNEL, order, &pfn)) ||
		    !bench_ok(s, mm_free_pages(b.m, &b.who, pfn, order)))
			break;
	}
	finish(s, &b, 1);
}
BENCH(page_bench01, bench_arg_names(b, 1, (const char *const[]){ "order" }),
      bench_add_dense_range(b, 0, 10, 1));

/* Of all pages of one request or loop; false after an error. */
static bool free_all(struct bench_state *s, struct bench_machine *b, const pfn_t *pfn, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (!bench_ok(s, mm_free_pages(b->m, &b->who, pfn[i], 0)))
			return false;
	return true;
}

static void page_bench02(struct bench_state *s)
{
	unsigned int n = (unsigned int)bench_arg(s, 0), i;
	static pfn_t pfn[PAGES_MOST];
	struct bench_machine b;

	if (!bench_machine_open(&b, s, 1, 0))
		return;
	BENCH_LOOP(s) {
		for (i = 0; i < n; i++)
			if (!bench_ok(s, mm_alloc_pages(b.m, &b.who, MM_GFP_KERNEL, 0, &pfn[i])))
				break;
		if (i < n || !free_all(s, &b, pfn, n))
			break;
	}
	finish(s, &b, n);
}
BENCH(page_bench02, bench_arg_names(b, 1, (const char *const[]){ "outstanding" }),
      bench_add_range(b, 1, PAGES_MOST));

static void page_bench03(struct bench_state *s)
{
	unsigned int cpus = (unsigned int)bench_arg(s, 0), cpu = 0;
	struct bench_machine b;
	pfn_t pfn;

	if (!bench_machine_open(&b, s, cpus, 0))
		return;
	BENCH_LOOP(s) {
		b.who.cpu = (uint8_t)cpu;
		cpu = cpu + 1 < cpus ? cpu + 1 : 0;
		if (!bench_ok(s, mm_alloc_pages(b.m, &b.who, MM_GFP_KERNEL, 0, &pfn)) ||
		    !bench_ok(s, mm_free_pages(b.m, &b.who, pfn, 0)))
			break;
	}
	finish(s, &b, 1);
}
BENCH(page_bench03, bench_arg_names(b, 1, (const char *const[]){ "cpus" }),
      bench_range_multiplier(b, 2), bench_add_range(b, 1, MM_NR_CPUS));

static void page_bench04_bulk(struct bench_state *s)
{
	unsigned int n = (unsigned int)bench_arg(s, 0), got;
	static pfn_t pfn[PAGES_MOST];
	struct bench_machine b;

	if (!bench_machine_open(&b, s, 1, 0))
		return;
	BENCH_LOOP(s) {
		if (!bench_ok(s, mm_alloc_pages_bulk(b.m, &b.who, MM_GFP_KERNEL, n, pfn, &got)) ||
		    !free_all(s, &b, pfn, got))
			break;
		if (got < n) {
			bench_skip_with_error(s, "fewer pages than asked for");
			break;
		}
	}
	finish(s, &b, n);
}
BENCH(page_bench04_bulk, bench_arg_names(b, 1, (const char *const[]){ "bulk" }),
      bench_range_multiplier(b, 4), bench_add_range(b, 1, 256));

static void page_bench_pcp(struct bench_state *s)
{
	struct bench_machine b;
	pfn_t kept, pfn;

	if (!bench_machine_open(&b, s, 1, 0))
		return;
	/* The list is filled by a refill's other pages. */
	bench_ok(s, mm_alloc_pages(b.m, &b.who, MM_GFP_KERNEL, 0, &kept));
	BENCH_LOOP(s) {
		if (!bench_ok(s, mm_alloc_pages(b.m, &b.who, MM_GFP_KERNEL, 0, &pfn)) ||
		    !bench_ok(s, mm_free_pages(b.m, &b.who, pfn, 0)))
			break;
	}
	finish(s, &b, 1);
}
BENCH(page_bench_pcp);

static void page_bench_buddy(struct bench_state *s)
{
	struct bench_machine b;
	pfn_t pfn;

	if (!bench_machine_open(&b, s, 1, 0))
		return;
	BENCH_LOOP(s) {
		mm_drain_all_pages(b.m);
		if (!bench_ok(s, mm_alloc_pages(b.m, &b.who, MM_GFP_KERNEL, 0, &pfn)) ||
		    !bench_ok(s, mm_free_pages(b.m, &b.who, pfn, 0)))
			break;
	}
	finish(s, &b, 1);
}
BENCH(page_bench_buddy);

BENCH_MAIN();
