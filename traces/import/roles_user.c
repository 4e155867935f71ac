/* SPDX-License-Identifier: MIT
 *
 * The user's own bindings of events to roles: from the command line and from
 * files in INI form.  A binding starts as a copy of the role's default one, so
 * that a probe with the usual field names needs only its event named.
 */
#include "traces/import/roles.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *own(struct import_roles *r, const char *s, size_t n)
{
	char **list = realloc(r->owned, (r->nr_owned + 1) * sizeof(*list));
	char *copy;

	if (!list)
		return NULL;
	r->owned = list;
	copy = strndup(s, n);
	if (copy)
		r->owned[r->nr_owned++] = copy;
	return copy;
}

static int field_by_name(const char *name, size_t n)
{
	static const char *const names[] = {
#define X(id, name) name,
		IMPORT_FIELD_LIST(X)
#undef X
	};
	int i;

	for (i = 0; i < IMPORT_FIELDS; i++)
		if (strlen(names[i]) == n && !memcmp(names[i], name, n))
			return i;
	if (n == 4 && !memcmp(name, "name", 4))
		return F_TEXT;
	if (n == 4 && !memcmp(name, "list", 4))
		return F_LIST;
	return -1;
}

static int role_by_name(const char *name, size_t n)
{
	int i;

	for (i = 0; i < IMPORT_NR_ROLES; i++)
		if (strlen(role_name(i)) == n && !memcmp(role_name(i), name, n))
			return i;
	return -1;
}

/* Bind one field; a field already bound gets the new name. */
static int set_field(struct import_bind *b, int field, const char *name)
{
	int i;

	for (i = 0; i < BIND_FIELDS - 1 && b->f[i].name; i++)
		if (b->f[i].field == field)
			break;
	if (i == BIND_FIELDS - 1)
		return -E2BIG;
	b->f[i].name = name;
	b->f[i].field = field;
	return 0;
}

static int begin_bind(struct import_roles *r, const char *event, size_t n, struct mm_error *err)
{
	struct import_bind *list = realloc(r->user, (r->nr_user + 1) * sizeof(*list));
	const char *colon = memchr(event, ':', n);
	struct import_bind *b;

	if (!list)
		return mm_fail(err, -ENOMEM, "out of memory");
	r->user = list;
	b = &r->user[r->nr_user];
	memset(b, 0, sizeof(*b));
	if (colon) {
		b->group = own(r, event, colon - event);
		n -= colon + 1 - event;
		event = colon + 1;
		if (!b->group)
			return mm_fail(err, -ENOMEM, "out of memory");
	}
	b->event = own(r, event, n);
	if (!b->event)
		return mm_fail(err, -ENOMEM, "out of memory");
	r->nr_user++;
	return 0;
}

static int set_role(struct import_bind *b, const char *name, size_t n, struct mm_error *err)
{
	int role = role_by_name(name, n);

	if (role < 0)
		return mm_fail(err, -EINVAL, "'%.*s' is no role of an event (roles are page_alloc, kmap_local, vmalloc, ...: see docs/import.md)",
			       (int)n, name);
	b->role = role;
	memcpy(b->f, roles_default(role)->f, sizeof(b->f));
	return 0;
}

static int set_pair(struct import_roles *r, const char *key, size_t nk, const char *val, size_t nv,
		    struct mm_error *err)
{
	struct import_bind *b = &r->user[r->nr_user - 1];
	int field = field_by_name(key, nk);
	const char *name;

	if (field < 0)
		return mm_fail(err, -EINVAL, "'%.*s' is no field of an event's role (fields are ptr, size, pfn, page, pte, ...: see docs/import.md)",
			       (int)nk, key);
	name = own(r, val, nv);
	if (!name)
		return mm_fail(err, -ENOMEM, "out of memory");
	if (set_field(b, field, name))
		return mm_fail(err, -EINVAL, "too many fields for event %s", b->event);
	return 0;
}

int roles_add(struct import_roles *r, const char *text, struct mm_error *err)
{
	const char *eq = strchr(text, '='), *p, *end;
	int e;

	if (!eq || eq == text)
		return mm_fail(err, -EINVAL, "'%s': expected EVENT=ROLE[,FIELD=NAME...]", text);
	e = begin_bind(r, text, eq - text, err);
	if (e)
		return e;
	end = eq + 1 + strcspn(eq + 1, ",");
	e = set_role(&r->user[r->nr_user - 1], eq + 1, end - eq - 1, err);
	while (!e && *end == ',') {
		p = end + 1;
		end = p + strcspn(p, ",");
		eq = memchr(p, '=', end - p);
		if (!eq)
			return mm_fail(err, -EINVAL, "'%s': expected FIELD=NAME, found '%.*s'", text,
				       (int)(end - p), p);
		e = set_pair(r, p, eq - p, eq + 1, end - eq - 1, err);
	}
	return e;
}

static char *trim(char *s)
{
	char *end;

	s += strspn(s, " \t\r\n");
	end = s + strlen(s);
	while (end > s && strchr(" \t\r\n", end[-1]))
		*--end = '\0';
	return s;
}

static int load_line(struct import_roles *r, char *line, struct mm_error *err)
{
	char *s = trim(line), *eq, *val;
	size_t n = strlen(s);

	if (!n || *s == '#' || *s == ';')
		return 0;
	if (*s == '[' && s[n - 1] == ']')
		return begin_bind(r, s + 1, n - 2, err);
	eq = strchr(s, '=');
	if (!eq || !r->nr_user)
		return mm_fail(err, -EINVAL, "expected [EVENT] or KEY = VALUE, found '%s'", s);
	*eq = '\0';
	val = trim(eq + 1);
	s = trim(s);
	if (!strcmp(s, "role"))
		return set_role(&r->user[r->nr_user - 1], val, strlen(val), err);
	return set_pair(r, s, strlen(s), val, strlen(val), err);
}

int roles_load(struct import_roles *r, const char *path, struct mm_error *err)
{
	FILE *f = fopen(path, "r");
	char line[512], where[600];
	unsigned int nr = 0;
	int e = 0;

	if (!f)
		return mm_fail(err, -errno, "%s: %s", path, strerror(errno));
	while (!e && fgets(line, sizeof(line), f)) {
		nr++;
		e = load_line(r, line, err);
	}
	fclose(f);
	if (e) {
		snprintf(where, sizeof(where), "%s:%u", path, nr);
		mm_fail_in(err, where);
	}
	return e;
}

void roles_free(struct import_roles *r)
{
	size_t i;

	for (i = 0; i < r->nr_owned; i++)
		free(r->owned[i]);
	free(r->owned);
	free(r->user);
	memset(r, 0, sizeof(*r));
}
