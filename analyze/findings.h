/* SPDX-License-Identifier: MIT
 *
 * findings: what a run shows, in sentences and numbers.
 *
 * Each an_say_ function writes one to three sentences about its part of the
 * run, made from the data: peaks with their times, shares, what is gone.
 */
#ifndef ANALYZE_FINDINGS_H
#define ANALYZE_FINDINGS_H

#include "analyze/run.h"

void an_say_free(const struct an_run *r, FILE *out);
void an_say_unusable(const struct an_run *r, FILE *out);
void an_say_pageblocks(const struct an_run *r, FILE *out);
void an_say_kmap(const struct an_run *r, FILE *out);
void an_say_vmalloc(const struct an_run *r, FILE *out);
/* Only of a run whose latency was measured. */
void an_say_latency(const struct an_run *r, FILE *out);
void an_say_causes(const struct an_run *r, FILE *out);
/* Only of a run with modelled cost. */
void an_say_cost(const struct an_run *r, FILE *out);
void an_say_slab(const struct an_run *r, FILE *out);

/* The run in one sentence: how many operations, how many failed and mostly why. */
void an_say_headline(const struct an_run *r, FILE *out);

/* The trace time of a sample, or of any moment, as people read it, from the run's first sample;
 * "operation N" when the trace has no time. */
enum { AN_TIME_LEN = 48 };
const char *an_when_ns(const struct an_run *r, uint64_t time_ns, uint64_t op, char buf[AN_TIME_LEN]);
const char *an_when(const struct an_run *r, size_t sample, char buf[AN_TIME_LEN]);

/* How much a verdict matters; AN_SAID: a sentence of run.json, by the replay. */
enum an_level { AN_GOOD, AN_NOTE, AN_WATCH, AN_BAD, AN_SAID };

/* What analysis finds, the gravest first, then the sentences of run.json: one
 * is called for each.  The text is valid during the call. */
typedef void an_verdict_fn(void *arg, enum an_level level, const char *text);
void an_verdicts(const struct an_run *r, an_verdict_fn *one, void *arg);

#endif
