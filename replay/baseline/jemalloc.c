/* SPDX-License-Identifier: MIT
 *
 * The jemalloc backend: a jemalloc of this program's own, in which nothing but
 * the replay allocates, and in it an arena and the thread's cache bound to it,
 * so that every statistic is the replay's alone.
 *
 * Of the ways to call it the quickest is taken (measured: docs/baselines.md):
 * malloc and sdallocx without flags reach the thread cache directly, which
 * mallocx with an explicit arena and tcache does not.  Small requests are
 * aligned by their size, large ones name their alignment.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The names in the private object that the Makefile makes of jemalloc's archive. */
#define malloc		private_malloc
#define mallocx		private_mallocx
#define sdallocx	private_sdallocx
#define mallctl		private_mallctl
#include <jemalloc/jemalloc.h>

#include "replay/baseline/ops.h"

struct jemalloc {
	struct baseline base;
	unsigned int arena;	/* its number */
	unsigned int before;	/* the thread's arena before */
};

/* Largest small class with pages of 4 KiB.  Small classes are laid out in slabs
 * that begin at a page: a region whose size is a multiple of an alignment up to
 * a page has it, and the class of such a size is such a multiple (jemalloc's own
 * rule for aligned requests, sz_sa2u). */
enum { SMALL_MAX = 14336 };

static inline size_t rounded(size_t size, unsigned int lg_align)
{
	return (size + ((size_t)1 << lg_align) - 1) & ~(((size_t)1 << lg_align) - 1);
}

static inline void *jemalloc_alloc(size_t size, unsigned int lg_align, bool zero)
{
	size = rounded(size, lg_align);
	if (size <= SMALL_MAX && !zero)
		return malloc(size);
	return mallocx(size, MALLOCX_LG_ALIGN((int)lg_align) | (zero ? MALLOCX_ZERO : 0));
}

static inline void jemalloc_free(void *p, size_t size, unsigned int lg_align)
{
	size = rounded(size, lg_align);
	sdallocx(p, size, size <= SMALL_MAX ? 0 : MALLOCX_LG_ALIGN((int)lg_align));
}

static const struct baseline_heap heap = { jemalloc_alloc, jemalloc_free };

BASELINE_RUN(jemalloc_run, &heap)

/* ---- statistics ---- */

/* stats.arenas.ARENA.NAME, a size; 0: jemalloc does not tell it. */
static uint64_t stat(unsigned int arena, const char *name)
{
	size_t value = 0, n = sizeof(value);
	char key[80];

	snprintf(key, sizeof(key), "stats.arenas.%u.%s", arena, name);
	return mallctl(key, &value, &n, NULL, 0) ? 0 : value;
}

static void jemalloc_sample(struct backend *b, struct sample *out)
{
	struct jemalloc *s = (struct jemalloc *)b;
	uint64_t epoch = 1;

	/* The numbers stand still until the epoch is advanced; objects in the thread
	 * cache count as allocated. */
	mallctl("epoch", NULL, NULL, &epoch, sizeof(epoch));
	baseline_sample(&s->base, out);
	out->v[SAMPLE_allocated_bytes] = stat(s->arena, "small.allocated") +
					 stat(s->arena, "large.allocated");
	out->v[SAMPLE_active_bytes] = stat(s->arena, "pactive") << BASELINE_LG_PAGE;
	out->v[SAMPLE_resident_bytes] = stat(s->arena, "resident");
	out->v[SAMPLE_mapped_bytes] = stat(s->arena, "mapped");
}

/* ---- opening ---- */

static void jemalloc_close(struct backend *b)
{
	struct jemalloc *s = (struct jemalloc *)b;
	unsigned int arena = s->arena, before = s->before;
	char key[40];

	baseline_close(&s->base);
	mallctl("thread.tcache.flush", NULL, NULL, NULL, 0);
	mallctl("thread.arena", NULL, NULL, &before, sizeof(before));
	snprintf(key, sizeof(key), "arena.%u.destroy", arena);
	mallctl(key, NULL, NULL, NULL, 0);
}

static void add_facts(struct baseline *b)
{
	const char *version = "unknown", *conf = getenv("MALLOC_CONF");
	size_t n = sizeof(version);

	mallctl("version", &version, &n, NULL, 0);
	baseline_fact(b, "version", version);
	baseline_fact(b, "MALLOC_CONF", conf ? conf : "");
	baseline_fact(b, "statistics", "stats.arenas of its own arena");
}

extern const struct backend_ops backend_jemalloc;

static struct backend *jemalloc_open(const struct backend_setup *setup, struct mm_error *err)
{
	struct jemalloc *s = (struct jemalloc *)baseline_open(sizeof(*s), &backend_jemalloc, &heap, setup, err);
	size_t n = sizeof(s->arena);
	int r;

	if (!s)
		return NULL;
	r = mallctl("arenas.create", &s->arena, &n, NULL, 0);
	if (!r)
		r = mallctl("thread.arena", &s->before, &n, &s->arena, n);
	if (r) {
		mm_fail(err, -r, "backend jemalloc: no arena: %s", strerror(r));
		baseline_close(&s->base);
		return NULL;
	}
	add_facts(&s->base);
	return &s->base.b;
}

const struct backend_ops backend_jemalloc = {
	.name = "jemalloc",
	.help = "jemalloc on this host, with an arena of its own",
	.open = jemalloc_open,
	.run = jemalloc_run,
	.sample = jemalloc_sample,
	.machine = baseline_machine,
	.facts = baseline_facts,
	.advance = baseline_advance,
	.close = jemalloc_close,
};
