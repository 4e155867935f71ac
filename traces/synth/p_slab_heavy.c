/* SPDX-License-Identifier: MIT
 *
 * slab-heavy: walks over trees of files that leave dentries and inodes behind.
 *
 * A walk brings in directories with their entries; when there are `files` in the
 * caches, a shrinker takes some away.  It takes them in another order than they
 * came (the LRU was stirred by use), so that slabs are left with a few objects
 * each: the slab fragmentation that shrinkers are known for.
 */
#include <stdlib.h>

#include "traces/synth/gen.h"

enum { FILES, PRUNE, ORDER, PINNED, DIRECTORY };
enum order { RANDOM, OLDEST, NEWEST };

/* A file: its dentry is in the queue, the tag names the inode, whose tag names the
 * security blob. */
struct slabs {
	struct gen_queue files;		/* in the order of their look-up */
	uint32_t pinned;
	uint32_t dentry, inode, blob, name, extent, handle, task, shrinker;
	uint32_t pruning;	/* files that the shrinker will take */
};

static const struct synth_param params[] = {
	[FILES] = { "files", SYNTH_NUMBER, 60000, 100, 2000000, NULL, "files whose dentry and inode are cached at most" },
	[PRUNE] = { "prune", SYNTH_PERCENT, 40, 1, 100, NULL, "share of them that a shrink takes" },
	[ORDER] = { "order", SYNTH_CHOICE, RANDOM, 0, 2, "random|oldest|newest", "which ones it takes" },
	[PINNED] = { "pinned", SYNTH_PERCENT, 1, 0, 50, NULL, "files that are open and stay" },
	[DIRECTORY] = { "directory", SYNTH_NUMBER, 30, 1, 10000, NULL, "files of a directory, in the mean" },
	{ .name = NULL },
};

static int begin(struct gen *g)
{
	struct slabs *s = g->part->state = gen_alloc(g, 1, sizeof(*s));
	const gfp_t account = MM_GFP_KERNEL_ACCOUNT;

	if (!s || !gen_queue_init(g, &s->files, gen_param(g, FILES)))
		return g->rc;
	s->dentry = gen_objects(g, gen_cache(g, "dentry", 128, TRACE_CACHE_RECLAIM | TRACE_CACHE_ACCOUNT), account, "__d_alloc", "__d_free");
	s->inode = gen_objects(g, gen_cache(g, "ext4_inode_cache", 792, TRACE_CACHE_RECLAIM | TRACE_CACHE_ACCOUNT), MM_GFP_NOFS | MM_GFP_ACCOUNT, "ext4_alloc_inode", "ext4_free_in_core_inode");
	s->blob = gen_class(g, (struct gen_class){ .kind = TRACE_KMALLOC, .gfp = MM_GFP_NOFS, .size = 56 }, "security_inode_alloc", "inode_free_by_rcu");
	s->name = gen_objects(g, gen_cache(g, "names_cache", 4096, TRACE_CACHE_HWALIGN | TRACE_CACHE_PANIC), MM_GFP_KERNEL, "getname_flags", "putname");
	s->extent = gen_class(g, (struct gen_class){ .kind = TRACE_KMALLOC, .gfp = MM_GFP_NOFS }, "ext4_find_extent", "ext4_ext_map_blocks");
	s->task = gen_task(g, 800, "find");
	s->shrinker = gen_task(g, 40, "kswapd0");
	return g->rc;
}

/* lookup: the path's name, the entry, its inode. */
static void look_up(struct gen *g, struct slabs *s)
{
	uint32_t name = gen_new(g, s->name), dentry = gen_new(g, s->dentry), inode = gen_new(g, s->inode),
		 blob = gen_new(g, s->blob), extent;

	if (name == TRACE_NO_SLOT || dentry == TRACE_NO_SLOT || inode == TRACE_NO_SLOT)
		return;
	if (rng_percent(&g->rng, 30)) {
		extent = gen_new_sized(g, s->extent, 56 + 8 * rng_below(&g->rng, 10));
		gen_end(g, extent);
	}
	g->tag[dentry] = inode;
	g->tag[inode] = blob;
	gen_end(g, name);
	if (s->pinned < s->files.cap * gen_param(g, PINNED) / 100 && rng_percent(&g->rng, gen_param(g, PINNED)))
		s->pinned++;
	else
		gen_queue_put(&s->files, dentry);
}

/* The next file to go, moved to the front. */
static void choose(struct gen *g, struct slabs *s)
{
	uint32_t *front = &s->files.slot[s->files.first], *chosen, at, slot;

	if (gen_param(g, ORDER) == OLDEST)
		return;
	at = gen_param(g, ORDER) == NEWEST ? s->files.nr - 1 : rng_below(&g->rng, s->files.nr);
	at += s->files.first;
	chosen = &s->files.slot[at >= s->files.cap ? at - s->files.cap : at];
	slot = *chosen;
	*chosen = *front;
	*front = slot;
}

static void prune_one(struct gen *g, struct slabs *s)
{
	uint32_t dentry, inode;

	choose(g, s);
	dentry = gen_queue_take(&s->files);
	inode = g->tag[dentry];
	gen_end(g, dentry);
	gen_end(g, g->tag[inode]);
	gen_end(g, inode);
	s->pruning--;
}

static void step(struct gen *g)
{
	struct slabs *s = g->part->state;
	uint32_t n;

	if (s->pruning) {
		g->task = s->shrinker;
		prune_one(g, s);
		return;
	}
	g->task = s->task;
	n = 1 + (uint32_t)rng_exp(&g->rng, g->exp, gen_param(g, DIRECTORY));
	while (n-- && s->files.nr < s->files.cap)
		look_up(g, s);
	if (s->files.nr == s->files.cap)
		s->pruning = (uint32_t)(s->files.cap * gen_param(g, PRUNE) / 100);
	gen_pause_about(g, 200000);
}

static void end(struct gen *g)
{
	struct slabs *s = g->part->state;

	free(s->files.slot);
	free(s);
}

const struct synth_profile synth_slab_heavy = {
	.name = "slab-heavy",
	.about = "dentries and inodes of file trees, pruned in an order that leaves slabs almost empty",
	.stresses = "SLUB's partial lists and reclaimable slabs in lowmem: capacity stays far above what lives, and slabs that "
		    "cannot be freed keep pageblocks.",
	.source = "Slab fragmentation by shrinkers: T. Harding, C. Lameter, Slab Movable Objects (Linux Plumbers and linux-mm, "
		  "2019). The order of requests: Linux 6.1 fs/namei.c, fs/dcache.c, fs/ext4/super.c.",
	.machine = "x86_32-512m",
	.operations = 1000000,
	.rate = 500000,
	.params = params,
	.begin = begin, .step = step, .end = end,
};
