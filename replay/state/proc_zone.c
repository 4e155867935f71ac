/* SPDX-License-Identifier: MIT
 *
 * /proc/zoneinfo: bounds, watermarks, reserves and per-CPU settings of each
 * zone (Linux 6.1 mm/vmstat.c zoneinfo_show_print).
 *
 * The printed watermarks include the boost; a state holds them without.  A
 * zone without pages has only a few of the lines and is left out.
 */
#include "replay/state/proc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const zone_names[MM_NR_ZONES] = { "DMA", "Normal", "HighMem" };

int proc_zone_id(const char *name)
{
	for (int i = 0; i < MM_NR_ZONES; i++)
		if (!strcmp(name, zone_names[i]))
			return i;
	return -1;
}

const char *proc_zone_name(int id)
{
	return zone_names[id];
}

/* The lines that a zone with pages must have. */
enum {
	HAS_FREE = 1, HAS_MIN = 2, HAS_LOW = 4, HAS_HIGH = 8, HAS_SPANNED = 16, HAS_PRESENT = 32,
	HAS_MANAGED = 64, HAS_PROTECTION = 128, HAS_START = 256, HAS_CPU = 512, HAS_THRESHOLD = 1024,
	HAS_ALL = 2047,
};
static const char *const has_names[] = {
	"pages free", "min", "low", "high", "spanned", "present", "managed", "protection",
	"start_pfn", "cpu", "vm stats threshold",
};

struct reader {
	const struct proc *p;
	struct lines *l;
	struct proc_text *t;
	struct mm_zone_state *z;	/* of this section; NULL before the first */
	struct mm_zone_state other;	/* a zone that no machine here has */
	int id;				/* -1: other */
	unsigned int has, cpu;
};

static int bad(const struct reader *r, const char *what)
{
	return mm_fail(r->p->err, -EINVAL, "%s line %u: %s", lines_path(r->l), lines_number(r->l), what);
}

/* The section is over: is it whole? */
static int end_zone(struct reader *r)
{
	struct mm_zone_state *z = r->z;

	if (!z || !z->spanned)
		return 0;
	if (r->id < 0)
		return bad(r, "a zone with pages that is none of DMA, Normal, HighMem");
	for (unsigned int i = 0; 1u << i < HAS_ALL; i++)
		if (!(r->has & 1u << i))
			return mm_fail(r->p->err, -EINVAL, "%s line %u: zone %s ends without a line '%s'",
				       lines_path(r->l), lines_number(r->l), zone_names[r->id],
				       has_names[i]);
	if (z->managed > z->present || z->present > z->spanned || z->spanned > (1u << 24) - z->start)
		return mm_fail(r->p->err, -EINVAL, "%s line %u: zone %s has %u pages managed, %u present, "
			       "%u spanned from pfn %u, expected managed <= present <= spanned in 64 GiB",
			       lines_path(r->l), lines_number(r->l), zone_names[r->id], z->managed,
			       z->present, z->spanned, z->start);
	for (int i = 0; i < MM_NR_WMARK; i++) {
		if (z->wmark[i] < z->boost)
			return bad(r, "a watermark below its boost");
		z->wmark[i] -= z->boost;
	}
	z->present_in_state = true;
	return 0;
}

static int begin_zone(struct reader *r, const char *line)
{
	char name[32];
	unsigned int node;
	int ret = end_zone(r);

	if (ret)
		return ret;
	if (sscanf(line, "Node %u, zone %31s", &node, name) != 2)
		return bad(r, "expected 'Node 0, zone NAME'");
	if (node)
		return bad(r, "a second node, expected a machine without NUMA");
	r->id = proc_zone_id(name);
	r->has = 0;
	r->z = r->id < 0 ? &r->other : &r->p->s->zone[r->id];
	if (r->z->spanned)
		return bad(r, "a zone that is there twice");
	return 0;
}

static int read_protection(struct reader *r, const char *at)
{
	uint32_t *v = r->z->reserve;

	at = strchr(at, '(');
	if (!at || sscanf(at, "(%" SCNu32 ", %" SCNu32 ", %" SCNu32 ", %" SCNu32 ")", v, v + 1, v + 2,
			  v + 3) < 3)
		return bad(r, "expected 'protection: (N, N, N, N)'");
	r->has |= HAS_PROTECTION;
	return 0;
}

static int read_cpu(struct reader *r, uint64_t v)
{
	if (v >= MM_NR_CPUS || (r->has & HAS_CPU ? v != r->cpu + 1u : v != 0))
		return bad(r, "CPUs are not 0, 1, 2 ... up to 31");
	r->cpu = (unsigned int)v;
	r->has |= HAS_CPU;
	return 0;
}

static int read_pair(struct reader *r, const char *key, uint64_t v)
{
	struct mm_zone_state *z = r->z;
	struct mm_pcp_state *pcp = &z->pcp[r->cpu];
	const struct { const char *key; uint32_t *to; unsigned int has; } field[] = {
		{ "boost", &z->boost, 0 }, { "min", &z->wmark[MM_WMARK_MIN], HAS_MIN },
		{ "low", &z->wmark[MM_WMARK_LOW], HAS_LOW },
		{ "high", &z->wmark[MM_WMARK_HIGH], HAS_HIGH },
		{ "spanned", &z->spanned, HAS_SPANNED }, { "present", &z->present, HAS_PRESENT },
		{ "managed", &z->managed, HAS_MANAGED }, { "start_pfn:", &z->start, HAS_START },
		{ "count:", &pcp->count, 0 }, { "high:", &pcp->high, 0 }, { "batch:", &pcp->batch, 0 },
		{ "nr_slab_reclaimable", &r->t->slab_reclaimable, 0 },
	};

	if (!strcmp(key, "cpu:"))
		return read_cpu(r, v);
	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]); i++)
		if (!strcmp(key, field[i].key)) {
			if (v > UINT32_MAX)
				return bad(r, "a number above 32 bits");
			*field[i].to = (uint32_t)v;
			r->has |= field[i].has;
			break;
		}
	return 0;
}

static int read_line(struct reader *r, const char *line)
{
	char key[40];
	uint64_t v;

	if (!strncmp(line, "Node ", 5))
		return begin_zone(r, line);
	if (!r->z)
		return bad(r, "text before the first 'Node 0, zone NAME'");
	line += strspn(line, " \t");
	if (!strncmp(line, "protection:", 11))
		return read_protection(r, line);
	if (sscanf(line, "pages free %" SCNu64, &v) == 1) {
		r->z->nr_free = (int64_t)(v & UINT32_MAX);
		r->has |= HAS_FREE;
	} else if (sscanf(line, "vm stats threshold: %" SCNu64, &v) == 1) {
		r->z->stat_threshold = (uint32_t)v;
		r->has |= HAS_THRESHOLD;
	} else if (sscanf(line, "%39s %" SCNu64, key, &v) == 2) {
		return read_pair(r, key, v);
	}
	return 0;
}

int proc_zoneinfo_read(const struct proc *p, struct proc_text *t)
{
	struct reader r = { .p = p, .t = t };
	char *line;
	size_t len;
	int ret = proc_open(p, &r.l, "zoneinfo", p->err);

	if (ret)
		return ret;
	while ((ret = lines_next(r.l, &line, &len, p->err)) > 0) {
		ret = read_line(&r, line);
		if (ret)
			break;
	}
	if (!ret)
		ret = end_zone(&r);
	for (int i = 0; !ret && i < MM_ZONE_HIGHMEM; i++)
		if (!p->s->zone[i].present_in_state)
			ret = mm_fail(p->err, -EINVAL, "%s: there is no zone %s with pages, expected "
				      "DMA and Normal", lines_path(r.l), zone_names[i]);
	lines_close(r.l);
	return ret;
}
