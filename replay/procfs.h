/* SPDX-License-Identifier: MIT
 *
 * procfs: the machine's state in the formats of /proc and debugfs, Linux 6.1.
 *
 * Same lines, columns and widths as the kernel's, so that scripts written for
 * a real machine read a simulated one, and a comparison is a diff.  Counters
 * of what the engine does not have (page cache, anonymous memory, swap,
 * reclaim) stand with 0; DirectMap* of meminfo is left out.
 */
#ifndef REPLAY_PROCFS_H
#define REPLAY_PROCFS_H

#include <stdio.h>

#include "engine/mm86.h"

/* Names call sites (vmallocinfo); may be NULL. */
struct procfs_names {
	const char *(*site)(void *arg, uint32_t site);
	void *arg;
};

typedef void procfs_fn(FILE *f, const struct mm_machine *m, const struct procfs_names *n);

struct procfs_file {
	const char *name;	/* "buddyinfo" */
	procfs_fn *write;
};

extern const struct procfs_file procfs_files[];
extern const unsigned int procfs_nr_files;

procfs_fn procfs_buddyinfo, procfs_pagetypeinfo, procfs_zoneinfo, procfs_unusable_index,
	procfs_extfrag_index, procfs_slabinfo, procfs_vmallocinfo, procfs_meminfo, procfs_vmstat;

/* Write every file as DIR/PREFIX-NAME.  0 or negative errno. */
int procfs_write_all(const struct mm_machine *m, const char *dir, const char *prefix,
		     const struct procfs_names *n, struct mm_error *err);

#endif
