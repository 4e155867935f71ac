/* SPDX-License-Identifier: MIT
 *
 * Trace tools: traces made from traces.
 *
 * Each tool reads its input as a stream and writes a stream: memory grows with
 * what is alive at a time, never with the length; "-" is standard input or
 * output; a file appears when it is whole.  What a tool writes replays as
 * cleanly as what it read: frees name what the trace holds, or are orphans, and
 * maps name pages that are there.  The result's metadata are those of the
 * input, and one line more under the key "history": the tool and its arguments.
 *
 * A tool is one file here (NAME.c), one cmd/cmd_NAME.c and its line in the
 * table of cmd/main.c.
 */
#ifndef TRACE_TOOLS_H
#define TRACE_TOOLS_H

#include "traces/format/mmt.h"

/* done: operations read so far; part: 0..1 of the input, < 0 when not known.
 * True ends the work with -EINTR. */
typedef bool tool_progress_fn(void *arg, uint64_t done, double part);

struct tool_io {
	const char *input;	/* path, "-" = standard input */
	const char *output;
	const char *history;	/* "cut --from 10s": what is added to the history */
	struct mmt_write_options write;
	tool_progress_fn *progress;	/* may be NULL */
	void *arg;
};

/* What a tool did.  Counts that a tool does not know stay 0. */
struct tool_summary {
	uint64_t read;		/* operations read */
	uint64_t carried;	/* operations that put in place what was alive before */
	uint64_t orphaned;	/* frees of what the result does not hold */
	uint64_t foreign;	/* pages that the result names without their allocation */
	uint64_t added;		/* frees and unmaps added at a round's end */
	uint64_t dropped;	/* operations left out because what they name is not there */
	struct trace_totals totals;	/* of the result */
};

/* ---- where to cut ---- */

enum tool_when_unit { WHEN_OPERATION, WHEN_TIME, WHEN_MARK };

struct tool_when {
	enum tool_when_unit unit;
	uint64_t value;		/* number of an operation, or ns */
	const char *mark;	/* name of a mark (points into the text) */
};

/* "1000": operation 1000; "1.5s", "300ms", "2m": a time (ns, us, ms, s, m, h);
 * "mark:NAME".  0, or -EINVAL with a sentence that begins with what. */
int tool_when_parse(const char *text, const char *what, struct tool_when *when,
		    struct mm_error *err);

/* "1.5s" alone. */
int tool_time_parse(const char *text, const char *what, uint64_t *ns, struct mm_error *err);

/* ---- the tools ---- */

struct cut_options {
	struct tool_when from, to;	/* from <= x < to; to.value UINT64_MAX: the end */
	uint64_t count;			/* operations at most, 0: any number */
	bool no_carry;			/* as a recording that begins at from */
};

/*
 * A piece of a trace; its time begins at 0.  What is alive at its start is
 * carried in: the allocations of all that is still alive, in their order, with
 * mappings and caches, stand before the first operation at time 0.  With
 * no_carry the piece is as if the recording had begun there: frees of things
 * from before are orphans with their recorded address, pages from before are
 * foreign pages, and what cannot be told without an address is left out.
 */
int trace_cut(const struct tool_io *io, const struct cut_options *opt,
	      struct tool_summary *sum, struct mm_error *err);

struct repeat_options {
	uint64_t times;		/* >= 1 */
	uint64_t gap;		/* ns between the rounds */
	bool leak;		/* what a round leaves alive stays, else it is freed */
};

/*
 * The trace, `times` times in a row.  At a round's end what it leaves alive is
 * freed, newest first (leak: it stays, under slots of its own).  What was there
 * before the trace (orphan frees, foreign pages, caches that it destroys without
 * having made them) can end only once: in the last round.  The input must be a
 * regular file.
 */
int trace_repeat(const struct tool_io *io, const struct repeat_options *opt,
		 struct tool_summary *sum, struct mm_error *err);

struct filter_options {
	const char *const *tasks;	/* PID, or glob over names; none: any task */
	const char *const *sites;	/* globs over call sites or any frame of a stack */
	const char *const *kinds;	/* "kmalloc,page_alloc": kinds that make things */
	const char *const *families;	/* "page,slab": see tool_families */
	size_t nr_tasks, nr_sites, nr_kinds, nr_families;
	bool invert;
};

/* "page, slab, vmalloc, kmap, user, nokmap" */
extern const char tool_families[];

/*
 * What some tasks, call sites or kinds of requests make, with all that happens
 * to it: what a thing was made by decides, and its frees and maps go with it.
 * Operations on nothing (orphan frees, drains) are judged by themselves.  Marks,
 * idle times and the lives of caches stay.  Families kmap and vmalloc bring page
 * with them; a vmap of pages that are not kept is left out.
 */
int trace_filter(const struct tool_io *io, const struct filter_options *opt,
		 struct tool_summary *sum, struct mm_error *err);

struct scale_options {
	double factor;		/* times become so many times as long; 0: not given, or ... */
	uint64_t duration;	/* ... ns that the trace is to last, or ... */
	double rate;		/* ... operations a second */
};

/* The trace in slower or faster time.  For a duration or a rate the input must
 * be a regular file. */
int trace_scale(const struct tool_io *io, const struct scale_options *opt,
		struct tool_summary *sum, struct mm_error *err);

struct merge_options {
	uint64_t delay;		/* ns by which each trace begins after the one before it */
	bool append;		/* each begins when the one before it has ended */
	bool cpus_apart;	/* each has CPUs of its own */
	bool caches_apart;	/* caches of one name stay different ones */
};

enum { MERGE_MAX = 64 };	/* traces */

/*
 * Several traces as one, in the order of their times; io->input is not used.
 * Slots and tasks are kept apart (a task that another trace has as well gets a
 * pid of its own), names are shared.
 */
int trace_merge(const struct tool_io *io, const char *const *inputs, size_t n,
		const struct merge_options *opt, struct tool_summary *sum, struct mm_error *err);

struct anon_options {
	const char *key;	/* names are a keyed hash of the old ones; NULL: numbers */
	bool caches;		/* names of caches too */
	const char *const *keep;	/* keys of metadata that stay */
	size_t nr_keep;
};

/*
 * The trace without names of call sites, tasks and marks, with pids from 1 on.
 * Of the metadata stay numbers of the recording, the kernel's version, and the
 * tools of the history without their arguments.
 */
int trace_anon(const struct tool_io *io, const struct anon_options *opt,
	       struct tool_summary *sum, struct mm_error *err);

#endif
