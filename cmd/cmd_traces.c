/* SPDX-License-Identifier: MIT
 *
 * mmreplay traces: the traces that come with the command.  What is told of them
 * stands in their own metadata.
 */
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/datadir.h"
#include "base/fmt.h"
#include "base/table.h"
#include "cmd/cmd.h"
#include "traces/format/mmt.h"

static int is_trace(const struct dirent *d)
{
	size_t n = strlen(d->d_name);

	return n > 4 && !strcmp(d->d_name + n - 4, ".mmt");
}

/* The first of these metadata that there is, "" for none. */
static const char *meta(const struct mmt_reader *r, const char *key, const char *otherwise)
{
	const char *v = mmt_get_meta(r, key);

	if (!v && otherwise)
		v = mmt_get_meta(r, otherwise);
	return v ? v : "";
}

/* Recorded traces tell of a recording, generated ones of a profile. */
static const char *origin(const struct mmt_reader *r)
{
	return *meta(r, "profile", NULL) ? "profile" : "recorded";
}

static void row(struct table *t, const char *name, const struct mmt_reader *r,
		const struct trace_totals *sum)
{
	char a[FMT_LEN], b[FMT_LEN], c[FMT_LEN];
	const char *profile = meta(r, "profile", NULL);

	table_cell(t, "%s", name);
	table_cell(t, "%s", fmt_grouped(a, sum->operations));
	table_cell(t, "%s", fmt_seconds(b, (double)sum->duration_ns * 1e-9));
	table_cell(t, "%s", fmt_bytes(c, (double)sum->file_bytes));
	table_cell(t, "%s", *profile ? profile : "recorded");
	table_cell(t, "%s", meta(r, "machine", NULL));
	table_cell(t, "%s", meta(r, "description", "command"));
}

static json_t *object(const char *name, const char *path, const struct mmt_reader *r,
		      const struct trace_totals *sum)
{
	static const char *const keys[] = { "profile", "seed", "machine", "description", "command", "kernel" };
	json_t *o = json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "name", name, "path", path,
			      "origin", origin(r), "operations", (json_int_t)sum->operations,
			      "duration_ns", (json_int_t)sum->duration_ns,
			      "file_bytes", (json_int_t)sum->file_bytes);
	size_t i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (*meta(r, keys[i], NULL))
			json_object_set_new(o, keys[i], json_string(meta(r, keys[i], NULL)));
	return o;
}

/* Tell of one file, in t or list. */
static int add(const char *dir, const char *file, struct table *t, json_t *list, struct mm_error *err)
{
	struct trace_totals sum;
	struct mmt_reader *r;
	char *path, *name;
	int rc;

	if (asprintf(&path, "%s/%s", dir, file) < 0)
		return mm_fail(err, -ENOMEM, "%s: no memory", file);
	name = strndup(file, strlen(file) - 4);
	r = name ? mmt_open(path, NULL, err) : NULL;
	rc = r ? mmt_totals(r, &sum, err) : name ? err->code : mm_fail(err, -ENOMEM, "%s: no memory", file);
	if (!rc && list)
		json_array_append_new(list, object(name, path, r, &sum));
	else if (!rc)
		row(t, name, r, &sum);
	mmt_close(r);
	free(name);
	free(path);
	return rc;
}

static int all(const char *dir, struct table *t, json_t *list, struct mm_error *err)
{
	struct dirent **d;
	int n = scandir(dir, &d, is_trace, alphasort), i, rc = 0;

	if (n < 0)
		return mm_fail(err, -errno, "%s: cannot read the folder: %s", dir, strerror(errno));
	for (i = 0; i < n; i++) {
		if (!rc)
			rc = add(dir, d[i]->d_name, t, list, err);
		free(d[i]);
	}
	free(d);
	return rc;
}

int cmd_traces(int argc, char **argv)
{
	bool json = false;
	const struct opt opts[] = {
		{ .name = "json", .type = OPT_FLAG, .value = &json, .help = "Print JSON." },
		{ .name = NULL },
	};
	const struct opt_spec spec = {
		.usage = "[--json]",
		.about = "List the traces that come with mmreplay. Where a command takes a trace, the bare name "
			 "of one of them will do.",
		.opts = opts,
		.more = "example:\n  mmreplay replay build2g\n",
	};
	struct mm_error err = { 0 };
	struct table *t = NULL;
	json_t *list = NULL;
	int status, rc;
	char *dir;

	if (cmd_options(&spec, argc, argv, &status) < 0)
		return status;
	dir = datadir_find(CMD_BUNDLED, &err);
	if (!dir)
		return cmd_fail("traces", &err);
	if (json)
		list = json_array();
	else
		t = table_new("<name|>operations|>trace time|>file|<from|<machine|<what it is");
	rc = all(dir, t, list, &err);
	if (!rc && list) {
		json_dumpf(list, stdout, JSON_INDENT(2));
		putchar('\n');
	} else if (!rc) {
		table_print(t, stdout, 0);
	}
	json_decref(list);
	table_free(t);
	free(dir);
	return rc ? cmd_fail("traces", &err) : CMD_DONE;
}
