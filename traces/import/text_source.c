/* SPDX-License-Identifier: MIT
 *
 * The importers of text: lines to events.
 *
 * The three formats differ in the beginning of a line (text_head.c) and in how
 * a stack is printed: as an event of its own whose lines begin with "=>"
 * (trace-cmd, tracefs), or as indented lines after any event (perf), which then
 * become an event here.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "traces/import/text.h"

#define SAMPLE_LINES 400
#define KINDS_HASH 1024		/* far more than a recording has kinds of events */

typedef bool head_fn(const char *line, const char *end, struct text_head *h);

struct text_kind {
	char *name;
	const struct import_bind *bind;
	bool probe;
	uint64_t count;
};

struct text_source {
	struct import_source src;
	const struct import_input *in;
	const struct import_roles *roles;
	head_fn *head;
	const char *p;
	struct text_symbols symbols;
	struct text_kind *kinds;
	uint32_t nr_kinds;
	uint32_t *hash;		/* kind number + 1 */
	uint32_t max_cpu;
	struct text_head last;	/* the event that a perf stack follows */
	bool stack_next;
	uint64_t list[IMPORT_LIST_MAX];
};

static struct text_source *text_of(struct import_source *s)
{
	return (struct text_source *)s;
}

static const char *end_of(const struct text_source *t)
{
	return (const char *)t->in->data + t->in->size;
}

/* Events of kprobes: their context is the breakpoint's own (see dat_source.c). */
static bool is_probe(enum import_role role)
{
	return role >= ROLE_BULK && role != ROLE_LRU_ADD && role != ROLE_RECLAIM_BEGIN &&
	       role != ROLE_RECLAIM_END && role != ROLE_KMALLOC && role != ROLE_KFREE &&
	       role != ROLE_CACHE_ALLOC && role != ROLE_CACHE_FREE && role < ROLE_STACK;
}

static struct text_kind *add_kind(struct text_source *t, const struct text_head *h, uint32_t at)
{
	struct text_kind *grown = realloc(t->kinds, (t->nr_kinds + 1) * sizeof(*grown)), *k;
	char *group;

	if (!grown || t->nr_kinds + 1 >= KINDS_HASH)
		return NULL;
	t->kinds = grown;
	k = &grown[t->nr_kinds];
	memset(k, 0, sizeof(*k));
	k->name = strndup(h->event.p, h->event.n);
	group = h->group.p ? strndup(h->group.p, h->group.n) : NULL;
	if (!k->name)
		return NULL;
	k->bind = roles_find(t->roles, group, k->name);
	k->probe = is_probe(k->bind->role);
	free(group);
	t->hash[at] = ++t->nr_kinds;
	return k;
}

static struct text_kind *kind_of(struct text_source *t, const struct text_head *h)
{
	uint32_t i = h->event.n * 31 + (uint8_t)h->event.p[h->event.n / 2], n;
	const char *name;

	i = (i * 31 + (uint8_t)h->event.p[h->event.n - 1]) % KINDS_HASH;
	while ((n = t->hash[i]) != 0) {
		name = t->kinds[n - 1].name;
		if (strlen(name) == h->event.n && !memcmp(name, h->event.p, h->event.n))
			return &t->kinds[n - 1];
		i = (i + 1) % KINDS_HASH;
	}
	return add_kind(t, h, i);
}

/* "CPU:0 [LOST 12 EVENTS]" (tracefs), "CPU:0 [12 EVENTS DROPPED]" (trace-cmd). */
static bool note_lost(struct text_source *t, struct text_span line)
{
	const char *p = memchr(line.p, '[', line.n), *end = line.p + line.n;

	if (!p || line.n < 4 || !memmem(line.p, line.n, "CPU:", 4) ||
	    (!memmem(line.p, line.n, "LOST", 4) && !memmem(line.p, line.n, "DROPPED", 7)))
		return false;
	while (p < end && (*p < '0' || *p > '9'))
		p++;
	t->src.lost_places++;
	if (p < end)
		t->src.lost += strtoull(p, NULL, 10);
	return true;
}

static bool is_comment(struct text_span line)
{
	static const char *const starts[] = {
		"#", "cpus=", "version = ", "CPU ", "CPU:", "trace.dat", "Buffer", "buffer",
	};
	size_t i, n;

	while (line.n && (*line.p == ' ' || *line.p == '\t'))
		line.p++, line.n--;
	for (i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		n = strlen(starts[i]);
		if (line.n >= n && !memcmp(line.p, starts[i], n))
			return true;
	}
	return !line.n;
}

/* The frames of a stack, as many lines as there are. */
static uint32_t read_frames(struct text_source *t)
{
	struct text_span line, symbol;
	const char *p = t->p;
	uint32_t n = 0;

	while (text_line(&p, end_of(t), &line) && text_frame(line.p, line.p + line.n, &symbol)) {
		t->p = p;
		if (n < IMPORT_LIST_MAX)
			t->list[n++] = IMPORT_SYM | text_symbol(&t->symbols, symbol);
	}
	return n;
}

static void fill_head(struct text_source *t, const struct text_head *h, struct import_event *ev,
		      enum import_role role, bool probe)
{
	ev->time = h->time;
	ev->pid = h->pid;
	ev->cpu = h->cpu;
	ev->ctx = probe && h->ctx == TRACE_HARDIRQ ? TRACE_TASK : h->ctx;
	ev->role = role;
	ev->comm = text_symbol(&t->symbols, h->comm);
	ev->has = 0;
	ev->text = NULL;
	ev->nlist = 0;
	ev->list = t->list;
	if (h->cpu > t->max_cpu)
		t->max_cpu = h->cpu;
}

/* The text of a marker: trace-cmd prints the writing function before it. */
static void mark_text(const struct text_head *h, const char *end, struct import_event *ev)
{
	const char *p = h->rest, *colon;

	while (p < end && *p == ' ')
		p++;
	colon = h->event.n == 5 ? memmem(p, end - p, ": ", 2) : NULL; /* "print" */
	if (colon && !memchr(p, ' ', colon - p))
		p = colon + 2;
	ev->text = p;
	ev->text_len = end - p;
}

static int event_of_line(struct text_source *t, const struct text_head *h, const char *end,
			 struct import_event *ev, struct mm_error *err)
{
	struct text_kind *k = kind_of(t, h);

	if (!k)
		return mm_fail(err, -ENOMEM, "%s: more kinds of events than a trace can have, or out of memory",
			       t->in->path);
	k->count++;
	t->last = *h;
	t->stack_next = t->head == text_head_perf;
	if (source_skips(&t->src, k->bind->role)) {
		if (k->bind->role == ROLE_STACK)
			read_frames(t);
		return 0;
	}
	fill_head(t, h, ev, k->bind->role, k->probe);
	if (ev->role == ROLE_STACK)
		ev->nlist = read_frames(t);
	else if (ev->role == ROLE_MARK)
		mark_text(h, end, ev);
	else if (ev->role > ROLE_INFO)
		text_fields(k->bind, h->rest, end, &t->symbols, ev, t->list);
	return 1;
}

/* perf: do stack lines follow the event that was read last? */
static bool perf_stack(struct text_source *t, struct import_event *ev)
{
	struct text_head stack = t->last;
	struct text_kind *k;
	uint32_t n;

	t->stack_next = false;
	n = read_frames(t);
	if (!n)
		return false;
	stack.event = (struct text_span){ "kernel_stack", 12 };
	k = kind_of(t, &stack);
	if (!k)
		return false;
	k->count++;
	if (source_skips(&t->src, ROLE_STACK))
		return false;
	fill_head(t, &stack, ev, ROLE_STACK, false);
	ev->nlist = n;
	return true;
}

static int text_next(struct import_source *src, struct import_event *ev, struct mm_error *err)
{
	struct text_source *t = text_of(src);
	struct text_head h;
	struct text_span line;
	int r;

	for (;;) {
		if (t->stack_next && perf_stack(t, ev))
			return 1;
		if (!text_line(&t->p, end_of(t), &line))
			break;
		if (t->head(line.p, line.p + line.n, &h)) {
			r = event_of_line(t, &h, line.p + line.n, ev, err);
			if (r)
				return r;
		} else if (!note_lost(t, line) && !is_comment(line)) {
			src->bad_lines++;
		}
	}
	src->about.cpus = t->max_cpu + 1;
	return 0;
}

static int text_rewind(struct import_source *src, struct mm_error *err)
{
	struct text_source *t = text_of(src);
	uint32_t i;

	(void)err;
	t->p = (const char *)t->in->data;
	t->stack_next = false;
	src->lost = src->lost_places = src->bad_lines = 0;
	for (i = 0; i < t->nr_kinds; i++)
		t->kinds[i].count = 0;
	return 0;
}

static const char *text_symbol_name(struct import_source *src, uint64_t addr, uint64_t *offset)
{
	struct text_source *t = text_of(src);

	*offset = 0;
	addr &= ~IMPORT_SYM;
	return addr && addr <= t->symbols.n ? t->symbols.v[addr] : NULL;
}

static uint64_t text_address(struct import_source *src, const char *symbol)
{
	(void)src;
	(void)symbol;
	return 0; /* text has no symbol table */
}

static const char *text_comm(struct import_source *src, int32_t pid, uint32_t comm)
{
	struct text_source *t = text_of(src);

	(void)pid;
	return comm && comm <= t->symbols.n ? t->symbols.v[comm] : "<...>";
}

static const char *text_kind_at(struct import_source *src, uint32_t n, uint64_t *count,
				enum import_role *role)
{
	struct text_source *t = text_of(src);

	if (n >= t->nr_kinds)
		return NULL;
	*count = t->kinds[n].count;
	*role = t->kinds[n].bind->role;
	return t->kinds[n].name;
}

static uint64_t text_offset(struct import_source *src)
{
	struct text_source *t = text_of(src);

	return t->p - (const char *)t->in->data;
}

static void text_close(struct import_source *src)
{
	struct text_source *t = text_of(src);
	uint32_t i;

	for (i = 0; i < t->nr_kinds; i++)
		free(t->kinds[i].name);
	free(t->kinds);
	free(t->hash);
	text_symbols_free(&t->symbols);
	free(t);
}

/* Of the first lines, some are events of this form and few are strange. */
static bool looks_like(const struct import_input *in, head_fn *head)
{
	const char *p = (const char *)in->data, *end = p + in->size;
	unsigned int lines = 0, events = 0, strange = 0;
	struct text_span line, symbol;
	struct text_head h;

	while (lines++ < SAMPLE_LINES && text_line(&p, end, &line)) {
		if (head(line.p, line.p + line.n, &h))
			events++;
		else if (!is_comment(line) && !text_frame(line.p, line.p + line.n, &symbol))
			strange++;
	}
	return events && strange <= events / 4;
}

static bool is_ftrace(const struct import_input *in)
{
	return in->size > 9 && !memcmp(in->data, "# tracer:", 9);
}

static bool match_report(const struct import_input *in)
{
	return looks_like(in, text_head_report);
}

static bool match_ftrace(const struct import_input *in)
{
	return is_ftrace(in) && looks_like(in, text_head_ftrace);
}

static bool match_perf(const struct import_input *in)
{
	return looks_like(in, text_head_perf);
}

static struct import_source *open_text(const struct import_input *in,
				       const struct import_roles *roles, struct mm_error *err,
				       const struct import_source_ops *ops, head_fn *head,
				       const char *what)
{
	struct text_source *t = calloc(1, sizeof(*t));

	if (t)
		t->hash = calloc(KINDS_HASH, sizeof(*t->hash));
	if (!t || !t->hash) {
		free(t);
		mm_fail(err, -ENOMEM, "out of memory");
		return NULL;
	}
	t->src.ops = ops;
	t->src.about.format = what;
	t->src.about.tool = what;
	t->in = in;
	t->roles = roles;
	t->head = head;
	t->p = (const char *)in->data;
	return &t->src;
}

static struct import_source *open_report(const struct import_input *in,
					 const struct import_roles *roles, struct mm_error *err)
{
	return open_text(in, roles, err, &import_report_ops, text_head_report, "text of trace-cmd report");
}

static struct import_source *open_ftrace(const struct import_input *in,
					 const struct import_roles *roles, struct mm_error *err)
{
	return open_text(in, roles, err, &import_ftrace_ops, text_head_ftrace, "text of tracefs");
}

static struct import_source *open_perf(const struct import_input *in,
				       const struct import_roles *roles, struct mm_error *err)
{
	return open_text(in, roles, err, &import_perf_ops, text_head_perf, "text of perf script");
}

#define TEXT_OPS .next = text_next, .rewind = text_rewind, .symbol = text_symbol_name, \
	.address = text_address, .comm = text_comm, .kind = text_kind_at, \
	.offset = text_offset, .close = text_close

const struct import_source_ops import_report_ops = {
	.name = "trace-cmd", .match = match_report, .open = open_report, TEXT_OPS
};

const struct import_source_ops import_ftrace_ops = {
	.name = "ftrace", .match = match_ftrace, .open = open_ftrace, TEXT_OPS
};

const struct import_source_ops import_perf_ops = {
	.name = "perf", .match = match_perf, .open = open_perf, TEXT_OPS
};
