/* SPDX-License-Identifier: MIT
 *
 * The recorded tasks, and the calls that each is in the middle of.
 */
#include <stdlib.h>
#include <string.h>

#include "traces/import/run.h"

static uint64_t key_of(int32_t pid, uint32_t cpu)
{
	return (uint64_t)(uint32_t)pid << 16 | cpu;
}

static uint32_t home_of(const struct tasks *t, uint64_t key)
{
	return (uint32_t)((key * 0x9e3779b97f4a7c15ull) >> 40) & t->mask;
}

static bool grow(struct tasks *t)
{
	uint32_t cap = t->mask ? (t->mask + 1) * 2 : 1024, i, j;
	struct tasks bigger = { calloc(cap, sizeof(*t->v)), cap - 1, t->n, NULL };

	if (!bigger.v)
		return false;
	for (i = 0; t->mask && i <= t->mask; i++) {
		if (!t->v[i])
			continue;
		j = home_of(&bigger, key_of(t->v[i]->pid, t->v[i]->cpu));
		while (bigger.v[j])
			j = (j + 1) & bigger.mask;
		bigger.v[j] = t->v[i];
	}
	free(t->v);
	*t = bigger;
	return true;
}

struct task *import_task_find(struct tasks *t, int32_t pid, uint32_t cpu)
{
	uint32_t i;

	if ((!t->mask || t->n >= t->mask / 2) && !grow(t))
		return NULL;
	for (i = home_of(t, key_of(pid, cpu)); t->v[i]; i = (i + 1) & t->mask)
		if (t->v[i]->pid == pid && t->v[i]->cpu == cpu)
			return t->last = t->v[i];
	t->v[i] = calloc(1, sizeof(**t->v));
	if (!t->v[i])
		return NULL;
	t->v[i]->pid = pid;
	t->v[i]->cpu = cpu;
	t->n++;
	return t->last = t->v[i];
}

void import_tasks_free(struct tasks *t)
{
	uint32_t i;

	for (i = 0; t->mask && i <= t->mask; i++) {
		if (!t->v[i])
			continue;
		free(t->v[i]->pages);
		free(t->v[i]->zero);
		free(t->v[i]);
	}
	free(t->v);
	memset(t, 0, sizeof(*t));
}

void import_bracket_push(struct task *t, const struct import_event *ev, enum bracket_type type,
		  struct bracket **b)
{
	if (t->nr_brackets == MAX_BRACKETS) { /* returns were lost: forget the oldest */
		memmove(t->brackets, t->brackets + 1, sizeof(*t->brackets) * (MAX_BRACKETS - 1));
		t->nr_brackets--;
	}
	*b = &t->brackets[t->nr_brackets++];
	memset(*b, 0, sizeof(**b));
	(*b)->type = type;
	(*b)->ctx = ev->ctx;
}

bool import_bracket_pop(struct task *t, enum bracket_type type, struct bracket *out)
{
	int i;

	for (i = t->nr_brackets - 1; i >= 0; i--) {
		if (t->brackets[i].type != type)
			continue;
		*out = t->brackets[i];
		t->nr_brackets = i;
		return true;
	}
	return false;
}

struct bracket *import_bracket_of(struct task *t, const struct import_event *ev)
{
	struct bracket *b;

	if (!t->nr_brackets || t->reclaim)
		return NULL;
	b = &t->brackets[t->nr_brackets - 1];
	return ev->ctx > b->ctx ? NULL : b;
}

bool in_vm(struct task *t, const struct import_event *ev)
{
	int i;

	if (!import_bracket_of(t, ev))
		return false;
	for (i = 0; i < t->nr_brackets; i++)
		if (t->brackets[i].type >= IN_VMALLOC && t->brackets[i].type <= IN_AREA)
			return true;
	return false;
}
