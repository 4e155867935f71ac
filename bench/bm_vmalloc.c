/* SPDX-License-Identifier: MIT
 *
 * bm_vmalloc: the vmalloc layer alone: what the eleven cases of the kernel's
 * test_vmalloc module do, under their names.  An iteration is one turn of a case's
 * loop; the module's touching of the memory has no counterpart here.  The machine
 * has vmalloc=512M, for some cases fill more than the default's 128 MiB.
 */
#include <string.h>

#include "base/gfp.h"
#include "bench/bench_machine.h"

enum {
	VMALLOC_MB = 512,
	BUSY_AREAS = 15000,		/* of long_busy_list_alloc_test */
	FULL_PAGES = (32 << 20) / 4096,	/* of full_fit_alloc_test, per fls(CPUs) */
	MOST_AREAS = BUSY_AREAS > FULL_PAGES ? BUSY_AREAS : FULL_PAGES,
	/* Pointers that kvfree_rcu() collects in a page before it frees them: a page
	 * less its header, in pointers of 4 bytes. */
	RCU_BATCH = (4096 - 12) / 4,
	THREAD_ALIGN = 8192,		/* of x86_32: THREAD_SIZE */
	MOST_SHIFT = 26,
};

static vaddr_t kept[MOST_AREAS], junk[FULL_PAGES];

static bool alloc_pages(struct bench_machine *b, struct bench_state *s, uint32_t pages, vaddr_t *addr)
{
	return bench_ok(s, mm_vmalloc(b->m, &b->who, pages * MM_PAGE_SIZE, MM_GFP_KERNEL, addr));
}

static bool release(struct bench_machine *b, struct bench_state *s, vaddr_t addr)
{
	return bench_ok(s, mm_vfree(b->m, &b->who, addr));
}

/* One allocation and its free; time passes, so that purges run when due. */
static bool pair(struct bench_machine *b, struct bench_state *s, uint32_t pages)
{
	vaddr_t addr;

	bench_tick(b);
	return alloc_pages(b, s, pages, &addr) && release(b, s, addr);
}

static void finish(struct bench_state *s, struct bench_machine *b)
{
	bench_set_items(s, bench_iterations(s));
	bench_machine_close(b);
}

/* ---- plain sizes ---- */

static void fix_size_alloc_test(struct bench_state *s)
{
	uint32_t pages = (uint32_t)bench_arg(s, 0);
	struct bench_machine b;

	if (bench_machine_open(&b, s, 1, VMALLOC_MB)) {
		BENCH_LOOP(s)
			if (!pair(&b, s, pages))
				break;
	}
	finish(s, &b);
}
BENCH(fix_size_alloc_test, bench_arg_names(b, 1, (const char *const[]){ "pages" }),
      bench_add_range(b, 1, 512));

/* Single pages in the holes that every second of many areas left. */
static void full_fit_alloc_test(struct bench_state *s)
{
	struct bench_machine b;
	unsigned int i;
	bool ok = bench_machine_open(&b, s, 1, VMALLOC_MB);

	for (i = 0; ok && i < FULL_PAGES; i++)
		ok = alloc_pages(&b, s, 1, &kept[i]) && alloc_pages(&b, s, 1, &junk[i]);
	for (i = 0; ok && i < FULL_PAGES; i++)
		ok = release(&b, s, junk[i]);
	if (ok) {
		BENCH_LOOP(s)
			if (!pair(&b, s, 1))
				break;
	}
	finish(s, &b);
}
BENCH(full_fit_alloc_test);

/* A large and a small area while 15,000 others are busy. */
static void long_busy_list_alloc_test(struct bench_state *s)
{
	struct bench_machine b;
	vaddr_t large, small;
	unsigned int i;
	bool ok = bench_machine_open(&b, s, 1, VMALLOC_MB);

	for (i = 0; ok && i < BUSY_AREAS; i++)
		ok = alloc_pages(&b, s, 1, &kept[i]);
	if (ok) {
		BENCH_LOOP(s) {
			bench_tick(&b);
			if (!alloc_pages(&b, s, 100, &large) || !alloc_pages(&b, s, 1, &small) ||
			    !release(&b, s, large) || !release(&b, s, small))
				break;
		}
	}
	finish(s, &b);
}
BENCH(long_busy_list_alloc_test);

static void random_size_alloc_test(struct bench_state *s)
{
	struct bench_machine b;

	if (bench_machine_open(&b, s, 1, VMALLOC_MB)) {
		BENCH_LOOP(s)
			if (!pair(&b, s, 1 + bench_random(&b) % 100))
				break;
	}
	finish(s, &b);
}
BENCH(random_size_alloc_test);

/* ---- alignments ---- */

static bool aligned_pair(struct bench_machine *b, struct bench_state *s, uint32_t pages, uint32_t align)
{
	vaddr_t addr;

	bench_tick(b);
	return bench_ok(s, mm_vmalloc_node(b->m, &b->who, pages * MM_PAGE_SIZE, align,
					   MM_GFP_KERNEL | MM_GFP_ZERO, &addr)) && release(b, s, addr);
}

static void fix_align_alloc_test(struct bench_state *s)
{
	struct bench_machine b;

	if (bench_machine_open(&b, s, 1, VMALLOC_MB)) {
		BENCH_LOOP(s)
			if (!aligned_pair(&b, s, 5, 2 * THREAD_ALIGN))
				break;
	}
	finish(s, &b);
}
BENCH(fix_align_alloc_test);

/* Up to 10 pages at up to 4 MiB. */
static void random_size_align_alloc_test(struct bench_state *s)
{
	struct bench_machine b;

	if (bench_machine_open(&b, s, 1, VMALLOC_MB)) {
		BENCH_LOOP(s) {
			uint32_t align = 1u << bench_random(&b) % 23;

			if (!aligned_pair(&b, s, 1 + bench_random(&b) % 10, align))
				break;
		}
	}
	finish(s, &b);
}
BENCH(random_size_align_alloc_test);

/* A page at each power of 2.  The module goes on to the word's last bit and
 * expects to fail; here the largest that always fits ends the turn. */
static void align_shift_alloc_test(struct bench_state *s)
{
	struct bench_machine b;
	unsigned int shift;

	if (bench_machine_open(&b, s, 1, VMALLOC_MB)) {
		BENCH_LOOP(s) {
			for (shift = 0; shift <= MOST_SHIFT && aligned_pair(&b, s, 1, 1u << shift); shift++)
				;
			if (bench_skipped(s))
				break;
		}
	}
	finish(s, &b);
}
BENCH(align_shift_alloc_test);

/* ---- per-CPU memory: no such request in this machine ---- */

static void pcpu_alloc_test(struct bench_state *s)
{
	bench_skip_with_message(s, "per-CPU allocations are not simulated");
	BENCH_LOOP(s)
		break;
}
BENCH(pcpu_alloc_test);

/* ---- frees after a grace period ---- */

/* Areas collected for kvfree_rcu() in a page, freed when it is full.  Either form
 * of the call collects them so; the one without a head may sleep for the page. */
static void collect_and_free(struct bench_state *s, gfp_t gfp)
{
	struct bench_machine b;
	unsigned int n = 0;
	vaddr_t page = 0;

	if (!bench_machine_open(&b, s, 1, VMALLOC_MB)) {
		finish(s, &b);
		return;
	}
	BENCH_LOOP(s) {
		bench_tick(&b);
		if (!n && !bench_ok(s, mm_get_free_pages(b.m, &b.who, gfp, 0, &page)))
			break;
		if (!alloc_pages(&b, s, 1, &kept[n]))
			break;
		if (++n < RCU_BATCH)
			continue;
		while (n && release(&b, s, kept[n - 1]))
			n--;
		if (n || !bench_ok(s, mm_free_pages_addr(b.m, &b.who, page, 0)))
			break;
	}
	finish(s, &b);
}

static void kvfree_rcu_1_arg_vmalloc_test(struct bench_state *s)
{
	collect_and_free(s, MM_GFP_KERNEL | MM_GFP_NORETRY | MM_GFP_NOMEMALLOC | MM_GFP_NOWARN);
}
BENCH(kvfree_rcu_1_arg_vmalloc_test);

static void kvfree_rcu_2_arg_vmalloc_test(struct bench_state *s)
{
	collect_and_free(s, MM_GFP_NOWAIT | MM_GFP_NORETRY | MM_GFP_NOMEMALLOC | MM_GFP_NOWARN);
}
BENCH(kvfree_rcu_2_arg_vmalloc_test);

/* ---- pages mapped ---- */

static void vm_map_ram_test(struct bench_state *s)
{
	unsigned int n = (unsigned int)bench_arg(s, 0), i;
	struct bench_machine b;
	pfn_t page[64];
	vaddr_t addr;
	bool ok = bench_machine_open(&b, s, 1, VMALLOC_MB);

	for (i = 0; ok && i < n; i++)
		ok = bench_ok(s, mm_alloc_pages(b.m, &b.who, MM_GFP_KERNEL, 0, &page[i]));
	if (ok) {
		BENCH_LOOP(s) {
			bench_tick(&b);
			if (!bench_ok(s, mm_vm_map_ram(b.m, &b.who, page, n, &addr)) ||
			    !bench_ok(s, mm_vm_unmap_ram(b.m, &b.who, addr, n)))
				break;
		}
	}
	finish(s, &b);
}
BENCH(vm_map_ram_test, bench_arg_names(b, 1, (const char *const[]){ "pages" }),
      bench_add_range(b, 1, 64));

BENCH_MAIN();
