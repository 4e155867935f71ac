/* SPDX-License-Identifier: MIT
 *
 * scale: a trace in slower or faster time.  Products are rounded down in long
 * double, whose 64 bits of mantissa (on x86) hold every time exactly: factor 1
 * changes nothing, and what did not decrease before does not after.
 */
#include <errno.h>
#include <string.h>

#include "traces/tools/flow.h"

static int find_factor(struct mmt_reader *r, const struct scale_options *opt, const char *path,
		       long double *factor, struct mm_error *err)
{
	struct trace_totals t;

	if (opt->factor > 0) {
		*factor = opt->factor;
		return 0;
	}
	if (mmt_totals(r, &t, NULL))
		return mm_fail(err, -ESPIPE, "%s: how long the trace lasts is not known before its end: "
			       "give a factor, or a file instead of a pipe", path);
	if (!t.duration_ns)
		return mm_fail(err, -EINVAL, "%s: the trace lasts 0 ns, which no factor makes longer",
			       path);
	*factor = opt->rate > 0 ? (long double)t.operations * 1e9L / opt->rate / t.duration_ns
				: (long double)opt->duration / t.duration_ns;
	return 0;
}

static int batch(struct flow *f, const struct trace_op *op, size_t n, long double factor,
		 struct mm_error *err)
{
	struct trace_op piece[256];
	size_t i, k, m;
	int rc = 0;

	for (i = 0; i < n && !rc; i += m) {
		m = n - i < 256 ? n - i : 256;
		memcpy(piece, op + i, m * sizeof(*piece));
		for (k = 0; k < m; k++) {
			long double t = piece[k].time * factor;

			if (t >= 0x1p63L)
				return mm_fail(err, -EINVAL, "operation %llu would come after 2^63 ns, "
					       "292 years", (unsigned long long)f->read);
			piece[k].time = (uint64_t)t;
		}
		rc = flow_put(f, piece, m, err);
	}
	return rc;
}

int trace_scale(const struct tool_io *io, const struct scale_options *opt,
		struct tool_summary *sum, struct mm_error *err)
{
	const struct trace_op *op;
	long double factor = 1;
	struct flow f;
	size_t n;
	int rc;

	memset(sum, 0, sizeof(*sum));
	rc = flow_open(&f, io, NULL, err);
	if (rc)
		return rc;
	rc = find_factor(f.r, opt, io->input, &factor, err);
	while (!rc && (rc = flow_next(&f, &op, &n, err)) > 0)
		rc = batch(&f, op, n, factor, err);
	return flow_close(&f, rc, sum, err);
}
