/* SPDX-License-Identifier: MIT
 *
 * Machine files: a small INI reader, line by line.
 *
 *	; comment           # comment
 *	[section]
 *	key = value
 *
 * `base = NAME` as the first key starts from another machine.  The bases form a
 * chain of at most MAX_DEPTH files, read outermost last, so that a file
 * overrides its base; e820 and reserved entries of a file replace its base's.
 */
#include "replay/machine_file.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/datadir.h"
#include "replay/machine_keys.h"

enum { MAX_LINE = 512, MAX_DEPTH = 4 };

struct parser {
	FILE *f;
	const char *name;	/* of the file, for messages */
	struct mm_config *c;
	struct mm_error *err;
	unsigned int line, depth;
	unsigned int nr_keys;
	bool own_e820, own_reserved, own_ram;
	char section[64];
	unsigned int seen[64];	/* line of each single key, by index of first use */
	const struct machine_key *seen_key[64];
	unsigned int nr_seen;
};

static int read_what(const char *what, struct mm_config *c, unsigned int depth,
		     struct mm_error *err);

static char *trim(char *s)
{
	size_t n;

	while (isspace((unsigned char)*s))
		s++;
	n = strlen(s);
	while (n && isspace((unsigned char)s[n - 1]))
		n--;
	s[n] = '\0';
	return s;
}

/* A comment begins at the start of a line or after a blank. */
static void cut_comment(char *s)
{
	size_t i;

	for (i = 0; s[i]; i++)
		if ((s[i] == '#' || s[i] == ';') && (!i || isspace((unsigned char)s[i - 1]))) {
			s[i] = '\0';
			return;
		}
}

static int bad(struct parser *p, const char *found, const char *want)
{
	return mm_fail(p->err, -EINVAL, "%s, line %u: found '%s', expected %s",
		       p->name, p->line, found, want);
}

static int parse_section(struct parser *p, char *s)
{
	size_t n = strlen(s);
	char want[200], list[160];
	bool known;

	if (n < 3 || s[n - 1] != ']')
		return bad(p, s, "a section: [name]");
	s[n - 1] = '\0';
	(void)machine_key_find(s + 1, "", &known);
	if (!known) {
		machine_key_list(NULL, list, sizeof(list));
		snprintf(want, sizeof(want), "one of the sections %s", list);
		return bad(p, s + 1, want);
	}
	snprintf(p->section, sizeof(p->section), "%s", s + 1);
	return 0;
}

/* A key that is not repeatable may stand once. */
static int check_once(struct parser *p, const struct machine_key *k)
{
	char want[100];
	unsigned int i;

	for (i = 0; i < p->nr_seen; i++)
		if (p->seen_key[i] == k) {
			snprintf(want, sizeof(want), "it once: it stands in line %u already", p->seen[i]);
			return bad(p, k->key, want);
		}
	if (p->nr_seen < 64) {
		p->seen_key[p->nr_seen] = k;
		p->seen[p->nr_seen++] = p->line;
	}
	return 0;
}

/* The file's own lists replace those of its base or the default. */
static int begin_lists(struct parser *p, const struct machine_key *k)
{
	if (k->type == KEY_E820 && !p->own_e820) {
		p->own_e820 = true;
		p->c->nr_e820 = 0;
	}
	if (k->type == KEY_RESERVED && !p->own_reserved) {
		p->own_reserved = true;
		p->c->nr_reserved = 0;
	}
	if (k->type == KEY_SIZE64 && !strcmp(k->key, "ram")) {
		p->own_ram = true;
		if (!p->own_e820)
			p->c->nr_e820 = 0;
	}
	if (p->own_ram && p->own_e820)
		return bad(p, k->key, "either ram or e820 in one file, not both");
	return 0;
}

static int parse_base(struct parser *p, const char *value)
{
	char own[sizeof(p->c->name)];
	int r;

	if (p->nr_keys)
		return bad(p, "base", "base as the first key of the file");
	if (p->depth + 1 >= MAX_DEPTH)
		return bad(p, value, "at most 4 machines, each the base of the next");
	snprintf(own, sizeof(own), "%s", p->c->name);
	r = read_what(value, p->c, p->depth + 1, p->err);
	snprintf(p->c->name, sizeof(p->c->name), "%s", own);
	return r;
}

static int parse_key(struct parser *p, char *s)
{
	const struct machine_key *k;
	char list[320], want[440];
	char *eq = strchr(s, '=');
	const char *expected;
	char *value;
	bool known;
	int r;

	if (!eq)
		return bad(p, s, "[section] or key = value");
	*eq = '\0';
	s = trim(s);
	value = trim(eq + 1);
	if (!*p->section)
		return bad(p, s, "a [section] before the first key");
	k = machine_key_find(p->section, s, &known);
	if (!k) {
		machine_key_list(p->section, list, sizeof(list));
		snprintf(want, sizeof(want), "one of the keys of [%s]: %s", p->section, list);
		return bad(p, s, want);
	}
	if (k->type != KEY_E820 && k->type != KEY_RESERVED) {
		r = check_once(p, k);
		if (r)
			return r;
	}
	r = begin_lists(p, k);
	if (!r && k->type == KEY_BASE)
		r = parse_base(p, value);
	else if (!r && machine_key_set(k, value, p->c, list, sizeof(list), &expected)) {
		r = mm_fail(p->err, -EINVAL, "%s, line %u: %s: found '%s', expected %s",
			    p->name, p->line, k->key, value, expected);
	}
	p->nr_keys++;
	return r;
}

static int parse(struct parser *p)
{
	char buf[MAX_LINE];
	int r = 0;

	while (!r && fgets(buf, sizeof(buf), p->f)) {
		char *s;

		p->line++;
		if (!strchr(buf, '\n') && !feof(p->f)) {
			buf[32] = '\0';
			return bad(p, buf, "lines of at most 510 characters");
		}
		cut_comment(buf);
		s = trim(buf);
		if (!*s)
			continue;
		r = *s == '[' ? parse_section(p, s) : parse_key(p, s);
	}
	if (!r && ferror(p->f))
		r = mm_fail(p->err, -EIO, "%s, line %u: cannot be read: %s",
			    p->name, p->line, strerror(errno));
	return r;
}

static int parse_stream(FILE *f, const char *name, struct mm_config *c, unsigned int depth,
			struct mm_error *err)
{
	struct parser p = { .f = f, .name = name, .c = c, .err = err, .depth = depth };

	return parse(&p);
}

/* The path of the machine, to be freed. */
static char *find(const char *what, struct mm_error *err)
{
	char name[300];
	size_t n = strlen(what);
	struct mm_error why;
	char *path;

	if (strchr(what, '/') || (n > 4 && !strcmp(what + n - 4, ".ini"))) {
		path = strdup(what);
		if (!path)
			mm_fail(err, -ENOMEM, "out of memory");
		return path;
	}
	if (n > 200) {
		mm_fail(err, -EINVAL, "machine: found a name of %zu characters, expected at most 200", n);
		return NULL;
	}
	snprintf(name, sizeof(name), "machines/%s.ini", what);
	path = datadir_find(name, &why);
	if (!path)
		mm_fail(err, -ENOENT, "no machine '%s': expected the name of a preset or a file "
			"with '/' or .ini in its name (%s)", what, why.text);
	return path;
}

/* A machine without a name of its own is called as its file is. */
static void name_after_file(struct mm_config *c, const char *path)
{
	const char *base = strrchr(path, '/');
	size_t n;

	base = base ? base + 1 : path;
	n = strlen(base);
	if (n > 4 && !strcmp(base + n - 4, ".ini"))
		n -= 4;
	snprintf(c->name, sizeof(c->name), "%.*s", (int)n, base);
}

static int read_what(const char *what, struct mm_config *c, unsigned int depth,
		     struct mm_error *err)
{
	char *path = find(what, err);
	FILE *f;
	int r;

	if (!path)
		return err->code;
	f = fopen(path, "r");
	if (!f) {
		r = mm_fail(err, -errno, "%s: cannot be opened: %s", path, strerror(errno));
		free(path);
		return r;
	}
	name_after_file(c, path);
	r = parse_stream(f, path, c, depth, err);
	fclose(f);
	free(path);
	return r;
}

int machine_file_read(const char *what, struct mm_config *c, struct mm_error *err)
{
	struct mm_error local;

	mm_config_init(c);
	return read_what(what, c, 0, err ? err : &local);
}

int machine_file_parse(FILE *f, const char *name, struct mm_config *c, struct mm_error *err)
{
	mm_config_init(c);
	return parse_stream(f, name, c, 0, err);
}
