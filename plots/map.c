/* SPDX-License-Identifier: MIT
 * Regions from the layout, and their table.  Region ends are printed as the
 * last address that belongs to them, as /proc/iomem does. */
#include "plots/map.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/table.h"

#define MAX_DMA (UINT64_C(16) << 20)	/* Linux 6.1 asm/dma.h MAX_DMA_PFN */
#define TOP (UINT64_C(1) << 32)

const char *map_size(char buf[32], uint64_t bytes)
{
	if (bytes >= UINT64_C(1) << 30)
		snprintf(buf, 32, "%.2f GiB", (double)bytes / (1 << 30));
	else if (bytes >= 1u << 20)
		snprintf(buf, 32, "%.2f MiB", (double)bytes / (1 << 20));
	else
		snprintf(buf, 32, "%" PRIu64 " KiB", bytes >> 10);
	return buf;
}

struct builder {
	struct addr_map *m;
	uint64_t at;		/* end of the region before */
	struct mm_error *err;
	int r;
};

/* Append the region that ends at end; nothing when it is empty. */
static void upto(struct builder *b, uint64_t end, enum map_kind kind, const char *name,
		 const char *note)
{
	struct map_region *g = &b->m->region[b->m->nr_regions];

	if (b->r || end == b->at)
		return;
	if (end < b->at || end > TOP || b->m->nr_regions == MAP_MAX_REGIONS) {
		b->r = mm_fail(b->err, -EINVAL,
			       "address map: %s would end at 0x%08" PRIx64 ", below its start 0x%08" PRIx64,
			       name, end, b->at);
		return;
	}
	g->kind = kind;
	g->start = b->at;
	g->end = end;
	snprintf(g->name, sizeof(g->name), "%s", name);
	snprintf(g->note, sizeof(g->note), "%s", note);
	b->at = end;
	b->m->nr_regions++;
}

static void add_fixmap(struct builder *b, const struct mm_layout *l)
{
	/* Slot i of kmap_local is fixmap entry fix_kmap_begin + i, counted
	 * downwards from fixaddr_top; 16 for each possible CPU. */
	uint64_t high = (uint64_t)l->fixaddr_top - (uint64_t)l->fix_kmap_begin * MM_PAGE_SIZE;
	uint64_t low = high - (16u * MM_NR_CPUS - 1) * (uint64_t)MM_PAGE_SIZE;
	char note[80];

	upto(b, l->fixaddr_start, MAP_FIXMAP_BOOT, "fixmap, boot time", "early_ioremap, before vmalloc works");
	upto(b, low, MAP_FIXMAP, "fixmap", "PCI configuration, APEI");
	snprintf(note, sizeof(note), "16 slots for each of %d CPUs; CPU 0 from 0x%08" PRIx64 " down",
		 MM_NR_CPUS, high);
	upto(b, high + MM_PAGE_SIZE, MAP_KMAP_LOCAL, "kmap_local", note);
	upto(b, l->fixaddr_top, MAP_FIXMAP, "fixmap", "APIC, I/O APICs, early console");
	upto(b, TOP, MAP_GAP, "gap", "never mapped");
}

static void add_direct_map(struct builder *b, const struct mm_layout *l)
{
	uint64_t dma_end = (uint64_t)l->page_offset + MAX_DMA;

	if (dma_end > l->high_memory)
		dma_end = l->high_memory;
	upto(b, l->page_offset, MAP_USER, "user space", "each process its own");
	upto(b, dma_end, MAP_DMA, "direct map, DMA", "physical memory from 0; ISA devices reach it");
	upto(b, l->high_memory, MAP_NORMAL, "direct map, Normal", "lowmem: kernel image, slabs, page tables");
}

static void set_zones(struct addr_map *m)
{
	static const char *const names[MM_NR_ZONES] = { "DMA", "Normal", "HighMem" };
	uint64_t low = (uint64_t)m->layout.max_low_pfn << MM_PAGE_SHIFT;
	uint64_t max = (uint64_t)m->layout.max_pfn << MM_PAGE_SHIFT;
	uint64_t dma = low < MAX_DMA ? low : MAX_DMA;
	const uint64_t edge[MM_NR_ZONES + 1] = { 0, dma, low, max };
	int z;

	for (z = 0; z < MM_NR_ZONES; z++) {
		m->zone[z].name = names[z];
		m->zone[z].start = edge[z];
		m->zone[z].end = edge[z + 1];
	}
}

int map_build(struct addr_map *m, const char *machine, const struct mm_layout *l,
	      struct mm_error *err)
{
	struct builder b = { m, 0, err, 0 };
	char note[80];

	memset(m, 0, sizeof(*m));
	snprintf(m->machine, sizeof(m->machine), "%s", machine);
	m->layout = *l;
	if (l->max_pfn < l->max_low_pfn)
		return mm_fail(err, -EINVAL, "address map: max_pfn 0x%x is below max_low_pfn 0x%x",
			       l->max_pfn, l->max_low_pfn);
	add_direct_map(&b, l);
	upto(&b, l->vmalloc_start, MAP_GAP, "gap", "8 MiB that catch overruns of lowmem");
	upto(&b, l->vmalloc_end, MAP_VMALLOC, "vmalloc", "vmalloc, vmap, ioremap, modules, per-CPU chunks");
	upto(&b, l->pkmap_base, MAP_GAP, "gap", "guard");
	snprintf(note, sizeof(note), "%u slots of kmap(), one page table", l->last_pkmap);
	upto(&b, (uint64_t)l->pkmap_base + (uint64_t)l->last_pkmap * MM_PAGE_SIZE, MAP_PKMAP, "pkmap", note);
	upto(&b, l->ldt_base, MAP_GAP, "gap", "");
	upto(&b, l->cpu_entry_area, MAP_LDT, "LDT window", "a process's descriptor table");
	upto(&b, l->fixaddr_tot_start, MAP_CPU_ENTRY, "CPU entry areas", "entry stacks, GDT and TSS of each CPU");
	add_fixmap(&b, l);
	if (!b.r)
		set_zones(m);
	return b.r;
}

static void text_regions(const struct addr_map *m, FILE *out)
{
	struct table *t = table_new("<from|<to|>size|<region|<what for");
	char size[32];
	unsigned int i;

	for (i = 0; t && i < m->nr_regions; i++) {
		const struct map_region *g = &m->region[i];

		table_cell(t, "0x%08" PRIx64, g->start);
		table_cell(t, "0x%08" PRIx64, g->end - 1);
		table_cell(t, "%s", map_size(size, g->end - g->start));
		table_cell(t, "%s", g->name);
		table_cell(t, "%s", g->note);
	}
	if (t)
		table_print(t, out, 2);
	table_free(t);
}

static void put_count(struct table *t, uint64_t n)
{
	if (n)
		table_cell(t, "%" PRIu64, n);
	else
		table_cell(t, "-");
}

static void text_zones(const struct addr_map *m, FILE *out)
{
	struct table *t = table_new("<from|<to|>span|>present pages|>managed|<zone|<kernel address");
	char size[32];
	int z;

	for (z = 0; t && z < MM_NR_ZONES; z++) {
		const struct map_zone *n = &m->zone[z];

		if (n->start == n->end)
			continue;
		table_cell(t, "0x%09" PRIx64, n->start);
		table_cell(t, "0x%09" PRIx64, n->end - 1);
		table_cell(t, "%s", map_size(size, n->end - n->start));
		put_count(t, n->present);
		put_count(t, n->managed);
		table_cell(t, "%s", n->name);
		if (z == MM_ZONE_HIGHMEM)
			table_cell(t, "none of its own: kmap, kmap_local, vmap");
		else
			table_cell(t, "0x%08x + physical address", m->layout.page_offset);
	}
	if (t)
		table_print(t, out, 2);
	table_free(t);
}

void map_text(const struct addr_map *m, FILE *out)
{
	fprintf(out, "%s: kernel addresses from 0x%08x, %s page tables\n\n", m->machine,
		m->layout.page_offset, m->layout.pmd_shift == 21 ? "three-level (PAE)" : "two-level");
	text_regions(m, out);
	fprintf(out, "\nPhysical memory, up to 0x%09" PRIx64 "\n\n",
		((uint64_t)m->layout.max_pfn << MM_PAGE_SHIFT) - 1);
	text_zones(m, out);
}
