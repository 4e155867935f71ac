/* SPDX-License-Identifier: MIT
 *
 * mm_observe: what happens inside of requests, told to an observer.
 *
 * The kinds are those of the kernel's own tracepoints and of the functions that
 * are probed in recordings, so that the two can be compared one by one.
 */
#ifndef MM_OBSERVE_H
#define MM_OBSERVE_H

#include <stdint.h>

/* What happens inside a request, as the kernel's own tracepoints tell it. */
enum mm_seen_what {
	MM_SEEN_TAKEN,		/* a block off the buddy lists: mm_page_alloc_zone_locked */
	MM_SEEN_DRAINED,	/* a block from a per-CPU list to the buddy: mm_page_pcpu_drain */
	MM_SEEN_STOLEN,		/* a fallback to another type: mm_page_alloc_extfrag */
	MM_SEEN_NEW_SLAB,	/* allocate_slab returns */
	MM_SEEN_AREA,		/* alloc_vmap_area returns */
	MM_SEEN_PURGE,		/* lazily freed vmap areas are flushed and given back */
	MM_SEEN_PURGED_OBJECT,	/* the vmap_area object that this frees */
	MM_SEEN_PKMAP_FLUSH,	/* flush_all_zero_pkmaps is entered */
	MM_NR_SEEN
};
struct mm_seen {
	uint8_t what;		/* enum mm_seen_what */
	uint8_t order, type;	/* of the block or slab; of a stolen block: as it was */
	uint32_t a;		/* pfn; AREA: address, 0 = none found; PURGE: first address;
				 * PURGED_OBJECT: its address, 0 = not known */
	uint32_t b;		/* TAKEN: 1 = for a per-CPU list; STOLEN: order wanted;
				 * NEW_SLAB: cache id; AREA: bytes; PURGE: end address */
	uint32_t c;		/* STOLEN: type wanted */
};
/* An observer: told of each, in the order in which they happen.  Must not call
 * the machine.  Costs one test where such things happen, none elsewhere. */
typedef void (*mm_observe_fn)(void *arg, const struct mm_seen *seen);

#endif
