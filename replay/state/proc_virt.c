/* SPDX-License-Identifier: MIT
 *
 * /proc/vmallocinfo: "0xSTART-0xEND SIZE [CALLER] [pages=N] [phys=0x..]
 * [ioremap] [vmalloc] [vmap] ..." (Linux 6.1 mm/vmalloc.c s_show).  SIZE holds
 * the guard page.  Areas without a vm_struct are "vm_map_ram"; "unpurged
 * vm_area" is an area that was freed and waits for the purge: it follows the
 * busy ones, in an order of its own.
 *
 * What is neither busy nor waiting is free.  A state holds waiting areas as what
 * is missing from the tree of free ranges, so where there are some the tree is
 * given too: the most even one, since the real one's shape is not known.
 */
#include "replay/state/proc.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* VM_* of include/linux/vmalloc.h that the words tell. */
static const struct { const char *word; uint32_t flag; } words[] = {
	{ "ioremap", 0x1 }, { "vmalloc", 0x2 }, { "vmap", 0x4 }, { "user", 0x8 },
};

/* Callers whose areas hold code: they are purged at once when freed (Linux 6.1
 * VM_FLUSH_RESET_PERMS, set by module_alloc's users and by BPF). */
#define FLUSH_RESET_PERMS 0x100u
static const char *const code_callers[] = { "load_module+", "bpf_prog_alloc", "bpf_jit_", "alloc_insn_page+" };

struct reader {
	const struct proc *p;
	struct lines *l;
	struct range { vaddr_t start, end; } *lazy;
	uint32_t nr_lazy, lazy_pages;
};

static int bad(const struct reader *r, const char *line)
{
	return mm_fail(r->p->err, -EINVAL, "%s line %u: '%.60s', expected '0xSTART-0xEND SIZE ...' with "
		       "page-aligned addresses", lines_path(r->l), lines_number(r->l), line);
}

/* Room for one more in an array that doubles. */
static int grow(const struct reader *r, void **array, uint32_t nr, size_t size)
{
	void *grown;

	if (nr & (nr - 1))
		return 0;
	grown = realloc(*array, (nr ? nr * 2 : 1) * size);
	if (!grown)
		return mm_fail(r->p->err, -ENOMEM, "%s/vmallocinfo: out of memory", r->p->dir);
	*array = grown;
	return 0;
}

static int add_busy(const struct reader *r, const struct mm_vmap_state *a)
{
	struct mm_state *s = r->p->s;
	void *array = s->vmap;
	int ret = grow(r, &array, s->nr_vmap, sizeof(*s->vmap));

	s->vmap = array;
	if (!ret)
		s->vmap[s->nr_vmap++] = *a;
	return ret;
}

static int add_lazy(struct reader *r, vaddr_t start, vaddr_t end)
{
	void *array = r->lazy;
	int ret = grow(r, &array, r->nr_lazy, sizeof(*r->lazy));

	r->lazy = array;
	if (!ret)
		r->lazy[r->nr_lazy++] = (struct range){ start, end };
	return ret;
}

static int read_line(struct reader *r, char *line)
{
	struct mm_vmap_state a = { 0 };
	char *save = NULL, *word;
	uint32_t size;
	int n = 0;

	if (sscanf(line, "0x%" SCNx32 "-0x%" SCNx32 " %" SCNu32 "%n", &a.start, &a.end, &size, &n) != 3 ||
	    a.end <= a.start || a.end - a.start != size || (a.start | a.end) & (MM_PAGE_SIZE - 1))
		return bad(r, line);
	if (strstr(line + n, "unpurged vm_area")) {
		r->lazy_pages += size >> MM_PAGE_SHIFT;
		return add_lazy(r, a.start, a.end);
	}
	for (word = strtok_r(line + n, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
		if (!strncmp(word, "pages=", 6))
			a.nr_pages = (uint32_t)strtoul(word + 6, NULL, 10);
		for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
			if (!strcmp(word, words[i].word))
				a.flags |= words[i].flag;
		for (size_t i = 0; i < sizeof(code_callers) / sizeof(code_callers[0]); i++)
			if (!strncmp(word, code_callers[i], strlen(code_callers[i])))
				a.flags |= FLUSH_RESET_PERMS;
	}
	if (r->p->s->nr_vmap && a.start < r->p->s->vmap[r->p->s->nr_vmap - 1].end)
		return mm_fail(r->p->err, -EINVAL, "%s line %u: area 0x%08x-0x%08x begins before the end of the "
			       "one before it, expected ascending areas", lines_path(r->l),
			       lines_number(r->l), a.start, a.end);
	return add_busy(r, &a);
}

static int compare_start(const void *a, const void *b)
{
	vaddr_t x = ((const struct range *)a)->start, y = ((const struct range *)b)->start;

	return (x > y) - (x < y);
}

/* The free ranges between busy and waiting areas, ascending: from 1 on, which is
 * where the kernel's tree of free addresses begins (vmap_init_free_space). */
static int find_holes(const struct reader *r, struct range **out, uint32_t *nr)
{
	const struct mm_state *s = r->p->s;
	struct range *hole = calloc((size_t)s->nr_vmap + r->nr_lazy + 1, sizeof(*hole));
	uint32_t i = 0, k = 0;
	vaddr_t at = 1;

	*out = hole;
	*nr = 0;
	if (!hole)
		return mm_fail(r->p->err, -ENOMEM, "%s/vmallocinfo: out of memory", r->p->dir);
	qsort(r->lazy, r->nr_lazy, sizeof(*r->lazy), compare_start);
	while (i < s->nr_vmap || k < r->nr_lazy) {
		bool busy = k == r->nr_lazy || (i < s->nr_vmap && s->vmap[i].start < r->lazy[k].start);
		vaddr_t start = busy ? s->vmap[i].start : r->lazy[k].start;
		vaddr_t end = busy ? s->vmap[i++].end : r->lazy[k++].end;

		if (start < at)
			return mm_fail(r->p->err, -EINVAL, "%s/vmallocinfo: area 0x%08x-0x%08x begins before the "
				       "end of another, expected areas apart from each other", r->p->dir,
				       start, end);
		if (start > at)
			hole[(*nr)++] = (struct range){ at, start };
		at = end;
	}
	if (at < UINT32_MAX)
		hole[(*nr)++] = (struct range){ at, UINT32_MAX };
	return 0;
}

/* The middle of a stretch is the root of its subtree; every level is black but
 * the deepest, which alone may lack nodes: so every path has as many black ones. */
static int make_tree(const struct reader *r, const struct range *hole, uint32_t nr)
{
	struct { uint32_t from, to, depth; } stack[64] = { { 0, nr, 0 } };
	struct mm_state *s = r->p->s;
	uint32_t deepest = 0;
	int top = nr ? 1 : 0;

	s->vfree = calloc(nr ? nr : 1, sizeof(*s->vfree));
	if (!s->vfree)
		return mm_fail(r->p->err, -ENOMEM, "%s/vmallocinfo: out of memory", r->p->dir);
	while (nr >> (deepest + 1))
		deepest++;
	while (top) {
		uint32_t from = stack[top - 1].from, to = stack[top - 1].to, mid = from + (to - from) / 2;
		uint32_t depth = stack[--top].depth;

		s->vfree[s->nr_vfree++] = (struct mm_vfree_state){
			depth, hole[mid].start, hole[mid].end, !depth || depth < deepest
		};
		if (mid + 1 < to) {
			stack[top].from = mid + 1;
			stack[top].to = to;
			stack[top++].depth = depth + 1;
		}
		if (from < mid) {
			stack[top].from = from;
			stack[top].to = mid;
			stack[top++].depth = depth + 1;
		}
	}
	s->has_vfree = true;
	return 0;
}

static int keep_lazy(const struct reader *r)
{
	struct range *hole;
	uint32_t nr;
	int ret = find_holes(r, &hole, &nr);

	if (!ret)
		ret = make_tree(r, hole, nr);
	free(hole);
	return ret;
}

int proc_vmallocinfo_read(const struct proc *p)
{
	struct reader r = { .p = p };
	char *line;
	size_t len;
	int ret = proc_open(p, &r.l, "vmallocinfo", p->err);

	if (ret)
		return ret;
	while ((ret = lines_next(r.l, &line, &len, p->err)) > 0) {
		ret = read_line(&r, line);
		if (ret)
			break;
	}
	if (!ret && !p->s->nr_vmap)
		ret = mm_fail(p->err, -EINVAL, "%s: no areas, expected those that every kernel makes at boot",
			      lines_path(r.l));
	lines_close(r.l);
	if (!ret && r.nr_lazy)
		ret = keep_lazy(&r);
	free(r.lazy);
	if (!ret)
		ret = proc_assume(p, "%u vmalloc areas and %u that wait for the purge (%u pages): their page frames "
				  "and the shape of the tree of free ranges are not known.", p->s->nr_vmap,
				  r.nr_lazy, r.lazy_pages);
	return ret;
}
