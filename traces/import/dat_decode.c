/* SPDX-License-Identifier: MIT
 *
 * trace.dat: a record's bytes to an event's fields.  Every offset is checked
 * against the record's length, which the page reader has checked against the
 * page.
 */
#include <byteswap.h>
#include <string.h>

#include "traces/import/dat_kinds.h"

static inline uint32_t get32(const uint8_t *p, bool swap)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return swap ? bswap_32(v) : v;
}

static uint64_t get_number(const uint8_t *p, unsigned int size, bool is_signed, bool swap)
{
	uint64_t v = 0;
	uint16_t v2;

	switch (size) {
	case 1:
		return is_signed ? (uint64_t)(int8_t)*p : *p;
	case 2:
		memcpy(&v2, p, 2);
		v2 = swap ? bswap_16(v2) : v2;
		return is_signed ? (uint64_t)(int16_t)v2 : v2;
	case 4:
		return is_signed ? (uint64_t)(int32_t)get32(p, swap) : get32(p, swap);
	}
	memcpy(&v, p, 8);
	return swap ? bswap_64(v) : v;
}

static void decode_text(const struct dat_kinds *k, const struct dat_kind *kind, const uint8_t *p,
			uint32_t len, struct import_event *ev)
{
	uint32_t at = kind->text_offset, n, loc;

	if (kind->text_kind == TEXT_INLINE) {
		if (at >= len)
			return;
		n = len - at;
	} else {
		if (at + 4 > len)
			return;
		loc = get32(p + at, k->swap); /* length << 16 | offset */
		at = (loc & 0xffff) + (kind->text_kind == TEXT_REL_LOC ? at + 4 : 0);
		n = loc >> 16;
		if (at > len || n > len - at)
			return;
	}
	ev->text = (const char *)p + at;
	ev->text_len = strnlen(ev->text, n);
}

static void decode_list(const struct dat_kinds *k, const struct dat_kind *kind, const uint8_t *p,
			uint32_t len, struct import_event *ev, uint64_t *list)
{
	uint32_t at = kind->list_offset, size = kind->list_size, n, i, max;

	if (at >= len)
		return;
	max = (len - at) / size;
	if (kind->list_max && max > kind->list_max)
		max = kind->list_max;
	n = max;
	if (kind->list_count_offset && kind->list_count_offset + 4u <= len)
		n = get32(p + kind->list_count_offset, k->swap);
	else if (ev_has(ev, F_N))
		n = ev->f[F_N] < max ? ev->f[F_N] : max;
	if (n > max)
		n = max;
	if (n > IMPORT_LIST_MAX)
		n = IMPORT_LIST_MAX;
	for (i = 0; i < n; i++)
		list[i] = get_number(p + at + i * size, size, false, k->swap);
	ev->list = list;
	ev->nlist = n;
}

void dat_decode(const struct dat_kinds *k, const struct dat_kind *kind, const uint8_t *p,
		uint32_t len, struct import_event *ev, uint64_t *list)
{
	const struct dat_field *f = kind->fields, *end = f + kind->nr_fields;

	ev->role = kind->role;
	ev->has = 0;
	ev->text = NULL;
	ev->nlist = 0;
	for (; f < end; f++) {
		if (f->offset + (uint32_t)f->size > len)
			continue;
		ev->has |= 1u << f->field;
		if (f->size == 4 && !f->is_signed)
			ev->f[f->field] = get32(p + f->offset, k->swap);
		else
			ev->f[f->field] = get_number(p + f->offset, f->size, f->is_signed, k->swap);
	}
	if (kind->text_kind)
		decode_text(k, kind, p, len, ev);
	if (kind->list_offset)
		decode_list(k, kind, p, len, ev, list);
}
