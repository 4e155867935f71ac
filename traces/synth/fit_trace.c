/* SPDX-License-Identifier: MIT
 *
 * The fit of a trace file: reads it once and resolves the names that its classes
 * use.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/stop.h"
#include "traces/synth/fit.h"

static struct trace_cache cache_of(void *arg, uint32_t id)
{
	return mmt_get_cache(arg, id);
}

/* A stack counts as its innermost frame. */
static void site_of(void *arg, uint32_t id, char *buf, size_t size)
{
	struct trace_site s = mmt_get_site(arg, id);

	snprintf(buf, size, "%s", s.name ? s.name : s.nr_frames ? mmt_get_string(arg, s.frames[0]) : "?");
}

static void task_of(void *arg, uint32_t id, char *buf, size_t size)
{
	snprintf(buf, size, "%s", mmt_get_task(arg, id).comm);
}

static int feed_all(struct mmt_reader *r, struct fitter *f,
		    void (*progress)(void *arg, uint64_t operations, double part), void *arg, struct mm_error *err)
{
	const struct trace_op *op;
	uint64_t done = 0;
	size_t n;
	int rc;

	while ((rc = mmt_next(r, &op, &n, err)) > 0) {
		rc = fitter_feed(f, op, n, err);
		if (rc)
			return rc;
		done += n;
		if (progress)
			progress(arg, done, mmt_size(r) ? (double)mmt_offset(r) / (double)mmt_size(r) : -1);
		if (stop_requested())
			return mm_fail(err, -EINTR, "interrupted");
	}
	return rc;
}

struct fit *fit_trace(const char *path, void (*progress)(void *arg, uint64_t operations, double part), void *arg,
		      struct mm_error *err)
{
	struct mmt_reader *r = mmt_open(path, &(struct mmt_read_options){ .no_answers = true }, err);
	struct fit_names names = { cache_of, site_of, task_of, r };
	struct fitter *f = r ? fitter_new(err) : NULL;
	const char *slash = strrchr(path, '/');
	struct fit *fit = NULL;

	if (f && feed_all(r, f, progress, arg, err)) {
		fitter_free(f);
		f = NULL;
	}
	if (f) {
		fit = fitter_end(f, &names);
		snprintf(fit->source, sizeof(fit->source), "%s", slash ? slash + 1 : path);
	}
	mmt_close(r);
	return fit;
}
