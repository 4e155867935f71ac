/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/slab/rig.h"

uint32_t rig_op;

struct mm_machine *rig_boot(const struct rig_want *want)
{
	static const struct rig_want none;
	struct mm_machine *m = calloc(1, sizeof(*m));
	struct mm_error err = { 0 };

	assert_non_null(m);
	if (!want)
		want = &none;
	mm_config_init(&m->cfg);
	m->cfg.ram_bytes = (uint64_t)(want->mib ? want->mib : 512) << 20;
	m->cfg.cpus = want->cpus ? want->cpus : 1;
	m->cfg.cache_line = 32;
	m->cfg.freelist_random = want->random;
	m->cfg.shuffle = want->shuffle;
	m->cfg.shuffle_arg = want->shuffle_arg;
	machine_default_e820(&m->cfg);
	if (phys_create(m, &err) || slab_create(m, &err))
		fail_msg("%s", err.text);
	phys_boot_finish(m);
	rig_op = 0;
	return m;
}

struct mm_machine *rig_load(const struct mm_machine *m, const struct mm_state *s,
			    struct mm_error *err)
{
	struct mm_machine *n = calloc(1, sizeof(*n));

	assert_non_null(n);
	n->cfg = m->cfg;
	n->layout = m->layout;
	if (phys_load(n, s, err) || slab_load(n, s, err)) {
		rig_free(n);
		return NULL;
	}
	return n;
}

void rig_free(struct mm_machine *m)
{
	slab_destroy(m);
	phys_destroy(m);
	free(m);
}

void rig_check(const struct mm_machine *m)
{
	struct mm_error err = { 0 };

	if (slab_check(m, &err) || phys_check(m, &err))
		fail_msg("%s", err.text);
}

const uint64_t *rig_events(const struct mm_machine *m)
{
	slab_fold_events(m);
	return m->ev;
}

const struct mm_cache_state *rig_cache(const struct mm_machine *m, const char *name,
				       struct mm_state *s)
{
	struct mm_error err = { 0 };

	memset(s, 0, sizeof(*s));
	if (slab_save(m, s, &err))
		fail_msg("%s", err.text);
	for (uint32_t i = 0; i < s->nr_cache; i++) {
		if (!strcmp(s->cache[i].name, name))
			return &s->cache[i];
	}
	fail_msg("no cache %s", name);
	return NULL;
}

struct mm_caller rig_caller(unsigned int cpu)
{
	return (struct mm_caller){ .op = ++rig_op, .cpu = (uint8_t)cpu };
}

vaddr_t rig_alloc(struct mm_machine *m, uint32_t cache)
{
	struct mm_caller who = rig_caller(0);
	vaddr_t addr = 0;

	assert_int_equal(slab_cache_alloc(m, &who, cache, MM_GFP_KERNEL, &addr), MM_OK);
	return addr;
}

void rig_free_object(struct mm_machine *m, uint32_t cache, vaddr_t addr)
{
	struct mm_caller who = rig_caller(0);

	assert_int_equal(slab_cache_free(m, &who, cache, addr), MM_OK);
}

uint32_t rig_new_cache(struct mm_machine *m, const char *name, uint32_t size, uint32_t flags)
{
	struct mm_caller who = rig_caller(0);
	struct mm_cache_args a = { .name = name, .size = size, .flags = flags };
	uint32_t id = 0;

	assert_int_equal(slab_cache_create(m, &who, &a, &id), MM_OK);
	return id;
}
