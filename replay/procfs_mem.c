/* SPDX-License-Identifier: MIT
 *
 * The files about all of memory: slabinfo, vmallocinfo, meminfo, vmstat.
 * Formats: Linux 6.1 mm/slab_common.c, mm/vmalloc.c, fs/proc/meminfo.c,
 * mm/vmstat.c.
 */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "replay/procfs.h"

void procfs_slabinfo(FILE *f, const struct mm_machine *m, const struct procfs_names *n)
{
	struct mm_cache_info c;
	uint32_t i, nr = 0;

	(void)n;
	fputs("slabinfo - version: 2.1\n"
	      "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab>"
	      " : tunables <limit> <batchcount> <sharedfactor>"
	      " : slabdata <active_slabs> <num_slabs> <sharedavail>\n", f);
	while (mm_cache_info(m, nr, &c))
		nr++;
	for (i = nr; i-- > 0; ) {	/* the youngest cache comes first */
		mm_cache_info(m, i, &c);
		fprintf(f, "%-17s %6u %6u %6u %4u %4u : tunables %4u %4u %4u"
			" : slabdata %6u %6u %6u\n", c.name, c.active_objects, c.total_objects,
			c.size, c.objects, 1u << c.order, 0, 0, 0, c.nr_slabs, c.nr_slabs, 0);
	}
}

void procfs_vmallocinfo(FILE *f, const struct mm_machine *m, const struct procfs_names *n)
{
	static const char *const words[] = {
		[MM_AREA_VMALLOC] = " vmalloc", [MM_AREA_VMAP] = " vmap",
		[MM_AREA_IOREMAP] = " ioremap", [MM_AREA_VMAP_BLOCK] = " vm_map_ram",
		[MM_AREA_BOOT] = " vmalloc",
	};
	struct mm_vmap_area_info a;
	vaddr_t cursor = 0, start, end = 0;

	while (mm_vmap_area_next(m, &cursor, &a)) {
		const char *site = n && a.site ? n->site(n->arg, a.site) : "";

		fprintf(f, "0x%08x-0x%08x %7u", a.start, a.end, a.end - a.start);
		if (a.kind != MM_AREA_VMAP_BLOCK && *site)
			fprintf(f, " %.*s", (int)strcspn(site, ";"), site);
		if (a.nr_pages)
			fprintf(f, " pages=%u", a.nr_pages);
		if (a.kind == MM_AREA_IOREMAP)
			fprintf(f, " phys=0x%08" PRIx64, a.phys);
		fprintf(f, "%s\n", words[a.kind]);
	}
	while (mm_vmap_lazy_next(m, &start, &end))
		fprintf(f, "0x%08x-0x%08x %7u unpurged vm_area\n", start, end, end - start);
}

/* ---- meminfo ---- */

struct memory {
	uint64_t managed, free, high, high_free, low_marks, reserve;
	struct mm_slab_totals slab;
	struct mm_vmalloc_info vm;
};

/* Linux 6.1 mm/page_alloc.c calculate_totalreserve_pages: what the zones keep. */
static uint64_t zone_reserve(const struct mm_zone_info *z)
{
	uint64_t most = 0;
	int i;

	for (i = 0; i < 4; i++)
		if (z->lowmem_reserve[i] > most)
			most = z->lowmem_reserve[i];
	most += z->wmark[MM_WMARK_HIGH];
	return most < z->managed ? most : z->managed;
}

static void read_memory(const struct mm_machine *m, struct memory *t)
{
	struct mm_zone_info z;
	int i;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < MM_NR_ZONES; i++) {
		mm_zone_info(m, (enum mm_zone_id)i, &z);
		t->managed += z.managed;
		t->free += z.nr_free;
		t->low_marks += z.present ? z.wmark[MM_WMARK_LOW] : 0;
		t->reserve += zone_reserve(&z);
	}
	t->high = z.managed;
	t->high_free = z.nr_free;
	mm_slab_totals(m, &t->slab);
	mm_vmalloc_info(m, &t->vm);
}

/* Linux 6.1 mm/page_alloc.c si_mem_available, without page cache. */
static uint64_t available(const struct memory *t)
{
	uint64_t rec = t->slab.reclaimable_pages;
	uint64_t keep = rec / 2 < t->low_marks ? rec / 2 : t->low_marks;

	return t->free > t->reserve ? t->free - t->reserve + rec - keep : 0;
}

static void kb(FILE *f, const char *name, uint64_t pages)
{
	fprintf(f, "%-16s%8" PRIu64 " kB\n", name, pages * 4);
}

static void zeros(FILE *f, const char *const *names)
{
	for (; *names; names++)
		kb(f, *names, 0);
}

void procfs_meminfo(FILE *f, const struct mm_machine *m, const struct procfs_names *n)
{
	static const char *const lru[] = {
		"Buffers:", "Cached:", "SwapCached:", "Active:", "Inactive:", "Active(anon):",
		"Inactive(anon):", "Active(file):", "Inactive(file):", "Unevictable:",
		"Mlocked:", NULL };
	static const char *const dirty[] = {
		"Zswap:", "Zswapped:", "Dirty:", "Writeback:", "AnonPages:", "Mapped:",
		"Shmem:", NULL };
	static const char *const kernel[] = {
		"KernelStack:", "PageTables:", "SecPageTables:", "NFS_Unstable:", "Bounce:",
		"WritebackTmp:", NULL };
	static const char *const huge[] = {
		"AnonHugePages:", "ShmemHugePages:", "ShmemPmdMapped:", "FileHugePages:",
		"FilePmdMapped:", NULL };
	const struct mm_config *c = mm_machine_config(m);
	struct memory t;
	uint64_t swap = c->swap_bytes >> MM_PAGE_SHIFT;

	(void)n;
	read_memory(m, &t);
	kb(f, "MemTotal:", t.managed);
	kb(f, "MemFree:", t.free);
	kb(f, "MemAvailable:", available(&t));
	zeros(f, lru);
	kb(f, "HighTotal:", t.high);
	kb(f, "HighFree:", t.high_free);
	kb(f, "LowTotal:", t.managed - t.high);
	kb(f, "LowFree:", t.free - t.high_free);
	kb(f, "SwapTotal:", swap);
	kb(f, "SwapFree:", swap);
	zeros(f, dirty);
	kb(f, "KReclaimable:", t.slab.reclaimable_pages);
	kb(f, "Slab:", t.slab.pages);
	kb(f, "SReclaimable:", t.slab.reclaimable_pages);
	kb(f, "SUnreclaim:", t.slab.pages - t.slab.reclaimable_pages);
	zeros(f, kernel);
	kb(f, "CommitLimit:", t.managed / 2 + swap);
	kb(f, "Committed_AS:", 0);
	kb(f, "VmallocTotal:", t.vm.total >> MM_PAGE_SHIFT);
	kb(f, "VmallocUsed:", t.vm.nr_pages);
	kb(f, "VmallocChunk:", 0);
	kb(f, "Percpu:", (uint64_t)c->percpu_pages * c->cpus);
	fprintf(f, "HardwareCorrupted: %5d kB\n", 0);
	zeros(f, huge);
	fprintf(f, "HugePages_Total:   %5d\nHugePages_Free:    %5d\nHugePages_Rsvd:    %5d\n"
		"HugePages_Surp:    %5d\n", 0, 0, 0, 0);
	kb(f, "Hugepagesize:", 1u << (mm_machine_layout(m)->pmd_shift - MM_PAGE_SHIFT));
	kb(f, "Hugetlb:", 0);
}

/* ---- vmstat ---- */

/* All lines of Linux 6.1's /proc/vmstat, in its order. */
static const char vmstat_names[] =
	"nr_free_pages nr_zone_inactive_anon nr_zone_active_anon nr_zone_inactive_file "
	"nr_zone_active_file nr_zone_unevictable nr_zone_write_pending nr_mlock nr_bounce "
	"nr_zspages nr_free_cma nr_inactive_anon nr_active_anon nr_inactive_file "
	"nr_active_file nr_unevictable nr_slab_reclaimable nr_slab_unreclaimable "
	"nr_isolated_anon nr_isolated_file workingset_nodes workingset_refault_anon "
	"workingset_refault_file workingset_activate_anon workingset_activate_file "
	"workingset_restore_anon workingset_restore_file workingset_nodereclaim "
	"nr_anon_pages nr_mapped nr_file_pages nr_dirty nr_writeback nr_writeback_temp "
	"nr_shmem nr_shmem_hugepages nr_shmem_pmdmapped nr_file_hugepages "
	"nr_file_pmdmapped nr_anon_transparent_hugepages nr_vmscan_write "
	"nr_vmscan_immediate_reclaim nr_dirtied nr_written nr_throttled_written "
	"nr_kernel_misc_reclaimable nr_foll_pin_acquired nr_foll_pin_released "
	"nr_kernel_stack nr_page_table_pages nr_sec_page_table_pages nr_swapcached "
	"nr_dirty_threshold nr_dirty_background_threshold pgpgin pgpgout pswpin pswpout "
	"pgalloc_dma pgalloc_normal pgalloc_high pgalloc_movable allocstall_dma "
	"allocstall_normal allocstall_high allocstall_movable pgskip_dma pgskip_normal "
	"pgskip_high pgskip_movable pgfree pgactivate pgdeactivate pglazyfree pgfault "
	"pgmajfault pglazyfreed pgrefill pgreuse pgsteal_kswapd pgsteal_direct "
	"pgdemote_kswapd pgdemote_direct pgscan_kswapd pgscan_direct "
	"pgscan_direct_throttle pgscan_anon pgscan_file pgsteal_anon pgsteal_file "
	"pginodesteal slabs_scanned kswapd_inodesteal kswapd_low_wmark_hit_quickly "
	"kswapd_high_wmark_hit_quickly pageoutrun pgrotated drop_pagecache drop_slab "
	"oom_kill pgmigrate_success pgmigrate_fail thp_migration_success "
	"thp_migration_fail thp_migration_split compact_migrate_scanned "
	"compact_free_scanned compact_isolated compact_stall compact_fail "
	"compact_success compact_daemon_wake compact_daemon_migrate_scanned "
	"compact_daemon_free_scanned htlb_buddy_alloc_success htlb_buddy_alloc_fail "
	"unevictable_pgs_culled unevictable_pgs_scanned unevictable_pgs_rescued "
	"unevictable_pgs_mlocked unevictable_pgs_munlocked unevictable_pgs_cleared "
	"unevictable_pgs_stranded thp_fault_alloc thp_fault_fallback "
	"thp_fault_fallback_charge thp_collapse_alloc thp_collapse_alloc_failed "
	"thp_file_alloc thp_file_fallback thp_file_fallback_charge thp_file_mapped "
	"thp_split_page thp_split_page_failed thp_deferred_split_page thp_split_pmd "
	"thp_scan_exceed_none_pte thp_scan_exceed_swap_pte thp_scan_exceed_share_pte "
	"thp_zero_page_alloc thp_zero_page_alloc_failed thp_swpout thp_swpout_fallback "
	"balloon_inflate balloon_deflate balloon_migrate swap_ra swap_ra_hit "
	"ksm_swpin_copy cow_ksm zswpin zswpout direct_map_level2_splits "
	"direct_map_level3_splits nr_unstable";

void procfs_vmstat(FILE *f, const struct mm_machine *m, const struct procfs_names *n)
{
	const uint64_t *ev = mm_events(m);
	const char *s = vmstat_names;
	struct memory t;

	(void)n;
	read_memory(m, &t);
	const struct { const char *name; uint64_t v; } known[] = {
		{ "nr_free_pages", t.free },
		{ "nr_slab_reclaimable", t.slab.reclaimable_pages },
		{ "nr_slab_unreclaimable", t.slab.pages - t.slab.reclaimable_pages },
		{ "pgalloc_dma", ev[MM_EV_PGALLOC_DMA] },
		{ "pgalloc_normal", ev[MM_EV_PGALLOC_NORMAL] },
		{ "pgalloc_high", ev[MM_EV_PGALLOC_HIGH] },
		{ "pgfree", ev[MM_EV_PGFREE] },
	};

	while (*s) {
		size_t len = strcspn(s, " "), i;
		uint64_t v = 0;

		for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
			if (strlen(known[i].name) == len && !memcmp(known[i].name, s, len))
				v = known[i].v;
		fprintf(f, "%.*s %" PRIu64 "\n", (int)len, s, v);
		s += len + (s[len] == ' ');
	}
}

/* ---- all of them ---- */

const struct procfs_file procfs_files[] = {
	{ "buddyinfo", procfs_buddyinfo },
	{ "pagetypeinfo", procfs_pagetypeinfo },
	{ "zoneinfo", procfs_zoneinfo },
	{ "slabinfo", procfs_slabinfo },
	{ "vmallocinfo", procfs_vmallocinfo },
	{ "meminfo", procfs_meminfo },
	{ "vmstat", procfs_vmstat },
	{ "unusable_index", procfs_unusable_index },
	{ "extfrag_index", procfs_extfrag_index },
};

const unsigned int procfs_nr_files = sizeof(procfs_files) / sizeof(procfs_files[0]);

int procfs_write_all(const struct mm_machine *m, const char *dir, const char *prefix,
		     const struct procfs_names *n, struct mm_error *err)
{
	unsigned int i;

	for (i = 0; i < procfs_nr_files; i++) {
		char path[4200];
		FILE *f;
		int bad;

		snprintf(path, sizeof(path), "%s/%s-%s", dir, prefix, procfs_files[i].name);
		f = fopen(path, "w");
		if (!f)
			return mm_fail(err, -errno, "%s: cannot be written: %s", path, strerror(errno));
		procfs_files[i].write(f, m, n);
		bad = ferror(f);
		if (fclose(f) || bad)
			return mm_fail(err, -EIO, "%s: cannot be written: %s", path, strerror(errno));
	}
	return 0;
}
