/* SPDX-License-Identifier: MIT
 *
 * The machine that the /proc files were taken from, as a struct mm_config.
 *
 * The memory map is /proc/iomem's (its top-level lines), without it what the
 * zones span.  PAE shows in the pageblock order, the user/kernel split in where
 * lowmem ends: the one whose layout ends it there and whose vmalloc range holds
 * vmallocinfo's areas.
 */
#include "replay/state/proc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int add_range(const struct proc *p, paddr_t start, paddr_t end, enum mm_e820_type type)
{
	struct mm_config *c = p->config;

	if (c->nr_e820 == MM_MAX_E820)
		return mm_fail(p->err, -E2BIG, "%s/iomem: more than %d ranges of memory", p->dir, MM_MAX_E820);
	c->e820[c->nr_e820++] = (struct mm_e820){ start, end, type };
	if (type == MM_E820_RAM)
		c->ram_bytes += end - start;
	return 0;
}

/* "00001000-0009fbff : System RAM".  A reader without privilege sees zeros. */
static int read_iomem(const struct proc *p)
{
	struct lines *l;
	char *line;
	size_t len;
	int ret = proc_open(p, &l, "iomem", p->err);

	if (ret)
		return ret;
	while ((ret = lines_next(l, &line, &len, p->err)) > 0) {
		uint64_t start, last;
		int n = 0;

		if (*line == ' ')
			continue;
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " : %n", &start, &last, &n) != 2 || !n || last < start)
			ret = mm_fail(p->err, -EINVAL, "%s line %u: '%.60s', expected 'START-END : NAME'",
				      lines_path(l), lines_number(l), line);
		else if (!last)
			ret = mm_fail(p->err, -EINVAL, "%s line %u: the addresses are 0: it was read without "
				      "privilege", lines_path(l), lines_number(l));
		else if (!strcmp(line + n, "System RAM"))
			ret = add_range(p, start, last + 1, MM_E820_RAM);
		else if (!strcmp(line + n, "Reserved") && last < 1ull << 36)
			ret = add_range(p, start, last + 1, MM_E820_RESERVED);
		else
			ret = 0;
		if (ret)
			break;
	}
	lines_close(l);
	return ret;
}

static uint32_t zones_end(const struct mm_state *s)
{
	uint32_t end = 0;

	for (int i = 0; i < MM_NR_ZONES; i++)
		if (s->zone[i].present_in_state)
			end = s->zone[i].start + s->zone[i].spanned;
	return end;
}

/* RAM of iomem against the zones: pages present. */
static int check_ram(const struct proc *p)
{
	uint64_t present = 0, pages = 0;

	for (int i = 0; i < MM_NR_ZONES; i++)
		present += p->s->zone[i].present;
	for (unsigned int i = 0; i < p->config->nr_e820; i++) {
		const struct mm_e820 *e = &p->config->e820[i];

		if (e->type == MM_E820_RAM)
			pages += (e->end >> MM_PAGE_SHIFT) - ((e->start + MM_PAGE_SIZE - 1) >> MM_PAGE_SHIFT);
	}
	if (present > pages || present * 2 < pages)
		return mm_fail(p->err, -EINVAL, "%s: the zones of zoneinfo have %" PRIu64 " pages of RAM, iomem "
			       "%" PRIu64, p->dir, present, pages);
	return 0;
}

static int read_map(const struct proc *p)
{
	int ret;

	p->config->ram_bytes = 0;
	if (proc_has(p, "iomem")) {
		ret = read_iomem(p);
		return ret ? ret : check_ram(p);
	}
	ret = add_range(p, 0, 0x9f000, MM_E820_RAM);
	if (!ret)
		ret = add_range(p, 0x100000, (paddr_t)zones_end(p->s) << MM_PAGE_SHIFT, MM_E820_RAM);
	return ret ? ret : proc_assume(p, "There is no iomem: RAM is taken as what the zones span.");
}

/* memparse: a number with K, M or G. */
static uint32_t size_of(const char *at)
{
	char *end;
	uint64_t v = strtoull(at, &end, 0);

	v <<= *end == 'G' || *end == 'g' ? 30 : *end == 'M' || *end == 'm' ? 20 :
	      *end == 'K' || *end == 'k' ? 10 : 0;
	return v < 1ull << 31 ? (uint32_t)v : 0;
}

static int read_cmdline(const struct proc *p)
{
	struct mm_config *c = p->config;
	char *line, *save = NULL, *word;
	struct lines *l;
	size_t len;
	int ret;

	if (!proc_has(p, "cmdline"))
		return proc_assume(p, "There is no cmdline: the kernel's defaults are assumed (vmalloc=128M, "
				   "caches merge, pages are zeroed).");
	ret = proc_open(p, &l, "cmdline", p->err);
	if (ret)
		return ret;
	ret = lines_next(l, &line, &len, p->err);
	for (word = ret > 0 ? strtok_r(line, " ", &save) : NULL; word; word = strtok_r(NULL, " ", &save)) {
		if (!strncmp(word, "vmalloc=", 8) && size_of(word + 8))
			c->vmalloc_reserve = size_of(word + 8);
		c->slab_nomerge |= !strcmp(word, "slab_nomerge") || !strcmp(word, "slub_nomerge");
		if (!strcmp(word, "init_on_alloc=0"))
			c->init_on_alloc = false;
	}
	lines_close(l);
	return ret < 0 ? ret : 0;
}

/* Does this split put lowmem's end and the vmalloc areas where they are? */
static bool split_fits(const struct mm_config *c, const struct mm_state *s)
{
	const struct mm_zone_state *n = &s->zone[MM_ZONE_NORMAL];
	struct mm_error none;
	struct mm_layout l;

	if (mm_layout_of(c, zones_end(s), &l, &none) || l.max_low_pfn != n->start + n->spanned)
		return false;
	return !s->nr_vmap || (s->vmap[0].start >= l.vmalloc_start &&
			       s->vmap[s->nr_vmap - 1].end <= l.vmalloc_end);
}

static int find_split(const struct proc *p)
{
	static const uint32_t splits[] = { 0xC0000000u, 0xB0000000u, 0x80000000u, 0x78000000u, 0x40000000u };
	const struct mm_zone_state *n = &p->s->zone[MM_ZONE_NORMAL];

	for (size_t i = 0; i < sizeof(splits) / sizeof(splits[0]); i++) {
		p->config->page_offset = splits[i];
		if (split_fits(p->config, p->s))
			return 0;
	}
	return mm_fail(p->err, -EINVAL, "%s: lowmem ends at frame %u by zoneinfo, vmallocinfo's areas reach from "
		       "0x%08x to 0x%08x: no user/kernel split of %s i386 kernel with vmalloc=%uM does that",
		       p->dir, n->start + n->spanned, p->s->nr_vmap ? p->s->vmap[0].start : 0,
		       p->s->nr_vmap ? p->s->vmap[p->s->nr_vmap - 1].end : 0,
		       p->config->pae ? "a PAE" : "an", p->config->vmalloc_reserve >> 20);
}

/* MemTotal is the pages that the zones manage (Linux 6.1 fs/proc/meminfo.c). */
static int check_meminfo(const struct proc *p)
{
	uint64_t managed = 0, kb = 0;
	struct lines *l;
	char *line;
	size_t len;
	int ret;

	if (!proc_has(p, "meminfo"))
		return 0;
	ret = proc_open(p, &l, "meminfo", p->err);
	if (ret)
		return ret;
	for (int i = 0; i < MM_NR_ZONES; i++)
		managed += p->s->zone[i].managed;
	while ((ret = lines_next(l, &line, &len, p->err)) > 0)
		if (sscanf(line, "MemTotal: %" SCNu64 " kB", &kb) == 1)
			break;
	if (ret >= 0)
		ret = kb == managed * 4 ? 0 :
		      mm_fail(p->err, -EINVAL, "%s says MemTotal %" PRIu64 " kB, the zones of %s/zoneinfo "
			      "manage %" PRIu64 " kB", lines_path(l), kb, p->dir, managed * 4);
	lines_close(l);
	return ret;
}

int proc_machine_read(const struct proc *p, const struct proc_text *t)
{
	struct mm_config *c = p->config;
	int ret;

	c->pae = t->pageblock_order == 9;
	c->cpus = proc_cpus(&p->s->zone[MM_ZONE_NORMAL]);
	snprintf(c->name, sizeof(c->name), "state");
	ret = read_map(p);
	if (!ret)
		ret = read_cmdline(p);
	if (!ret)
		ret = find_split(p);
	return ret ? ret : check_meminfo(p);
}
