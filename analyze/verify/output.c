/* SPDX-License-Identifier: MIT
 *
 * A verification's result: as a table, as JSON (docs/fidelity.md describes the
 * fields), and its errors over time as CSV.
 */
#include "analyze/verify/verify.h"
#include "analyze/verify/cost.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/table.h"

static bool is_empty(const struct verify_row *r)
{
	uint64_t n = r->decisions;

	for (int c = 0; c < VERIFY_NR_CAUSES; c++)
		n += r->excluded[c];
	return !n;
}

/* Rounded down, so that 100 means all. */
static double percent(const struct verify_row *r)
{
	uint64_t parts = r->decisions ? r->matches * 100000 / r->decisions : 0;

	return (double)parts / 1000;
}

static void excluded_text(const struct verify_row *r, char *buf, size_t size)
{
	size_t n = 0;

	*buf = 0;
	for (int c = 0; c < VERIFY_NR_CAUSES && n < size; c++)
		if (r->excluded[c])
			n += (size_t)snprintf(buf + n, size - n, "%s%s %" PRIu64, n ? ", " : "",
					      verify_cause_name((enum verify_cause)c),
					      r->excluded[c]);
}

static void put_row(struct table *t, const char *mode, const char *layer,
		    const struct verify_row *r)
{
	char a[FMT_LEN], b[FMT_LEN], why[300];

	excluded_text(r, why, sizeof(why));
	table_cell(t, "%s", mode);
	table_cell(t, "%s", layer);
	table_cell(t, "%s", fmt_grouped(a, r->decisions));
	table_cell(t, "%s", fmt_grouped(b, r->matches));
	if (r->decisions)
		table_cell(t, "%.3f", percent(r));
	else
		table_cell(t, "-");
	table_cell(t, "%s", why);
}

static bool same_modes(const struct verify_result *r)
{
	for (int l = 0; l < VERIFY_NR_LAYERS; l++)
		if (memcmp(&r->row[l][VERIFY_FOLLOWED], &r->row[l][VERIFY_FREE],
			   sizeof(r->row[l][0])))
			return false;
	return true;
}

static void print_rows(const struct verify_result *r, FILE *out)
{
	bool same = same_modes(r);
	struct table *t = table_new("<mode|<layer|>decisions|>matches|>percent|<taken from the recording");

	if (!t)
		return;
	for (int m = 0; m < VERIFY_NR_MODES - same; m++) {
		const char *mode = same ? "both" : verify_mode_name((enum verify_mode)m);
		struct verify_row all = { 0 };

		for (int l = 0; l < VERIFY_NR_LAYERS; l++) {
			const struct verify_row *row = &r->row[l][m];

			if (is_empty(row))
				continue;
			put_row(t, mode, verify_layer_name((enum verify_layer)l), row);
			all.decisions += row->decisions;
			all.matches += row->matches;
		}
		if (all.decisions)
			put_row(t, mode, "all", &all);
	}
	table_print(t, out, 2);
	table_free(t);
}

/* Frame numbers by zone and order, as far as a list asks for pages. */
static void print_pages(const struct verify_result *r, enum verify_mode m, FILE *out)
{
	static const char *const zone[VERIFY_ZONES] = { "DMA", "Normal", "HighMem" };
	struct table *t = table_new("<zone|>order|>decisions|>matches|>percent");
	bool any = false;

	for (int z = 0; z < VERIFY_ZONES && t; z++)
		for (int o = 0; o < VERIFY_ORDERS; o++) {
			const struct verify_row *row = &r->page[m][z][o];
			char a[FMT_LEN], b[FMT_LEN];

			if (!row->decisions)
				continue;
			table_cell(t, "%s", zone[z]);
			table_cell(t, "%d", o);
			table_cell(t, "%s", fmt_grouped(a, row->decisions));
			table_cell(t, "%s", fmt_grouped(b, row->matches));
			table_cell(t, "%.3f", percent(row));
			any = true;
		}
	if (any) {
		fprintf(out, "page frame numbers by zone and order, %s:\n", verify_mode_name(m));
		table_print(t, out, 2);
	}
	table_free(t);
}

/* Every decision left out for a start page differed: with them, a row's share. */
static double raw_percent(const struct verify_row *row)
{
	uint64_t all = row->decisions + row->excluded[VERIFY_START_ORDER];

	return all ? 100.0 * (double)row->matches / (double)all : 0;
}

static void print_raw(const struct verify_result *r, FILE *out)
{
	for (int l = 0; l < VERIFY_NR_LAYERS; l++)
		for (int m = 0; m < VERIFY_NR_MODES; m++)
			if (r->row[l][m].excluded[VERIFY_START_ORDER])
				fprintf(out, "%s, %s: %.3f %% when start_order counts as a mismatch\n",
					verify_layer_name((enum verify_layer)l),
					verify_mode_name((enum verify_mode)m),
					raw_percent(&r->row[l][m]));
}

void verify_print(const struct verify_result *r, FILE *out)
{
	char n[FMT_LEN];

	fprintf(out, "%s: %s %s", r->truth, fmt_grouped(n, r->operations),
		!strcmp(r->kind, "recording") ? "events" :
		!strcmp(r->kind, "constants") ? "values" : r->kind);
	if (*r->kernel)
		fprintf(out, ", %s", r->kernel);
	if (r->ram_mb)
		fprintf(out, ", %u MB", r->ram_mb);
	fputc('\n', out);
	print_rows(r, out);
	print_pages(r, VERIFY_FREE, out);
	for (int m = 0; m < VERIFY_NR_MODES; m++)
		if (r->resyncs[m])
			fprintf(out, "%s: started again from a snapshot %u times\n",
				verify_mode_name((enum verify_mode)m), r->resyncs[m]);
	print_raw(r, out);
	if (r->has_drift)
		fprintf(out, "free: end-state buddyinfo differs by at most %.3f %% of a zone's free pages\n",
			r->drift);
	if (*r->first_mismatch)
		fprintf(out, "first mismatch: %s\n", r->first_mismatch);
	else
		fputs("no mismatch\n", out);
	if (r->cost) {
		uint32_t nr;
		const struct cost_row *row = cost_sheet_rows(r->cost, &nr);

		cost_print(row, nr, cost_sheet_nr_left_out(r->cost), out);
	}
}

static json_t *cost_json(struct cost_sheet *s)
{
	json_t *rows = json_array();
	uint32_t nr;
	const struct cost_row *row = cost_sheet_rows(s, &nr);

	for (uint32_t i = 0; i < nr; i++)
		json_array_append_new(rows, json_pack("{s:s, s:I, s:I, s:I, s:f, s:f, s:f}",
			"path", row[i].path, "operations", (json_int_t)row[i].operations,
			"measured", (json_int_t)row[i].measured, "modelled",
			(json_int_t)row[i].modelled, "total_error", row[i].total_error,
			"median_error", row[i].median_error, "p90_error", row[i].p90_error));
	return rows;
}

static json_t *row_json(const struct verify_row *row)
{
	json_t *why = json_object();

	for (int c = 0; c < VERIFY_NR_CAUSES; c++)
		if (row->excluded[c])
			json_object_set_new(why, verify_cause_name((enum verify_cause)c),
					    json_integer((json_int_t)row->excluded[c]));
	return json_pack("{s:I, s:I, s:o}", "decisions", (json_int_t)row->decisions, "matches",
			 (json_int_t)row->matches, "excluded", why);
}

static json_t *rows_json(const struct verify_result *r)
{
	json_t *rows = json_array();

	for (int l = 0; l < VERIFY_NR_LAYERS; l++)
		for (int m = 0; m < VERIFY_NR_MODES; m++) {
			json_t *row;

			if (is_empty(&r->row[l][m]))
				continue;
			row = row_json(&r->row[l][m]);
			json_object_set_new(row, "layer",
					    json_string(verify_layer_name((enum verify_layer)l)));
			json_object_set_new(row, "mode",
					    json_string(verify_mode_name((enum verify_mode)m)));
			if (r->row[l][m].excluded[VERIFY_START_ORDER])
				json_object_set_new(row, "raw_percent",
						    json_real(raw_percent(&r->row[l][m])));
			json_array_append_new(rows, row);
		}
	return rows;
}

static json_t *pages_json(const struct verify_result *r)
{
	json_t *cells = json_array();

	for (int m = 0; m < VERIFY_NR_MODES; m++)
		for (int z = 0; z < VERIFY_ZONES; z++)
			for (int o = 0; o < VERIFY_ORDERS; o++) {
				const struct verify_row *row = &r->page[m][z][o];

				if (!row->decisions)
					continue;
				json_array_append_new(cells, json_pack("{s:s, s:i, s:i, s:I, s:I}",
					"mode", verify_mode_name((enum verify_mode)m), "zone", z,
					"order", o, "decisions", (json_int_t)row->decisions,
					"matches", (json_int_t)row->matches));
			}
	return cells;
}

void verify_json(const struct verify_result *r, FILE *out)
{
	json_t *j = json_pack("{s:i, s:s, s:s, s:s, s:I, s:I, s:o, s:o, s:{s:I, s:I}}",
			      "version", 1, "truth", r->truth, "kind", r->kind, "kernel", r->kernel,
			      "ram_mb", (json_int_t)r->ram_mb, "operations",
			      (json_int_t)r->operations, "rows", rows_json(r), "page_by_zone_and_order",
			      pages_json(r), "resyncs", "followed",
			      (json_int_t)r->resyncs[VERIFY_FOLLOWED], "free",
			      (json_int_t)r->resyncs[VERIFY_FREE]);

	if (!j)
		return;
	json_object_set_new(j, "first_mismatch",
			    *r->first_mismatch ? json_string(r->first_mismatch) : json_null());
	if (r->cost)
		json_object_set_new(j, "cost", cost_json(r->cost));
	if (r->has_drift)
		json_object_set_new(j, "buddyinfo_drift_percent", json_real(r->drift));
	json_dumpf(j, out, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	fputc('\n', out);
	json_decref(j);
}

void verify_csv(const struct verify_result *r, FILE *out)
{
	fputs("mode,operation,decisions,errors\n", out);
	for (int m = 0; m < VERIFY_NR_MODES; m++)
		for (uint32_t i = 0; i < r->series[m].nr; i++) {
			const struct verify_point *p = &r->series[m].point[i];

			fprintf(out, "%s,%" PRIu64 ",%" PRIu64 ",%" PRIu64 "\n",
				verify_mode_name((enum verify_mode)m), p->at, p->decisions,
				p->errors);
		}
}
