/* SPDX-License-Identifier: MIT
 *
 * verify_oracle: an operation list run against the engine, in both modes.
 *
 * Free: the machine starts from the recorded state and is never corrected; only
 * after an operation in which reclaim or compaction ran it is loaded anew from
 * the next snapshot.  Followed: it is loaded anew from the next snapshot after a
 * mismatch, too.  Where a free run has neither mismatch nor resync the two are
 * the same run, and the list is run once.
 *
 * An untraced list does not tell where new slabs' free lists start; this is
 * learned from later addresses, which takes several tries (learn.c).
 */
#include "analyze/verify/procdiff.h"
#include "analyze/verify/run.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_TRIES = 1000 };

static void clear_mode(struct verify_result *res, enum verify_mode m)
{
	for (int l = 0; l < VERIFY_NR_LAYERS; l++)
		memset(&res->row[l][m], 0, sizeof(res->row[l][m]));
	memset(res->page[m], 0, sizeof(res->page[m]));
	res->resyncs[m] = 0;
	res->series[m].nr = 0;
	res->series[m].step = 1;
}

static int run_once(struct run *r, struct mm_error *err)
{
	int ret;

	clear_mode(r->res, r->mode);
	r->learned->at = 0;
	r->learned->again = false;
	ret = start_run(r, err);
	if (!ret) {
		snprintf(r->res->kernel, sizeof(r->res->kernel), "%s", state_kernel(r->state));
		r->res->ram_mb = (uint32_t)(r->config.ram_bytes >> 20);
		ret = cost_begin(r, err);
		if (!ret)
			ret = run_list(r, err);
	}
	if (!ret && !r->learned->again && r->mode == VERIFY_FREE && r->opt->diff)
		ret = diff_last_snapshot(r->opt->diff, r->dir, r->m, err);
	cost_end(r);
	mm_machine_destroy(r->m);
	mm_state_free(&r->first);
	state_close(r->state);
	free(r->slot);
	free(r->used);
	free(r->alias);
	free(r->seen);
	return ret;
}

static int run_mode(const char *dir, struct oplist *list, enum verify_mode mode,
		    const struct verify_options *opt, struct verify_result *res,
		    struct mm_error *err)
{
	struct learned learned = { 0 };
	char first[VERIFY_TEXT];
	int ret, tries = 0;

	memcpy(first, res->first_mismatch, sizeof(first));
	do {
		struct run r = { .dir = dir, .mode = mode, .opt = opt, .res = res, .list = list,
				 .learned = &learned, .who = { .task = 1 } };

		memcpy(res->first_mismatch, first, sizeof(first));
		ret = run_once(&r, err);
	} while (!ret && learned.again && ++tries < MAX_TRIES);
	free(learned.guess);
	return ret;
}

/* The free run was never corrected and never wrong: the followed one is it. */
static int copy_mode(struct verify_result *res, enum verify_mode to, enum verify_mode from,
		     struct mm_error *err)
{
	struct verify_series *s = &res->series[to];

	for (int l = 0; l < VERIFY_NR_LAYERS; l++)
		res->row[l][to] = res->row[l][from];
	memcpy(res->page[to], res->page[from], sizeof(res->page[to]));
	*s = res->series[from];
	s->point = malloc((s->nr + 1) * sizeof(*s->point));
	if (!s->point)
		return mm_fail(err, -ENOMEM, "%s: out of memory", res->truth);
	memcpy(s->point, res->series[from].point, s->nr * sizeof(*s->point));
	return 0;
}

int verify_oracle(const char *dir, const struct verify_options *opt, struct verify_result *out,
		  struct mm_error *err)
{
	uint64_t decisions, errors;
	struct oplist list;
	int ret;

	memset(out, 0, sizeof(*out));
	out->kind = "operations";
	snprintf(out->truth, sizeof(out->truth), "%s", dir);
	if (opt->cost && !(out->cost = cost_sheet_new()))
		return mm_fail(err, -ENOMEM, "%s: no memory for the costs", dir);
	ret = oplist_read(&list, dir, err);
	if (ret) {
		verify_result_free(out);
		return ret;
	}
	out->operations = list.nr_op;
	ret = run_mode(dir, &list, VERIFY_FREE, opt, out, err);
	verify_totals(out, VERIFY_FREE, &decisions, &errors);
	if (!ret && !errors && !out->resyncs[VERIFY_FREE])
		ret = copy_mode(out, VERIFY_FOLLOWED, VERIFY_FREE, err);
	else if (!ret)
		ret = run_mode(dir, &list, VERIFY_FOLLOWED, opt, out, err);
	oplist_free(&list);
	if (ret)
		verify_result_free(out);
	return ret;
}
