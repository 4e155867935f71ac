/* SPDX-License-Identifier: MIT
 *
 * bm_replay: operations a second of whole replays.
 *
 *	bm_replay [-m MACHINE] [TRACE.mmt...]
 *
 * Three rows a trace: replay/TRACE/sim decodes, replays and samples, as
 * `mmreplay replay` does; run/TRACE/sim is the same with booting the machine,
 * its check and the results; replay_mem/TRACE/sim replays operations that were
 * decoded before (at most MEM_RECORDS of them), without samples.  Each is run
 * REPEATS times; the fastest counts.  Rates by processor time do not suffer
 * from what else runs on the host, those by the clock do.  Without a trace: the
 * bundled ones.
 */
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "base/datadir.h"
#include "replay/machine_file.h"
#include "replay/run.h"

enum { REPEATS = 5, MEM_RECORDS = 4000000 };

struct clocks {
	double cpu, wall;
};

static double of_clock(clockid_t id)
{
	struct timespec t;

	clock_gettime(id, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static struct clocks now(void)
{
	return (struct clocks){ of_clock(CLOCK_PROCESS_CPUTIME_ID), of_clock(CLOCK_MONOTONIC) };
}

static void keep_best(struct clocks *best, struct clocks t, int round)
{
	if (!round || t.cpu < best->cpu)
		best->cpu = t.cpu;
	if (!round || t.wall < best->wall)
		best->wall = t.wall;
}

static struct clocks since(struct clocks begin)
{
	struct clocks end = now();

	return (struct clocks){ end.cpu - begin.cpu, end.wall - begin.wall };
}

static void die(const struct mm_error *err)
{
	fprintf(stderr, "bm_replay: %s\n", err->text);
	exit(2);
}

static double peak_rss(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (double)u.ru_maxrss / 1024;
}

static void row(const char *what, const char *name, uint64_t operations, struct clocks t)
{
	printf("%s/%s/sim %12llu operations %8.2f M/s cpu %8.2f M/s wall %7.1f ns each, peak RSS %.1f MiB\n",
	       what, name, (unsigned long long)operations, (double)operations / t.cpu * 1e-6,
	       (double)operations / t.wall * 1e-6, t.cpu / (double)operations * 1e9, peak_rss());
	fflush(stdout);
}

static void whole(const char *path, const char *name, const char *machine)
{
	struct run_options o = { .trace = path, .machine = machine,
				 .timeline = { .samples = RUN_SAMPLES } };
	struct clocks best = { 0, 0 }, loop = { 0, 0 };
	struct run_result r;
	struct mm_error err;
	uint64_t operations = 0;
	int i;

	for (i = 0; i < REPEATS; i++) {
		struct clocks begin = now();

		if (run_replay(&o, &r, &err))
			die(&err);
		keep_best(&best, since(begin), i);
		keep_best(&loop, (struct clocks){ r.cpu_seconds, r.seconds }, i);
		operations = r.counts.operations;
		run_result_free(&r);
	}
	row("replay", name, operations, loop);
	row("run", name, operations, best);
}

struct memory {
	struct trace_op *op;
	size_t n;
	struct mmt_reader *r;
};

static void decode(struct memory *m, const char *path)
{
	struct mmt_read_options opt = { .no_answers = true };
	const struct trace_op *op;
	struct mm_error err;
	size_t n;
	int more;

	m->r = mmt_open(path, &opt, &err);
	m->op = malloc((MEM_RECORDS + 1000000) * sizeof(*m->op));
	m->n = 0;
	if (!m->r)
		die(&err);
	if (!m->op)
		exit(2);
	while ((more = mmt_next(m->r, &op, &n, &err)) == 1 && m->n < MEM_RECORDS && n <= 1000000) {
		memcpy(m->op + m->n, op, n * sizeof(*op));
		m->n += n;
	}
	if (more < 0)
		die(&err);
}

static void in_memory(const char *path, const char *name, const char *machine)
{
	struct clocks best = { 0, 0 };
	struct mm_config cfg;
	uint64_t operations = 0;
	struct memory m;
	struct mm_error err;
	int i;

	if (machine_file_read(machine, &cfg, &err))
		die(&err);
	decode(&m, path);
	for (i = 0; i < REPEATS; i++) {
		struct backend_setup setup = { .machine = &cfg, .trace = m.r };
		struct backend_stop stop = { UINT64_MAX, UINT64_MAX };
		const struct backend_ops *sim = backend_find("sim", &err);
		struct backend *b = sim ? sim->open(&setup, &err) : NULL;
		struct clocks begin;
		size_t pos = 0;

		if (!b)
			die(&err);
		begin = now();
		while (pos < m.n)
			sim->run(b, m.op, m.n, &pos, &stop);
		keep_best(&best, since(begin), i);
		operations = b->counts.operations;
		sim->close(b);
	}
	row("replay_mem", name, operations, best);
	free(m.op);
	mmt_close(m.r);
}

static void bench(const char *path, const char *machine)
{
	const char *base = strrchr(path, '/');
	char name[200];

	base = base ? base + 1 : path;
	snprintf(name, sizeof(name), "%.*s", (int)strcspn(base, "."), base);
	whole(path, name, machine);
	in_memory(path, name, machine);
}

int main(int argc, char **argv)
{
	const char *machine = MACHINE_DEFAULT;
	char *dir, pattern[4200];
	struct mm_error err;
	glob_t g;
	int i = 1;

	if (argc > 2 && !strcmp(argv[1], "-m")) {
		machine = argv[2];
		i = 3;
	}
	if (i < argc) {
		for (; i < argc; i++)
			bench(argv[i], machine);
		return 0;
	}
	dir = datadir_find("traces/bundled", &err);
	if (!dir)
		die(&err);
	snprintf(pattern, sizeof(pattern), "%s/*.mmt", dir);
	if (!glob(pattern, 0, NULL, &g)) {
		for (size_t k = 0; k < g.gl_pathc; k++)
			bench(g.gl_pathv[k], machine);
		globfree(&g);
	}
	free(dir);
	return 0;
}
