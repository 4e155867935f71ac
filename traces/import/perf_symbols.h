/* SPDX-License-Identifier: MIT
 *
 * perf.data: names of the recorded kernel's code.  The file holds none, only
 * where one symbol of the kernel lay.
 */
#ifndef IMPORT_PERF_SYMBOLS_H
#define IMPORT_PERF_SYMBOLS_H

#include <stdbool.h>

#include "base/mm_error.h"
#include "traces/import/symbols.h"

struct perf_symbols {
	struct symbols table;
	char *text;		/* of the table */
	char ref[64];		/* name of the known symbol, "" = none */
	uint64_t ref_addr;	/* its address in the recording */
	uint64_t shift;		/* from the table's addresses to those of the recording */
	bool tried;		/* whether this host's table fits */
};

/* A table as /proc/kallsyms prints it. */
int perf_symbols_load(struct perf_symbols *s, const char *path, struct mm_error *err);

/* Take this host's own table if the recording is of this host since it booted:
 * the known symbol has the same address in both, and the release, when known,
 * is the same.  true: the table is there. */
bool perf_symbols_of_host(struct perf_symbols *s, const char *release);

void perf_symbols_free(struct perf_symbols *s);

/* A whole file, however long it says it is, NUL-terminated; NULL with *err. */
char *perf_read_text(const char *path, size_t *n, struct mm_error *err);

#endif
