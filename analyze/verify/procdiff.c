/* SPDX-License-Identifier: MIT
 *
 * End states as texts: buddyinfo, pagetypeinfo, slabinfo and vmallocinfo of the
 * kernel and of the machine, line by line.
 *
 * Each line is first reduced to what the machine can know: blanks are one, of a
 * slab cache the part before its tunables, of an area its range, pages and kind
 * (not who made it).  Lines that only one side has are printed, '-' for the
 * kernel's and '+' for the machine's.
 */
#include "analyze/verify/procdiff.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/procfs.h"
#include "replay/state/lines.h"

struct text {
	char **line;
	uint32_t nr;
	int error;
};

static void text_free(struct text *t)
{
	for (uint32_t i = 0; i < t->nr; i++)
		free(t->line[i]);
	free(t->line);
}

static bool keep_word(const char *file, const char *word, unsigned int nth)
{
	if (strcmp(file, "vmallocinfo"))
		return true;
	return nth < 2 || !strncmp(word, "pages=", 6) || !strcmp(word, "vmalloc") ||
	       !strcmp(word, "vmap") || !strcmp(word, "unpurged") || !strcmp(word, "ioremap");
}

/* Appends the reduced line; changes `line`. */
static void take_line(struct text *t, const char *file, char *line)
{
	char *save = NULL, *out = calloc(1, strlen(line) + 2);
	unsigned int nth = 0;
	void *p;

	if (!strcmp(file, "slabinfo"))
		line[strcspn(line, ":")] = 0;
	for (char *w = strtok_r(line, " \t\n", &save); w && out; w = strtok_r(NULL, " \t\n", &save)) {
		if (!keep_word(file, w, nth++))
			continue;
		if (*out)
			strcat(out, " ");
		strcat(out, w);
	}
	p = t->nr & (t->nr - 1) ? t->line :
				  realloc(t->line, (t->nr ? t->nr * 2 : 1) * sizeof(*t->line));
	if (!out || !p) {
		t->error = -ENOMEM;
		free(out);
		return;
	}
	t->line = p;
	if (*out)
		t->line[t->nr++] = out;
	else
		free(out);
}

static int read_kernel(struct text *t, const char *dir, const char *name, const char *file,
		       struct mm_error *err)
{
	struct lines *l;
	char *line;
	size_t len;
	int ret = lines_open(&l, dir, name, err);

	if (ret)
		return ret;
	while ((ret = lines_next(l, &line, &len, err)) > 0)
		take_line(t, file, line);
	lines_close(l);
	return ret;
}

static int read_machine(struct text *t, const struct mm_machine *m, const char *file)
{
	char *all = NULL, *save = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&all, &size);

	if (!f)
		return -ENOMEM;
	for (unsigned int i = 0; i < procfs_nr_files; i++)
		if (!strcmp(procfs_files[i].name, file))
			procfs_files[i].write(f, m, NULL);
	if (fclose(f)) {
		free(all);
		return -ENOMEM;
	}
	for (char *line = strtok_r(all, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
		take_line(t, file, line);
	free(all);
	return 0;
}

static bool holds(const struct text *t, const char *line, uint32_t near)
{
	/* most lines stand at about the same place */
	for (uint32_t d = 0; d < t->nr; d++)
		if (!strcmp(t->line[(near + d) % t->nr], line))
			return true;
	return false;
}

static uint32_t print_missing(const struct text *a, const struct text *b, char sign, FILE *out)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < a->nr; i++)
		if (!holds(b, a->line[i], i)) {
			fprintf(out, "%c %s\n", sign, a->line[i]);
			n++;
		}
	return n;
}

int diff_text(FILE *out, const char *dir, const char *prefix, const char *file,
	      const struct mm_machine *m, struct mm_error *err)
{
	struct text want = { 0 }, got = { 0 };
	char name[300];
	int ret;

	snprintf(name, sizeof(name), "%s%s", prefix, file);
	ret = read_kernel(&want, dir, name, file, err);
	if (!ret && (read_machine(&got, m, file) || want.error || got.error))
		ret = mm_fail(err, -ENOMEM, "%s/%s: out of memory", dir, name);
	if (!ret) {
		uint32_t n;

		fprintf(out, "%s: %s, kernel (-) and machine (+)\n", dir, name);
		n = print_missing(&want, &got, '-', out) + print_missing(&got, &want, '+', out);
		if (!n)
			fprintf(out, "all %u lines are equal\n", want.nr);
	}
	text_free(&want);
	text_free(&got);
	return ret;
}

static int diff_texts(FILE *out, const char *dir, const char *prefix, const struct mm_machine *m,
		      struct mm_error *err)
{
	static const char *const files[] = { "buddyinfo", "pagetypeinfo", "slabinfo", "vmallocinfo" };
	int ret = 0;

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]) && !ret; i++)
		ret = diff_text(out, dir, prefix, files[i], m, err);
	return ret;
}

int diff_last_snapshot(FILE *out, const char *dir, const struct mm_machine *m,
		       struct mm_error *err)
{
	char path[4096], prefix[64] = "";
	const struct dirent *e;
	DIR *d;

	snprintf(path, sizeof(path), "%s/snap", dir);
	d = opendir(path);
	if (!d)
		return mm_fail(err, -ENOENT, "%s: no such folder: the list comes without /proc texts to compare",
			       path);
	while ((e = readdir(d))) {
		const char *after = strstr(e->d_name, "-after-buddyinfo");
		size_t n = after ? (size_t)(after - e->d_name) + strlen("-after-") : 0;

		if (after && 5 + n < sizeof(prefix) && strncmp(e->d_name, prefix + 5, n) > 0)
			snprintf(prefix, sizeof(prefix), "snap/%.*s", (int)n, e->d_name);
	}
	closedir(d);
	if (!*prefix)
		return mm_fail(err, -ENOENT, "%s holds no NUMBER-after-buddyinfo", path);
	return diff_texts(out, dir, prefix, m, err);
}
