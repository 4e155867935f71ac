/* SPDX-License-Identifier: MIT
 *
 * Inside of the slab layer: its data, and what its files offer each other.
 *
 *	create.c	a machine's slab layer comes and goes
 *	slab.c		kmalloc, kfree, objects of caches: the fast paths
 *	bulk.c		arrays of objects, freed
 *	misuse.c	frees of what is no live object
 *	cache.c		creation, merging and destruction of caches
 *	boot.c		the caches that exist after boot, made in the kernel's order
 *	objects.c	memory for object records; free-list order of a new slab
 *	slub.c		SLUB: where objects come from and go to
 *	slub_list.c	SLUB: node and per-CPU partial lists, giving slabs back
 *	info.c		counts;  check.c  proof of consistency
 *	load.c, save.c	exact state of a real kernel
 *
 * There is no memory behind simulated addresses, so all bookkeeping lies
 * beside it: 64 bytes a slab, 8 bytes an object, one line per cache and CPU.
 * kmalloc touches this line and the object's record; kfree the frame's slab
 * index, the slab, the record and the line.
 */
#ifndef MM_SLAB_INTERNAL_H
#define MM_SLAB_INTERNAL_H

#include "engine/machine.h"
#include "engine/mm_fast.h"
#include "engine/phys/phys.h"
#include "engine/slab/geometry.h"
#include "engine/slab/slab.h"

/* SLUB: two pages (Linux 6.1 include/linux/slab.h) */
#define KMALLOC_MAX_CACHE_SIZE	((uint32_t)MM_KMALLOC_MAX)
#define KMALLOC_MAX_SIZE	(4u << 20)
#define NR_KMALLOC_TYPES	MM_KMALLOC_TYPES
#define NR_KMALLOC_SIZES	MM_KMALLOC_CLASSES /* indices 1..13: 96, 192, 8, 16, ... 8192 */

#define OBJ_MARKED	0x4000u	/* live: named by the bulk free being checked */
#define OBJ_WASTE	0x0fffu	/* live: bytes of the object that were not asked for */

/* One slab: what SLUB keeps in struct page.  objects - inuse objects are on
 * its own free list; a cpu slab's other free objects are on the cpu free list
 * and count as in use (as in the kernel). */
struct slub_slab {
	uint64_t recip;		/* ceil(2^44 / size): see mm_object_index */
	struct mm_object *obj;	/* slub_records(objects) */
	struct slab_cache *cache; /* NULL: unused entry */
	vaddr_t base;
	uint32_t size;
	uint16_t objects, inuse;
	uint16_t free;		/* its own free list */
	uint8_t frozen;		/* cpu slab or on a per-CPU partial list */
	uint8_t order;
	uint32_t next, prev;	/* partial lists, as indices; 0: none */
	uint32_t slabs;		/* head of a per-CPU partial list: slabs on it */
	uint32_t pfn;
} __attribute__((aligned(64)));

struct slab_cache {
	struct slab_geometry g;
	uint32_t flags;		/* SLAB_* */
	gfp_t allocflags;	/* added to every request for pages */
	int32_t refcount;	/* users, merged ones included; < 0 never merges */
	uint32_t id;
	bool ctor, nomerge, kmalloc;
	uint64_t recip;
	uint16_t *seq;		/* permutation of 0..nr_seq-1, or NULL */
	uint32_t nr_seq;
	uint32_t partial_head, partial_tail, nr_partial; /* the node's list */
	uint32_t nr_slabs, total_objects, pages;
	uint32_t live;		/* objects, when the CPUs' counts were last brought up to date */
	uint32_t unknown_slabs;	/* full ones that a loaded state counts but does not name */
	vaddr_t self, node, seq_obj; /* objects that creating it took, 0: unknown or none */
	char name[64];
	struct mm_cpu_cache cpu[];	/* mm_config.cpus */
};

struct slab_alias { uint32_t cache; char name[64]; };

/* The last frees of objects that lived long, for reports. */
#define SLAB_NR_PAST	4096
struct slab_past { vaddr_t addr; uint32_t free_op; };

/* Memory for object records: one reserved region, cut as needed and reused
 * by number of objects (rounded up to a 64-byte line of 8). */
struct slab_arena {
	struct mm_object *base;
	size_t nr, used;	/* records */
	void **free;		/* by class; the first word of a free piece links */
	unsigned int nr_class;
};

/* An element of a bulk free, found once and then grouped with its slab's others. */
struct slab_element {
	vaddr_t addr;
	uint32_t slab;		/* PHYS_NOT_SLAB: a large kmalloc */
	struct mm_object *obj;
};

/* What differs between slab allocators.  The front end (size classes, caches,
 * merging) is common. Every function is called with a valid cache. */
struct slab_ops {
	enum mm_slab_kind kind;
	const char *name;
	/* who's cpu free list of c is empty: fill it. */
	enum mm_outcome (*refill)(struct mm_machine *m, const struct mm_caller *who,
				  struct slab_cache *c, gfp_t gfp);
	/* n objects of one slab, linked by their records from head to tail, already
	 * counted as free, go to the slab's lists in one step.  Answers MM_OK, so that a
	 * free ends in it. */
	enum mm_outcome (*free_chain)(struct mm_machine *m, const struct mm_caller *who, uint32_t slab,
				      unsigned int head, unsigned int tail, unsigned int n);
	/* Give empty slabs back. */
	void (*shrink)(struct mm_machine *m, const struct mm_caller *who, struct slab_cache *c);
	/* All slabs of a cache without live objects. */
	void (*release)(struct mm_machine *m, const struct mm_caller *who, struct slab_cache *c);
};

struct slab {
	const uint32_t *of_pfn;	/* phys' slab index per frame */
	struct slub_slab *slab;	/* entry 0 unused */
	uint32_t nr_pfn;
	vaddr_t page_offset;
	struct slab_ops ops;
	struct slab_cache *kmalloc[NR_KMALLOC_TYPES][NR_KMALLOC_SIZES];
	struct mm_kmalloc front;
	gfp_t gfp_allowed;	/* the kernel's gfp_allowed_mask */
	uint64_t *ev;		/* the machine's event counts */
	uint64_t refills;	/* see slab_fold_events */
	uint32_t nr_slab, max_slab, free_slab; /* entries used so far; reusable ones */
	struct slab_arena arena;
	struct slab_cache **cache; /* by id */
	uint32_t nr_cache, max_cache; /* ids given out + 1 */
	struct slab_cache **order; /* live ones in creation order */
	uint32_t nr_order;
	struct slab_alias *alias;
	uint32_t nr_alias, max_alias;
	struct slab_cache *kmem_cache, *kmem_cache_node;
	uint32_t large_pages;	/* kmalloc above 8 KiB */
	uint64_t rng;
	struct slab_element *scratch; /* the array of the bulk free under way */
	uint32_t nr_scratch;
	struct slab_past past[SLAB_NR_PAST];
	uint32_t nr_past;
};

extern const struct slab_ops slub_ops;

/* c serves this type and size of kmalloc. */
static inline void slab_set_kmalloc(struct slab *s, unsigned int type, unsigned int i,
				    struct slab_cache *c)
{
	s->kmalloc[type][i] = c;
	s->front.cpus[type * NR_KMALLOC_SIZES + i] = c->cpu;
}

static inline uint64_t slub_recip(uint32_t size)
{
	return ((1ull << 44) + size - 1) / size;
}

/* Records of a slab: one that is never live stands for the bytes behind the
 * last object, so that finding an object needs no look at their number. */
static inline unsigned int slub_records(unsigned int objects)
{
	return objects + 1;
}

/* create.c: an empty slab layer for m (m->slab); slab_destroy releases it. */
int slab_new(struct mm_machine *m, struct mm_error *err);

/* slab.c: one object of c. */
enum mm_outcome slab_alloc(struct mm_machine *m, const struct mm_caller *who,
			   struct slab_cache *c, gfp_t gfp, vaddr_t *addr);
enum mm_outcome slab_free(struct mm_machine *m, const struct mm_caller *who,
			  struct slab_cache *c, vaddr_t addr);

enum mm_outcome slab_alloc_bulk(struct mm_machine *m, const struct mm_caller *who,
				struct slab_cache *c, gfp_t gfp, unsigned int n, vaddr_t *addr);

/* bulk.c; c NULL: kfree_bulk. */
enum mm_outcome slab_free_bulk(struct mm_machine *m, const struct mm_caller *who,
			       const struct slab_cache *c, unsigned int n, const vaddr_t *addr);

/* misuse.c */
/* kfree or (c) kmem_cache_free of an address in no slab's frame. */
enum mm_outcome slab_free_page(struct mm_machine *m, const struct mm_caller *who,
			       const struct slab_cache *c, vaddr_t addr);
/* Is addr a large kmalloc that kfree would take? */
bool slab_large_head(const struct mm_machine *m, vaddr_t addr, uint32_t *size);
/* The object of that slab that addr names, checked as kfree does; MM_OK or misuse. */
enum mm_outcome slab_resolve(struct mm_machine *m, const struct mm_caller *who,
			     const struct slab_cache *c, vaddr_t addr, uint32_t slab,
			     struct mm_object **obj);

/* info.c: live objects of c, and their waste in bytes (waste may be NULL). */
uint32_t slab_live(const struct mm_machine *m, const struct slab_cache *c, uint64_t *waste);

/* The largest size asked of c so far; the CPUs' lines follow. */
void slab_set_object_size(struct mm_machine *m, struct slab_cache *c, uint32_t size);

/* The free of an object that lived long is remembered for a while. */
static inline void slab_note_past(struct slab *s, vaddr_t addr, uint32_t free_op)
{
	s->past[s->nr_past++ % SLAB_NR_PAST] = (struct slab_past){ addr, free_op };
}

/* o becomes free at operation op.  The operation that allocated it stays; its
 * age tells the one that freed it (o->op + age).  That of an object too old for
 * the field is noted elsewhere. */
static inline void slub_retire(struct slab *s, struct mm_object *o, vaddr_t addr, uint32_t op)
{
	uint32_t age = op - o->op;

	if (MM_UNLIKELY(age >= MM_OBJ_AGE_LONG)) {
		slab_note_past(s, addr, op);
		age = MM_OBJ_AGE_LONG;
	}
	o->state = (uint16_t)age;
}

/* cache.c: a cache struct with its formulas filled, in the tables.  NULL: host memory. */
struct slab_cache *slab_cache_new(struct mm_machine *m, const char *name,
				  const struct slab_geometry *g, uint32_t flags, bool ctor);
void slab_cache_drop(struct slab *s, struct slab_cache *c);
/* NULL: no such cache.  (Of 0 and above alike: nr_cache is at least 1.) */
static inline struct slab_cache *slab_cache_get(const struct slab *s, uint32_t id)
{
	return MM_LIKELY(id - 1 < s->nr_cache - 1) ? s->cache[id] : NULL;
}
/* The random sequence and the array object that holds it (Linux 6.1 init_cache_random_seq). */
enum mm_outcome slab_cache_init_seq(struct mm_machine *m, const struct mm_caller *who,
				    struct slab_cache *c);
struct slab_cache *slab_find_named(const struct slab *s, const char *name);

/* boot.c: the caches of a booted kernel. */
int slab_boot(struct mm_machine *m, struct mm_error *err);
/* Index of a kmalloc size in the kernel's table (8: 3, ... 8192: 13; 96: 1, 192: 2). */
uint32_t slab_kmalloc_size(unsigned int index);
void slab_kmalloc_name(unsigned int type, unsigned int index, char *name, size_t size);

/* objects.c */
int slab_arena_init(struct slab_arena *a, uint64_t max_records, unsigned int largest);
void slab_arena_fini(struct slab_arena *a);
struct mm_object *slab_arena_get(struct slab_arena *a, unsigned int records);
void slab_arena_put(struct slab_arena *a, struct mm_object *o, unsigned int records);
uint32_t slab_rand(struct slab *s);
/* A random sequence: drawn; a permutation of 0..objects-1?; taken over. */
bool slab_seq_random(struct slab *s, struct slab_cache *c);
bool slab_seq_valid(const uint16_t *seq, uint32_t nr, uint32_t objects);
bool slab_seq_copy(struct slab_cache *c, const uint16_t *seq, uint32_t nr);
void slab_link_objects(struct mm_machine *m, struct slab_cache *c, struct slub_slab *sl);

/* slab (0: none) is pc's cpu slab from here on; free lists are the caller's. */
static inline void slub_set_cpu_slab(struct slab *s, struct mm_cpu_cache *pc, uint32_t slab)
{
	const struct slub_slab *sl = &s->slab[slab];

	pc->slab = slab;
	pc->obj = sl->obj;
	pc->base = sl->base;
	pc->span = slab ? sl->objects * sl->size : 0;
}

/* slub.c */
/* Turn allocated pages into a slab of c; 0: no host memory. Objects unlinked. */
uint32_t slub_slab_new(struct mm_machine *m, struct slab_cache *c, pfn_t pfn,
		       unsigned int order, unsigned int objects);
enum mm_outcome slub_new(struct mm_machine *m, const struct mm_caller *who,
			 struct slab_cache *c, gfp_t gfp, uint32_t *slab);

/* slub_list.c */
void slub_node_add(struct slab *s, struct slab_cache *c, uint32_t slab, bool tail);
void slub_node_del(struct slab *s, struct slab_cache *c, uint32_t slab);
void slub_discard(struct mm_machine *m, const struct mm_caller *who, uint32_t slab);
void slub_put_cpu_partial(struct mm_machine *m, const struct mm_caller *who,
			  struct slab_cache *c, struct mm_cpu_cache *pc, uint32_t slab, bool drain);
void slub_flush_cpu(struct mm_machine *m, const struct mm_caller *who,
		    struct slab_cache *c, struct mm_cpu_cache *pc);
void slub_shrink(struct mm_machine *m, const struct mm_caller *who, struct slab_cache *c);
void slub_release(struct mm_machine *m, const struct mm_caller *who, struct slab_cache *c);

#endif
