/* SPDX-License-Identifier: MIT
 *
 * Snapshots: the machine saved and compared with what the kernel's was.  Each
 * of its three parts (pages, slab, virtual addresses) is one decision: every
 * list in list order, every count.
 */
#include "analyze/verify/run.h"

#include <stdio.h>
#include <string.h>

static void part(struct run *r, const struct state_mark *mark, const char *name,
		 unsigned int differences, const struct mm_error *first)
{
	char text[700] = "";

	if (differences)
		snprintf(text, sizeof(text), "snapshot %u phase %u: %u differences in %s: %s",
			 mark->id, mark->phase, differences, name, first->text);
	decided(r, VERIFY_END_STATE, !differences, text);
}

static int compare_state(struct run *r, const struct pending *p, struct mm_error *err)
{
	struct mm_state got = { 0 };
	struct state_diff diff;

	if (mm_machine_save(r->m, &got, err))
		return err->code;
	state_diff(&p->s, &got, STATE_DIFF_FOLD, &diff);
	if (!r->list->traced && (diff.slab || diff.virt)) {
		learn_areas(r, &p->s, &got);
		learn_slabs(r, &p->s, &got);
	}
	mm_state_free(&got);
	part(r, &p->mark, "pages", diff.pages, &diff.first_pages);
	part(r, &p->mark, "slab", diff.slab, &diff.first_slab);
	part(r, &p->mark, "virtual", diff.virt, &diff.first_virt);
	return 0;
}

int next_state(struct run *r, struct pending *p, struct mm_error *err)
{
	memset(&p->s, 0, sizeof(p->s));
	p->have = state_next(r->state, &p->s, &p->mark, err);
	if (p->have <= 0)
		mm_state_free(&p->s);
	return p->have < 0 ? p->have : 0;
}

int states_before(struct run *r, struct pending *p, uint32_t k, struct mm_error *err)
{
	while (p->have > 0 && p->mark.op == r->op->i && p->mark.ev <= k) {
		bool before = r->differs;
		int ret;

		r->differs = false;
		ret = r->skipping ? resync(r, &p->s, err) : compare_state(r, p, err);
		if (!ret && (r->differs || before) && r->mode == VERIFY_FOLLOWED)
			ret = resync(r, &p->s, err);
		r->differs = false;
		mm_state_free(&p->s);
		p->have = 0;
		if (!ret && r->opt->check)
			ret = mm_check(r->m, err);
		if (!ret)
			ret = next_state(r, p, err);
		if (ret)
			return ret;
	}
	return 0;
}
