/* SPDX-License-Identifier: MIT
 *
 * An untraced operation's line of path.csv against the machine's counters.
 */
#include "tests/oracle/runner_in.h"

#include <stdio.h>

/* What the machine's counters say, in path.csv's terms. */
static void read_counters(const struct run *r, struct oracle_path *p)
{
	const uint64_t *ev = mm_events(r->m);
	struct mm_vmalloc_info v;

	for (int z = 0; z < MM_NR_ZONES; z++) {
		struct mm_zone_info info;

		mm_zone_info(r->m, (enum mm_zone_id)z, &info);
		p->free[z] = (int32_t)info.nr_free_exact;
		p->pcp[z] = (int32_t)info.pcp[0].count;
		p->free_factor[z] = info.pcp[0].free_factor;
	}
	mm_vmalloc_info(r->m, &v);
	p->lazy = (int32_t)(v.lazy >> MM_PAGE_SHIFT);
	p->pgalloc = (uint32_t)(ev[MM_EV_PGALLOC_DMA] + ev[MM_EV_PGALLOC_NORMAL] +
				ev[MM_EV_PGALLOC_HIGH]);
	p->pgfree = (uint32_t)ev[MM_EV_PGFREE];
}

static bool has_path(const struct run *r)
{
	return r->list.path && r->list.path[r->op->i].there;
}

void path_before(struct run *r)
{
	if (has_path(r))
		read_counters(r, &r->counters);
}

void path_after(struct run *r)
{
	const struct oracle_path *was = &r->counters, *want = &r->list.path[r->op->i];
	struct oracle_path now;
	char text[300] = "";

	if (!has_path(r))
		return;
	read_counters(r, &now);
	for (int z = 0; z < MM_NR_ZONES && !*text; z++)
		if (now.free[z] - was->free[z] != want->free[z] ||
		    now.pcp[z] - was->pcp[z] != want->pcp[z] ||
		    now.free_factor[z] != want->free_factor[z])
			snprintf(text, sizeof(text), "zone %d: free %+d, pcp %+d, free_factor %u, "
				 "expected %+d, %+d, %u", z, now.free[z] - was->free[z],
				 now.pcp[z] - was->pcp[z], now.free_factor[z], want->free[z],
				 want->pcp[z], want->free_factor[z]);
	if (!*text && (now.lazy - was->lazy != want->lazy ||
		       now.pgalloc - was->pgalloc != want->pgalloc ||
		       now.pgfree - was->pgfree != want->pgfree))
		snprintf(text, sizeof(text), "lazy %+d, allocated %u, freed %u, expected %+d, %u, %u",
			 now.lazy - was->lazy, now.pgalloc - was->pgalloc, now.pgfree - was->pgfree,
			 want->lazy, want->pgalloc, want->pgfree);
	decided(r, LAYER_PATH, !*text, text);
}
