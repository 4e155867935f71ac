/* SPDX-License-Identifier: MIT
 *
 * A machine's state from the public files of /proc: what they say is taken,
 * what they leave open is inferred or assumed, and every assumption becomes a
 * sentence.  proc.h tells which file does what.
 */
#include "replay/state/proc.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Where a file may be: in the folder itself; in a recording's folder, which has
 * the snapshot at its start in before/; in an operation list's folder.  What does
 * not change during a recording may stand beside the snapshot. */
static const char *const places[] = {
	"%s", "before/%s", "snap/000-before-%s", "proc/%s", "static/%s", "../static/%s"
};
enum { NR_PLACES = sizeof(places) / sizeof(places[0]) };

static void name_at(char *to, size_t size, int place, const char *name)
{
	const char *at = strchr(places[place], '%');

	snprintf(to, size, "%.*s%s", (int)(at - places[place]), places[place], name);
}

static bool exists(const char *dir, const char *name)
{
	char path[4200];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (!access(path, F_OK))
		return true;
	snprintf(path, sizeof(path), "%s/%s.zst", dir, name);
	return !access(path, F_OK);
}

static const char *find(const char *dir, const char *name, char *to, size_t size)
{
	for (int i = 0; i < NR_PLACES; i++) {
		name_at(to, size, i, name);
		if (exists(dir, to))
			return to;
	}
	return NULL;
}

bool proc_has(const struct proc *p, const char *name)
{
	char at[128];

	return find(p->dir, name, at, sizeof(at)) != NULL;
}

int proc_open(const struct proc *p, struct lines **l, const char *name, struct mm_error *err)
{
	char at[128];
	const char *found = find(p->dir, name, at, sizeof(at));

	return lines_open(l, p->dir, found ? found : name, err);
}

int proc_assume(const struct proc *p, const char *fmt, ...)
{
	struct state_assumed *a = p->assumed;
	char **grown = realloc(a->text, (a->nr + 1) * sizeof(*a->text));
	va_list ap;
	int n;

	if (grown) {
		a->text = grown;
		va_start(ap, fmt);
		n = vasprintf(&a->text[a->nr], fmt, ap);
		va_end(ap);
		if (n >= 0) {
			a->nr++;
			return 0;
		}
	}
	return mm_fail(p->err, -ENOMEM, "%s: out of memory", p->dir);
}

void state_assumed_free(struct state_assumed *a)
{
	for (uint32_t i = 0; i < a->nr; i++)
		free(a->text[i]);
	free(a->text);
	*a = (struct state_assumed){ 0 };
}

bool state_is_proc(const char *dir)
{
	char at[128];

	return !exists(dir, "state.jsonl") && find(dir, "zoneinfo", at, sizeof(at));
}

static int read_lru(const struct proc *p, const struct proc_frames *f)
{
	p->s->lru = malloc(f->nr);
	if (!p->s->lru)
		return mm_fail(p->err, -ENOMEM, "%s: out of memory", p->dir);
	for (uint32_t i = 0; i < f->nr; i++)
		p->s->lru[i] = (f->f[i] & PF_LRU) != 0;
	p->s->nr_lru = f->nr;
	return 0;
}

static int read_zone(const struct proc *p, int id, const struct proc_frames *f, const struct proc_text *t)
{
	struct proc_free free_blocks = { 0 };
	int ret = proc_free_find(p, id, f, t, &free_blocks);

	if (!ret)
		ret = proc_pbmt_infer(p, id, f, t, &free_blocks);
	if (!ret)
		ret = proc_free_file(p, id, t, &free_blocks);
	if (!ret)
		ret = proc_pcp_infer(p, id, f, t);
	free(free_blocks.b);
	return ret;
}

static int read_all(const struct proc *p, struct proc_frames *f)
{
	struct proc_text t = { .pageblock_order = 0 };
	int ret = proc_zoneinfo_read(p, &t);

	if (!ret)
		ret = proc_types_read(p, &t);
	if (!ret)
		ret = proc_frames_read(p, f);
	if (!ret)
		ret = proc_vmallocinfo_read(p);
	if (!ret)
		ret = proc_slabinfo_read(p, f);
	if (!ret)
		ret = proc_machine_read(p, &t);
	for (int id = 0; id < MM_NR_ZONES && !ret; id++)
		if (p->s->zone[id].present_in_state)
			ret = read_zone(p, id, f, &t);
	if (!ret)
		ret = read_lru(p, f);
	return ret ? ret : proc_assume(p, "No pkmap or kmap_local slot is taken as mapped, no per-CPU drain as "
				       "under way (free_factor 0); no public file tells.");
}

int state_read_proc(const char *dir, struct mm_state *s, struct mm_config *config,
		    struct state_assumed *assumed, struct mm_error *err)
{
	const struct proc p = { dir, err, assumed, s, config };
	struct proc_frames f = { 0 };
	int ret;

	memset(s, 0, sizeof(*s));
	*assumed = (struct state_assumed){ 0 };
	mm_config_init(config);
	config->nr_e820 = 0;
	ret = read_all(&p, &f);
	free(f.f);
	if (ret) {
		mm_state_free(s);
		memset(s, 0, sizeof(*s));
		state_assumed_free(assumed);
	}
	return ret;
}
