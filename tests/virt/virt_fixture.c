/* SPDX-License-Identifier: MIT
 * A machine for the tests of the address layer. */
#include "tests/virt/virt_fixture.h"

struct mm_machine *virt_machine(uint32_t mib, unsigned int cpus)
{
	struct mm_config c;
	struct mm_error err;
	struct mm_machine *m;

	mm_config_init(&c);
	c.ram_bytes = (paddr_t)mib << 20;
	c.cpus = cpus;
	c.manual_work = true;
	m = mm_machine_create(&c, &err);
	if (!m)
		fail_msg("%s", err.text);
	return m;
}

int virt_setup(void **state)
{
	*state = virt_machine(2048, 1);
	return 0;
}

int virt_teardown(void **state)
{
	mm_machine_destroy(*state);
	return 0;
}

struct mm_caller virt_caller(uint32_t op)
{
	return (struct mm_caller){ .op = op, .task = 1, .context = MM_CTX_TASK };
}

void assert_clean(const struct mm_machine *m)
{
	struct mm_error err;

	if (mm_check(m, &err))
		fail_msg("%s", err.text);
}

pfn_t mapped_frame(const struct mm_machine *m, vaddr_t addr)
{
	paddr_t phys = 0;

	assert_true(mm_translate(m, addr, &phys));
	return phys >> MM_PAGE_SHIFT;
}
