/* SPDX-License-Identifier: MIT
 * Made-up runs.  Free memory of a zone is a smooth function of time, cut into
 * blocks: a share that grows with time lies in small blocks, the rest in the
 * largest.  No randomness: the same call writes the same bytes. */
#include "tests/plots/fake_run.h"

#include <ftw.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

static const char *const zones[3] = { "dma", "normal", "high" };
static const uint32_t managed[3] = { 3840, 211217, 299999 };

static FILE *create(const char *dir, const char *name)
{
	char path[512];
	FILE *f;

	if ((size_t)snprintf(path, sizeof(path), "%s/%s", dir, name) >= sizeof(path))
		abort();
	f = fopen(path, "we");
	if (!f) {
		perror(path);
		abort();
	}
	return f;
}

void fake_file(const char *dir, const char *name, const char *text)
{
	FILE *f = create(dir, name);

	fputs(text, f);
	if (fclose(f))
		abort();
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void fake_run_remove(const char *dir)
{
	nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static void put_json(const char *dir, unsigned int flags)
{
	FILE *f = create(dir, "run.json");

	fprintf(f, "{\"schema\":\"mmreplay-run-1\",\"operations\":1402224,\"failures\":%d,"
		"\"would_block\":0,\"misuse\":0,\"unsupported\":0,\"orphan_frees\":41,\"skipped\":0,"
		"\"seconds\":0.5,\"operations_per_second\":2804448,\"peak_rss_bytes\":41000000,"
		"\"check\":\"clean\",", flags & FAKE_FAILURES ? 3 : 0);
	fprintf(f, "\"machine\":{\"name\":\"%s\",\"ram_bytes\":2147483648,\"cpus\":1,\"slab\":\"slub\",",
		flags & FAKE_ODD_NAMES ? "a'b<c>&_\\\"d" : "x86_32-2g");
	fputs("\"zones\":["
	      "{\"name\":\"DMA\",\"start_pfn\":1,\"spanned\":4095,\"present\":3998,\"managed\":3840,\"min\":190,\"low\":237,\"high\":284},"
	      "{\"name\":\"Normal\",\"start_pfn\":4096,\"spanned\":220158,\"present\":220158,\"managed\":211217,\"min\":10473,\"low\":13091,\"high\":15709},"
	      "{\"name\":\"HighMem\",\"start_pfn\":224254,\"spanned\":299999,\"present\":299999,\"managed\":299999,\"min\":128,\"low\":3853,\"high\":7578}],"
	      "\"layout\":{\"page_offset\":3221225472,\"max_low_pfn\":224254,\"max_pfn\":524253,\"pmd_shift\":22,"
	      "\"ptrs_per_pte\":1024,\"pageblock_order\":10,\"high_memory\":4139769856,\"vmalloc_start\":4148158464,"
	      "\"vmalloc_end\":4273987584,\"pkmap_base\":4273995776,\"ldt_base\":4278190080,\"cpu_entry_area\":4282384384,"
	      "\"fixaddr_start\":4292575232,\"fixaddr_tot_start\":4288667648,\"fixaddr_top\":4294963200,"
	      "\"last_pkmap\":1024,\"fix_kmap_begin\":68,\"maxmem\":918544384}},", f);
	fputs("\"trace\":{\"path\":\"traces/bundled/build2g.mmt\",\"operations\":1402224,\"duration_ns\":24300000000},", f);
	if (flags & FAKE_MARKS)
		fputs("\"marks\":[{\"name\":\"before\",\"op\":52235,\"time_ns\":3900000000},"
		      "{\"name\":\"it's_over\",\"op\":1300000,\"time_ns\":22000000000}],", f);
	if (flags & FAKE_LATENCY)
		fputs("\"latency\":{\"mode\":\"sampled\",\"every\":50},\"cost\":{\"cycles\":1234567},", f);
	fputs("\"verdicts\":[]}\n", f);
	if (fclose(f))
		abort();
}

static void put_head(FILE *f)
{
	int z, o;

	fputs("op,time_ns,free_dma,free_normal,free_high,pcp_dma,pcp_normal,pcp_high", f);
	for (z = 0; z < 3; z++)
		for (o = 0; o <= 10; o++)
			fprintf(f, ",blocks_%s_%d", zones[z], o);
	fputs(",pkmap_in_use,pkmap_stale,pkmap_slots,kmap_local_in_use,vmalloc_total,vmalloc_used,"
	      "vmalloc_lazy,vmalloc_largest_hole,vmalloc_areas,slab_pages,slab_reclaimable_pages,"
	      "slab_large_pages,slab_capacity_bytes,slab_live_bytes,slab_requested_bytes,"
	      "alloc_calls,free_calls,failures,steals,refills,drains\n", f);
}

/* Cut a zone's free pages into blocks: the small share evenly over orders
 * 0..9, the rest into order 10; returns the pages that the blocks hold. */
static uint64_t cut(uint64_t pages, double small, uint64_t blocks[11])
{
	uint64_t left = pages, sum = 0;
	int o;

	for (o = 0; o < 10; o++) {
		blocks[o] = (uint64_t)((double)pages * small / 10) >> o;
		left -= blocks[o] << o;
	}
	blocks[10] = left >> 10;
	for (o = 0; o <= 10; o++)
		sum += blocks[o] << o;
	return sum;
}

static void put_sample(FILE *f, unsigned int i, double x)
{
	double load = sin(x * 3.14159) * 0.9, frag = 0.02 + 0.95 * x * load;
	uint64_t blocks[3][11], free_pages[3], live, vm = (uint64_t)(40e6 * (0.2 + 0.8 * x));
	int z, o;

	for (z = 0; z < 3; z++)
		free_pages[z] = cut((uint64_t)(managed[z] * (z ? 1 - load : 0.97)), z ? frag : 0.07, blocks[z]);
	fprintf(f, "%u,%" PRIu64, i * 1402, (uint64_t)(2e9 + x * 24.3e9));
	for (z = 0; z < 3; z++)
		fprintf(f, ",%" PRIu64, free_pages[z]);
	fprintf(f, ",%d,%d,%d", 3, (int)(600 + 500 * sin(x * 40)), (int)(1500 + 1200 * sin(x * 55)));
	for (z = 0; z < 3; z++)
		for (o = 0; o <= 10; o++)
			fprintf(f, ",%" PRIu64, blocks[z][o]);
	live = (uint64_t)(30e6 + 40e6 * load);
	fprintf(f, ",%d,%u,1024,%d", (int)(3 + 200 * load), i * 7 % 800, i % 13 == 0 ? 2 : 0);
	fprintf(f, ",125829120,%" PRIu64 ",%u,%" PRIu64 ",%u", vm / 4096 * 4096, i * 4096 * 50 % 33554432,
		(125829120 - vm - 33554432) / 4096 * 4096, 80 + i % 50);
	fprintf(f, ",%d,%d,300,%d,%" PRIu64 ",%" PRIu64, (int)(20000 + 5000 * x), 9000, (int)(20000 + 5000 * x) * 4096,
		live, live / 10 * 9);
	fprintf(f, ",%u,%u,0,%u,%u,%u\n", i * 700, i * 690, i / 90, i * 11, i * 9);
}

static void put_failures(const char *dir)
{
	fake_file(dir, "failures.csv",
		  "op,time_ns,kind,outcome,cause,order,size,gfp,gfp_names,task,comm,site,zone,free_dma,free_normal,free_high,"
		  "mark_dma,mark_normal,mark_high,largest_dma,largest_normal,largest_high\n"
		  "900,5000000000,alloc_pages,fail,fragmented,5,131072,0x40dc0,GFP_KERNEL|__GFP_COMP,12,iperf3,,Normal,3700,20000,100,190,10473,128,10,4,3\n"
		  "700,4000000000,alloc_pages,fail,fragmented,5,131072,0x40dc0,GFP_KERNEL|__GFP_COMP,12,tar,,Normal,3700,21000,100,190,10473,128,10,4,3\n"
		  "800,4500000000,vmalloc,fail,vmalloc-space,,67108864,0xcc0,GFP_KERNEL,13,\"mod<probe>, it\",load_module,,3700,21000,100,190,10473,128,10,4,3\n");
	fake_file(dir, "blocks.csv",
		  "op,time_ns,pageblock,pfn,zone,migratetype,free_pages,movable,unmovable,reclaimable,slab,kernel\n"
		  "0,2000000000,0,1,DMA,Unmovable,768,0,0,0,0,158\n"
		  "0,2000000000,4,4096,Normal,Unmovable,0,0,0,0,0,1024\n"
		  "0,2000000000,5,5120,Normal,Movable,1024,0,0,0,0,0\n"
		  "0,2000000000,300,307200,HighMem,Movable,24,1000,0,0,0,0\n"
		  "900,9000000000,0,1,DMA,Unmovable,768,0,0,0,0,158\n"
		  "900,9000000000,4,4096,Normal,Unmovable,0,0,0,0,0,1024\n"
		  "900,9000000000,5,5120,Normal,Movable,900,100,4,0,20,0\n"
		  "900,9000000000,300,307200,HighMem,Movable,1023,0,0,1,0,0\n");
	fake_file(dir, "blame.csv",
		  "task,comm,site,order,gfp,gfp_names,pages,blocks_pinned\n"
		  "12,cc1,,0,0x1,GFP_HIGHUSER,1000,3\n13,cc1,,0,0x1,GFP_HIGHUSER,500,1\n14,init,,3,0x2,GFP_KERNEL,1600,0\n");
}

static void put_proc(const char *dir)
{
	char sub[256];

	if ((size_t)snprintf(sub, sizeof(sub), "%s/proc", dir) >= sizeof(sub) || mkdir(sub, 0777))
		abort();
	fake_file(dir, "proc/end-slabinfo",
		  "slabinfo - version: 2.1\n"
		  "# name            <active_objs> <num_objs> <objsize> <objperslab> <pagesperslab> : tunables <limit> <batchcount> <sharedfactor> : slabdata <active_slabs> <num_slabs> <sharedavail>\n"
		  "ext4_inode_cache     658    700    800   10    2 : tunables    0    0    0 : slabdata     70     70      0\n"
		  "kmalloc-64          1000   1280     64   64    1 : tunables    0    0    0 : slabdata     20     20      0\n");
}

static void put_latency(const char *dir)
{
	static const char *const kinds[] = { "all", "page_alloc", "page_free" };
	char sub[256], name[64];

	if ((size_t)snprintf(sub, sizeof(sub), "%s/latency", dir) >= sizeof(sub) || mkdir(sub, 0777))
		abort();
	fake_file(dir, "latency.csv",
		  "kind,cause,count,min_ns,mean_ns,p50_ns,p90_ns,p99_ns,p99_9_ns,max_ns\n"
		  "all,all,3000,0,60,40,80,900,2500,4000\n"
		  "all,fast,2900,0,40,38,70,110,200,300\n"
		  "all,drain,60,300,500,450,800,900,900,900\n"
		  "all,split,40,900,850,1500,2400,3900,4000,4000\n"
		  "page_alloc,all,2000,2,70,45,80,1000,3000,4000\n"
		  "page_free,all,1000,0,40,35,70,600,900,900\n");
	fake_file(dir, "cost.csv",
		  "kind,cause,count,min_instructions,mean_instructions,p50_instructions,p90_instructions,"
		  "p99_instructions,p99_9_instructions,max_instructions\n"
		  "all,all,3000,200,1000,900,1500,9000,20000,40000\n"
		  "all,fast,3000,200,1000,900,1500,9000,20000,40000\n"
		  "page_alloc,all,2000,300,1200,950,1500,9000,20000,40000\n"
		  "page_free,all,1000,200,600,210,300,5000,6000,9000\n");
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "latency/%s.hgrm", kinds[i]);
		fake_file(dir, name,
			  "       Value     Percentile TotalCount 1/(1-Percentile)\n\n"
			  "       0.000 0.000000000000         12           1.00\n"
			  "      40.000 0.500000000000        510           2.00\n"
			  "      80.000 0.900000000000        910          10.00\n"
			  "     600.000 0.990000000000        992         100.00\n"
			  "     900.000 1.000000000000       1000\n");
	}
}

void fake_run_write(const char *dir, unsigned int samples, unsigned int flags)
{
	FILE *f;
	unsigned int i;

	if (mkdir(dir, 0777))
		abort();
	put_json(dir, flags);
	f = create(dir, "timeline.csv");
	put_head(f);
	for (i = 0; i < samples; i++)
		put_sample(f, i, (double)i / (samples - 1));
	if (fclose(f))
		abort();
	if (flags & FAKE_FAILURES)
		put_failures(dir);
	if (flags & FAKE_LATENCY)
		put_latency(dir);
	if (flags & FAKE_PROC)
		put_proc(dir);
}
