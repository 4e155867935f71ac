/* SPDX-License-Identifier: MIT
 *
 * ticks: the host's clock for durations of some nanoseconds.
 *
 * On x86 the time stamp counter, when the processor promises that it runs at
 * one rate whatever the power state (CPUID 8000_0007h, EDX bit 8: invariant
 * TSC; Intel SDM vol. 3, AMD APM vol. 2 "Time-Stamp Counter"); elsewhere
 * CLOCK_MONOTONIC_RAW in nanoseconds.  Which one is known when a run begins
 * (ticks_is_tsc) and handed to each read, a branch that is always predicted.
 *
 * A plain read is not ordered with what stands around it: some instructions of
 * the work before may count to the work after.  Between operations that follow
 * each other nothing is lost or counted twice.  A fenced read (LFENCE on both
 * sides) waits for all before it and holds up all after it: for single
 * operations.
 */
#ifndef REPLAY_TICKS_H
#define REPLAY_TICKS_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#include <x86intrin.h>
#define TICKS_X86 1
#endif

static inline uint64_t ticks_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC_RAW, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

static inline bool ticks_is_tsc(void)
{
#ifdef TICKS_X86
	unsigned int a, b, c, d;

	return __get_cpuid(0x80000007, &a, &b, &c, &d) && (d & 1u << 8);
#else
	return false;
#endif
}

static inline uint64_t ticks_now(bool tsc)
{
#ifdef TICKS_X86
	if (__builtin_expect(tsc, 1))
		return __rdtsc();
#endif
	(void)tsc;
	return ticks_ns();
}

static inline uint64_t ticks_fenced(bool tsc)
{
#ifdef TICKS_X86
	if (__builtin_expect(tsc, 1)) {
		uint64_t t;

		_mm_lfence();
		t = __rdtsc();
		_mm_lfence();
		return t;
	}
#endif
	(void)tsc;
	return ticks_ns();
}

#endif
