/* SPDX-License-Identifier: MIT
 *
 * trace.dat: the checked cursor and the sections that versions 6 and 7 share.
 */
#include "traces/import/dat.h"

#include <byteswap.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_CPUS 4096

uint64_t dat_at(const struct dat_cursor *c)
{
	return c->offset + (c->p - c->base);
}

int dat_bad(struct dat_cursor *c, const char *fmt, ...)
{
	char what[300];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	if (c->packed)
		return mm_fail(c->err, -EBADMSG, "%s: section '%s' (compressed, at offset %llu), byte %zu of it: %s",
			       c->path, c->section, (unsigned long long)c->offset,
			       (size_t)(c->p - c->base), what);
	return mm_fail(c->err, -EBADMSG, "%s: section '%s', offset %llu: %s", c->path, c->section,
		       (unsigned long long)dat_at(c), what);
}

static int need(struct dat_cursor *c, uint64_t n, const char *what)
{
	if (n <= (uint64_t)(c->end - c->p))
		return 0;
	return dat_bad(c, "%s needs %llu bytes, but %s after %llu", what, (unsigned long long)n,
		       c->packed ? "the section ends" : "the file is cut",
		       (unsigned long long)(c->end - c->p));
}

int dat_u16(struct dat_cursor *c, uint16_t *v)
{
	if (need(c, 2, "a number"))
		return -EBADMSG;
	memcpy(v, c->p, 2);
	if (c->swap)
		*v = bswap_16(*v);
	c->p += 2;
	return 0;
}

int dat_u32(struct dat_cursor *c, uint32_t *v)
{
	if (need(c, 4, "a number"))
		return -EBADMSG;
	memcpy(v, c->p, 4);
	if (c->swap)
		*v = bswap_32(*v);
	c->p += 4;
	return 0;
}

int dat_u64(struct dat_cursor *c, uint64_t *v)
{
	if (need(c, 8, "a number"))
		return -EBADMSG;
	memcpy(v, c->p, 8);
	if (c->swap)
		*v = bswap_64(*v);
	c->p += 8;
	return 0;
}

int dat_bytes(struct dat_cursor *c, uint64_t n, struct dat_text *t, const char *what)
{
	if (need(c, n, what))
		return -EBADMSG;
	t->p = (const char *)c->p;
	t->n = n;
	c->p += n;
	return 0;
}

int dat_string(struct dat_cursor *c, const char **s, const char *what)
{
	const uint8_t *nul = memchr(c->p, 0, c->end - c->p);

	if (!nul)
		return dat_bad(c, "%s has no end", what);
	*s = (const char *)c->p;
	c->p = nul + 1;
	return 0;
}

void *dat_own(struct dat_file *d, void *p)
{
	void **list;

	if (!p)
		return NULL;
	if (d->nr_owned == d->cap_owned) {
		list = realloc(d->owned, (d->cap_owned * 2 + 16) * sizeof(*list));
		if (!list) {
			free(p);
			return NULL;
		}
		d->owned = list;
		d->cap_owned = d->cap_owned * 2 + 16;
	}
	return d->owned[d->nr_owned++] = p;
}

char *dat_copy(struct dat_file *d, const char *p, size_t n)
{
	n = strnlen(p, n);
	while (n && strchr(" \t\n", p[n - 1]))
		n--;
	return dat_own(d, strndup(p, n));
}

static int expect(struct dat_cursor *c, const char *word)
{
	const char *s;

	if (need(c, strlen(word) + 1, word))
		return -EBADMSG;
	if (memcmp(c->p, word, strlen(word) + 1))
		return dat_bad(c, "expected \"%s\"", word);
	return dat_string(c, &s, word);
}

int dat_header_info(struct dat_file *d, struct dat_cursor *c)
{
	struct dat_text t;
	uint64_t n;

	if (expect(c, "header_page") || dat_u64(c, &n) ||
	    dat_bytes(c, n, &d->header_page, "header_page"))
		return -EBADMSG;
	if (expect(c, "header_event") || dat_u64(c, &n) || dat_bytes(c, n, &t, "header_event"))
		return -EBADMSG;
	return 0;
}

static int add_format(struct dat_file *d, struct dat_cursor *c, const char *group)
{
	struct dat_format *list;
	struct dat_text t;
	uint64_t n;

	if (dat_u64(c, &n) || dat_bytes(c, n, &t, "an event's format"))
		return -EBADMSG;
	if (d->nr_formats == d->cap_formats) {
		list = realloc(d->formats, (d->cap_formats * 2 + 256) * sizeof(*list));
		if (!list)
			return mm_fail(c->err, -ENOMEM, "out of memory");
		d->formats = list;
		d->cap_formats = d->cap_formats * 2 + 256;
	}
	d->formats[d->nr_formats++] = (struct dat_format){ t, group };
	return 0;
}

int dat_ftrace_formats(struct dat_file *d, struct dat_cursor *c)
{
	uint32_t i, n;
	int e = dat_u32(c, &n);

	for (i = 0; !e && i < n; i++)
		e = add_format(d, c, "ftrace");
	return e;
}

int dat_event_formats(struct dat_file *d, struct dat_cursor *c)
{
	uint32_t i, j, groups, n;
	const char *group = "";
	int e = dat_u32(c, &groups);

	for (i = 0; !e && i < groups; i++) {
		e = dat_string(c, &group, "the name of an event group");
		if (!e)
			e = dat_u32(c, &n);
		for (j = 0; !e && j < n; j++)
			e = add_format(d, c, group);
	}
	return e;
}

int dat_text_section(struct dat_cursor *c, int size_bytes, struct dat_text *t)
{
	uint32_t n4;
	uint64_t n;

	if (size_bytes == 8) {
		if (dat_u64(c, &n))
			return -EBADMSG;
	} else {
		if (dat_u32(c, &n4))
			return -EBADMSG;
		n = n4;
	}
	return dat_bytes(c, n, t, c->section);
}

int dat_option(struct dat_file *d, struct dat_cursor *c, unsigned int id, uint32_t size)
{
	struct dat_cursor o = *c;
	struct dat_text t;
	int e = dat_bytes(c, size, &t, "an option");

	if (e)
		return e;
	o.end = c->p;
	switch (id) {
	case 4: /* TRACECLOCK: "[local] global ..." */
		d->clock = dat_copy(d, t.p, t.n);
		break;
	case 5: /* UNAME */
		d->kernel = dat_copy(d, t.p, t.n);
		break;
	case 7: /* OFFSET */
		d->ts_offset = strtoll(dat_copy(d, t.p, t.n) ?: "0", NULL, 0);
		break;
	case 8: /* CPUCOUNT */
		e = dat_u32(&o, &d->nr_cpu_option);
		break;
	case 9: /* VERSION */
		d->tool = dat_copy(d, t.p, t.n);
		break;
	case 14: /* TSC2NSEC */
		e = dat_u32(&o, &d->tsc_mult) || dat_u32(&o, &d->tsc_shift) ||
		    dat_u64(&o, &d->tsc_offset) ? -EBADMSG : 0;
		if (!e && d->tsc_shift > 63)
			e = dat_bad(&o, "a clock shift of %u bits", d->tsc_shift);
		break;
	}
	return e;
}

int dat_add_cpu(struct dat_file *d, struct dat_cursor *c, uint32_t cpu, uint64_t offset,
		uint64_t size)
{
	struct dat_cpu *list;

	if (!size)
		return 0;
	if (cpu >= MAX_CPUS || d->nr_cpus >= MAX_CPUS)
		return dat_bad(c, "CPU number %u; at most %u are possible", cpu, MAX_CPUS);
	if (offset > d->in->size || size > d->in->size - offset)
		return dat_bad(c, "the data of CPU %u is said to be %llu bytes at offset %llu, but the file ends at %llu: it is cut",
			       cpu, (unsigned long long)size, (unsigned long long)offset,
			       (unsigned long long)d->in->size);
	list = realloc(d->cpus, (d->nr_cpus + 1) * sizeof(*list));
	if (!list)
		return mm_fail(c->err, -ENOMEM, "out of memory");
	d->cpus = list;
	d->cpus[d->nr_cpus++] = (struct dat_cpu){ cpu, offset, size };
	return 0;
}

static int read_initial(struct dat_file *d, struct dat_cursor *c)
{
	struct dat_text t;
	const char *version = "";

	if (dat_bytes(c, 10, &t, "the magic number") || dat_string(c, &version, "the version"))
		return -EBADMSG;
	d->version = atoi(version);
	if (d->version != 6 && d->version != 7)
		return dat_bad(c, "version '%.10s'; 6 and 7 are known", version);
	if (dat_bytes(c, 2, &t, "byte order and long size"))
		return -EBADMSG;
	if ((uint8_t)t.p[0] > 1 || (t.p[1] != 4 && t.p[1] != 8))
		return dat_bad(c, "byte order %u (0 or 1 expected), long size %u (4 or 8 expected)",
			       (uint8_t)t.p[0], (uint8_t)t.p[1]);
	d->big = t.p[0];
	d->swap = c->swap = d->big != (__BYTE_ORDER == __BIG_ENDIAN);
	d->long_size = t.p[1];
	if (dat_u32(c, &d->page_size))
		return -EBADMSG;
	if (d->page_size < 512 || d->page_size > (1u << 20) || d->page_size & (d->page_size - 1))
		return dat_bad(c, "page size %u; a power of two from 512 to 1 MiB expected",
			       d->page_size);
	return 0;
}

int dat_read(struct dat_file *d, const struct import_input *in, struct mm_error *err)
{
	struct dat_cursor c = {
		.base = in->data, .p = in->data, .end = in->data + in->size,
		.section = "initial format", .path = in->path, .err = err,
	};
	int e;

	memset(d, 0, sizeof(*d));
	d->in = in;
	e = read_initial(d, &c);
	if (!e)
		e = d->version == 6 ? dat_read_v6(d, &c) : dat_read_v7(d, &c);
	if (!e && d->latency)
		e = dat_bad(&c, "the trace in this file is text (made by trace-cmd extract of a latency tracer), not events");
	if (!e && !d->nr_cpus)
		e = dat_bad(&c, "no CPU has any data: nothing was recorded");
	return e;
}

void dat_free(struct dat_file *d)
{
	size_t i;

	for (i = 0; i < d->nr_owned; i++)
		free(d->owned[i]);
	free(d->owned);
	free(d->formats);
	free(d->cpus);
}
