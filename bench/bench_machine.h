/* SPDX-License-Identifier: MIT
 *
 * bench_machine: a booted machine for benchmarks of one engine layer, and how a
 * request that was not served ends the benchmark.
 */
#ifndef BENCH_MACHINE_H
#define BENCH_MACHINE_H

#include "bench/libbench/bench.h"
#include "engine/mm86.h"

struct bench_machine {
	struct mm_machine *m;
	struct mm_caller who;	/* a task on CPU 0 */
	uint64_t now;		/* simulated ns */
	uint32_t random;	/* of bench_random() */
};

/* 1 GiB of RAM, cpus CPUs, vmalloc=VMALLOC_MB (0: the default of 128).  False, and
 * the benchmark is an error, when there is none. */
bool bench_machine_open(struct bench_machine *b, struct bench_state *s, unsigned int cpus,
			uint32_t vmalloc_mb);
void bench_machine_close(struct bench_machine *b);

/* True for MM_OK; else the benchmark becomes an error that says why. */
static inline bool bench_ok(struct bench_state *s, enum mm_outcome outcome)
{
	if (__builtin_expect(outcome == MM_OK, 1))
		return true;
	bench_skip_with_error(s, "a request was not served");
	return false;
}

/* A microsecond passes: timed work (purge of vmap areas) runs when due. */
static inline void bench_tick(struct bench_machine *b)
{
	mm_advance(b->m, b->now += 1000);
}

/* xorshift32 (Marsaglia): the same numbers in every run. */
static inline uint32_t bench_random(struct bench_machine *b)
{
	uint32_t x = b->random;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return b->random = x;
}

#endif
