/* SPDX-License-Identifier: MIT
 *
 * What a run tells of its operations' modelled cost: cost.csv, cost/KIND.hgrm and
 * `cost` of run.json.  All of it is the same for the same trace, machine and seed.
 */
#include "replay/run_internal.h"

static const struct hists_unit instructions = { "instructions", 1 };

int run_write_cost(struct run *x)
{
	char dir[4200];
	FILE *f;
	int r;

	if (!x->cost || !x->out)
		return 0;
	f = run_open_result(x, "cost.csv");
	if (!f)
		return x->err->code;
	hists_write_csv(&x->cost->table, &instructions, f);
	r = run_close_result(x, &f, "cost.csv");
	if (r)
		return r;
	snprintf(dir, sizeof(dir), "%s/cost", out_dir_path(x->out));
	r = out_mkdirs(dir, x->err);
	return r ? r : hists_write_hgrm(&x->cost->table, &instructions, dir, x->err);
}

static void set_sums(json_t *o, const struct cost_sum *s, int kind)
{
	json_object_set_new(o, "instructions", json_integer((json_int_t)cost_sum_instructions(s, kind)));
	json_object_set_new(o, "cycles", json_integer((json_int_t)cost_sum_cycles(s, kind)));
}

json_t *run_cost_json(const struct run *x)
{
	json_t *o, *kinds;

	if (!x->cost)
		return json_null();
	o = json_object();
	kinds = hists_kinds_json(&x->cost->table, &instructions);
	set_sums(o, x->cost, HISTS_ALL);
	for (int k = HISTS_ALL; k < HISTS_KINDS; k++) {
		json_t *row = json_object_get(kinds, hists_kind_name(k));

		if (row && (k > 0 || k == HISTS_ALL))
			set_sums(row, x->cost, k);
	}
	json_object_set_new(o, "error_bound", json_real(1.0 / (2 << HIST_BITS)));
	json_object_set_new(o, "by_kind", kinds);
	json_object_set_new(o, "by_cause", hists_causes_json(&x->cost->table, &instructions));
	return o;
}
