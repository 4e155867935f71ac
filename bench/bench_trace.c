/* SPDX-License-Identifier: MIT
 * Traces for benchmarks: finding, decoding, the machine. */
#include "bench/bench_trace.h"

#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/datadir.h"
#include "bench/bench_trace_internal.h"
#include "replay/machine_file.h"
#include "traces/format/kinds.h"

const char *const bench_family_suffix[NR_FAMILIES] = { "", "-slab", "-page", "-nokmap" };

bool bench_family_has(enum bench_family f, uint8_t kind)
{
	switch (f) {
	case FAMILY_SLAB:
		return kind >= TRACE_KMALLOC && kind <= TRACE_CACHE_FREE_BULK;
	case FAMILY_PAGE:
		return kind >= TRACE_PAGE_ALLOC && kind <= TRACE_LRU_ADD;
	case FAMILY_NOKMAP:
		return kind < TRACE_KMAP || kind > TRACE_KUNMAP_ATOMIC;
	default:
		return true;
	}
}

/* ---- which traces ---- */

static char **colon_list(const char *text)
{
	size_t n = 1, i = 0;
	char *copy = strdup(text), **list;
	const char *p;

	for (p = text; *p; p++)
		n += *p == ':';
	list = calloc(n + 1, sizeof(*list));
	if (!copy || !list)
		return NULL;
	for (copy = strtok(copy, ":"); copy; copy = strtok(NULL, ":"))
		list[i++] = copy;
	return list;
}

static char **bundled(void)
{
	struct mm_error err;
	char *dir = datadir_find("traces/bundled", &err), pattern[4200];
	static glob_t found;

	if (!dir) {
		fprintf(stderr, "%s\n", err.text);
		exit(2);
	}
	snprintf(pattern, sizeof(pattern), "%s/*.mmt", dir);
	free(dir);
	return glob(pattern, 0, NULL, &found) ? NULL : found.gl_pathv;
}

char **bench_traces(char **given, int n)
{
	const char *env = getenv("MMREPLAY_BENCH_TRACES");
	char **list = n ? given : env && *env ? colon_list(env) : bundled();

	if (!list || !*list) {
		fprintf(stderr, "no traces to run on: found none in traces/bundled\n");
		exit(2);
	}
	return list;
}

char *bench_trace_name(const char *path)
{
	const char *base = strrchr(path, '/');
	size_t n;

	base = base ? base + 1 : path;
	n = strlen(base);
	if (n > 4 && !strcmp(base + n - 4, ".mmt"))
		n -= 4;
	return strndup(base, n);
}

/* ---- operations in memory ---- */

size_t bench_family_copy(struct trace_op *to, const struct trace_op *op, size_t n, enum bench_family f)
{
	size_t i, k = 0;
	bool keep = false;

	for (i = 0; i < n; i++) {
		if (op[i].kind != TRACE_ITEM)
			keep = bench_family_has(f, op[i].kind);
		if (keep)
			to[k++] = op[i];
	}
	return k;
}

/* Room for n operations, and for the frees of all that a trace of so many slots can
 * leave alive.  On huge pages: an array of small ones is so many entries of the host's
 * page tables that what they cost (on virtual hosts that lose them now and then, five
 * times the replay) would be taken for the allocator's time. */
static int make_room(struct bench_ops *o, size_t n, uint32_t slots, struct mm_error *err)
{
	const size_t huge = (size_t)2 << 20;
	void *p;

	if (posix_memalign(&p, huge, (n + slots + 1) * sizeof(*o->op)))
		return mm_fail(err, -ENOMEM, "no memory for %zu operations", n);
	madvise(p, (n + slots + 1) * sizeof(*o->op), MADV_HUGEPAGE);	/* a hint */
	o->op = p;
	return 0;
}

static void count(struct bench_ops *o)
{
	size_t i;

	o->operations = 0;
	for (i = 0; i < o->n; i++)
		o->operations += o->op[i].kind != TRACE_ITEM;
}

int bench_ops_load(struct bench_ops *o, const char *path, enum bench_family f, size_t most,
		   struct mm_error *err)
{
	const struct trace_op *op;
	struct trace_totals totals;
	size_t n;
	int more;

	memset(o, 0, sizeof(*o));
	o->r = mmt_open(path, NULL, err);
	if (!o->r)
		return err->code;
	more = mmt_totals(o->r, &totals, err);
	if (!more)
		more = make_room(o, totals.records, totals.slots, err);
	while (more >= 0 && (!most || o->n < most) && (more = mmt_next(o->r, &op, &n, err)) == 1) {
		if (n > totals.records - o->n)
			more = mm_fail(err, -EINVAL, "%s: found more records than the %llu of its trailer",
				       path, (unsigned long long)totals.records);
		else
			o->n += bench_family_copy(o->op + o->n, op, n, f);
	}
	count(o);
	if (more >= 0)
		return 0;
	bench_ops_free(o);
	return more;
}

void bench_ops_free(struct bench_ops *o)
{
	free(o->op);
	if (o->r)
		mmt_close(o->r);
	memset(o, 0, sizeof(*o));
}

/* ---- what is left alive ---- */

struct alive {
	const struct trace_op *op;	/* that made it, NULL: nothing there */
	size_t at;			/* record */
};

static uint8_t end_of(uint8_t kind)
{
	static const uint8_t ends[TRACE_KIND_MAX + 1] = {
		[TRACE_PAGE_ALLOC] = TRACE_PAGE_FREE, [TRACE_PAGE_BULK] = TRACE_PAGE_FREE,
		[TRACE_KMALLOC] = TRACE_KFREE, [TRACE_CACHE_ALLOC] = TRACE_CACHE_FREE,
		[TRACE_CACHE_ALLOC_BULK] = TRACE_CACHE_FREE, [TRACE_VMALLOC] = TRACE_VFREE,
		[TRACE_VMAP] = TRACE_VUNMAP, [TRACE_IOREMAP] = TRACE_IOUNMAP,
		[TRACE_VM_MAP_RAM] = TRACE_VM_UNMAP_RAM,
	};

	return ends[kind];
}

/* What each slot holds at the end; at[] by slot. */
static void follow(const struct bench_ops *o, struct alive *at)
{
	const struct trace_op *op = NULL;
	size_t i;

	for (i = 0; i < o->n; i++) {
		bool item = o->op[i].kind == TRACE_ITEM;
		uint32_t slot = o->op[i].slot;
		uint8_t use;

		if (!item)
			op = &o->op[i];
		use = item ? mmt_kinds[op->kind].items : mmt_kinds[op->kind].slot;
		if (slot == TRACE_NO_SLOT || use == SLOT_NONE || use == SLOT_REF)
			continue;
		at[slot].op = use == SLOT_NEW && end_of(op->kind) ? op : NULL;
		at[slot].at = i;
	}
}

static int newest_first(const void *a, const void *b)
{
	const struct alive *x = a, *y = b;

	return x->at < y->at ? 1 : x->at > y->at ? -1 : 0;
}

/* slots[] become records behind the operations. */
static void append_frees(struct bench_ops *o, const struct alive *list, size_t n, uint64_t time)
{
	size_t i;

	for (i = 0; i < n; i++) {
		const struct trace_op *made = list[i].op;
		struct trace_op *op = &o->op[o->n++];

		*op = (struct trace_op){
			.time = time, .slot = o->op[list[i].at].slot, .task = made->task, .site = made->site,
			.cpu = made->cpu, .answer = TRACE_NO_ANSWER, .kind = end_of(made->kind),
			.order = made->order,
			.arg = made->kind == TRACE_CACHE_ALLOC || made->kind == TRACE_CACHE_ALLOC_BULK ?
			       made->arg : 0,
		};
	}
}

int bench_ops_close(struct bench_ops *o, struct mm_error *err)
{
	uint64_t time = o->n ? o->op[o->n - 1].time : 0;
	uint32_t slots = 0;
	struct alive *at;
	size_t i, n = 0;

	for (i = 0; i < o->n; i++)
		if (o->op[i].slot != TRACE_NO_SLOT && o->op[i].slot >= slots)
			slots = o->op[i].slot + 1;
	at = calloc((size_t)slots + 1, sizeof(*at));
	if (!at)
		return mm_fail(err, -ENOMEM, "no memory for %u slots", slots);
	follow(o, at);
	for (i = 0; i < slots; i++)
		if (at[i].op)
			at[n++] = at[i];
	qsort(at, n, sizeof(*at), newest_first);
	append_frees(o, at, n, time);
	free(at);
	count(o);
	return 0;
}

/* ---- the machine ---- */

int bench_machine(const char *path, const char *name, struct mm_config *cfg, struct mm_error *err)
{
	char *own = name ? NULL : machine_of_trace(path);
	struct trace_totals totals;
	struct mmt_reader *r = mmt_open(path, NULL, err);
	int ret = r ? machine_file_read(name ? name : own ? own : MACHINE_DEFAULT, cfg, err) : err->code;

	/* As `mmreplay replay` does. */
	if (r)
		cfg->movable_on_lru = mmt_totals(r, &totals, err) || !totals.by_kind[TRACE_LRU_ADD];
	mmt_close(r);
	free(own);
	return ret;
}
