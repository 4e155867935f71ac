/* SPDX-License-Identifier: MIT
 *
 * perf.data that is cut, damaged or lacks something: what is whole is imported
 * and the rest said, or a sentence names what is wrong; never a crash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/import/import_help.h"
#include "tests/import/make_perf.h"

/* libtraceevent does not free everything of a format that it gives up on. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
	return "leak:libtraceevent\n";
}

#define SAMPLE 88		/* bytes of a sample of kfree, with its header */
#define FIRST_SAMPLE (104 + 4 * (sizeof(struct perf_event_attr) + 16) + 4 * 8)

static struct make_perf m;

static uint8_t *ten_frees(size_t *n, bool pipe)
{
	unsigned int i;

	make_perf_begin(&m);
	m.pipe = pipe;
	for (i = 0; i < 10; i++)
		make_sample(&m, MAKE_KFREE, 0, 1, 100 + i, 0, 0xc2000000 + i * 8);
	return make_perf_end(&m, n);
}

/* The sentence follows the temporary file's name. */
static void refused(const void *p, size_t n, int code, const char *sentence)
{
	struct mm_error err;

	assert_int_equal(import_bad_bytes(p, n, &err), code);
	assert_int_equal(strncmp(err.text, "/tmp/mmreplay-import-", 21), 0);
	assert_string_equal(err.text + 27, sentence);
}

static void made_refused(int code, const char *sentence)
{
	size_t n;
	uint8_t *p = make_perf_end(&m, &n);

	refused(p, n, code, sentence);
	free(p);
}

/* ---- what is missing is named ---- */

static void no_memory_event(void **state)
{
	static const char missing[] = " none is one of memory; kmem:mm_page_alloc, kmem:mm_page_free, kmem:kmalloc, kmem:kfree, kmem:kmem_cache_alloc and kmem:kmem_cache_free are missing: record with perf record -e 'kmem:*' -e 'vmalloc:*'";
	char sentence[400];
	uint8_t *p;
	size_t n, i;

	(void)state;
	p = ten_frees(&n, false);
	for (i = 0; i < 4; i++) { /* hardware events */
		memset(p + 104 + i * (sizeof(struct perf_event_attr) + 16), 0, 4);
		p[104 + i * (sizeof(struct perf_event_attr) + 16) + 8] = 0;
	}
	snprintf(sentence, sizeof(sentence), ": of 4 events recorded (0 of them tracepoints)%s", missing);
	refused(p, n, -EINVAL, sentence);
	free(p);
}

/* Nothing but the end of a round: the header is looked at, not the samples. */
static void a_round(void)
{
	make_perf_begin(&m);
	make_round(&m);
}

static void missing_parts(void **state)
{
	(void)state;
	a_round();
	m.sample_type &= ~(uint64_t)PERF_SAMPLE_RAW;
	made_refused(-EINVAL, ": the event kmem:kfree was recorded without its fields (PERF_SAMPLE_RAW); record it with perf record -R");
	a_round();
	m.sample_type &= ~(uint64_t)PERF_SAMPLE_TIME;
	made_refused(-EINVAL, ": the event kmem:kfree was recorded without its time (PERF_SAMPLE_TIME); record it with perf record -T");
	a_round();
	m.sample_type &= ~(uint64_t)PERF_SAMPLE_IDENTIFIER;
	made_refused(-EINVAL, ": 4 events were recorded, and their samples do not tell which is which: attribute 0 has no id at the place where the first has it");
}

static void missing_fields(void **state)
{
	(void)state;
	a_round();
	m.leave_out = "ptr";
	made_refused(-EINVAL, ": the event kmem:kfree has no field 'ptr', which an import needs");
	m.leave_out = "bytes_req";
	made_refused(-EINVAL, ": the event kmem:kmalloc has no field 'bytes_req', which an import needs");
	m.leave_out = "pfn";
	made_refused(-EINVAL, ": the event kmem:mm_page_alloc has no field 'pfn', which an import needs");
}

static void no_formats(void **state)
{
	(void)state;
	a_round();
	m.no_formats = true;
	made_refused(-EINVAL, ": no formats of its events in it; give the folder /sys/kernel/tracing/events of the recorded machine, or a copy, with --events");
}

static void other_kinds(void **state)
{
	uint8_t *p;
	size_t n;

	(void)state;
	p = ten_frees(&n, false);
	memcpy(p, "2ELIFREP", 8);
	refused(p, n, -EINVAL, ": a perf.data of a big-endian machine; only those of little-endian ones can be read");
	memcpy(p, "PERFFILE", 8);
	refused(p, n, -EINVAL, ": a perf.data of version 1 (PERFFILE), as perf wrote before Linux 2.6.32; version 2 (PERFILE2) is known");
	memcpy(p, "PERFILE2", 8);
	p[8] = 105;
	refused(p, n, -EBADMSG, ": offset 8: a header of 105 bytes; 104 (a file) or 16 (a pipe) expected");
	p[8] = 104;
	refused(p, 50, -EBADMSG, ": offset 8: the header is cut: 50 bytes of 104");
	p[16] = 3;
	refused(p, n, -EBADMSG, ": offset 16: an attribute of 3 bytes; from 80 to 4096 expected");
	free(p);
}

/* Allocations whose frees were not asked for: said, not refused. */
static void frees_not_recorded(void **state)
{
	char path[] = "/tmp/mmreplay-made-XXXXXX";
	int fd = mkstemp(path);
	struct imported im;
	uint8_t *p;
	size_t n;

	(void)state;
	make_perf_begin(&m);
	make_sample(&m, MAKE_KMALLOC, 0, 1, 100, 64, 0xc2000000);
	p = make_perf_end(&m, &n);
	memset(p + 104, 0, 4); /* the attribute of kfree is one of another type */
	assert_int_equal(write(fd, p, n), n);
	close(fd);
	import_file(&im, path, NULL);
	assert_int_equal(im.n, 1);
	assert_string_equal(im.sum.note, "kmem:kfree was not recorded, so that what it frees stays allocated");
	imported_free(&im);
	unlink(path);
	free(p);
}

/* ---- cut ---- */

static void put_file(const char *dir, const char *name, const char *text)
{
	char path[200];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "w");
	assert_non_null(f);
	fputs(text, f);
	fclose(f);
}

/* A copy of tracing/events with one event. */
static void make_events(char dir[40])
{
	char path[80];

	strcpy(dir, "/tmp/mmreplay-events-XXXXXX");
	assert_non_null(mkdtemp(dir));
	put_file(dir, "header_page", "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
		 "\tfield: local_t commit;\toffset:8;\tsize:8;\tsigned:1;\n"
		 "\tfield: char data;\toffset:16;\tsize:4080;\tsigned:1;\n");
	put_file(dir, "enable", "0\n");
	snprintf(path, sizeof(path), "%s/kmem", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/kmem/kfree", dir);
	assert_int_equal(mkdir(path, 0700), 0);
	put_file(dir, "kmem/kfree/format", "name: kfree\nID: 300\nformat:\n"
		 "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		 "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
		 "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
		 "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
		 "\tfield:unsigned long call_site;\toffset:8;\tsize:8;\tsigned:0;\n"
		 "\tfield:const void * ptr;\toffset:16;\tsize:8;\tsigned:0;\n\n"
		 "print fmt: \"x\"\n");
}

static void remove_events(const char *dir)
{
	char cmd[80];

	snprintf(cmd, sizeof(cmd), "rm -r '%s'", dir);
	assert_int_equal(system(cmd), 0);
}

static void import_cut(struct imported *im, const uint8_t *p, size_t n,
		       const struct import_options *opt)
{
	char path[] = "/tmp/mmreplay-cut-XXXXXX";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, p, n), n);
	close(fd);
	import_file(im, path, opt);
	unlink(path);
}

static void cut_file(void **state)
{
	struct import_options opt = { 0 };
	struct imported im;
	char dir[40], want[300];
	uint8_t *p;
	size_t n, at, whole;

	(void)state;
	make_events(dir);
	opt.events = dir;
	p = ten_frees(&n, false);
	for (at = FIRST_SAMPLE + SAMPLE; at < FIRST_SAMPLE + 10 * SAMPLE; at += 7) {
		import_cut(&im, p, at, &opt);
		whole = (at - FIRST_SAMPLE) / SAMPLE;
		assert_int_equal(im.n, whole);
		snprintf(want, sizeof(want), "its event formats are missing, those in %s were used; the file is cut at offset %zu: what is whole before was imported",
			 dir, FIRST_SAMPLE + whole * SAMPLE);
		assert_string_equal(im.sum.note, want);
		imported_free(&im);
	}
	remove_events(dir);
	free(p);
}

static void cut_without_formats(void **state)
{
	uint8_t *p;
	size_t n;

	(void)state;
	p = ten_frees(&n, false);
	refused(p, FIRST_SAMPLE + 400, -EINVAL, ": no formats of its events in it (the file is cut, and they stand at its end); give the folder /sys/kernel/tracing/events of the recorded machine, or a copy, with --events");
	memset(p + 48, 0, 8); /* as perf leaves it when it is killed */
	refused(p, FIRST_SAMPLE + 400, -EINVAL, ": no formats of its events in it (perf record was killed before it wrote them); give the folder /sys/kernel/tracing/events of the recorded machine, or a copy, with --events");
	free(p);
}

/* Killed: the header has no size, and zeros may follow what was written. */
static void killed(void **state)
{
	struct import_options opt = { 0 };
	struct imported im;
	char dir[40];
	uint8_t *p;
	size_t n;

	(void)state;
	make_events(dir);
	opt.events = dir;
	p = ten_frees(&n, false);
	memset(p + 48, 0, 8);
	memset(p + FIRST_SAMPLE + 6 * SAMPLE, 0, 4 * SAMPLE);
	import_cut(&im, p, FIRST_SAMPLE + 10 * SAMPLE, &opt);
	assert_int_equal(im.n, 6);
	assert_non_null(strstr(im.sum.note, "(perf record did not end in order): what is whole before was imported"));
	imported_free(&im);
	import_cut(&im, p, FIRST_SAMPLE + 5 * SAMPLE, &opt); /* it ended with a record */
	assert_int_equal(im.n, 5);
	assert_non_null(strstr(im.sum.note, "did not end in order"));
	imported_free(&im);
	remove_events(dir);
	free(p);
}

/* What comes through a pipe has its formats first. */
static void cut_pipe(void **state)
{
	struct imported im;
	struct mm_error err;
	uint8_t *p;
	size_t n, at;

	(void)state;
	p = ten_frees(&n, true);
	for (at = n - 10 * SAMPLE + SAMPLE; at < n; at += 11) {
		import_cut(&im, p, at, NULL);
		assert_int_equal(im.n, (at - (n - 10 * SAMPLE)) / SAMPLE);
		assert_int_equal(!*im.sum.note, at % SAMPLE == n % SAMPLE);
		imported_free(&im);
	}
	for (at = 8; at < n - 10 * SAMPLE; at += 7)
		assert_int_not_equal(import_bad_bytes(p, at, &err), 0);
	free(p);
}

static void damaged_records(void **state)
{
	size_t n, third = FIRST_SAMPLE + 2 * SAMPLE;
	char sentence[200];
	uint8_t *p;

	(void)state;
	p = ten_frees(&n, false);
	p[third + 6] = 4;
	snprintf(sentence, sizeof(sentence), ": offset %zu: damaged record: it is 4 bytes long, and the records end after 704", third);
	refused(p, n, -EBADMSG, sentence);
	p[third + 6] = SAMPLE;
	p[third + 7] = 40;
	snprintf(sentence, sizeof(sentence), ": offset %zu: damaged record: it is 10328 bytes long, and the records end after 704", third);
	refused(p, n, -EBADMSG, sentence);
	p[third + 7] = 0;
	p[third + 56] = 200; /* the length of the tracepoint's record */
	refused(p, n, -EBADMSG, ": damaged record: a sample of kfree (time 102, 88 bytes), whose parts do not fit in it");
	free(p);
}

/* Wherever a file is cut: some of it, or a sentence. */
static void cut_anywhere(void **state)
{
	struct mm_error err;
	uint8_t *p;
	size_t n, i;
	int e;

	(void)state;
	p = ten_frees(&n, false);
	for (i = 8; i < n; i += 31) {
		e = import_bad_bytes(p, i, &err);
		assert_int_equal(!e, i >= n - 12); /* the kernel's release comes last */
		assert_true(!e || strlen(err.text) > 40);
	}
	free(p);
}

static void turn_bits(const uint8_t *p, size_t n, unsigned int times, size_t near)
{
	uint8_t *copy = malloc(n);
	struct mm_error err;
	uint32_t seed = 4711;
	unsigned int i, k, bad = 0;

	for (i = 0; i < times; i++) {
		memcpy(copy, p, n);
		for (k = 0; k < 1 + i % 6; k++) {
			seed = seed * 1664525 + 1013904223;
			copy[8 + (seed >> 4) % ((i % 3 ? n : near) - 8)] ^= 1 << (seed >> 29);
		}
		if (import_bad_bytes(copy, n, &err)) {
			assert_true(strlen(err.text) > 20);
			bad++;
		}
	}
	assert_true(bad > times / 20);
	free(copy);
}

/* (A run with the sanitizers makes this a real test.) */
static void random_damage(void **state)
{
	uint8_t *p;
	size_t n;

	(void)state;
	p = ten_frees(&n, false);
	turn_bits(p, n, 60, FIRST_SAMPLE);
	free(p);
	p = ten_frees(&n, true);
	turn_bits(p, n, 60, n);
	free(p);
	make_perf_begin(&m);
	m.sample_type |= PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_READ;
	m.read_format = PERF_FORMAT_GROUP;
	m.nr_chain = 4;
	for (n = 0; n < 50; n++)
		make_sample(&m, MAKE_KMALLOC, n & 1, 1, 100 + n, 64, 0xc2000000 + n * 64);
	make_packed(&m, 100, PERF_COMPRESSED);
	p = make_perf_end(&m, &n);
	turn_bits(p, n, 60, n);
	free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_memory_event),
		cmocka_unit_test(missing_parts),
		cmocka_unit_test(missing_fields),
		cmocka_unit_test(no_formats),
		cmocka_unit_test(other_kinds),
		cmocka_unit_test(frees_not_recorded),
		cmocka_unit_test(cut_file),
		cmocka_unit_test(cut_without_formats),
		cmocka_unit_test(killed),
		cmocka_unit_test(cut_pipe),
		cmocka_unit_test(damaged_records),
		cmocka_unit_test(cut_anywhere),
		cmocka_unit_test(random_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
