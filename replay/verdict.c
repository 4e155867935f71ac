/* SPDX-License-Identifier: MIT
 *
 * Verdicts: what a reader of a run should look at first, in sentences.  Each
 * rule reads counts or peaks of this run and speaks only when they say
 * something; the thresholds stand with the rules.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "base/fmt.h"
#include "replay/csv.h"
#include "replay/run_internal.h"

__attribute__((format(printf, 2, 3)))
static void say(json_t *a, const char *fmt, ...)
{
	char text[1200];
	va_list ap;
	json_t *s;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	s = json_string(text);
	json_array_append_new(a, s ? s : json_string("(a sentence with a name that is not UTF-8)"));
}

static const char *n(char buf[FMT_LEN], uint64_t v)
{
	return fmt_grouped(buf, v);
}

/* The cause that most requests of this outcome had. */
static enum mm_cause main_cause(const struct run *x, enum mm_outcome o)
{
	int best = 0, k;

	for (k = 1; k < MM_NR_CAUSES; k++)
		if (x->failures.cause[o][k] > x->failures.cause[o][best])
			best = k;
	return (enum mm_cause)best;
}

static void failures(const struct run *x, json_t *a)
{
	enum mm_cause c = main_cause(x, MM_FAIL);
	char b1[FMT_LEN], b2[FMT_LEN], order[64] = "";
	int o;

	if (!x->r->failures) {
		say(a, "No request failed.");
		return;
	}
	for (o = MM_MAX_ORDER - 1; o >= 0; o--)
		if (x->failures.order[o])
			snprintf(order, sizeof(order), "; the smallest order that failed is %d", o);
	say(a, "%s requests failed, most (%s) for the cause %s%s.", n(b1, x->r->failures),
	    n(b2, x->failures.cause[MM_FAIL][c]), mm_cause_name(c), order);
}

static void blocked(const struct run *x, json_t *a)
{
	enum mm_cause c = main_cause(x, MM_WOULD_BLOCK);
	char b1[FMT_LEN];

	if (x->r->would_block)
		say(a, "%s requests would have let the task sleep, most for the cause %s.",
		    n(b1, x->r->would_block), mm_cause_name(c));
}

static void misuse(const struct run *x, json_t *a)
{
	char b1[FMT_LEN];

	if (x->r->misuse)
		say(a, "%s bad calls were refused; the first: %s", n(b1, x->r->misuse),
		    x->failures.first_misuse);
	if (strcmp(x->r->check, "clean"))
		say(a, "The machine became inconsistent: %s", x->r->check);
}

/* A zone whose free pages came below its min mark runs on reserves. */
static void zones(const struct run *x, json_t *a)
{
	const struct timeline_peak *low = timeline_low(x->timeline);
	int z;

	for (z = 0; z < MM_NR_ZONES; z++) {
		const struct timeline_peak *p = &low[SAMPLE_free_dma + z];
		struct mm_zone_info info;
		char b1[FMT_LEN], b2[FMT_LEN], b3[FMT_LEN];

		mm_zone_info(x->m, (enum mm_zone_id)z, &info);
		if (!info.present || p->value >= info.wmark[MM_WMARK_LOW])
			continue;
		say(a, "%s fell to %s free pages at %s, below its %s mark of %s.", mm_zone_text[z],
		    n(b1, p->value), fmt_seconds(b2, (double)p->time_ns * 1e-9),
		    p->value < info.wmark[MM_WMARK_MIN] ? "min" : "low",
		    n(b3, info.wmark[p->value < info.wmark[MM_WMARK_MIN] ? MM_WMARK_MIN : MM_WMARK_LOW]));
	}
}

/* Half of the slots, or of the vmalloc space, is worth a word. */
static void address_space(const struct run *x, json_t *a)
{
	const struct timeline_peak *high = timeline_high(x->timeline);
	const struct timeline_peak *low = timeline_low(x->timeline);
	uint64_t slots = high[SAMPLE_pkmap_slots].value, used = high[SAMPLE_pkmap_in_use].value;
	uint64_t total = high[SAMPLE_vmalloc_total].value, held = high[SAMPLE_vmalloc_used].value;
	uint64_t hole = low[SAMPLE_vmalloc_largest_hole].value;
	char b1[FMT_LEN], b2[FMT_LEN], b3[FMT_LEN];

	if (slots && 2 * used >= slots)
		say(a, "pkmap held %s of its %s slots at its peak.", n(b1, used), n(b2, slots));
	if (total && 2 * held >= total)
		say(a, "vmalloc space: %s of %s were in use at the peak; the largest hole fell to %s.",
		    fmt_mem(b1, held), fmt_mem(b2, total), fmt_mem(b3, hole));
}

/* A tenth of the slab's memory lost to empty room, from 1 MiB on. */
static void slab(const struct run *x, json_t *a)
{
	const struct timeline_peak *high = timeline_high(x->timeline);
	struct mm_slab_totals s;
	char b1[FMT_LEN], b2[FMT_LEN], b3[FMT_LEN];

	mm_slab_totals(x->m, &s);
	if (s.capacity_bytes > s.live_bytes && s.capacity_bytes - s.live_bytes >= 1u << 20 &&
	    (s.capacity_bytes - s.live_bytes) * 10 >= s.capacity_bytes)
		say(a, "Slab holds %s for %s of objects at the end; it held %s at its peak.",
		    fmt_mem(b1, s.capacity_bytes), fmt_mem(b2, s.live_bytes),
		    fmt_mem(b3, high[SAMPLE_slab_capacity_bytes].value));
}

/* Four pageblocks: 16 MiB that no large request can have. */
static void pinned(const struct run *x, json_t *a)
{
	const struct blame_top *t = &x->blame;
	char b1[FMT_LEN], b2[FMT_LEN], site[SITE_LEN];

	if (t->blocks_pinned < 4)
		return;
	site_text(site, x->trace, t->site);
	say(a, "%s%s%s holds %s pages at the end and alone keeps %s pageblocks from being free.",
	    t->task ? task_text(x->trace, t->task) : "A task that the trace does not name",
	    *site ? " at " : "", site, n(b1, t->pages), n(b2, t->blocks_pinned));
}

static void left_out(const struct run *x, json_t *a)
{
	const struct backend_counts *c = &x->r->counts;
	char b1[FMT_LEN];
	uint64_t sum = 0;
	int i;

	for (i = 0; i < NR_NOT_REPLAYED; i++)
		sum += c->not_replayed[i];
	if (c->orphan_frees)
		say(a, "%s frees name something that was allocated before the trace began; %s.",
		    n(b1, c->orphan_frees), x->o->state_dir ? "the loaded state does not tell what" :
		    "without the machine's state at that moment (--state) they are only counted");
	if (sum)
		say(a, "%s operations were not replayed; not_replayed tells why.", n(b1, sum));
	if (x->totals_known && x->totals.cpus > x->cfg.cpus)
		say(a, "The trace was recorded on %u CPUs, this machine has %u: CPU numbers were taken modulo that.",
		    x->totals.cpus, x->cfg.cpus);
	if (x->r->damage)
		say(a, "The trace is damaged and was used up to there: %s", x->r->damage);
}

json_t *run_verdicts(const struct run *x)
{
	json_t *a = json_array();

	failures(x, a);
	blocked(x, a);
	misuse(x, a);
	if (x->m) {
		zones(x, a);
		address_space(x, a);
		slab(x, a);
		pinned(x, a);
	}
	left_out(x, a);
	return a;
}
