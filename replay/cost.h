/* SPDX-License-Identifier: MIT
 *
 * cost: what an operation would cost on the simulated machine, in instructions
 * of the real kernel.
 *
 * A linear model.  What is known of a request without its path (kind, size,
 * order, flags, zone: the facts) and the steps that its path took
 * (engine/mm_steps.h) are counts; each count has a coefficient, fitted to the
 * instruction counts of a real kernel (cost_table.c, docs/cost-model.md).  On a
 * fast path there are no steps, which one comparison tells: some ten additions.
 *
 * Everything is in integers (1/256 instruction): the same on every host.
 *
 * Use: cost_of() after each operation; cost_sync() after whatever was done
 * between operations and belongs to none.
 */
#ifndef REPLAY_COST_H
#define REPLAY_COST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/mm_error.h"
#include "engine/mm86.h"
#include "engine/mm_steps.h"
#include "replay/cost_facts.h"

/* A count of the model: a fact, or MM_NR_STEPS steps behind them. */
enum { COST_NR = COST_NR_FACTS + MM_NR_STEPS };
#define COST_UNIT	256	/* coefficients: parts of an instruction */

struct cost_request {
	uint8_t kind;		/* enum trace_kind */
	uint8_t order;		/* of a page request or free */
	bool address;		/* it gives or takes an address, no page: __get_free_pages */
	gfp_t gfp;
	uint32_t size;		/* kmalloc: bytes; bulk: items */
	uint32_t cache;		/* the engine's id, of cache allocations */
	uint32_t value;		/* page operations, kmap, kunmap: pfn; local mappings: address;
				 * others: not looked at */
};

struct cost_model;

/* The model of a machine, with the built-in coefficients or (table, COST_NR
 * numbers) others.  NULL: no memory. */
struct cost_model *cost_new(const struct mm_machine *m, const int32_t *table, struct mm_error *err);
void cost_free(struct cost_model *c);

/* What happened up to now belongs to no operation. */
void cost_sync(struct cost_model *c);

/* The instructions of the operation that was just done. */
uint32_t cost_of(struct cost_model *c, const struct cost_request *r);

/* The counts that the last cost_of() used, COST_NR of them: for fitting. */
void cost_counts(const struct cost_model *c, const struct cost_request *r, uint32_t *count);

/* The path of the operation of the last cost_of(), in words: "page alloc order 0
 * per-CPU hit".  Returns buf. */
enum { COST_PATH_LEN = 64 };
const char *cost_path(const struct cost_model *c, const struct cost_request *r,
		      char buf[COST_PATH_LEN]);

/* Of those instructions, the steps that clear memory (one for 4 bytes of a
 * page, one for each byte of an object), and how many bytes they clear. */
struct cost_clearing { uint32_t steps, bytes; };
struct cost_clearing cost_clearing(const struct cost_model *c, const struct cost_request *r);

/* Instructions to cycles of a processor: docs/cost-model.md, "Cycles". */
uint64_t cost_cycles(uint64_t instructions, uint64_t clearing_steps, uint64_t cleared_bytes);

const char *cost_name(unsigned int i);	/* of a count: "KMALLOC", "REFILL_BLOCKS" */
const char *cost_text(unsigned int i);
/* The built-in coefficients, and what a PAE kernel's differ by (cost_table.c). */
extern const int32_t cost_table[COST_NR], cost_table_pae[COST_NR];

#endif
