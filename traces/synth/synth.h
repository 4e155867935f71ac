/* SPDX-License-Identifier: MIT
 *
 * synth: made workloads.  A profile is a generator of operations with named
 * parameters; the same profile, seed, parameters and length give the same bytes
 * of trace on every host.  docs/profiles.md describes each.
 *
 * What comes out is never sold as real: the trace's metadata has synthetic=1
 * with all that made it.
 */
#ifndef SYNTH_SYNTH_H
#define SYNTH_SYNTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mm_error.h"
#include "traces/format/mmt.h"
#include "traces/synth/fit.h"

enum synth_unit { SYNTH_NUMBER, SYNTH_BYTES, SYNTH_TIME, SYNTH_PERCENT, SYNTH_CHOICE };

/* A parameter; the table of a profile ends with name = NULL. */
struct synth_param {
	const char *name;
	enum synth_unit unit;
	uint64_t value;		/* default; SYNTH_CHOICE: index of the word */
	uint64_t min, max;
	const char *words;	/* SYNTH_CHOICE: "a|b|c" */
	const char *help;
};

enum { SYNTH_PARAMS_MAX = 16 };

struct gen;

struct synth_profile {
	const char *name;
	const char *about;	/* one line */
	const char *stresses;	/* what it does to the allocators, and how to see it */
	const char *source;	/* where the pattern comes from */
	const char *machine;	/* the preset that it is meant for */
	const char *model;	/* profiles/NAME.ini that it replays; NULL: none */
	bool measured;		/* length and rate are those of a recording */
	uint64_t operations;	/* default length */
	uint64_t rate;		/* operations a second while it is busy */
	const struct synth_param *params;
	int (*begin)(struct gen *g);	/* negative errno, sentence in g->err */
	void (*step)(struct gen *g);	/* some operations */
	/* Slot's time has come (gen_end_at); NULL: gen_end. */
	void (*due)(struct gen *g, uint32_t slot);
	void (*end)(struct gen *g);	/* release what begin made; may be NULL */
};

/* The i-th profile, NULL behind the last. */
const struct synth_profile *synth_profile_at(size_t i);
/* NULL with a sentence that lists what exists. */
const struct synth_profile *synth_find(const char *name, struct mm_error *err);

/* A value of a parameter as text, as it may be given: "64K", "10ms". */
enum { SYNTH_TEXT = 64 };
const char *synth_value(char buf[SYNTH_TEXT], const struct synth_param *p, uint64_t v);

/* "250ms", "3h", "2w" (ns, us, ms, s, min, h, d, w) to ns: -EINVAL, -ERANGE. */
int synth_time(const char *s, uint64_t *ns);

struct synth_options {
	uint64_t seed;
	uint64_t operations;	/* 0: the profile's, unless a duration is given */
	uint64_t duration_ns;	/* 0: none */
	uint64_t rate;		/* 0: the profile's */
	const char *model;	/* a file of fit; NULL: the profile's own */
	const char *machine;	/* for the metadata: what the trace is meant for; NULL: the profile's */
	const char *const *settings;	/* "NAME=VALUE" */
	size_t nr_settings;
	int level;		/* zstd level, 0 = default */
	const struct fit *against;	/* the trace is compared with it; NULL: with the profile's model */
	bool compare;		/* compare at all */
	/* Called now and then; may be NULL.  part: 0..1. */
	void (*progress)(void *arg, uint64_t operations, double part);
	void *arg;
};

struct synth_result {
	struct trace_totals totals;
	double seconds;
	bool compared;
	struct fit_distance distance;
	char *settings;		/* "ram=512M hold=64", to be freed by synth_result_free */
};

/* Generate into the trace `path` ("-": standard output). */
int synth_write(const struct synth_profile *p, const char *path, const struct synth_options *opt,
		struct synth_result *result, struct mm_error *err);

/* Generate and hand each batch to take(), with no trace made: negative errno of
 * take() ends it.  Names (sites, caches, tasks) are then only counted. */
int synth_feed(const struct synth_profile *p, const struct synth_options *opt,
	       int (*take)(void *arg, const struct trace_op *op, size_t n), void *take_arg,
	       struct synth_result *result, struct mm_error *err);

void synth_result_free(struct synth_result *r);

#endif
