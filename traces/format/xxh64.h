/* SPDX-License-Identifier: MIT
 *
 * XXH64: the 64-bit non-cryptographic hash of the xxHash family, here the
 * checksum of the blocks of a trace file and the hash of the writer's
 * dictionaries.  Any damage to a block is missed with probability 2^-64;
 * about 0.1 ns a byte.
 */
#ifndef TRACE_XXH64_H
#define TRACE_XXH64_H

#include <stddef.h>
#include <stdint.h>

uint64_t mmt_xxh64(const void *data, size_t n, uint64_t seed);

#endif
