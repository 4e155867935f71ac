/* SPDX-License-Identifier: MIT
 * The report's sections about the machine: events, address map, configuration.
 * They show what run.json holds, so that a new key appears without a change. */
#include "plots/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "plots/html.h"
#include "plots/map.h"

#define MIB 1048576.0

void report_events(const struct an_run *r, FILE *f)
{
	const json_t *events = an_run_get(r, "events"), *v;
	struct html_table t;
	const char *key;

	if (!json_object_size(events))
		return;
	fputs("<h2 id=\"events\">Events</h2>\n<details><summary>What the simulated kernel did, counted "
	      "(names as in /proc/vmstat where that has one)</summary>\n", f);
	html_table_begin(&t, f, "event|>count");
	json_object_foreach((json_t *)events, key, v) {
		if (!json_is_integer(v) || json_integer_value(v) <= 0)
			continue;
		html_cell(&t, "%s", key);
		html_count(&t, (uint64_t)json_integer_value(v));
	}
	html_table_end(&t);
	fputs("</details>\n", f);
}

/* ---- address map ---- */

#define LAYOUT_MEMBERS(X) \
	X(page_offset) X(max_low_pfn) X(max_pfn) X(pmd_shift) X(ptrs_per_pte) X(pageblock_order) \
	X(high_memory) X(vmalloc_start) X(vmalloc_end) X(pkmap_base) X(ldt_base) X(cpu_entry_area) \
	X(fixaddr_start) X(fixaddr_tot_start) X(fixaddr_top) X(last_pkmap) X(fix_kmap_begin) X(maxmem)

static int take(const json_t *layout, const char *name, uint32_t *to, struct mm_error *err)
{
	const json_t *v = json_object_get(layout, name);

	if (!json_is_integer(v) || json_integer_value(v) < 0 || json_integer_value(v) > UINT32_MAX)
		return mm_fail(err, -EINVAL, "run.json: machine.layout.%s: expected a number below 2^32", name);
	*to = (uint32_t)json_integer_value(v);
	return 0;
}

static int read_layout(const json_t *layout, struct mm_layout *l, struct mm_error *err)
{
	int ret = 0;

#define TAKE(name) if (!ret) ret = take(layout, #name, &l->name, err);
	LAYOUT_MEMBERS(TAKE)
#undef TAKE
	return ret;
}

int report_map(const struct an_run *r, FILE *f, struct mm_error *err)
{
	const json_t *layout = an_run_get(r, "machine.layout");
	struct mm_layout l = { 0 };
	struct addr_map map;
	int z, ret;

	fputs("<h2 id=\"map\">Address map</h2>\n", f);
	if (!layout) {
		fputs("<p>run.json does not tell the machine's layout.</p>\n", f);
		return 0;
	}
	ret = read_layout(layout, &l, err);
	if (!ret)
		ret = map_build(&map, an_run_text(r, "machine.name", "machine"), &l, err);
	if (ret)
		return mm_fail_in(err, r->dir);
	for (z = 0; z < AN_ZONES; z++)
		map.zone[z].present = r->zone[z].present;
	fputs("<figure>\n", f);
	map_svg(&map, true, f);
	fputs("<figcaption><p class=\"read\"><b>How to read it.</b> DMA and Normal memory have kernel addresses of their own "
	      "(shaded: the direct map). HighMem has none: the kernel reaches it through the green windows, pkmap and "
	      "kmap_local, or maps it into the vmalloc range. More lowmem means less room for vmalloc and the other way "
	      "round.</p></figcaption>\n</figure>\n", f);
	return 0;
}

/* ---- configuration ---- */

static void zone_table(const struct an_run *r, FILE *f)
{
	struct html_table t;
	int z;

	html_table_begin(&t, f, "zone|>first pfn|>spanned|>present|>managed|>min|>low|>high|>managed, MiB");
	for (z = 0; z < AN_ZONES; z++) {
		const struct an_zone *n = &r->zone[z];

		if (!n->exists)
			continue;
		html_cell(&t, "%s", an_zone_names[z]);
		html_cell(&t, "0x%" PRIx64, n->start_pfn);
		html_cell(&t, "%" PRIu64, n->spanned);
		html_cell(&t, "%" PRIu64, n->present);
		html_cell(&t, "%" PRIu64, n->managed);
		html_cell(&t, "%" PRIu64, n->min);
		html_cell(&t, "%" PRIu64, n->low);
		html_cell(&t, "%" PRIu64, n->high);
		html_cell(&t, "%.1f", (double)n->managed * AN_PAGE / MIB);
	}
	html_table_end(&t);
}

/* Scalars of a JSON object, one row each; what is nested has its own table. */
static void scalars(FILE *f, const json_t *o, const char *head)
{
	struct html_table t;
	const json_t *v;
	const char *key;

	html_table_begin(&t, f, head);
	json_object_foreach((json_t *)o, key, v) {
		if (json_is_object(v) || json_is_array(v) || json_is_null(v))
			continue;
		html_cell(&t, "%s", key);
		if (json_is_string(v))
			html_cell(&t, "%s", json_string_value(v));
		else if (json_is_boolean(v))
			html_cell(&t, "%s", json_is_true(v) ? "yes" : "no");
		else if (json_is_integer(v))
			html_cell(&t, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
		else
			html_cell(&t, "%g", json_number_value(v));
	}
	html_table_end(&t);
}

/* Counts above zero; nothing when there is none. */
static void not_replayed(const json_t *counts, FILE *f)
{
	struct html_table t;
	const json_t *v;
	const char *key;
	bool any = false;

	json_object_foreach((json_t *)counts, key, v) {
		if (!json_is_integer(v) || json_integer_value(v) <= 0)
			continue;
		if (!any)
			html_table_begin(&t, f, "what the recording did and the replay did not|>count");
		any = true;
		html_cell(&t, "%s", key);
		html_count(&t, (uint64_t)json_integer_value(v));
	}
	if (any)
		html_table_end(&t);
}

void report_machine(const struct an_run *r, FILE *f)
{
	fputs("<h2 id=\"machine\">Machine and trace</h2>\n<p>Zones in pages of 4 KiB, watermarks as after boot.</p>\n", f);
	zone_table(r, f);
	if (json_object_size(an_run_get(r, "machine")))
		scalars(f, an_run_get(r, "machine"), "machine|>value");
	if (json_object_size(an_run_get(r, "trace")))
		scalars(f, an_run_get(r, "trace"), "trace|>value");
	not_replayed(an_run_get(r, "not_replayed"), f);
}
