/* SPDX-License-Identifier: MIT
 *
 * Verification of a recording: its page allocator events against the engine's
 * page allocator, once followed and once free-running (verify.h, rec.h).
 */
#include "analyze/verify/rec.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int run(struct verify_result *out, const struct rec_trace *t, const struct rec_start *s,
	       enum verify_mode mode, const char *dir, const struct verify_options *opt,
	       struct mm_error *err)
{
	struct rec_run r = { .t = t, .start = s, .out = out, .opt = opt, .mode = mode };
	int ret;

	r.m = rec_machine(s, err);
	if (!r.m)
		return err->code;
	r.nr_frames = mm_machine_layout(r.m)->max_pfn;
	ret = mode == VERIFY_FOLLOWED ? rec_follow(&r, err) : rec_free_run(&r, err);
	if (!ret && s->has_end)
		ret = rec_compare_end(&r, dir, err);
	free(r.judge);
	free(r.next_of);
	free(r.link);
	free(r.start_mark);
	free(r.reclaimed);
	mm_machine_destroy(r.m);
	return ret;
}

int verify_recorded(const char *dir, const struct verify_options *opt, struct verify_result *out,
		    struct mm_error *err)
{
	struct rec_trace t;
	static const struct verify_options no_options;
	struct rec_start s;
	uint32_t pages = 0;
	int ret;

	if (!opt)
		opt = &no_options;
	memset(out, 0, sizeof(*out));
	out->kind = "recording";
	snprintf(out->truth, sizeof(out->truth), "%s", dir);
	ret = rec_read(&t, dir, err);
	if (ret)
		return ret;
	out->operations = t.events;
	ret = rec_start(&s, dir, &t, err);
	if (!ret) {
		snprintf(out->kernel, sizeof(out->kernel), "%s", t.kernel[0] ? t.kernel : s.kernel);
		for (int i = 0; i < MM_NR_ZONES; i++)
			pages += s.state.zone[i].present;
		out->ram_mb = pages >> (20 - MM_PAGE_SHIFT);
		ret = run(out, &t, &s, VERIFY_FOLLOWED, dir, opt, err);
		if (!ret && !s.from_boot)
			ret = run(out, &t, &s, VERIFY_FREE, dir, opt, err);
		rec_start_free(&s);
	}
	rec_free(&t);
	if (ret)
		verify_result_free(out);
	return ret;
}
