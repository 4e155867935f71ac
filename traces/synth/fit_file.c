/* SPDX-License-Identifier: MIT
 *
 * A fit as a file: INI, one section for the trace, one for each class, so that a
 * profile can be read, compared with diff, and changed by hand.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/gfp.h"
#include "base/out.h"
#include "traces/synth/fit.h"

#define FIT_VERSION "1"

/* ---- writing ---- */

static void put_list(FILE *f, const char *key, const uint64_t *v, uint32_t n)
{
	uint32_t i;

	fprintf(f, "%s =", key);
	for (i = 0; i < n; i++)
		fprintf(f, " %" PRIu64, v[i]);
	fputc('\n', f);
}

static void put_bins(FILE *f, const char *key, const struct bins *h)
{
	if (!bins_sum(h))
		return;
	fprintf(f, "%s = ", key);
	bins_write(h, f);
	fputc('\n', f);
}

static void put_names(FILE *f, const char *key, const struct fit_name *v, int n)
{
	int i;

	for (i = 0; i < n; i++)
		if (v[i].count)
			fprintf(f, "%s = %" PRIu64 " %s\n", key, v[i].count, *v[i].name ? v[i].name : "?");
}

static void put_class(FILE *f, const struct fit *t, const struct fit_class *c)
{
	char gfp[GFP_NAMES_LEN];

	fprintf(f, "\n[class]\nkind = %s\n", trace_kind_name(c->kind));
	if (c->order)
		fprintf(f, "order = %u\n", c->order);
	if (c->ctx)
		fprintf(f, "context = %u\n", c->ctx);
	fprintf(f, "gfp = 0x%x\t; %s\n", c->gfp, gfp_names(gfp, sizeof(gfp), c->gfp));
	if (*c->cache_name)
		fprintf(f, "cache = %u %u %s\n", c->cache_size, c->cache_flags, c->cache_name);
	fprintf(f, "count = %" PRIu64 "\nsame = %" PRIu64 "\nobjects = %" PRIu64 "\nfreed = %" PRIu64 "\n",
		c->count, c->same, c->objects, c->freed);
	if (c->freed_bulk)
		fprintf(f, "freed_bulk = %" PRIu64 "\nbulks = %" PRIu64 "\n", c->freed_bulk, c->bulks);
	if (c->lru)
		fprintf(f, "lru = %" PRIu64 "\n", c->lru);
	if (c->backward)
		fprintf(f, "backward = %" PRIu64 "\n", c->backward);
	put_bins(f, "size", &c->size);
	put_bins(f, "life_ns", &c->life_ns);
	put_bins(f, "follow_ns", &c->follow_ns);
	put_bins(f, "life_ops", &c->life_ops);
	put_list(f, "phase", c->phase, t->phases);
	put_names(f, "site", c->site, FIT_SITES);
	put_names(f, "free_site", c->free_site, FIT_SITES);
}

static void put_head(FILE *f, const struct fit *t)
{
	int i;

	fprintf(f, "; Distributions of a trace, by mmreplay fit; docs/profiles.md describes the keys.\n"
		"[trace]\nversion = " FIT_VERSION "\nsource = %s\noperations = %" PRIu64 "\nduration_ns = %" PRIu64
		"\ncpus = %u\nphase_ns = %" PRIu64 "\nphases = %u\narrivals = %" PRIu64 "\n", t->source,
		t->operations, t->duration_ns, t->cpus, t->phase_ns, t->phases, t->arrivals);
	put_list(f, "arrival", t->arrival, t->phases);
	put_bins(f, "gap_ns", &t->gap_ns);
	fprintf(f, "task_runs = %" PRIu64 "\n", t->task_runs);
	put_names(f, "task", t->task, FIT_TASKS);
	if (t->maps) {
		fprintf(f, "maps = %" PRIu64 "\nmap_again = %" PRIu64 "\n", t->maps, t->map_again);
		put_list(f, "map", t->map, t->phases);
		put_list(f, "map_depth", t->map_depth, FIT_DEPTH);
	}
	fprintf(f, "orphans = %" PRIu64 "\n", t->orphans);
	for (i = 0; i <= TRACE_KIND_MAX; i++)
		if (t->left_out[i])
			fprintf(f, "left_out = %" PRIu64 " %s\n", t->left_out[i],
				trace_kind_name((unsigned int)i) ? trace_kind_name((unsigned int)i) : "?");
}

int fit_save(const struct fit *t, const char *path, struct mm_error *err)
{
	struct out_file *o = NULL;
	FILE *f = stdout;
	uint32_t i;

	if (strcmp(path, "-")) {
		o = out_open(path, &f, err);
		if (!o)
			return err->code;
	}
	put_head(f, t);
	for (i = 0; i < t->nr_classes; i++)
		put_class(f, t, &t->class[i]);
	return o ? out_commit(o, err) : 0;
}

/* ---- reading ---- */

struct input {
	const char *path;
	unsigned int line;
	struct fit *t;
	struct fit_class *c;	/* NULL: in [trace] */
	int tasks, sites, free_sites;
	struct mm_error *err;
};

static int bad(const struct input *in, const char *found, const char *expected)
{
	return mm_fail(in->err, -EINVAL, "%s, line %u: found '%.60s', expected %s", in->path, in->line, found, expected);
}

static int get_number(const struct input *in, const char *s, uint64_t max, uint64_t *v)
{
	char *end;
	unsigned long long n;

	errno = 0;
	n = *s >= '0' && *s <= '9' ? strtoull(s, &end, 0) : 0;
	if (*s < '0' || *s > '9' || errno || (*end && *end != ' ' && *end != '\t') || n > max)
		return bad(in, s, "a number within its limits");
	*v = n;
	return 0;
}

static int get_list(const struct input *in, const char *s, uint64_t *v, uint32_t n)
{
	uint32_t i;
	char *end;

	for (i = 0; i < n && *s; i++) {
		v[i] = strtoull(s, &end, 10);
		if (end == s || v[i] > 1ull << 40)
			return bad(in, s, "a list of numbers");
		s = end + strspn(end, " ");
	}
	return *s ? bad(in, s, "no more numbers than phases") : 0;
}

/* "COUNT NAME" */
static int get_name(const struct input *in, const char *s, struct fit_name *v, int n, int *used)
{
	uint64_t count;
	int rc = get_number(in, s, 1ull << 40, &count);

	if (rc)
		return rc;
	s += strcspn(s, " ");
	if (!*s || *used == n)
		return bad(in, s, "COUNT NAME, a few times at most");
	snprintf(v[*used].name, sizeof(v[*used].name), "%s", s + 1);
	v[(*used)++].count = count;
	return 0;
}

static int get_bins(const struct input *in, const char *s, struct bins *h)
{
	return bins_read(h, s) ? bad(in, s, "BIN:COUNT ...") : 0;
}

static int get_kind(const struct input *in, const char *s, uint8_t *kind)
{
	static const uint8_t kinds[] = { TRACE_PAGE_ALLOC, TRACE_KMALLOC, TRACE_CACHE_ALLOC, TRACE_CACHE_ALLOC_BULK,
					 TRACE_VMALLOC, TRACE_IOREMAP };
	size_t i;

	for (i = 0; i < sizeof(kinds); i++)
		if (!strcmp(s, trace_kind_name(kinds[i]))) {
			*kind = kinds[i];
			return 0;
		}
	return bad(in, s, "page_alloc, kmalloc, cache_alloc, cache_alloc_bulk, vmalloc or ioremap");
}

static int get_cache(const struct input *in, const char *s, struct fit_class *c)
{
	int used = 0;

	if (sscanf(s, "%u %u %63s%n", &c->cache_size, &c->cache_flags, c->cache_name, &used) != 3 || s[used] ||
	    c->cache_size > 1 << 22)
		return bad(in, s, "SIZE FLAGS NAME");
	return 0;
}

/* A key whose value is a number: where it goes and its limit. */
struct number_key {
	const char *key;
	uint64_t *v;
	uint64_t max;
};

static int set_number(const struct input *in, const struct number_key *k, const char *key, const char *s, bool *done)
{
	for (; k->key; k++)
		if (!strcmp(k->key, key)) {
			*done = true;
			return get_number(in, s, k->max, k->v);
		}
	*done = false;
	return 0;
}

static int trace_key(struct input *in, const char *key, const char *s)
{
	struct fit *t = in->t;
	uint64_t cpus = t->cpus, phases = t->phases, version = 1;
	const struct number_key numbers[] = {
		{ "operations", &t->operations, 1ull << 48 }, { "duration_ns", &t->duration_ns, 1ull << 56 },
		{ "cpus", &cpus, 256 }, { "phase_ns", &t->phase_ns, 1ull << 56 }, { "phases", &phases, FIT_PHASES },
		{ "arrivals", &t->arrivals, 1ull << 48 }, { "task_runs", &t->task_runs, 1ull << 48 },
		{ "maps", &t->maps, 1ull << 48 }, { "map_again", &t->map_again, 1ull << 48 },
		{ "orphans", &t->orphans, 1ull << 48 }, { "version", &version, 1 }, { NULL, NULL, 0 },
	};
	bool done;
	int rc = set_number(in, numbers, key, s, &done);

	t->cpus = (uint32_t)cpus;
	t->phases = (uint32_t)phases;
	if (done)
		return rc;
	if (!strcmp(key, "source"))
		snprintf(t->source, sizeof(t->source), "%s", s);
	else if (!strcmp(key, "arrival"))
		return get_list(in, s, t->arrival, t->phases);
	else if (!strcmp(key, "map"))
		return get_list(in, s, t->map, t->phases);
	else if (!strcmp(key, "map_depth"))
		return get_list(in, s, t->map_depth, FIT_DEPTH);
	else if (!strcmp(key, "gap_ns"))
		return get_bins(in, s, &t->gap_ns);
	else if (!strcmp(key, "task"))
		return get_name(in, s, t->task, FIT_TASKS, &in->tasks);
	else if (strcmp(key, "left_out"))
		return bad(in, key, "a key of [trace]");
	return 0;
}

static int class_key(struct input *in, const char *key, const char *s)
{
	struct fit_class *c = in->c;
	uint64_t order = c->order, ctx = c->ctx, gfp = c->gfp;
	const struct number_key numbers[] = {
		{ "order", &order, 10 }, { "context", &ctx, 2 }, { "gfp", &gfp, MM_GFP_ALL },
		{ "count", &c->count, 1ull << 48 }, { "same", &c->same, 1ull << 48 },
		{ "objects", &c->objects, 1ull << 48 }, { "freed", &c->freed, 1ull << 48 },
		{ "freed_bulk", &c->freed_bulk, 1ull << 48 }, { "bulks", &c->bulks, 1ull << 48 },
		{ "lru", &c->lru, 1ull << 48 }, { "backward", &c->backward, 1ull << 48 }, { NULL, NULL, 0 },
	};
	bool done;
	int rc = set_number(in, numbers, key, s, &done);

	c->order = (uint8_t)order;
	c->ctx = (uint8_t)ctx;
	c->gfp = (gfp_t)gfp;
	if (done)
		return rc;
	if (!strcmp(key, "kind"))
		return get_kind(in, s, &c->kind);
	if (!strcmp(key, "cache"))
		return get_cache(in, s, c);
	if (!strcmp(key, "size"))
		return get_bins(in, s, &c->size);
	if (!strcmp(key, "life_ns"))
		return get_bins(in, s, &c->life_ns);
	if (!strcmp(key, "follow_ns"))
		return get_bins(in, s, &c->follow_ns);
	if (!strcmp(key, "life_ops"))
		return get_bins(in, s, &c->life_ops);
	if (!strcmp(key, "phase"))
		return get_list(in, s, c->phase, in->t->phases);
	if (!strcmp(key, "site"))
		return get_name(in, s, c->site, FIT_SITES, &in->sites);
	if (!strcmp(key, "free_site"))
		return get_name(in, s, c->free_site, FIT_SITES, &in->free_sites);
	return bad(in, key, "a key of [class]");
}

static int section(struct input *in, const char *s)
{
	if (!strcmp(s, "[trace]")) {
		in->c = NULL;
		return 0;
	}
	if (strcmp(s, "[class]"))
		return bad(in, s, "[trace] or [class]");
	if (in->t->nr_classes == FIT_CLASSES)
		return bad(in, s, "fewer classes");
	in->c = &in->t->class[in->t->nr_classes++];
	in->sites = in->free_sites = 0;
	return 0;
}

static int line(struct input *in, char *s)
{
	char *value, *end;

	end = strstr(s, "\t;");
	if (end)
		*end = '\0';
	end = s + strlen(s);
	while (end > s && (end[-1] == '\n' || end[-1] == ' ' || end[-1] == '\r'))
		*--end = '\0';
	if (!*s || *s == ';' || *s == '#')
		return 0;
	if (*s == '[')
		return section(in, s);
	value = strstr(s, " =");
	if (!value)
		return bad(in, s, "KEY = VALUE");
	*value = '\0';
	value += 2;
	value += *value == ' ';
	return in->c ? class_key(in, s, value) : trace_key(in, s, value);
}

/* What a generator relies on. */
static int check(const struct input *in)
{
	const struct fit *t = in->t;
	uint64_t sum = t->maps;
	uint32_t i;

	for (i = 0; i < t->nr_classes; i++) {
		const struct fit_class *c = &t->class[i];

		if (!c->kind || c->same > c->count || c->freed > c->objects || c->freed_bulk > c->freed)
			return mm_fail(in->err, -EINVAL, "%s: class %u has no kind or counts that exceed each other, "
				       "expected same <= count, freed_bulk <= freed <= objects", in->path, i + 1);
		sum += c->count;
	}
	if (!t->phases || !t->phase_ns || !t->duration_ns || !sum || !t->arrivals)
		return mm_fail(in->err, -EINVAL, "%s: found no requests, expected phases, phase_ns, duration_ns, arrivals "
			       "and a [class]", in->path);
	return 0;
}

struct fit *fit_load(const char *path, struct mm_error *err)
{
	struct input in = { .path = path, .t = calloc(1, sizeof(*in.t)), .err = err };
	FILE *f = fopen(path, "r");
	char *s = NULL;
	size_t cap = 0;
	int rc = 0;

	if (!f)
		rc = mm_fail(err, -errno, "%s: cannot open the profile: %s", path, strerror(errno));
	if (f && !in.t)
		rc = mm_fail(err, -ENOMEM, "%s: out of memory", path);
	while (!rc && getline(&s, &cap, f) >= 0) {
		in.line++;
		rc = line(&in, s);
	}
	if (!rc)
		rc = check(&in);
	free(s);
	if (f)
		fclose(f);
	if (!rc)
		return in.t;
	fit_free(in.t);
	return NULL;
}
