/* SPDX-License-Identifier: MIT
 *
 * A real kernel's snapshot, loaded: its caches must count their objects and
 * slabs as that kernel's own /proc/slabinfo does.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/mm_state.h"
#include "replay/state/state.h"

static bool find(const struct mm_machine *m, const char *name, struct mm_cache_info *info)
{
	for (uint32_t i = 0; mm_cache_info(m, i, info); i++) {
		if (!strcmp(info->name, name))
			return true;
	}
	return false;
}

static void same(const char *name, const char *column, uint32_t got, unsigned int want)
{
	if (got != want)
		fail_msg("%s: %s %u, the kernel says %u", name, column, got, want);
}

static void counts_equal_the_kernels_slabinfo(void **state)
{
	FILE *f = fopen("tests/data/slab/slabinfo-slab_one", "r");
	struct mm_state s = { 0 };
	struct mm_error err = { 0 };
	struct mm_cache_info c;
	struct mm_config cfg;
	struct mm_machine *m;
	unsigned int active, total, size, objects, pages, slabs, nr = 0;
	char line[300], name[64];

	(void)state;
	assert_non_null(f);
	if (state_read_snapshot("tests/data/oracle/slab_one", 0, &s, &cfg, &err))
		fail_msg("%s", err.text);
	m = mm_machine_load(&cfg, &s, &err);
	if (!m)
		fail_msg("%s", err.text);
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%63s %u %u %u %u %u : tunables %*u %*u %*u : slabdata %*u %u",
			   name, &active, &total, &size, &objects, &pages, &slabs) != 7)
			continue;
		assert_true(find(m, name, &c));
		same(name, "active_objs", c.active_objects, active);
		same(name, "num_objs", c.total_objects, total);
		same(name, "objsize", c.size, size);
		same(name, "objperslab", c.objects, objects);
		same(name, "pagesperslab", 1u << c.order, pages);
		same(name, "num_slabs", c.nr_slabs, slabs);
		assert_true(c.live_objects <= c.active_objects);
		nr++;
	}
	assert_int_equal(nr, 142);
	if (mm_check(m, &err))
		fail_msg("%s", err.text);
	fclose(f);
	mm_machine_destroy(m);
	mm_state_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counts_equal_the_kernels_slabinfo),
	};

	return cmocka_run_group_tests_name("slabinfo", tests, NULL, NULL);
}
