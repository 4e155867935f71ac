/* SPDX-License-Identifier: MIT
 *
 * mmreplay info: what is in a trace, its operations as text (--dump), or its
 * pictures (--plot).
 */
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "analyze/trace_info.h"
#include "base/fmt.h"
#include "base/gfp.h"
#include "base/table.h"
#include "cmd/cmd.h"
#include "cmd/info.h"

struct arguments {
	bool json, salvage, dump, plot;
	const char *output;
	int64_t from, count, top;
};

/* "copy_process+0x278", or the frames of a stack joined by ';', innermost first. */
static const char *site_text(const struct mmt_reader *r, uint32_t id, char *buf, size_t size)
{
	struct trace_site s = mmt_get_site(r, id);
	size_t len = 0;

	if (s.name)
		return s.name;
	buf[0] = 0;
	for (uint32_t i = 0; i < s.nr_frames && len + 1 < size; i++) {
		int n = snprintf(buf + len, size - len, "%s%s", i ? ";" : "", mmt_get_string(r, s.frames[i]));

		if (n < 0)
			break;
		len += (size_t)n;
	}
	return buf;
}

static const char *task_text(const struct mmt_reader *r, uint32_t id, char *buf, size_t size)
{
	struct trace_task t = mmt_get_task(r, id);

	snprintf(buf, size, "%s-%d", t.comm, t.pid);
	return buf;
}

/* ---- the table ---- */

static void print_head(const struct mmt_reader *r, const struct trace_info *info, const char *path)
{
	const struct trace_totals *t = &info->totals;
	char a[FMT_LEN], b[FMT_LEN];
	struct table *x = table_new("<|>");
	uint64_t bytes = mmt_size(r);

	table_cell(x, "operations");
	table_cell(x, "%s", fmt_grouped(a, t->operations));
	table_cell(x, "records with items");
	table_cell(x, "%s", fmt_grouped(a, t->records));
	table_cell(x, "trace time");
	table_cell(x, "%s", fmt_seconds(a, (double)t->duration_ns * 1e-9));
	if (t->duration_ns) {
		table_cell(x, "operations a second");
		table_cell(x, "%s", fmt_count(a, (double)t->operations / ((double)t->duration_ns * 1e-9)));
	}
	if (bytes && t->operations) {
		table_cell(x, "file");
		table_cell(x, "%s", fmt_bytes(a, (double)bytes));
		table_cell(x, "bytes an operation");
		table_cell(x, "%.2f", (double)bytes / (double)t->operations);
	}
	table_cell(x, "most objects at a time");
	table_cell(x, "%s", fmt_grouped(a, t->slots));
	table_cell(x, "CPUs, tasks");
	table_cell(x, "%u, %s", t->cpus, fmt_grouped(a, info->nr_task));
	table_cell(x, "call sites, caches");
	table_cell(x, "%s, %s", fmt_grouped(a, info->nr_site), fmt_grouped(b, info->nr_cache));
	table_cell(x, "recorded answers");
	table_cell(x, "%s", t->answers ? "yes" : "no");
	table_cell(x, "refused by the recorded kernel");
	table_cell(x, "%s", fmt_grouped(a, info->failed));
	table_cell(x, "orphan frees");
	table_cell(x, "%s", fmt_grouped(a, info->orphans));
	printf("%s\n", path);
	table_print(x, stdout, 0);
	table_free(x);
}

static void print_meta(const struct mmt_reader *r)
{
	const char *key, *value;

	for (size_t i = 0; mmt_meta_at(r, i, &key, &value); i++) {
		if (!i)
			printf("\nmetadata\n");
		printf("  %s: %s\n", key, value);
	}
}

static void print_kinds(const struct trace_info *info)
{
	struct table *x = table_new("<kind|>operations|>share");
	char a[FMT_LEN];

	for (unsigned int k = 1; k <= TRACE_KIND_MAX; k++) {
		uint64_t n = info->totals.by_kind[k];

		if (!n)
			continue;
		table_cell(x, "%s", trace_kind_name(k));
		table_cell(x, "%s", fmt_grouped(a, n));
		table_cell(x, "%.1f %%", 100.0 * (double)n / (double)info->totals.operations);
	}
	putchar('\n');
	table_print(x, stdout, 0);
	table_free(x);
}

enum names { SITES, CACHES, TASKS };

static const char *name_of(const struct mmt_reader *r, enum names what, uint32_t id, char *buf, size_t size)
{
	switch (what) {
	case SITES:
		return site_text(r, id, buf, size);
	case CACHES:
		return mmt_get_cache(r, id).name;
	default:
		return task_text(r, id, buf, size);
	}
}

static void print_top(const struct mmt_reader *r, enum names what, const char *title,
		      const struct trace_count *c, size_t nr, int64_t top)
{
	char head[64], name[256], a[FMT_LEN];
	struct table *x;

	if (!nr)
		return;
	snprintf(head, sizeof(head), ">operations|<%s", title);
	x = table_new(head);
	for (size_t i = 0; i < nr && (int64_t)i < top; i++) {
		table_cell(x, "%s", fmt_grouped(a, c[i].operations));
		table_cell(x, "%s", name_of(r, what, c[i].id, name, sizeof(name)));
	}
	putchar('\n');
	table_print(x, stdout, 0);
	table_free(x);
}

/* ---- JSON ---- */

static json_t *json_top(const struct mmt_reader *r, enum names what, const struct trace_count *c,
			size_t nr, int64_t top)
{
	json_t *list = json_array();
	char name[1024];

	for (size_t i = 0; i < nr && (int64_t)i < top; i++)
		json_array_append_new(list, json_pack("{s:s, s:I}", "name",
			name_of(r, what, c[i].id, name, sizeof(name)),
			"operations", (json_int_t)c[i].operations));
	return list;
}

static void print_json(const struct mmt_reader *r, const struct trace_info *info, const char *path,
		       int64_t top)
{
	const struct trace_totals *t = &info->totals;
	json_t *kinds = json_object(), *meta = json_object(), *o;
	const char *key, *value;

	for (unsigned int k = 1; k <= TRACE_KIND_MAX; k++)
		if (t->by_kind[k])
			json_object_set_new(kinds, trace_kind_name(k), json_integer((json_int_t)t->by_kind[k]));
	for (size_t i = 0; mmt_meta_at(r, i, &key, &value); i++)
		json_object_set_new(meta, key, json_string(value));
	o = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:i, s:b, s:I, s:I, s:o, s:o, s:o, s:o, s:o, s:s?}",
		"schema", "mmreplay-info-1", "path", path,
		"operations", (json_int_t)t->operations, "records", (json_int_t)t->records,
		"duration_ns", (json_int_t)t->duration_ns, "file_bytes", (json_int_t)mmt_size(r),
		"slots", (json_int_t)t->slots, "cpus", (int)t->cpus, "answers", t->answers,
		"failed", (json_int_t)info->failed, "orphan_frees", (json_int_t)info->orphans,
		"by_kind", kinds, "metadata", meta,
		"sites", json_top(r, SITES, info->site, info->nr_site, top),
		"caches", json_top(r, CACHES, info->cache, info->nr_cache, top),
		"tasks", json_top(r, TASKS, info->task, info->nr_task, top),
		"damage", mmt_damage(r));
	json_dumpf(o, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(o);
}

/* ---- the operations themselves ---- */

static void dump_op(const struct mmt_reader *r, uint64_t nr, const struct trace_op *op)
{
	static const char *const contexts[] = { "task", "softirq", "hardirq" };
	char buf[512], gfp[GFP_NAMES_LEN];

	if (op->kind == TRACE_ITEM) {
		printf("%22s", "item");
	} else {
		printf("%9" PRIu64 " %6" PRIu64 ".%09" PRIu64 " [%03u] %-8s %-24s", nr,
		       op->time / 1000000000, op->time % 1000000000, op->cpu,
		       op->ctx < 3 ? contexts[op->ctx] : "?", task_text(r, op->task, buf, sizeof(buf)));
		printf(" %-16s", trace_kind_name(op->kind) ? trace_kind_name(op->kind) : "?");
	}
	if (op->slot != TRACE_NO_SLOT)
		printf(" slot=%u", op->slot);
	if (op->size)
		printf(" size=%u", op->size);
	if (op->order)
		printf(" order=%u", op->order);
	if (op->gfp)
		printf(" gfp=%s", gfp_names(gfp, sizeof(gfp), op->gfp));
	if (op->kind >= TRACE_CACHE_CREATE && op->kind <= TRACE_CACHE_FREE_BULK)
		printf(" cache=%s", mmt_get_cache(r, op->arg).name);
	else if (op->kind == TRACE_MARK)
		printf(" name=\"%s\"", mmt_get_string(r, op->arg));
	else if (op->arg)
		printf(" arg=%u", op->arg);
	if (op->answer != TRACE_NO_ANSWER)
		printf(" answer=0x%x", op->answer);
	if (op->site)
		printf(" site=%s", site_text(r, op->site, buf, sizeof(buf)));
	putchar('\n');
}

static int dump(struct mmt_reader *r, const struct arguments *a, struct mm_error *err)
{
	uint64_t nr = 0, from = (uint64_t)a->from, end = from + (uint64_t)a->count;
	const struct trace_op *op;
	size_t n;
	int ret = 0;

	if (from && mmt_size(r))
		ret = mmt_seek(r, from, &nr, err);
	if (ret)
		return ret;
	while (nr < end && (ret = mmt_next(r, &op, &n, err)) > 0)
		for (size_t i = 0; i < n; i++) {
			if (op[i].kind != TRACE_ITEM)
				nr++;
			if (nr > end)
				break;
			if (nr > from)
				dump_op(r, nr - 1, &op[i]);
		}
	return ret < 0 ? ret : 0;
}

static int show(struct mmt_reader *r, const char *path, const struct arguments *a, struct mm_error *err)
{
	struct trace_info info;
	int ret = trace_info_read(r, &info, err);

	if (!ret && a->json) {
		print_json(r, &info, path, a->top);
	} else if (!ret) {
		print_head(r, &info, path);
		print_meta(r);
		print_kinds(&info);
		print_top(r, SITES, "call site", info.site, info.nr_site, a->top);
		print_top(r, CACHES, "cache", info.cache, info.nr_cache, a->top);
		print_top(r, TASKS, "task", info.task, info.nr_task, a->top);
		if (mmt_damage(r))
			printf("\nread up to the damage: %s\n", mmt_damage(r));
	}
	trace_info_free(&info);
	return ret;
}

int cmd_info(int argc, char **argv)
{
	struct arguments a = { .count = INT64_MAX / 2, .top = 10 };
	const struct opt opts[] = {
		{ .name = "json", .type = OPT_FLAG, .value = &a.json, .help = "Print JSON." },
		{ .name = "top", .type = OPT_INT, .value = &a.top, .arg = "N", .min = 0, .max = 1000000,
		  .help = "How many call sites, caches and tasks to list; 10 by default." },
		{ .name = "dump", .letter = 'd', .type = OPT_FLAG, .value = &a.dump,
		  .help = "Print the operations themselves, one a line." },
		{ .name = "from", .type = OPT_INT, .value = &a.from, .arg = "N", .min = 0, .max = INT64_MAX / 4,
		  .help = "With --dump: begin with operation N." },
		{ .name = "count", .letter = 'n', .type = OPT_INT, .value = &a.count, .arg = "N", .min = 0,
		  .max = INT64_MAX / 2, .help = "With --dump: print N operations." },
		{ .name = "plot", .type = OPT_FLAG, .value = &a.plot,
		  .help = "Draw the trace itself: rate and what is alive over time, sizes, lifetimes; four "
			  "charts and a page. With --json the numbers are printed too." },
		{ .name = "output", .letter = 'o', .type = OPT_STRING, .value = &a.output, .arg = "DIR",
		  .help = "With --plot: where to; results/NAME-shape by default." },
		{ .name = "salvage", .type = OPT_FLAG, .value = &a.salvage,
		  .help = "Use what precedes the damage of a cut or damaged trace." },
		{ .name = NULL },
	};
	const struct opt_spec spec = {
		.usage = "T.mmt [OPTION...]",
		.about = "Tell what is in a trace; - reads standard input.",
		.opts = opts,
		.more = "example:\n  mmreplay info --dump --from 1000 --count 20 work.mmt\n",
		.min_operands = 1, .max_operands = 1,
	};
	struct mm_error err = { 0 };
	struct mmt_reader *r;
	int first, status, ret;
	char *path;

	first = cmd_options(&spec, argc, argv, &status);
	if (first < 0)
		return status;
	path = cmd_trace(argv[first]);
	r = path ? mmt_open(path, &(struct mmt_read_options){ .salvage = a.salvage }, &err) : NULL;
	if (!r) {
		free(path);
		return cmd_fail("info", &err);
	}
	if (a.plot)
		ret = info_plot(r, path, a.output, a.json, &err);
	else
		ret = a.dump ? dump(r, &a, &err) : show(r, path, &a, &err);
	mmt_close(r);
	free(path);
	return ret ? cmd_fail("info", &err) : CMD_DONE;
}
