/* SPDX-License-Identifier: MIT
 *
 * From one trace into another (flow.h).  Operations are gathered and handed to
 * the writer in pieces, renamed in place.
 */
#include "traces/tools/flow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PIECE = 4096 };	/* records: 160 KiB, stays in the second-level cache */

int flow_terminal(struct mm_error *err)
{
	return mm_fail(err, -EINVAL, "the output is a terminal: name a file with -o, or send the trace "
		       "into a pipe");
}

int flow_open(struct flow *f, const struct tool_io *io, const struct rename_rules *rules,
	      struct mm_error *err)
{
	struct mmt_read_options opt = { .no_answers = io->write.no_answers };

	memset(f, 0, sizeof(*f));
	f->io = io;
	f->passes = 1;
	if (!strcmp(io->output, "-") && isatty(STDOUT_FILENO))
		return flow_terminal(err);
	f->r = mmt_open(io->input, &opt, err);
	if (!f->r)
		return err->code;
	f->w = mmt_create(io->output, &io->write, err);
	if (!f->w) {
		mmt_close(f->r);
		return err->code;
	}
	f->names = (struct renames){ .r = f->r, .w = f->w, .rules = rules };
	return 0;
}

int flow_check(const struct trace_op *op, size_t n, const char *path, uint64_t *operations,
	       struct mm_error *err)
{
	size_t i = 0, items, j;

	while (i < n) {
		items = live_records(&op[i]) - 1;
		for (j = 1; j <= items && i + j < n && op[i + j].kind == TRACE_ITEM; j++)
			;
		if (j <= items || op[i].kind == TRACE_ITEM)
			return mm_fail(err, -EINVAL, "%s: operation %llu (%s) has %zu items, "
				       "expected %zu", path, (unsigned long long)*operations,
				       trace_kind_name(op[i].kind), j - 1, items);
		i += j;
		++*operations;
	}
	return 0;
}

static double part_read(const struct flow *f)
{
	uint64_t size = mmt_size(f->r);

	if (!size)
		return -1;
	return ((double)f->pass + (double)mmt_offset(f->r) / (double)size) / (double)f->passes;
}

int flow_next(struct flow *f, const struct trace_op **op, size_t *n, struct mm_error *err)
{
	int rc = mmt_next(f->r, op, n, err);

	if (rc > 0 && f->io->progress && f->io->progress(f->io->arg, f->read, part_read(f)))
		return mm_fail(err, -EINTR, "%s: interrupted", f->io->input);
	if (rc > 0 && flow_check(*op, *n, f->io->input, &f->read, err))
		return -EINVAL;
	return rc;
}

static int flush(struct flow *f, struct mm_error *err)
{
	int rc;

	if (f->names.failed)
		return mm_fail(err, -ENOMEM, "%s: no memory for the names", f->io->output);
	rc = mmt_write(f->w, f->buf, f->nr, err);
	f->nr = 0;
	return rc;
}

static int make_room(struct flow *f, size_t n, struct mm_error *err)
{
	size_t cap = f->nr + n > PIECE ? f->nr + n : PIECE;
	struct trace_op *p = realloc(f->buf, cap * sizeof(*p));

	if (!p)
		return mm_fail(err, -ENOMEM, "%s: no memory for %zu operations", f->io->output, cap);
	f->buf = p;
	f->cap = cap;
	return 0;
}

int flow_put(struct flow *f, const struct trace_op *op, size_t n, struct mm_error *err)
{
	size_t i;
	int rc;

	if (f->nr + n > f->cap) {
		rc = f->nr ? flush(f, err) : 0;
		if (!rc && n > f->cap)
			rc = make_room(f, n, err);
		if (rc)
			return rc;
	}
	for (i = 0; i < n; i++) {
		f->buf[f->nr] = op[i];
		renames_op(&f->names, &f->buf[f->nr++]);
	}
	return 0;
}

bool flow_may_pass(struct flow *f)
{
	struct trace_totals t;

	f->same_names = !f->io->write.no_answers && !f->names.rules && !mmt_totals(f->r, &t, NULL) &&
			mmt_size(f->r) && mmt_copy_names(f->w, f->r) && renames_same(&f->names, &t);
	return f->same_names;
}

int flow_pass(struct flow *f, struct mmt_pass *pass, uint64_t *passed, struct mm_error *err)
{
	int rc = f->same_names && f->nr ? flush(f, err) : 0;

	*passed = 0;
	if (rc || !f->same_names)
		return rc;
	pass->done = f->read;
	rc = mmt_pass_chunk(f->w, f->r, pass, passed, err);
	f->read += *passed;
	if (!rc && *passed && f->io->progress && f->io->progress(f->io->arg, f->read, part_read(f)))
		return mm_fail(err, -EINTR, "%s: interrupted", f->io->input);
	return rc;
}

int flow_history(struct mmt_writer *w, const char *history, const char *line)
{
	char *all;
	int rc;

	if (!history)
		return mmt_meta(w, "history", line);
	all = malloc(strlen(history) + strlen(line) + 2);
	if (!all)
		return -ENOMEM;
	strcpy(all, history);
	strcat(all, "\n");
	strcat(all, line);
	rc = mmt_meta(w, "history", all);
	free(all);
	return rc;
}

/* The reader's metadata are complete when its end has been reached; a cut may
 * stop before that and has then read those that precede its end. */
static void copy_meta(struct flow *f)
{
	const struct rename_rules *rules = f->names.rules;
	const char *key, *value, *history = mmt_get_meta(f->r, "history");
	bool changes = rules && rules->meta;
	size_t i;

	for (i = 0; mmt_meta_at(f->r, i, &key, &value); i++) {
		if (!strcmp(key, "history"))
			continue;
		if (changes)
			value = rules->meta(rules->arg, key, value);
		if (value)
			mmt_meta(f->w, key, value);
	}
	if (history && changes)
		history = rules->meta(rules->arg, "history", history);
	flow_history(f->w, history, f->io->history);
}

static void release(struct flow *f)
{
	renames_free(&f->names);
	free(f->buf);
	mmt_close(f->r);
	memset(f, 0, sizeof(*f));
}

int flow_close(struct flow *f, int rc, struct tool_summary *sum, struct mm_error *err)
{
	if (!rc)
		rc = flush(f, err);
	if (rc) {
		mmt_abort(f->w);
	} else {
		copy_meta(f);
		rc = mmt_finish(f->w, &sum->totals, err);
		sum->read = f->read;
	}
	release(f);
	return rc;
}
