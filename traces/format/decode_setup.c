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
	d->no_answers = no_answers;
	d->unpacker = unpacker_new();
	d->ops_cap = PIECE;
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
	for (i = 0; i < LANES; i++)
		buf_free(&d->expanded[i]);
	free(d->shapes);
	free(d->slot_of);
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

static struct mmt_view open_view(const struct decoder *d, enum ops_column column)
{
	return (struct mmt_view){ .p = d->col[column].p,
				  .end = d->col[column].p + d->col[column].n };
}

/* An array of at least n elements whose content need not survive. */
static bool make_room(uint32_t **array, size_t *cap, size_t n)
{
	if (n <= *cap)
		return true;
	free(*array);
	*array = calloc(n, sizeof(**array));
	*cap = *array ? n : 0;
	return *array != NULL;
}

/* How decode_slots treats an action. */
static void set_action(struct ready_shape *s, uint8_t action)
{
	s->action = action;
	if (action != ACT_NONE)
		s->steps |= STEP_TODO;
	s->last = LAST_NONE;
	switch (action) {
	case ACT_NEW:
		s->is_new = 1;
		s->new_mask = UINT32_MAX;
		s->depth = -1;
		break;
	case ACT_REF: case ACT_END:
		s->slot_mask = 0xff;
		s->last = s->op.kind;
		s->depth = action == ACT_END;
		break;
	default:
		s->rare = action != ACT_NONE;
	}
}

static void read_shape(struct decoder *d, struct ready_shape *s, struct mmt_view *v)
{
	uint8_t flags = view_get8(v), kind = view_get8(v);

	*s = (struct ready_shape){ .op.slot = TRACE_NO_SLOT, .op.answer = TRACE_NO_ANSWER,
				   .answer = TRACE_NO_ANSWER };
	if ((flags & ~SHAPE_FLAGS) || kind > TRACE_KIND_MAX || !mmt_kinds[kind].name) {
		v->bad = true;
		return;
	}
	s->op.kind = kind;
	s->task = TASK_NONE;
	if (kind == TRACE_ITEM)
		s->steps = STEP_ITEM;
	s->flags = (flags & SHAPE_EXTRA) | (kind_has_items(kind) ? SHAPE_ITEMS : 0);
	s->special = s->flags != 0;
	set_action(s, flags & SHAPE_ACTION);
	if (kind != TRACE_ITEM) {
		s->op.order = view_get8(v);
		s->op.cpu = view_get8(v);
		s->op.ctx = view_get8(v);
		s->op.gfp = view_varint32(v);
		s->op.site = view_varint32(v);
		s->op.size = view_varint32(v);
		s->op.arg = view_varint32(v);
		s->task = s->op.cpu;
	}
	if (flags & SHAPE_ANSWER) {
		s->answer_shift = view_get8(v) & 31;
		s->answer = view_varint32(v);
		s->answer_mask = 0xff;
		if (!d->no_answers)
			s->steps |= STEP_TODO;
	}
}

static int read_shapes(struct decoder *d, struct mm_error *err)
{
	struct mmt_view v = open_view(d, COL_SHAPES);
	uint32_t nr, room, i;

	nr = view_varint32(&v);
	if (v.bad || !nr || nr > SHAPES_MAX || nr > view_left(&v))
		return mm_fail(err, -EINVAL, "a table of %u shapes in %u bytes", nr,
			       d->col[COL_SHAPES].n);
	room = nr + 1 > 256 ? nr + 1 : 256;
	if (room > d->shapes_cap) {
		free(d->shapes);
		d->shapes = aligned_alloc(64, room * sizeof(*d->shapes));
		d->shapes_cap = d->shapes ? room : 0;
		if (!d->shapes)
			return mm_fail(err, -ENOMEM, "out of memory for %u shapes", nr);
	}
	for (i = 0; i < nr && !v.bad; i++)
		read_shape(d, &d->shapes[ready_index(i)], &v);
	if (v.bad || view_left(&v))
		return mm_fail(err, -EINVAL, "shape %u of %u is malformed", i, nr);
	/* Every byte of COL_OP then names an entry. */
	for (i = nr; i < 255; i++)
		d->shapes[i] = (struct ready_shape){ .special = true };
	d->shapes[SHAPE_WIDE] = (struct ready_shape){ .special = true };
	d->shapes_end = ready_index(nr - 1) + 1;
	return 0;
}

static bool read_lane_classes(struct number_class *c, struct mmt_view *v)
{
	unsigned int nr = view_get8(v), k;

	if (nr >= CLASSES)
		return false;
	memset(c, 0, CLASSES * sizeof(*c));
	for (k = 1; k <= nr; k++) {
		c[k].base = (uint64_t)unzigzag(view_varint(v));
		c[k].bits = view_get8(v);
		if (c[k].bits > CLASS_BITS_MAX)
			return false;
		c[k].mask = ((uint64_t)1 << c[k].bits) - 1;
	}
	return !v->bad;
}

static int read_classes(struct decoder *d, struct mm_error *err)
{
	struct mmt_view v = open_view(d, COL_CLASSES);
	unsigned int i;

	for (i = 0; i < LANES; i++)
		if (!read_lane_classes(d->classes[i], &v))
			return mm_fail(err, -EINVAL, "the classes of number column %u are "
				       "malformed", i);
	if (view_left(&v))
		return mm_fail(err, -EINVAL, "%zu bytes follow the classes", view_left(&v));
	return 0;
}

/* Four bytes of class pairs to eight classes, one a byte. */
static uint64_t expand8(uint32_t pairs)
{
	uint64_t x = pairs;

	x = (x | x << 16) & 0x0000ffff0000ffffull;
	x = (x | x << 8) & 0x00ff00ff00ff00ffull;
	return (x | x << 4) & 0x0f0f0f0f0f0f0f0full;
}

/* The class column of a lane, one class a byte: then the hot loops need not
 * know whether they are at the first or second half of one. */
static int open_lane(struct decoder *d, unsigned int lane, struct mm_error *err)
{
	struct span pairs = d->col[lane_column(lane)];
	struct mmt_buf *b = &d->expanded[lane];
	uint8_t *out;
	uint32_t i;

	b->n = 0;
	out = buf_room(b, 2 * (size_t)pairs.n + MMT_SLACK);
	if (!out)
		return mm_fail(err, -ENOMEM, "out of memory for a column of %u numbers",
			       2 * pairs.n);
	for (i = 0; i < pairs.n; i += 4)
		set64(out + 2 * (size_t)i, expand8(get32(pairs.p + i)));
	b->n = 2 * (size_t)pairs.n;
	memset(out + b->n, 0, MMT_SLACK);
	d->lane[lane] = (struct lane){ .class = out, .bits = d->col[lane_column(lane) + 1].p };
	return 0;
}

/* The slots to reuse, first one last: the first pop takes the first listed.
 * Above the top of the stack, and behind the objects, one element is scratch. */
static int read_free_stack(struct decoder *d, uint32_t records, struct mm_error *err)
{
	struct mmt_view v = open_view(d, COL_FREE);
	uint32_t slot = 0, nr = 0, i;

	for (i = 0; i < d->col[COL_FREE].n; i++)
		nr += !(v.p[i] & 0x80);
	if (nr > records)
		return mm_fail(err, -EINVAL, "%u free slots are listed for %u records", nr,
			       records);
	if (!make_room(&d->slot_of, &d->slots_cap, PIECE + 4 + (size_t)nr + 2 * (size_t)records))
		return mm_fail(err, -ENOMEM, "out of memory for the slots of %u records",
			       records);
	d->slot_of[0] = TRACE_NO_SLOT;
	d->bottom = PIECE;
	d->top = d->bottom + nr;
	d->objects = d->next_object = d->top + records + 2;
	for (i = 0; i < nr; i++) {
		slot += unzigzag32(view_varint32(&v));
		d->slot_of[d->top - i] = slot;
	}
	if (v.bad || view_left(&v))
		return mm_fail(err, -EINVAL, "the list of free slots is malformed");
	return 0;
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

static void begin_state(struct decoder *d, const struct chunk_header *h)
{
	unsigned int i;

	d->op = d->col[COL_OP].p;
	d->wide = open_view(d, COL_WIDE);
	d->odd = open_view(d, COL_ODD);
	d->tasks = open_view(d, COL_TASK);
	d->now = h->time;
	d->bad = false;
	d->last_import = 0;
	for (i = 0; i <= TRACE_KIND_MAX; i++)
		d->last_ref[i] = d->objects;
	d->last_ref[LAST_NONE] = 0;
	memset(d->task, 0, sizeof(d->task));
	d->done = 0;
	d->left = h->records;
	d->items_upto = d->items = d->items_total = 0;
	d->task_at = UINT32_MAX;
	decode_next_task(d);
}

int decoder_begin(struct decoder *d, const struct chunk_header *h, struct mmt_view payload,
		  struct mm_error *err)
{
	unsigned int i;
	int rc = unpack(d, h, payload, err);

	for (i = 0; !rc && i < LANES; i++)
		rc = open_lane(d, i, err);
	if (!rc)
		rc = read_shapes(d, err);
	if (!rc)
		rc = read_classes(d, err);
	if (!rc)
		rc = read_free_stack(d, h->records, err);
	if (rc)
		return rc;
	if (d->col[COL_OP].n != h->records || d->col[COL_TIME].n != (h->records + 1) / 2)
		return mm_fail(err, -EINVAL, "%u shapes and %u pairs of times for %u records",
			       d->col[COL_OP].n, d->col[COL_TIME].n, h->records);
	begin_state(d, h);
	return 0;
}
