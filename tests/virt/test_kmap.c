/* SPDX-License-Identifier: MIT
 *
 * pkmap and kmap_local against the kernel's rules.
 */
#include <string.h>

#include "tests/virt/virt_fixture.h"

#define PAGE	MM_PAGE_SIZE
#define HIGH	0x40000u	/* a HighMem frame of the 2 GiB machine */
#define PKMAP	0xfec00000u
#define SLOTS	1024u

static vaddr_t km(struct mm_machine *m, pfn_t pfn)
{
	struct mm_caller who = virt_caller(1);
	vaddr_t addr = 0;

	assert_int_equal(mm_kmap(m, &who, pfn, &addr), MM_OK);
	return addr;
}

static void kum(struct mm_machine *m, pfn_t pfn)
{
	struct mm_caller who = virt_caller(2);

	assert_int_equal(mm_kunmap(m, &who, pfn), MM_OK);
}

static struct mm_kmap_info info(const struct mm_machine *m)
{
	struct mm_kmap_info i;

	mm_kmap_info(m, &i);
	return i;
}

static void test_first_slots(void **state)
{
	struct mm_machine *m = *state;

	assert_int_equal(km(m, HIGH), PKMAP + PAGE);	/* slot 1 is the first */
	assert_int_equal(km(m, HIGH + 1), PKMAP + 2 * PAGE);
	assert_int_equal(km(m, HIGH), PKMAP + PAGE);	/* a second user */
	assert_int_equal(mapped_frame(m, PKMAP + PAGE), HIGH);
	assert_int_equal(info(m).in_use, 2);
	assert_int_equal(mm_events(m)[MM_EV_KMAP_HIT], 1);
	kum(m, HIGH);
	assert_int_equal(info(m).in_use, 2);
	kum(m, HIGH);
	assert_int_equal(info(m).in_use, 1);
	assert_int_equal(info(m).stale, 1);
	assert_int_equal(mapped_frame(m, PKMAP + PAGE), HIGH);	/* still mapped */
	assert_int_equal(km(m, HIGH), PKMAP + PAGE);	/* revived */
	assert_int_equal(mm_events(m)[MM_EV_TLB_RANGE], 0);
	assert_clean(m);
}

static void test_lowmem(void **state)
{
	struct mm_machine *m = *state;

	assert_int_equal(km(m, 0x1234), 0xc0000000u + 0x1234 * PAGE);
	kum(m, 0x1234);
	kum(m, 0x1234);		/* nothing to do, nothing to say */
	assert_int_equal(info(m).in_use, 0);
	assert_int_equal(mm_events(m)[MM_EV_KMAP], 0);
	assert_int_equal(mapped_frame(m, 0xc0000000u + 0x1234 * PAGE), 0x1234);
}

/* Stale slots are passed over until the wrap, which cleans all at once; slot 0
 * is used only then. */
static void test_wrap(void **state)
{
	struct mm_machine *m = *state;
	paddr_t phys;

	for (uint32_t k = 1; k < SLOTS; k++) {
		assert_int_equal(km(m, HIGH + k), PKMAP + k * PAGE);
		if (k != 5)
			kum(m, HIGH + k);
	}
	assert_int_equal(info(m).stale, SLOTS - 2);
	assert_int_equal(mm_events(m)[MM_EV_KMAP_FLUSH], 0);
	assert_int_equal(km(m, HIGH), PKMAP);		/* slot 0 */
	assert_int_equal(mm_events(m)[MM_EV_KMAP_FLUSH], 1);
	assert_int_equal(mm_events(m)[MM_EV_TLB_RANGE], 1);
	assert_int_equal(info(m).stale, 0);
	assert_int_equal(info(m).in_use, 2);
	assert_false(mm_translate(m, PKMAP + 6 * PAGE, &phys));
	assert_int_equal(mapped_frame(m, PKMAP + 5 * PAGE), HIGH + 5);
	assert_clean(m);
	for (uint32_t k = 1; k < 5; k++)
		assert_int_equal(km(m, HIGH + 2000 + k), PKMAP + k * PAGE);
	assert_int_equal(km(m, HIGH + 2005), PKMAP + 6 * PAGE);	/* 5 is in use */
	assert_int_equal(km(m, HIGH + 6), PKMAP + 7 * PAGE);	/* forgotten by the flush */
	assert_clean(m);
}

static void test_full(void **state)
{
	struct mm_machine *m = *state;
	struct mm_caller who = virt_caller(3);
	vaddr_t a;

	for (uint32_t k = 0; k < SLOTS; k++)
		km(m, HIGH + k);
	assert_int_equal(info(m).in_use, SLOTS);
	assert_int_equal(info(m).last_nr, 0);
	assert_int_equal(mm_kmap(m, &who, HIGH + 5000, &a), MM_WOULD_BLOCK);
	assert_int_equal(mm_why(m)->cause, MM_CAUSE_PKMAP_FULL);
	assert_int_equal(info(m).last_nr, SLOTS - 1);	/* it looked at every slot */
	assert_int_equal(mm_events(m)[MM_EV_KMAP_WAIT], 1);
	assert_int_equal(km(m, HIGH + 7), PKMAP + 8 * PAGE);	/* mapped ones go on */
	kum(m, HIGH + 7);
	kum(m, HIGH + 7);
	assert_int_equal(info(m).stale, 1);
	assert_int_equal(km(m, HIGH + 5000), PKMAP + 8 * PAGE);	/* wrap, flush, slot 8 */
	assert_int_equal(mm_events(m)[MM_EV_KMAP_FLUSH], 1);
	assert_clean(m);
}

static void test_pkmap_misuse(void **state)
{
	struct mm_machine *m = *state;
	struct mm_caller who = virt_caller(44);
	vaddr_t a;

	assert_int_equal(mm_kunmap(m, &who, HIGH), MM_MISUSE);
	assert_int_equal(mm_misuse(m)->kind, MM_MISUSE_KUNMAP);
	assert_int_equal(mm_misuse(m)->alloc_op, MM_NO_OP);
	km(m, HIGH);
	kum(m, HIGH);
	assert_int_equal(mm_kunmap(m, &who, HIGH), MM_MISUSE);
	assert_int_equal(mm_misuse(m)->address, HIGH);
	assert_int_equal(mm_misuse(m)->alloc_op, 1);
	assert_int_equal(mm_misuse(m)->free_op, 2);
	assert_int_equal(mm_kmap(m, &who, 0x80000, &a), MM_MISUSE);
	assert_int_equal(mm_kunmap(m, &who, 0xfffff000u), MM_MISUSE);
	who.context = MM_CTX_HARDIRQ;
	assert_int_equal(mm_kmap(m, &who, HIGH, &a), MM_FAIL);
	assert_int_equal(mm_why(m)->cause, MM_CAUSE_CONTEXT);
	assert_clean(m);
}

/* ---- kmap_local ---- */

static vaddr_t kl(struct mm_machine *m, uint32_t task, uint8_t cpu, pfn_t pfn)
{
	struct mm_caller who = { .op = 1, .task = task, .cpu = cpu };
	vaddr_t addr = 0;

	assert_int_equal(mm_kmap_local(m, &who, pfn, &addr), MM_OK);
	return addr;
}

static enum mm_outcome kul(struct mm_machine *m, uint32_t task, uint8_t cpu, vaddr_t addr)
{
	struct mm_caller who = { .op = 2, .task = task, .cpu = cpu };

	return mm_kunmap_local(m, &who, addr);
}

static void test_local_slots(void **state)
{
	struct mm_machine *m = virt_machine(2048, 2);
	struct mm_caller who = virt_caller(1);
	paddr_t phys;
	vaddr_t a;

	(void)state;
	assert_int_equal(kl(m, 1, 0, HIGH), 0xfffbb000u);
	assert_int_equal(kl(m, 1, 0, HIGH), 0xfffba000u);	/* no sharing */
	assert_int_equal(kl(m, 2, 1, HIGH), 0xfffab000u);
	assert_int_equal(kl(m, 1, 0, 0x1000), 0xc1000000u);	/* lowmem: no slot */
	assert_int_equal(mm_kmap_atomic(m, &who, HIGH + 1, &a), MM_OK);
	assert_int_equal(a, 0xfffb9000u);
	assert_int_equal(mapped_frame(m, a), HIGH + 1);
	assert_int_equal(info(m).local_in_use, 4);
	assert_int_equal(info(m).local_max_depth, 3);
	assert_int_equal(mm_kmap_local_top(m, 1), 0xfffb9000u);
	assert_int_equal(mm_kmap_local_top(m, 2), 0xfffab000u);
	assert_int_equal(mm_kmap_local_top(m, 3), 0);
	assert_clean(m);
	assert_int_equal(mm_kunmap_atomic(m, &who, a), MM_OK);
	assert_int_equal(kul(m, 1, 0, 0xfffba123u), MM_OK);	/* any address in the page */
	assert_false(mm_translate(m, 0xfffba000u, &phys));
	assert_int_equal(mm_events(m)[MM_EV_TLB_PAGE], 2);
	assert_int_equal(kul(m, 1, 0, 0xc1000000u), MM_OK);
	assert_int_equal(kul(m, 1, 0, 0xfffbb000u), MM_OK);
	assert_int_equal(kul(m, 2, 1, 0xfffab000u), MM_OK);
	assert_int_equal(info(m).local_in_use, 0);
	assert_clean(m);
	mm_machine_destroy(m);
}

static void test_local_depth(void **state)
{
	struct mm_machine *m = *state;
	struct mm_caller who = virt_caller(1);
	vaddr_t a;

	for (uint32_t d = 0; d < 15; d++)
		assert_int_equal(kl(m, 1, 0, HIGH + d), 0xfffbb000u - d * PAGE);
	assert_int_equal(mm_kmap_local(m, &who, HIGH, &a), MM_FAIL);
	assert_int_equal(mm_why(m)->cause, MM_CAUSE_KMAP_LOCAL_DEPTH);
	assert_clean(m);
	for (uint32_t d = 15; d-- > 0; )
		assert_int_equal(kul(m, 1, 0, 0xfffbb000u - d * PAGE), MM_OK);
}

static void test_local_order(void **state)
{
	struct mm_machine *m = *state;

	assert_int_equal(kul(m, 1, 0, 0xfffbb000u), MM_MISUSE);
	assert_int_equal(mm_misuse(m)->kind, MM_MISUSE_KUNMAP_ORDER);
	kl(m, 1, 0, HIGH);
	kl(m, 1, 0, HIGH + 1);
	assert_int_equal(kul(m, 1, 0, 0xfffbb000u), MM_MISUSE);
	assert_int_equal(kul(m, 2, 0, 0xfffba000u), MM_MISUSE);	/* another task's */
	assert_int_equal(kul(m, 1, 0, PKMAP), MM_MISUSE);
	assert_clean(m);
	assert_int_equal(kul(m, 1, 0, 0xfffba000u), MM_OK);
	assert_int_equal(kul(m, 1, 0, 0xfffbb000u), MM_OK);
	assert_clean(m);
}

/* Two tasks on one CPU use the same slots in turn; each finds its own back. */
static void test_local_switch(void **state)
{
	struct mm_machine *m = *state;
	paddr_t phys;

	kl(m, 1, 0, HIGH);
	kl(m, 1, 0, HIGH + 1);
	assert_int_equal(kl(m, 2, 0, HIGH + 2), 0xfffbb000u);
	assert_int_equal(mapped_frame(m, 0xfffbb000u), HIGH + 2);
	assert_false(mm_translate(m, 0xfffba000u, &phys));
	assert_int_equal(info(m).local_in_use, 3);
	assert_int_equal(mm_kmap_local_top(m, 1), 0xfffba000u);
	assert_clean(m);
	assert_int_equal(kl(m, 1, 0, HIGH + 3), 0xfffb9000u);
	assert_int_equal(mapped_frame(m, 0xfffbb000u), HIGH);
	assert_clean(m);
	for (uint32_t d = 3; d-- > 0; )
		assert_int_equal(kul(m, 1, 0, 0xfffbb000u - d * PAGE), MM_OK);
	assert_int_equal(kul(m, 2, 0, 0xfffbb000u), MM_OK);
	assert_int_equal(info(m).local_in_use, 0);
	assert_clean(m);
}

/* A trace that shows a task elsewhere than its mappings: they stay where they are. */
static void test_local_moved_task(void **state)
{
	struct mm_machine *m = virt_machine(2048, 2);

	(void)state;
	assert_int_equal(kl(m, 1, 0, HIGH), 0xfffbb000u);
	assert_int_equal(kl(m, 1, 1, HIGH + 1), 0xfffba000u);
	kl(m, 2, 0, HIGH + 2);
	assert_int_equal(kul(m, 1, 1, 0xfffba000u), MM_OK);
	assert_clean(m);
	assert_int_equal(kul(m, 1, 1, 0xfffbb000u), MM_OK);
	assert_int_equal(kul(m, 2, 0, 0xfffbb000u), MM_OK);
	assert_clean(m);
	mm_machine_destroy(m);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, virt_setup, virt_teardown)
	const struct CMUnitTest tests[] = {
		T(test_first_slots), T(test_lowmem), T(test_wrap), T(test_full),
		T(test_pkmap_misuse), cmocka_unit_test(test_local_slots), T(test_local_depth),
		T(test_local_order), T(test_local_switch), cmocka_unit_test(test_local_moved_task),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
