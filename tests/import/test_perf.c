/* SPDX-License-Identifier: MIT
 *
 * perf.data: real recordings against what perf script prints of them, and made
 * ones of every layout.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/import/import_help.h"
#include "tests/import/make_perf.h"

#define FIRST_FRAME "__kmalloc_cache_noprof"
#define KALLSYMS DATA "perf.kallsyms.txt"

static struct make_perf m;

static void import_made(struct imported *im)
{
	char path[] = "/tmp/mmreplay-made-XXXXXX";
	int fd = mkstemp(path);
	uint8_t *p;
	size_t n;

	p = make_perf_end(&m, &n);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), n);
	close(fd);
	import_file(im, path, NULL);
	assert_all_events_accounted(&im->sum);
	unlink(path);
	free(p);
}

static void same_operation(const struct imported *a, const struct imported *b, size_t i)
{
	struct trace_op x = a->op[i], y = b->op[i];
	struct trace_task s = mmt_get_task(a->r, x.task), t = mmt_get_task(b->r, y.task);
	struct trace_site f = mmt_get_site(a->r, x.site), g = mmt_get_site(b->r, y.site);

	assert_true(x.time < y.time + 1001 && y.time < x.time + 1001);
	assert_int_equal(s.pid, t.pid);
	assert_string_equal(s.comm, t.comm);
	assert_int_equal(!f.name, !g.name);
	if (f.name)
		assert_string_equal(f.name, g.name);
	/* text tells no context */
	x.time = y.time = x.site = y.site = x.task = y.task = x.ctx = y.ctx = 0;
	/* since 6.6 GFP_NOWAIT holds __GFP_NOWARN, which its name does not tell */
	x.gfp &= ~MM_GFP_NOWARN;
	y.gfp &= ~MM_GFP_NOWARN;
	if (memcmp(&x, &y, sizeof(x)))
		fail_msg("operation %zu: %s slot %u, and %s slot %u", i, trace_kind_name(x.kind),
			 x.slot, trace_kind_name(y.kind), y.slot);
}

static void a_recording_and_its_text(void **state)
{
	/* Text does not say that its kernel has 64 bits. */
	struct import_options at = { .page_offset = 0xffff888000000000ull };
	struct import_options names = { .kallsyms = KALLSYMS };
	struct imported a, b;
	size_t i;

	(void)state;
	import_file(&a, DATA "perf.data.zst", &names);
	import_file(&b, DATA "perf.script.txt.zst", &at);
	assert_all_events_accounted(&a.sum);
	assert_int_equal(a.sum.events, 2952);
	assert_int_equal(b.sum.events, 2952);
	assert_int_equal(a.sum.unknown.n, 0);
	assert_int_equal(a.sum.backward_times, 0);
	assert_int_equal(a.n, b.n);
	for (i = 0; i < a.n; i++)
		same_operation(&a, &b, i);
	assert_string_equal(a.sum.format, "perf.data");
	assert_string_equal(mmt_get_meta(a.r, "kernel"), "Linux 6.18.44-fc-v445 x86_64");
	assert_string_equal(mmt_get_meta(a.r, "page_offset"), "0xffff888000000000");
	assert_string_equal(mmt_get_meta(a.r, "cpus"), "2");
	assert_string_equal(a.sum.note, "");
	imported_free(&a);
	imported_free(&b);
}

/* Compressed, with callchains: the first kmalloc's, as perf script prints it. */
static void callchains_of_a_compressed_recording(void **state)
{
	struct import_options names = { .kallsyms = KALLSYMS };
	struct trace_site site;
	struct imported im;

	(void)state;
	import_file(&im, DATA "perf-stacks.data.zst", &names);
	assert_all_events_accounted(&im.sum);
	assert_int_equal(im.sum.events, 610);
	assert_int_equal(im.sum.folded[FOLD_STACK], 305);
	assert_int_equal(im.sum.stacks, 260);
	site = mmt_get_site(im.r, nth(&im, TRACE_KMALLOC, 0)->site);
	assert_true(site.nr_frames > 3);
	assert_string_equal(mmt_get_string(im.r, site.frames[0]), FIRST_FRAME);
	imported_free(&im);
}

static void every_layout(void **state)
{
	static const uint64_t types[] = {
		0, PERF_SAMPLE_ADDR, PERF_SAMPLE_ID, PERF_SAMPLE_READ,
		PERF_SAMPLE_READ | PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_ADDR,
	};
	static const uint64_t formats[] = { 0, PERF_FORMAT_ID | 1u << 4, PERF_FORMAT_GROUP | PERF_FORMAT_ID,
		PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING };
	struct imported im;
	unsigned int i;

	(void)state;
	for (i = 0; i < 40; i++) {
		make_perf_begin(&m);
		m.word = i & 1 ? 4 : 8;
		m.pipe = i / 20;
		m.sample_type |= types[i / 4 % 5];
		m.read_format = formats[i % 4];
		if (m.sample_type & PERF_SAMPLE_ID)
			m.sample_type &= ~(uint64_t)PERF_SAMPLE_IDENTIFIER;
		make_comm(&m, 7, 0, "seven");
		make_sample(&m, MAKE_KMALLOC, 1, 7, 5000, 100, 0xc2000000);
		make_sample(&m, MAKE_KFREE, 1, 7, 5100, 0xc1001005, 0xc2000000);
		make_sample(&m, MAKE_PAGE_ALLOC, 1, 8, 5200, 77, 2);
		make_sample(&m, MAKE_PAGE_FREE, 1, 8, 5300, 77, 2);
		import_made(&im);
		assert_int_equal(im.sum.events, 4);
		assert_int_equal(im.n, 4);
		assert_int_equal(im.op[0].kind, TRACE_KMALLOC);
		assert_int_equal(im.op[0].size, 100);
		assert_int_equal(im.op[0].gfp, MM_GFP_KERNEL);
		assert_int_equal(im.op[0].answer, 0xc2000000);
		assert_int_equal(im.op[1].kind, TRACE_KFREE);
		assert_int_equal(im.op[1].slot, im.op[0].slot);
		assert_int_equal(im.op[2].order, 2);
		assert_int_equal(im.op[2].answer, 77);
		assert_int_equal(im.op[3].time, 300);
		assert_int_equal(im.op[3].cpu, 1);
		assert_string_equal(mmt_get_task(im.r, im.op[0].task).comm, "seven");
		assert_string_equal(mmt_get_task(im.r, im.op[2].task).comm, "<...>");
		assert_string_equal(im.sum.format, m.pipe ? "perf.data from a pipe" : "perf.data");
		imported_free(&im);
	}
}

static void one_event_without_ids(void **state)
{
	struct imported im;

	(void)state;
	make_perf_begin(&m);
	m.one_attr = true;
	m.sample_type = PERF_SAMPLE_TIME | PERF_SAMPLE_RAW;
	make_sample(&m, MAKE_KFREE, 0, 3, 10, 0, 0xc2000000);
	make_sample(&m, MAKE_KFREE, 0, 4, 30, 0, 0xc2000010);
	import_made(&im);
	assert_int_equal(im.n, 2);
	assert_int_equal(mmt_get_task(im.r, im.op[1].task).pid, 4);
	assert_int_equal(im.op[1].time, 20);
	assert_int_equal(im.op[1].cpu, 0);
	imported_free(&im);
}

/* Three CPUs, whose records perf wrote in turn; every time comes once. */
static void order_of_time(void **state)
{
	struct imported im;
	unsigned int round, cpu, i;

	(void)state;
	make_perf_begin(&m);
	for (round = 0; round < 8; round++) {
		for (cpu = 0; cpu < 3; cpu++) /* in reverse, to make it harder */
			for (i = 0; i < 10; i++)
				make_sample(&m, MAKE_KFREE, 2 - cpu, 1, 1 + round * 30 + i * 3 + 2 - cpu, 0,
					    0xc2000000 + (round * 30 + i * 3 + 2 - cpu) * 8);
		make_round(&m);
	}
	import_made(&im);
	assert_int_equal(im.n, 240);
	assert_int_equal(im.sum.backward_times, 0);
	for (i = 0; i < 240; i++) {
		assert_int_equal(im.op[i].time, i);
		assert_int_equal(im.op[i].answer, 0xc2000000 + i * 8);
		assert_int_equal(im.op[i].cpu, i % 3);
	}
	imported_free(&im);
}

/* Without CPU numbers all is one queue, in which much stands in the wrong place. */
static void order_without_cpus(void **state)
{
	struct imported im;
	unsigned int i;

	(void)state;
	make_perf_begin(&m);
	m.sample_type &= ~(uint64_t)PERF_SAMPLE_CPU;
	for (i = 0; i < 200; i++) /* 0 2 4 ... 1 3 5 ... */
		make_sample(&m, MAKE_KFREE, 0, 1, 1 + (i < 100 ? 2 * i : 2 * (i - 100) + 1), 0,
			    0xc2000000);
	import_made(&im);
	assert_int_equal(im.sum.backward_times, 0);
	for (i = 0; i < 200; i++)
		assert_int_equal(im.op[i].time, i);
	imported_free(&im);
}

static void names_change_in_time(void **state)
{
	static const char *const want[] = { "sh", "sh", "find", "sh" };
	struct imported im;
	unsigned int i;

	(void)state;
	make_perf_begin(&m);
	make_comm(&m, 5, 0, "sh");
	make_sample(&m, MAKE_KFREE, 0, 5, 10, 0, 0xc2000000);
	make_sample(&m, MAKE_KFREE, 0, 6, 30, 0, 0xc2000008);
	make_sample(&m, MAKE_KFREE, 0, 6, 50, 0, 0xc2000010);
	make_sample(&m, MAKE_KFREE, 0, 5, 60, 0, 0xc2000018);
	make_comm(&m, 6, 40, "find");	/* on its way while the samples were written */
	make_fork(&m, 6, 5, 20);
	import_made(&im);
	assert_int_equal(im.n, 4);
	for (i = 0; i < 4; i++)
		assert_string_equal(mmt_get_task(im.r, im.op[i].task).comm, want[i]);
	imported_free(&im);
}

static void lost_events(void **state)
{
	uint64_t lost[2] = { 1000, 41 }, samples[1] = { 40 };
	struct imported im;

	(void)state;
	make_perf_begin(&m);
	make_sample(&m, MAKE_KFREE, 0, 5, 10, 0, 0xc2000000);
	make_record(&m, PERF_RECORD_LOST, lost, 16);
	make_record(&m, PERF_RECORD_LOST, lost, 16);
	make_record(&m, PERF_RECORD_LOST_SAMPLES, samples, 8);
	import_made(&im);
	assert_int_equal(im.sum.lost_events, 82);
	assert_int_equal(im.sum.lost_places, 2);
	imported_free(&im);
}

static void packed(void **state)
{
	static const struct { uint32_t piece, type; bool pipe; } how[] = {
		{ 1000, PERF_COMPRESSED, false }, { 13, PERF_COMPRESSED, false },
		{ 1, PERF_COMPRESSED2, false }, { 100, PERF_COMPRESSED2, true },
	};
	struct imported im;
	unsigned int i, k;

	(void)state;
	for (k = 0; k < 4; k++) {
		make_perf_begin(&m);
		m.pipe = how[k].pipe;
		for (i = 0; i < 300; i++)
			make_sample(&m, MAKE_KFREE, i & 1, 1, 1 + i, 0, 0xc2000000 + i * 8);
		make_packed(&m, how[k].piece, how[k].type);
		make_round(&m);
		import_made(&im);
		assert_int_equal(im.n, 300);
		for (i = 0; i < 300; i++)
			assert_int_equal(im.op[i].answer, 0xc2000000 + i * 8);
		imported_free(&im);
	}
}

/* The kernel's frames only, in their order. */
static void a_callchain(void **state)
{
	static const uint64_t chain[] = {
		(uint64_t)PERF_CONTEXT_KERNEL, 0xc1000010, 0xc1000020, (uint64_t)PERF_CONTEXT_USER, 0x8048000,
	};
	struct trace_site site;
	struct imported im;

	(void)state;
	make_perf_begin(&m);
	m.word = 4;
	m.sample_type |= PERF_SAMPLE_CALLCHAIN;
	memcpy(m.chain, chain, sizeof(chain));
	m.nr_chain = 5;
	make_sample(&m, MAKE_KMALLOC, 0, 1, 10, 64, 0xc2000000);
	make_sample(&m, MAKE_KFREE, 0, 1, 20, 0xc1000030, 0xc2000000);
	import_made(&im);
	assert_int_equal(im.sum.events, 4);
	assert_int_equal(im.sum.stacks, 2);
	site = mmt_get_site(im.r, im.op[0].site);
	assert_int_equal(site.nr_frames, 2);
	assert_string_equal(mmt_get_string(im.r, site.frames[0]), "0xc1000010");
	assert_string_equal(mmt_get_string(im.r, site.frames[1]), "0xc1000020");
	imported_free(&im);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_recording_and_its_text),
		cmocka_unit_test(callchains_of_a_compressed_recording),
		cmocka_unit_test(every_layout),
		cmocka_unit_test(one_event_without_ids),
		cmocka_unit_test(order_of_time),
		cmocka_unit_test(order_without_cpus),
		cmocka_unit_test(names_change_in_time),
		cmocka_unit_test(lost_events),
		cmocka_unit_test(packed),
		cmocka_unit_test(a_callchain),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
