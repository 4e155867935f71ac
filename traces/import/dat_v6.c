/* SPDX-License-Identifier: MIT
 *
 * trace.dat version 6: the sections follow one another, without a directory.
 */
#include "traces/import/dat.h"

#include <errno.h>
#include <string.h>

static int read_options(struct dat_file *d, struct dat_cursor *c)
{
	uint16_t id;
	uint32_t size;
	int e;

	for (;;) {
		e = dat_u16(c, &id);
		if (e || !id)
			return e;
		e = dat_u32(c, &size);
		if (!e)
			e = dat_option(d, c, id, size);
		if (e)
			return e;
	}
}

/* The table of the CPUs' data: offset and size of each. */
static int read_flyrecord(struct dat_file *d, struct dat_cursor *c, uint32_t cpus)
{
	uint64_t offset, size;
	uint32_t i;
	int e = 0;

	for (i = 0; !e && i < cpus; i++) {
		e = dat_u64(c, &offset);
		if (!e)
			e = dat_u64(c, &size);
		if (!e)
			e = dat_add_cpu(d, c, i, offset, size);
	}
	return e;
}

static int read_rest(struct dat_file *d, struct dat_cursor *c)
{
	struct dat_text t;
	uint32_t cpus;

	c->section = "rest of header";
	if (dat_u32(c, &cpus) || dat_bytes(c, 10, &t, "the kind of the data"))
		return -EBADMSG;
	d->nr_cpu_option = cpus;
	if (!memcmp(t.p, "options  ", 10)) {
		c->section = "options";
		if (read_options(d, c) || dat_bytes(c, 10, &t, "the kind of the data"))
			return -EBADMSG;
	}
	if (!memcmp(t.p, "latency  ", 10)) {
		d->latency = true;
		return 0;
	}
	c->section = "flyrecord";
	if (memcmp(t.p, "flyrecord", 10))
		return dat_bad(c, "expected \"options\", \"latency\" or \"flyrecord\"");
	return read_flyrecord(d, c, cpus);
}

int dat_read_formats(struct dat_file *d, struct dat_cursor *c)
{
	struct dat_text printk;
	int e;

	c->section = "header info";
	e = dat_header_info(d, c);
	if (e)
		return e;
	c->section = "ftrace event formats";
	e = dat_ftrace_formats(d, c);
	if (e)
		return e;
	c->section = "event formats";
	e = dat_event_formats(d, c);
	if (e)
		return e;
	c->section = "kallsyms";
	e = dat_text_section(c, 4, &d->kallsyms);
	if (e)
		return e;
	c->section = "trace_printk";
	return dat_text_section(c, 4, &printk);
}

int dat_read_v6(struct dat_file *d, struct dat_cursor *c)
{
	int e = dat_read_formats(d, c);

	if (e)
		return e;
	c->section = "process information";
	e = dat_text_section(c, 8, &d->cmdlines);
	return e ? e : read_rest(d, c);
}
