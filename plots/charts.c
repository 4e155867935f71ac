/* SPDX-License-Identifier: MIT
 * The table of charts, and drawing them: prepared files and one small driver
 * script per picture go to a scratch folder, gnuplot runs, and a picture is
 * put in its place only when it is whole. */
#include "plots/plots.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "analyze/findings.h"
#include "base/datadir.h"
#include "base/out.h"
#include "base/stop.h"
#include "plots/gnuplot.h"
#include "plots/prepare.h"

static bool has_latency(const struct an_run *run)
{
	return run->latency.nr_rows > 0;
}

static bool has_cost(const struct an_run *run)
{
	return run->cost.nr_rows > 0;
}

/* One line a chart, in the order of the report. */
static const struct plot_chart charts[] = {
	{ "free-memory", an_say_free, NULL },
	{ "unusable", an_say_unusable, NULL },
	{ "pageblocks", an_say_pageblocks, NULL },
	{ "slab", an_say_slab, NULL },
	{ "vmalloc", an_say_vmalloc, NULL },
	{ "kmap", an_say_kmap, NULL },
	{ "latency", an_say_latency, has_latency },
	{ "causes", an_say_causes, has_latency },
	{ "cost", an_say_cost, has_cost },
};

enum { NR_CHARTS = sizeof(charts) / sizeof(charts[0]), WIDTH = 1000 };

size_t plot_nr_charts(void)
{
	return NR_CHARTS;
}

const struct plot_chart *plot_chart(size_t i)
{
	return &charts[i];
}

bool plot_has(const struct an_run *run, const struct plot_chart *c)
{
	return !c->has || c->has(run);
}

/* ---- a script's head ---- */

static char *script_path(const char *name, struct mm_error *err)
{
	char file[128];

	snprintf(file, sizeof(file), "plots/%s.gp", name);
	return datadir_find(file, err);
}

static int take_line(struct plot_head *h, char *line)
{
	char **to = NULL;

	line[strcspn(line, "\n")] = '\0';
	if (!strncmp(line, "# title: ", 9))
		to = &h->title;
	else if (!strncmp(line, "# read: ", 8))
		to = &h->read;
	else if (!strncmp(line, "# height: ", 10))
		h->height = atoi(line + 10);
	if (!to)
		return 0;
	free(*to);
	*to = strdup(strchr(line, ':') + 2);
	return *to ? 0 : -ENOMEM;
}

static int read_head(FILE *f, const char *path, struct plot_head *h, struct mm_error *err)
{
	char line[2048];

	while (fgets(line, sizeof(line), f) && line[0] == '#')
		if (take_line(h, line))
			return mm_fail(err, -ENOMEM, "%s: out of memory", path);
	if (h->title && h->read && h->height >= 100 && h->height <= 4000)
		return 0;
	return mm_fail(err, -EINVAL,
		       "%s: found no whole head, expected lines '# title:', '# height:' (100..4000) and '# read:'",
		       path);
}

int plot_head_read(const char *name, struct plot_head *h, struct mm_error *err)
{
	char *path = script_path(name, err);
	FILE *f;
	int r;

	memset(h, 0, sizeof(*h));
	if (!path)
		return err->code;
	f = fopen(path, "re");
	if (!f) {
		r = mm_fail(err, -errno, "%s: %s", path, strerror(errno));
	} else {
		r = read_head(f, path, h, err);
		fclose(f);
	}
	free(path);
	if (r)
		plot_head_free(h);
	return r;
}

void plot_head_free(struct plot_head *h)
{
	free(h->title);
	free(h->read);
	memset(h, 0, sizeof(*h));
}

/* ---- drawing ---- */

struct job {
	const char *dir;	/* where pictures go */
	const char *scratch;
	const char *name;	/* of the chart */
	const struct plot_head *head;
	bool png;
};

static void quoted(FILE *f, const char *before, const char *text)
{
	fprintf(f, "%s'", before);
	for (; *text; text++)
		fprintf(f, *text == '\'' ? "''" : "%c", *text);
	fputs("'\n", f);
}

static void put_terminal(FILE *f, const struct job *j)
{
	if (j->png)
		fprintf(f, "set terminal pngcairo noenhanced size %d,%d font 'sans,14' fontscale 1.3 linewidth 1.4 background '#ffffff'\n",
			WIDTH * 3 / 2, j->head->height * 3 / 2);
	else
		fprintf(f, "set terminal svg noenhanced dynamic size %d,%d font 'sans-serif,14' background '#ffffff'\n",
			WIDTH, j->head->height);
}

/* The driver script: terminal, prepared variables, style, the chart. */
static int write_driver(const struct job *j, const char *driver, const char *picture,
			struct mm_error *err)
{
	char *common = script_path("common", err), *script = script_path(j->name, err);
	char vars[4096];
	FILE *f;
	int r = 0;

	snprintf(vars, sizeof(vars), "%s/vars.gp", j->scratch);
	f = common && script ? fopen(driver, "we") : NULL;
	if (!common || !script) {
		r = err->code;
	} else if (!f) {
		r = mm_fail(err, -errno, "%s: cannot write: %s", driver, strerror(errno));
	} else {
		put_terminal(f, j);
		quoted(f, "set output ", picture);
		quoted(f, "load ", vars);
		quoted(f, "TITLE = ", j->head->title);
		quoted(f, "load ", common);
		quoted(f, "load ", script);
		fputs("unset output\n", f);
		if (fclose(f))
			r = mm_fail(err, -errno, "%s: cannot write: %s", driver, strerror(errno));
	}
	free(common);
	free(script);
	return r;
}

/* Does the picture end as its kind does?  A full disk ends it earlier. */
static bool is_whole(FILE *f, bool png)
{
	char tail[33] = "";
	size_t n;

	if (fseek(f, -32, SEEK_END))
		return false;
	n = fread(tail, 1, 32, f);
	rewind(f);
	return n == 32 && memmem(tail, n, png ? "IEND" : "</svg>", png ? 4 : 6);
}

/* Copy from to to, atomically. */
static int put_in_place(const struct job *j, const char *from, const char *to, struct mm_error *err)
{
	struct out_file *o = NULL;
	FILE *in = fopen(from, "re"), *out;
	char buf[16384];
	size_t n;

	if (!in)
		return mm_fail(err, -errno, "%s: gnuplot drew nothing: %s", from, strerror(errno));
	if (!is_whole(in, j->png))
		mm_fail(err, -EIO, "%s: gnuplot's picture is not whole", from);
	else
		o = out_open(to, &out, err);
	while (o && (n = fread(buf, 1, sizeof(buf), in)) > 0)
		fwrite(buf, 1, n, out);
	fclose(in);
	return o ? out_commit(o, err) : err->code;
}

static int draw(const struct job *j, struct mm_error *err)
{
	const char *kind = j->png ? "png" : "svg";
	char picture[4096], driver[4096], log[4096], to[4096];
	int r;

	snprintf(picture, sizeof(picture), "%s/%s.%s", j->scratch, j->name, kind);
	snprintf(driver, sizeof(driver), "%s/%s-%s.gp", j->scratch, j->name, kind);
	snprintf(log, sizeof(log), "%s/log", j->scratch);
	snprintf(to, sizeof(to), "%s/%s.%s", j->dir, j->name, kind);
	r = write_driver(j, driver, picture, err);
	if (!r)
		r = gnuplot_run(driver, log, err);
	if (r)
		return mm_fail_in(err, j->name);
	return put_in_place(j, picture, to, err);
}

int plots_draw(const char *dir, const char *scratch, const char *name, struct mm_error *err)
{
	struct plot_head head;
	struct job j = { dir, scratch, name, &head, false };
	int r = plot_head_read(name, &head, err);

	if (r)
		return r;
	r = draw(&j, err);
	j.png = true;
	if (!r)
		r = draw(&j, err);
	plot_head_free(&head);
	return r;
}

static int check_name(const struct an_run *run, const char *only, struct mm_error *err)
{
	char list[256] = "";
	size_t i, n = 0;

	for (i = 0; i < NR_CHARTS; i++) {
		if (!only)
			return 0;
		if (!strcmp(only, charts[i].name) && !plot_has(run, &charts[i]))
			return mm_fail(err, -ENOENT, "%s: the run has nothing for the chart '%s'", run->dir, only);
		if (!strcmp(only, charts[i].name))
			return 0;
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", i ? ", " : "", charts[i].name);
	}
	return mm_fail(err, -ENOENT, "no chart is called '%s'; there are %s", only, list);
}

/* A scratch folder is a result folder that is never committed. */
static struct out_dir *scratch_begin(const char *dir, struct mm_error *err)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/.charts", dir);
	return out_dir_begin(path, "vars.gp", err);
}

int plots_render(const struct an_run *run, const char *dir, const char *only, struct mm_error *err)
{
	struct out_dir *scratch;
	size_t i;
	int r = check_name(run, only, err);

	if (r)
		return r;
	scratch = scratch_begin(dir, err);
	if (!scratch)
		return err->code;
	r = plots_prepare(run, out_dir_path(scratch), err);
	for (i = 0; i < NR_CHARTS && !r; i++) {
		if (only ? strcmp(only, charts[i].name) != 0 : !plot_has(run, &charts[i]))
			continue;
		r = plots_draw(dir, out_dir_path(scratch), charts[i].name, err);
		if (!r && stop_requested())
			r = mm_fail(err, -EINTR, "%s: stopped after chart %s", dir, charts[i].name);
	}
	out_dir_abort(scratch);
	return r;
}

int plots_gnuplot_version(char *buf, size_t size, struct mm_error *err)
{
	char log[] = "/tmp/mmreplay-gnuplot-XXXXXX";
	int r, fd = mkstemp(log);

	if (fd < 0)
		return mm_fail(err, -errno, "%s: %s", log, strerror(errno));
	close(fd);
	r = gnuplot_version(buf, size, log, err);
	unlink(log);
	return r;
}
