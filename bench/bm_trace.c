/* SPDX-License-Identifier: MIT
 *
 * bm_trace: what comes before a replay.
 *
 *	trace_decode/TRACE		an .mmt file to operations, recorded answers left out,
 *					as replays without verification read it
 *	trace_decode_answers/TRACE	with them
 *	trace_import/RECORDING		a recording to an .mmt file
 *
 *	bm_trace [--benchmark_...] [TRACE.mmt|RECORDING...]
 *
 * Without files: the traces that bm_replay uses, and the recordings in
 * tests/data/import.  An iteration is a whole file: reading, checksums and
 * decompression included.  items_per_second counts operations, for imports events;
 * records_per_second the items of bulk operations too.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench_trace.h"
#include "bench/libbench/bench.h"
#include "traces/import/import.h"

struct decode {
	const char *path;
	bool answers;
};

/* One pass; the first field of every record is read, the least that a user does. */
static int one_pass(struct mmt_reader *r, uint64_t *records, struct mm_error *err)
{
	const struct trace_op *op;
	uint64_t sum = 0;
	size_t n, i;
	int rc = mmt_seek(r, 0, NULL, err);

	*records = 0;
	while (!rc && (rc = mmt_next(r, &op, &n, err)) > 0) {
		for (i = 0; i < n; i++)
			sum += op[i].time;
		*records += n;
		rc = 0;
	}
	bench_use(sum);
	return rc;
}

static void trace_decode(struct bench_state *s)
{
	const struct decode *d = s->data;
	struct mmt_read_options opt = { .no_answers = !d->answers };
	struct trace_totals totals = { 0 };
	struct mm_error err;
	struct mmt_reader *r = mmt_open(d->path, &opt, &err);
	uint64_t records = 0;

	if (!r || mmt_totals(r, &totals, &err))
		bench_skip_with_error(s, err.text);
	BENCH_LOOP(s) {
		if (one_pass(r, &records, &err)) {
			bench_skip_with_error(s, err.text);
			break;
		}
	}
	bench_set_items(s, totals.operations * bench_iterations(s));
	bench_set_bytes(s, totals.file_bytes * bench_iterations(s));
	bench_set_counter(s, "records_per_second", (double)records * (double)bench_iterations(s), BENCH_RATE);
	mmt_close(r);
}

static void trace_import(struct bench_state *s)
{
	char out[] = "/tmp/bm_trace.XXXXXX";
	const char *path = s->data;
	struct import_options opt = { .format = "auto" };
	struct import_summary sum;
	struct mm_error err;
	uint64_t events = 0;
	int fd = mkstemp(out);

	if (fd < 0)
		bench_skip_with_error(s, "no temporary file can be made");
	BENCH_LOOP(s) {
		if (import_run(path, out, &opt, &sum, &err)) {
			bench_skip_with_error(s, err.text);
			break;
		}
		events = sum.events;
		import_summary_free(&sum);
	}
	bench_set_items(s, events * bench_iterations(s));
	if (fd >= 0) {
		close(fd);
		unlink(out);
	}
}

/* The path's last part, without .mmt. */
static struct bench *add(const char *kind, const char *path, bench_fn *fn, void *data)
{
	char *file = bench_trace_name(path), *name = NULL;
	struct bench *b;

	if (!file || asprintf(&name, "%s/%s", kind, file) < 0)
		exit(2);
	b = bench_set_unit(bench_set_data(bench_register(name, fn), data), BENCH_MS);
	free(name);
	free(file);
	return b;
}

static void add_trace(const char *path)
{
	struct decode *d = calloc(2, sizeof(*d));

	if (!d)
		exit(2);
	d[0] = (struct decode){ path, false };
	d[1] = (struct decode){ path, true };
	add("trace_decode", path, trace_decode, &d[0]);
	add("trace_decode_answers", path, trace_decode, &d[1]);
}

static bool is_trace(const char *path)
{
	size_t n = strlen(path);

	return n > 4 && !strcmp(path + n - 4, ".mmt");
}

int main(int argc, char **argv)
{
	static glob_t found;
	char **trace;
	size_t i;
	int k;

	bench_init(&argc, argv, NULL);
	if (argc > 1 && *argv[1] == '-')
		return bench_report_unrecognized(argc, argv);
	for (k = 1; k < argc; k++) {
		if (is_trace(argv[k]))
			add_trace(argv[k]);
		else
			add("trace_import", argv[k], trace_import, argv[k]);
	}
	if (argc < 2) {
		for (trace = bench_traces(NULL, 0); *trace; trace++)
			add_trace(*trace);
		if (!glob("tests/data/import/*.dat", 0, NULL, &found))
			for (i = 0; i < found.gl_pathc; i++)
				add("trace_import", found.gl_pathv[i], trace_import, found.gl_pathv[i]);
	}
	return bench_run();
}
