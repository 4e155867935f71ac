/* SPDX-License-Identifier: MIT
 *
 * A state folder: constants and machine are read when it is opened, snapshots
 * one at a time.  The first snapshot is read at once, because the machine is
 * derived from it; it is kept for the first state_next.
 */
#include "replay/state/parse.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/state/lines.h"

struct state_dir {
	struct consts consts;
	struct meta meta;
	struct mm_config config;
	struct lines *lines;
	struct mm_state first;
	struct state_mark first_mark;
	bool have_first;
};

static int parse_snapshot(const struct jin *in, const json_t *root, struct mm_state *s,
			  struct state_mark *mark)
{
	int ret = ju32(in, root, "", "id", 65535, &mark->id);

	if (!ret)
		ret = ju32(in, root, "", "phase", 1, &mark->phase);
	if (!ret)
		ret = ju32(in, root, "", "op", UINT32_MAX, &mark->op);
	if (!ret)
		ret = ju32(in, root, "", "ev", UINT32_MAX, &mark->ev);
	if (!ret)
		ret = parse_zones(in, root, s);
	if (!ret)
		ret = parse_slabs(in, root, s);
	if (!ret)
		ret = parse_virt(in, root, s);
	return ret;
}

static int read_snapshot(struct state_dir *d, struct mm_state *s, struct state_mark *mark,
			 struct mm_error *err)
{
	json_error_t jerr;
	json_t *root;
	char *line;
	size_t len;
	int ret = lines_next(d->lines, &line, &len, err);

	if (ret <= 0)
		return ret;
	const struct jin in = { lines_path(d->lines), lines_number(d->lines), &d->consts, err };

	root = json_loadb(line, len, JSON_REJECT_DUPLICATES, &jerr);
	if (!root)
		return mm_fail(err, -EINVAL, "%s line %u: no JSON at byte %d: %s", in.file, in.line,
			       jerr.position, jerr.text);
	ret = parse_snapshot(&in, root, s, mark);
	json_decref(root);
	return ret ? ret : 1;
}

int state_open(struct state_dir **out, const char *dir, struct mm_error *err)
{
	struct state_dir *d = calloc(1, sizeof(*d));
	int ret;

	*out = NULL;
	if (!d)
		return mm_fail(err, -ENOMEM, "%s: out of memory", dir);
	ret = meta_read(&d->meta, dir, err);
	if (!ret)
		ret = consts_read(&d->consts, dir, err);
	if (!ret)
		ret = lines_open(&d->lines, dir, "state.jsonl", err);
	if (!ret) {
		ret = read_snapshot(d, &d->first, &d->first_mark, err);
		if (!ret)
			ret = mm_fail(err, -EINVAL, "%s: empty, expected one snapshot a line",
				      lines_path(d->lines));
	}
	if (ret > 0)
		ret = lru_read(&d->first, dir, err);
	if (!ret)
		ret = config_derive(&d->config, dir, &d->consts, &d->meta, &d->first, err);
	d->have_first = true;
	if (ret) {
		state_close(d);
		return ret;
	}
	*out = d;
	return 0;
}

void state_close(struct state_dir *d)
{
	if (!d)
		return;
	if (d->have_first)
		mm_state_free(&d->first);
	lines_close(d->lines);
	consts_free(&d->consts);
	free(d);
}

int state_next(struct state_dir *d, struct mm_state *s, struct state_mark *mark,
	       struct mm_error *err)
{
	if (!d->have_first)
		return read_snapshot(d, s, mark, err);
	*s = d->first;
	*mark = d->first_mark;
	d->have_first = false;
	return 1;
}

const struct mm_config *state_config(const struct state_dir *d)
{
	return &d->config;
}

const char *state_kernel(const struct state_dir *d)
{
	return d->meta.kernel;
}

const struct mm_cache_state *state_cache(const struct state_dir *d, uint32_t i)
{
	return i < d->consts.nr_cache ? &d->consts.cache[i] : NULL;
}

int state_read_snapshot(const char *dir, unsigned int nth, struct mm_state *s,
			struct mm_config *config, struct mm_error *err)
{
	struct state_dir *d;
	int ret = state_open(&d, dir, err);

	if (ret)
		return ret;
	if (config)
		*config = d->config;
	for (unsigned int i = 0; s && i <= nth && ret >= 0; i++) {
		struct state_mark mark;

		memset(s, 0, sizeof(*s));
		ret = state_next(d, s, &mark, err);
		if (!ret)
			ret = mm_fail(err, -ENOENT, "%s: %u snapshots, number %u does not exist",
				      dir, i, nth);
		if (ret < 0 || i < nth)
			mm_state_free(s);
	}
	state_close(d);
	return ret < 0 ? ret : 0;
}
