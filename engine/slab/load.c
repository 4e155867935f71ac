/* SPDX-License-Identifier: MIT
 *
 * load: the slab layer as a real kernel's snapshot describes it.
 *
 * Caches with their constants come first, then the slabs that lists name, then
 * the full slabs, which only the table of all slabs knows.  Without that table
 * full slabs are counted but their objects stay unknown.  Everything is checked
 * before it is believed: a snapshot is a file.
 */
#include <errno.h>
#include <string.h>

#include "engine/mm_state.h"
#include "engine/slab/internal.h"

struct load {
	struct mm_machine *m;
	const struct mm_state *state;
	struct mm_error *err;
};

static bool geometry_of(const struct mm_cache_state *cs, struct slab_geometry *g)
{
	*g = (struct slab_geometry){
		.object_size = cs->object_size, .size = cs->size, .align = cs->align,
		.inuse = (cs->object_size + SLAB_WORD - 1) / SLAB_WORD * SLAB_WORD,
		.order = cs->order, .objects = cs->objects,
		.min_order = cs->min_order, .min_objects = cs->min_objects,
		.min_partial = cs->min_partial, .cpu_partial = cs->cpu_partial,
		.cpu_partial_slabs = cs->cpu_partial_slabs,
	};
	return cs->size >= SLAB_MIN_ALIGN && cs->size <= KMALLOC_MAX_SIZE &&
	       cs->object_size && cs->object_size <= cs->size && cs->align &&
	       cs->order < MM_MAX_ORDER && cs->min_order <= cs->order &&
	       cs->objects && cs->objects == (MM_PAGE_SIZE << cs->order) / cs->size &&
	       cs->min_objects && cs->min_objects == (MM_PAGE_SIZE << cs->min_order) / cs->size &&
	       cs->objects < MM_OBJ_NIL;
}

/* Caches whose objects user space may be copied from and to never merge; the
 * snapshot does not say so (Linux 6.1: the callers of kmem_cache_create_usercopy
 * whose caches have no constructor; seen at proc_dir_entry, which a cache of the
 * same geometry passes over for a younger one). */
static bool has_usercopy(const char *name)
{
	static const char *const names[] = {
		"names_cache", "dentry", "mm_struct", "task_struct", "proc_dir_entry",
		"skbuff_head_cache", "scsi_sense_cache", "RAW", "RAWv6", "SCTP", "SCTPv6",
		"thread_stack", "kvm_vcpu", "cifs_request", "cifs_small_rq",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(names[i], name))
			return true;
	}
	return false;
}

/* A constructor is not in the flags, but it puts the link outside of the
 * object, which shows in the size (unless padding hides it). */
static bool has_ctor(const struct slab_geometry *g, uint32_t flags)
{
	uint32_t inside = (g->inuse + g->align - 1) / g->align * g->align;

	return !(flags & SLAB_TYPESAFE_BY_RCU) && inside != g->size;
}

static int load_cache(struct load *l, const struct mm_cache_state *cs)
{
	struct slab *s = l->m->slab;
	struct slab_geometry g;
	struct slab_cache *c;

	if (!geometry_of(cs, &g))
		return mm_fail(l->err, -EINVAL, "state: cache %.63s: size %u, object %u, order %u with "
			       "%u objects, at least order %u with %u do not fit together", cs->name,
			       cs->size, cs->object_size, cs->order, cs->objects, cs->min_order,
			       cs->min_objects);
	if (!memchr(cs->name, 0, sizeof(cs->name)))
		return mm_fail(l->err, -EINVAL, "state: cache at %#x: its name has no end", cs->ptr);
	c = slab_cache_new(l->m, cs->name, &g, cs->flags, has_ctor(&g, cs->flags));
	if (!c)
		return mm_fail(l->err, -ENOMEM, "no host memory for cache %s", cs->name);
	c->flags = cs->flags;
	c->refcount = cs->refcount;
	c->self = cs->ptr;
	c->nomerge = has_usercopy(cs->name);
	c->kmalloc = cs->flags & SLAB_KMALLOC;
	if (cs->random_seq) {
		if (!slab_seq_valid(cs->random_seq, cs->nr_random_seq, g.objects))
			return mm_fail(l->err, -EINVAL, "state: cache %s: its random sequence of %u "
				       "is not a permutation of %u objects", cs->name,
				       cs->nr_random_seq, g.objects);
		if (!slab_seq_copy(c, cs->random_seq, cs->nr_random_seq))
			return mm_fail(l->err, -ENOMEM, "no host memory for cache %s", cs->name);
	} else if (l->m->cfg.freelist_random && g.objects > 1 && !slab_seq_random(s, c)) {
		return mm_fail(l->err, -ENOMEM, "no host memory for cache %s", cs->name);
	}
	return 0;
}

/* The slab of pfn: every object live. Index, or negative. */
static int64_t load_slab(struct load *l, struct slab_cache *c, pfn_t pfn, uint32_t objects)
{
	struct mm_machine *m = l->m;
	unsigned int order = objects == c->g.objects ? c->g.order : c->g.min_order;
	uint32_t slab;

	if (objects != c->g.objects && objects != c->g.min_objects)
		return mm_fail(l->err, -EINVAL, "state: cache %s: slab at pfn %#x has %u objects, "
			       "expected %u or %u", c->name, pfn, objects, c->g.objects, c->g.min_objects);
	for (uint32_t i = 0; i < 1u << order; i++) {
		if (!machine_is_lowmem(m, pfn + i) || !phys_is_foreign(m, pfn + i) ||
		    phys_slab_of(m, pfn + i) != PHYS_NOT_SLAB)
			return mm_fail(l->err, -EINVAL, "state: cache %s: slab at pfn %#x: frame %#x is "
				       "free, not lowmem, or another slab's", c->name, pfn, pfn + i);
	}
	slab = slub_slab_new(m, c, pfn, order, objects);
	if (!slab)
		return mm_fail(l->err, -ENOMEM, "no host memory for a slab of %s", c->name);
	m->slab->slab[slab].inuse = (uint16_t)objects;
	for (uint32_t i = 0; i < objects; i++)
		m->slab->slab[slab].obj[i] = (struct mm_object){ .op = MM_NO_OP, .state = MM_OBJ_LIVE };
	c->live += objects;
	c->cpu[0].states += objects * MM_OBJ_LIVE;
	return slab;
}

/* Make the listed objects free, linked in this order from *link. */
static int load_free(struct load *l, struct slub_slab *sl, const struct mm_idx_list *list,
		     uint16_t *link)
{
	for (uint32_t i = 0; i < list->nr; i++) {
		uint16_t k = list->idx[i];

		if (k >= sl->objects || !(sl->obj[k].state & MM_OBJ_LIVE))
			return mm_fail(l->err, -EINVAL, "state: cache %s: slab at pfn %#x: object %u is "
				       "not one of %u, or free twice", sl->cache->name, sl->pfn, k,
				       sl->objects);
		sl->obj[k].state = 0;
		*link = k;
		link = &sl->obj[k].next;
	}
	*link = MM_OBJ_NIL;
	sl->cache->live -= list->nr;
	sl->cache->cpu[0].states -= list->nr * MM_OBJ_LIVE;
	return 0;
}

/* A slab from a list, with its own free list. */
static int64_t load_listed(struct load *l, struct slab_cache *c, const struct mm_slab_state *ss,
			   bool frozen)
{
	int64_t slab = load_slab(l, c, ss->pfn, ss->objects);
	struct slub_slab *sl;

	if (slab < 0)
		return slab;
	sl = &l->m->slab->slab[slab];
	if (ss->inuse > ss->objects || ss->objects - ss->inuse != ss->free.nr)
		return mm_fail(l->err, -EINVAL, "state: cache %s: slab at pfn %#x: %u of %u objects in "
			       "use, but %u free", c->name, ss->pfn, ss->inuse, ss->objects, ss->free.nr);
	sl->inuse = (uint16_t)ss->inuse;
	sl->frozen = frozen;
	return load_free(l, sl, &ss->free, &sl->free) < 0 ? -1 : slab;
}

static int load_cpu(struct load *l, struct slab_cache *c, const struct mm_cpu_slab_state *ps,
		    struct mm_cpu_cache *pc)
{
	struct slab *s = l->m->slab;
	int64_t slab;

	if (ps->slab.pfn) {
		slab = load_listed(l, c, &ps->slab, true);
		if (slab < 0 || load_free(l, &s->slab[slab], &ps->free, &pc->free) < 0)
			return -1;
		slub_set_cpu_slab(s, pc, (uint32_t)slab);
	}
	for (uint32_t i = ps->nr_partial; i-- > 0;) {
		slab = load_listed(l, c, &ps->partial[i], true);
		if (slab < 0)
			return -1;
		s->slab[slab].next = pc->partial;
		s->slab[slab].slabs = ps->nr_partial - i;
		pc->partial = (uint32_t)slab;
	}
	return 0;
}

static int load_lists(struct load *l, struct slab_cache *c, const struct mm_cache_state *cs)
{
	struct mm_machine *m = l->m;

	for (unsigned int cpu = 0; cpu < MM_NR_CPUS; cpu++) {
		const struct mm_cpu_slab_state *ps = &cs->cpu[cpu];

		if (cpu >= m->cfg.cpus && (ps->slab.pfn || ps->nr_partial))
			return mm_fail(l->err, -EINVAL, "state: cache %s: CPU %u has slabs, the machine "
				       "has %u CPUs", c->name, cpu, m->cfg.cpus);
		if (cpu < m->cfg.cpus && load_cpu(l, c, ps, &c->cpu[cpu]) < 0)
			return -1;
	}
	for (uint32_t i = 0; i < cs->nr_partial; i++) {
		int64_t slab = load_listed(l, c, &cs->partial[i], false);

		if (slab < 0)
			return -1;
		slub_node_add(m->slab, c, (uint32_t)slab, true);
	}
	return 0;
}

static struct slab_cache *cache_at(const struct slab *s, uint32_t ptr)
{
	for (uint32_t i = 0; i < s->nr_order; i++) {
		if (s->order[i]->self == ptr)
			return s->order[i];
	}
	return NULL;
}

/* What no list names must be full. */
static int load_full(struct load *l)
{
	struct mm_machine *m = l->m;
	struct slab *s = m->slab;

	for (uint32_t i = 0; i < l->state->nr_all_slab; i++) {
		const struct mm_all_slab *a = &l->state->all_slab[i];
		struct slab_cache *c = cache_at(s, a->cache_ptr);
		uint32_t slab = phys_slab_of(m, a->pfn);

		if (!c)
			return mm_fail(l->err, -EINVAL, "state: slab at pfn %#x: no cache is at %#x",
				       a->pfn, a->cache_ptr);
		if (slab != PHYS_NOT_SLAB && s->slab[slab].cache == c && s->slab[slab].pfn == a->pfn)
			continue;
		if (a->inuse != a->objects)
			return mm_fail(l->err, -EINVAL, "state: cache %s: slab at pfn %#x has %u of %u "
				       "objects in use and is on no list", c->name, a->pfn,
				       a->inuse, a->objects);
		if (load_slab(l, c, a->pfn, a->objects) < 0)
			return -1;
	}
	return 0;
}

static int count_slabs(struct load *l, struct slab_cache *c, const struct mm_cache_state *cs)
{
	if (cs->nr_slabs < c->nr_slabs || (l->state->has_all_slab && cs->nr_slabs != c->nr_slabs))
		return mm_fail(l->err, -EINVAL, "state: cache %s: %u slabs found, its count says %u",
			       c->name, c->nr_slabs, cs->nr_slabs);
	c->unknown_slabs = cs->nr_slabs - c->nr_slabs;
	return 0;
}

/* The kmalloc table: as the state gives it, else by the caches' names. */
static int load_kmalloc(struct load *l)
{
	struct slab *s = l->m->slab;

	for (uint32_t i = 0; i < l->state->nr_kmalloc; i++) {
		const struct mm_kmalloc_state *k = &l->state->kmalloc[i];
		struct slab_cache *c = slab_find_named(s, k->name);

		if (k->type >= NR_KMALLOC_TYPES || !k->index || k->index >= NR_KMALLOC_SIZES || !c ||
		    c->g.object_size != slab_kmalloc_size(k->index))
			return mm_fail(l->err, -EINVAL, "state: kmalloc cache %.63s: type %u, index %u do "
				       "not name a cache of that size", k->name, k->type, k->index);
		slab_set_kmalloc(s, k->type, k->index, c);
	}
	for (unsigned int type = 0; type < NR_KMALLOC_TYPES; type++) {
		for (unsigned int i = 1; i < NR_KMALLOC_SIZES; i++) {
			struct slab_cache *c;
			char name[64];

			if (s->kmalloc[type][i])
				continue;
			slab_kmalloc_name(type, i, name, sizeof(name));
			c = slab_find_named(s, name);
			if (!c && type == MM_KMALLOC_CGROUP)
				c = s->kmalloc[MM_KMALLOC_NORMAL][i];
			if (!c)
				return mm_fail(l->err, -EINVAL, "state: there is no cache %s", name);
			slab_set_kmalloc(s, type, i, c);
		}
	}
	return 0;
}

static int load_all(struct load *l)
{
	struct slab *s = l->m->slab;
	const struct mm_state *st = l->state;

	for (uint32_t i = 0; i < st->nr_cache; i++) {
		if (load_cache(l, &st->cache[i]) < 0)
			return -1;
	}
	for (uint32_t i = 0; i < st->nr_cache; i++) {
		if (load_lists(l, s->order[i], &st->cache[i]) < 0)
			return -1;
	}
	if (load_full(l) < 0)
		return -1;
	for (uint32_t i = 0; i < st->nr_cache; i++) {
		if (count_slabs(l, s->order[i], &st->cache[i]) < 0)
			return -1;
	}
	s->kmem_cache = slab_find_named(s, "kmem_cache");
	s->kmem_cache_node = slab_find_named(s, "kmem_cache_node");
	if (!s->kmem_cache || !s->kmem_cache_node)
		return mm_fail(l->err, -EINVAL, "state: it has caches, but none named kmem_cache or "
			       "kmem_cache_node");
	return load_kmalloc(l);
}

int slab_load(struct mm_machine *m, const struct mm_state *st, struct mm_error *err)
{
	struct load l = { .m = m, .state = st, .err = err };
	struct mm_error own;
	int r;

	if (!st->nr_cache)
		return slab_create(m, err);
	if (!err)
		l.err = &own;
	r = slab_new(m, l.err);
	if (r < 0)
		return r;
	if (load_all(&l) < 0) {
		r = l.err->code;
		slab_destroy(m);
	}
	return r;
}
