/* SPDX-License-Identifier: MIT
 * Parser half of opt.h: the table becomes a getopt_long table, each result is
 * converted and checked by its type.  getopt_long does the work because its
 * rules (abbreviations, permutation, "--") are what people's fingers know. */
#include "base/opt.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

enum { LONG_BASE = 0x100, MAX_OPTS = 64, HELP_VAL = LONG_BASE + MAX_OPTS };

static size_t count_opts(const struct opt *o)
{
	size_t n = 0;

	while (o && o[n].name)
		n++;
	return n;
}

int opt_size(const char *s, uint64_t *bytes)
{
	static const char units[] = "KMGT";
	unsigned int shift = 0;
	unsigned long long v;
	const char *u;
	char *end;

	if (*s < '0' || *s > '9')
		return -EINVAL;
	errno = 0;
	v = strtoull(s, &end, 0);
	if (errno)
		return -ERANGE;
	if (*end) {
		int c = *end >= 'a' && *end <= 'z' ? *end - 'a' + 'A' : *end;

		u = strchr(units, c);
		if (u) {
			shift = 10 * (unsigned int)(u - units + 1);
			end++;
			if (*end == 'i' && end[1] == 'B')
				end++;
		}
		if (*end == 'B')
			end++;
		if (*end)
			return -EINVAL;
	}
	if (shift && v >> (64 - shift))
		return -ERANGE;
	*bytes = (uint64_t)v << shift;
	return 0;
}

static int bad(const struct opt *o, const char *arg, const char *want, struct mm_error *err)
{
	return mm_fail(err, -EINVAL, "--%s: found '%s', expected %s", o->name, arg, want);
}

static int out_of_limits(const struct opt *o, const char *arg, struct mm_error *err)
{
	return mm_fail(err, -EINVAL, "--%s: found '%s', expected a value from %lld to %lld",
		       o->name, arg, (long long)o->min, (long long)o->max);
}

static int set_int(const struct opt *o, const char *arg, struct mm_error *err)
{
	long long v;
	char *end;

	errno = 0;
	v = strtoll(arg, &end, 0);
	if (end == arg || *end || errno)
		return bad(o, arg, "a whole number", err);
	if (o->max > o->min && (v < o->min || v > o->max))
		return out_of_limits(o, arg, err);
	*(int64_t *)o->value = v;
	return 0;
}

static int set_size(const struct opt *o, const char *arg, struct mm_error *err)
{
	uint64_t v;

	if (opt_size(arg, &v))
		return bad(o, arg, "a size such as 4096, 64K, 512M or 2G", err);
	if (o->max > o->min && (v < (uint64_t)o->min || v > (uint64_t)o->max))
		return out_of_limits(o, arg, err);
	*(uint64_t *)o->value = v;
	return 0;
}

static int set_number(const struct opt *o, const char *arg, struct mm_error *err)
{
	char *end;
	double v = strtod(arg, &end);

	if (end == arg || *end || !(v - v == 0)) /* inf and nan are no use */
		return bad(o, arg, "a number", err);
	*(double *)o->value = v;
	return 0;
}

static int set_choice(const struct opt *o, const char *arg, struct mm_error *err)
{
	size_t len = strlen(arg);
	const char *word = o->arg;
	int i = 0;

	while (*word) {
		size_t n = strcspn(word, "|");

		if (n == len && !memcmp(word, arg, n)) {
			*(int *)o->value = i;
			return 0;
		}
		word += n + (word[n] == '|');
		i++;
	}
	return mm_fail(err, -EINVAL, "--%s: found '%s', expected one of %s", o->name, arg, o->arg);
}

static int add_to_list(const struct opt *o, const char *arg, struct mm_error *err)
{
	struct opt_list *l = o->value;
	const char **v = realloc(l->v, (l->n + 1) * sizeof(*v));

	if (!v)
		return mm_fail(err, -ENOMEM, "--%s: out of memory", o->name);
	l->v = v;
	l->v[l->n++] = arg;
	return 0;
}

void opt_list_free(struct opt_list *l)
{
	free(l->v);
	l->v = NULL;
	l->n = 0;
}

static int set(const struct opt *o, const char *arg, struct mm_error *err)
{
	switch (o->type) {
	case OPT_FLAG:
		*(bool *)o->value = true;
		return 0;
	case OPT_STRING:
		*(const char **)o->value = arg;
		return 0;
	case OPT_LIST:
		return add_to_list(o, arg, err);
	case OPT_INT:
		return set_int(o, arg, err);
	case OPT_SIZE:
		return set_size(o, arg, err);
	case OPT_NUMBER:
		return set_number(o, arg, err);
	case OPT_CHOICE:
		return set_choice(o, arg, err);
	}
	return mm_fail(err, -EINVAL, "--%s: bad type in the option table", o->name);
}

/* The getopt tables: a short option's value is its letter, a long option's
 * value LONG_BASE + its index, so that one lookup serves both. */
static void make_tables(const struct opt_spec *spec, size_t n, char *shorts,
			struct option *longs)
{
	char *s = shorts;
	size_t i;

	if (spec->stop_at_operand)
		*s++ = '+';
	*s++ = ':';
	*s++ = 'h';
	for (i = 0; i < n; i++) {
		const struct opt *o = &spec->opts[i];
		int has_arg = o->type != OPT_FLAG;

		longs[i] = (struct option){ o->name, has_arg, NULL, LONG_BASE + (int)i };
		if (!o->letter)
			continue;
		*s++ = o->letter;
		if (has_arg)
			*s++ = ':';
	}
	*s = '\0';
	longs[n] = (struct option){ "help", no_argument, NULL, HELP_VAL };
	longs[n + 1] = (struct option){ NULL, 0, NULL, 0 };
}

static const struct opt *find(const struct opt_spec *spec, size_t n, int c)
{
	size_t i;

	if (c >= LONG_BASE)
		return &spec->opts[c - LONG_BASE];
	for (i = 0; i < n; i++)
		if (spec->opts[i].letter == c)
			return &spec->opts[i];
	return NULL;
}

/* getopt_long refused something; before is the word it was looking at. */
static int refused(int c, const char *word, struct mm_error *err)
{
	if (c == ':') {
		if (optopt >= LONG_BASE)
			return mm_fail(err, -EINVAL, "option '%s' needs an argument", word);
		return mm_fail(err, -EINVAL, "option '-%c' needs an argument", optopt);
	}
	if (optopt >= LONG_BASE)
		return mm_fail(err, -EINVAL, "option '%s' takes no argument", word);
	if (optopt)
		return mm_fail(err, -EINVAL, "unknown option '-%c'", optopt);
	return mm_fail(err, -EINVAL, "unknown or ambiguous option '%s'", word);
}

static int check_operands(const struct opt_spec *spec, int n, char **operand,
			  struct mm_error *err)
{
	if (n < spec->min_operands)
		return mm_fail(err, -EINVAL, "found %d operand%s, expected at least %d: %s", n,
			       n == 1 ? "" : "s", spec->min_operands, spec->usage);
	if (spec->max_operands >= 0 && n > spec->max_operands)
		return mm_fail(err, -EINVAL, "unexpected operand '%s', expected: %s",
			       operand[spec->max_operands], spec->usage);
	return 0;
}

int opt_parse(const struct opt_spec *spec, int argc, char **argv, int *first,
	      struct mm_error *err)
{
	struct option longs[MAX_OPTS + 2];
	char shorts[2 * MAX_OPTS + 4];
	size_t n = count_opts(spec->opts);
	int c, r;

	if (n > MAX_OPTS)
		return mm_fail(err, -EINVAL, "option table of %zu rows, expected at most %d",
			       n, MAX_OPTS);
	make_tables(spec, n, shorts, longs);
	opterr = 0;
	optind = 0; /* glibc: start afresh, also after an earlier parse */
	while ((c = getopt_long(argc, argv, shorts, longs, NULL)) != -1) {
		if (c == 'h' || c == HELP_VAL)
			return OPT_HELP;
		if (c == '?' || c == ':')
			return refused(c, argv[optind - 1], err);
		r = set(find(spec, n, c), optarg, err);
		if (r)
			return r;
	}
	*first = optind;
	return check_operands(spec, argc - optind, argv + optind, err);
}
