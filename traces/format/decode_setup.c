/* SPDX-License-Identifier: MIT
 *
 * Opening a chunk for decoding: unpack the columns, read the shape table, lay
 * out the free stack.  Everything that the hot loop relies on is checked here.
 */
#include <errno.h>

#include "traces/format/decode.h"
#include "traces/format/kinds.h"

struct decoder *decoder_new(bool no_answers)
{
	struct decoder *d = aligned_alloc(64, (sizeof(*d) + 63) & ~(size_t)63);

	if (!d)
		return NULL;
	memset(d, 0, sizeof(*d));
	token_table(d->tokens);
	d->no_answers = no_answers;
	d->unpacker = unpacker_new();
	d->ops_cap = BATCH;
	d->ops = malloc(d->ops_cap * sizeof(*d->ops));
	if (!d->unpacker || !d->ops) {
		decoder_free(d);
		return NULL;
	}
	return d;
}

void decoder_free(struct decoder *d)
{
	unsigned int i;

	if (!d)
		return;
	unpacker_free(d->unpacker);
	for (i = 0; i < OPS_COLUMNS; i++)
		buf_free(&d->unpacked[i]);
	free(d->shapes);
	free(d->stack);
	free(d->object);
	free(d->ops);
	free(d);
}

static bool wanted(const struct decoder *d, unsigned int column)
{
	return !d->no_answers || (column != COL_ANSWER && column != COL_ANSWER_BITS);
}

static int unpack(struct decoder *d, const struct chunk_header *h, struct mmt_view payload,
		  struct mm_error *err)
{
	struct column_ref refs[MMT_COLUMNS_MAX];
	unsigned int i;
	int rc;

	/* No column takes more than 40 bytes a record (a shape of its own). */
	rc = columns_open(payload, refs, 40 * h->records + 64, err);
	for (i = 0; !rc && i < OPS_COLUMNS; i++) {
		d->col[i] = (struct span){ .p = payload.p };
		if (wanted(d, i))
			rc = column_unpack(d->unpacker, &refs[i], &d->unpacked[i],
					   &d->col[i].p, &d->col[i].n, err);
	}
	return rc;
}

/* An array of at least n elements whose content need not survive. */
static bool make_room(uint32_t **array, size_t *cap, size_t n)
{
	if (n <= *cap)
		return true;
	free(*array);
	*array = malloc(n * sizeof(**array));
	*cap = *array ? n : 0;
	return *array != NULL;
}

static void read_shape(struct decoder *d, struct ready_shape *s, struct mmt_view *v)
{
	uint8_t flags = view_get8(v), kind = view_get8(v);

	*s = (struct ready_shape){ .op.slot = TRACE_NO_SLOT, .op.answer = TRACE_NO_ANSWER };
	if ((flags & ~SHAPE_FLAGS) || kind > TRACE_KIND_MAX || !mmt_kinds[kind].name) {
		v->bad = true;
		return;
	}
	s->exists = true;
	s->action = flags & SHAPE_ACTION;
	s->extra = flags & SHAPE_EXTRA;
	s->items = kind_has_items(kind);
	s->special = s->extra || s->items || kind == TRACE_ITEM;
	s->op.kind = kind;
	if (kind != TRACE_ITEM) {
		s->op.order = view_get8(v);
		s->op.cpu = view_get8(v);
		s->op.ctx = view_get8(v);
		s->op.gfp = view_varint32(v);
		s->op.site = view_varint32(v);
		s->op.size = view_varint32(v);
		s->op.arg = view_varint32(v);
	}
	if (flags & SHAPE_ANSWER) {
		s->has_answer = !d->no_answers;
		s->shift = view_get8(v) & 31;
		s->answer = view_varint32(v);
	}
}

static int read_shapes(struct decoder *d, struct mm_error *err)
{
	struct mmt_view v = { .p = d->col[COL_SHAPES].p };
	uint32_t nr, room, i;

	v.end = v.p + d->col[COL_SHAPES].n;
	nr = view_varint32(&v);
	if (v.bad || !nr || nr > SHAPES_MAX || nr > view_left(&v))
		return mm_fail(err, -EINVAL, "a table of %u shapes in %u bytes", nr,
			       d->col[COL_SHAPES].n);
	room = nr > 256 ? nr : 256;
	if (room > d->shapes_cap) {
		free(d->shapes);
		d->shapes = aligned_alloc(64, room * sizeof(*d->shapes));
		d->shapes_cap = d->shapes ? room : 0;
		if (!d->shapes)
			return mm_fail(err, -ENOMEM, "out of memory for %u shapes", nr);
	}
	for (i = 0; i < nr && !v.bad; i++)
		read_shape(d, &d->shapes[i], &v);
	if (v.bad || view_left(&v))
		return mm_fail(err, -EINVAL, "shape %u of %u is malformed", i, nr);
	/* Every byte of COL_OP then names an entry. */
	for (; i < 256; i++)
		d->shapes[i] = (struct ready_shape){ .special = true };
	d->nr_shapes = nr;
	return 0;
}

/* The slots to reuse, first one last: the first pop takes the first listed. */
static int read_free_stack(struct decoder *d, uint32_t records, struct mm_error *err)
{
	struct mmt_view v = { .p = d->col[COL_FREE].p };
	uint32_t slot = 0, nr = 0, i;

	v.end = v.p + d->col[COL_FREE].n;
	for (i = 0; i < d->col[COL_FREE].n; i++)
		nr += !(v.p[i] & 0x80);
	if (nr > records || !make_room(&d->stack, &d->stack_cap, (size_t)nr + records) ||
	    !make_room(&d->object, &d->object_cap, records))
		return mm_fail(err, nr > records ? -EINVAL : -ENOMEM,
			       "cannot hold %u free slots of %u records", nr, records);
	for (i = nr; i-- > 0;) {
		slot += unzigzag32(view_varint32(&v));
		d->stack[i] = slot;
	}
	if (v.bad || view_left(&v))
		return mm_fail(err, -EINVAL, "the list of free slots is malformed");
	d->hot.depth = nr;
	return 0;
}

static struct lane open_lane(const struct decoder *d, enum ops_column column)
{
	return (struct lane){ .token = d->col[column].p, .bits = d->col[column + 1].p };
}

static struct mmt_view open_view(const struct decoder *d, enum ops_column column)
{
	return (struct mmt_view){ .p = d->col[column].p,
				  .end = d->col[column].p + d->col[column].n };
}

/* d->tasks holds (records since the last change, CPU, task) triples. */
void decode_next_task(struct decoder *d)
{
	if (d->task_at != UINT32_MAX) {
		uint8_t cpu = view_get8(&d->tasks);

		d->task[cpu] = view_varint32(&d->tasks);
	} else {
		d->task_at = 0;
	}
	if (d->tasks.bad || !view_left(&d->tasks)) {
		d->task_at = UINT32_MAX;
		return;
	}
	d->task_at += view_varint32(&d->tasks);
}

int decoder_begin(struct decoder *d, const struct chunk_header *h, struct mmt_view payload,
		  struct mm_error *err)
{
	int rc = unpack(d, h, payload, err);

	if (!rc)
		rc = read_shapes(d, err);
	d->hot = (struct hot){ .op = d->col[COL_OP].p, .now = h->time };
	if (!rc)
		rc = read_free_stack(d, h->records, err);
	if (rc)
		return rc;
	if (d->col[COL_OP].n != h->records)
		return mm_fail(err, -EINVAL, "%u shape numbers for %u records",
			       d->col[COL_OP].n, h->records);
	d->hot.time = open_lane(d, COL_TIME);
	d->hot.slot = open_lane(d, COL_SLOT);
	d->hot.answer = open_lane(d, COL_ANSWER);
	d->extra = open_lane(d, COL_EXTRA);
	d->wide = open_view(d, COL_WIDE);
	d->odd = open_view(d, COL_ODD);
	d->tasks = open_view(d, COL_TASK);
	memset(d->last_ref, 0, sizeof(d->last_ref));
	memset(d->task, 0, sizeof(d->task));
	d->done = d->operations = 0;
	d->left = h->records;
	d->operations_due = h->operations;
	d->task_at = UINT32_MAX;
	decode_next_task(d);
	return 0;
}
