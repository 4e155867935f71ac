/* SPDX-License-Identifier: MIT
 *
 * What a run tells of its operations' host time: latency.csv, latency/KIND.hgrm
 * and `latency` of run.json.  None of it is the same in two runs.
 */
#include "replay/latency.h"
#include "replay/run_internal.h"

static struct hists_unit nanoseconds(const struct latency *l)
{
	return (struct hists_unit){ "ns", l->ns_per_tick };
}

int run_write_latency(struct run *x)
{
	struct hists_unit ns;
	char dir[4200];
	FILE *f;
	int r;

	if (!x->latency)
		return 0;
	latency_finish(x->latency);
	if (!x->out)
		return 0;
	ns = nanoseconds(x->latency);
	f = run_open_result(x, "latency.csv");
	if (!f)
		return x->err->code;
	hists_write_csv(&x->latency->table, &ns, f);
	r = run_close_result(x, &f, "latency.csv");
	if (r)
		return r;
	snprintf(dir, sizeof(dir), "%s/latency", out_dir_path(x->out));
	r = out_mkdirs(dir, x->err);
	return r ? r : hists_write_hgrm(&x->latency->table, &ns, dir, x->err);
}

json_t *run_latency_json(const struct run *x)
{
	const struct latency *l = x->latency;
	struct hists_unit ns;
	json_t *o;

	if (!l)
		return json_null();
	ns = nanoseconds(l);
	o = json_object();
	json_object_set_new(o, "mode", json_string(l->mode == LATENCY_ALL ? "all" : "sampled"));
	json_object_set_new(o, "every", json_integer(l->every));
	json_object_set_new(o, "clock", json_string(l->tsc ? "tsc" : "monotonic_raw"));
	json_object_set_new(o, "tick_ns", json_real(l->ns_per_tick));
	json_object_set_new(o, "overhead_ns", json_real((double)l->overhead * l->ns_per_tick));
	json_object_set_new(o, "error_bound", json_real(1.0 / (2 << HIST_BITS)));
	json_object_set_new(o, "by_kind", hists_kinds_json(&l->table, &ns));
	json_object_set_new(o, "by_cause", hists_causes_json(&l->table, &ns));
	return o;
}
