/* SPDX-License-Identifier: MIT
 *
 * Traces from the distributions of a recording (fit.h): kernel-build,
 * file-server, and any file of mmreplay fit.
 *
 * Requests arrive with the gaps of the recording, scaled to the rate of the
 * phase; which class a request has is drawn by the phase's shares, and it is
 * followed by the same class as often as there.  An object's lifetime is drawn
 * anew, or it dies with one of the four allocated before it, as often as that
 * happened to objects of that lifetime.  Both draws keep the shares of the
 * recording, since what continues a run is left out of the draws that begin one.
 * Behind the recording's length its phases come again; what the recording never
 * freed then goes a recording's length after it came.
 */
#include "traces/synth/fitted.h"

static const struct synth_param params[] = {
	[FITTED_SCALE] = { "scale", SYNTH_PERCENT, 100, 1, 1000, NULL,
		    "requests, and so what lives at a time, in percent of the recording's" },
	{ .name = NULL },
};

/* ---- lives ---- */

static uint64_t from_bin(struct gen *g, unsigned int b)
{
	return rng_between(&g->rng, bins_low(b), bins_high(b));
}

/* The time at which one allocated before it dies, if it is to die with it; else 0. */
static uint64_t with_neighbour(struct gen *g, const struct source *x)
{
	uint64_t death = x->death[rng_below(&g->rng, NEIGHBOURS)];

	if (death <= g->now || !fitted_happens(g, x->follow[bins_bin(death - g->now)]))
		return 0;
	return fitted_happens(g, x->backward) && death > g->now + 1024 ? death - 1024 : death;
}

/* A lifetime drawn anew.  What the recording saw die died before its end: a draw
 * that goes beyond is made again, a few times. */
static uint64_t own_death(struct gen *g, const struct fitted *s, const struct source *x)
{
	uint64_t whole = s->fit->duration_ns, age = g->now - s->cycle, left = age < whole ? whole - age : whole, life = 0;
	unsigned int i, b;

	for (i = 0; i < 8; i++) {
		b = x->lives ? rng_alias_draw(&g->rng, &x->life) : BINS_NR;
		if (b == BINS_NR)
			return g->now + whole;
		life = from_bin(g, b);
		if (life <= left)
			break;
	}
	return g->now + life;
}

static void live(struct gen *g, struct fitted *s, uint32_t source, uint32_t slot)
{
	struct source *x = &s->source[source];
	uint64_t death;

	if (slot == TRACE_NO_SLOT)
		return;
	death = with_neighbour(g, x);
	if (!death)
		death = own_death(g, s, x);
	x->death[x->nr++ % NEIGHBOURS] = death;
	gen_end_at(g, slot, death);
}

static void flush(struct gen *g, struct fitted *s, struct source *x)
{
	if (x->nr_pending)
		gen_end_bulk(g, x->pending, x->nr_pending);
	s->waiting -= x->nr_pending;
	x->nr_pending = 0;
}

static void due(struct gen *g, uint32_t slot)
{
	struct fitted *s = g->part->state;
	struct source *x = &s->source[s->source_of[g->class_of[slot]]];

	g->tag[slot] = 0;
	if (!x->bulk || !fitted_happens(g, x->bulk)) {
		gen_end(g, slot);
		return;
	}
	x->pending[x->nr_pending++] = slot;
	s->waiting++;
	if (x->nr_pending >= x->flush)
		flush(g, s, x);
}

/* ---- arrivals ---- */

static void new_page(struct gen *g, struct fitted *s, uint32_t slot)
{
	uint32_t at = s->nr_recent++ % RECENT;

	if (slot == TRACE_NO_SLOT)
		return;
	/* 0 marks what is dead. */
	g->tag[slot] = s->nr_recent ? s->nr_recent : 1;
	s->recent[at] = slot;
	s->recent_nr[at] = g->tag[slot];
}

static uint32_t size_of(struct gen *g, const struct fit_class *c, struct source *x)
{
	uint64_t size = x->sized ? from_bin(g, rng_alias_draw(&g->rng, &x->size)) : 0;

	if (c->kind == TRACE_VMALLOC || c->kind == TRACE_IOREMAP)
		size = (size + 4095) & ~4095ull;
	return (uint32_t)(size < 1u << 30 ? size : 1u << 30);
}

static void request(struct gen *g, struct fitted *s, uint32_t source)
{
	const struct fit_class *c = &s->fit->class[source];
	struct source *x = &s->source[source];
	uint32_t cls = x->first_cls + rng_alias_draw(&g->rng, &x->site), size = size_of(g, c, x), slot, i;
	uint32_t items[PENDING];

	g->ctx = c->ctx;
	if (c->kind == TRACE_CACHE_ALLOC_BULK) {
		size = size < 1 ? 1 : size > PENDING ? PENDING : size;
		gen_new_bulk(g, cls, items, size);
		for (i = 0; i < size; i++)
			live(g, s, source, items[i]);
	} else {
		slot = gen_new_sized(g, cls, size);
		if (c->kind == TRACE_PAGE_ALLOC) {
			new_page(g, s, slot);
			if (fitted_happens(g, x->lru))
				gen_on(g, TRACE_LRU_ADD, slot, 0);
		}
		live(g, s, source, slot);
	}
	g->ctx = TRACE_TASK;
}

/* A page that was mapped a moment ago, or one of the newest; TRACE_NO_SLOT when
 * the one drawn is gone. */
static uint32_t page_to_map(struct gen *g, struct fitted *s)
{
	uint32_t i;

	if (s->nr_mapped && fitted_happens(g, s->again)) {
		i = rng_below(&g->rng, s->nr_mapped < AGAIN ? s->nr_mapped : AGAIN);
		if (g->tag[s->mapped[i]] == s->mapped_nr[i])
			return s->mapped[i];
	}
	if (!s->nr_recent)
		return TRACE_NO_SLOT;
	i = rng_below(&g->rng, s->nr_recent < RECENT ? s->nr_recent : RECENT);
	if (g->tag[s->recent[i]] != s->recent_nr[i])
		return TRACE_NO_SLOT;
	s->mapped[s->nr_mapped % AGAIN] = s->recent[i];
	s->mapped_nr[s->nr_mapped++ % AGAIN] = s->recent_nr[i];
	return s->recent[i];
}

/* Mapped and unmapped at once, sometimes with others in between: how many. */
static uint32_t map_some(struct gen *g, struct fitted *s)
{
	uint32_t depth = 0, i, page;

	do {
		page = page_to_map(g, s);
		for (i = 0; page == TRACE_NO_SLOT && i < 4; i++)
			page = page_to_map(g, s);
		if (page == TRACE_NO_SLOT)
			break;
		gen_on(g, TRACE_KMAP_LOCAL, page, 0);
		depth++;
	} while (depth < FIT_DEPTH && fitted_happens(g, s->deeper[depth - 1]));
	for (i = 0; i < depth; i++)
		gen_op(g, TRACE_KUNMAP_LOCAL);
	return depth;
}

static uint32_t arrive(struct gen *g, struct fitted *s, uint32_t phase)
{
	if (fitted_happens(g, s->change)) {
		g->task = s->task_id[rng_alias_draw(&g->rng, &s->task)];
		g->cpu = (uint8_t)rng_below(&g->rng, s->fit->cpus ? s->fit->cpus : 1);
	}
	if (s->last == s->fit->nr_classes || !fitted_happens(g, s->source[s->last].same))
		s->last = rng_alias_draw(&g->rng, &s->choice[phase]);
	if (s->last < s->fit->nr_classes) {
		request(g, s, s->last);
		return 1;
	}
	return map_some(g, s);
}

static void step(struct gen *g)
{
	struct fitted *s = g->part->state;
	const struct fit *t = s->fit;
	uint32_t phase, n, i;

	for (i = 0; s->waiting && i < t->nr_classes; i++)
		flush(g, s, &s->source[i]);
	if (s->next > g->now)
		gen_wait(g, s->next - g->now);
	if (s->next > g->now)
		return;
	if (s->next - s->cycle >= t->duration_ns)
		s->cycle += (s->next - s->cycle) / t->duration_ns * t->duration_ns;
	phase = (uint32_t)((s->next - s->cycle) / t->phase_ns);
	if (phase >= t->phases || !s->stretch[phase]) {
		/* A quiet phase, and what the last one rounds off. */
		s->next += t->phase_ns;
		return;
	}
	n = arrive(g, s, phase);
	do
		s->next += (uint64_t)((unsigned __int128)from_bin(g, rng_alias_draw(&g->rng, &s->gap)) * s->stretch[phase] >> 32);
	while (n-- > 1);
}

#define FITTED .measured = true, .operations = 1000000, .rate = 100000, .params = params, .begin = fitted_begin, .step = step, .due = due, .end = fitted_end

const struct synth_profile synth_kernel_build = {
	.name = "kernel-build",
	.about = "compiling with make -j2: processes, file names, page faults, short mappings",
	.stresses = "Short-lived objects of few caches, pages of processes that come and go together, and kmap_local around "
		    "every copy.",
	.source = "Distributions of the recording traces/bundled/build2g.mmt: a real 686 kernel that compiles Lua.",
	.machine = "build2g", .model = "build2g", FITTED,
};

const struct synth_profile synth_file_server = {
	.name = "file-server",
	.about = "page cache, buffers and journal of a file server that copies and deletes",
	.stresses = "A page cache that takes all memory, and the small objects of the file system that live and die with it: "
		    "buffer heads, extents, journal handles.",
	.source = "Distributions of a recording of a real 686 kernel with 1 GiB that copies, reads and deletes trees of files "
		  "(traces/synth/profiles/PROVENANCE.md).",
	.machine = "x86_32-1g", .model = "files1g", FITTED,
};

const struct synth_profile synth_memory_pressure = {
	.name = "memory-pressure",
	.about = "memory hogs, swap and packet rings on a machine that is full",
	.stresses = "Page requests and frees at the limit of memory, as reclaim, swap and compaction made them on the real kernel: "
		    "what was freed by reclaim is freed by the trace.",
	.source = "Distributions of a recording of a real 686 kernel with 1 GiB under memory hogs "
		  "(traces/synth/profiles/PROVENANCE.md).",
	.machine = "x86_32-1g", .model = "pressure1g", FITTED,
};

const struct synth_profile synth_fitted = {
	.name = "fitted",
	.about = "whatever mmreplay fit measured: --profile FILE",
	.stresses = "What the measured trace did, in its distributions.",
	.source = "The file names its source.",
	.machine = "x86_32-2g", FITTED,
};
