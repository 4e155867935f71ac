/* SPDX-License-Identifier: MIT
 *
 * outcome: how a request that did not succeed is recorded and explained.
 */
#include "engine/machine.h"

#include <stdio.h>

enum mm_outcome machine_why(struct mm_machine *m, const struct mm_caller *who,
			    enum mm_outcome outcome, enum mm_cause cause, gfp_t gfp, uint32_t size)
{
	m->why.op = who->op;
	if (cause == MM_CAUSE_SLAB_PAGE)
		return outcome;
	m->why.cause = cause;
	m->why.gfp = gfp;
	m->why.size = size;
	return outcome;
}

static void history(char *out, size_t size, const char *what, uint32_t op)
{
	if (op == MM_NO_OP)
		snprintf(out, size, "not %s in this run", what);
	else
		snprintf(out, size, "last %s by operation %u", what, op);
}

enum mm_outcome machine_misuse(struct mm_machine *m, const struct mm_caller *who,
			       enum mm_misuse_kind kind, const char *what, uint32_t addr,
			       uint32_t alloc_op, uint32_t free_op)
{
	struct mm_misuse *u = &m->misuse;
	char a[48], f[48];

	u->kind = kind;
	u->op = who->op;
	u->address = addr;
	u->alloc_op = alloc_op;
	u->free_op = free_op;
	history(a, sizeof(a), "allocated", alloc_op);
	history(f, sizeof(f), "freed", free_op);
	snprintf(u->text, sizeof(u->text), "operation %u: %s(0x%x): %s; %s, %s", who->op, what, addr,
		 mm_misuse_name(kind), a, f);
	m->ev[MM_EV_MISUSE]++;
	return MM_MISUSE;
}
