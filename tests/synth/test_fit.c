/* SPDX-License-Identifier: MIT
 * Measuring, the file, making again, comparing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/synth/synth_help.h"
#include "traces/synth/fit.h"

static char dir[] = "/tmp/mmreplay-test-fit.XXXXXX";
static char file[64];

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(dir))
		return -1;
	snprintf(file, sizeof(file), "%s/fit", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(file);
	return rmdir(dir);
}

static void test_bins(void **state)
{
	unsigned int b;
	uint64_t v;

	(void)state;
	for (b = 1; b < BINS_NR; b++) {
		assert_int_equal(bins_bin(bins_low(b)), b);
		assert_int_equal(bins_bin(bins_high(b)), b);
		assert_true(b == BINS_NR - 1 || bins_low(b + 1) == bins_high(b) + 1);
	}
	assert_int_equal(bins_bin(0), 0);
	assert_int_equal(bins_bin(UINT64_MAX), BINS_NR - 1);
	/* Sizes of kmalloc caches end bins. */
	for (v = 8; v <= 8192; v *= 2)
		assert_int_equal(bins_high(bins_bin(v)), v);
	assert_int_equal(bins_high(bins_bin(96)), 96);
	assert_int_equal(bins_high(bins_bin(192)), 192);
}

static void test_distance_of_bins(void **state)
{
	struct bins a = { { 0 } }, b = { { 0 } };
	struct bins_distance d = bins_compare(&a, &b);

	(void)state;
	assert_true(d.ks == 0 && d.octaves == 0);
	a.n[20] = 10;
	assert_true(bins_compare(&a, &b).ks == 1);
	b.n[28] = 3;	/* all of it two octaves away */
	d = bins_compare(&a, &b);
	assert_true(d.ks == 1 && d.octaves > 1.999 && d.octaves < 2.001);
	b.n[20] = 9;	/* a quarter of it */
	d = bins_compare(&a, &b);
	assert_true(d.ks > 0.249 && d.ks < 0.251 && d.octaves > 0.499 && d.octaves < 0.501);
}

/* ---- a trace whose distributions are known ---- */

static struct trace_op at(uint64_t time, uint8_t kind, uint32_t slot)
{
	return (struct trace_op){ .time = time, .kind = kind, .slot = slot, .answer = TRACE_NO_ANSWER };
}

static struct trace_cache no_cache(void *arg, uint32_t id)
{
	(void)arg;
	return (struct trace_cache){ .name = id == 3 ? "three" : "other", .size = 100 };
}

static void number(void *arg, uint32_t id, char *buf, size_t size)
{
	(void)arg;
	snprintf(buf, size, "site%u", id);
}

static void test_measures(void **state)
{
	const struct fit_names names = { no_cache, number, number, NULL };
	struct trace_op op[16];
	struct mm_error err;
	struct fitter *f = fitter_new(&err);
	const struct fit_class *c;
	struct fit *t;
	size_t n = 0;

	(void)state;
	/* Two pages that die together after 1000 ns, in reverse; one that stays. */
	op[n++] = at(0, TRACE_PAGE_ALLOC, 0);
	op[n++] = at(10, TRACE_PAGE_ALLOC, 1);
	op[n++] = at(20, TRACE_PAGE_ALLOC, 2);
	op[n++] = at(30, TRACE_LRU_ADD, 1);
	op[n++] = at(1010, TRACE_PAGE_FREE, 1);
	op[n++] = at(1012, TRACE_PAGE_FREE, 0);
	/* Three objects of a bulk request, two of them freed in bulk. */
	op[n] = at(1020, TRACE_CACHE_ALLOC_BULK, TRACE_NO_SLOT);
	op[n].size = 3;
	op[n++].arg = 3;
	op[n++] = at(0, TRACE_ITEM, 0);
	op[n++] = at(0, TRACE_ITEM, 1);
	op[n++] = at(0, TRACE_ITEM, 5);
	op[n] = at(1120, TRACE_CACHE_FREE_BULK, TRACE_NO_SLOT);
	op[n].size = 2;
	op[n++].arg = 3;
	op[n++] = at(0, TRACE_ITEM, 5);
	op[n++] = at(0, TRACE_ITEM, 0);
	op[n++] = at(1200, TRACE_KFREE, 77);	/* never allocated */
	op[n++] = at(1300, TRACE_MARK, TRACE_NO_SLOT);
	/* Cut in the middle of the items: what stands before is remembered. */
	assert_int_equal(fitter_feed(f, op, 8, &err), 0);
	assert_int_equal(fitter_feed(f, op + 8, n - 8, &err), 0);
	t = fitter_end(f, &names);

	assert_int_equal(t->operations, 10);
	assert_int_equal(t->duration_ns, 1300);
	assert_int_equal(t->arrivals, 4);
	assert_int_equal(t->orphans, 1);
	assert_int_equal(t->left_out[TRACE_MARK], 1);
	assert_int_equal(t->nr_classes, 2);
	c = &t->class[0];
	assert_int_equal(c->kind, TRACE_PAGE_ALLOC);
	assert_int_equal(c->count, 3);
	assert_int_equal(c->same, 2);
	assert_int_equal(c->freed, 2);
	assert_int_equal(c->lru, 1);
	assert_int_equal(c->life_ns.n[bins_bin(1000)], 1);
	assert_int_equal(c->follow_ns.n[bins_bin(1012)], 1);
	assert_int_equal(c->backward, 1);
	c = &t->class[1];
	assert_string_equal(c->cache_name, "three");
	assert_int_equal(c->count, 1);
	assert_int_equal(c->objects, 3);
	assert_int_equal(c->freed_bulk, 2);
	assert_int_equal(c->bulks, 1);
	assert_int_equal(c->size.n[3], 1);
	fit_free(t);
}

/* Objects that follow each other without living at one time do not die together. */
static void test_one_after_the_other(void **state)
{
	struct mm_error err;
	struct fitter *f = fitter_new(&err);
	struct fit *t;
	uint64_t i;

	(void)state;
	for (i = 0; i < 100; i++) {
		struct trace_op op[2] = { at(i * 10, TRACE_KMALLOC, 0), at(i * 10 + 5, TRACE_KFREE, 0) };

		assert_int_equal(fitter_feed(f, op, 2, &err), 0);
	}
	t = fitter_end(f, NULL);
	assert_int_equal(bins_sum(&t->class[0].life_ns), 100);
	assert_int_equal(bins_sum(&t->class[0].follow_ns), 0);
	fit_free(t);
}

/* A trace of any length has at most 64 phases, which cover all of it. */
static void test_phases(void **state)
{
	uint64_t step, i, n, sum;

	(void)state;
	for (step = 1; step < 1ull << 40; step *= 977) {
		struct mm_error err;
		struct fitter *f = fitter_new(&err);
		struct fit *t;

		for (i = 0; i < 1000; i++) {
			struct trace_op op = at(i * step, TRACE_KMALLOC, (uint32_t)i);

			assert_int_equal(fitter_feed(f, &op, 1, &err), 0);
		}
		t = fitter_end(f, NULL);
		assert_true(t->phases <= FIT_PHASES && t->phases * t->phase_ns > t->duration_ns);
		for (n = sum = 0; n < t->phases; n++)
			sum += t->arrival[n];
		assert_int_equal(sum, 1000);
		fit_free(t);
	}
}

/* ---- the file ---- */

static void test_file_round_trip(void **state)
{
	struct fit *a, *b;
	struct mm_error err;
	struct fit_distance d;

	(void)state;
	a = fit_load("traces/synth/profiles/files1g.ini", &err);
	assert_non_null(a);
	assert_int_equal(fit_save(a, file, &err), 0);
	b = fit_load(file, &err);
	assert_non_null(b);
	assert_memory_equal(a, b, offsetof(struct fit, left_out));
	assert_memory_equal(a->class, b->class, sizeof(a->class));
	fit_compare(a, b, &d);
	assert_true(d.size.ks == 0 && d.page_life.ks == 0 && d.object_life.ks == 0 && d.gap.ks == 0);
	assert_true(d.order < 1e-9 && d.mix < 1e-9 && d.rate < 1e-9);
	fit_free(a);
	fit_free(b);
}

static void refused(const char *text, const char *says)
{
	FILE *f = fopen(file, "w");
	struct mm_error err = { 0 };

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	assert_null(fit_load(file, &err));
	if (!strstr(err.text, says))
		fail_msg("expected '%s' in '%s'", says, err.text);
}

#define HEAD "[trace]\nduration_ns = 100\nphases = 2\nphase_ns = 64\narrivals = 3\n"

static void test_bad_files(void **state)
{
	(void)state;
	refused("", "found no requests");
	refused("nonsense\n", "line 1: found 'nonsense', expected KEY = VALUE");
	refused("[traces]\n", "expected [trace] or [class]");
	refused("[trace]\noperations = -4\n", "line 2");
	refused("[trace]\nphases = 65\n", "line 2");
	refused(HEAD "arrival = 1 2 3\n", "line 6");
	refused(HEAD "gap_ns = 1:2 300:1\n", "BIN:COUNT");
	refused(HEAD "colour = 7\n", "a key of [trace]");
	refused(HEAD "[class]\nkind = mark\n", "page_alloc, kmalloc");
	refused(HEAD "[class]\nkind = page_alloc\norder = 11\n", "line 8");
	refused(HEAD "[class]\nkind = page_alloc\nsite = 5\n", "COUNT NAME");
	refused(HEAD "[class]\nkind = cache_alloc\ncache = big\n", "SIZE FLAGS NAME");
	refused(HEAD "[class]\nkind = page_alloc\ncount = 1\nfreed = 5\n", "freed <= objects");
	refused(HEAD "[class]\nkind = page_alloc\ncolour = 1\n", "a key of [class]");
}

/* ---- made again ---- */

static int drop(void *arg, const struct trace_op *op, size_t n)
{
	(void)arg;
	(void)op;
	(void)n;
	return 0;
}

/* What is made lies close to what was measured, at any scale. */
static void test_distance_bounded(void **state)
{
	static const char *const scales[] = { "scale=100", "scale=30" };
	struct mm_error err = { 0 };
	const struct synth_profile *p = synth_find("kernel-build", &err);
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct synth_options opt = { .seed = 3, .compare = true, .settings = &scales[i], .nr_settings = 1 };
		struct synth_result r;
		struct fit_distance *d = &r.distance;

		if (synth_feed(p, &opt, drop, NULL, &r, &err))
			fail_msg("%s", err.text);
		assert_true(r.compared);
		assert_true(d->size.ks < 0.02 && d->order < 0.02 && d->mix < 0.03);
		assert_true(d->page_life.ks < 0.1 && d->object_life.ks < 0.25);
		assert_true(d->rate < 0.1);
		/* A third of the requests are three times as far apart: 1.7 octaves. */
		assert_true(i ? d->gap.octaves > 1.2 && d->gap.octaves < 2.2 : d->gap.ks < 0.15);
		assert_in_range(r.totals.operations, i ? 280000 : 950000, i ? 350000 : 1120000);
		synth_result_free(&r);
	}
}

/* A longer trace than the recording repeats its phases; what lives stays bounded. */
static void test_longer(void **state)
{
	struct mm_error err = { 0 };
	const struct synth_profile *p = synth_find("kernel-build", &err);
	struct follow once, twice;

	(void)state;
	follow_profile(&once, p, 1, 200000, (const char *const[]){ "scale=10", NULL });
	follow_profile(&twice, p, 1, 400000, (const char *const[]){ "scale=10", NULL });
	assert_true(once.last_time > 200000000000 && twice.last_time > 1.8 * (double)once.last_time);
	assert_true(twice.most_live < 2 * once.most_live);
	assert_true(once.by_kind[TRACE_CACHE_FREE_BULK] > 100 && once.by_kind[TRACE_CACHE_ALLOC_BULK] > 100);
	assert_true(once.by_kind[TRACE_KMAP_LOCAL] == once.by_kind[TRACE_KUNMAP_LOCAL]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bins),
		cmocka_unit_test(test_distance_of_bins),
		cmocka_unit_test(test_measures),
		cmocka_unit_test(test_one_after_the_other),
		cmocka_unit_test(test_phases),
		cmocka_unit_test(test_file_round_trip),
		cmocka_unit_test(test_bad_files),
		cmocka_unit_test(test_distance_bounded),
		cmocka_unit_test(test_longer),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
