/* SPDX-License-Identifier: MIT
 *
 * Cut and damaged traces: every cut and every flipped bit is found and named
 * with offset and chunk; a salvage yields a prefix of the original and nothing
 * else; crafted chunks with right checksums never crash the decoder.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/format/make_ops.h"
#include "traces/format/layout.h"
#include "traces/format/xxh64.h"

struct original {
	struct ops ops;
	uint8_t *file;
	size_t size;
};

static struct original make_original(enum ops_style style, size_t n)
{
	const char *path = temp_path("original.mmt");
	struct original o = { .ops = make_ops(style, 11, n) };

	write_ops(path, &o.ops, NULL);
	o.file = read_file(path, &o.size);
	return o;
}

static void free_original(struct original *o)
{
	free(o->ops.op);
	free(o->file);
}

struct outcome {
	size_t records;		/* delivered, all equal to the original's */
	bool failed;		/* mmt_open or mmt_next refused */
	struct mm_error err;
	char damage[500];	/* of a salvage */
};

static struct outcome read_trace(const char *path, const struct ops *ops, bool salvage)
{
	struct mmt_read_options opt = { .salvage = salvage };
	struct outcome out = { 0 };
	struct mmt_reader *r = mmt_open(path, &opt, &out.err);
	const struct trace_op *op;
	size_t n, i;
	int rc = r ? 0 : -1;

	while (r && (rc = mmt_next(r, &op, &n, &out.err)) > 0) {
		for (i = 0; i < n; i++, out.records++)
			if (out.records >= ops->n ||
			    !same_op(&op[i], &ops->op[out.records]))
				fail_msg("record %zu differs", out.records);
	}
	out.failed = rc < 0;
	if (r && mmt_damage(r))
		snprintf(out.damage, sizeof(out.damage), "%s", mmt_damage(r));
	mmt_close(r);
	return out;
}

/* The sentence says where: an offset, and a chunk unless there is none. */
static void expect_place(const char *sentence)
{
	if (!strstr(sentence, "offset") || !strstr(sentence, ".mmt"))
		fail_msg("no place in: %s", sentence);
	if (!strstr(sentence, "chunk") && !strstr(sentence, "file header"))
		fail_msg("no chunk in: %s", sentence);
}

static void expect_damage(const char *path, const struct original *o)
{
	struct outcome plain = read_trace(path, &o->ops, false);
	struct outcome salvage = read_trace(path, &o->ops, true);

	assert_true(plain.failed);
	if (strstr(plain.err.text, "not an .mmt trace") == NULL &&
	    strstr(plain.err.text, "format version") == NULL)
		expect_place(plain.err.text);
	if (salvage.failed)	/* the file header itself */
		assert_int_equal(salvage.records, 0);
	else
		expect_place(salvage.damage);
}

static void test_every_cut(void **state)
{
	struct original o = make_original(OPS_LIKE_KERNEL, 300);
	const char *path = temp_path("cut.mmt");
	size_t n;

	(void)state;
	for (n = 0; n < o.size; n++) {
		write_file(path, o.file, n);
		expect_damage(path, &o);
	}
	write_file(path, o.file, o.size);
	assert_int_equal(read_trace(path, &o.ops, false).records, o.ops.n);
	free_original(&o);
}

static void test_every_bit(void **state)
{
	struct original o = make_original(OPS_LIKE_KERNEL, 120);
	const char *path = temp_path("flip.mmt");
	size_t bit;

	(void)state;
	for (bit = 0; bit < o.size * 8; bit++) {
		o.file[bit / 8] ^= (uint8_t)(1u << bit % 8);
		write_file(path, o.file, o.size);
		expect_damage(path, &o);
		o.file[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	free_original(&o);
}

static void test_bytes_behind_the_end(void **state)
{
	struct original o = make_original(OPS_LIKE_KERNEL, 100);
	const char *path = temp_path("tail.mmt");
	uint8_t *longer = malloc(o.size + 1);

	(void)state;
	assert_non_null(longer);
	memcpy(longer, o.file, o.size);
	longer[o.size] = 0;
	write_file(path, longer, o.size + 1);
	expect_damage(path, &o);
	free(longer);
	free_original(&o);
}

/* Where the chunks of a file begin. */
static size_t chunk_offsets(const struct original *o, size_t *offset, size_t max)
{
	size_t at = MMT_FILE_HEADER, n = 0;
	struct chunk_header h;

	while (at + MMT_CHUNK_HEADER < o->size && n < max &&
	       !layout_get_chunk(o->file + at, &h, NULL)) {
		offset[n++] = at;
		at += MMT_CHUNK_HEADER + h.payload;
	}
	return n;
}

/* A salvage keeps all chunks before the damaged one, and its totals say so. */
static void test_salvage_keeps_what_precedes(void **state)
{
	struct original o = make_original(OPS_LIKE_KERNEL, 200000);
	const char *path = temp_path("salvage.mmt");
	struct mmt_read_options opt = { .salvage = true };
	struct trace_totals totals;
	struct outcome out;
	struct mm_error err;
	struct mmt_reader *r;
	const struct trace_op *op;
	size_t offset[16], chunks = chunk_offsets(&o, offset, 16), n;

	(void)state;
	assert_true(chunks >= 5);	/* names, three of operations, index */
	o.file[offset[3] + 1000] ^= 4;
	write_file(path, o.file, o.size);
	out = read_trace(path, &o.ops, false);
	assert_true(out.failed);
	assert_non_null(strstr(out.err.text, "chunk 3 at offset"));
	out = read_trace(path, &o.ops, true);
	assert_in_range(out.records, 2 * 65000, 2 * 66000 + 10000);
	assert_non_null(strstr(out.damage, "chunk 3 at offset"));

	r = mmt_open(path, &opt, &err);
	while (mmt_next(r, &op, &n, &err) > 0)
		;
	assert_int_equal(mmt_totals(r, &totals, &err), 0);
	assert_int_equal(totals.records, out.records);
	assert_string_equal(mmt_get_site(r, 1).name, "site_1+0x10");
	mmt_close(r);

	write_file(path, o.file, offset[2]);	/* cut instead: no index either */
	out = read_trace(path, &o.ops, true);
	assert_in_range(out.records, 65000, 75000);
	assert_non_null(strstr(out.damage, "cut"));
	free_original(&o);
}

static void test_missing_chunk(void **state)
{
	struct original o = make_original(OPS_LIKE_KERNEL, 200000);
	const char *path = temp_path("missing.mmt");
	size_t offset[16], chunks = chunk_offsets(&o, offset, 16), gap;
	struct outcome out;

	(void)state;
	assert_true(chunks >= 5);
	gap = offset[2] - offset[1];
	memmove(o.file + offset[1], o.file + offset[2], o.size - offset[2]);
	write_file(path, o.file, o.size - gap);
	out = read_trace(path, &o.ops, false);
	assert_true(out.failed);
	assert_non_null(strstr(out.err.text, "missing"));
	free_original(&o);
}

static void set_version(uint8_t *file, uint16_t major, uint16_t minor)
{
	set16(file + 8, major);
	set16(file + 10, minor);
	set32(file + 12, (uint32_t)mmt_xxh64(file, 12, 0));
}

static void test_versions(void **state)
{
	struct original o = make_original(OPS_LIKE_KERNEL, 100);
	const char *path = temp_path("version.mmt");
	struct outcome out;

	(void)state;
	set_version(o.file, MMT_MAJOR, MMT_MINOR + 1);
	write_file(path, o.file, o.size);
	assert_int_equal(read_trace(path, &o.ops, false).records, o.ops.n);
	set_version(o.file, MMT_MAJOR + 1, 0);
	write_file(path, o.file, o.size);
	out = read_trace(path, &o.ops, false);
	assert_true(out.failed);
	assert_int_equal(out.err.code, -ENOTSUP);
	assert_non_null(strstr(out.err.text, "format version 2.0"));
	free_original(&o);
}

static void test_not_a_trace(void **state)
{
	struct mm_error err;

	(void)state;
	assert_null(mmt_open("/nonexistent/x.mmt", NULL, &err));
	assert_int_equal(err.code, -ENOENT);
	assert_null(mmt_open("/tmp", NULL, &err));
	assert_int_equal(err.code, -EISDIR);
	write_file(temp_path("text.mmt"), "# tracer: nop, and more text\n", 29);
	assert_null(mmt_open(temp_path("text.mmt"), NULL, &err));
	assert_non_null(strstr(err.text, "not an .mmt trace"));
}

/* Give a chunk whose bytes were changed the checksums of a whole one: what the
 * reader sees then is a well-formed frame around nonsense. */
static void seal(uint8_t *chunk, uint32_t payload)
{
	set64(chunk + 48, mmt_xxh64(chunk + MMT_CHUNK_HEADER, payload, 0));
	set64(chunk + 56, mmt_xxh64(chunk, 56, 0));
}

/*
 * Nonsense with right checksums, thousands of ways: no crash, no endless loop,
 * no records beyond what the header announced.  Under the sanitizers this is
 * where a missing bounds check shows.
 */
static void test_crafted_chunks(void **state)
{
	struct original o = make_original(OPS_WILD, 1500);
	const char *path = temp_path("crafted.mmt");
	uint8_t *file = malloc(o.size);
	size_t offset[8], chunks = chunk_offsets(&o, offset, 8);
	uint32_t seed = 12345, round;

	(void)state;
	assert_non_null(file);
	assert_int_equal(chunks, 3);
	for (round = 0; round < 6000; round++) {
		size_t at = offset[round % 3], n = 0;
		struct mm_error err;
		struct chunk_header h;
		struct mmt_read_options opt = { .salvage = round & 1 };
		const struct trace_op *op;
		struct mmt_reader *r;
		uint32_t changes;

		memcpy(file, o.file, o.size);
		assert_int_equal(layout_get_chunk(file + at, &h, NULL), 0);
		for (changes = 1 + round % 4; changes; changes--) {
			seed = seed * 1664525u + 1013904223u;
			file[at + MMT_CHUNK_HEADER + seed % h.payload] =
				(uint8_t)(round % 5 ? seed >> 24 : 0xff);
			/* the directory and the small columns come first: often there */
			if (round % 3)
				file[at + MMT_CHUNK_HEADER +
				     (seed >> 8) % (h.payload < 256 ? h.payload : 256)] =
					(uint8_t)(seed >> 16);
		}
		seal(file + at, h.payload);
		write_file(path, file, o.size);
		r = mmt_open(path, &opt, &err);
		while (r && mmt_next(r, &op, &n, &err) > 0)
			assert_in_range(n, 1, MMT_CHUNK_RECORDS_MAX);
		mmt_close(r);
	}
	free(file);
	free_original(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cut),
		cmocka_unit_test(test_every_bit),
		cmocka_unit_test(test_bytes_behind_the_end),
		cmocka_unit_test(test_salvage_keeps_what_precedes),
		cmocka_unit_test(test_missing_chunk),
		cmocka_unit_test(test_versions),
		cmocka_unit_test(test_not_a_trace),
		cmocka_unit_test(test_crafted_chunks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
