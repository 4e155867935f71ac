/* SPDX-License-Identifier: MIT
 *
 * perf.data: attributes, and where their samples hold what.
 *
 * A sample begins with fixed parts of 8 bytes, each there when its bit of
 * sample_type is set, then come parts of variable length; other records end
 * with some of the fixed ones (perf_event_open(2), "PERF_RECORD_SAMPLE" and
 * "sample_id").  The offsets are computed once for each attribute, so that
 * reading a sample is a few loads.
 */
#include "traces/import/perf_file.h"

#include <errno.h>
#include <stdlib.h>

#ifndef PERF_FORMAT_LOST
#define PERF_FORMAT_LOST (1U << 4)	/* Linux 6.0 */
#endif

struct part {
	uint64_t bit;
	size_t member;		/* of struct perf_attr, 0 = of no use */
};

static uint16_t *place_of(struct perf_attr *a, const struct part *p)
{
	return (uint16_t *)((char *)a + p->member);
}

static void lay_out_sample(struct perf_attr *a)
{
	static const struct part parts[] = {
		{ PERF_SAMPLE_IDENTIFIER, offsetof(struct perf_attr, id) },
		{ PERF_SAMPLE_IP, 0 },
		{ PERF_SAMPLE_TID, offsetof(struct perf_attr, tid) },
		{ PERF_SAMPLE_TIME, offsetof(struct perf_attr, time) },
		{ PERF_SAMPLE_ADDR, 0 },
		{ PERF_SAMPLE_ID, offsetof(struct perf_attr, id) },
		{ PERF_SAMPLE_STREAM_ID, 0 },
		{ PERF_SAMPLE_CPU, offsetof(struct perf_attr, cpu) },
		{ PERF_SAMPLE_PERIOD, 0 },
	};
	size_t i;

	a->body = 8; /* behind the record's header */
	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!(a->sample_type & parts[i].bit))
			continue;
		if (parts[i].member && !*place_of(a, &parts[i])) /* IDENTIFIER and ID are equal */
			*place_of(a, &parts[i]) = a->body;
		a->body += 8;
	}
}

static void lay_out_end(struct perf_attr *a)
{
	static const struct part parts[] = { /* the last one first */
		{ PERF_SAMPLE_IDENTIFIER, offsetof(struct perf_attr, end_id) },
		{ PERF_SAMPLE_CPU, offsetof(struct perf_attr, end_cpu) },
		{ PERF_SAMPLE_STREAM_ID, 0 },
		{ PERF_SAMPLE_ID, offsetof(struct perf_attr, end_id) },
		{ PERF_SAMPLE_TIME, offsetof(struct perf_attr, end_time) },
	};
	uint16_t back = 0;
	size_t i;

	for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (!(a->sample_type & parts[i].bit))
			continue;
		back += 8;
		if (parts[i].member && !*place_of(a, &parts[i]))
			*place_of(a, &parts[i]) = back;
	}
}

int perf_add_attr(struct perf_file *f, uint64_t offset, uint32_t size, const uint8_t *ids,
		  uint64_t nr_ids, struct mm_error *err)
{
	struct perf_event_attr in = { 0 };
	struct perf_attr *a;
	struct addr_entry *e;
	uint64_t i, id;

	memcpy(&in, f->in->data + offset, size < sizeof(in) ? size : sizeof(in));
	if (f->nr_attrs == f->cap_attrs) {
		a = realloc(f->attrs, (f->cap_attrs * 2 + 32) * sizeof(*a));
		if (!a)
			return mm_fail(err, -ENOMEM, "out of memory");
		f->attrs = a;
		f->cap_attrs = f->cap_attrs * 2 + 32;
	}
	a = &f->attrs[f->nr_attrs];
	*a = (struct perf_attr){ .type = in.type, .config = in.config,
				 .sample_type = in.sample_type, .read_format = in.read_format };
	lay_out_sample(a);
	if (in.sample_id_all)
		lay_out_end(a);
	for (i = 0; i < nr_ids; i++) {
		id = perf_u64(ids + i * 8);
		if (id == UINT64_MAX)
			return perf_bad(f, offset, err, "an attribute has the id -1");
		e = addr_put(&f->ids, id + 1);
		if (!e)
			return mm_fail(err, -ENOMEM, "out of memory");
		e->slot = f->nr_attrs;
	}
	f->nr_attrs++;
	return 0;
}

int perf_attrs_done(struct perf_file *f, struct mm_error *err)
{
	uint32_t i;

	if (f->nr_attrs == 1) /* all records are its own */
		return 0;
	for (i = 0; i < f->nr_attrs; i++) {
		if (f->attrs[i].id && f->attrs[i].id == f->attrs[0].id &&
		    f->attrs[i].end_id == f->attrs[0].end_id)
			continue;
		return mm_fail(err, -EINVAL, "%s: %u events were recorded, and their samples do not tell which is which: attribute %u has no id at the place where the first has it",
			       f->in->path, f->nr_attrs, i);
	}
	f->sample_id = f->attrs[0].id;
	f->end_id = f->attrs[0].end_id;
	return 0;
}

/* Bytes of the counters' values in a sample; UINT64_MAX: they overrun it. */
static uint64_t read_size(const struct perf_attr *a, const uint8_t *p, uint64_t left)
{
	uint64_t times = !!(a->read_format & PERF_FORMAT_TOTAL_TIME_ENABLED) +
			 !!(a->read_format & PERF_FORMAT_TOTAL_TIME_RUNNING);
	uint64_t each = 1 + !!(a->read_format & PERF_FORMAT_ID) +
			!!(a->read_format & PERF_FORMAT_LOST);

	if (!(a->read_format & PERF_FORMAT_GROUP))
		return (times + each) * 8;
	if (left < 8 || perf_u64(p) > left / 8)
		return UINT64_MAX;
	return (1 + times + perf_u64(p) * each) * 8;
}

bool perf_sample_parts(const struct perf_attr *a, const uint8_t *rec, uint32_t size,
		       struct perf_sample *s)
{
	const uint8_t *p = rec + a->body;
	uint64_t left, n;

	memset(s, 0, sizeof(*s));
	if (size < a->body)
		return false;
	left = size - a->body;
	if (a->sample_type & PERF_SAMPLE_READ) {
		n = read_size(a, p, left);
		if (n > left)
			return false;
		p += n;
		left -= n;
	}
	if (a->sample_type & PERF_SAMPLE_CALLCHAIN) {
		if (left < 8 || perf_u64(p) > (left - 8) / 8)
			return false;
		s->chain_len = perf_u64(p);
		s->chain = p + 8;
		p += 8 + s->chain_len * 8;
		left -= 8 + s->chain_len * 8;
	}
	if (a->sample_type & PERF_SAMPLE_RAW) {
		if (left < 4 || perf_u32(p) > left - 4)
			return false;
		s->raw_len = perf_u32(p);
		s->raw = p + 4;
	}
	return true;
}
