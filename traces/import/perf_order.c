/* SPDX-License-Identifier: MIT
 *
 * perf.data: a queue for each CPU, merged by a heap.
 *
 * A CPU's records come in order but for those of interrupts, which may
 * overtake the one that they interrupted: such a record is put some places
 * back.  What is farther out of order (a recording without CPU numbers) makes
 * its queue be sorted before it is read.
 *
 * The rounds bound the memory.  A file without them (made by another program
 * than perf record) would be held whole: beyond MAX_WAITING records the earlier
 * half goes.
 */
#include "traces/import/perf_order.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MAX_WAITING (16u << 20)
#define MAX_BACK 64
#define FETCH_AHEAD 6

static int make_room(struct perf_queue *q)
{
	struct perf_entry *grown;
	size_t cap;

	if (q->head > q->cap / 2) {
		memmove(q->v, q->v + q->head, (q->end - q->head) * sizeof(*q->v));
		q->end -= q->head;
		q->head = 0;
		return 0;
	}
	cap = q->cap ? q->cap * 2 : 1024;
	grown = realloc(q->v, cap * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	q->v = grown;
	q->cap = cap;
	return 0;
}

static int grow_queues(struct perf_order *o, uint32_t n)
{
	struct perf_queue *queues = realloc(o->queues, n * sizeof(*queues));
	uint32_t *heap;

	if (queues)
		o->queues = queues;
	heap = realloc(o->heap, n * sizeof(*heap));
	if (heap)
		o->heap = heap;
	if (!queues || !heap)
		return -ENOMEM;
	memset(queues + o->nr_queues, 0, (n - o->nr_queues) * sizeof(*queues));
	o->nr_queues = n;
	return 0;
}

int perf_order_push(struct perf_order *o, uint32_t cpu, struct perf_entry e)
{
	struct perf_queue *q;
	size_t i;

	cpu %= PERF_ORDER_CPUS;
	if (cpu >= o->nr_queues && grow_queues(o, cpu + 1))
		return -ENOMEM;
	q = &o->queues[cpu];
	if (q->head == q->end)
		q->head = q->end = 0;
	if (q->end == q->cap && make_room(q))
		return -ENOMEM;
	e.nr = o->pushed++;
	for (i = q->end; i > q->head && q->v[i - 1].time > e.time && q->end - i < MAX_BACK; i--)
		q->v[i] = q->v[i - 1];
	q->v[i] = e;
	q->disorder |= i > q->head && q->v[i - 1].time > e.time;
	q->end++;
	o->waiting++;
	if (e.time > o->newest)
		o->newest = e.time;
	if (o->waiting >= MAX_WAITING)
		perf_order_round(o);
	return 0;
}

static bool earlier(const struct perf_order *o, uint32_t a, uint32_t b)
{
	const struct perf_queue *x = &o->queues[a], *y = &o->queues[b];
	uint64_t s = x->v[x->head].time, t = y->v[y->head].time;

	return s != t ? s < t : a < b;
}

static void sift_down(struct perf_order *o, uint32_t i)
{
	uint32_t child, tmp;

	for (;;) {
		child = 2 * i + 1;
		if (child >= o->nr_heap)
			return;
		if (child + 1 < o->nr_heap && earlier(o, o->heap[child + 1], o->heap[child]))
			child++;
		if (!earlier(o, o->heap[child], o->heap[i]))
			return;
		tmp = o->heap[i];
		o->heap[i] = o->heap[child];
		o->heap[child] = tmp;
		i = child;
	}
}

static int by_time(const void *a, const void *b)
{
	const struct perf_entry *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (int32_t)(x->nr - y->nr); /* far fewer than 2^31 wait at a time */
}

static void start(struct perf_order *o, uint64_t limit)
{
	struct perf_queue *q;
	uint32_t i;

	o->nr_heap = 0;
	for (i = 0; i < o->nr_queues; i++) {
		q = &o->queues[i];
		if (q->head == q->end)
			continue;
		if (q->disorder)
			qsort(q->v + q->head, q->end - q->head, sizeof(*q->v), by_time);
		q->disorder = false;
		o->heap[o->nr_heap++] = i;
	}
	for (i = o->nr_heap / 2; i-- > 0;)
		sift_down(o, i);
	o->limit = limit;
	o->going = true;
}

void perf_order_round(struct perf_order *o)
{
	uint64_t limit = o->round_newest, oldest;

	o->round_newest = o->newest;
	start(o, limit);
	if (o->waiting < MAX_WAITING || !o->nr_heap)
		return;
	oldest = o->queues[o->heap[0]].v[o->queues[o->heap[0]].head].time;
	if (limit < oldest)
		o->limit = oldest + (o->newest - oldest) / 2;
}

void perf_order_end(struct perf_order *o)
{
	start(o, UINT64_MAX);
}

bool perf_order_pop(struct perf_order *o, struct perf_entry *e)
{
	struct perf_queue *q;

	if (!o->going)
		return false;
	q = o->nr_heap ? &o->queues[o->heap[0]] : NULL;
	if (!q || q->v[q->head].time > o->limit) {
		o->going = false;
		return false;
	}
	*e = q->v[q->head++];
	o->waiting--;
	/* A round is larger than the caches: fetch a record before its turn. */
	if (q->end - q->head > FETCH_AHEAD) {
		__builtin_prefetch(q->v[q->head + FETCH_AHEAD].record);
		__builtin_prefetch(q->v[q->head + FETCH_AHEAD].record + 64);
	}
	if (q->head == q->end)
		o->heap[0] = o->heap[--o->nr_heap];
	sift_down(o, 0);
	return true;
}

void perf_order_clear(struct perf_order *o)
{
	uint32_t i;

	for (i = 0; i < o->nr_queues; i++) {
		o->queues[i].head = o->queues[i].end = 0;
		o->queues[i].disorder = false;
	}
	o->nr_heap = 0;
	o->newest = o->round_newest = o->limit = 0;
	o->waiting = 0;
	o->going = false;
}

void perf_order_free(struct perf_order *o)
{
	uint32_t i;

	for (i = 0; i < o->nr_queues; i++)
		free(o->queues[i].v);
	free(o->queues);
	free(o->heap);
	memset(o, 0, sizeof(*o));
}
