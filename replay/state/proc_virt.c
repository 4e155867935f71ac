/* SPDX-License-Identifier: MIT
 *
 * /proc/vmallocinfo: "0xSTART-0xEND SIZE [CALLER] [pages=N] [phys=0x..]
 * [ioremap] [vmalloc] [vmap] ..." (Linux 6.1 mm/vmalloc.c s_show).  SIZE holds
 * the guard page.  Areas without a vm_struct are "vm_map_ram"; "unpurged
 * vm_area" is an area that was freed and waits for the purge: it follows the
 * busy ones, in an order of its own.
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
	uint32_t nr_unpurged, unpurged_pages;
};

static int bad(const struct reader *r, const char *line)
{
	return mm_fail(r->p->err, -EINVAL, "%s line %u: '%.60s', expected '0xSTART-0xEND SIZE ...' with "
		       "page-aligned addresses", lines_path(r->l), lines_number(r->l), line);
}

static int add(const struct reader *r, const struct mm_vmap_state *a)
{
	struct mm_state *s = r->p->s;

	if (!(s->nr_vmap & (s->nr_vmap - 1))) {
		void *grown = realloc(s->vmap, (s->nr_vmap ? s->nr_vmap * 2 : 1) * sizeof(*s->vmap));

		if (!grown)
			return mm_fail(r->p->err, -ENOMEM, "%s: out of memory", lines_path(r->l));
		s->vmap = grown;
	}
	s->vmap[s->nr_vmap++] = *a;
	return 0;
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
		r->nr_unpurged++;
		r->unpurged_pages += size >> MM_PAGE_SHIFT;
		return 0;
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
	return add(r, &a);
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
	lines_close(r.l);
	if (!ret)
		ret = proc_assume(p, "%u vmalloc areas: their page frames and the shape of the tree of free "
				  "ranges are not known; the tree is built from the areas.",
				  p->s->nr_vmap);
	if (!ret && r.nr_unpurged)
		ret = proc_assume(p, "%u freed vmalloc areas (%u pages) wait for the purge; they are taken as "
				  "purged.", r.nr_unpurged, r.unpurged_pages);
	return ret;
}
