/* SPDX-License-Identifier: MIT
 *
 * The end of a recording: the machine's free blocks against the buddyinfo that
 * the after snapshot read, at the moment at which it was read.
 */
#include <math.h>

#include "analyze/verify/procdiff.h"
#include "analyze/verify/rec.h"

/* Per order and zone: the pages in blocks of that order, their difference in
 * percent of the zone's free pages.  A machine that was corrected at each step
 * must have just the recorded blocks; a free-running one is allowed 1 %. */
int rec_compare_end(struct rec_run *r, const char *dir, struct mm_error *err)
{
	double most = r->mode == VERIFY_FREE ? 1.0 : 0.0;
	uint32_t want[MM_NR_ZONES][MM_MAX_ORDER];
	int ret = rec_buddyinfo(dir, want, err);

	if (!ret && r->mode == VERIFY_FREE && r->opt && r->opt->diff)
		ret = diff_text(r->opt->diff, dir, "after/", "buddyinfo", r->m, err);
	if (ret)
		return ret;
	if (r->reclaim_ran) {
		verify_exclude(r->out, VERIFY_END_STATE, r->mode, VERIFY_RESYNC, MM_NR_ZONES * MM_MAX_ORDER);
		return 0;
	}
	r->out->has_drift |= r->mode == VERIFY_FREE;
	for (int z = 0; z < MM_NR_ZONES; z++) {
		struct mm_zone_info info;
		uint64_t pages = 0;

		mm_zone_info(r->m, (enum mm_zone_id)z, &info);
		for (int o = 0; o < MM_MAX_ORDER; o++)
			pages += (uint64_t)want[z][o] << o;
		for (int o = 0; pages && o < MM_MAX_ORDER; o++) {
			uint32_t got = 0;
			double diff;

			for (int mt = 0; mt < MM_MIGRATE_TYPES; mt++)
				got += info.nr_blocks[o][mt];
			diff = fabs((double)got - (double)want[z][o]) * (1u << o) * 100.0 / (double)pages;
			if (r->mode == VERIFY_FREE && diff > r->out->drift)
				r->out->drift = diff;
			verify_count(r->out, VERIFY_END_STATE, r->mode, diff <= most);
			if (diff > most)
				rec_mismatch(r, VERIFY_END_STATE, "buddyinfo of zone %s, order %d: %u blocks, recorded %u: %.2f %% of its free pages",
					     info.name, o, got, want[z][o], diff);
		}
	}
	return 0;
}
