/* SPDX-License-Identifier: MIT
 *
 * Definition records: the bytes of a names chunk (docs/mmt-format.md, "Names").
 * A record is a tag byte and varints; ids are implied by the order.  A record
 * may refer only to strings defined before it, so a reader needs one pass.
 */
#include <errno.h>

#include "traces/format/names.h"

enum def_tag { DEF_STRING = 1, DEF_SITE = 2, DEF_STACK = 3, DEF_TASK = 4,
	       DEF_CACHE = 5, DEF_META = 6 };

static void put_bytes(struct mmt_buf *b, const char *s)
{
	size_t len = strlen(s);

	buf_varint(b, len);
	buf_put(b, s, len);
}

void names_put_string(const struct mmt_names *n, struct mmt_buf *b)
{
	buf_put8(b, DEF_STRING);
	put_bytes(b, n->strings[n->nr_strings - 1]);
}

void names_put_site(const struct mmt_names *n, struct mmt_buf *b)
{
	const struct site_def *s = &n->sites[n->nr_sites - 1];
	uint32_t i;

	if (s->name) {
		buf_put8(b, DEF_SITE);
		buf_varint(b, s->name);
		return;
	}
	buf_put8(b, DEF_STACK);
	buf_varint(b, s->nr_frames);
	for (i = 0; i < s->nr_frames; i++)
		buf_varint(b, s->frames[i]);
}

void names_put_task(const struct mmt_names *n, struct mmt_buf *b)
{
	const struct task_def *t = &n->tasks[n->nr_tasks - 1];

	buf_put8(b, DEF_TASK);
	buf_varint(b, zigzag(t->pid));
	buf_varint(b, t->comm);
}

void names_put_cache(const struct mmt_names *n, struct mmt_buf *b)
{
	const struct cache_def *c = &n->caches[n->nr_caches - 1];

	buf_put8(b, DEF_CACHE);
	buf_varint(b, c->name);
	buf_varint(b, c->size);
	buf_varint(b, c->align);
	buf_varint(b, c->flags);
}

void names_put_meta(struct mmt_buf *b, const char *key, const char *value)
{
	buf_put8(b, DEF_META);
	put_bytes(b, key);
	put_bytes(b, value);
}

static const char *read_bytes(struct mmt_view *v, size_t *len)
{
	uint64_t n = view_varint(v);

	*len = 0;
	if (n > MMT_STRING_MAX) {
		v->bad = true;
		return NULL;
	}
	*len = (size_t)n;
	return (const char *)view_take(v, *len);
}

/* A string id; only 0 (if allowed) and ids defined so far are good. */
static uint32_t read_string_id(const struct mmt_names *n, struct mmt_view *v, bool zero)
{
	uint32_t id = view_varint32(v);

	if (id > n->nr_strings || (!id && !zero))
		v->bad = true;
	return id;
}

static int read_stack(struct mmt_names *n, struct mmt_view *v)
{
	uint32_t frames[MMT_STACK_MAX];
	uint32_t nr = view_varint32(v), i;

	if (nr > MMT_STACK_MAX) {
		v->bad = true;
		return 0;
	}
	for (i = 0; i < nr; i++)
		frames[i] = read_string_id(n, v, true);
	return v->bad || names_add_stack(n, frames, nr) ? 0 : -ENOMEM;
}

static int read_task(struct mmt_names *n, struct mmt_view *v)
{
	int64_t pid = unzigzag(view_varint(v));
	uint32_t comm = read_string_id(n, v, true);

	if (pid < INT32_MIN || pid > INT32_MAX)
		v->bad = true;
	return v->bad || names_add_task(n, (int32_t)pid, comm) ? 0 : -ENOMEM;
}

static int read_cache(struct mmt_names *n, struct mmt_view *v)
{
	struct cache_def c;

	c.name = read_string_id(n, v, true);
	c.size = view_varint32(v);
	c.align = view_varint32(v);
	c.flags = view_varint32(v);
	return v->bad || names_add_cache(n, &c) ? 0 : -ENOMEM;
}

static int read_meta(struct mmt_names *n, struct mmt_view *v)
{
	size_t key_len, value_len;
	const char *key = read_bytes(v, &key_len), *value = read_bytes(v, &value_len);

	if (v->bad || memchr(key, 0, key_len) || memchr(value, 0, value_len)) {
		v->bad = true;
		return 0;
	}
	return names_set_meta(n, key, key_len, value, value_len);
}

static int read_string(struct mmt_names *n, struct mmt_view *v)
{
	size_t len;
	const char *s = read_bytes(v, &len);

	if (v->bad || memchr(s, 0, len)) {
		v->bad = true;
		return 0;
	}
	return names_add_string(n, s, len) ? 0 : -ENOMEM;
}

static int read_record(struct mmt_names *n, struct mmt_view *v)
{
	switch (view_get8(v)) {
	case DEF_STRING:
		return read_string(n, v);
	case DEF_SITE: {
		uint32_t name = read_string_id(n, v, false);

		return v->bad || names_add_site(n, name) ? 0 : -ENOMEM;
	}
	case DEF_STACK:
		return read_stack(n, v);
	case DEF_TASK:
		return read_task(n, v);
	case DEF_CACHE:
		return read_cache(n, v);
	case DEF_META:
		return read_meta(n, v);
	}
	v->bad = true;
	return 0;
}

int names_read(struct mmt_names *n, struct mmt_view v, struct mm_error *err)
{
	const uint8_t *start = v.p;

	while (v.p < v.end) {
		size_t at = (size_t)(v.p - start);
		int rc = read_record(n, &v);

		if (rc)
			return mm_fail(err, rc, "out of memory for names");
		if (v.bad)
			return mm_fail(err, -EINVAL, "the definition at byte %zu of the "
				       "names is malformed", at);
	}
	return 0;
}
