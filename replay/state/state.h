/* SPDX-License-Identifier: MIT
 *
 * state: exact snapshots of a real kernel's allocators, read from a folder.
 *
 * A state folder holds (each file plain or with .zst):
 *   state.jsonl  one JSON object per snapshot (zones with every free list and
 *                per-CPU list in order, slab caches with their freelists,
 *                vmalloc areas, pkmap and kmap_local slots);
 *   consts.txt   that kernel's constants, the kmalloc table, and one line per
 *                slab cache with its geometry and random sequence;
 *   meta.json    kernel release, RAM, command line;
 *   dmesg.txt    optional: the firmware's memory map.
 * Formats: docs/state-format.md.
 */
#ifndef REPLAY_STATE_H
#define REPLAY_STATE_H

#include "engine/mm_state.h"

struct state_dir;

/* Which snapshot: id is the marker's number (STATE_ID_START: before the first
 * operation, STATE_ID_RESUME: on return to user space), op the operation at
 * which it was taken, ev the index of the next event. */
#define STATE_ID_START	65534u
#define STATE_ID_RESUME	65535u
struct state_mark { uint32_t id, phase, op, ev; };

/* Open a folder: reads all but the snapshots.  0 or negative errno. */
int state_open(struct state_dir **out, const char *dir, struct mm_error *err);
void state_close(struct state_dir *d);

/* The next snapshot, in file order, into a state that the caller has zeroed
 * and releases with mm_state_free.  1, 0 after the last, or negative errno. */
int state_next(struct state_dir *d, struct mm_state *s, struct state_mark *mark,
	       struct mm_error *err);

/* The machine that the folder was taken from.  What the folder does not say is
 * as mm_config_init has it. */
const struct mm_config *state_config(const struct state_dir *d);
const char *state_kernel(const struct state_dir *d);	/* uname -r and -v */

/* The slab cache lines of consts.txt in file order, NULL past the end: first
 * those of the start, newest cache first, then one for each cache that the run
 * created (a merged one names the cache that it became an alias of).  Their
 * lists are empty. */
const struct mm_cache_state *state_cache(const struct state_dir *d, uint32_t i);

/* The nth snapshot of a folder (0: the first) and its machine, in one call;
 * either out pointer may be NULL. */
int state_read_snapshot(const char *dir, unsigned int nth, struct mm_state *s,
			struct mm_config *config, struct mm_error *err);

/* ---- a kernel's constants, without any snapshot ---- */

struct state_boot;

/* Open a folder of consts.txt, dmesg.txt (a boot log), proc/iomem and
 * proc/cmdline.  0 or negative errno. */
int state_boot_open(struct state_boot **out, const char *dir, struct mm_error *err);
void state_boot_close(struct state_boot *b);
/* The machine that this kernel was booted on. */
const struct mm_config *state_boot_config(const struct state_boot *b);
const char *state_boot_kernel(const struct state_boot *b);	/* uname -r */
bool state_boot_constant(const struct state_boot *b, const char *name, uint64_t *value);
/* Its slab caches in file order, NULL past the end; without lists. */
const struct mm_cache_state *state_boot_cache(const struct state_boot *b, uint32_t i);

/* ---- the less exact state of a running machine ---- */

/* What the files did not tell and was assumed: sentences. */
struct state_assumed { char **text; uint32_t nr; };
void state_assumed_free(struct state_assumed *a);

/* Is it a folder of /proc files (zoneinfo, and no state.jsonl)? */
bool state_is_proc(const char *dir);

/* A machine's state from public files of one moment: zoneinfo, buddyinfo,
 * pagetypeinfo, kpageflags, slabinfo, vmallocinfo, and where they are there
 * kpagecount, iomem, cmdline, meminfo.  0, or a negative errno and a sentence
 * naming what is missing or which two files disagree; then nothing is to be
 * released.  After 0 the caller releases *s and *assumed. */
int state_read_proc(const char *dir, struct mm_state *s, struct mm_config *config,
		    struct state_assumed *assumed, struct mm_error *err);

/* What state_diff leaves out. */
enum state_diff_flags {
	STATE_DIFF_FOLD = 1,	/* how NR_FREE_PAGES is split over zone and CPUs (the sum is compared) */
	STATE_DIFF_SLAB = 2, STATE_DIFF_VIRT = 4, STATE_DIFF_PAGES = 8, /* a whole layer */
};

/* Compare two states, lists in list order.  Returns the number of differences
 * (a list or a value counts once) and describes the first of each layer in the
 * three errors' texts, empty where there is none.  What only one of the two
 * states knows (has_... false) is not compared. */
struct state_diff {
	unsigned int pages, slab, virt;
	struct mm_error first_pages, first_slab, first_virt;
};
unsigned int state_diff(const struct mm_state *want, const struct mm_state *got,
			unsigned int leave_out, struct state_diff *diff);

#endif
