/* SPDX-License-Identifier: MIT
 *
 * perf.data: records in the order of time.
 *
 * perf empties the buffers of the CPUs in turn, so that the records of a file
 * are in order for each CPU but not among them.  When it has been around it
 * writes FINISHED_ROUND; what comes after the second such mark is later than
 * all that came before the first.  So what waits is at most two rounds.
 */
#ifndef IMPORT_PERF_ORDER_H
#define IMPORT_PERF_ORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct perf_block;

struct perf_entry {
	uint64_t time;
	const uint8_t *record;
	struct perf_block *block;	/* it lies in, NULL: in the file */
	uint32_t attr;			/* number + 1 of a sample's, 0: another record */
	uint32_t nr;			/* in the file: the order of equal times */
};

struct perf_queue {			/* of one CPU */
	struct perf_entry *v;
	size_t head, end, cap;
	bool disorder;			/* to be sorted before it is read */
};

struct perf_order {
	struct perf_queue *queues;
	uint32_t nr_queues, *heap, nr_heap;
	uint64_t newest, round_newest;	/* latest time so far, at the last round's end */
	uint64_t limit;			/* what is not later may go */
	size_t waiting;
	uint32_t pushed;
	bool going;
};

#define PERF_ORDER_CPUS 4096

/* -ENOMEM.  e->nr is set here. */
int perf_order_push(struct perf_order *o, uint32_t cpu, struct perf_entry e);
void perf_order_round(struct perf_order *o);	/* FINISHED_ROUND */
void perf_order_end(struct perf_order *o);	/* no more records */

/* The earliest record that may go; false: read on.  Between a push and the first
 * pop there is a round or the end. */
bool perf_order_pop(struct perf_order *o, struct perf_entry *e);
void perf_order_clear(struct perf_order *o);
void perf_order_free(struct perf_order *o);

#endif
