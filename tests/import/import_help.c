/* SPDX-License-Identifier: MIT
 * Helpers of the importer's tests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/import/import_help.h"

static void temp_name(char path[64])
{
	int fd;

	strcpy(path, "/tmp/mmreplay-import-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	close(fd);
}

static void load(struct imported *im, const char *path)
{
	struct mm_error err = { 0 };
	const struct trace_op *op;
	size_t n;
	int e;

	im->r = mmt_open(path, NULL, &err);
	if (!im->r)
		fail_msg("%s", err.text);
	while ((e = mmt_next(im->r, &op, &n, &err)) > 0) {
		im->op = realloc(im->op, (im->n + n) * sizeof(*im->op));
		assert_non_null(im->op);
		memcpy(im->op + im->n, op, n * sizeof(*op));
		im->n += n;
	}
	if (e)
		fail_msg("%s", err.text);
}

void import_file(struct imported *im, const char *path, const struct import_options *opt)
{
	static const struct import_options defaults;
	struct mm_error err = { 0 };
	char out[64];

	memset(im, 0, sizeof(*im));
	temp_name(out);
	if (import_run(path, out, opt ? opt : &defaults, &im->sum, &err))
		fail_msg("%s", err.text);
	load(im, out);
	unlink(out);
}

static void write_temp(char path[64], const void *p, size_t n)
{
	FILE *f;

	temp_name(path);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(p, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

void import_text(struct imported *im, const char *text, const struct import_options *opt)
{
	char path[64];

	write_temp(path, text, strlen(text));
	import_file(im, path, opt);
	unlink(path);
}

void imported_free(struct imported *im)
{
	free(im->op);
	mmt_close(im->r);
	import_summary_free(&im->sum);
}

int import_bad_file(const char *path, struct mm_error *err)
{
	static const struct import_options defaults;
	struct import_summary sum;
	char out[64];
	int e;

	temp_name(out);
	unlink(out);
	memset(err, 0, sizeof(*err));
	e = import_run(path, out, &defaults, &sum, err);
	import_summary_free(&sum);
	if (!access(out, F_OK)) {
		unlink(out);
		if (e)
			fail_msg("a failed import left %s", out);
	}
	return e;
}

int import_bad_bytes(const void *p, size_t n, struct mm_error *err)
{
	char path[64];
	int e;

	write_temp(path, p, n);
	e = import_bad_file(path, err);
	unlink(path);
	return e;
}

const struct trace_op *nth(const struct imported *im, unsigned int kind, unsigned int k)
{
	size_t i;

	for (i = 0; i < im->n; i++)
		if (im->op[i].kind == kind && !k--)
			return &im->op[i];
	return NULL;
}

unsigned int count_kind(const struct imported *im, unsigned int kind)
{
	unsigned int k = 0;
	size_t i;

	for (i = 0; i < im->n; i++)
		k += im->op[i].kind == kind;
	return k;
}

void assert_all_events_accounted(const struct import_summary *s)
{
	uint64_t sum = s->made_operations + s->kfree_null;
	size_t i;

	for (i = 0; i < IMPORT_NR_FOLDS; i++)
		sum += s->folded[i];
	for (i = 0; i < IMPORT_NR_NOT; i++)
		sum += s->not_replayed[i];
	for (i = 0; i < s->informational.n; i++)
		sum += s->informational.v[i].count;
	for (i = 0; i < s->unknown.n; i++)
		sum += s->unknown.v[i].count;
	assert_int_equal(sum, s->events);
}

void *read_whole(const char *path, size_t *n)
{
	FILE *f = fopen(path, "r");
	char *p;
	long size;

	if (!f)
		fail_msg("%s cannot be read", path);
	fseek(f, 0, SEEK_END);
	size = ftell(f);
	rewind(f);
	p = malloc(size + 1);
	assert_non_null(p);
	*n = fread(p, 1, size, f);
	assert_int_equal(*n, size);
	fclose(f);
	return p;
}

void import_lines(struct imported *im, const char *lines, const struct import_options *opt)
{
	char *text = calloc(1, strlen(lines) * 4 + 4096), *out = text;
	unsigned int us = 0;

	out += sprintf(out, "# tracer: nop\n#\n");
	while (*lines) {
		size_t n = strcspn(lines, "\n");
		const char *task = *lines == 'U' ? "ls-2" : *lines == 'K' ? "kswapd0-30" : "sh-1";

		out += sprintf(out, " %s [000] %s 10.%06u: %.*s\n", task,
			       *lines == 'I' ? "d.h1." : ".....", us++, (int)(n - 2), lines + 2);
		lines += n + (lines[n] == '\n');
	}
	import_text(im, text, opt);
	free(text);
	assert_int_equal(im->sum.bad_lines, 0);
	assert_all_events_accounted(&im->sum);
}

void expect_kinds(const struct imported *im, const uint8_t *kinds, size_t n)
{
	size_t i;

	for (i = 0; i < im->n && i < n; i++)
		if (im->op[i].kind != kinds[i])
			fail_msg("operation %zu is %s, expected %s", i, trace_kind_name(im->op[i].kind),
				 trace_kind_name(kinds[i]));
	assert_int_equal(im->n, n);
}
