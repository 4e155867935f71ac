/* SPDX-License-Identifier: MIT
 *
 * Parameters of profiles: one integer each, whatever the unit, so that nothing
 * of a trace depends on how a host rounds.
 */
#include "traces/synth/params.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/opt.h"

static const struct { const char *name; uint64_t ns; } time_units[] = {
	{ "w", 604800000000000 }, { "d", 86400000000000 }, { "h", 3600000000000 },
	{ "min", 60000000000 }, { "s", 1000000000 }, { "ms", 1000000 }, { "us", 1000 }, { "ns", 1 },
};

enum { NR_TIME_UNITS = sizeof(time_units) / sizeof(time_units[0]) };

/* Digits only: strtoull would take signs and blanks. */
static int digits(const char *s, uint64_t *v, const char **end)
{
	unsigned long long n;
	char *e;

	if (*s < '0' || *s > '9')
		return -EINVAL;
	errno = 0;
	n = strtoull(s, &e, 10);
	*v = n;
	*end = e;
	return errno ? -ERANGE : 0;
}

int synth_time(const char *s, uint64_t *ns)
{
	const char *unit;
	uint64_t n;
	int i, rc = digits(s, &n, &unit);

	for (i = 0; !rc && i < NR_TIME_UNITS; i++) {
		if (strcmp(unit, time_units[i].name))
			continue;
		if (n > INT64_MAX / time_units[i].ns)
			return -ERANGE;
		*ns = n * time_units[i].ns;
		return 0;
	}
	return rc ? rc : -EINVAL;
}

static const char *time_text(char buf[SYNTH_TEXT], uint64_t v)
{
	int i = 0;

	while (v % time_units[i].ns)
		i++;
	snprintf(buf, SYNTH_TEXT, "%" PRIu64 "%s", v / time_units[i].ns, v ? time_units[i].name : "s");
	return buf;
}

static const char *bytes_text(char buf[SYNTH_TEXT], uint64_t v)
{
	static const char units[] = "GMK";
	int i;

	for (i = 0; i < 3 && (!v || v & ((1ull << 10 * (3 - i)) - 1)); i++)
		;
	if (i < 3)
		snprintf(buf, SYNTH_TEXT, "%" PRIu64 "%c", v >> 10 * (3 - i), units[i]);
	else
		snprintf(buf, SYNTH_TEXT, "%" PRIu64, v);
	return buf;
}

/* The i-th of "a|b|c". */
static const char *word_text(char buf[SYNTH_TEXT], const char *words, uint64_t i)
{
	while (i-- && *words)
		words += strcspn(words, "|") + 1;
	snprintf(buf, SYNTH_TEXT, "%.*s", (int)strcspn(words, "|"), words);
	return buf;
}

const char *synth_value(char buf[SYNTH_TEXT], const struct synth_param *p, uint64_t v)
{
	switch (p->unit) {
	case SYNTH_BYTES:
		return bytes_text(buf, v);
	case SYNTH_TIME:
		return time_text(buf, v);
	case SYNTH_CHOICE:
		return word_text(buf, p->words, v);
	default:
		snprintf(buf, SYNTH_TEXT, "%" PRIu64, v);
		return buf;
	}
}

static int word_value(const struct synth_param *p, const char *s, uint64_t *v)
{
	const char *w = p->words;
	size_t n = strlen(s);

	for (*v = 0; ; ++*v, w += strcspn(w, "|") + 1) {
		if (n && strcspn(w, "|") == n && !memcmp(w, s, n))
			return 0;
		if (!w[strcspn(w, "|")])
			return -EINVAL;
	}
}

static int parse(const struct synth_param *p, const char *s, uint64_t *v)
{
	const char *end = "";
	int rc;

	switch (p->unit) {
	case SYNTH_BYTES:
		return opt_size(s, v);
	case SYNTH_TIME:
		return synth_time(s, v);
	case SYNTH_CHOICE:
		return word_value(p, s, v);
	default:
		rc = digits(s, v, &end);
		if (p->unit == SYNTH_PERCENT && *end == '%')
			end++;
		return rc ? rc : *end ? -EINVAL : 0;
	}
}

static int bad_value(const struct synth_profile *p, const struct synth_param *t, const char *s,
		     struct mm_error *err)
{
	static const char *const what[] = { "a number", "a size", "a time", "a percentage" };
	char low[SYNTH_TEXT], high[SYNTH_TEXT];

	if (t->unit == SYNTH_CHOICE)
		return mm_fail(err, -EINVAL, "%s: %s: found '%.80s', expected one of %s", p->name,
			       t->name, s, t->words);
	return mm_fail(err, -EINVAL, "%s: %s: found '%.80s', expected %s from %s to %s", p->name,
		       t->name, s, what[t->unit], synth_value(low, t, t->min),
		       synth_value(high, t, t->max));
}

static int unknown(const struct synth_profile *p, const char *word, struct mm_error *err)
{
	const struct synth_param *t;
	char list[300] = "";
	size_t n = 0;

	for (t = p->params; t->name && n < sizeof(list) - 32; t++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", n ? ", " : "", t->name);
	return mm_fail(err, -EINVAL, "%s: found '%.80s', expected NAME=VALUE with a parameter of "
		       "this profile: %s", p->name, word, *list ? list : "it has none");
}

static int set(const struct synth_profile *p, const char *word, uint64_t *value, struct mm_error *err)
{
	size_t n = strcspn(word, "=");
	const struct synth_param *t;
	uint64_t v;

	for (t = p->params; t->name; t++)
		if (strlen(t->name) == n && !memcmp(t->name, word, n))
			break;
	if (!t->name || !word[n])
		return unknown(p, word, err);
	if (parse(t, word + n + 1, &v) || (t->unit != SYNTH_CHOICE && (v < t->min || v > t->max)))
		return bad_value(p, t, word + n + 1, err);
	value[t - p->params] = v;
	return 0;
}

int params_read(const struct synth_profile *p, const struct synth_options *opt, uint64_t *value,
		struct mm_error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; p->params[i].name; i++)
		value[i] = p->params[i].value;
	for (i = 0; !rc && i < opt->nr_settings; i++)
		rc = set(p, opt->settings[i], value, err);
	return rc;
}

char *params_text(const struct synth_profile *p, const uint64_t *value)
{
	char *text = NULL, buf[SYNTH_TEXT];
	size_t size = 0, i;
	FILE *f = open_memstream(&text, &size);

	if (!f)
		return NULL;
	for (i = 0; p->params[i].name; i++)
		fprintf(f, "%s%s=%s", i ? " " : "", p->params[i].name,
			synth_value(buf, &p->params[i], value[i]));
	if (fclose(f)) {
		free(text);
		return NULL;
	}
	return text;
}
