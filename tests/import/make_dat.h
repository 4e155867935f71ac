/* SPDX-License-Identifier: MIT
 * Small trace.dat files of any byte order, word size and number of CPUs. */
#ifndef TESTS_IMPORT_MAKE_DAT_H
#define TESTS_IMPORT_MAKE_DAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct make_dat {
	bool big;		/* byte order */
	unsigned int word;	/* bytes of a kernel long: 4 or 8 */
	unsigned int cpus;
	uint8_t page[4][4096];	/* one page of records for each CPU */
	uint32_t used[4];	/* bytes of records in each */
	uint32_t flags[4];	/* missed events: or-ed to the commit count */
	uint64_t start[4];	/* time stamp of each page */
};

void make_begin(struct make_dat *m, bool big, unsigned int word, unsigned int cpus);

/* A kfree record of this task at ptr, delta ns after the record before. */
void make_kfree(struct make_dat *m, unsigned int cpu, uint32_t delta, int pid, uint8_t flags,
		uint64_t ptr);
/* A record header word with its type, and one word after it. */
void make_words(struct make_dat *m, unsigned int cpu, uint32_t type, uint32_t delta,
		uint32_t word);

/* The file, version 6; free() it. */
uint8_t *make_end(struct make_dat *m, size_t *n);

#endif
