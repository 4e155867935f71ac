/* SPDX-License-Identifier: MIT
 *
 * The sim backend: opening a machine, freshly booted or from a state, and the
 * samples of timeline.csv from the engine's introspection.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/sim/sim.h"

static void sim_close(struct backend *b)
{
	struct sim *s = (struct sim *)b;

	if (!s)
		return;
	cost_free(s->cost);
	if (s->m)
		mm_machine_destroy(s->m);
	free(s->slots);
	free(s->maps);
	free(s->cache);
	free(s->lines);
	free(s->scratch);
	free(s);
}

extern const struct backend_ops backend_sim;

static struct backend *sim_open(const struct backend_setup *setup, struct mm_error *err)
{
	struct sim *s = calloc(1, sizeof(*s));
	unsigned int i;

	if (s)
		s->slots = backend_slots(setup, sizeof(*s->slots), &s->nr_slots);
	if (!s || !s->slots) {
		free(s);
		mm_fail(err, -ENOMEM, "no memory for the replay's tables");
		return NULL;
	}
	s->b.ops = &backend_sim;
	s->trace = setup->trace;
	s->failed = setup->failed;
	s->failed_arg = setup->failed_arg;
	s->b.latency = setup->latency;
	s->state = setup->state != NULL;
	s->m = setup->state ? mm_machine_load(setup->machine, setup->state, err)
			    : mm_machine_create(setup->machine, err);
	if (!s->m) {
		sim_close(&s->b);
		return NULL;
	}
	s->max_pfn = mm_machine_layout(s->m)->max_pfn;
	s->kmalloc = mm_kmalloc_lines(s->m);
	s->next_work = mm_next_work(s->m);
	s->steps = mm_steps(s->m);
	if (setup->cost) {
		s->cost_sum = setup->cost;
		s->cost = cost_new(s->m, NULL, err);
		if (!s->cost) {
			sim_close(&s->b);
			return NULL;
		}
	}
	for (i = 0; i < 256; i++)
		s->cpu[i] = (uint8_t)(i % mm_machine_config(s->m)->cpus);
	if (sim_cache_init(s)) {
		sim_close(&s->b);
		mm_fail(err, -ENOMEM, "no memory for the replay's tables");
		return NULL;
	}
	return &s->b;
}

static void sample_zones(struct sim *s, uint64_t *v)
{
	unsigned int cpus = mm_machine_config(s->m)->cpus, z, o, t, c;
	struct mm_zone_info info;

	for (z = 0; z < MM_NR_ZONES; z++) {
		mm_zone_info(s->m, (enum mm_zone_id)z, &info);
		v[SAMPLE_free_dma + z] = info.nr_free_exact;
		v[SAMPLE_pcp_dma + z] = 0;
		for (c = 0; c < cpus; c++)
			v[SAMPLE_pcp_dma + z] += info.pcp[c].count;
		for (o = 0; o < MM_MAX_ORDER; o++) {
			uint64_t *blocks = &v[SAMPLE_blocks_dma_0 + z * MM_MAX_ORDER + o];

			*blocks = 0;
			for (t = 0; t < MM_MIGRATE_TYPES; t++)
				*blocks += info.nr_blocks[o][t];
		}
	}
}

static void sample_virt(struct sim *s, uint64_t *v)
{
	struct mm_vmalloc_info va;
	struct mm_kmap_info km;

	mm_kmap_info(s->m, &km);
	v[SAMPLE_pkmap_in_use] = km.in_use;
	v[SAMPLE_pkmap_stale] = km.stale;
	v[SAMPLE_pkmap_slots] = km.slots;
	v[SAMPLE_kmap_local_in_use] = km.local_in_use;
	mm_vmalloc_info(s->m, &va);
	v[SAMPLE_vmalloc_total] = va.total;
	v[SAMPLE_vmalloc_used] = va.used;
	v[SAMPLE_vmalloc_lazy] = va.lazy;
	v[SAMPLE_vmalloc_largest_hole] = va.largest_hole;
	v[SAMPLE_vmalloc_areas] = va.nr_areas;
}

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

/* What the requests hold since the start, as an allocator of the host would
 * tell it.  Page and vmalloc requests get what they ask for; of slab pages the
 * objects are requested, with the size that kmalloc's caller named. */
static void sample_memory(struct sim *s, const struct mm_slab_totals *sl, uint64_t *v)
{
	uint64_t free = 0, pcp = 0, pages, slab, requested, live;
	unsigned int z;

	for (z = 0; z < MM_NR_ZONES; z++) {
		free += v[SAMPLE_free_dma + z];
		pcp += v[SAMPLE_pcp_dma + z];
	}
	if (!s->any_sample) {
		s->any_sample = true;
		s->first_free = free + pcp;
		s->first_slab = *sl;
	}
	pages = minus(s->first_free, free + pcp) << MM_PAGE_SHIFT;
	slab = minus(sl->capacity_bytes, s->first_slab.capacity_bytes);
	requested = minus(sl->requested_bytes, s->first_slab.requested_bytes);
	live = minus(sl->live_bytes, s->first_slab.live_bytes);
	v[SAMPLE_requested_bytes] = minus(pages, slab) + requested;
	v[SAMPLE_allocated_bytes] = minus(pages, slab) + live;
	v[SAMPLE_active_bytes] = pages;
	v[SAMPLE_resident_bytes] = v[SAMPLE_mapped_bytes] = minus(s->first_free, free) << MM_PAGE_SHIFT;
}

static void sim_sample(struct backend *b, struct sample *out)
{
	struct sim *s = (struct sim *)b;
	const uint64_t *ev = mm_events(s->m);
	struct mm_slab_totals sl;
	uint64_t *v = out->v;
	int k;

	sample_zones(s, v);
	sample_virt(s, v);
	mm_slab_totals(s->m, &sl);
	v[SAMPLE_slab_pages] = sl.pages;
	v[SAMPLE_slab_reclaimable_pages] = sl.reclaimable_pages;
	v[SAMPLE_slab_large_pages] = sl.large_pages;
	v[SAMPLE_slab_capacity_bytes] = sl.capacity_bytes;
	v[SAMPLE_slab_live_bytes] = sl.live_bytes;
	v[SAMPLE_slab_requested_bytes] = sl.requested_bytes;
	sample_memory(s, &sl, v);
	v[SAMPLE_alloc_calls] = ev[MM_EV_ALLOC_CALLS];
	v[SAMPLE_free_calls] = ev[MM_EV_FREE_CALLS];
	v[SAMPLE_failures] = 0;
	for (k = 0; k <= TRACE_KIND_MAX; k++)
		v[SAMPLE_failures] += b->counts.outcome[MM_FAIL][k];
	v[SAMPLE_steals] = ev[MM_EV_STEAL];
	v[SAMPLE_refills] = ev[MM_EV_PCP_REFILL];
	v[SAMPLE_drains] = ev[MM_EV_PCP_DRAIN];
}

static struct mm_machine *sim_machine(struct backend *b)
{
	return ((struct sim *)b)->m;
}

static void sim_advance(struct backend *b, uint64_t now_ns)
{
	mm_advance(((struct sim *)b)->m, now_ns);
}

const struct backend_ops backend_sim = {
	.name = "sim",
	.help = "the simulated x86_32 machine",
	.open = sim_open,
	.run = sim_run,
	.sample = sim_sample,
	.machine = sim_machine,
	.advance = sim_advance,
	.close = sim_close,
};
