/* SPDX-License-Identifier: MIT
 * The headline and the verdicts: what a reader should know before any chart.
 * Each verdict is one test of the run with a fixed threshold; the sentence
 * carries the numbers, so that the reader can judge the threshold too. */
#include "analyze/findings.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "analyze/frag.h"
#include "base/fmt.h"

enum { NEARLY_FULL = 80, MUCH_LOST = 30, COSTLY_ORDER = 3, MAX_VERDICTS = 32, MAX_FAILURES = 4, TEXT = 400 };
#define MIB 1048576.0

struct verdicts {
	struct { enum an_level level; char text[TEXT]; } v[MAX_VERDICTS];
	size_t n;
};

static void add(struct verdicts *vs, enum an_level level, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
static void add(struct verdicts *vs, enum an_level level, const char *fmt, ...)
{
	va_list ap;

	if (vs->n == MAX_VERDICTS)
		return;
	va_start(ap, fmt);
	vsnprintf(vs->v[vs->n].text, TEXT, fmt, ap);
	va_end(ap);
	vs->v[vs->n++].level = level;
}

/* A process by its name; trace-cmd writes <...> when it missed the name. */
static const char *who(const char *comm)
{
	return *comm && strcmp(comm, "<...>") ? comm : "a task that the trace does not name";
}

enum { GROUP_LEN = 160 };

/* "alloc_pages of order 5 in Normal, cause fragmented" */
static const char *describe(const struct an_failure_group *g, char buf[GROUP_LEN])
{
	snprintf(buf, GROUP_LEN, "%.40s%s%.8s%s%.16s, cause %.40s", g->kind, *g->order ? " of order " : "",
		 g->order, *g->zone ? " in " : "", g->zone, g->cause);
	return buf;
}

/* Groups are sorted: the first of an outcome is its most frequent. */
static const struct an_failure_group *most_frequent(const struct an_failures *f, const char *outcome)
{
	size_t i;

	for (i = 0; i < f->nr_groups; i++)
		if (!strcmp(f->group[i].outcome, outcome))
			return &f->group[i];
	return NULL;
}

void an_say_headline(const struct an_run *r, FILE *out)
{
	uint64_t failed = an_run_u64(r, "failures", 0), blocked = an_run_u64(r, "would_block", 0);
	const struct an_failures *f = &r->failures;
	const struct an_failure_group *g;
	char group[GROUP_LEN], ops[FMT_LEN], number[FMT_LEN], duration[FMT_LEN], trace[64];
	uint64_t ns = an_timeline_ns(&r->tl, r->tl.n - 1);

	fprintf(out, "Machine %s served trace %s: %s operations", an_run_text(r, "machine.name", "unnamed"),
		an_run_trace(r, trace, sizeof(trace)), fmt_grouped(ops, an_run_u64(r, "operations", 0)));
	if (ns)
		fprintf(out, " over %s of recorded time", fmt_seconds(duration, (double)ns / 1e9));
	if (!failed && !blocked) {
		fputs("; no request failed.", out);
		return;
	}
	fprintf(out, "; %s requests failed", failed ? fmt_grouped(number, failed) : "no");
	if (blocked)
		fprintf(out, ", %s would have made the task wait", fmt_grouped(number, blocked));
	g = most_frequent(f, failed ? "fail" : "would_block");
	if (g)
		fprintf(out, ". Most often: %s (%s times)", describe(g, group), fmt_grouped(number, g->count));
	fputs(".", out);
}

static void judge_failures(const struct an_run *r, struct verdicts *vs)
{
	const struct an_failures *f = &r->failures;
	char group[GROUP_LEN], number[FMT_LEN], when[AN_TIME_LEN];
	size_t i, shown = 0;

	for (i = 0; i < f->nr_groups && shown < MAX_FAILURES; i++) {
		const struct an_failure_group *g = &f->group[i];

		if (strcmp(g->outcome, "fail"))
			continue;
		add(vs, AN_BAD, "%s request%s failed: %s. The first at %s, by %s.", fmt_grouped(number, g->count),
		    g->count == 1 ? "" : "s", describe(g, group), an_when_ns(r, g->first_ns, g->first_op, when),
		    who(g->comm));
		shown++;
	}
}

/* One verdict for all requests that would wait: the most frequent kind stands
 * for them. */
static void judge_waits(const struct an_run *r, struct verdicts *vs)
{
	const struct an_failure_group *g = most_frequent(&r->failures, "would_block");
	char group[GROUP_LEN], number[FMT_LEN], when[AN_TIME_LEN];

	if (g)
		add(vs, AN_WATCH, "%s requests would have made the task wait or reclaim memory, most of them %s. The first of these at %s, by %s.",
		    fmt_grouped(number, an_run_u64(r, "would_block", g->count)), describe(g, group),
		    an_when_ns(r, g->first_ns, g->first_op, when), who(g->comm));
}

static void judge_memory(const struct an_run *r, struct verdicts *vs)
{
	const struct an_timeline *t = &r->tl;
	char when[AN_TIME_LEN];
	int z;

	for (z = 1; z < AN_ZONES; z++) {
		const struct an_zone *zone = &r->zone[z];
		size_t at = an_timeline_min(t, tl_free(z));
		uint64_t least = t->v[tl_free(z)][at];

		if (!zone->exists || !zone->marks_known || least >= zone->low)
			continue;
		add(vs, least < zone->min ? AN_BAD : AN_WATCH,
		    "%s came down to %" PRIu64 " free pages (%.1f MiB) at %s, below its %s watermark of %" PRIu64 " pages.",
		    an_zone_names[z], least, (double)least * AN_PAGE / MIB, an_when(r, at, when),
		    least < zone->min ? "min" : "low", least < zone->min ? zone->min : zone->low);
	}
}

/* A zone that was once without large blocks: when the largest went, and the
 * smallest order that was ever gone. */
static void judge_zone_blocks(const struct an_run *r, int z, struct verdicts *vs)
{
	struct frag_order top, low;
	char a[AN_TIME_LEN], b[AN_TIME_LEN], end[48] = "nothing is free";
	int largest = frag_largest(&r->tl, z, r->tl.n - 1), o = 0;

	frag_order(&r->tl, z, AN_ORDERS - 1, &top);
	if (!top.gone)
		return;
	if (largest >= 0)
		snprintf(end, sizeof(end), "the largest order free is %d", largest);
	for (frag_order(&r->tl, z, o, &low); !low.gone; frag_order(&r->tl, z, o, &low))
		o++;
	if (o == AN_ORDERS - 1)
		add(vs, AN_WATCH, "%s lost its last free block of 4 MiB (order 10) at %s; at the end %s.",
		    an_zone_names[z], an_when(r, top.gone_at, a),
		    top.last_available ? "some are free again" : "there is still none");
	else
		add(vs, o <= COSTLY_ORDER ? AN_BAD : AN_WATCH,
		    "%s lost its last free block of 4 MiB (order 10) at %s, and at %s even those of order %d (%" PRIu64 " KiB); at the end %s.",
		    an_zone_names[z], an_when(r, top.gone_at, a), an_when(r, low.gone_at, b), o,
		    UINT64_C(4) << o, end);
}

static void judge_blocks(const struct an_run *r, struct verdicts *vs)
{
	int z;

	for (z = 1; z < AN_ZONES; z++)
		if (r->zone[z].exists)
			judge_zone_blocks(r, z, vs);
}

static void judge_addresses(const struct an_run *r, struct verdicts *vs)
{
	const struct an_timeline *t = &r->tl;
	size_t top = an_timeline_max(t, TL_pkmap_in_use), used = an_timeline_max(t, TL_vmalloc_used);
	uint64_t slots = t->v[TL_pkmap_slots][top], total = t->v[TL_vmalloc_total][used];
	char when[AN_TIME_LEN];

	if (slots && t->v[TL_pkmap_in_use][top] * 100 >= slots * NEARLY_FULL)
		add(vs, AN_WATCH, "%" PRIu64 " of %" PRIu64 " pkmap slots were in use at %s: kmap() is about to sleep.",
		    t->v[TL_pkmap_in_use][top], slots, an_when(r, top, when));
	if (total && t->v[TL_vmalloc_used][used] * 100 >= total * NEARLY_FULL)
		add(vs, AN_WATCH, "%.1f of %.1f MiB of vmalloc space were used at %s; vmalloc= moves the border at the cost of lowmem.",
		    (double)t->v[TL_vmalloc_used][used] / MIB, (double)total / MIB,
		    an_when(r, used, when));
}

static void judge_slab(const struct an_run *r, struct verdicts *vs)
{
	const struct an_timeline *t = &r->tl;
	uint64_t held = t->v[TL_slab_capacity_bytes][t->n - 1];
	uint64_t live = t->v[TL_slab_live_bytes][t->n - 1];

	if (held > live && held - live > 4 * (uint64_t)MIB && (held - live) * 100 >= held * MUCH_LOST)
		add(vs, AN_WATCH, "At the end slabs hold %.1f MiB for %.1f MiB of live objects: %.0f %% is lost to partly used slabs.",
		    (double)held / MIB, (double)live / MIB,
		    100.0 * (double)(held - live) / (double)held);
}

static void judge_run(const struct an_run *r, struct verdicts *vs)
{
	const char *check = an_run_text(r, "check", "clean");
	uint64_t unsupported = an_run_u64(r, "unsupported", 0);
	uint64_t misuse = an_run_u64(r, "misuse", 0);

	if (strcmp(check, "clean"))
		add(vs, AN_BAD, "The simulated machine was inconsistent: %s. Do not trust this run.", check);
	if (misuse)
		add(vs, AN_WATCH, "%" PRIu64 " operations were bad calls (double free, wrong order and the like) and were refused.",
		    misuse);
	if (unsupported)
		add(vs, AN_WATCH, "%" PRIu64 " operations need what this engine does not have yet; they were counted and left out.",
		    unsupported);
}

/* Counts of run.json's not_replayed that are no lack of the replay. */
#define REFUSED "requests_that_the_recorded_kernel_refused"
#define GRANTED "of_these_granted_here_and_given_back"

/* What the replay could not do faithfully. */
static void judge_faith(const struct an_run *r, struct verdicts *vs)
{
	uint64_t orphans = an_run_u64(r, "orphan_frees", 0), left_out = 0;
	const json_t *why = an_run_get(r, "not_replayed"), *v;
	bool state = json_is_object(an_run_get(r, "state"));
	char a[FMT_LEN];
	const char *key;
	uint64_t refused = an_run_u64(r, "not_replayed." REFUSED, 0);
	uint64_t granted = an_run_u64(r, "not_replayed." GRANTED, 0);

	json_object_foreach((json_t *)why, key, v)
		if (strcmp(key, "orphan_frees") && strcmp(key, REFUSED) && strcmp(key, GRANTED) && json_is_integer(v) && json_integer_value(v) > 0)
			left_out += (uint64_t)json_integer_value(v);
	if (orphans && !state)
		add(vs, AN_NOTE, "%s frees name memory that was allocated before the trace began; they were only counted. With the machine's state at that moment (--state) they would be replayed.",
		    fmt_grouped(a, orphans));
	if (refused)
		add(vs, AN_WATCH, "The recorded kernel refused %" PRIu64 " requests; here %" PRIu64 " of them succeeded (and were given back at once). Failures are rarer here than they were there.",
		    refused, granted);
	if (left_out)
		add(vs, AN_NOTE, "%s operations of the recording were not replayed; the table at the end tells why.",
		    fmt_grouped(a, left_out));
}

/* Who keeps blocks from being whole; rows are ordered by pages, so look at all. */
static void judge_blame(const struct an_run *r, struct verdicts *vs)
{
	const struct an_blame *b = &r->blame;
	const struct an_blame_row *most = NULL;
	size_t i;

	for (i = 0; i < b->nr_rows; i++)
		if (!most || b->row[i].pinned > most->pinned)
			most = &b->row[i];
	if (most && most->pinned > 1) /* a single one is no news */
		add(vs, AN_NOTE, "At the end %s%s%s keeps %" PRIu64 " pageblocks from being free, with %" PRIu64 " pages of order %s.",
		    who(most->comm), *most->site ? " at " : "", most->site,
		    most->pinned, most->pages, most->order);
}

/* What holds when nothing ran short: how near the machine came. */
static void say_all_well(const struct an_run *r, struct verdicts *vs)
{
	const struct an_timeline *t = &r->tl;
	int z = r->zone[1].exists ? 1 : 0;
	size_t at = an_timeline_min(t, tl_free(z));

	add(vs, AN_GOOD, "Nothing ran short. %s, which the kernel itself lives in, always had at least %.1f MiB free.",
	    an_zone_names[z], (double)t->v[tl_free(z)][at] * AN_PAGE / MIB);
}

static bool worst_is(const struct verdicts *vs, enum an_level at_least)
{
	size_t i;

	for (i = 0; i < vs->n; i++)
		if (vs->v[i].level >= at_least)
			return true;
	return false;
}

void an_verdicts(const struct an_run *r, an_verdict_fn *one, void *arg)
{
	static const enum an_level order[] = { AN_BAD, AN_WATCH, AN_GOOD, AN_NOTE };
	const json_t *said = an_run_get(r, "verdicts");
	struct verdicts vs = { .n = 0 };
	size_t i, l;

	judge_run(r, &vs);
	judge_failures(r, &vs);
	judge_waits(r, &vs);
	judge_memory(r, &vs);
	judge_blocks(r, &vs);
	judge_addresses(r, &vs);
	judge_slab(r, &vs);
	judge_blame(r, &vs);
	judge_faith(r, &vs);
	if (!worst_is(&vs, AN_WATCH) && !an_run_u64(r, "failures", 0))
		say_all_well(r, &vs);
	for (l = 0; l < sizeof(order) / sizeof(order[0]); l++)
		for (i = 0; i < vs.n; i++)
			if (vs.v[i].level == order[l])
				one(arg, vs.v[i].level, vs.v[i].text);
	for (i = 0; i < json_array_size(said); i++)
		if (json_is_string(json_array_get(said, i)))
			one(arg, AN_SAID, json_string_value(json_array_get(said, i)));
}
