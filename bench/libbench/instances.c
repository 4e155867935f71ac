/* SPDX-License-Identifier: MIT
 *
 * From families to benchmarks: every set of arguments times every number of
 * threads, in the order of registration, each with its full name
 *
 *	FAMILY/arg/NAME:arg/min_time:S/min_warmup_time:S/iterations:N/repeats:N/
 *	process_time/manual_time or real_time/threads:N
 *
 * of which the parts are there that were set; and the filter over those names.
 */
#include <inttypes.h>

#include "internal.h"

enum { FAMILY_LARGE = 100 };

/* Without the arguments if args is NULL. */
static char *full_name(const struct bench *b, const int64_t *args, int threads)
{
	char *name = bench_strdup(b->name);
	unsigned int i;

	for (i = 0; args && i < b->n_args; i++) {
		bench_append(&name, "/");
		if (i < b->n_arg_names && *b->arg_names[i])
			bench_append(&name, "%s:", b->arg_names[i]);
		bench_append(&name, "%" PRId64, args[i]);
	}
	if (b->min_time > 0)
		bench_append(&name, "/min_time:%0.3f", b->min_time);
	if (b->min_warmup_time > 0)
		bench_append(&name, "/min_warmup_time:%0.3f", b->min_warmup_time);
	if (b->iterations)
		bench_append(&name, "/iterations:%" PRIu64, b->iterations);
	if (b->repetitions)
		bench_append(&name, "/repeats:%d", b->repetitions);
	if (b->process_time)
		bench_append(&name, "/process_time");
	if (b->manual_time)
		bench_append(&name, "/manual_time");
	if (b->real_time)
		bench_append(&name, "/real_time");
	if (b->threads.n)
		bench_append(&name, "/threads:%d", threads);
	return name;
}

/* ---- the filter ---- */

struct name_filter {
	regex_t re;
	bool negative;
};

static bool filter_open(struct name_filter *f, const char *text)
{
	char why[200];
	int rc;

	f->negative = *text == '-';
	text += f->negative;
	if (!*text || !strcmp(text, "all"))
		text = ".";
	rc = regcomp(&f->re, text, REG_EXTENDED | REG_NOSUB);
	if (!rc)
		return true;
	regerror(rc, &f->re, why, sizeof(why));
	fprintf(stderr, "Could not compile benchmark re: %s\n", why);
	return false;
}

static bool filter_takes(const struct name_filter *f, const char *name)
{
	static const char disabled[] = "DISABLED_";

	return strncmp(name, disabled, sizeof(disabled) - 1) &&
	       !regexec(&f->re, name, 0, NULL, 0) != f->negative;
}

bool bench_filter_matches(const char *name)
{
	struct name_filter f;
	bool takes;

	bench_flags_load();
	if (!filter_open(&f, bench_flags.filter))
		return false;
	takes = filter_takes(&f, name);
	regfree(&f.re);
	return takes;
}

/* ---- expansion ---- */

struct found {
	struct instance *list;
	size_t n;
};

static void add_family(struct found *to, const struct bench *b, const struct name_filter *f,
		       int *family)
{
	size_t sets = b->has_args ? b->n_sets : 1, counts = b->threads.n ? b->threads.n : 1;
	size_t before = to->n, i, k;

	if (sets * counts > FAMILY_LARGE)
		fprintf(stderr, "The number of inputs is very large. %s will be repeated at least %zu times.\n",
			b->name, sets * counts);
	for (i = 0; i < sets; i++) {
		for (k = 0; k < counts; k++) {
			const int64_t *args = b->n_args ? b->args + i * b->n_args : NULL;
			int threads = b->threads.n ? (int)b->threads.v[k] : 1;
			char *name = full_name(b, args, threads);

			if (!filter_takes(f, name)) {
				free(name);
				continue;
			}
			to->list = bench_grow(to->list, to->n + 1, sizeof(*to->list));
			to->list[to->n] = (struct instance){
				.b = b, .name = name, .args = args, .threads = threads,
				.family_name = full_name(b, NULL, threads),
				.family = *family, .index = (int)(to->n - before),
				.unit = b->unit_set ? b->unit : bench_flags.default_unit,
			};
			to->n++;
		}
	}
	*family += to->n > before;
}

bool registry_choose(const char *filter, struct instance **list, size_t *n)
{
	struct found found = { NULL, 0 };
	struct name_filter f;
	int family = 0;
	size_t i;

	if (!filter_open(&f, filter))
		return false;
	for (i = 0; i < bench_registry.n; i++)
		add_family(&found, bench_registry.b[i], &f, &family);
	regfree(&f.re);
	*list = found.list;
	*n = found.n;
	return true;
}

void instances_free(struct instance *list, size_t n)
{
	while (n) {
		free(list[--n].name);
		free(list[n].family_name);
	}
	free(list);
}
