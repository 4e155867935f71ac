/* SPDX-License-Identifier: MIT
 *
 * Comparing what the engine answered with what the kernel did, value by value.
 */
#include "analyze/verify/run.h"

#include <stdio.h>
#include <string.h>

static void describe(const struct run *r, char *buf, size_t size, enum verify_layer l,
		     const char *text)
{
	const struct oracle_op *o = r->op;

	snprintf(buf, size, "%s: %s, %s, op %u %s(id %u, arg %u, size %u, gfp 0x%x, aux 0x%x, flags %u): %s",
		 r->dir, verify_mode_name(r->mode), verify_layer_name(l), o->i, op_name(o->op),
		 o->id, o->arg, o->size, o->gfp, o->aux, o->flags, text);
}

/* The recorded events of the operation follow the sentence as its context. */
void mismatch(struct run *r, const char *sentence)
{
	char *to = r->res->first_mismatch;
	FILE *f;

	if (r->printed++ < r->opt->verbose) {
		fprintf(stderr, "  %s\n", sentence);
		oplist_print_events(r->dir, r->op->i, 12, stderr);
	}
	if (*to || !(f = fmemopen(to, VERIFY_TEXT, "w")))
		return;
	fprintf(f, "%s\n  the kernel's events of this operation:\n", sentence);
	oplist_print_events(r->dir, r->op->i, 12, f);
	fclose(f);
	to[VERIFY_TEXT - 1] = 0;
}

static void count_page(struct run *r, bool ok)
{
	const struct oracle_op *o = r->op;
	struct verify_row *row;

	if (o->zone >= VERIFY_ZONES || o->arg >= VERIFY_ORDERS)
		return;
	row = &r->res->page[r->mode][o->zone][o->arg];
	row->decisions++;
	row->matches += ok;
}

void decided(struct run *r, enum verify_layer l, bool ok, const char *text)
{
	char sentence[800];

	verify_count(r->res, l, r->mode, ok);
	if (ok)
		return;
	r->differs = true;
	describe(r, sentence, sizeof(sentence), l, text);
	mismatch(r, sentence);
}

void exclude(struct run *r, enum verify_layer l, enum verify_cause c, uint64_t n)
{
	verify_exclude(r->res, l, r->mode, c, n);
}

void compare(struct run *r, enum verify_layer l, const char *what, uint32_t want, uint32_t got)
{
	char text[300] = "";

	if (want != got)
		snprintf(text, sizeof(text), "%s: expected %u (0x%x), got %u (0x%x)", what, want,
			 want, got, got);
	decided(r, l, want == got, text);
}

static void compare_outcome(struct run *r, const struct answer *a)
{
	char text[300] = "";

	if (r->op->status != a->status)
		snprintf(text, sizeof(text), "status: expected %s, got %s (%s)",
			 op_status_name(r->op->status), op_status_name(a->status),
			 a->why ? a->why : "no cause");
	decided(r, VERIFY_OUTCOME, r->op->status == a->status, text);
}

/* The columns that the operation has and the engine answers, as one decision
 * of its layer; the zone is one of its own. */
void compare_answer(struct run *r, const struct answer *a)
{
	const struct oracle_op *o = r->op;
	enum verify_layer l = request_layer(o->op);
	const struct { const char *name; uint32_t want, got; } col[] = {
		{ "ptr", o->ptr, a->ptr }, { "pfn", o->pfn, a->pfn },
		{ "pageblock type", o->pfn == NO_VALUE ? NO_VALUE : o->pbmt, a->pbmt },
		{ "raux", o->raux, a->raux },
	};
	char text[300] = "";
	size_t n = 0;

	compare_outcome(r, a);
	if (o->status != a->status || (a->status != ST_OK && a->status != ST_COND_NO))
		return;
	if (l == VERIFY_PAGE && o->zone != NO_VALUE)
		compare(r, VERIFY_ZONE, "zone", o->zone, a->zone);
	for (size_t i = 0; i < sizeof(col) / sizeof(col[0]); i++)
		if (col[i].want != NO_VALUE && col[i].got != NO_VALUE &&
		    col[i].want != col[i].got && n < sizeof(text))
			n += (size_t)snprintf(text + n, sizeof(text) - n,
					      "%s%s: expected %u (0x%x), got %u (0x%x)",
					      n ? "; " : "", col[i].name, col[i].want, col[i].want,
					      col[i].got, col[i].got);
	if (n && l == VERIFY_SLAB_OBJECT && !r->list->traced && learn_object(r, o->ptr, a->ptr))
		return;
	if (l == VERIFY_PAGE)
		count_page(r, !n);
	/* a free decides nothing but whether it is accepted, and names what the
	 * allocation had answered */
	if (l != VERIFY_OUTCOME || n)
		decided(r, l, !n, text);
}
