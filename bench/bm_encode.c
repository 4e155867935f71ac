/* SPDX-License-Identifier: MIT
 *
 * bm_encode: writing traces.
 *
 *	encode/TRACE	the operations of an .mmt file, recorded answers included, from
 *			memory through mmt_write to a file that nothing keeps
 *
 *	bm_encode [--benchmark_...] [TRACE.mmt...]
 *
 * Without files: the traces that bm_replay uses.  An iteration is a whole trace:
 * names, operations in batches as an importer hands them over, compression, checksums
 * and the index.  items_per_second counts operations, bytes_per_second those of the
 * file, bytes_per_op the format's compactness.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench_trace.h"
#include "bench/libbench/bench.h"
#include "traces/format/mmt.h"

#define BATCH 1024u

/* A trace in memory. */
struct ops {
	struct trace_op *op;
	size_t nr, cap;
};

static int append(struct ops *t, const struct trace_op *op, size_t n, struct mm_error *err)
{
	if (t->nr + n > t->cap) {
		size_t cap = 2 * (t->nr + n);
		struct trace_op *bigger = realloc(t->op, cap * sizeof(*bigger));

		if (!bigger)
			return mm_fail(err, -ENOMEM, "out of memory for %zu operations", cap);
		t->op = bigger;
		t->cap = cap;
	}
	memcpy(t->op + t->nr, op, n * sizeof(*op));
	t->nr += n;
	return 0;
}

static int read_all(struct mmt_reader *r, struct ops *t, struct mm_error *err)
{
	const struct trace_op *op;
	size_t n;
	int rc;

	while ((rc = mmt_next(r, &op, &n, err)) > 0) {
		rc = append(t, op, n, err);
		if (rc)
			return rc;
	}
	return rc;
}

static int write_all(const struct mmt_reader *r, const struct ops *t, struct trace_totals *totals,
		     struct mm_error *err)
{
	struct mmt_writer *w = mmt_create("/dev/null", NULL, err);
	size_t i, n;

	if (!w)
		return err->code;
	mmt_copy_names(w, r);
	for (i = 0; i < t->nr; i += n) {
		n = t->nr - i < BATCH ? t->nr - i : BATCH;
		if (mmt_write(w, t->op + i, n, err)) {
			mmt_abort(w);
			return err->code;
		}
	}
	return mmt_finish(w, totals, err);
}

static void encode(struct bench_state *s)
{
	struct trace_totals totals = { 0 };
	struct ops ops = { 0 };
	struct mm_error err;
	struct mmt_reader *r = mmt_open(s->data, NULL, &err);

	if (!r || read_all(r, &ops, &err))
		bench_skip_with_error(s, err.text);
	BENCH_LOOP(s) {
		if (write_all(r, &ops, &totals, &err)) {
			bench_skip_with_error(s, err.text);
			break;
		}
	}
	bench_set_items(s, totals.operations * bench_iterations(s));
	bench_set_bytes(s, totals.file_bytes * bench_iterations(s));
	if (totals.operations)
		bench_set_counter(s, "bytes_per_op",
				  (double)totals.file_bytes / (double)totals.operations, 0);
	mmt_close(r);
	free(ops.op);
}

/* The path's last part, without .mmt. */
static void add(const char *path)
{
	char *file = bench_trace_name(path), *name = NULL;

	if (!file || asprintf(&name, "encode/%s", file) < 0)
		exit(2);
	bench_set_unit(bench_set_data(bench_register(name, encode), (void *)path), BENCH_MS);
	free(name);
	free(file);
}

int main(int argc, char **argv)
{
	char **trace;
	int k;

	bench_init(&argc, argv, NULL);
	if (argc > 1 && *argv[1] == '-')
		return bench_report_unrecognized(argc, argv);
	for (k = 1; k < argc; k++)
		add(argv[k]);
	if (argc < 2)
		for (trace = bench_traces(NULL, 0); *trace; trace++)
			add(*trace);
	return bench_run();
}
