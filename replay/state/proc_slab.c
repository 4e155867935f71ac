/* SPDX-License-Identifier: MIT
 *
 * /proc/slabinfo: the caches and how many slabs each has.  Which frame is whose
 * slab, and which objects are free, no public file tells: the frames stay in
 * use by an unknown owner, the slabs are counted, and the first request of each
 * cache makes a new slab.
 *
 * slabinfo gives name, distance of objects, objects and pages a slab (Linux 6.1
 * mm/slab_common.c cache_show).  The rest follows the kernel's rules
 * (mm/slub.c set_min_partial, set_cpu_partial, calculate_order's smallest
 * order) from the distance; the size of the object itself is known for kmalloc
 * only, elsewhere it is taken as the distance.
 */
#include "replay/state/proc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* SLAB_* of Linux 6.1 include/linux/slab.h, as a state's caches carry them. */
#define F_KMALLOC	0x00001000u
#define F_CACHE_DMA	0x00004000u
#define F_RECLAIM	0x00020000u
#define F_ACCOUNT	0x04000000u

struct reader {
	const struct proc *p;
	struct lines *l;
	uint64_t slab_pages;		/* of all caches */
};

static int bad(const struct reader *r, const char *what)
{
	return mm_fail(r->p->err, -EINVAL, "%s line %u: %s", lines_path(r->l), lines_number(r->l), what);
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n >= m && !strcmp(s + n - m, end);
}

/* Caches whose pages are counted as reclaimable: those that are made with
 * SLAB_RECLAIM_ACCOUNT (Linux 6.1, fs/ and net/; as sysfs shows it). */
static bool reclaimable(const char *name)
{
	static const char *const names[] = {
		"dentry", "inode_cache", "buffer_head", "radix_tree_node", "bdev_cache", "dquot",
		"fsverity_info", "fscrypt_info", "mbcache", "jbd2_journal_handle",
		"jbd2_journal_head", "jbd2_revoke_record_s", "jbd2_revoke_table_s",
		"ext4_allocation_context", "ext4_extent_status", "ext4_fc_dentry_update",
		"ext4_free_data", "ext4_io_end", "ext4_pending_reservation", "ext4_prealloc_space",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i]))
			return true;
	if (!strncmp(name, "kmalloc-rcl-", 12) || !strncmp(name, "ext4_groupinfo_", 15))
		return true;
	/* Of those that end so, these are memory of their own. */
	return ends_with(name, "_inode_cache") && strcmp(name, "shmem_inode_cache") &&
	       strcmp(name, "mqueue_inode_cache") && strcmp(name, "hugetlbfs_inode_cache");
}

/* kmalloc-N, kmalloc-cg-N, kmalloc-rcl-N, dma-kmalloc-N; N in bytes or k. */
static void kmalloc_of(struct mm_cache_state *c)
{
	const char *at = strstr(c->name, "kmalloc-"), *digits = strrchr(c->name, '-');

	if (!at || !digits || (at != c->name && strncmp(c->name, "dma-", 4)))
		return;
	c->flags |= F_KMALLOC;
	c->object_size = (uint32_t)strtoul(digits + 1, NULL, 10) * (ends_with(c->name, "k") ? 1024 : 1);
	if (!strncmp(c->name, "kmalloc-cg-", 11))
		c->flags |= F_ACCOUNT;
	else if (!strncmp(c->name, "dma-", 4))
		c->flags |= F_CACHE_DMA;
	else if (strncmp(c->name, "kmalloc-rcl-", 12))
		c->refcount = -1;	/* no other cache merges with it */
	if (!(c->object_size & (c->object_size - 1)))
		c->align = c->object_size;
}

static unsigned int log2_of(uint32_t v)
{
	return 31u - (unsigned int)__builtin_clz(v);
}

static void derive(struct mm_cache_state *c)
{
	c->object_size = c->size;
	c->align = c->size % 8 ? 4 : 8;
	c->refcount = 1;
	kmalloc_of(c);
	c->flags |= reclaimable(c->name) ? F_RECLAIM : 0;
	while ((MM_PAGE_SIZE << c->min_order) < c->size)
		c->min_order++;
	c->min_objects = (MM_PAGE_SIZE << c->min_order) / c->size;
	c->min_partial = log2_of(c->size) / 2;
	c->min_partial = c->min_partial < 5 ? 5 : c->min_partial > 10 ? 10 : c->min_partial;
	c->cpu_partial = c->size >= MM_PAGE_SIZE ? 6 : c->size >= 1024 ? 24 : c->size >= 256 ? 52 : 120;
	c->cpu_partial_slabs = (c->cpu_partial * 2 + c->objects - 1) / c->objects;
	if (!strcmp(c->name, "kmem_cache") || !strcmp(c->name, "kmem_cache_node"))
		c->refcount = -1;
}

static int read_line(struct reader *r, const char *line)
{
	struct mm_state *s = r->p->s;
	struct mm_cache_state c = { 0 };
	uint32_t active, objects, pages, slabs, active_slabs;

	if (!strncmp(line, "slabinfo - version:", 19))
		return strncmp(line + 19, " 2.1", 4) ? bad(r, "expected slabinfo version 2.1") : 0;
	if (*line == '#')
		return 0;
	if (sscanf(line, "%63s %u %u %u %u %u : tunables %*u %*u %*u : slabdata %u %u", c.name, &active,
		   &objects, &c.size, &c.objects, &pages, &active_slabs, &slabs) != 8)
		return bad(r, "expected 'NAME ACTIVE TOTAL SIZE OBJECTS PAGES : tunables ... : slabdata ...'");
	if (c.size < 8 || c.size > 1u << 22 || !pages || pages > 1024 || pages & (pages - 1) ||
	    c.objects != pages * MM_PAGE_SIZE / c.size || c.objects > 32768 || slabs > 1u << 24)
		return bad(r, "sizes that do not fit together: the objects of a slab are its pages "
			   "divided by their distance (SLUB)");
	c.order = log2_of(pages);
	c.nr_slabs = slabs;
	derive(&c);
	if (c.min_order > c.order)
		return bad(r, "objects larger than their slab");
	r->slab_pages += (uint64_t)slabs * pages;
	if (!(s->nr_cache & (s->nr_cache - 1))) {
		void *grown = realloc(s->cache, (s->nr_cache ? s->nr_cache * 2 : 1) * sizeof(*s->cache));

		if (!grown)
			return mm_fail(r->p->err, -ENOMEM, "%s: out of memory", lines_path(r->l));
		s->cache = grown;
	}
	s->cache[s->nr_cache++] = c;
	return 0;
}

/* The newest cache is first in the file, last in a state. */
static void turn_round(struct mm_state *s)
{
	for (uint32_t i = 0, k = s->nr_cache; i + 1 < k; i++) {
		struct mm_cache_state t = s->cache[i];

		s->cache[i] = s->cache[--k];
		s->cache[k] = t;
	}
}

/* kmem_cache's objects tell the CPU's cache line: they are aligned to it. */
static void settings(const struct proc *p)
{
	struct mm_config *c = p->config;

	c->memcg_kmem = false;
	for (uint32_t i = 0; i < p->s->nr_cache; i++) {
		const struct mm_cache_state *k = &p->s->cache[i];

		c->memcg_kmem |= !strncmp(k->name, "kmalloc-cg-", 11);
		if (!strcmp(k->name, "kmem_cache"))
			for (c->cache_line = 128; k->size % c->cache_line;)
				c->cache_line /= 2;
	}
}

int proc_slabinfo_read(const struct proc *p, const struct proc_frames *f)
{
	struct reader r = { .p = p };
	uint32_t frames = 0;
	char *line;
	size_t len;
	int ret = proc_open(p, &r.l, "slabinfo", p->err);

	if (ret)
		return ret;
	while ((ret = lines_next(r.l, &line, &len, p->err)) > 0) {
		ret = read_line(&r, line);
		if (ret)
			break;
	}
	if (!ret && !p->s->nr_cache)
		ret = mm_fail(p->err, -EINVAL, "%s: no caches", lines_path(r.l));
	lines_close(r.l);
	if (ret)
		return ret;
	turn_round(p->s);
	settings(p);
	for (uint32_t i = 0; i < f->nr; i++)
		frames += (f->f[i] & PF_SLAB) != 0;
	return proc_assume(p, "%u frames belong to slabs, slabinfo counts %llu of %u caches: which slab is whose "
			   "and which objects are free is not known; they stay in use.", frames,
			   (unsigned long long)r.slab_pages, p->s->nr_cache);
}
