/* SPDX-License-Identifier: MIT
 * Sentences about what operations took on the host, and what they would cost on
 * the machine. */
#include <string.h>

#include "analyze/findings.h"
#include "base/fmt.h"

static double share(double part, double whole)
{
	return whole > 0 ? 100 * part / whole : 0;
}

static const char *duration(char buf[FMT_LEN], double ns)
{
	return fmt_seconds(buf, ns * 1e-9);
}

void an_say_latency(const struct an_run *r, FILE *out)
{
	const struct an_times_row *all = an_times_find(&r->latency, "all", "all"), *top;
	char a[FMT_LEN], b[FMT_LEN], c[FMT_LEN], n[FMT_LEN];

	if (!all || !an_times_top(&r->latency, &top, 1))
		return;
	fprintf(out, "Half of the %s measured operations took at most %s, 99 %% at most %s; the slowest took %s. ",
		fmt_grouped(n, all->count), duration(a, all->p50), duration(b, all->p99),
		duration(c, all->max));
	fprintf(out, "Most of the time, %.0f %%, went to %s: %s operations of %s on average.",
		share(an_times_sum(top), an_times_sum(all)), top->kind, fmt_grouped(n, top->count),
		duration(a, top->mean));
	if (!strcmp(an_run_text(r, "latency.mode", ""), "sampled"))
		fprintf(out, " One operation in %llu was measured.",
			(unsigned long long)an_run_u64(r, "latency.every", 1));
}

/* Of the causes off the fast path, the one that took most time in all. */
static const struct an_times_row *dearest(const struct an_times *t)
{
	const struct an_times_row *best = NULL;

	for (size_t i = 0; i < t->nr_rows; i++) {
		const struct an_times_row *row = &t->row[i];

		if (strcmp(row->kind, "all") || !strcmp(row->cause, "all") ||
		    !strcmp(row->cause, "fast") || !strcmp(row->cause, "left_out"))
			continue;
		if (!best || an_times_sum(row) > an_times_sum(best))
			best = row;
	}
	return best;
}

void an_say_causes(const struct an_run *r, FILE *out)
{
	const struct an_times_row *all = an_times_find(&r->latency, "all", "all");
	const struct an_times_row *fast = an_times_find(&r->latency, "all", "fast");
	const struct an_times_row *dear = dearest(&r->latency);
	char n[FMT_LEN], a[FMT_LEN];

	if (all && fast)
		fprintf(out, "Fast paths are %.2f %% of the measured operations and %.1f %% of their time. ",
			share((double)fast->count, (double)all->count),
			share(an_times_sum(fast), an_times_sum(all)));
	if (all && dear)
		fprintf(out, "Off them, %s took most: %s operations, %s on average, %.1f %% of the time.",
			dear->cause, fmt_grouped(n, dear->count), duration(a, dear->mean),
			share(an_times_sum(dear), an_times_sum(all)));
}

void an_say_cost(const struct an_run *r, FILE *out)
{
	const struct an_times_row *all = an_times_find(&r->cost, "all", "all"), *top;
	uint64_t cycles = an_run_u64(r, "cost.cycles", 0);
	char a[FMT_LEN], n[FMT_LEN];

	if (!all || !an_times_top(&r->cost, &top, 1))
		return;
	fprintf(out, "The kernel of this machine would execute %s instructions for these operations",
		fmt_count(a, an_times_sum(all)));
	if (cycles)
		fprintf(out, ", in some %s cycles", fmt_count(a, (double)cycles));
	fprintf(out, ": %.0f an operation. Most of them, %.0f %%, are of %s: %s operations of %.0f on average.",
		all->mean, share(an_times_sum(top), an_times_sum(all)), top->kind,
		fmt_grouped(n, top->count), top->mean);
}
