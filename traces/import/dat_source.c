/* SPDX-License-Identifier: MIT
 *
 * The importer of trace.dat: the CPUs' streams merged by time.
 *
 * A binary heap of the CPUs holds the time of each one's next record; with one
 * CPU it costs one comparison an event.  Records of equal time come in the
 * order of the CPUs, so that the result is the same every time.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traces/import/dat_pages.h"
#include "traces/import/symbols.h"

/* Bits of common_flags: Linux 6.1 include/linux/trace_events.h trace_flag_type. */
#define FLAG_HARDIRQ 0x08
#define FLAG_SOFTIRQ 0x10

struct comm {
	int32_t pid;
	const char *name;
};

struct dat_source {
	struct import_source src;
	struct dat_file file;
	struct dat_kinds kinds;
	struct dat_stream *streams;
	uint32_t nr_streams;
	uint32_t *heap, nr_heap;
	bool fresh;			/* the streams are not at a record yet */
	struct symbols symbols;
	bool have_symbols;
	struct comm *comms;
	size_t nr_comms;
	uint64_t no_format;		/* records whose id has no format */
	uint64_t list[IMPORT_LIST_MAX];
	char version[32];
};

static struct dat_source *dat_of(struct import_source *s)
{
	return (struct dat_source *)s;
}

static bool earlier(const struct dat_source *d, uint32_t a, uint32_t b)
{
	return d->streams[a].time != d->streams[b].time ? d->streams[a].time < d->streams[b].time
							: a < b;
}

static void sift_down(struct dat_source *d, uint32_t i)
{
	uint32_t child, tmp;

	for (;;) {
		child = 2 * i + 1;
		if (child >= d->nr_heap)
			return;
		if (child + 1 < d->nr_heap && earlier(d, d->heap[child + 1], d->heap[child]))
			child++;
		if (!earlier(d, d->heap[child], d->heap[i]))
			return;
		tmp = d->heap[i];
		d->heap[i] = d->heap[child];
		d->heap[child] = tmp;
		i = child;
	}
}

static int heap_fill(struct dat_source *d, struct mm_error *err)
{
	uint32_t i;
	int r;

	d->nr_heap = 0;
	for (i = 0; i < d->nr_streams; i++) {
		r = dat_stream_next(&d->streams[i], err);
		if (r < 0)
			return r;
		if (r)
			d->heap[d->nr_heap++] = i;
	}
	for (i = d->nr_heap / 2; i-- > 0;)
		sift_down(d, i);
	d->fresh = false;
	return 0;
}

/* Step the stream whose record was delivered last; the heap's top is then the next. */
static int advance(struct dat_source *d, struct mm_error *err)
{
	int r;

	if (d->fresh)
		return heap_fill(d, err);
	if (!d->nr_heap)
		return 0;
	r = dat_stream_next(&d->streams[d->heap[0]], err);
	if (r < 0)
		return r;
	if (!r)
		d->heap[0] = d->heap[--d->nr_heap];
	sift_down(d, 0);
	return 0;
}

static uint64_t in_ns(const struct dat_file *f, uint64_t ts)
{
	ts += f->ts_offset;
	if (f->tsc_mult) {
		ts -= f->tsc_offset;
		ts = (uint64_t)((unsigned __int128)ts * f->tsc_mult >> f->tsc_shift);
	}
	return ts;
}

static uint8_t context(uint8_t flags, bool probe)
{
	/* A kprobe's breakpoint counts as a hard interrupt itself. */
	if (flags & FLAG_HARDIRQ && !probe)
		return TRACE_HARDIRQ;
	return flags & FLAG_SOFTIRQ ? TRACE_SOFTIRQ : TRACE_TASK;
}

static int dat_next(struct import_source *src, struct import_event *ev, struct mm_error *err)
{
	struct dat_source *d = dat_of(src);
	struct dat_stream *s;
	struct dat_kind *kind;
	uint16_t id;
	int r;

	for (;;) {
		r = advance(d, err);
		if (r)
			return r;
		if (!d->nr_heap)
			return 0;
		s = &d->streams[d->heap[0]];
		memcpy(&id, s->record, 2);
		if (d->kinds.swap)
			id = id << 8 | id >> 8;
		kind = dat_kind(&d->kinds, id);
		if (!kind) {
			d->no_format++;
			continue;
		}
		kind->count++;
		if (!source_skips(src, kind->role))
			break;
	}
	memcpy(&ev->pid, s->record + 4, 4);
	if (d->kinds.swap)
		ev->pid = __builtin_bswap32(ev->pid);
	ev->time = in_ns(&d->file, s->time);
	ev->cpu = s->cpu->cpu;
	ev->ctx = context(s->record[2], kind->probe);
	ev->comm = 0;
	dat_decode(&d->kinds, kind, s->record, s->len, ev, d->list);
	return 1;
}

static void sum_lost(struct dat_source *d)
{
	uint32_t i;

	d->src.lost = d->src.lost_places = 0;
	for (i = 0; i < d->nr_streams; i++) {
		d->src.lost += d->streams[i].lost;
		d->src.lost_places += d->streams[i].lost_places;
	}
}

static int dat_next_counted(struct import_source *src, struct import_event *ev,
			    struct mm_error *err)
{
	int r = dat_next(src, ev, err);

	if (!r)
		sum_lost(dat_of(src));
	return r;
}

static int dat_rewind(struct import_source *src, struct mm_error *err)
{
	struct dat_source *d = dat_of(src);
	uint32_t i;
	size_t k;

	(void)err;
	for (i = 0; i < d->nr_streams; i++)
		dat_stream_rewind(&d->streams[i]);
	for (k = 0; k < d->kinds.n; k++)
		d->kinds.v[k].count = 0;
	d->no_format = 0;
	d->fresh = true;
	return 0;
}

static void need_symbols(struct dat_source *d)
{
	if (!d->have_symbols)
		symbols_parse(&d->symbols, d->file.kallsyms.p, d->file.kallsyms.n);
	d->have_symbols = true;
}

static const char *dat_symbol(struct import_source *src, uint64_t addr, uint64_t *offset)
{
	struct dat_source *d = dat_of(src);
	const struct symbol *sym;
	char *name;

	need_symbols(d);
	sym = symbols_find(&d->symbols, addr);
	if (!sym)
		return NULL;
	*offset = addr - sym->addr;
	name = strndup(sym->name, sym->len);
	return dat_own(&d->file, name);
}

static uint64_t dat_address(struct import_source *src, const char *symbol)
{
	need_symbols(dat_of(src));
	return symbols_address(&dat_of(src)->symbols, symbol);
}

static int by_pid(const void *a, const void *b)
{
	int32_t x = ((const struct comm *)a)->pid, y = ((const struct comm *)b)->pid;

	return x < y ? -1 : x > y;
}

/* saved_cmdlines: lines "PID NAME". */
static int read_comms(struct dat_source *d, struct mm_error *err)
{
	const char *p = d->file.cmdlines.p, *end = p + d->file.cmdlines.n, *eol;
	struct comm *grown;
	char *stop;
	long pid;

	while (p && p < end) {
		eol = memchr(p, '\n', end - p);
		if (!eol)
			break;
		pid = strtol(p, &stop, 10);
		if (stop > p && stop < eol && *stop == ' ') {
			grown = realloc(d->comms, (d->nr_comms + 1) * sizeof(*grown));
			if (!grown)
				return mm_fail(err, -ENOMEM, "out of memory");
			d->comms = grown;
			d->comms[d->nr_comms].pid = pid;
			d->comms[d->nr_comms].name = dat_copy(&d->file, stop + 1, eol - stop - 1);
			if (!d->comms[d->nr_comms].name)
				return mm_fail(err, -ENOMEM, "out of memory");
			d->nr_comms++;
		}
		p = eol + 1;
	}
	if (d->nr_comms)
		qsort(d->comms, d->nr_comms, sizeof(*d->comms), by_pid);
	return 0;
}

static const char *dat_comm(struct import_source *src, int32_t pid, uint32_t comm)
{
	struct dat_source *d = dat_of(src);
	struct comm key = { pid, NULL }, *found = NULL;

	(void)comm;
	if (!pid)
		return "<idle>";
	if (d->nr_comms)
		found = bsearch(&key, d->comms, d->nr_comms, sizeof(*d->comms), by_pid);
	return found ? found->name : "<...>";
}

static const char *dat_kind_at(struct import_source *src, uint32_t n, uint64_t *count,
			       enum import_role *role)
{
	struct dat_source *d = dat_of(src);

	if (n == d->kinds.n && d->no_format) {
		*count = d->no_format;
		*role = ROLE_UNKNOWN;
		return "(id without a format)";
	}
	if (n >= d->kinds.n)
		return NULL;
	*count = d->kinds.v[n].count;
	*role = d->kinds.v[n].role;
	return d->kinds.v[n].name;
}

static uint64_t dat_offset(struct import_source *src)
{
	struct dat_source *d = dat_of(src);
	uint64_t sum = 0;
	uint32_t i;

	for (i = 0; i < d->nr_streams; i++)
		sum += (d->file.packed_data ? d->streams[i].p : d->streams[i].pages) -
		       (d->file.in->data + d->streams[i].cpu->offset);
	return sum;
}

static void dat_close(struct import_source *src)
{
	struct dat_source *d = dat_of(src);
	uint32_t i;

	for (i = 0; i < d->nr_streams; i++)
		dat_stream_close(&d->streams[i]);
	free(d->streams);
	free(d->heap);
	free(d->comms);
	symbols_free(&d->symbols);
	dat_kinds_free(&d->kinds);
	dat_free(&d->file);
	free(d);
}

static int open_streams(struct dat_source *d, struct mm_error *err)
{
	size_t i;

	d->streams = calloc(d->file.nr_cpus, sizeof(*d->streams));
	d->heap = calloc(d->file.nr_cpus, sizeof(*d->heap));
	if (!d->streams || !d->heap)
		return mm_fail(err, -ENOMEM, "out of memory");
	for (i = 0; i < d->file.nr_cpus; i++)
		dat_stream_open(&d->streams[i], &d->file, &d->file.cpus[i], &d->kinds);
	d->nr_streams = d->file.nr_cpus;
	d->fresh = true;
	return 0;
}

static void describe(struct dat_source *d)
{
	struct import_about *a = &d->src.about;
	const struct dat_format *f = d->kinds.gfp_format;

	snprintf(d->version, sizeof(d->version), "trace.dat version %d", d->file.version);
	a->format = d->version;
	a->kernel = d->file.kernel;
	a->tool = d->file.tool;
	a->clock = d->file.clock;
	a->cpus = d->file.nr_cpu_option ? d->file.nr_cpu_option : d->file.nr_cpus;
	a->long_size = d->kinds.commit_size;
	if (f) {
		a->gfp_table = f->text.p;
		a->gfp_table_len = f->text.n;
	}
}

static bool dat_match(const struct import_input *in)
{
	return in->size >= 10 && !memcmp(in->data, "\x17\x08\x44tracing", 10);
}

static struct import_source *dat_open(const struct import_input *in,
				      const struct import_roles *roles, struct mm_error *err)
{
	struct dat_source *d;
	int e;

	if (!dat_match(in)) {
		mm_fail(err, -EINVAL, "%s: not a trace.dat: it does not begin with 17 08 44 \"tracing\"",
			in->path);
		return NULL;
	}
	d = calloc(1, sizeof(*d));
	if (!d) {
		mm_fail(err, -ENOMEM, "out of memory");
		return NULL;
	}
	d->src.ops = &import_dat_ops;
	e = dat_read(&d->file, in, err);
	if (!e)
		e = dat_kinds_init(&d->kinds, &d->file, roles, err);
	if (!e)
		e = read_comms(d, err);
	if (!e)
		e = open_streams(d, err);
	if (e) {
		dat_close(&d->src);
		return NULL;
	}
	describe(d);
	return &d->src;
}

const struct import_source_ops import_dat_ops = {
	.name = "trace.dat",
	.match = dat_match,
	.open = dat_open,
	.next = dat_next_counted,
	.rewind = dat_rewind,
	.symbol = dat_symbol,
	.address = dat_address,
	.comm = dat_comm,
	.kind = dat_kind_at,
	.offset = dat_offset,
	.close = dat_close,
};
