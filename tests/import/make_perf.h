/* SPDX-License-Identifier: MIT
 * Small perf.data files of any layout: samples, word size, rounds, packed, pipe. */
#ifndef TESTS_IMPORT_MAKE_PERF_H
#define TESTS_IMPORT_MAKE_PERF_H

#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "traces/import/perf_file.h"

/* The events in the file's formats: their ids. */
enum { MAKE_KFREE = 300, MAKE_KMALLOC = 301, MAKE_PAGE_ALLOC = 302, MAKE_PAGE_FREE = 303 };

struct make_perf {
	/* set before the first record */
	bool pipe;
	unsigned int word;		/* bytes of a kernel long: 4 or 8 */
	uint64_t sample_type, read_format;
	bool one_attr;			/* kfree alone, without ids */
	bool no_formats;		/* no tracing data */
	const char *leave_out;		/* this field is in no format */
	uint64_t chain[8];		/* callchain of the samples */
	unsigned int nr_chain;

	uint8_t data[65536];		/* the records */
	uint32_t used;
};

void make_perf_begin(struct make_perf *m);	/* 64 bit, as perf record -a does */

void make_record(struct make_perf *m, uint32_t type, const void *body, uint32_t n);
/* A sample of an event with two longs: kfree (0xc1001005, a). */
void make_sample(struct make_perf *m, unsigned int id, uint32_t cpu, int tid, uint64_t time,
		 uint64_t a, uint64_t b);
void make_comm(struct make_perf *m, int tid, uint64_t time, const char *name);
void make_fork(struct make_perf *m, int tid, int parent, uint64_t time);
void make_round(struct make_perf *m);
/* Pack the records so far: one zstd stream in records of at most piece bytes. */
void make_packed(struct make_perf *m, uint32_t piece, uint32_t type);

/* The file; free() it. */
uint8_t *make_perf_end(struct make_perf *m, size_t *n);

#endif
