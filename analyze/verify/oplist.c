/* SPDX-License-Identifier: MIT
 *
 * Reading of results.csv: by the names in its header line.
 */
#include "analyze/verify/oplist.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/state/lines.h"
#include "analyze/verify/oplist_in.h"

static const char *const op_names[OP_NR] = {
	"nop", "alloc_pages", "free_pages_page", "get_free_pages", "free_pages",
	"get_zeroed_page", "kmalloc", "kzalloc", "kfree", "cache_create", "cache_alloc",
	"cache_free", "cache_destroy", "vmalloc", "vfree", "vmap", "vunmap", "ioremap",
	"iounmap", "kmap", "kunmap", "kmap_local", "kunmap_local", "kmap_atomic",
	"kunmap_atomic", "snap", "vm_unmap_aliases", "msleep", "cache_shrink",
};

static const char *const status_names[ST_NR] = {
	"ok", "fail", "skip_not_held", "skip_guard", "cond_no",
};

const char *op_name(enum op_code op)
{
	return op_names[op];
}

const char *op_status_name(enum op_status s)
{
	return status_names[s];
}

int csv_header(struct csv *c, char *line, const char *const *name, unsigned int n,
	       unsigned int optional, struct mm_error *err)
{
	unsigned int nr = 0;

	for (unsigned int i = 0; i < n; i++)
		c->col[i] = -1;
	for (char *f; (f = strsep(&line, ",")); nr++)
		for (unsigned int i = 0; i < n; i++)
			if (!strcmp(f, name[i]))
				c->col[i] = (int)nr;
	for (unsigned int i = 0; i < n; i++)
		if ((c->col[i] < 0 && i != optional) || nr > CSV_MAX)
			return mm_fail(err, -EINVAL, "%s line 1: no column '%s'",
				       lines_path(c->lines), name[i]);
	c->nr = nr;
	return 0;
}

int csv_split(struct csv *c, char *line, struct mm_error *err)
{
	unsigned int n = 0;

	for (char *f; n < CSV_MAX && (f = strsep(&line, ",")); )
		c->field[n++] = f;
	if (n == c->nr && !line)
		return 0;
	return mm_fail(err, -EINVAL, "%s line %u: %u columns, expected %u", lines_path(c->lines),
		       lines_number(c->lines), n, c->nr);
}

int csv_u32(const struct csv *c, unsigned int col, uint32_t *out, struct mm_error *err)
{
	const char *s = c->field[c->col[col]];
	uint64_t v = 0;
	bool minus = *s == '-';

	if (!*s) {
		*out = NO_VALUE;
		return 0;
	}
	s += minus;
	if (s[0] == '0' && s[1] == 'x') {
		char *end;

		v = strtoull(s, &end, 16);
		s = end;
	} else {
		while (*s >= '0' && *s <= '9' && v <= UINT32_MAX)
			v = v * 10 + (uint64_t)(*s++ - '0');
	}
	*out = minus ? (uint32_t)-v : (uint32_t)v;
	if (!*s && v <= UINT32_MAX)
		return 0;
	return mm_fail(err, -EINVAL, "%s line %u: '%s' is no 32-bit number", lines_path(c->lines),
		       lines_number(c->lines), c->field[c->col[col]]);
}

int csv_name(const struct csv *c, unsigned int col, const char *const *name, unsigned int n,
	     uint8_t *out, struct mm_error *err)
{
	const char *s = c->field[c->col[col]];

	for (unsigned int i = 0; i < n; i++)
		if (!strcmp(s, name[i])) {
			*out = (uint8_t)i;
			return 0;
		}
	return mm_fail(err, -EINVAL, "%s line %u: '%s' is unknown", lines_path(c->lines),
		       lines_number(c->lines), s);
}

enum { R_I, R_OP, R_ID, R_ARG, R_SIZE, R_GFP, R_AUX, R_FLAGS, R_STATUS, R_PTR, R_PFN, R_ZONE,
       R_PBMT, R_RAUX, R_NR };
static const char *const result_cols[R_NR] = { "i", "op", "id", "arg", "size", "gfp", "aux",
	"flags", "status", "ptr", "pfn", "zone", "pbmt", "raux" };

static int read_result(const struct csv *c, struct oracle_op *o, struct mm_error *err)
{
	uint32_t arg = 0, flags = 0;
	const struct { unsigned int col; uint32_t *to; } field[] = {
		{ R_I, &o->i }, { R_ID, &o->id }, { R_ARG, &arg }, { R_SIZE, &o->size },
		{ R_GFP, &o->gfp }, { R_AUX, &o->aux }, { R_FLAGS, &flags }, { R_PTR, &o->ptr },
		{ R_PFN, &o->pfn }, { R_ZONE, &o->zone }, { R_PBMT, &o->pbmt },
		{ R_RAUX, &o->raux },
	};
	int ret = csv_name(c, R_OP, op_names, OP_NR, &o->op, err);

	if (!ret)
		ret = csv_name(c, R_STATUS, status_names, ST_NR, &o->status, err);
	for (size_t i = 0; i < sizeof(field) / sizeof(field[0]) && !ret; i++)
		ret = csv_u32(c, field[i].col, field[i].to, err);
	o->arg = (uint8_t)arg;
	o->flags = (uint8_t)flags;
	if (o->zone == NO_VALUE)
		o->pfn = NO_VALUE;	/* 0 stands where there is no page */
	return ret;
}

int grow_array(void **array, uint32_t nr, size_t size)
{
	void *p;

	if (nr & (nr - 1))
		return 0;
	p = realloc(*array, (nr ? (size_t)nr * 2 : 1) * size);
	if (!p)
		return -ENOMEM;
	*array = p;
	return 0;
}

static int read_results(struct oplist *l, const char *dir, struct mm_error *err)
{
	struct csv c;
	char *line;
	size_t len;
	int ret = lines_open(&c.lines, dir, "results.csv", err);

	if (ret)
		return ret;
	ret = lines_next(c.lines, &line, &len, err);
	if (ret > 0)
		ret = csv_header(&c, line, result_cols, R_NR, CSV_ALL, err);
	while (!ret && (ret = lines_next(c.lines, &line, &len, err)) > 0) {
		struct oracle_op *o;

		ret = grow_array((void **)&l->op, l->nr_op, sizeof(*l->op));
		if (ret)
			break;
		o = &l->op[l->nr_op];
		memset(o, 0, sizeof(*o));
		ret = csv_split(&c, line, err);
		if (!ret)
			ret = read_result(&c, o, err);
		if (!ret && o->i != l->nr_op)
			ret = mm_fail(err, -EINVAL, "%s line %u: operation %u, expected %u",
				      lines_path(c.lines), lines_number(c.lines), o->i, l->nr_op);
		if (o->id > l->max_id)
			l->max_id = o->id;
		l->nr_op++;
	}
	if (!ret && (!l->nr_op || l->max_id > 1u << 24))
		ret = mm_fail(err, -EINVAL, "%s: %u operations, highest id %u", lines_path(c.lines),
			      l->nr_op, l->max_id);
	lines_close(c.lines);
	return ret;
}

int oplist_read(struct oplist *l, const char *dir, struct mm_error *err)
{
	int ret;

	memset(l, 0, sizeof(*l));
	ret = read_results(l, dir, err);
	if (!ret)
		ret = read_events(l, dir, err);
	if (!ret)
		ret = read_path(l, dir, err);
	l->inner &= l->traced;
	if (ret)
		oplist_free(l);
	return ret;
}

void oplist_free(struct oplist *l)
{
	free(l->op);
	free(l->ev);
	free(l->seen);
	free(l->path);
	memset(l, 0, sizeof(*l));
}
