/* SPDX-License-Identifier: MIT
 *
 * trace.dat: from an event's format file to offsets, with libtraceevent.
 *
 * The library parses the field lines.  The print format behind them is cut
 * off before: nothing here prints, it is the costly part to parse, and of
 * 1,600 formats a trace uses some twenty, so a format is parsed when the first
 * record of its id comes by.
 */
#include "traces/import/dat_kinds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The value of a line "KEY: VALUE" of a format file. */
static bool line_value(struct dat_text t, const char *key, struct dat_text *value)
{
	const char *p = t.p, *end = t.p + t.n, *eol;
	size_t len = strlen(key);

	while (p < end) {
		eol = memchr(p, '\n', end - p);
		if (!eol)
			eol = end;
		if ((size_t)(eol - p) > len && !memcmp(p, key, len)) {
			value->p = p + len;
			value->n = eol - p - len;
			return true;
		}
		p = eol + 1;
	}
	return false;
}

static int index_formats(struct dat_kinds *k, const struct dat_file *d, struct mm_error *err)
{
	struct dat_text name, id;
	struct dat_kind *kind;
	unsigned long nr;
	size_t i;

	k->v = calloc(d->nr_formats + 1, sizeof(*k->v));
	k->by_id = calloc(DAT_MAX_ID, sizeof(*k->by_id));
	if (!k->v || !k->by_id)
		return mm_fail(err, -ENOMEM, "out of memory");
	for (i = 0; i < d->nr_formats; i++) {
		if (!line_value(d->formats[i].text, "name: ", &name) ||
		    !line_value(d->formats[i].text, "ID: ", &id))
			return mm_fail(err, -EBADMSG, "%s: section 'event formats', offset %llu: format %zu (group %s) has no name or ID",
				       d->in->path,
				       d->version == 6 ? (unsigned long long)((const uint8_t *)d->formats[i].text.p - d->in->data) : 0,
				       i, d->formats[i].group);
		nr = strtoul(id.p, NULL, 10);
		if (nr >= DAT_MAX_ID || k->by_id[nr])
			continue;
		kind = &k->v[k->n++];
		kind->full_name = strndup(name.p, name.n);
		if (!kind->full_name)
			return mm_fail(err, -ENOMEM, "out of memory");
		kind->name = kind->full_name;
		kind->format = &d->formats[i];
		k->by_id[nr] = kind;
		if (!strcmp(kind->name, "mm_page_alloc") || (!k->gfp_format && !strcmp(kind->name, "kmalloc")))
			k->gfp_format = kind->format;
	}
	return 0;
}

int dat_kinds_init(struct dat_kinds *k, const struct dat_file *d, const struct import_roles *roles,
		   struct mm_error *err)
{
	char *copy;
	int e;

	memset(k, 0, sizeof(*k));
	k->roles = roles;
	k->swap = d->swap;
	k->flags_offset = 2;
	k->pid_offset = 4;
	k->tep = tep_alloc();
	if (!k->tep)
		return mm_fail(err, -ENOMEM, "out of memory");
	tep_set_loglevel(TEP_LOG_NONE);
	tep_set_file_bigendian(k->tep, d->big ? TEP_BIG_ENDIAN : TEP_LITTLE_ENDIAN);
	tep_set_long_size(k->tep, d->long_size);
	copy = strndup(d->header_page.p, d->header_page.n);
	e = copy ? tep_parse_header_page(k->tep, copy, strlen(copy), d->long_size) : -1;
	free(copy);
	k->commit_size = e ? 0 : tep_get_header_page_size(k->tep);
	if (k->commit_size != 4 && k->commit_size != 8)
		return mm_fail(err, -EBADMSG, "%s: section 'header info': the format of a page's header cannot be read (field commit of 4 or 8 bytes expected)",
			       d->in->path);
	k->page_header = 8 + k->commit_size;
	return index_formats(k, d, err);
}

void dat_kinds_free(struct dat_kinds *k)
{
	size_t i;

	for (i = 0; i < k->n; i++)
		free(k->v[i].full_name);
	free(k->v);
	free(k->by_id);
	if (k->tep)
		tep_free(k->tep);
	memset(k, 0, sizeof(*k));
}

static bool fits(const struct tep_format_field *f)
{
	return f->offset >= 0 && f->offset < 65536 && f->size >= 0 && f->size < 65536;
}

/* Of "u32 p[]" the library does not tell the element's size. */
static unsigned int element_size(const struct tep_format_field *f)
{
	if (f->elementsize == 4 || f->elementsize == 8)
		return f->elementsize;
	return f->type && strstr(f->type, "64") ? 8 : 4;
}

static void resolve_list(struct dat_kind *kind, struct tep_event *event, const char *name)
{
	struct tep_format_field *f = tep_find_field(event, name), *g;
	char numbered[64];
	unsigned int i;

	if (f && fits(f) && !(f->flags & TEP_FIELD_IS_DYNAMIC)) { /* an array */
		kind->list_offset = f->offset;
		kind->list_size = element_size(f);
		kind->list_max = kind->role == ROLE_STACK ? 0 : f->size / kind->list_size;
	} else { /* p0, p1, ... side by side */
		snprintf(numbered, sizeof(numbered), "%s0", name);
		f = tep_find_field(event, numbered);
		if (!f || !fits(f) || (f->size != 4 && f->size != 8))
			return;
		kind->list_offset = f->offset;
		kind->list_size = f->size;
		for (i = 1; i < IMPORT_LIST_MAX; i++) {
			snprintf(numbered, sizeof(numbered), "%s%u", name, i);
			g = tep_find_field(event, numbered);
			if (!g || g->offset != f->offset + (int)i * f->size || g->size != f->size)
				break;
		}
		kind->list_max = i;
	}
	f = kind->role == ROLE_STACK ? tep_find_field(event, "size") : NULL;
	if (f && fits(f) && f->size == 4)
		kind->list_count_offset = f->offset;
}

static void resolve_text(struct dat_kind *kind, struct tep_event *event, const char *name)
{
	struct tep_format_field *f = tep_find_field(event, name);

	if (!f || !fits(f))
		return;
	kind->text_offset = f->offset;
	if (f->flags & TEP_FIELD_IS_RELATIVE)
		kind->text_kind = TEXT_REL_LOC;
	else
		kind->text_kind = f->flags & TEP_FIELD_IS_DYNAMIC ? TEXT_DATA_LOC : TEXT_INLINE;
}

static void resolve_field(struct dat_kind *kind, struct tep_event *event, const char *name,
			  int field)
{
	struct tep_format_field *f = tep_find_field(event, name);
	struct dat_field *out = &kind->fields[kind->nr_fields];

	if (!f || !fits(f) || (f->size != 1 && f->size != 2 && f->size != 4 && f->size != 8))
		return;
	out->offset = f->offset;
	out->size = f->size;
	out->field = field;
	out->is_signed = f->flags & TEP_FIELD_IS_SIGNED;
	kind->nr_fields++;
}

void dat_kind_resolve(struct dat_kinds *k, struct dat_kind *kind, uint32_t id)
{
	const struct import_bind *b = roles_find(k->roles, kind->format->group, kind->name);
	struct dat_text t = kind->format->text;
	struct tep_event *event;
	const char *print = memmem(t.p, t.n, "\nprint fmt:", 11);
	char *copy;
	int i, n;

	kind->resolved = true;
	kind->role = b->role;
	if (b->role <= ROLE_INFO)
		return;
	n = asprintf(&copy, "%.*s\nprint fmt: \"\"\n", (int)(print ? (size_t)(print - t.p) : t.n), t.p);
	if (n < 0)
		return;
	tep_parse_event(k->tep, copy, n, kind->format->group);
	free(copy);
	event = tep_find_event(k->tep, id);
	if (!event)
		return;
	kind->probe = tep_find_field(event, "__probe_ip") || tep_find_field(event, "__probe_func");
	for (i = 0; i < BIND_FIELDS && b->f[i].name; i++) {
		if (b->f[i].field == F_TEXT)
			resolve_text(kind, event, b->f[i].name);
		else if (b->f[i].field == F_LIST)
			resolve_list(kind, event, b->f[i].name);
		else
			resolve_field(kind, event, b->f[i].name, b->f[i].field);
	}
}
