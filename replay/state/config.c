/* SPDX-License-Identifier: MIT
 *
 * The machine that a state folder was taken from, as a struct mm_config.
 *
 * The firmware's map comes from dmesg.txt; without it, from the zones: RAM is
 * what they span, less the hole that ends at 1 MiB (spanned - present frames
 * of zone DMA).  The rest comes from the constants, each named where it is used.
 */
#include "replay/state/parse.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "replay/state/lines.h"

int meta_read(struct meta *m, const char *dir, struct mm_error *err)
{
	char path[4096];
	json_error_t jerr;
	json_t *root;
	const char *kernel, *append;
	int ret = 0;

	memset(m, 0, sizeof(*m));
	snprintf(path, sizeof(path), "%s/meta.json", dir);
	root = json_load_file(path, 0, &jerr);
	if (!root)
		return jerr.line > 0 ? mm_fail(err, -EINVAL, "%s line %d: %s", path, jerr.line, jerr.text)
				     : mm_fail(err, -EINVAL, "%s", jerr.text);	/* with path and why */
	const struct jin in = { path, 1, NULL, err };

	kernel = json_string_value(json_object_get(root, "kernel"));
	append = json_string_value(json_object_get(root, "append"));
	if (!kernel || strlen(kernel) >= sizeof(m->kernel))
		ret = jfail(&in, "", "kernel", "missing or too long", "the kernel's release");
	else
		strcpy(m->kernel, kernel);
	if (append && strlen(append) < sizeof(m->append))
		strcpy(m->append, append);
	if (!ret)
		ret = ju32(&in, root, "", "mem_mb", 1u << 16, &m->mem_mb);
	json_decref(root);
	return ret;
}

static bool e820_add(struct mm_config *c, paddr_t start, paddr_t end, enum mm_e820_type type)
{
	if (c->nr_e820 == MM_MAX_E820)
		return false;
	c->e820[c->nr_e820++] = (struct mm_e820){ start, end, type };
	return true;
}

/* "BIOS-e820: [mem 0xSTART-0xLAST] usable" */
int config_e820_line(struct mm_config *c, const char *line, struct mm_error *err)
{
	const char *at = strstr(line, "BIOS-e820: [mem ");
	uint64_t start, last;
	char what[16];

	if (!at)
		return 0;
	if (sscanf(at, "BIOS-e820: [mem 0x%" SCNx64 "-0x%" SCNx64 "] %15s", &start, &last, what) != 3 ||
	    last < start)
		return mm_fail(err, -EINVAL, "'%.60s' is no range of the memory map", at);
	if (!e820_add(c, start, last + 1, strcmp(what, "usable") ? MM_E820_RESERVED : MM_E820_RAM))
		return mm_fail(err, -E2BIG, "more than %d ranges in the memory map", MM_MAX_E820);
	return 0;
}

/* 0 if the file is not there. */
static int e820_from_dmesg(struct mm_config *c, const char *dir, struct mm_error *err)
{
	struct lines *l;
	struct mm_error none;
	char *line;
	size_t len;
	int ret = lines_open(&l, dir, "dmesg.txt", &none);

	if (ret == -ENOENT)
		return 0;
	if (ret)
		return mm_fail(err, ret, "%s", none.text);
	while ((ret = lines_next(l, &line, &len, err)) > 0) {
		ret = config_e820_line(c, line, &none);
		if (ret) {
			mm_fail(err, ret, "%s line %u: %s", lines_path(l), lines_number(l), none.text);
			break;
		}
	}
	lines_close(l);
	return ret;
}

static void e820_from_zones(struct mm_config *c, const struct mm_state *s)
{
	const struct mm_zone_state *dma = &s->zone[MM_ZONE_DMA];
	uint32_t end = 0, low_end = 0x9f;

	for (int z = 0; z < MM_NR_ZONES; z++)
		if (s->zone[z].spanned && s->zone[z].start + s->zone[z].spanned > end)
			end = s->zone[z].start + s->zone[z].spanned;
	if (dma->spanned && dma->spanned - dma->present < 0x100)
		low_end = 0x100 - (dma->spanned - dma->present);
	e820_add(c, 0, (paddr_t)low_end << MM_PAGE_SHIFT, MM_E820_RAM);
	e820_add(c, 0x100000, (paddr_t)end << MM_PAGE_SHIFT, MM_E820_RAM);
}

/* The CPU's cache line is seen in the aligned size of struct kmem_cache (Linux
 * 6.1 mm/slub.c kmem_cache_init, SLAB_HWCACHE_ALIGN): its largest power of two. */
static void slab_settings(struct mm_config *c, const struct consts *k, const struct meta *m)
{
	uint64_t raw;

	c->freelist_random = false;
	for (uint32_t i = 0; i < k->nr_cache; i++) {
		if (k->cache[i].nr_random_seq)
			c->freelist_random = true;
		if (!strcmp(k->cache[i].name, "kmem_cache") &&
		    consts_value(k, "sizeof_kmem_cache", &raw) && k->cache[i].size >= raw)
			for (c->cache_line = 128; k->cache[i].size % c->cache_line; )
				c->cache_line /= 2;
	}
	c->memcg_kmem = false;
	for (uint32_t i = 0; i < k->nr_kmalloc; i++)
		c->memcg_kmem |= !strncmp(k->kmalloc[i].name, "kmalloc-cg-", 11);
	c->slab_nomerge = strstr(m->append, "slab_nomerge") != NULL;
	c->init_on_alloc = strstr(m->append, "init_on_alloc=0") == NULL;
}

void config_constants(struct mm_config *c, const struct consts *k, const struct meta *m)
{
	uint64_t v;

	if (consts_value(k, "PAGE_OFFSET", &v))
		c->page_offset = (uint32_t)v;
	if (consts_value(k, "PTRS_PER_PTE", &v))
		c->pae = v == 512;
	if (consts_value(k, "mem_map", &v))
		c->mem_map = (uint32_t)v;
	slab_settings(c, k, m);
}

static unsigned int count_cpus(const struct mm_state *s)
{
	unsigned int cpus = 1;

	for (int z = 0; z < MM_NR_ZONES; z++)
		for (unsigned int i = 1; i < MM_NR_CPUS; i++)
			if (s->zone[z].pcp[i].high && i >= cpus)
				cpus = i + 1;
	return cpus;
}

/* meta.json, the boot log and the zones must tell of the same machine. */
static int check_ram(const struct mm_config *c, const struct meta *m, const char *dir,
		     const struct mm_state *s, struct mm_error *err)
{
	uint64_t present = 0, ram = config_ram_pages(c);

	for (int z = 0; z < MM_NR_ZONES; z++)
		present += s->zone[z].present;
	if (present > (c->ram_bytes >> MM_PAGE_SHIFT) || present * 2 < c->ram_bytes >> MM_PAGE_SHIFT)
		return mm_fail(err, -EINVAL, "%s: state.jsonl has %" PRIu64 " pages of RAM, meta.json says "
			       "%u MB, which is %" PRIu64, dir, present, m->mem_mb,
			       c->ram_bytes >> MM_PAGE_SHIFT);
	/* the first page is reserved after the map was made */
	if (ram && (present > ram || present + 16 < ram))
		return mm_fail(err, -EINVAL, "%s: state.jsonl has %" PRIu64 " pages of RAM, dmesg.txt's memory map %"
			       PRIu64, dir, present, ram);
	return 0;
}

uint64_t config_ram_pages(const struct mm_config *c)
{
	uint64_t pages = 0;

	for (unsigned int i = 0; i < c->nr_e820; i++) {
		const struct mm_e820 *e = &c->e820[i];

		if (e->type == MM_E820_RAM && e->start < e->end)
			pages += (e->end >> MM_PAGE_SHIFT) -
				 ((e->start + MM_PAGE_SIZE - 1) >> MM_PAGE_SHIFT);
	}
	return pages;
}

int config_check_kernel(const struct mm_config *c, const char *dir, const char *file,
			const char *kernel, struct mm_error *err)
{
	bool pae = strstr(kernel, "-pae") != NULL;

	if (pae == c->pae || !strstr(kernel, "-686"))
		return 0;
	return mm_fail(err, -EINVAL, "%s: %s says %s, consts.txt has PTRS_PER_PTE %d: not the same kernel",
		       dir, file, kernel, c->pae ? 512 : 1024);
}

int config_derive(struct mm_config *c, const char *dir, const struct consts *k,
		  const struct meta *m, const struct mm_state *s, struct mm_error *err)
{
	int ret;

	mm_config_init(c);
	snprintf(c->name, sizeof(c->name), "%.31s", m->kernel);
	c->ram_bytes = (paddr_t)m->mem_mb << 20;
	config_constants(c, k, m);
	ret = config_check_kernel(c, dir, "meta.json", m->kernel, err);
	if (!ret)
		ret = e820_from_dmesg(c, dir, err);
	if (!ret)
		ret = check_ram(c, m, dir, s, err);
	if (ret)
		return ret;
	if (!c->nr_e820)
		e820_from_zones(c, s);
	c->cpus = count_cpus(s);
	return 0;
}
