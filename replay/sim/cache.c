/* SPDX-License-Identifier: MIT
 *
 * The sim backend's caches: which of the machine's is meant by the trace's, and
 * the table of lines that the hot loop looks into.
 *
 * That table has a row for each CPU of the machine: kmalloc's classes, then the
 * trace's caches by id.  A cache that is not known has the line of an empty,
 * unwilling cache there, so that the loop need not ask.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/sim/sim.h"

/* It has nothing to give and takes nothing; what a bulk request of none adds is 0. */
static struct mm_cpu_cache no_line = { .free = MM_OBJ_NIL, .special = ~(gfp_t)0 };

static void set_lines(struct sim *s, uint32_t i)
{
	uint32_t id = s->cache[i];
	struct mm_cpu_cache *cpus = id == SIM_CACHE_UNKNOWN ? NULL : mm_cache_cpus(s->m, id);
	unsigned int cpu, nr = mm_machine_config(s->m)->cpus;

	for (cpu = 0; cpu < nr; cpu++)
		s->lines[cpu * s->nr_lines + SIM_KMALLOC_LINES + i] = cpus ? cpus + cpu : &no_line;
}

/* The table for nr caches; -ENOMEM: it stays as it was. */
static int make_lines(struct sim *s, uint32_t nr)
{
	const struct mm_kmalloc *kmalloc = mm_kmalloc_lines(s->m);
	unsigned int cpus = mm_machine_config(s->m)->cpus, cpu, i;
	struct mm_cpu_cache **lines;

	lines = malloc(sizeof(*lines) * cpus * (SIM_KMALLOC_LINES + (size_t)nr));
	if (!lines)
		return -ENOMEM;
	free(s->lines);
	s->lines = lines;
	s->nr_lines = SIM_KMALLOC_LINES + nr;
	for (cpu = 0; cpu < cpus; cpu++)
		for (i = 0; i < SIM_KMALLOC_LINES; i++)
			lines[cpu * s->nr_lines + i] = kmalloc->cpus[i] ? kmalloc->cpus[i] + cpu : &no_line;
	for (i = 0; i < nr; i++)
		set_lines(s, i);
	for (i = 0; i < 256; i++)
		s->line[i] = lines + s->cpu[i] * s->nr_lines;
	return 0;
}

int sim_cache_init(struct sim *s)
{
	return make_lines(s, 0);
}

static uint32_t find_cache(struct sim *s, const char *name)
{
	struct mm_cache_info info;
	uint32_t i;

	for (i = 0; mm_cache_info(s->m, i, &info); i++)
		if (!strcmp(info.name, name))
			return info.id;
	return 0;
}

static uint32_t make_cache(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	struct trace_cache t = mmt_get_cache(s->trace, op->arg);
	struct mm_cache_args a = { .name = t.name, .size = t.size, .align = t.align, .flags = t.flags };
	uint32_t id = 0;
	enum mm_outcome r;

	if (!t.size)
		return SIM_CACHE_UNKNOWN;
	r = mm_cache_create(s->m, who, &a, &id);
	if (r == MM_OK)
		return id;
	sim_not_ok(s, op, r);
	return SIM_CACHE_UNKNOWN;
}

/* The operation's cache has an entry; false: the trace has no such cache, which
 * only a damaged one refers to, or no memory (s->b.err). */
static bool has_entry(struct sim *s, const struct trace_op *op)
{
	void *p = s->cache;

	if (op->arg < s->nr_cache)
		return true;
	if (op->arg >= mmt_nr_caches(s->trace))
		return false;
	if (sim_grow(s, "cache", &p, &s->nr_cache, op->arg, sizeof(*s->cache)))
		return false;
	s->cache = p;
	if (make_lines(s, s->nr_cache))
		return !mm_fail(&s->b.err, -ENOMEM, "operation %llu: no memory for %u caches",
				(unsigned long long)s->b.counts.operations - 1, s->nr_cache);
	return true;
}

static void set_cache(struct sim *s, uint32_t i, uint32_t id)
{
	s->cache[i] = id;
	set_lines(s, i);
}

/* A cache that the trace uses without having made it: one of the machine's own,
 * or one that was made before the trace and is made now. */
static uint32_t entry(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	if (!has_entry(s, op))
		return SIM_CACHE_UNKNOWN;
	if (!s->cache[op->arg])
		set_cache(s, op->arg, find_cache(s, mmt_get_cache(s->trace, op->arg).name));
	if (!s->cache[op->arg])
		set_cache(s, op->arg, make_cache(s, op, who));
	return s->cache[op->arg];
}

uint32_t sim_cache(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	uint32_t id = entry(s, op, who);

	if (id != SIM_CACHE_UNKNOWN)
		return id;
	if (op->kind == TRACE_CACHE_ALLOC || op->kind == TRACE_CACHE_ALLOC_BULK)
		sim_leave_out(s, op, NOT_UNKNOWN_CACHE);
	return 0;
}

void sim_cache_life(struct sim *s, const struct trace_op *op, const struct mm_caller *who)
{
	enum mm_outcome r;
	uint32_t cache, i;

	if (op->kind == TRACE_CACHE_CREATE) {
		if (has_entry(s, op))
			set_cache(s, op->arg, make_cache(s, op, who));
		else
			sim_leave_out(s, op, NOT_UNKNOWN_CACHE);
		return;
	}
	cache = sim_cache(s, op, who);
	if (!cache) {
		sim_skip(s, op);
		return;
	}
	r = op->kind == TRACE_CACHE_DESTROY ? mm_cache_destroy(s->m, who, cache)
					    : mm_cache_shrink(s->m, who, cache);
	if (r != MM_OK)
		sim_not_ok(s, op, r);
	for (i = 0; i < s->nr_cache; i++) /* whoever shared it */
		set_lines(s, i);
}
