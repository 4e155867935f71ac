/* SPDX-License-Identifier: MIT
 *
 * SipHash-2-4 (Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012):
 * a hash that tells nothing of its input to who has not the key.  Written from
 * the paper.
 */
#ifndef TRACE_TOOLS_SIPHASH_H
#define TRACE_TOOLS_SIPHASH_H

#include <stddef.h>
#include <stdint.h>

/* k0, k1: the two halves of the key, as little-endian numbers. */
uint64_t siphash(uint64_t k0, uint64_t k1, const void *data, size_t n);

#endif
