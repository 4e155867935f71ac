/* SPDX-License-Identifier: MIT
 *
 * memblock: which pages exist at boot and which of them are still free when
 * the page allocator takes over.
 *
 * Memory is the firmware's RAM in whole pages.  Reserved are the first MiB,
 * the kernel image, the machine's own reservations and the large boot
 * allocations, which are made from the top of lowmem downwards in the kernel's
 * order: log buffer, copied initrd, mem_map, a page of small tables, the
 * per-CPU first chunk, the dentry and inode hashes.  (Linux 6.1 mm/memblock.c,
 * arch/x86/kernel/setup.c, mm/page_alloc.c alloc_node_mem_map,
 * alloc_large_system_hash; order and sizes measured with memblock=debug.)
 */
#include "engine/phys/zone.h"

#include <errno.h>
#include <string.h>

/* Bytes of the tables between mem_map and the command line: pageblock bitmaps,
 * ACPI, e820 and nosave entries of a QEMU PC. */
#define SMALL_TABLES	1280
/* And of those that describe the per-CPU chunk, which come after it. */
#define PERCPU_TABLES	3008
#define STRUCT_PAGE	40u	/* sizeof(struct page) on both Debian i386 kernels */
#define FIRST_MIB_PFN	0x100u
#define BOOT_TEMP_PAGES	2u	/* taken and given back while the per-CPU chunk is made */

static void map_add(struct memblock_map *map, uint32_t start, uint32_t end)
{
	unsigned int i = 0;

	if (start >= end || map->nr >= sizeof(map->range) / sizeof(map->range[0]))
		return;
	while (i < map->nr && map->range[i].start < start)
		i++;
	memmove(&map->range[i + 1], &map->range[i], (map->nr - i) * sizeof(map->range[0]));
	map->range[i].start = start;
	map->range[i].end = end;
	map->nr++;
}

/* Take [start, end) out of the map. */
static void map_cut(struct memblock_map *map, uint32_t start, uint32_t end)
{
	struct memblock_map out = { .nr = 0 };

	for (unsigned int i = 0; i < map->nr; i++) {
		uint32_t s = map->range[i].start, e = map->range[i].end;

		if (start >= e || end <= s) {
			map_add(&out, s, e);
			continue;
		}
		map_add(&out, s, start > s ? start : s);
		map_add(&out, end < e ? end : e, e);
	}
	*map = out;
}

/* The highest aligned place for nr pages below limit, cut out of free; 0 = none. */
static uint32_t take_top(struct memblock_map *free, uint32_t nr, uint32_t limit)
{
	for (unsigned int i = free->nr; i-- > 0;) {
		uint32_t e = free->range[i].end < limit ? free->range[i].end : limit;

		if (e >= nr && e - nr >= free->range[i].start) {
			map_cut(free, e - nr, e);
			return e - nr;
		}
	}
	return 0;
}

static uint32_t pages_up(uint64_t bytes)
{
	return (uint32_t)((bytes + MM_PAGE_SIZE - 1) >> MM_PAGE_SHIFT);
}

/* e820 RAM in whole pages; page 0 is always reserved. */
static void add_memory(const struct mm_config *c, struct memblock_map *memory, uint32_t max_pfn)
{
	for (unsigned int i = 0; i < c->nr_e820; i++) {
		uint64_t s = (c->e820[i].start + MM_PAGE_SIZE - 1) >> MM_PAGE_SHIFT;
		uint64_t e = c->e820[i].end >> MM_PAGE_SHIFT;

		if (c->e820[i].type != MM_E820_RAM || s >= max_pfn)
			continue;
		if (e > max_pfn)
			e = max_pfn;
		if (s < 1)
			s = 1;
		if (s < e)
			map_add(memory, (uint32_t)s, (uint32_t)e);
	}
}

/* RAM that begins above the reach of the page tables counts for nothing
 * (Linux 6.1 arch/x86/kernel/e820.c e820_end_pfn). */
uint32_t memblock_max_pfn(const struct mm_config *c)
{
	uint64_t max = 0, limit = c->pae ? 1ull << 24 : 1ull << 20;

	for (unsigned int i = 0; i < c->nr_e820; i++)
		if (c->e820[i].type == MM_E820_RAM && c->e820[i].start >> MM_PAGE_SHIFT < limit &&
		    c->e820[i].end >> MM_PAGE_SHIFT > max)
			max = c->e820[i].end >> MM_PAGE_SHIFT;
	return (uint32_t)(max < limit ? max : limit);
}

/* alloc_large_system_hash: buckets of 4 bytes, one for 2^scale bytes of lowmem
 * rounded up to a MiB, rounded up to a power of two. */
static uint32_t hash_pages(uint32_t kernel_pages, unsigned int scale)
{
	uint32_t n = (kernel_pages + 255) & ~255u, size = 1;

	n >>= scale - MM_PAGE_SHIFT;
	while (size < n)
		size <<= 1;
	return pages_up((uint64_t)size * 4);
}

static bool take_boot_allocations(const struct mm_config *c, const struct mm_layout *l,
				  struct memblock_map *free, uint32_t lowmem_pages, uint32_t *initrd)
{
	uint32_t low = l->max_low_pfn, map_pages, tables, bytes, nr, hole;
	uint64_t covered = ((uint64_t)l->max_pfn + 1023) & ~1023ull;

	if (c->log_buf_len) {	/* text, 12-byte descriptors, 88-byte infos, one for 32 bytes */
		if (!take_top(free, pages_up(c->log_buf_len), low) ||
		    !take_top(free, pages_up(c->log_buf_len / 32 * 12ull), low) ||
		    !take_top(free, pages_up(c->log_buf_len / 32 * 88ull), low))
			return false;
	}
	if (c->initrd_bytes && !c->initrd_base) {
		*initrd = take_top(free, pages_up(c->initrd_bytes), low);
		if (!*initrd)
			return false;
	}
	map_pages = pages_up(covered * STRUCT_PAGE);
	/* Small tables, then two copies of the command line. */
	bytes = SMALL_TABLES + 2 * ((c->cmdline_bytes + 63u) & ~63u);
	tables = pages_up(bytes);
	if (!take_top(free, map_pages, low) || !take_top(free, tables, low))
		return false;
	/* Two more pages below the tables come and go around the per-CPU chunk. */
	hole = take_top(free, BOOT_TEMP_PAGES, low);
	if (!hole || !take_top(free, c->percpu_pages * c->cpus, low))
		return false;
	if (!c->pae)	/* with PAE two page tables that come later take their place */
		map_add(free, hole, hole + BOOT_TEMP_PAGES);
	/* What the per-CPU tables do not find room for begins another page, and
	 * both hashes end inside that. */
	lowmem_pages -= map_pages;
	nr = hash_pages(lowmem_pages, 13) + hash_pages(lowmem_pages, 14) +
	     (tables * MM_PAGE_SIZE < bytes + PERCPU_TABLES);
	return take_top(free, nr, hole) != 0;
}

int memblock_build(const struct mm_config *c, const struct mm_layout *l,
		   struct memblock_map *memory, struct memblock_map *free,
		   uint32_t *initrd_start, struct mm_error *err)
{
	uint32_t lowmem_pages = 0, kernel_end = c->kernel_end >> MM_PAGE_SHIFT;

	memset(memory, 0, sizeof(*memory));
	add_memory(c, memory, l->max_pfn);
	if (!memory->nr || kernel_end >= l->max_low_pfn)
		return mm_fail(err, -EINVAL, "machine %s: %u pages of lowmem do not hold the kernel image, "
			       "which ends at pfn 0x%x", c->name, l->max_low_pfn, kernel_end);
	*free = *memory;
	map_cut(free, 0, FIRST_MIB_PFN);
	map_cut(free, c->kernel_base >> MM_PAGE_SHIFT, pages_up(c->kernel_end));
	for (unsigned int i = 0; i < c->nr_reserved; i++)
		map_cut(free, (uint32_t)(c->reserved[i].start >> MM_PAGE_SHIFT),
			pages_up(c->reserved[i].end));
	*initrd_start = c->initrd_base >> MM_PAGE_SHIFT;
	if (c->initrd_base)
		map_cut(free, *initrd_start, *initrd_start + pages_up(c->initrd_bytes));
	for (unsigned int i = 0; i < memory->nr; i++) {
		uint32_t e = memory->range[i].end < l->max_low_pfn ? memory->range[i].end : l->max_low_pfn;

		if (memory->range[i].start < e)
			lowmem_pages += e - memory->range[i].start;
	}
	if (!take_boot_allocations(c, l, free, lowmem_pages, initrd_start))
		return mm_fail(err, -EINVAL, "machine %s: lowmem (%u pages) is too small for the boot "
			       "allocations (mem_map, hashes, initrd)", c->name, lowmem_pages);
	return 0;
}
