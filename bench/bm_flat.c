/* SPDX-License-Identifier: MIT
 *
 * bm_flat: what the cost of an operation depends on, and what it does not.
 *
 *	flat/BACKEND/operations:N	a trace again and again on one machine of 256 MiB, N
 *					operations in all: time may not grow with N
 *	flat_ram/sim/MiB:N		the same ten times on machines of N MiB of memory
 *	live_set/BACKEND/objects:N	64 objects of 256 bytes freed and 64 allocated, at
 *					random among N: misses of the host's caches grow
 *
 * A round is the trace's operations and frees of all that it leaves alive, so that
 * the next round finds its slots free and the live set stays what it was.  Set-up
 * is not in the time: the machine's boot, one round to warm up, and moving the
 * round's times forward.  items_per_second counts operations.
 *
 *	bm_flat [--benchmark_...] [TRACE.mmt]	(default: build2g, recorded on a real kernel)
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/bench_trace.h"
#include "bench/libbench/bench.h"
#include "replay/backend.h"

enum { RAM_ROUNDS = 10, LIVE_PAIRS = 1 << 19, GROUP = 64, OBJECT = 256 };

static const char *path;	/* of the trace */

static void die(const struct mm_error *err)
{
	fprintf(stderr, "bm_flat: %s\n", err->text);
	exit(2);
}

/* The trace as a round, decoded once. */
static struct bench_ops *the_round(void)
{
	static struct bench_ops o;
	struct mm_error err;

	if (!o.op && (bench_ops_load(&o, path, FAMILY_ALL, 0, &err) || bench_ops_close(&o, &err)))
		die(&err);
	return &o;
}

static struct backend *open_on(const struct backend_ops *ops, uint64_t mib, const struct mmt_reader *r)
{
	struct mm_config cfg;
	struct backend_setup setup = { .machine = &cfg, .trace = r };
	struct mm_error err;
	struct backend *b;

	mm_config_init(&cfg);
	cfg.nr_e820 = 0;
	cfg.ram_bytes = (paddr_t)mib << 20;
	cfg.pae = mib > 3072;		/* what lies above 4 GiB needs it */
	b = ops->open(&setup, &err);
	if (!b)
		die(&err);
	return b;
}

static void run_all(const struct backend_ops *ops, struct backend *b, const struct trace_op *op, size_t n)
{
	const struct backend_stop never = { UINT64_MAX, UINT64_MAX };
	size_t pos = 0;

	while (pos < n)
		if (ops->run(b, op, n, &pos, &never) == BACKEND_ERROR)
			die(&b->err);
}

/* The next round comes after this one. */
static void move_times(struct bench_ops *o)
{
	uint64_t by = o->op[o->n - 1].time - o->op[0].time + 1000000;
	size_t i;

	for (i = 0; i < o->n; i++)
		o->op[i].time += by;
}

static uint64_t not_served(const struct backend *b)
{
	uint64_t n = 0;
	int k;

	for (k = 0; k <= TRACE_KIND_MAX; k++)
		n += b->counts.outcome[MM_FAIL][k] + b->counts.outcome[MM_WOULD_BLOCK][k];
	return n;
}

static void rounds(struct bench_state *s, const struct backend_ops *ops, uint64_t mib)
{
	struct bench_ops *o = the_round();
	struct backend *b = open_on(ops, mib, o->r);

	run_all(ops, b, o->op, o->n);
	move_times(o);
	BENCH_LOOP(s) {
		run_all(ops, b, o->op, o->n);
		bench_pause(s);
		move_times(o);
		bench_resume(s);
	}
	bench_set_items(s, o->operations * bench_iterations(s));
	bench_set_counter(s, "not_served", (double)not_served(b), BENCH_COUNTER);
	ops->close(b);
}

static void bm_flat(struct bench_state *s)
{
	rounds(s, s->data, 256);
}

static void bm_flat_ram(struct bench_state *s)
{
	rounds(s, s->data, (uint64_t)bench_arg(s, 0));
}

/* ---- the live set ---- */

static uint32_t draw(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*seed >> 33);
}

/* 0 .. n-1 in random order (Fisher and Yates). */
static uint32_t *permutation(uint32_t n)
{
	uint32_t *p = malloc(n * sizeof(*p)), i, k, t;
	uint64_t seed = n;

	if (!p)
		exit(2);
	for (i = 0; i < n; i++)
		p[i] = i;
	for (i = n; i > 1; i--) {
		k = draw(&seed) % i;
		t = p[i - 1];
		p[i - 1] = p[k];
		p[k] = t;
	}
	return p;
}

static struct trace_op object_op(uint8_t kind, uint32_t slot)
{
	return (struct trace_op){ .kind = kind, .slot = slot, .gfp = MM_GFP_KERNEL,
				  .size = kind == TRACE_KMALLOC ? OBJECT : 0 };
}

/* GROUP frees, then as many allocations, of slots in random order; a group has no
 * slot twice, because it is shorter than the order. */
static void write_groups(struct trace_op *op, const uint32_t *order, uint32_t n)
{
	uint32_t i, k;

	for (i = 0; i < LIVE_PAIRS; i += GROUP)
		for (k = 0; k < GROUP; k++) {
			uint32_t slot = order[(i + k) % n];

			op[2 * i + k] = object_op(TRACE_KFREE, slot);
			op[2 * i + GROUP + k] = object_op(TRACE_KMALLOC, slot);
		}
}

static void bm_live_set(struct bench_state *s)
{
	const struct backend_ops *ops = s->data;
	uint32_t n = (uint32_t)bench_arg(s, 0), *order = permutation(n), i;
	size_t most = n > 2 * LIVE_PAIRS ? n : 2 * LIVE_PAIRS;
	struct trace_op *op = calloc(most, sizeof(*op));
	struct backend *b = open_on(ops, 2048, NULL);

	if (!op)
		exit(2);
	for (i = 0; i < n; i++)
		op[i] = object_op(TRACE_KMALLOC, i);
	run_all(ops, b, op, n);
	write_groups(op, order, n);
	run_all(ops, b, op, 2 * LIVE_PAIRS);
	BENCH_LOOP(s)
		run_all(ops, b, op, 2 * LIVE_PAIRS);
	bench_set_items(s, 2 * LIVE_PAIRS * bench_iterations(s));
	bench_set_counter(s, "not_served", (double)not_served(b), BENCH_COUNTER);
	ops->close(b);
	free(op);
	free(order);
}

/* ---- registration ---- */

static struct bench *family(const char *kind, bench_fn *fn, const struct backend_ops *ops, const char *arg)
{
	char name[64];
	struct bench *b;

	snprintf(name, sizeof(name), "%s/%s", kind, ops->name);
	b = bench_set_unit(bench_set_data(bench_register(name, fn), (void *)ops), BENCH_MS);
	return bench_arg_names(b, 1, &arg);
}

/* One family a size: iterations are the family's. */
static void add_flat(const struct backend_ops *ops)
{
	uint64_t n, one = the_round()->operations;

	for (n = 1000000; n <= 1000000000; n *= 10)
		bench_set_iterations(bench_add_arg(family("flat", bm_flat, ops, "operations"), (int64_t)n),
				     n > one ? (n + one / 2) / one : 1);
}

static void add_ram(const struct backend_ops *ops)
{
	struct bench *b = bench_set_iterations(family("flat_ram", bm_flat_ram, ops, "MiB"), RAM_ROUNDS);
	int64_t mib;

	for (mib = 256; mib <= 4096; mib *= 2)
		bench_add_arg(b, mib);
}

static void add_live(const struct backend_ops *ops)
{
	struct bench *b = family("live_set", bm_live_set, ops, "objects");
	int64_t n;

	for (n = 1000; n <= 1000000; n *= 10)
		bench_add_arg(b, n);
}

/* The one called build2g, else the first. */
static const char *choose(char **trace)
{
	char **t;

	for (t = trace; *t; t++) {
		char *name = bench_trace_name(*t);
		bool found = name && !strcmp(name, "build2g");

		free(name);
		if (found)
			return *t;
	}
	return *trace;
}

int main(int argc, char **argv)
{
	const struct backend_ops *ops;
	unsigned int i;

	bench_init(&argc, argv, NULL);
	if (argc > 2 || (argc == 2 && *argv[1] == '-'))
		return bench_report_unrecognized(argc, argv);
	path = choose(bench_traces(argv + 1, argc - 1));
	for (i = 0; (ops = backend_at(i)); i++) {
		add_flat(ops);
		if (!i)		/* the machine's memory is the simulated machine's alone */
			add_ram(ops);
		add_live(ops);
	}
	return bench_run();
}
