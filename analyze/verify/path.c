/* SPDX-License-Identifier: MIT
 *
 * path.csv: what each operation of an untraced list changed, by counters read
 * just before and just after it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/verify/oplist_in.h"

enum { P_I, P_FREE, P_PCP = P_FREE + 3, P_FF = P_PCP + 3, P_SLABS, P_PARTIAL, P_CPU_SLAB,
       P_CPU_PARTIAL, P_EMPTY, P_LAZY, P_PGALLOC, P_PGFREE, P_RECLAIM, P_OUTSIDE, P_LAZY_OUT, P_NR };
static const char *const path_cols[P_NR] = { "i", "free0", "free1", "free2", "pcp0", "pcp1",
	"pcp2", "ff", "slabs", "partial", "cpu_slab", "cpu_partial", "empty", "lazy", "pgalloc",
	"pgfree", "reclaim", "outside", "lazy_out" };

static int read_line(const struct csv *c, struct oplist *l, struct mm_error *err)
{
	uint32_t v[P_NR];
	struct oracle_path *p;
	int ret = 0;

	for (unsigned int i = 0; i < P_NR && !ret; i++)
		ret = csv_u32(c, i, &v[i], err);
	if (!ret && v[P_I] >= l->nr_op)
		ret = mm_fail(err, -EINVAL, "%s line %u: operation %u of %u", lines_path(c->lines),
			      lines_number(c->lines), v[P_I], l->nr_op);
	if (ret)
		return ret;
	p = &l->path[v[P_I]];
	p->there = true;
	for (int z = 0; z < 3; z++) {
		p->free[z] = (int32_t)v[P_FREE + z];
		p->pcp[z] = (int32_t)v[P_PCP + z];
	}
	p->free_factor[0] = v[P_FF] / 100;
	p->free_factor[1] = v[P_FF] / 10 % 10;
	p->free_factor[2] = v[P_FF] % 10;
	p->slabs = (int32_t)v[P_SLABS];
	p->partial = (int32_t)v[P_PARTIAL];
	p->cpu_slab = v[P_CPU_SLAB];
	p->cpu_partial = (int32_t)v[P_CPU_PARTIAL];
	p->empty = v[P_EMPTY] / 10 % 10 * 2 + v[P_EMPTY] % 10;
	p->outside = v[P_OUTSIDE] != 0;
	p->lazy_out = (int32_t)v[P_LAZY_OUT];
	p->lazy = (int32_t)v[P_LAZY];
	p->pgalloc = v[P_PGALLOC];
	p->pgfree = v[P_PGFREE];
	l->op[v[P_I]].reclaim |= v[P_RECLAIM] != 0 && v[P_RECLAIM] != NO_VALUE;
	return 0;
}

int read_path(struct oplist *l, const char *dir, struct mm_error *err)
{
	struct csv c;
	char *line;
	size_t len;
	int ret = lines_open(&c.lines, dir, "path.csv", err);

	l->traced = ret == -ENOENT;
	if (ret)
		return l->traced ? 0 : ret;
	l->path = calloc(l->nr_op, sizeof(*l->path));
	ret = l->path ? lines_next(c.lines, &line, &len, err) :
			mm_fail(err, -ENOMEM, "%s: out of memory", lines_path(c.lines));
	if (ret > 0)
		ret = csv_header(&c, line, path_cols, P_NR, CSV_ALL, err);
	while (!ret && (ret = lines_next(c.lines, &line, &len, err)) > 0) {
		ret = csv_split(&c, line, err);
		if (!ret)
			ret = read_line(&c, l, err);
	}
	lines_close(c.lines);
	return ret;
}
