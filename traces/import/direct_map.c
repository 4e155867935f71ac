/* SPDX-License-Identifier: MIT
 *
 * Where the direct map of a 64-bit kernel begins.
 *
 * x86_64 moves it by a random number of gigabytes at boot (KASLR), and no
 * recording tells.  But when a slab page is taken, the object that made its
 * cache grow mostly lies in it: the address of an object, less the frame of the
 * page that the same task was given just before, is then a multiple of 1 GiB
 * but for the place in the page.  By chance that is so once in 2^18 / 2^order
 * pairs, so a few that agree are proof.
 */
#include "traces/import/run.h"

#include <errno.h>

#define GIB (1ull << 30)
#define LOOK_AT 2000000		/* events */
#define ENOUGH 16		/* pairs that agree: look no further */
#define FEWEST 2
#define CANDIDATES 64
#define TASKS 1024

struct taken {			/* the page that a task was given last */
	int32_t pid;
	bool fresh;
	uint8_t order;
	uint64_t pfn;
};

struct candidate {
	uint64_t base;
	uint32_t votes;
};

static uint32_t vote(struct candidate *v, uint64_t base)
{
	uint32_t i;

	for (i = 0; i < CANDIDATES - 1 && v[i].votes && v[i].base != base; i++)
		;
	v[i].base = base;
	return ++v[i].votes;
}

/* How many agree with the pair that this event ends, 0: it ends none. */
static uint32_t look(struct taken *tasks, struct candidate *v, const struct import_event *ev)
{
	struct taken *t = &tasks[(uint32_t)ev->pid % TASKS];
	uint64_t d;

	if (ev->role == ROLE_PAGE_ALLOC && ev_has(ev, F_PFN) && !page_failed(ev, ev->f[F_PFN])) {
		*t = (struct taken){ ev->pid, true, ev->f[F_ORDER] & 15, ev->f[F_PFN] };
		return 0;
	}
	if ((ev->role != ROLE_KMALLOC && ev->role != ROLE_CACHE_ALLOC) || !t->fresh ||
	    t->pid != ev->pid)
		return 0;
	t->fresh = false;
	d = ev->f[F_PTR] - (t->pfn << 12);
	return ev->f[F_PTR] >> 56 == 0xff && d % GIB < 4096ull << t->order ? vote(v, d - d % GIB) : 0;
}

int import_direct_map(struct import_run *r, uint64_t *base)
{
	struct candidate v[CANDIDATES] = { { 0 } };
	struct taken tasks[TASKS] = { { 0 } };
	const struct import_source_ops *ops = r->src->ops;
	struct import_event ev = { 0 };
	uint32_t i, best = 0;
	uint64_t n;
	int res = 1;

	for (n = 0; n < LOOK_AT && res > 0; n++) {
		if (!(n & 0xffff) && r->opt->progress && r->opt->progress(r->opt->arg, 0, 0))
			return mm_fail(r->err, -EINTR, "interrupted");
		res = ops->next(r->src, &ev, r->err);
		if (res > 0 && look(tasks, v, &ev) >= ENOUGH)
			break;
	}
	if (res < 0)
		return res;
	for (i = 0; i < CANDIDATES; i++)
		if (v[i].votes > v[best].votes)
			best = i;
	*base = v[best].votes >= FEWEST ? v[best].base : 0;
	return ops->rewind(r->src, r->err);
}
