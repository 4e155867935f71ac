/* SPDX-License-Identifier: MIT
 *
 * run.json.  Keys stand in the order in which they are set here; all but those
 * of the host are the same for the same trace, machine and seed.
 */
#include <string.h>

#include "replay/run_internal.h"

static void set(json_t *o, const char *key, uint64_t v)
{
	json_object_set_new(o, key, json_integer((json_int_t)v));
}

static void set_text(json_t *o, const char *key, const char *s)
{
	json_t *j = json_string(s);

	if (!j)	/* jansson refuses what is not UTF-8 */
		j = json_string("(not UTF-8)");
	json_object_set_new(o, key, j);
}

/* ---- the machine ---- */

static json_t *layout_json(const struct mm_layout *l)
{
	json_t *o = json_object();

	set(o, "page_offset", l->page_offset);
	set(o, "max_low_pfn", l->max_low_pfn);
	set(o, "max_pfn", l->max_pfn);
	set(o, "pmd_shift", l->pmd_shift);
	set(o, "ptrs_per_pte", l->ptrs_per_pte);
	set(o, "pageblock_order", l->pageblock_order);
	set(o, "high_memory", l->high_memory);
	set(o, "vmalloc_start", l->vmalloc_start);
	set(o, "vmalloc_end", l->vmalloc_end);
	set(o, "pkmap_base", l->pkmap_base);
	set(o, "ldt_base", l->ldt_base);
	set(o, "cpu_entry_area", l->cpu_entry_area);
	set(o, "fixaddr_start", l->fixaddr_start);
	set(o, "fixaddr_tot_start", l->fixaddr_tot_start);
	set(o, "fixaddr_top", l->fixaddr_top);
	set(o, "last_pkmap", l->last_pkmap);
	set(o, "fix_kmap_begin", l->fix_kmap_begin);
	set(o, "maxmem", l->maxmem);
	return o;
}

static json_t *zone_json(const struct mm_machine *m, enum mm_zone_id id)
{
	json_t *o = json_object(), *reserve = json_array();
	struct mm_zone_info z;
	int i;

	mm_zone_info(m, id, &z);
	set_text(o, "name", mm_zone_text[id]);
	set(o, "start_pfn", z.start_pfn);
	set(o, "spanned", z.spanned);
	set(o, "present", z.present);
	set(o, "managed", z.managed);
	set(o, "min", z.wmark[MM_WMARK_MIN]);
	set(o, "low", z.wmark[MM_WMARK_LOW]);
	set(o, "high", z.wmark[MM_WMARK_HIGH]);
	for (i = 0; i < 4; i++)
		json_array_append_new(reserve, json_integer(z.lowmem_reserve[i]));
	json_object_set_new(o, "lowmem_reserve", reserve);
	set(o, "pcp_high", z.pcp[0].high);
	set(o, "pcp_batch", z.pcp[0].batch);
	set(o, "stat_threshold", z.stat_threshold);
	set(o, "free", z.nr_free_exact);
	return o;
}

static uint64_t ram_bytes(const struct mm_config *c)
{
	uint64_t sum = 0;
	unsigned int i;

	for (i = 0; i < c->nr_e820; i++)
		if (c->e820[i].type == MM_E820_RAM)
			sum += c->e820[i].end - c->e820[i].start;
	return c->nr_e820 ? sum : c->ram_bytes;
}

json_t *machine_json(const struct mm_machine *m)
{
	static const char *const slabs[] = { "slub", "slab", "slob" };
	const struct mm_config *c = mm_machine_config(m);
	json_t *o = json_object(), *zones = json_array();
	int z;

	set_text(o, "name", c->name);
	set(o, "ram_bytes", ram_bytes(c));
	set(o, "cpus", c->cpus);
	json_object_set_new(o, "pae", json_boolean(c->pae));
	set(o, "cache_line", c->cache_line);
	set_text(o, "slab", slabs[c->slab]);
	json_object_set_new(o, "init_on_alloc", json_boolean(c->init_on_alloc));
	set(o, "seed", c->seed);
	for (z = 0; z < MM_NR_ZONES; z++)
		json_array_append_new(zones, zone_json(m, (enum mm_zone_id)z));
	json_object_set_new(o, "zones", zones);
	json_object_set_new(o, "layout", layout_json(mm_machine_layout(m)));
	return o;
}

/* ---- the trace ---- */

static json_t *trace_json(const struct run *x)
{
	json_t *o = json_object(), *meta = json_object();
	const char *key, *value;
	size_t i;

	set_text(o, "path", x->o->trace);
	set(o, "operations", x->totals_known ? x->totals.operations : x->r->counts.operations);
	set(o, "duration_ns", x->totals_known ? x->totals.duration_ns : x->r->duration_ns);
	for (i = 0; mmt_meta_at(x->trace, i, &key, &value); i++)
		set_text(meta, key, value);
	json_object_set_new(o, "metadata", meta);
	if (x->r->damage)
		set_text(o, "damage", x->r->damage);
	return o;
}

/* ---- counts ---- */

static json_t *kinds_json(const struct run *x)
{
	const struct backend_counts *c = &x->r->counts;
	json_t *o = json_object();
	int k, i;

	for (k = 0; k <= TRACE_KIND_MAX; k++) {
		uint64_t ok = c->kind[k];
		json_t *row;

		if (!ok)
			continue;
		row = json_object();
		set(row, "count", c->kind[k]);
		for (i = MM_FAIL; i < NR_OUTCOMES; i++)
			ok -= c->outcome[i][k] < ok ? c->outcome[i][k] : ok;
		ok -= c->skipped[k] < ok ? c->skipped[k] : ok;
		ok -= c->left_out[k] < ok ? c->left_out[k] : ok;
		set(row, "ok", ok);
		for (i = MM_FAIL; i < NR_OUTCOMES; i++)
			set(row, outcome_name((enum mm_outcome)i), c->outcome[i][k]);
		set(row, "skipped", c->skipped[k]);
		set(row, "left_out", c->left_out[k]);
		json_object_set_new(o, trace_kind_name((unsigned int)k) ? trace_kind_name((unsigned int)k) : "unknown", row);
	}
	return o;
}

static json_t *events_json(const struct mm_machine *m)
{
	const uint64_t *ev = mm_events(m);
	json_t *o = json_object();
	int i;

	for (i = 0; i < MM_NR_EVENTS; i++)
		set(o, mm_event_name((enum mm_event)i), ev[i]);
	return o;
}

static json_t *causes_json(const struct run *x)
{
	json_t *o = json_object();
	int i, k;

	for (i = MM_FAIL; i < NR_OUTCOMES; i++)
		for (k = 0; k < MM_NR_CAUSES; k++) {
			char key[80];

			if (!x->failures.cause[i][k])
				continue;
			snprintf(key, sizeof(key), "%s/%s", outcome_name((enum mm_outcome)i),
				 mm_cause_name((enum mm_cause)k));
			set(o, key, x->failures.cause[i][k]);
		}
	for (k = 0; k < MM_NR_MISUSE; k++) {
		char key[80];

		snprintf(key, sizeof(key), "misuse/%s", mm_misuse_name((enum mm_misuse_kind)k));
		if (x->failures.misuse[k])
			set(o, key, x->failures.misuse[k]);
	}
	return o;
}

static json_t *orders_json(const struct mm_machine *m)
{
	const uint64_t *n = mm_failures_by_order(m);
	json_t *a = json_array();
	int i;

	for (i = 0; i < MM_MAX_ORDER; i++)
		json_array_append_new(a, json_integer((json_int_t)n[i]));
	return a;
}

static json_t *peaks_json(const struct timeline_peak *p)
{
	json_t *o = json_object();
	int i;

	for (i = SAMPLE_time_ns + 1; i < NR_SAMPLE_COLUMNS; i++) {
		json_t *row = json_object();

		set(row, "value", p[i].value);
		set(row, "op", p[i].op);
		set(row, "time_ns", p[i].time_ns);
		json_object_set_new(o, sample_column_name[i], row);
	}
	return o;
}

static json_t *not_replayed_json(const struct run *x)
{
	const struct backend_counts *c = &x->r->counts;
	json_t *o = json_object();
	int i;

	for (i = 0; i < NR_NOT_REPLAYED; i++)
		set(o, not_replayed_name((enum not_replayed)i), c->not_replayed[i]);
	set(o, "orphan_frees", c->orphan_frees);
	set(o, "slots_given_anew_before_their_free", c->slots_lost);
	set(o, "bulk_page_requests_that_got_fewer", c->bulk_short);
	set(o, "requests_that_the_recorded_kernel_refused", c->recorded_failures);
	set(o, "of_these_granted_here_and_given_back", c->recorded_failures_ok);
	return o;
}

static json_t *marks_json(const struct run *x)
{
	json_t *a = json_array();
	uint32_t i;

	for (i = 0; i < x->nr_marks; i++) {
		json_t *o = json_object();

		set_text(o, "name", x->marks[i].name);
		set(o, "op", x->marks[i].op);
		set(o, "time_ns", x->marks[i].time_ns);
		json_array_append_new(a, o);
	}
	return a;
}

static json_t *host_json(const struct run_result *r)
{
	json_t *o = json_object();

	json_object_set_new(o, "seconds_replay", json_real(r->seconds));
	json_object_set_new(o, "cpu_seconds_replay", json_real(r->cpu_seconds));
	json_object_set_new(o, "seconds_sampling", json_real(r->seconds_sampling));
	json_object_set_new(o, "seconds_total", json_real(r->seconds_total));
	set(o, "peak_rss_bytes", r->peak_rss_bytes);
	return o;
}

static void set_counts(json_t *o, const struct run_result *r)
{
	double rate = r->seconds > 0 ? (double)r->counts.operations / r->seconds : 0;

	set(o, "operations", r->counts.operations);
	set(o, "failures", r->failures);
	set(o, "would_block", r->would_block);
	set(o, "misuse", r->misuse);
	set(o, "unsupported", r->unsupported);
	set(o, "orphan_frees", r->counts.orphan_frees);
	set(o, "foreign_frees", r->counts.foreign_frees);
	set(o, "skipped", r->skipped);
	json_object_set_new(o, "seconds", json_real(r->seconds));
	json_object_set_new(o, "operations_per_second", json_real(rate));
	set(o, "peak_rss_bytes", r->peak_rss_bytes);
	set_text(o, "check", r->check);
}

/* Where the run started from, and what had to be assumed about it. */
static json_t *state_json(const struct run *x)
{
	json_t *o, *a;

	if (!x->o->state_dir)
		return json_null();
	o = json_object();
	a = json_array();
	set_text(o, "kind", state_is_proc(x->o->state_dir) ? "proc" : "exact");
	set_text(o, "source", x->o->state_dir);
	for (uint32_t i = 0; i < x->assumed.nr; i++)
		json_array_append_new(a, json_string(x->assumed.text[i]));
	json_object_set_new(o, "assumed", a);
	return o;
}

/* The host's allocator of a baseline: what it says of itself, and how the run
 * used it. */
static json_t *allocator_json(const struct run *x)
{
	json_t *o = json_object();
	const struct backend_fact *f;
	size_t n, i;

	f = x->b->ops->facts(x->b, &n);
	for (i = 0; i < n; i++)
		set_text(o, f[i].key, f[i].value);
	json_object_set_new(o, "zero", json_boolean(x->o->zero));
	json_object_set_new(o, "touch", json_boolean(x->o->touch));
	return o;
}

json_t *run_json(const struct run *x)
{
	json_t *o = json_object();

	set_text(o, "schema", "mmreplay-run-1");
	set_text(o, "backend", x->b->ops->name);
	set_counts(o, x->r);
	json_object_set_new(o, "verdicts", run_verdicts(x));
	if (x->m)
		json_object_set_new(o, "machine", machine_json(x->m));
	if (x->b->ops->facts)
		json_object_set_new(o, "allocator", allocator_json(x));
	json_object_set_new(o, "trace", trace_json(x));
	json_object_set_new(o, "state", state_json(x));
	json_object_set_new(o, "by_kind", kinds_json(x));
	if (x->m) {
		json_object_set_new(o, "events", events_json(x->m));
		json_object_set_new(o, "failures_by_order", orders_json(x->m));
	}
	json_object_set_new(o, "causes", causes_json(x));
	json_object_set_new(o, "peaks", peaks_json(timeline_high(x->timeline)));
	json_object_set_new(o, "lows", peaks_json(timeline_low(x->timeline)));
	json_object_set_new(o, "not_replayed", not_replayed_json(x));
	json_object_set_new(o, "marks", marks_json(x));
	set(o, "marks_dropped", x->marks_dropped);
	set(o, "snapshots_dropped", x->snapshots_dropped);
	json_object_set_new(o, "cost", run_cost_json(x));
	json_object_set_new(o, "latency", run_latency_json(x));
	json_object_set_new(o, "host", host_json(x->r));
	return o;
}
