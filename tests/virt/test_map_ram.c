/* SPDX-License-Identifier: MIT
 *
 * vm_map_ram: blocks of 64 pages, handed out once.
 */
#include "tests/virt/virt_fixture.h"

#define PAGE MM_PAGE_SIZE

static pfn_t frames[64];

static vaddr_t map(struct mm_machine *m, unsigned int n)
{
	struct mm_caller who = virt_caller(1);
	vaddr_t a = 0;

	for (unsigned int k = 0; k < n; k++)
		frames[k] = 0x40000 + k;
	assert_int_equal(mm_vm_map_ram(m, &who, frames, n, &a), MM_OK);
	for (unsigned int k = 0; k < n; k++)
		assert_int_equal(mapped_frame(m, a + k * PAGE), frames[k]);
	return a;
}

static enum mm_outcome unmap(struct mm_machine *m, vaddr_t a, unsigned int n)
{
	struct mm_caller who = virt_caller(2);

	return mm_vm_unmap_ram(m, &who, a, n);
}

static struct mm_vmalloc_info info(const struct mm_machine *m)
{
	struct mm_vmalloc_info i;

	mm_vmalloc_info(m, &i);
	return i;
}

static void test_blocks(void **state)
{
	struct mm_machine *m = *state;
	vaddr_t a = map(m, 3), b, c;

	assert_int_equal(a, 0xf7400000u);	/* aligned to 256 KiB */
	assert_int_equal(info(m).used, 64 * PAGE);
	assert_int_equal(map(m, 1), a + 4 * PAGE);	/* 3 pages take 4 */
	b = map(m, 32);
	assert_int_equal(b, a + 5 * PAGE);
	c = map(m, 32);				/* 27 are left: a second block */
	assert_int_equal(c, a + 64 * PAGE);
	assert_int_equal(map(m, 16), a + 37 * PAGE);	/* the first block that has room */
	assert_int_equal(unmap(m, b, 32), MM_OK);
	assert_int_equal(map(m, 32), c + 32 * PAGE);	/* never handed out twice */
	assert_int_equal(info(m).nr_areas, 2);
	assert_clean(m);
}

static void test_block_ends(void **state)
{
	struct mm_machine *m = *state;
	struct mm_caller who = virt_caller(3);
	vaddr_t a = map(m, 32), b = map(m, 32);

	assert_int_equal(unmap(m, a, 32), MM_OK);
	assert_int_equal(info(m).nr_areas, 1);
	assert_int_equal(unmap(m, b, 32), MM_OK);
	assert_int_equal(info(m).nr_areas, 0);
	assert_int_equal(info(m).lazy, 64 * PAGE);
	/* Half a block given out and back: vm_unmap_aliases takes it. */
	a = map(m, 32);
	assert_int_equal(unmap(m, a, 32), MM_OK);
	mm_vm_unmap_aliases(m, &who);
	assert_int_equal(info(m).nr_areas, 0);
	assert_int_equal(info(m).lazy, 0);
	/* Part of it in use: only the TLB is flushed. */
	a = map(m, 16);
	map(m, 16);
	assert_int_equal(unmap(m, a, 16), MM_OK);
	mm_vm_unmap_aliases(m, &who);
	assert_int_equal(info(m).nr_areas, 1);
	assert_int_equal(mm_events(m)[MM_EV_TLB_RANGE], 2);
	assert_clean(m);
}

static void test_own_area(void **state)
{
	struct mm_machine *m = *state;
	vaddr_t a = map(m, 33);

	assert_int_equal(a, 0xf73fe000u);	/* page-aligned, no guard page */
	assert_int_equal(map(m, 40), a + 33 * PAGE);
	assert_int_equal(unmap(m, a, 34), MM_MISUSE);
	assert_int_equal(unmap(m, a, 33), MM_OK);
	assert_int_equal(unmap(m, a, 33), MM_MISUSE);
	assert_clean(m);
}

static void test_misuse(void **state)
{
	struct mm_machine *m = *state;
	struct mm_caller who = virt_caller(3);
	vaddr_t a = map(m, 4);

	assert_int_equal(unmap(m, a, 3), MM_MISUSE);
	assert_int_equal(unmap(m, a + PAGE, 3), MM_MISUSE);
	assert_int_equal(unmap(m, 0xc0000000u, 4), MM_MISUSE);
	assert_int_equal(unmap(m, a, 0), MM_MISUSE);
	assert_int_equal(mm_vunmap(m, &who, a), MM_MISUSE);
	assert_int_equal(mm_misuse(m)->kind, MM_MISUSE_VFREE);
	assert_int_equal(unmap(m, a, 4), MM_OK);
	assert_int_equal(unmap(m, a, 4), MM_MISUSE);
	assert_clean(m);
}

/* Random traffic; the machine stays consistent. */
static void test_traffic(void **state)
{
	struct mm_machine *m = *state;
	static struct { vaddr_t a; unsigned int n; } held[300];
	unsigned int nr = 0, seed = 3;

	for (int op = 0; op < 6000; op++) {
		seed = seed * 1664525u + 1013904223u;
		if (nr < 300 && (seed >> 16) % 100 < 51) {
			held[nr].n = 1 + (seed >> 8) % 36;
			held[nr].a = map(m, held[nr].n);
			nr++;
		} else if (nr) {
			unsigned int k = (seed >> 8) % nr;

			assert_int_equal(unmap(m, held[k].a, held[k].n), MM_OK);
			held[k] = held[--nr];
		}
		if (op % 200 == 0)
			assert_clean(m);
	}
	while (nr--)
		assert_int_equal(unmap(m, held[nr].a, held[nr].n), MM_OK);
	assert_clean(m);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, virt_setup, virt_teardown)
	const struct CMUnitTest tests[] = {
		T(test_blocks), T(test_block_ends), T(test_own_area), T(test_misuse),
		T(test_traffic),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
