/* SPDX-License-Identifier: MIT
 * Tables of histograms: making, adding up, CSV and JSON. */
#include "replay/hists.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/hgrm.h"
#include "traces/format/mmt.h"

_Static_assert(HISTS_KINDS == TRACE_KIND_MAX + 1, "a row for each kind");

const char *op_cause_name(enum op_cause c)
{
	static const char *const names[NR_CAUSES] = {
		[CAUSE_ANY] = "any", [CAUSE_FAST] = "fast", [CAUSE_SLAB_LIST] = "slab_list",
		[CAUSE_SLAB_FREE] = "slab_free",
		[CAUSE_NEW_SLAB] = "new_slab", [CAUSE_SLAB_DISCARD] = "slab_discard",
		[CAUSE_BUDDY] = "buddy", [CAUSE_DRAIN] = "drain", [CAUSE_REFILL] = "refill",
		[CAUSE_SPLIT] = "split", [CAUSE_PKMAP_FLUSH] = "pkmap_flush",
		[CAUSE_VMAP_PURGE] = "vmap_purge", [CAUSE_STEAL] = "steal",
		[CAUSE_SLOW_PATH] = "slow_path", [CAUSE_LEFT_OUT] = "left_out",
		[CAUSE_WOULD_BLOCK] = "would_block", [CAUSE_FAIL] = "fail",
		[CAUSE_MISUSE] = "misuse", [CAUSE_UNSUPPORTED] = "unsupported",
	};

	return names[c];
}

const char *hists_kind_name(int kind)
{
	const char *name = kind > 0 ? trace_kind_name((unsigned int)kind) : NULL;

	if (kind == HISTS_ALL)
		return "all";
	return name ? name : "unknown";
}

int hists_init(struct hists *t, struct mm_error *err)
{
	memset(t, 0, sizeof(*t));
	t->nr_rows = 1;
	for (unsigned int k = 1; k < HISTS_KINDS; k++)
		if (trace_kind_name(k)) {
			t->row[k] = (uint8_t)t->nr_rows;
			t->kind[t->nr_rows++] = (uint8_t)k;
		}
	t->hist = calloc((size_t)t->nr_rows * NR_CAUSES, sizeof(*t->hist));
	return t->hist ? 0 : mm_fail(err, -ENOMEM, "no memory for the histograms of operations");
}

void hists_free(struct hists *t)
{
	free(t->hist);
	t->hist = NULL;
}

void hists_sum(const struct hists *t, int kind, int cause, struct histogram *to)
{
	memset(to, 0, sizeof(*to));
	for (uint32_t row = 0; row < t->nr_rows; row++) {
		if (kind != HISTS_ALL && row != t->row[kind])
			continue;
		for (int c = 0; c < NR_CAUSES; c++)
			if (cause == HISTS_ALL ? c != CAUSE_LEFT_OUT : c == cause)
				hist_merge(to, &t->hist[row * NR_CAUSES + (uint32_t)c]);
	}
}

/* ---- what is told of one histogram ---- */

static const struct { const char *name; double q; } quantiles[] = {
	{ "p50", 0.5 }, { "p90", 0.9 }, { "p99", 0.99 }, { "p99_9", 0.999 },
};

enum { NR_QUANTILES = sizeof(quantiles) / sizeof(quantiles[0]) };

static void csv_row(const struct histogram *h, int kind, const char *cause,
		    const struct hists_unit *u, FILE *f)
{
	if (!hist_count(h))
		return;
	fprintf(f, "%s,%s,%llu,%.2f,%.2f", hists_kind_name(kind), cause,
		(unsigned long long)hist_count(h), (double)hist_min(h) * u->scale,
		hist_mean(h) * u->scale);
	for (int i = 0; i < NR_QUANTILES; i++)
		fprintf(f, ",%.2f", hist_quantile(h, quantiles[i].q) * u->scale);
	fprintf(f, ",%.2f\n", (double)h->max * u->scale);
}

static void csv_kind(const struct hists *t, int kind, const struct hists_unit *u,
		     struct histogram *sum, FILE *f)
{
	hists_sum(t, kind, HISTS_ALL, sum);
	csv_row(sum, kind, "all", u, f);
	for (int c = 0; c < NR_CAUSES; c++) {
		hists_sum(t, kind, c, sum);
		csv_row(sum, kind, op_cause_name((enum op_cause)c), u, f);
	}
}

void hists_write_csv(const struct hists *t, const struct hists_unit *u, FILE *f)
{
	struct histogram sum;

	fprintf(f, "kind,cause,count,min_%s,mean_%s", u->name, u->name);
	for (int i = 0; i < NR_QUANTILES; i++)
		fprintf(f, ",%s_%s", quantiles[i].name, u->name);
	fprintf(f, ",max_%s\n", u->name);
	csv_kind(t, HISTS_ALL, u, &sum, f);
	for (uint32_t row = 0; row < t->nr_rows; row++)
		csv_kind(t, t->kind[row], u, &sum, f);
}

static void set_real(json_t *o, const char *name, const struct hists_unit *u, double v)
{
	char key[40];

	snprintf(key, sizeof(key), "%s_%s", name, u->name);
	json_object_set_new(o, key, json_real(v * u->scale));
}

/* Set key to what the histogram tells, unless it is empty. */
static void set_summary(json_t *o, const char *key, const struct histogram *h,
			const struct hists_unit *u)
{
	json_t *s;

	if (!hist_count(h))
		return;
	s = json_object();
	json_object_set_new(s, "count", json_integer((json_int_t)hist_count(h)));
	set_real(s, "min", u, (double)hist_min(h));
	set_real(s, "mean", u, hist_mean(h));
	for (int i = 0; i < NR_QUANTILES; i++)
		set_real(s, quantiles[i].name, u, hist_quantile(h, quantiles[i].q));
	set_real(s, "max", u, (double)h->max);
	json_object_set_new(o, key, s);
}

json_t *hists_kinds_json(const struct hists *t, const struct hists_unit *u)
{
	json_t *o = json_object();
	struct histogram sum;

	hists_sum(t, HISTS_ALL, HISTS_ALL, &sum);
	set_summary(o, "all", &sum, u);
	for (uint32_t row = 0; row < t->nr_rows; row++) {
		hists_sum(t, t->kind[row], HISTS_ALL, &sum);
		set_summary(o, hists_kind_name(t->kind[row]), &sum, u);
	}
	return o;
}

json_t *hists_causes_json(const struct hists *t, const struct hists_unit *u)
{
	json_t *o = json_object();
	struct histogram sum;

	for (int c = 0; c < NR_CAUSES; c++) {
		hists_sum(t, HISTS_ALL, c, &sum);
		set_summary(o, op_cause_name((enum op_cause)c), &sum, u);
	}
	return o;
}

/* ---- .hgrm ---- */

static int hgrm_file(const struct hists *t, int kind, const struct hists_unit *u, const char *dir,
		     struct mm_error *err)
{
	struct histogram sum;
	char path[4400];
	FILE *f;
	int bad;

	hists_sum(t, kind, HISTS_ALL, &sum);
	if (!hist_count(&sum) && kind != HISTS_ALL)
		return 0;
	snprintf(path, sizeof(path), "%s/%s.hgrm", dir, hists_kind_name(kind));
	f = fopen(path, "w");
	if (!f)
		return mm_fail(err, -errno, "%s: cannot be written: %s", path, strerror(errno));
	hgrm_write(&sum, u->scale, f);
	bad = ferror(f);
	if (fclose(f) || bad)
		return mm_fail(err, -EIO, "%s: cannot be written", path);
	return 0;
}

int hists_write_hgrm(const struct hists *t, const struct hists_unit *u, const char *dir,
		     struct mm_error *err)
{
	int r = hgrm_file(t, HISTS_ALL, u, dir, err);

	for (uint32_t row = 0; !r && row < t->nr_rows; row++)
		r = hgrm_file(t, t->kind[row], u, dir, err);
	return r;
}
