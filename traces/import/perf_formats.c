/* SPDX-License-Identifier: MIT
 *
 * perf.data: the formats of the events from the recorded machine itself.
 *
 * perf writes them behind the records, at its end; a file that was cut, or
 * whose perf was killed, holds records and no formats.  The machine has them
 * still, below tracing/events: one file for each event, and header_page.
 */
#include "traces/import/perf_file.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "traces/import/perf_symbols.h"

static bool is_wanted(const struct perf_file *f, const char *format)
{
	const char *id = strstr(format, "\nID: ");
	unsigned long nr = id ? strtoul(id + 5, NULL, 10) : 0;
	uint32_t i;

	for (i = 0; id && i < f->nr_attrs; i++)
		if (f->attrs[i].type == PERF_TYPE_TRACEPOINT && f->attrs[i].config == nr)
			return true;
	return false;
}

static int add_format(struct perf_file *f, const char *path, const char *group,
		      struct mm_error *err)
{
	struct dat_format *grown;
	size_t n;
	char *text = perf_read_text(path, &n, NULL);

	if (!text)
		return 0; /* a folder without a format file is no event */
	if (!is_wanted(f, text)) {
		free(text);
		return 0;
	}
	grown = realloc(f->dat.formats, (f->dat.nr_formats + 1) * sizeof(*grown));
	if (!grown || !dat_own(&f->dat, text))
		return mm_fail(err, -ENOMEM, "out of memory");
	f->dat.formats = grown;
	grown[f->dat.nr_formats++] = (struct dat_format){ { text, n }, group };
	return 0;
}

static int read_group(struct perf_file *f, const char *dir, const char *name, struct mm_error *err)
{
	char path[4096];
	struct dirent *d;
	char *group;
	DIR *events;
	int e = 0;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	events = opendir(path);
	if (!events)
		return 0; /* header_page, enable, ...: files */
	group = dat_copy(&f->dat, name, strlen(name));
	if (!group)
		e = mm_fail(err, -ENOMEM, "out of memory");
	while (!e && (d = readdir(events)) != NULL) {
		if (*d->d_name == '.' ||
		    snprintf(path, sizeof(path), "%s/%s/%s/format", dir, name, d->d_name) >=
			    (int)sizeof(path))
			continue;
		e = add_format(f, path, group, err);
	}
	closedir(events);
	return e;
}

/* "field: local_t commit; offset:8; size:8; ...": a long of the machine. */
static int read_header_page(struct perf_file *f, const char *dir, struct mm_error *err)
{
	const char *at;
	char path[4096], *text;
	size_t n;

	snprintf(path, sizeof(path), "%s/header_page", dir);
	text = perf_read_text(path, &n, err);
	if (!text)
		return err->code;
	if (!dat_own(&f->dat, text))
		return mm_fail(err, -ENOMEM, "out of memory");
	f->dat.header_page = (struct dat_text){ text, n };
	at = strstr(text, " commit;");
	at = at ? strstr(at, "size:") : NULL;
	f->dat.long_size = at && at[5] == '4' ? 4 : 8;
	return 0;
}

int perf_formats_load(struct perf_file *f, const char *dir, struct mm_error *err)
{
	struct dirent *d;
	DIR *groups;
	int e;

	f->dat.version = 7; /* the formats lie at no offset of the file */
	e = read_header_page(f, dir, err);
	if (e)
		return e;
	groups = opendir(dir);
	if (!groups)
		return mm_fail(err, -errno, "%s: %s", dir, strerror(errno));
	while (!e && (d = readdir(groups)) != NULL)
		if (*d->d_name != '.')
			e = read_group(f, dir, d->d_name, err);
	closedir(groups);
	f->have_formats = !e;
	return e;
}
