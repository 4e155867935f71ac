/* SPDX-License-Identifier: MIT
 *
 * The zone-wise files: buddyinfo, pagetypeinfo, zoneinfo and debugfs' extfrag.
 * Formats: Linux 6.1 mm/vmstat.c.
 */
#include <string.h>

#include "replay/frames.h"
#include "replay/procfs.h"

static uint32_t blocks_of(const struct mm_zone_info *z, unsigned int order)
{
	uint32_t n = 0;
	int t;

	for (t = 0; t < MM_MIGRATE_TYPES; t++)
		n += z->nr_blocks[order][t];
	return n;
}

void procfs_buddyinfo(FILE *f, const struct mm_machine *m, const struct procfs_names *n)
{
	struct mm_zone_info z;
	unsigned int i, o;

	(void)n;
	for (i = 0; i < MM_NR_ZONES; i++) {
		mm_zone_info(m, (enum mm_zone_id)i, &z);
		if (!z.present)
			continue;
		fprintf(f, "Node 0, zone %8s ", mm_zone_text[i]);
		for (o = 0; o < MM_MAX_ORDER; o++)
			fprintf(f, "%6u ", blocks_of(&z, o));
		putc('\n', f);
	}
}

static void pagetype_free(FILE *f, const struct mm_machine *m)
{
	struct mm_zone_info z;
	unsigned int i, o, t;

	fprintf(f, "%-43s ", "Free pages count per migrate type at order");
	for (o = 0; o < MM_MAX_ORDER; o++)
		fprintf(f, "%6u ", o);
	putc('\n', f);
	for (i = 0; i < MM_NR_ZONES; i++) {
		mm_zone_info(m, (enum mm_zone_id)i, &z);
		if (!z.present)
			continue;
		for (t = 0; t < MM_MIGRATE_TYPES; t++) {
			fprintf(f, "Node %4d, zone %8s, type %12s ", 0, mm_zone_text[i], mm_type_text[t]);
			for (o = 0; o < MM_MAX_ORDER; o++) {
				bool over = z.nr_blocks[o][t] >= 100000; /* the kernel stops counting */

				fprintf(f, "%s%6u ", over ? ">" : "",
					over ? 100000 : z.nr_blocks[o][t]);
			}
			putc('\n', f);
		}
	}
}

void procfs_pagetypeinfo(FILE *f, const struct mm_machine *m, const struct procfs_names *n)
{
	unsigned int order = mm_machine_layout(m)->pageblock_order, i, t;
	struct mm_zone_info z;

	(void)n;
	fprintf(f, "Page block order: %u\nPages per block:  %u\n\n", order, 1u << order);
	pagetype_free(f, m);
	fprintf(f, "\n%-23s", "Number of blocks type ");
	for (t = 0; t < MM_MIGRATE_TYPES; t++)
		fprintf(f, "%12s ", mm_type_text[t]);
	putc('\n', f);
	for (i = 0; i < MM_NR_ZONES; i++) {
		mm_zone_info(m, (enum mm_zone_id)i, &z);
		if (!z.present)
			continue;
		fprintf(f, "Node %d, zone %8s ", 0, mm_zone_text[i]);
		for (t = 0; t < MM_MIGRATE_TYPES; t++)
			fprintf(f, "%12u ", z.nr_pageblocks[t]);
		putc('\n', f);
	}
}

/* Linux 6.1 mm/vmstat.c fill_contig_page_info: free pages, free blocks and the
 * blocks of the order that could be had from them. */
struct contig {
	uint64_t pages, blocks, suitable;
};

static struct contig contig_of(const struct mm_zone_info *z, unsigned int order)
{
	struct contig c = { 0, 0, 0 };
	unsigned int o;

	for (o = 0; o < MM_MAX_ORDER; o++) {
		uint64_t n = blocks_of(z, o);

		c.blocks += n;
		c.pages += n << o;
		if (o >= order)
			c.suitable += n << (o - order);
	}
	return c;
}

static int unusable(const struct contig *c, unsigned int order)
{
	if (!c->pages)
		return 1000;
	return (int)((c->pages - (c->suitable << order)) * 1000 / c->pages);
}

static int fragmentation(const struct contig *c, unsigned int order)
{
	uint64_t requested = 1u << order;

	if (!c->blocks)
		return 0;
	if (c->suitable)
		return -1000;
	return 1000 - (int)((1000 + c->pages * 1000 / requested) / c->blocks);
}

static void index_file(FILE *f, const struct mm_machine *m,
		       int (*index)(const struct contig *c, unsigned int order))
{
	struct mm_zone_info z;
	unsigned int i, o;

	for (i = 0; i < MM_NR_ZONES; i++) {
		mm_zone_info(m, (enum mm_zone_id)i, &z);
		if (!z.present)
			continue;
		fprintf(f, "Node 0, zone %8s ", mm_zone_text[i]);
		for (o = 0; o < MM_MAX_ORDER; o++) {
			struct contig c = contig_of(&z, o);
			int v = index(&c, o);

			fprintf(f, "%s%d.%03d ", v < 0 ? "-" : "", (v < 0 ? -v : v) / 1000,
				(v < 0 ? -v : v) % 1000);
		}
		putc('\n', f);
	}
}

void procfs_unusable_index(FILE *f, const struct mm_machine *m, const struct procfs_names *n)
{
	(void)n;
	index_file(f, m, unusable);
}

void procfs_extfrag_index(FILE *f, const struct mm_machine *m, const struct procfs_names *n)
{
	(void)n;
	index_file(f, m, fragmentation);
}

/* ---- zoneinfo ---- */

static void node_stats(FILE *f, const struct mm_machine *m)
{
	static const char *const names[] = {
		"nr_inactive_anon", "nr_active_anon", "nr_inactive_file", "nr_active_file",
		"nr_unevictable", "nr_slab_reclaimable", "nr_slab_unreclaimable",
		"nr_isolated_anon", "nr_isolated_file", "workingset_nodes",
		"workingset_refault_anon", "workingset_refault_file",
		"workingset_activate_anon", "workingset_activate_file",
		"workingset_restore_anon", "workingset_restore_file",
		"workingset_nodereclaim", "nr_anon_pages", "nr_mapped", "nr_file_pages",
		"nr_dirty", "nr_writeback", "nr_writeback_temp", "nr_shmem",
		"nr_shmem_hugepages", "nr_shmem_pmdmapped", "nr_file_hugepages",
		"nr_file_pmdmapped", "nr_anon_transparent_hugepages", "nr_vmscan_write",
		"nr_vmscan_immediate_reclaim", "nr_dirtied", "nr_written",
		"nr_throttled_written", "nr_kernel_misc_reclaimable", "nr_foll_pin_acquired",
		"nr_foll_pin_released", "nr_kernel_stack", "nr_page_table_pages",
		"nr_sec_page_table_pages", "nr_swapcached",
	};
	struct mm_slab_totals s;
	size_t i;

	mm_slab_totals(m, &s);
	fputs("\n  per-node stats", f);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint32_t v = 0;

		if (!strcmp(names[i], "nr_slab_reclaimable"))
			v = s.reclaimable_pages;
		else if (!strcmp(names[i], "nr_slab_unreclaimable"))
			v = s.pages - s.reclaimable_pages;
		fprintf(f, "\n      %-12s %u", names[i], v);
	}
}

static void zone_head(FILE *f, const char *name, const struct mm_zone_info *z, bool first,
		      const struct mm_machine *m)
{
	fprintf(f, "Node 0, zone %8s", name);
	if (first)
		node_stats(f, m);
	fprintf(f, "\n  pages free     %u\n        boost    %u\n        min      %u\n"
		"        low      %u\n        high     %u\n        spanned  %u\n"
		"        present  %u\n        managed  %u\n        cma      0",
		z->nr_free, z->boost, z->wmark[MM_WMARK_MIN] + z->boost,
		z->wmark[MM_WMARK_LOW] + z->boost, z->wmark[MM_WMARK_HIGH] + z->boost,
		z->spanned, z->present, z->managed);
	fprintf(f, "\n        protection: (%u, %u, %u, %u)", z->lowmem_reserve[0],
		z->lowmem_reserve[1], z->lowmem_reserve[2], z->lowmem_reserve[3]);
}

static void zone_rest(FILE *f, const struct mm_zone_info *z, unsigned int cpus)
{
	static const char *const names[] = {
		"nr_zone_inactive_anon", "nr_zone_active_anon", "nr_zone_inactive_file",
		"nr_zone_active_file", "nr_zone_unevictable", "nr_zone_write_pending",
		"nr_mlock", "nr_bounce", "nr_zspages", "nr_free_cma",
	};
	unsigned int i;

	fprintf(f, "\n      %-12s %u", "nr_free_pages", z->nr_free);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		fprintf(f, "\n      %-12s 0", names[i]);
	fputs("\n  pagesets", f);
	for (i = 0; i < cpus; i++)
		fprintf(f, "\n    cpu: %u\n              count: %u\n              high:  %u\n"
			"              batch: %u\n  vm stats threshold: %u", i, z->pcp[i].count,
			z->pcp[i].high, z->pcp[i].batch, z->stat_threshold);
	fprintf(f, "\n  node_unreclaimable:  0\n  start_pfn:           %u", z->start_pfn);
}

/* The movable zone exists without pages.  It counts as highmem when the
 * highest zone with pages is HighMem (Linux 6.1 is_highmem_idx): then its
 * marks have the floor of such zones, 32 pages; otherwise they are 0. */
static void movable_zone(FILE *f, const struct mm_machine *m, bool highmem)
{
	struct mm_zone_info z;
	int i;

	memset(&z, 0, sizeof(z));
	for (i = 0; highmem && i < MM_NR_WMARK; i++)
		z.wmark[i] = 32;
	zone_head(f, "Movable", &z, false, m);
	putc('\n', f);
}

void procfs_zoneinfo(FILE *f, const struct mm_machine *m, const struct procfs_names *n)
{
	unsigned int cpus = mm_machine_config(m)->cpus, i;
	bool first = true, highmem = false;
	struct mm_zone_info z;

	(void)n;
	for (i = 0; i < MM_NR_ZONES; i++) {
		mm_zone_info(m, (enum mm_zone_id)i, &z);
		zone_head(f, mm_zone_text[i], &z, first && z.present, m);
		if (z.present) {
			zone_rest(f, &z, cpus);
			first = false;
			highmem = i == MM_ZONE_HIGHMEM;
		}
		putc('\n', f);
	}
	movable_zone(f, m, highmem);
}
