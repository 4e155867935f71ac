/* SPDX-License-Identifier: MIT
 *
 * import: turn another tool's recording of kernel events into an .mmt trace.
 *
 *   input.c          the file as bytes; which format it has
 *   dat*.c           trace.dat: sections, event formats, ring-buffer pages
 *   perf*.c          perf.data: header, records, their order
 *   text*.c          trace-cmd report, perf script, tracefs text
 *   roles*.c         which event means what
 *   gfp.c            gfp flags of any kernel to canonical bits
 *   scan.c           first pass: what can only be known later in the recording
 *   build*.c         second pass: events to operations
 *   emit.c           operations to the writer; stacks attached to them
 *
 * The first pass finds the cache of each slab page, the mappings that the page
 * allocator makes to zero a page, and the addresses that tie struct page to
 * frame numbers; the second uses them, so that no guess has to look ahead.
 */
#ifndef IMPORT_IMPORT_H
#define IMPORT_IMPORT_H

#include "traces/format/mmt.h"

struct import_options {
	const char *format;		/* "auto" (or NULL), "trace.dat", "perf.data",
					 * "text", "trace-cmd", "perf", "ftrace" */
	const char *const *probes;	/* EVENT=ROLE[,FIELD=NAME...] */
	size_t nr_probes;
	const char *probe_file;		/* NULL = none */
	const char *gfp_version;	/* "4.9": how the recorded kernel numbers gfp bits; NULL:
					 * as the recording says, else as 6.1 */
	uint64_t page_offset;		/* 0 = find out */
	uint64_t mem_map;		/* 0 = find out */
	uint32_t struct_page;		/* bytes of struct page, 0 = find out */
	const char *kallsyms, *events;	/* of the recorded machine, for a perf.data: a copy of
					 * /proc/kallsyms, of tracing/events; NULL = none */
	const char *const *meta;	/* KEY=VALUE of the trace's metadata, over what is found */
	size_t nr_meta;
	struct mmt_write_options write;
	/* Called now and then: events so far (of both passes), part 0..1 of the
	 * whole.  Returning true ends the import with -EINTR. */
	bool (*progress)(void *arg, uint64_t events, double part);
	void *arg;
};

/* Events that are part of another operation, X(id, name). */
#define IMPORT_FOLDS(X) \
	X(BATCHED, "page_free_batched") \
	X(PAGE_INTERNAL, "page_internal") \
	X(SLAB_PAGE, "slab_page_alloc") \
	X(SLAB_PAGE_FREE, "slab_page_free") \
	X(SLAB_PROBE, "slab_probe") \
	X(LARGE_PAGE, "large_kmalloc_page_alloc") \
	X(LARGE_PAGE_FREE, "large_kmalloc_page_free") \
	X(BULK_BEGIN, "bulk_begin") \
	X(IN_BULK, "object_in_bulk") \
	X(VM_PAGE, "vmalloc_page_alloc") \
	X(VM_PAGE_FREE, "vmalloc_page_free") \
	X(VM_TABLE, "vmalloc_page_table") \
	X(VM_META, "vmalloc_metadata") \
	X(VM_PROBE, "vmalloc_probe") \
	X(ZERO_KMAP, "page_zeroing_kmap") \
	X(ZERO_KUNMAP, "page_zeroing_kunmap") \
	X(KUNMAP_LOW, "kunmap_below_fixmap") \
	X(KMAP_PROBE, "kmap_probe") \
	X(KMAP_OF_FOLDED, "kmap_of_folded_page") \
	X(KUNMAP_OF_FOLDED, "kunmap_of_folded_page") \
	X(STACK, "stack") \
	X(CONSTS, "constants") \
	X(NULL_FREE, "vfree_null")

enum import_fold {
#define X(id, name) FOLD_##id,
	IMPORT_FOLDS(X)
#undef X
	IMPORT_NR_FOLDS
};

/* What the recorded machine did that a replayed request does not make it do. */
#define IMPORT_NOT_REPLAYED(X) \
	X(COMPACTION, "compaction_isolated_page") \
	X(COMPACTION_FREE, "compaction_page_free") \
	X(MIGRATION, "migration") \
	X(MIGRATION_FREE, "migration_source_free") \
	X(PCPU_AREAS, "percpu_area") \
	X(DRAIN_ZONE, "drain_of_one_zone") \
	X(SPLIT_FREE, "free_of_part_of_a_block") \
	X(UNPAIRED, "probe_without_its_pair") \
	X(ORPHAN_UNMAP, "unmap_of_unknown_mapping") \
	X(NO_FIELD, "event_without_needed_field")

enum import_not_replayed {
#define X(id, name) NOT_##id,
	IMPORT_NOT_REPLAYED(X)
#undef X
	IMPORT_NR_NOT
};

/* How the cache of a kmem_cache_alloc was found. */
#define IMPORT_ATTRIBUTIONS(X) \
	X(EVENT, "event") X(PROBE, "probe") X(LATER_FREE, "later_free") \
	X(CALL_SITE, "call_site") X(SIZE, "size")

enum import_attribution {
#define X(id, name) ATTR_##id,
	IMPORT_ATTRIBUTIONS(X)
#undef X
	IMPORT_NR_ATTR
};

struct import_named {
	char *name;
	uint64_t count;
};

struct import_named_list {
	struct import_named *v;
	size_t n;
};

/* Every event is in exactly one of: made_operations, folded, kfree_null,
 * not_replayed, informational, unknown. */
struct import_summary {
	uint64_t events;
	uint64_t made_operations;	/* events that became operations */
	uint64_t folded[IMPORT_NR_FOLDS];
	uint64_t kfree_null;
	uint64_t not_replayed[IMPORT_NR_NOT];
	struct import_named_list informational, unknown;

	struct trace_totals totals;	/* of the trace written */
	uint64_t attribution[IMPORT_NR_ATTR];
	uint64_t orphan_frees;		/* objects and pages freed, never seen allocated */
	uint64_t orphan_pages;		/* of them pages */
	uint64_t foreign_pages;		/* pages named by their pfn only */
	uint64_t implied_frees;		/* allocated twice: the free between is not recorded */
	uint64_t reclaim_frees;		/* page frees made by kswapd or direct reclaim */
	uint64_t failed_allocs;
	uint64_t stacks;		/* attached to operations */
	uint64_t lost_events, lost_places;
	uint64_t time_gaps;		/* more than one second without an event */
	uint64_t largest_gap_ns;
	uint64_t backward_times;	/* events earlier than the one before */
	uint64_t bad_lines;
	uint64_t duration_ns;
	double seconds;
	char format[64], kernel[256], gfp_from[64];
	char note[400];			/* what is to be known of the input, "" = nothing */
};

/*
 * Import path ("-" = standard input) into out.  0, or negative errno with a
 * sentence: -EINVAL not a recording or nothing in it to import, -EBADMSG
 * damaged, -EINTR stopped by progress.  On failure out is left as it was.
 */
int import_run(const char *path, const char *out, const struct import_options *opt,
	       struct import_summary *sum, struct mm_error *err);
void import_summary_free(struct import_summary *sum);

/* The summary as JSON, one object; NULL: no memory.  Free with free(). */
char *import_summary_json(const struct import_summary *sum);

/* The part that is the same at every import of a recording, in one line: the
 * trace carries it as metadata "import". */
char *import_counts_json(const struct import_summary *sum);

const char *import_fold_name(enum import_fold f);
const char *import_not_replayed_name(enum import_not_replayed n);
const char *import_attribution_name(enum import_attribution a);

#endif
