/* SPDX-License-Identifier: MIT
 * What `mmreplay machine` shows: layout, zones, reserves, caches. */
#include "replay/machine_report.h"

#include <string.h>

#include "base/fmt.h"
#include "base/table.h"
#include "replay/frames.h"
#include "replay/run_internal.h"

static void layout_row(struct table *t, const char *what, uint32_t start, uint64_t end)
{
	char buf[FMT_LEN];

	table_cell(t, "%s", what);
	table_cell(t, "0x%08x", start);
	table_cell(t, "0x%08llx", (unsigned long long)end - 1);
	table_cell(t, "%s", fmt_mem(buf, end - start));
}

static void print_layout(const struct mm_machine *m, FILE *out)
{
	const struct mm_layout *l = mm_machine_layout(m);
	struct table *t = table_new("<addresses|>first|>last|>size");
	uint32_t slot = l->ptrs_per_pte * MM_PAGE_SIZE;

	if (!t)
		return;
	layout_row(t, "direct map", l->page_offset, l->high_memory);
	layout_row(t, "vmalloc", l->vmalloc_start, l->vmalloc_end);
	if (l->last_pkmap)
		layout_row(t, "pkmap", l->pkmap_base, (uint64_t)l->pkmap_base + slot);
	layout_row(t, "LDT remap", l->ldt_base, l->cpu_entry_area);
	layout_row(t, "CPU entry area", l->cpu_entry_area, l->fixaddr_tot_start);
	layout_row(t, "fixmap", l->fixaddr_start, l->fixaddr_top);
	table_print(t, out, 0);
	table_free(t);
	fprintf(out, "\npkmap slots %u; kmap_local begins at fixmap index %u; a page table covers %u pages;\n"
		"pageblocks are of order %u; max_low_pfn 0x%x, max_pfn 0x%x\n\n", l->last_pkmap,
		l->fix_kmap_begin, l->ptrs_per_pte, l->pageblock_order, l->max_low_pfn, l->max_pfn);
}

static void zone_column(struct table *t, const char *what, const uint32_t v[MM_NR_ZONES])
{
	int z;

	table_cell(t, "%s", what);
	for (z = 0; z < MM_NR_ZONES; z++)
		table_cell(t, "%u", v[z]);
}

static void print_zones(const struct mm_machine *m, FILE *out)
{
	struct table *t = table_new("<zones, pages|>DMA|>Normal|>HighMem");
	struct mm_zone_info z[MM_NR_ZONES];
	int i, k;

	for (i = 0; i < MM_NR_ZONES; i++)
		mm_zone_info(m, (enum mm_zone_id)i, &z[i]);
	if (!t)
		return;
#define ROW(text, member) do { \
		uint32_t v[MM_NR_ZONES]; \
		for (k = 0; k < MM_NR_ZONES; k++) \
			v[k] = z[k].member; \
		zone_column(t, text, v); \
	} while (0)
	ROW("first pfn", start_pfn);
	ROW("spanned", spanned);
	ROW("present", present);
	ROW("managed", managed);
	ROW("free", nr_free_exact);
	ROW("min mark", wmark[MM_WMARK_MIN]);
	ROW("low mark", wmark[MM_WMARK_LOW]);
	ROW("high mark", wmark[MM_WMARK_HIGH]);
	ROW("kept from DMA requests", lowmem_reserve[0]);
	ROW("kept from Normal requests", lowmem_reserve[1]);
	ROW("kept from HighMem requests", lowmem_reserve[2]);
	ROW("kept from Movable requests", lowmem_reserve[3]);
	ROW("per-CPU list high", pcp[0].high);
	ROW("per-CPU list batch", pcp[0].batch);
	ROW("counter threshold", stat_threshold);
#undef ROW
	table_print(t, out, 0);
	table_free(t);
	putc('\n', out);
}

static void print_caches(const struct mm_machine *m, FILE *out)
{
	struct table *t = table_new("<slab cache|>object|>size|>align|>order|>objects|>min order|"
				    ">cpu partial|>min partial");
	struct mm_cache_info c;
	uint32_t i;

	if (!t)
		return;
	for (i = 0; mm_cache_info(m, i, &c); i++) {
		table_cell(t, "%s", c.name);
		table_cell(t, "%u", c.object_size);
		table_cell(t, "%u", c.size);
		table_cell(t, "%u", c.align);
		table_cell(t, "%u", c.order);
		table_cell(t, "%u", c.objects);
		table_cell(t, "%u", c.min_order);
		table_cell(t, "%u", c.cpu_partial);
		table_cell(t, "%u", c.min_partial);
	}
	table_print(t, out, 0);
	table_free(t);
}

void machine_report_print(const struct mm_machine *m, FILE *out)
{
	const struct mm_config *c = mm_machine_config(m);
	struct mm_zone_info z;
	uint64_t managed = 0;
	char buf[FMT_LEN];
	int i;

	for (i = 0; i < MM_NR_ZONES; i++) {
		mm_zone_info(m, (enum mm_zone_id)i, &z);
		managed += z.managed;
	}
	fprintf(out, "%s: %u CPU%s, %s of usable memory, cache line %u bytes, %s\n\n", c->name, c->cpus,
		c->cpus == 1 ? "" : "s", fmt_mem(buf, managed * MM_PAGE_SIZE), c->cache_line,
		c->pae ? "PAE" : "no PAE");
	print_layout(m, out);
	print_zones(m, out);
	print_caches(m, out);
}

static json_t *cache_json(const struct mm_cache_info *c)
{
	return json_pack("{s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i, s:i}",
			 "name", c->name, "size", c->size, "object_size", c->object_size,
			 "align", c->align, "order", c->order, "objects", c->objects,
			 "min_order", c->min_order, "min_objects", c->min_objects,
			 "min_partial", c->min_partial, "cpu_partial", c->cpu_partial,
			 "cpu_partial_slabs", c->cpu_partial_slabs, "refcount", c->refcount);
}

json_t *machine_report_json(const struct mm_machine *m)
{
	json_t *o = machine_json(m), *caches = json_array();
	struct mm_cache_info c;
	uint32_t i;

	for (i = 0; mm_cache_info(m, i, &c); i++)
		json_array_append_new(caches, cache_json(&c));
	if (json_object_set_new(o, "caches", caches)) {
		json_decref(o);
		return NULL;
	}
	return o;
}
