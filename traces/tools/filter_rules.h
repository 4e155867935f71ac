/* SPDX-License-Identifier: MIT
 *
 * What a filter lets pass, judged by one operation.  Names are compared once
 * an id: the verdict on each call site and task is remembered.
 */
#ifndef TRACE_TOOLS_FILTER_RULES_H
#define TRACE_TOOLS_FILTER_RULES_H

#include "traces/tools/tools.h"

struct filter_verdicts {
	uint8_t *v;		/* by id: 0 not known yet, 1 no, 2 yes */
	uint32_t n;
};

struct filter_rules {
	const struct filter_options *opt;
	bool kind[TRACE_KIND_MAX + 1];	/* passes --kind */
	bool given[TRACE_KIND_MAX + 1];	/* passes --family */
	bool family[TRACE_KIND_MAX + 1]; /* may occur in the result: with --invert, and what that needs */
	bool others;		/* there is more to judge by than the family */
	struct filter_verdicts site, task;
	bool failed;		/* out of memory */
};

/* 0, or -EINVAL with a sentence on a word that does not exist. */
int filter_rules_init(struct filter_rules *f, const struct filter_options *opt, struct mm_error *err);
void filter_rules_free(struct filter_rules *f);

/* Does the operation pass by itself? */
bool filter_rules_match(struct filter_rules *f, const struct mmt_reader *r, const struct trace_op *op);

/* May an operation of this kind on something that is kept pass? */
static inline bool filter_rules_family(const struct filter_rules *f, uint8_t kind)
{
	return f->family[kind];
}

#endif
