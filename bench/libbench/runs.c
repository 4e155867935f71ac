/* SPDX-License-Identifier: MIT
 *
 * Lists of runs, and what of a run is reported: its full name, and times by
 * iteration in its time unit.
 */
#include "internal.h"

struct run *runs_add(struct runs *l)
{
	l->r = bench_grow(l->r, l->n + 1, sizeof(*l->r));
	l->r[l->n] = (struct run){ 0 };
	return &l->r[l->n++];
}

void runs_free(struct runs *l)
{
	size_t i;

	for (i = 0; i < l->n; i++) {
		free(l->r[i].run_name);
		free(l->r[i].message);
		free(l->r[i].label);
		counters_free(&l->r[i].counters);
	}
	free(l->r);
	*l = (struct runs){ NULL, 0 };
}

static double reported(const struct run *r, double seconds)
{
	if (r->percentage || r->rms)
		return seconds;
	seconds *= bench_unit_multiplier(r->unit);
	return r->iterations ? seconds / (double)r->iterations : seconds;
}

double run_real(const struct run *r)
{
	return reported(r, r->real);
}

double run_cpu(const struct run *r)
{
	return reported(r, r->cpu);
}

char *run_full_name(const struct run *r)
{
	return r->aggregate ? bench_printf("%s_%s", r->run_name, r->aggregate) :
			      bench_strdup(r->run_name);
}
