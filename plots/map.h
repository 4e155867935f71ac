/* SPDX-License-Identifier: MIT
 *
 * map: the kernel's part of the address space, region by region, as text and
 * as a picture.
 *
 * Regions follow from struct mm_layout alone (Linux 6.1
 * arch/x86/include/asm/pgtable_32_areas.h and fixmap.h); they ascend, touch
 * each other and cover 0 .. 4 GiB.
 */
#ifndef PLOTS_MAP_H
#define PLOTS_MAP_H

#include <stdio.h>

#include "engine/mm86.h"

enum map_kind {
	MAP_USER, MAP_DMA, MAP_NORMAL, MAP_GAP, MAP_VMALLOC, MAP_PKMAP, MAP_LDT, MAP_CPU_ENTRY,
	MAP_FIXMAP_BOOT, MAP_FIXMAP, MAP_KMAP_LOCAL
};

struct map_region {
	enum map_kind kind;
	uint64_t start, end;	/* [start, end) */
	char name[48];		/* "direct map, Normal" */
	char note[80];		/* what it is for; may be empty */
};

struct map_zone {
	const char *name;	/* static */
	uint64_t start, end;	/* physical bytes, [start, end); equal: no such zone */
	uint64_t present;	/* pages that exist (a zone may have holes); 0 = not known */
	uint64_t managed;	/* pages given to the allocator */
};

enum { MAP_MAX_REGIONS = 16 };

struct addr_map {
	char machine[64];
	struct mm_layout layout;
	struct map_region region[MAP_MAX_REGIONS];
	unsigned int nr_regions;
	struct map_zone zone[MM_NR_ZONES];
};

/* -EINVAL: addresses that do not ascend as on any kernel; the sentence names
 * the first pair. */
int map_build(struct addr_map *m, const char *machine, const struct mm_layout *layout,
	      struct mm_error *err);

/* A table of regions and one of physical zones. */
void map_text(const struct addr_map *m, FILE *out);

/* The picture: physical zones, the kernel's addresses to scale, and its upper
 * end magnified.  inlined: as part of a page (no XML head, the page's colours). */
void map_svg(const struct addr_map *m, bool inlined, FILE *out);

/* "16.0 MiB", "8 KiB" */
const char *map_size(char buf[32], uint64_t bytes);

#endif
