/* SPDX-License-Identifier: MIT
 *
 * bm_gen: operations a second of the generators.
 *
 *	gen/PROFILE		made and dropped: the generator alone
 *	gen_write/PROFILE	made, encoded and written to /dev/null
 *	fit/PROFILE		made, and measured as mmreplay fit does
 *
 * An iteration is a trace of OPS operations with the default parameters.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/libbench/bench.h"
#include "traces/synth/synth.h"

enum { OPS = 500000 };

enum way { FEED, WRITE, FIT };

struct job {
	const struct synth_profile *profile;
	enum way way;
};

static int drop(void *arg, const struct trace_op *op, size_t n)
{
	uint64_t *sum = arg;

	*sum += op[n - 1].time;
	return 0;
}

/* A fit to compare with, so that the generator measures what it makes. */
static struct fit nothing;

static void run(struct bench_state *s)
{
	const struct job *j = s->data;
	struct synth_options opt = { .seed = 1, .operations = OPS };
	struct synth_result r;
	struct mm_error err;
	uint64_t sum = 0;
	int rc;

	if (j->way == FIT) {
		opt.compare = true;
		opt.against = &nothing;
	}
	BENCH_LOOP(s) {
		if (j->way == WRITE)
			rc = synth_write(j->profile, "/dev/null", &opt, &r, &err);
		else
			rc = synth_feed(j->profile, &opt, drop, &sum, &r, &err);
		synth_result_free(&r);
		if (rc) {
			bench_skip_with_error(s, err.text);
			break;
		}
	}
	bench_use(sum);
	bench_set_items(s, bench_iterations(s) * OPS);
}

static void add(const struct synth_profile *p, enum way way)
{
	static const char *const names[] = { "gen", "gen_write", "fit" };
	struct job *j = malloc(sizeof(*j));
	char name[80];
	struct bench *b;

	if (!j)
		exit(2);
	*j = (struct job){ p, way };
	snprintf(name, sizeof(name), "%s/%s", names[way], p->name);
	b = bench_register(name, run);
	bench_set_data(b, j);
	bench_set_unit(b, BENCH_MS);
}

int main(int argc, char **argv)
{
	const struct synth_profile *p;
	enum way way;
	size_t i;

	nothing.phase_ns = 1;
	for (way = FEED; way <= FIT; way++)
		for (i = 0; (p = synth_profile_at(i)); i++)
			if (strcmp(p->name, "fitted"))	/* which needs a file */
				add(p, way);
	return bench_main(argc, argv);
}
