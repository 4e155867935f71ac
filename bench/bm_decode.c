/* SPDX-License-Identifier: MIT
 *
 * Speed of decoding .mmt traces into operations, on one core: bm_decode
 * [TRACE...], by default all of traces/bundled.  Per trace and mode (with
 * recorded answers, without) the best of 25 passes in CPU time; reading the
 * file, checksums and decompression included.  The first field of every record
 * is read, as the least that any user does.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "traces/format/mmt.h"

enum { PASSES = 25 };

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* One pass over an open trace; negative on damage. */
static double one_pass(struct mmt_reader *r, uint64_t *records, struct mm_error *err)
{
	const struct trace_op *op;
	double start = cpu_seconds();
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
	__asm__ volatile("" : : "r"(sum));
	return rc < 0 ? -1 : cpu_seconds() - start;
}

static int measure(const char *path, bool answers)
{
	struct mmt_read_options opt = { .no_answers = !answers };
	struct trace_totals totals;
	struct mm_error err;
	struct mmt_reader *r = mmt_open(path, &opt, &err);
	uint64_t records = 0;
	double best = 1e9;
	int i;

	if (!r || mmt_totals(r, &totals, &err))
		goto fail;
	for (i = 0; i < PASSES; i++) {
		double s = one_pass(r, &records, &err);

		if (s < 0)
			goto fail;
		if (s < best)
			best = s;
	}
	mmt_close(r);
	printf("%-32s %-8s %12llu %8.2f %9.1f %9.1f %8.2f\n", path,
	       answers ? "with" : "without", (unsigned long long)totals.operations,
	       (double)totals.file_bytes / (double)(totals.operations ? totals.operations : 1),
	       (double)totals.operations / best * 1e-6, (double)records / best * 1e-6,
	       best * 1e9 / (double)(totals.operations ? totals.operations : 1));
	return 0;
fail:
	fprintf(stderr, "bm_decode: %s\n", err.text);
	mmt_close(r);
	return 1;
}

int main(int argc, char **argv)
{
	glob_t found = { 0 };
	int status = 0, i;

	if (argc < 2) {
		if (glob("traces/bundled/*.mmt", 0, NULL, &found)) {
			puts("decode: no trace given and none in traces/bundled");
			return 0;
		}
		argv = found.gl_pathv - 1;
		argc = (int)found.gl_pathc + 1;
	}
	printf("%-32s %-8s %12s %8s %9s %9s %8s\n", "trace", "answers", "operations",
	       "bytes/op", "Mops/s", "Mrecords/s", "ns/op");
	for (i = 1; i < argc && !status; i++)
		status = measure(argv[i], true) || measure(argv[i], false);
	globfree(&found);
	return status;
}
