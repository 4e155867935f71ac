/* SPDX-License-Identifier: MIT
 *
 * A family of a trace as a trace of its own, so that a benchmark with decoding
 * decodes what it replays and no more.
 */
#include "bench/bench_trace.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench_trace_internal.h"

/* ---- temporary files ---- */

enum { MAX_FILES = 1000 };

static char *files[MAX_FILES];
static int nr_files;

static void remove_files(void)
{
	while (nr_files) {
		unlink(files[--nr_files]);
		free(files[nr_files]);
	}
}

/* A new name, which exists and is removed at the end; NULL: no place for it. */
static char *temporary(struct mm_error *err)
{
	const char *dir = getenv("TMPDIR");
	char *path = NULL;
	int fd;

	if (nr_files == MAX_FILES || asprintf(&path, "%s/mmreplay-bench-XXXXXX", dir ? dir : "/tmp") < 0)
		return NULL;
	fd = mkstemp(path);
	if (fd < 0) {
		mm_fail(err, -errno, "%s: cannot be made: %s", path, strerror(errno));
		free(path);
		return NULL;
	}
	close(fd);
	if (!nr_files)
		atexit(remove_files);
	files[nr_files++] = path;
	return strdup(path);
}

/* ---- the copy ---- */

/* The input's ids as the output's: by id. */
struct names {
	uint32_t *site, *task, *cache;
};

static uint32_t copy_site(struct mmt_writer *w, const struct mmt_reader *r, uint32_t id)
{
	struct trace_site s = mmt_get_site(r, id);
	uint32_t *frames, made, i;

	if (s.name)
		return mmt_site(w, s.name);
	frames = malloc((s.nr_frames + 1) * sizeof(*frames));
	if (!frames)
		return 0;
	for (i = 0; i < s.nr_frames; i++)
		frames[i] = mmt_string(w, mmt_get_string(r, s.frames[i]));
	made = mmt_stack(w, frames, s.nr_frames);
	free(frames);
	return made;
}

static void names_free(struct names *n)
{
	free(n->site);
	free(n->task);
	free(n->cache);
}

static int names_copy(struct names *n, struct mmt_writer *w, const struct mmt_reader *r,
		      struct mm_error *err)
{
	uint32_t i;

	n->site = calloc(mmt_nr_sites(r) + 1, sizeof(*n->site));
	n->task = calloc(mmt_nr_tasks(r) + 1, sizeof(*n->task));
	n->cache = calloc(mmt_nr_caches(r) + 1, sizeof(*n->cache));
	if (!n->site || !n->task || !n->cache)
		return mm_fail(err, -ENOMEM, "no memory for a trace's names");
	for (i = 1; i < mmt_nr_sites(r); i++)
		n->site[i] = copy_site(w, r, i);
	for (i = 1; i < mmt_nr_tasks(r); i++) {
		struct trace_task t = mmt_get_task(r, i);

		n->task[i] = mmt_task(w, t.pid, t.comm);
	}
	for (i = 1; i < mmt_nr_caches(r); i++) {
		struct trace_cache c = mmt_get_cache(r, i);

		n->cache[i] = mmt_cache(w, &c);
	}
	return 0;
}

static void rename_ids(struct trace_op *op, size_t n, const struct names *names,
		       struct mmt_writer *w, const struct mmt_reader *r)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (op[i].kind == TRACE_ITEM)
			continue;
		op[i].site = op[i].site < mmt_nr_sites(r) ? names->site[op[i].site] : 0;
		op[i].task = op[i].task < mmt_nr_tasks(r) ? names->task[op[i].task] : 0;
		if (op[i].kind == TRACE_MARK)
			op[i].arg = mmt_string(w, mmt_get_string(r, op[i].arg));
		else if (op[i].kind >= TRACE_CACHE_CREATE && op[i].kind <= TRACE_CACHE_FREE_BULK)
			op[i].arg = op[i].arg < mmt_nr_caches(r) ? names->cache[op[i].arg] : 0;
	}
}

/* All of the family's operations; w is finished or aborted. */
static int copy(struct bench_ops *o, struct mmt_writer *w, struct mm_error *err)
{
	struct names names = { NULL, NULL, NULL };
	const char *key, *value;
	size_t i;
	int ret = names_copy(&names, w, o->r, err);

	for (i = 0; !ret && mmt_meta_at(o->r, i, &key, &value); i++)
		ret = mmt_meta(w, key, value);
	if (!ret) {
		rename_ids(o->op, o->n, &names, w, o->r);
		ret = mmt_write(w, o->op, o->n, err);
	}
	names_free(&names);
	if (!ret)
		return mmt_finish(w, NULL, err);
	mmt_abort(w);
	return ret;
}

char *bench_family_file(const char *path, enum bench_family f, struct mm_error *err)
{
	struct mmt_writer *w;
	struct bench_ops o;
	char *file;
	int ret;

	if (f == FAMILY_ALL)
		return strdup(path);
	if (bench_ops_load(&o, path, f, 0, err))
		return NULL;
	file = temporary(err);
	w = file ? mmt_create(file, NULL, err) : NULL;
	ret = w ? copy(&o, w, err) : -1;
	bench_ops_free(&o);
	if (!ret)
		return file;
	free(file);
	return NULL;
}
