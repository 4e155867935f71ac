/* SPDX-License-Identifier: MIT
 *
 * Geometry: the formulas against every cache of real kernels (tests/data/slab),
 * the kmalloc orders for more CPUs, and the exactness of the index division.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/slab/rig.h"

struct row {
	char machines[128], name[64];
	unsigned int line, cpus, size, object, fp, inuse, align, order, objects, min_order, min_objects,
		min_partial, cpu_partial, cpu_partial_slabs, flags;
	int refcount;
};

static FILE *open_table(void)
{
	FILE *f = fopen("tests/data/slab/caches.csv", "r");
	char head[400];

	assert_non_null(f);
	assert_non_null(fgets(head, sizeof(head), f));
	return f;
}

static bool next_row(FILE *f, struct row *r)
{
	int n = fscanf(f, "%127[^,],%u,%u,%63[^,],%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%u,%x,%d\n",
		       r->machines, &r->line, &r->cpus, r->name, &r->size, &r->object, &r->fp,
		       &r->inuse, &r->align, &r->order, &r->objects, &r->min_order,
		       &r->min_objects, &r->min_partial, &r->cpu_partial, &r->cpu_partial_slabs,
		       &r->flags, &r->refcount);

	assert_true(n == 18 || n == EOF);
	return n == 18;
}

static void same(const struct row *r, const char *what, unsigned int got, unsigned int want)
{
	if (got != want)
		fail_msg("%s of %s: %s %u, the kernel has %u", r->name, r->machines, what, got, want);
}

/* The alignment that its creator asked for is not recorded.  It is 0 unless
 * that does not give the cache's alignment: true for few, which are counted. */
static uint32_t asked_align(const struct row *r, unsigned int *nr_asked)
{
	bool power = !(r->object & (r->object - 1));

	if (r->flags & SLAB_KMALLOC)
		return power && r->object > 8 ? r->object : 8;
	if (slab_alignment(r->flags, 0, r->object, r->line) == r->align)
		return 0;
	++*nr_asked;
	return r->align;
}

static void every_cache_of_real_kernels(void **state)
{
	unsigned int rows = 0, asked = 0;
	FILE *f = open_table();
	struct row r;

	(void)state;
	while (next_row(f, &r)) {
		bool outside = r.flags & SLAB_TYPESAFE_BY_RCU || r.fp >= r.inuse;
		uint32_t align = slab_alignment(r.flags, asked_align(&r, &asked), r.object, r.line);
		struct slab_geometry g;

		assert_true(slab_geometry_init(&g, r.object, align, outside, r.cpus));
		same(&r, "align", g.align, r.align);
		same(&r, "size", g.size, r.size);
		same(&r, "inuse", g.inuse, r.inuse);
		if (r.refcount <= 1) /* else decided by the first of the merged caches' sizes */
			same(&r, "fp_offset", g.fp_offset, r.fp);
		same(&r, "order", g.order, r.order);
		same(&r, "objects", g.objects, r.objects);
		same(&r, "min_order", g.min_order, r.min_order);
		same(&r, "min_objects", g.min_objects, r.min_objects);
		same(&r, "min_partial", g.min_partial, r.min_partial);
		same(&r, "cpu_partial", g.cpu_partial, r.cpu_partial);
		same(&r, "cpu_partial_slabs", g.cpu_partial_slabs, r.cpu_partial_slabs);
		rows++;
	}
	fclose(f);
	assert_int_equal(rows, 353);
	print_message("%u caches, %u with an alignment of their own\n", rows, asked);
	assert_true(asked <= 20);
}

/* order, objects, cpu_partial_slabs of kmalloc caches by number of CPUs, from
 * kernels with 1 and 2 CPUs and the formula for more. */
static void kmalloc_orders_by_cpus(void **state)
{
	static const struct { uint32_t size, cpus, order, objects, slabs; } want[] = {
		{ 8, 1, 0, 512, 1 }, { 96, 1, 0, 42, 6 }, { 192, 8, 0, 21, 12 }, { 192, 16, 1, 42, 6 },
		{ 256, 4, 0, 16, 7 }, { 256, 8, 1, 32, 4 }, { 512, 1, 0, 8, 13 }, { 512, 2, 1, 16, 7 },
		{ 512, 7, 1, 16, 7 }, { 512, 8, 2, 32, 4 }, { 1024, 1, 1, 8, 6 }, { 1024, 3, 2, 16, 3 },
		{ 1024, 15, 3, 32, 2 }, { 2048, 1, 2, 8, 6 }, { 2048, 2, 3, 16, 3 },
		{ 4096, 32, 3, 8, 2 }, { 8192, 32, 3, 4, 3 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		uint32_t align = want[i].size & (want[i].size - 1) ? 8 : want[i].size;
		struct slab_geometry g;

		assert_true(slab_geometry_init(&g, want[i].size, align, false, want[i].cpus));
		assert_int_equal(g.order, want[i].order);
		assert_int_equal(g.objects, want[i].objects);
		assert_int_equal(g.cpu_partial_slabs, want[i].slabs);
	}
}

static void largest_and_too_large(void **state)
{
	struct slab_geometry g;

	(void)state;
	assert_true(slab_geometry_init(&g, 4u << 20, 8, false, 1));
	assert_int_equal(g.order, 10);
	assert_int_equal(g.objects, 1);
	assert_false(slab_geometry_init(&g, (4u << 20) + 1, 8, false, 1));
}

/* First, second and last byte of every object of the largest block, for every
 * size: the index, and whether it is the first byte. */
static void index_division_is_exact(void **state)
{
	(void)state;
	for (uint32_t size = 8; size <= 4u << 20; size++) {
		uint64_t recip = slub_recip(size);
		uint32_t i = 0;

		for (uint32_t off = 0; off + size <= 4u << 20; off += size, i++) {
			bool a, b, c;

			if (mm_object_index(recip, size, off, &a) != i || !a ||
			    mm_object_index(recip, size, off + 1, &b) != i || b ||
			    mm_object_index(recip, size, off + size - 1, &c) != i || c)
				fail_msg("size %u: object %u is not found", size, i);
		}
	}
}

/* A booted machine has the kernel's boot caches with the kernel's columns. */
static void boot_caches_equal_the_kernels(void **state)
{
	struct mm_machine *m = rig_boot(NULL);
	FILE *f = open_table();
	unsigned int seen = 0;
	struct row r;

	(void)state;
	while (next_row(f, &r)) {
		const struct slab_cache *c = slab_find_named(m->slab, r.name);

		if (!c || !strstr(r.machines, "686-512"))
			continue;
		same(&r, "size", c->g.size, r.size);
		same(&r, "object_size", c->g.object_size, r.object);
		same(&r, "fp_offset", c->g.fp_offset, r.fp);
		same(&r, "align", c->g.align, r.align);
		same(&r, "order", c->g.order, r.order);
		same(&r, "objects", c->g.objects, r.objects);
		same(&r, "flags", c->flags, r.flags);
		if (strcmp(r.name, "vmap_area")) /* seven caches merge into it later */
			same(&r, "refcount", (unsigned int)c->refcount, (unsigned int)r.refcount);
		seen++;
	}
	fclose(f);
	assert_int_equal(seen, m->slab->nr_order);
	assert_int_equal(seen, 2 + 4 * 13 + 1);
	rig_free(m);
}

/* The descriptors' own addresses tell the order of creation: kernels of every
 * size put the first at 0xc2001000 and vmap_area, the 55th, at 0xc2003280. */
static void descriptors_lie_where_the_kernels_do(void **state)
{
	static const struct { const char *name; vaddr_t ptr; } want[] = {
		{ "kmem_cache", 0xc2001000 }, { "kmem_cache_node", 0xc20010a0 },
		{ "kmalloc-8", 0xc2001140 }, { "kmalloc-96", 0xc20013c0 }, { "kmalloc-8k", 0xc20018c0 },
		{ "kmalloc-cg-8", 0xc2001960 }, { "kmalloc-cg-2k", 0xc2002000 },
		{ "kmalloc-rcl-8k", 0xc2002960 }, { "dma-kmalloc-1k", 0xc2003000 },
		{ "vmap_area", 0xc2003280 },
	};
	struct mm_machine *m = rig_boot(&(struct rig_want){ .random = true });

	(void)state;
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_int_equal(slab_find_named(m->slab, want[i].name)->self, want[i].ptr);
	rig_check(m);
	rig_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cache_of_real_kernels),
		cmocka_unit_test(kmalloc_orders_by_cpus),
		cmocka_unit_test(largest_and_too_large),
		cmocka_unit_test(index_division_is_exact),
		cmocka_unit_test(boot_caches_equal_the_kernels),
		cmocka_unit_test(descriptors_lie_where_the_kernels_do),
	};

	return cmocka_run_group_tests_name("slab geometry", tests, NULL, NULL);
}
