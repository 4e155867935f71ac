/* SPDX-License-Identifier: MIT
 *
 * verify_constants: a machine booted as a real kernel was, and every value that
 * boot leads to compared with that kernel's: addresses, bounds, watermarks,
 * reserves, per-CPU list sizes, and the geometry of every slab cache from its
 * object size, alignment and flags.  Nothing is taken from the recording, so
 * that the two modes are the same.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/verify/verify.h"
#include "replay/state/lines.h"
#include "replay/state/state.h"

struct check {
	const char *dir;
	const struct state_boot *boot;
	struct mm_machine *m;
	const struct verify_options *opt;
	struct verify_result *res;
	uint32_t printed;
};

static void judge(struct check *k, enum verify_layer l, const char *name, bool ok,
		  const char *detail)
{
	char text[600];

	for (int m = 0; m < VERIFY_NR_MODES; m++)
		verify_count(k->res, l, (enum verify_mode)m, ok);
	k->res->operations++;
	if (ok)
		return;
	snprintf(text, sizeof(text), "%s: %s: %s", k->dir, name, detail);
	if (k->printed++ < k->opt->verbose)
		fprintf(stderr, "  %s\n", text);
	if (!*k->res->first_mismatch)
		snprintf(k->res->first_mismatch, sizeof(k->res->first_mismatch), "%s", text);
}

static void judge_value(struct check *k, const char *name, uint64_t want, uint64_t got)
{
	char detail[100];

	snprintf(detail, sizeof(detail), "expected 0x%" PRIx64 ", got 0x%" PRIx64, want, got);
	judge(k, VERIFY_CONSTANTS, name, want == got, detail);
}

static uint32_t managed(const struct mm_machine *m, int from)
{
	uint32_t n = 0;

	for (int z = from; z < MM_NR_ZONES; z++) {
		struct mm_zone_info info;

		mm_zone_info(m, (enum mm_zone_id)z, &info);
		n += info.managed;
	}
	return n;
}

static void check_layout(struct check *k)
{
	const struct mm_layout *l = mm_machine_layout(k->m);
	const struct { const char *name; uint64_t got; } value[] = {
		{ "PAGE_OFFSET", l->page_offset }, { "high_memory", l->high_memory },
		{ "VMALLOC_START", l->vmalloc_start }, { "VMALLOC_END", l->vmalloc_end },
		{ "VMALLOC_SIZE", l->vmalloc_end - l->vmalloc_start },
		{ "MODULES_VADDR", l->vmalloc_start }, { "MODULES_END", l->vmalloc_end },
		{ "PKMAP_BASE", l->pkmap_base }, { "LAST_PKMAP", l->last_pkmap },
		{ "PKMAP_END", l->pkmap_base + (uint64_t)l->last_pkmap * MM_PAGE_SIZE },
		{ "LDT_BASE_ADDR", l->ldt_base }, { "CPU_ENTRY_AREA_BASE", l->cpu_entry_area },
		{ "FIXADDR_TOP", l->fixaddr_top }, { "FIXADDR_START", l->fixaddr_start },
		{ "FIXADDR_TOT_START", l->fixaddr_tot_start },
		{ "FIX_KMAP_BEGIN", l->fix_kmap_begin },
		{ "FIX_KMAP_BEGIN_ADDR", l->fixaddr_top - (l->fix_kmap_begin << MM_PAGE_SHIFT) },
		{ "NR_CPUS", MM_NR_CPUS }, { "PAGE_SIZE", MM_PAGE_SIZE },
		{ "PMD_SIZE", 1u << l->pmd_shift }, { "PTRS_PER_PTE", l->ptrs_per_pte },
		{ "MAX_ORDER", MM_MAX_ORDER }, { "pageblock_order", l->pageblock_order },
		{ "NR_PCP_LISTS", MM_NR_PCP_LISTS }, { "MIGRATE_TYPES", MM_MIGRATE_TYPES },
		{ "MAXMEM(reserve=128M)", l->maxmem }, { "totalram_pages", managed(k->m, 0) },
		{ "totalhigh_pages", managed(k->m, MM_ZONE_HIGHMEM) },
	};
	uint64_t want;

	for (size_t i = 0; i < sizeof(value) / sizeof(value[0]); i++)
		if (state_boot_constant(k->boot, value[i].name, &want))
			judge_value(k, value[i].name, want, value[i].got);
}

/* "zone,1,Normal,start_pfn=0x1000,...,lowmem_reserve=[0 0 1182 1182],..." */
static bool zone_value(const char *line, const char *key, unsigned int nth, uint64_t *v)
{
	char with_comma[40];
	const char *at;
	char *end;

	snprintf(with_comma, sizeof(with_comma), ",%s=", key);
	at = strstr(line, with_comma);
	if (!at)
		return false;
	at += strlen(with_comma);
	at += *at == '[';
	for (*v = strtoull(at, &end, 0); nth; nth--)
		*v = strtoull(end, &end, 0);
	return true;
}

static void check_zone(struct check *k, const char *line, unsigned int id)
{
	struct mm_zone_info z;
	uint64_t want;

	mm_zone_info(k->m, (enum mm_zone_id)id, &z);
	const struct { const char *key; unsigned int nth; uint64_t got; } value[] = {
		{ "start_pfn", 0, z.start_pfn }, { "end_pfn", 0, z.start_pfn + z.spanned },
		{ "spanned", 0, z.spanned }, { "present", 0, z.present }, { "managed", 0, z.managed },
		{ "min", 0, z.wmark[MM_WMARK_MIN] }, { "low", 0, z.wmark[MM_WMARK_LOW] },
		{ "high", 0, z.wmark[MM_WMARK_HIGH] }, { "boost", 0, z.boost },
		{ "lowmem_reserve", 0, z.lowmem_reserve[0] },
		{ "lowmem_reserve", 1, z.lowmem_reserve[1] },
		{ "lowmem_reserve", 2, z.lowmem_reserve[2] },
		{ "lowmem_reserve", 3, z.lowmem_reserve[3] },
		{ "pcp_high", 0, z.pcp[0].high }, { "pcp_batch", 0, z.pcp[0].batch },
		{ "stat_threshold", 0, z.stat_threshold },
	};
	for (size_t i = 0; i < sizeof(value) / sizeof(value[0]); i++) {
		char name[60];

		/* an empty zone's lists and bounds serve nobody */
		if (!z.present && strcmp(value[i].key, "present") && strcmp(value[i].key, "managed"))
			continue;
		snprintf(name, sizeof(name), "zone %s %s[%u]", z.name, value[i].key, value[i].nth);
		if (zone_value(line, value[i].key, value[i].nth, &want))
			judge_value(k, name, want, value[i].got);
	}
}

/* The boot log and the constants must be of one machine. */
static int check_ram(const struct check *k, uint64_t present, struct mm_error *err)
{
	const struct mm_config *c = state_boot_config(k->boot);
	uint64_t pages = c->ram_bytes >> MM_PAGE_SHIFT;

	/* parts of pages, and the first one, are left out by the kernel */
	if (present <= pages && present + 64 >= pages)
		return 0;
	return mm_fail(err, -EINVAL, "%s: the zones of consts.txt have %" PRIu64 " pages of RAM, dmesg.txt's memory map %"
		       PRIu64, k->dir, present, pages);
}

static int check_zones(struct check *k, struct mm_error *err)
{
	struct lines *l;
	unsigned int id, seen = 0;
	uint64_t present = 0, n;
	char *line;
	size_t len;
	int ret = lines_open(&l, k->dir, "consts.txt", err);

	if (ret)
		return ret;
	while ((ret = lines_next(l, &line, &len, err)) > 0)
		if (sscanf(line, "zone,%u,", &id) == 1 && id < MM_NR_ZONES) {
			check_zone(k, line, id);
			seen |= 1u << id;
			present += zone_value(line, "present", 0, &n) ? n : 0;
		}
	lines_close(l);
	if (!ret && !(seen & 1u << MM_ZONE_NORMAL))
		return mm_fail(err, -EINVAL, "%s/consts.txt: found no line 'zone,1,Normal', expected one a zone",
			       k->dir);
	return ret ? ret : check_ram(k, present, err);
}

/* The kernel's flags (include/linux/slab.h) as this project's. */
static uint32_t flags_of(const struct mm_cache_state *c)
{
	uint32_t f = MM_CACHE_NOMERGE | (c->flags & 0x2000 ? MM_CACHE_HWALIGN : 0) |
		     (c->flags & 0x20000 ? MM_CACHE_RECLAIM : 0) |
		     (c->flags & 0x4000 ? MM_CACHE_DMA : 0) | (c->flags & 0x80000 ? MM_CACHE_RCU : 0);

	/* nothing else moves the free pointer behind the object */
	if (!(c->flags & 0x80000) && c->fp_offset >= c->object_size)
		f |= MM_CACHE_CTOR;
	return f;
}

static bool find_cache(const struct mm_machine *m, const char *name, struct mm_cache_info *i)
{
	for (uint32_t n = 0; mm_cache_info(m, n, i); n++)
		if (!strcmp(i->name, name))
			return true;
	return false;
}

/* A cache of the boot (kmalloc's, vmap_area) is there; another is made here from
 * its size, alignment and flags. */
static void check_cache(struct check *k, const struct mm_cache_state *c)
{
	const struct mm_caller who = { .task = 1 };
	const struct mm_cache_args a = { .name = "verify", .size = c->object_size,
					 .align = c->align, .flags = flags_of(c) };
	struct mm_cache_info i;
	char what[100], detail[300];
	uint32_t id;

	snprintf(what, sizeof(what), "cache %s", c->name);
	if (!find_cache(k->m, c->name, &i) &&
	    (mm_cache_create(k->m, &who, &a, &id) != MM_OK || !find_cache(k->m, "verify", &i))) {
		judge(k, VERIFY_CONSTANTS, what, false, "it cannot be made");
		return;
	}
	snprintf(detail, sizeof(detail), "size %u, order %u, objects %u, min %u/%u, min_partial %u, cpu_partial %u/%u; "
		 "got %u, %u, %u, %u/%u, %u, %u/%u", c->size, c->order, c->objects, c->min_order,
		 c->min_objects, c->min_partial, c->cpu_partial, c->cpu_partial_slabs, i.size, i.order,
		 i.objects, i.min_order, i.min_objects, i.min_partial, i.cpu_partial,
		 i.cpu_partial_slabs);
	judge(k, VERIFY_CONSTANTS, what, c->size == i.size && c->order == i.order &&
	      c->objects == i.objects && c->min_order == i.min_order &&
	      c->min_objects == i.min_objects && c->min_partial == i.min_partial &&
	      c->cpu_partial == i.cpu_partial && c->cpu_partial_slabs == i.cpu_partial_slabs, detail);
	if (!strcmp(i.name, "verify"))
		mm_cache_destroy(k->m, &who, id);
}

static int run_checks(struct check *k, struct mm_error *err)
{
	const struct mm_config *config = state_boot_config(k->boot);
	const struct mm_cache_state *c;
	int ret;

	k->m = mm_machine_create(config, err);
	if (!k->m)
		return err->code;
	snprintf(k->res->kernel, sizeof(k->res->kernel), "%s", state_boot_kernel(k->boot));
	k->res->ram_mb = (uint32_t)((config->ram_bytes + (1u << 20) - 1) >> 20);
	check_layout(k);
	ret = check_zones(k, err);
	for (uint32_t i = 0; !ret && (c = state_boot_cache(k->boot, i)); i++)
		check_cache(k, c);
	mm_machine_destroy(k->m);
	return ret;
}

int verify_constants(const char *dir, const struct verify_options *opt, struct verify_result *out,
		     struct mm_error *err)
{
	struct check k = { .dir = dir, .opt = opt, .res = out };
	struct state_boot *boot;
	int ret;

	memset(out, 0, sizeof(*out));
	out->kind = "constants";
	snprintf(out->truth, sizeof(out->truth), "%s", dir);
	ret = state_boot_open(&boot, dir, err);
	if (ret)
		return ret;
	k.boot = boot;
	ret = run_checks(&k, err);
	state_boot_close(boot);
	return ret;
}
