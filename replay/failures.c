/* SPDX-License-Identifier: MIT
 * failures.csv: each failed request with the state of the zones at that moment. */
#include "replay/failures.h"

#include <inttypes.h>
#include <string.h>

#include "replay/csv.h"

static const char *const zone_names[MM_NR_ZONES] = { "DMA", "Normal", "HighMem" };

const char *outcome_name(enum mm_outcome o)
{
	static const char *const names[NR_OUTCOMES] = {
		"ok", "fail", "would_block", "misuse", "unsupported",
	};

	return names[o];
}

void failures_begin(struct failures *x, FILE *f, const struct mmt_reader *trace)
{
	memset(x, 0, sizeof(*x));
	x->f = f;
	x->trace = trace;
	fputs("op,time_ns,kind,outcome,cause,order,size,gfp,gfp_names,task,comm,site,zone,"
	      "free_dma,free_normal,free_high,mark_dma,mark_normal,mark_high,"
	      "largest_dma,largest_normal,largest_high,message\n", f);
}

static void write_who(struct failures *x, const struct trace_op *op, uint64_t nr,
		      enum mm_outcome outcome, const char *cause)
{
	fprintf(x->f, "%" PRIu64 ",%" PRIu64 ",%s,%s,%s,", nr, op->time,
		trace_kind_name(op->kind), outcome_name(outcome), cause);
}

static void write_site(struct failures *x, const struct trace_op *op)
{
	char site[SITE_LEN];

	fprintf(x->f, "%u,", op->task);
	csv_text(x->f, task_text(x->trace, op->task));
	putc(',', x->f);
	csv_text(x->f, site_text(site, x->trace, op->site));
}

static void write_zones(struct failures *x, const struct mm_why *why)
{
	int z;

	fprintf(x->f, ",%s", why->cause_zone < MM_NR_ZONES ? zone_names[why->cause_zone] : "");
	for (z = 0; z < MM_NR_ZONES; z++)
		fprintf(x->f, ",%u", why->zone[z].free);
	for (z = 0; z < MM_NR_ZONES; z++)
		fprintf(x->f, ",%u", why->zone[z].mark + why->zone[z].reserve);
	for (z = 0; z < MM_NR_ZONES; z++)
		fprintf(x->f, ",%d", why->zone[z].largest_order);
}

static void add_misuse(struct failures *x, const struct trace_op *op, uint64_t nr,
		       const struct mm_misuse *bad)
{
	x->misuse[bad->kind]++;
	if (!*x->first_misuse)
		snprintf(x->first_misuse, sizeof(x->first_misuse), "%s", bad->text);
	if (x->rows == FAILURES_MAX_ROWS)
		return;
	x->rows++;
	write_who(x, op, nr, MM_MISUSE, mm_misuse_name(bad->kind));
	fprintf(x->f, "%u,%u,0x%x,,", op->order, op->size, op->gfp);
	write_site(x, op);
	fputs(",,,,,,,,,,,", x->f);
	csv_text(x->f, bad->text);
	putc('\n', x->f);
}

/* What a backend that is no machine can tell: a double free, or no memory. */
static const struct mm_misuse *host_misuse(struct mm_misuse *bad, const struct trace_op *op)
{
	bad->kind = MM_MISUSE_DOUBLE_FREE;
	snprintf(bad->text, sizeof(bad->text), "%s: found slot %u, which was freed before; not executed",
		 trace_kind_name(op->kind), op->slot);
	return bad;
}

static const struct mm_why *host_why(struct mm_why *why, const struct trace_op *op)
{
	int z;

	memset(why, 0, sizeof(*why));
	why->cause = op->order < MM_MAX_ORDER ? MM_CAUSE_HOST_MEMORY : MM_CAUSE_ORDER;
	why->gfp = op->gfp;
	why->size = op->size;
	why->order = op->order;
	why->cause_zone = MM_NR_ZONES;
	for (z = 0; z < MM_NR_ZONES; z++)
		why->zone[z].largest_order = -1;
	return why;
}

void failures_add(void *arg, const struct trace_op *op, uint64_t nr, enum mm_outcome outcome,
		  const struct mm_machine *m)
{
	struct failures *x = arg;
	struct mm_why host;
	struct mm_misuse bad;
	const struct mm_why *why = m ? mm_why(m) : host_why(&host, op);
	char gfp[GFP_NAMES_LEN];

	x->all++;
	if (outcome == MM_MISUSE) {
		add_misuse(x, op, nr, m ? mm_misuse(m) : host_misuse(&bad, op));
		return;
	}
	x->cause[outcome][why->cause]++;
	if (outcome == MM_FAIL && why->order < MM_MAX_ORDER)
		x->order[why->order]++;
	if (x->rows == FAILURES_MAX_ROWS)
		return;
	x->rows++;
	write_who(x, op, nr, outcome, mm_cause_name(why->cause));
	fprintf(x->f, "%u,%u,0x%x,%s,", why->order, why->size, why->gfp,
		gfp_names(gfp, sizeof(gfp), why->gfp));
	write_site(x, op);
	write_zones(x, why);
	fputs(",\n", x->f);
}
