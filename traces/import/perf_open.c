/* SPDX-License-Identifier: MIT
 *
 * The importer of perf.data: opening a file, and its names.
 *
 * Before the first pass the records are looked through for the mapping of the
 * kernel, which comes among the first: it tells whether this host is the one
 * that was recorded, whose symbols and formats then stand in for what the file
 * does not hold.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "traces/import/perf_source.h"

#define HOST_EVENTS "/sys/kernel/tracing/events"
#define LOOK_AHEAD 100000	/* records in which the kernel's own mapping is looked for */

static const char *perf_symbol(struct import_source *src, uint64_t addr, uint64_t *offset)
{
	struct perf_source *s = perf_of(src);
	const struct symbol *sym;

	perf_symbols_of_host(&s->symbols, s->file.release);
	sym = symbols_find(&s->symbols.table, addr - s->symbols.shift);
	if (!sym)
		return NULL;
	*offset = addr - s->symbols.shift - sym->addr;
	return dat_own(&s->file.dat, strndup(sym->name, sym->len));
}

static uint64_t perf_address(struct import_source *src, const char *symbol)
{
	struct perf_source *s = perf_of(src);
	uint64_t addr;

	perf_symbols_of_host(&s->symbols, s->file.release);
	addr = symbols_address(&s->symbols.table, symbol);
	return addr ? addr + s->symbols.shift : 0;
}

static const char *perf_comm(struct import_source *src, int32_t pid, uint32_t comm)
{
	const char *name = perf_tasks_text(&perf_of(src)->tasks, comm);

	if (!pid)
		return "<idle>";
	return name ? name : "<...>";
}

static const char *perf_kind(struct import_source *src, uint32_t n, uint64_t *count,
			     enum import_role *role)
{
	struct perf_source *s = perf_of(src);

	if (n < s->kinds.n) {
		*count = s->kinds.v[n].count;
		*role = s->kinds.v[n].role;
		return s->kinds.v[n].name;
	}
	n -= s->kinds.n;
	*count = n ? s->strange : s->chains;
	*role = n ? ROLE_UNKNOWN : ROLE_STACK;
	return n == 0 ? "callchain" : n == 1 ? "(sample of no known tracepoint)" : NULL;
}

static uint64_t perf_offset(struct import_source *src)
{
	struct perf_source *s = perf_of(src);

	return s->reader.p - s->file.in->data;
}

static void perf_close(struct import_source *src)
{
	struct perf_source *s = perf_of(src);

	if (s->reader.file) { /* it was opened */
		perf_rewind(src, NULL);
		perf_reader_close(&s->reader);
	}
	perf_order_free(&s->order);
	perf_tasks_free(&s->tasks);
	perf_symbols_free(&s->symbols);
	dat_kinds_free(&s->kinds);
	perf_file_free(&s->file);
	free(s);
}

/* The mapping of the kernel: "[kernel.kallsyms]_text", at the address in pgoff
 * (MMAP: pid, tid, addr, len, pgoff, name). */
static bool note_kernel(struct perf_source *s)
{
	static const char begin[] = "[kernel.kallsyms]";
	const uint8_t *rec = s->reader.record;
	const char *name = (const char *)rec + 40;

	if (perf_type(rec) != PERF_RECORD_MMAP || s->reader.size < 40 + sizeof(begin) ||
	    strncmp(name, begin, sizeof(begin) - 1) || !memchr(name, 0, s->reader.size - 40))
		return false;
	snprintf(s->symbols.ref, sizeof(s->symbols.ref), "%s", name + sizeof(begin) - 1);
	s->symbols.ref_addr = perf_u64(rec + 32);
	return true;
}

static int find_kernel(struct perf_source *s, struct mm_error *err)
{
	uint32_t i;
	int r = 1;

	for (i = 0; i < LOOK_AHEAD && r > 0; i++) {
		r = perf_reader_next(&s->reader, err);
		if (r > 0 && note_kernel(s))
			break;
	}
	perf_reader_rewind(&s->reader);
	return r < 0 ? r : 0;
}

/* A file without its formats: those of the recorded machine. */
static int need_formats(struct perf_source *s, struct mm_error *err)
{
	struct perf_file *f = &s->file;
	const char *dir = f->in->events;
	uint32_t i;

	for (i = 0; i < f->nr_attrs && f->attrs[i].type != PERF_TYPE_TRACEPOINT; i++)
		;
	if (f->have_formats || i == f->nr_attrs)
		return 0;
	if (!dir && perf_symbols_of_host(&s->symbols, f->release))
		dir = HOST_EVENTS;
	if (!dir)
		return mm_fail(err, -EINVAL, "%s: no formats of its events in it%s; give the folder /sys/kernel/tracing/events of the recorded machine, or a copy, with --events",
			       f->in->path, f->open_end ? " (perf record was killed before it wrote them)"
					    : f->cut ? " (the file is cut, and they stand at its end)" : "");
	perf_note(s, "its event formats are missing, those in %s were used", dir);
	return perf_formats_load(f, dir, err);
}

static void describe(struct perf_source *s)
{
	struct import_about *a = &s->src.about;
	const struct perf_file *f = &s->file;
	const struct dat_format *gfp = s->kinds.gfp_format;

	snprintf(s->format, sizeof(s->format), "perf.data%s", f->pipe ? " from a pipe" : "");
	a->format = s->format;
	if (f->release) {
		snprintf(s->kernel, sizeof(s->kernel), "Linux %s%s%s", f->release, f->arch ? " " : "",
			 f->arch ? f->arch : "");
		a->kernel = s->kernel;
	}
	if (f->tool) {
		snprintf(s->tool, sizeof(s->tool), "perf %s", f->tool);
		a->tool = s->tool;
	}
	a->cpus = f->cpus;
	a->long_size = s->kinds.commit_size;
	if (gfp) {
		a->gfp_table = gfp->text.p;
		a->gfp_table_len = gfp->text.n;
	}
}

static int open_file(struct perf_source *s, const struct import_input *in,
		     const struct import_roles *roles, struct mm_error *err)
{
	int e = perf_file_read(&s->file, in, err);

	if (!e)
		e = perf_reader_open(&s->reader, &s->file, err);
	if (!e)
		e = find_kernel(s, err);
	if (!e && in->kallsyms)
		e = perf_symbols_load(&s->symbols, in->kallsyms, err);
	if (!e)
		e = need_formats(s, err);
	if (!e && s->file.have_formats)
		e = dat_kinds_init(&s->kinds, &s->file.dat, roles, err);
	if (!e)
		e = perf_check(&s->file, &s->kinds, err);
	if (!e && perf_missing_free(&s->file))
		perf_note(s, "%s was not recorded, so that what it frees stays allocated",
			  perf_missing_free(&s->file));
	return e;
}

static struct import_source *perf_open(const struct import_input *in,
				       const struct import_roles *roles, struct mm_error *err)
{
	struct perf_source *s;

	if (!perf_file_match(in)) {
		mm_fail(err, -EINVAL, "%s: not a perf.data: it does not begin with \"PERFILE2\"", in->path);
		return NULL;
	}
	s = calloc(1, sizeof(*s));
	if (!s) {
		mm_fail(err, -ENOMEM, "out of memory");
		return NULL;
	}
	s->src.ops = &import_perf_data_ops;
	if (open_file(s, in, roles, err)) {
		perf_close(&s->src);
		return NULL;
	}
	describe(s);
	return &s->src;
}

const struct import_source_ops import_perf_data_ops = {
	.name = "perf.data",
	.match = perf_file_match,
	.open = perf_open,
	.next = perf_next,
	.rewind = perf_rewind,
	.symbol = perf_symbol,
	.address = perf_address,
	.comm = perf_comm,
	.kind = perf_kind,
	.offset = perf_offset,
	.close = perf_close,
};
