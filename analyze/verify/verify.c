/* SPDX-License-Identifier: MIT
 *
 * Names, counting, and which verifier a folder is for.
 */
#include "analyze/verify/verify.h"
#include "analyze/verify/cost.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char *const layer_names[VERIFY_NR_LAYERS] = {
	"page", "pcp", "steal", "slab_page", "slab_object", "vmalloc", "purge", "pkmap",
	"pkmap_flush", "kmap_local", "zone", "outcome", "end_state", "constants",
};

static const char *const cause_names[VERIFY_NR_CAUSES] = {
	"other_task", "shuffle_start", "purge_moment", "foreign_drain", "counter_fold",
	"boost_reset", "start_order", "resync", "start_object", "sysfs",
};

const char *verify_layer_name(enum verify_layer l)
{
	return layer_names[l];
}

const char *verify_mode_name(enum verify_mode m)
{
	return m == VERIFY_FREE ? "free" : "followed";
}

const char *verify_cause_name(enum verify_cause c)
{
	return cause_names[c];
}

void verify_count(struct verify_result *r, enum verify_layer l, enum verify_mode m, bool match)
{
	r->row[l][m].decisions++;
	r->row[l][m].matches += match;
}

void verify_exclude(struct verify_result *r, enum verify_layer l, enum verify_mode m,
		    enum verify_cause c, uint64_t n)
{
	r->row[l][m].excluded[c] += n;
}

void verify_totals(const struct verify_result *r, enum verify_mode m, uint64_t *decisions,
		   uint64_t *errors)
{
	*decisions = *errors = 0;
	for (int l = 0; l < VERIFY_NR_LAYERS; l++) {
		*decisions += r->row[l][m].decisions;
		*errors += r->row[l][m].decisions - r->row[l][m].matches;
	}
}

/* When a list is longer than was thought, every second point goes and the step
 * doubles: at most MAX_POINTS remain, evenly spaced. */
enum { MAX_POINTS = 2048 };

static void thin_out(struct verify_series *s)
{
	for (uint32_t i = 0; i < s->nr / 2; i++)
		s->point[i] = s->point[2 * i + 1];
	s->nr /= 2;
	s->step *= 2;
}

static void put_point(struct verify_result *r, enum verify_mode m, uint64_t at)
{
	struct verify_series *s = &r->series[m];
	struct verify_point *p;

	if (s->nr == MAX_POINTS)
		thin_out(s);
	p = &s->point[s->nr++];
	p->at = at;
	verify_totals(r, m, &p->decisions, &p->errors);
}

void verify_ended(struct verify_result *r, enum verify_mode m, uint64_t at)
{
	struct verify_series *s = &r->series[m];

	if (!s->nr)
		return;
	if (s->point[s->nr - 1].at == at)
		s->nr--;
	put_point(r, m, at);
}

int verify_reached(struct verify_result *r, enum verify_mode m, uint64_t at)
{
	struct verify_series *s = &r->series[m];

	if (!s->point) {
		s->point = malloc(MAX_POINTS * sizeof(*s->point));
		if (!s->point)
			return -ENOMEM;
		s->step = 1;
	}
	if (s->nr && at < s->point[s->nr - 1].at + s->step)
		return 0;
	put_point(r, m, at);
	return 0;
}

void verify_result_free(struct verify_result *r)
{
	for (int m = 0; m < VERIFY_NR_MODES; m++) {
		free(r->series[m].point);
		r->series[m].point = NULL;
		r->series[m].nr = 0;
	}
	cost_sheet_free(r->cost);
	r->cost = NULL;
}

static bool has_file(const char *dir, const char *name)
{
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (!stat(path, &st))
		return true;
	snprintf(path, sizeof(path), "%s/%s.zst", dir, name);
	return !stat(path, &st);
}

const char *verify_kind(const char *dir, struct mm_error *err)
{
	struct stat st;

	if (stat(dir, &st) || !S_ISDIR(st.st_mode)) {
		mm_fail(err, -ENOENT, "%s: no such folder", dir);
		return NULL;
	}
	if (has_file(dir, "trace.dat"))
		return "recording";
	if (has_file(dir, "results.csv") || has_file(dir, "events.csv") ||
	    has_file(dir, "state.jsonl"))
		return "operations";
	if (has_file(dir, "consts.txt"))
		return "constants";
	mm_fail(err, -EINVAL, "%s is no truth folder: it holds neither results.csv (an operation list) nor trace.dat (a recording) nor consts.txt (constants)",
		dir);
	return NULL;
}
