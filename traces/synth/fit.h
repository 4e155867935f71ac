/* SPDX-License-Identifier: MIT
 *
 * fit: the distributions of a trace, measured in one pass, kept in a file, made
 * into a trace again (p_fitted.c), and compared.  docs/profiles.md describes the
 * file.
 *
 * Memory: a record for each slot that is live at a time, and tables of fixed
 * size; the trace's length does not matter.
 *
 * Requests are put into classes: kind, order, flags, context and cache.  A class
 * has, besides its counts, what keeps the structure that independent draws would
 * lose:
 *   same      how often a request follows one of its own class
 *   follow    how often an object dies together with the one allocated before it
 *             (its neighbour in age dies within a few operations), by lifetime
 *   phase     its share over time, in up to 64 equal parts of the trace
 */
#ifndef SYNTH_FIT_H
#define SYNTH_FIT_H

#include <stdbool.h>
#include <stdint.h>

#include "traces/format/mmt.h"
#include "traces/synth/bins.h"

enum { FIT_CLASSES = 384, FIT_PHASES = 64, FIT_SITES = 4, FIT_TASKS = 32, FIT_DEPTH = 8, FIT_NAME = 64 };

struct fit_name {
	char name[FIT_NAME];
	uint32_t id;		/* of the trace; only while measuring */
	uint64_t count;
};

/* One sort of requests. */
struct fit_class {
	uint8_t kind, order, ctx;
	gfp_t gfp;
	uint32_t cache;		/* id of the trace; only while measuring */
	char cache_name[FIT_NAME];
	uint32_t cache_size, cache_flags;

	uint64_t count;		/* requests */
	uint64_t same;		/* of them directly after one of this class */
	uint64_t objects, freed;
	uint64_t freed_bulk, bulks;	/* by bulk frees, and these */
	uint64_t lru;		/* pages put on the LRU */
	uint64_t backward;	/* neighbours that died in reverse order */
	struct bins size;	/* bytes, or items */
	struct bins life_ns;	/* of objects that died alone or as the first */
	struct bins follow_ns;	/* of those that died together with a neighbour */
	struct bins life_ops;
	uint64_t phase[FIT_PHASES];
	struct fit_name site[FIT_SITES], free_site[FIT_SITES];
};

struct fit {
	char source[256];
	uint64_t operations, duration_ns;
	uint32_t cpus;
	uint64_t phase_ns;
	uint32_t phases;
	uint64_t arrivals;	/* requests and mappings */
	uint64_t arrival[FIT_PHASES];
	struct bins gap_ns;	/* between arrivals */
	uint64_t task_runs;	/* changes of the task */
	struct fit_name task[FIT_TASKS];
	uint64_t map[FIT_PHASES], map_depth[FIT_DEPTH], map_again, maps;
	uint64_t left_out[TRACE_KIND_MAX + 1];	/* operations that are in no class */
	uint64_t orphans;
	uint32_t nr_classes;
	struct fit_class class[FIT_CLASSES];
};

/* Measuring. */
struct fitter;

struct fitter *fitter_new(struct mm_error *err);
int fitter_feed(struct fitter *f, const struct trace_op *op, size_t n, struct mm_error *err);

/* What the ids of a trace mean. */
typedef void fit_name_fn(void *arg, uint32_t id, char *buf, size_t size);

struct fit_names {
	struct trace_cache (*cache)(void *arg, uint32_t id);
	fit_name_fn *site, *task;
	void *arg;
};

/* Ends the measuring: the fit, to be freed by fit_free; frees f.  names may be NULL:
 * classes then have numbers only. */
struct fit *fitter_end(struct fitter *f, const struct fit_names *names);
void fitter_free(struct fitter *f);

/* A whole trace.  progress may be NULL. */
struct fit *fit_trace(const char *path, void (*progress)(void *arg, uint64_t operations, double part), void *arg,
		      struct mm_error *err);
void fit_free(struct fit *f);

/* The file. */
int fit_save(const struct fit *f, const char *path, struct mm_error *err);
struct fit *fit_load(const char *path, struct mm_error *err);

/* How far two traces are from each other. */
struct fit_distance {
	struct bins_distance size;	/* of slab and vmalloc requests, bytes */
	struct bins_distance page_life, object_life;	/* ns; what is never freed is longest */
	struct bins_distance gap;	/* between arrivals, ns */
	double order;	/* share of page requests that differ in order or mobility */
	double mix;	/* share of all requests that differ in class */
	double rate;	/* mean deviation of the arrivals over (relative) time, of their mean */
};

void fit_compare(const struct fit *a, const struct fit *b, struct fit_distance *d);
/* "size 0.012, page life 0.05 ...": what stands in the metadata. */
void fit_distance_text(const struct fit_distance *d, char *buf, size_t size);

#endif
