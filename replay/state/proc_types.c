/* SPDX-License-Identifier: MIT
 *
 * /proc/buddyinfo: free blocks by zone and order; /proc/pagetypeinfo: the same
 * by type, and how many pageblocks have each type (Linux 6.1 mm/vmstat.c
 * frag_show_print, pagetypeinfo_showfree_print, pagetypeinfo_showblockcount).
 *
 * The kernel counts pageblocks in steps of a pageblock from the zone's first
 * page, so of a zone that begins inside one the last may be left out.
 */
#include "replay/state/proc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const type_names[MM_MIGRATE_TYPES] = {
	"Unmovable", "Movable", "Reclaimable", "HighAtomic", "Isolate",
};

static int bad(const struct proc *p, struct lines *l, const char *what)
{
	return mm_fail(p->err, -EINVAL, "%s line %u: %s", lines_path(l), lines_number(l), what);
}

/* Exactly n numbers; pagetypeinfo writes >100000 where it stops counting. */
static bool numbers(const char *at, unsigned int n, uint32_t *out)
{
	for (unsigned int i = 0; i < n; i++) {
		char *end;
		unsigned long v;

		at += strspn(at, " \t>");
		if (*at < '0' || *at > '9')
			return false;
		v = strtoul(at, &end, 10);
		if (v > 1u << 24)
			return false;
		out[i] = (uint32_t)v;
		at = end;
	}
	return !at[strspn(at, " \t")];
}

/* "Node 0, zone NAME": the zone and what follows.  -1: another zone. */
static bool node_zone(const char *line, int *id, const char **rest)
{
	char name[32];
	int node, n = 0;

	if (sscanf(line, "Node %d, zone %31[^, ]%n", &node, name, &n) != 2 || node)
		return false;
	*id = proc_zone_id(name);
	*rest = line + n;
	return true;
}

static int buddyinfo_line(const struct proc *p, struct lines *l, const char *line, struct proc_text *t)
{
	uint32_t row[MM_MAX_ORDER];
	const char *rest;
	int id;

	if (!node_zone(line, &id, &rest) || !numbers(rest, MM_MAX_ORDER, row))
		return bad(p, l, "expected 'Node 0, zone NAME' and 11 counts");
	if (id < 0)
		return 0;
	memcpy(t->zone[id].blocks, row, sizeof(row));
	t->zone[id].in_buddyinfo = true;
	return 0;
}

static int free_line(const struct proc *p, struct lines *l, const char *rest, struct proc_counts *c)
{
	uint32_t row[MM_MAX_ORDER];
	char name[32];
	int n = 0, mt;

	if (sscanf(rest, ", type %31s%n", name, &n) != 1 || !numbers(rest + n, MM_MAX_ORDER, row))
		return bad(p, l, "expected 'Node 0, zone NAME, type TYPE' and 11 counts");
	for (mt = 0; mt < MM_MIGRATE_TYPES && strcmp(name, type_names[mt]); mt++)
		;
	for (unsigned int o = 0; o < MM_MAX_ORDER; o++) {
		if (mt < MM_MIGRATE_TYPES)
			c->typed[o][mt] = row[o];
		else if (row[o])
			return bad(p, l, "free blocks of a type that is none of Unmovable, Movable, "
				   "Reclaimable, HighAtomic, Isolate");
	}
	return 0;
}

static int types_line(const struct proc *p, struct lines *l, const char *line, struct proc_text *t)
{
	unsigned int order;
	const char *rest;
	int id;

	if (sscanf(line, "Page block order: %u", &order) == 1) {
		t->pageblock_order = order;
		return 0;
	}
	if (!strncmp(line, "Number of blocks type", 21)) {
		for (int mt = 0; mt < MM_MIGRATE_TYPES; mt++) {
			const char *at = strstr(line, type_names[mt]);

			if (!at)
				return bad(p, l, "expected the types Unmovable, Movable, Reclaimable, "
					   "HighAtomic, Isolate");
		}
		return 0;
	}
	if (!node_zone(line, &id, &rest) || id < 0)
		return 0;
	if (*rest == ',')
		return free_line(p, l, rest, &t->zone[id]);
	if (!numbers(rest, MM_MIGRATE_TYPES, t->zone[id].pageblocks))
		return bad(p, l, "expected 'Node 0, zone NAME' and 5 counts of pageblocks");
	t->zone[id].in_pagetypeinfo = true;
	return 0;
}

static int read_file(const struct proc *p, const char *name, struct proc_text *t,
		     int (*read)(const struct proc *, struct lines *, const char *, struct proc_text *))
{
	struct lines *l;
	char *line;
	size_t len;
	int ret = proc_open(p, &l, name, p->err);

	if (ret)
		return ret;
	while ((ret = lines_next(l, &line, &len, p->err)) > 0) {
		ret = read(p, l, line, t);
		if (ret)
			break;
	}
	lines_close(l);
	return ret;
}

int proc_types_read(const struct proc *p, struct proc_text *t)
{
	int ret = read_file(p, "buddyinfo", t, buddyinfo_line);

	if (!ret)
		ret = read_file(p, "pagetypeinfo", t, types_line);
	if (ret)
		return ret;
	if (t->pageblock_order != 9 && t->pageblock_order != 10)
		return mm_fail(p->err, -EINVAL, "%s/pagetypeinfo: the pageblock order is %u, expected 10 "
			       "(9: PAE)", p->dir, t->pageblock_order);
	for (int i = 0; i < MM_NR_ZONES; i++) {
		const struct proc_counts *c = &t->zone[i];
		bool there = p->s->zone[i].present_in_state;

		if (there && !(c->in_buddyinfo && c->in_pagetypeinfo))
			return mm_fail(p->err, -EINVAL, "%s: zoneinfo has a zone %s with %u pages, %s has none",
				       p->dir, proc_zone_name(i), p->s->zone[i].present,
				       c->in_buddyinfo ? "pagetypeinfo" : "buddyinfo");
		if (!there && c->in_buddyinfo)
			return mm_fail(p->err, -EINVAL, "%s: buddyinfo has a zone %s, zoneinfo has none "
				       "with pages", p->dir, proc_zone_name(i));
	}
	return 0;
}
