/* SPDX-License-Identifier: MIT
 *
 * flow: from one trace into another, what the tools share.  Internal to
 * traces/tools/.
 *
 *	flow_open(&f, io, NULL, err);
 *	while ((rc = flow_next(&f, &op, &n, err)) > 0)
 *		...flow_put(&f, op, live_records(op), err)...
 *	rc = flow_close(&f, rc, sum, err);
 *
 * Operations are put with the ids of the input; they get those of the output on
 * the way.
 */
#ifndef TRACE_TOOLS_FLOW_H
#define TRACE_TOOLS_FLOW_H

#include "traces/tools/live.h"
#include "traces/tools/renames.h"
#include "traces/tools/tools.h"

struct flow {
	const struct tool_io *io;
	struct mmt_reader *r;
	struct mmt_writer *w;
	struct renames names;
	struct trace_op *buf;	/* operations on their way to the writer */
	size_t nr, cap;
	uint64_t read;		/* operations read */
	bool same_names;	/* ids are the input's: whole chunks may pass */
	uint64_t passes, pass;	/* the input is read so many times; this is number pass */
};

/* Opens input and output; *f need not be initialised.  A failure leaves nothing open. */
int flow_open(struct flow *f, const struct tool_io *io, const struct rename_rules *rules,
	      struct mm_error *err);

/* The next batch as from mmt_next, in which every operation has its items; -EINTR
 * when the caller's progress function asks for it. */
int flow_next(struct flow *f, const struct trace_op **op, size_t *n, struct mm_error *err);

/* Append n records. */
int flow_put(struct flow *f, const struct trace_op *op, size_t n, struct mm_error *err);

/* Prepare for flow_pass: names keep their ids.  False: not possible (a pipe, answers
 * left out); then nothing ever passes. */
bool flow_may_pass(struct flow *f);

/* As mmt_pass_chunk; done is filled in. */
int flow_pass(struct flow *f, struct mmt_pass *pass, uint64_t *passed, struct mm_error *err);

/* Append one operation without items. */
static inline int flow_put1(struct flow *f, const struct trace_op *op, struct mm_error *err)
{
	return flow_put(f, op, 1, err);
}

/* Metadata and end mark when rc is 0, else the output is removed; frees all.
 * Returns rc or the first error of finishing. */
int flow_close(struct flow *f, int rc, struct tool_summary *sum, struct mm_error *err);

/* Every operation of a batch has all its items, else -EINVAL. */
int flow_check(const struct trace_op *op, size_t n, const char *path, uint64_t *operations,
	       struct mm_error *err);

/* The sentence for an output that is a terminal; -EINVAL. */
int flow_terminal(struct mm_error *err);

/* Put line behind the history that the trace has. */
int flow_history(struct mmt_writer *w, const char *history, const char *line);

#endif
