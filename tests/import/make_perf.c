/* SPDX-License-Identifier: MIT
 * A writer of perf.data, as tools/perf/Documentation/perf.data-file-format.txt describes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "tests/import/make_perf.h"

#define NR_EVENTS 4
#define HEADER 104

void make_perf_begin(struct make_perf *m)
{
	memset(m, 0, sizeof(*m));
	m->word = 8;
	m->sample_type = PERF_SAMPLE_IDENTIFIER | PERF_SAMPLE_IP | PERF_SAMPLE_TID |
			 PERF_SAMPLE_TIME | PERF_SAMPLE_CPU | PERF_SAMPLE_PERIOD | PERF_SAMPLE_RAW;
}

void make_record(struct make_perf *m, uint32_t type, const void *body, uint32_t n)
{
	uint8_t *p = m->data + m->used;
	uint16_t size = 8 + n, misc = 0;

	assert_true(m->used + size <= sizeof(m->data));
	memcpy(p, &type, 4);
	memcpy(p + 4, &misc, 2);
	memcpy(p + 6, &size, 2);
	memcpy(p + 8, body, n);
	m->used += size;
}

struct bytes {
	uint8_t v[1024];
	uint32_t n;
};

static void add(struct bytes *b, uint64_t v, unsigned int size)
{
	assert_true(b->n + size <= sizeof(b->v));
	memcpy(b->v + b->n, &v, size); /* the host is little-endian, as the files are */
	b->n += size;
}

static void add_read(struct bytes *b, uint64_t format)
{
	unsigned int i, k, each = 1 + !!(format & PERF_FORMAT_ID) + !!(format & (1u << 4));

	if (format & PERF_FORMAT_GROUP)
		add(b, 2, 8);
	for (i = 0; i < 2; i++)
		if (format & (i ? PERF_FORMAT_TOTAL_TIME_RUNNING : PERF_FORMAT_TOTAL_TIME_ENABLED))
			add(b, 77, 8);
	for (i = 0; i < (format & PERF_FORMAT_GROUP ? 2u : 1u); i++)
		for (k = 0; k < each; k++)
			add(b, 88, 8);
}

static void add_raw(struct bytes *b, const struct make_perf *m, unsigned int id, int tid,
		    uint64_t x, uint64_t y)
{
	uint32_t at = b->n;

	add(b, 0, 4);
	add(b, id, 2);
	add(b, 0, 2);
	add(b, tid, 4);
	add(b, x, m->word);
	add(b, y, m->word);
	if (id == MAKE_KMALLOC || id == MAKE_PAGE_ALLOC) { /* bytes_alloc or migratetype, gfp */
		add(b, x, m->word);
		add(b, 0xcc0, m->word);
	}
	while (b->n % 8)
		add(b, 0, 1);
	memcpy(b->v + at, &(uint32_t){ b->n - at - 4 }, 4);
}

void make_sample(struct make_perf *m, unsigned int id, uint32_t cpu, int tid, uint64_t time,
		 uint64_t x, uint64_t y)
{
	uint64_t s = m->sample_type, number = id - MAKE_KFREE + 1000;
	struct bytes b = { .n = 0 };
	unsigned int i;

	if (s & PERF_SAMPLE_IDENTIFIER)
		add(&b, number, 8);
	if (s & PERF_SAMPLE_IP)
		add(&b, 0x1111, 8);
	if (s & PERF_SAMPLE_TID)
		add(&b, (uint64_t)tid << 32 | (uint32_t)tid, 8);
	if (s & PERF_SAMPLE_TIME)
		add(&b, time, 8);
	if (s & PERF_SAMPLE_ADDR)
		add(&b, 0x2222, 8);
	if (s & PERF_SAMPLE_ID)
		add(&b, number, 8);
	if (s & PERF_SAMPLE_CPU)
		add(&b, cpu, 8);
	if (s & PERF_SAMPLE_PERIOD)
		add(&b, 1, 8);
	if (s & PERF_SAMPLE_READ)
		add_read(&b, m->read_format);
	if (s & PERF_SAMPLE_CALLCHAIN) {
		add(&b, m->nr_chain, 8);
		for (i = 0; i < m->nr_chain; i++)
			add(&b, m->chain[i], 8);
	}
	if (s & PERF_SAMPLE_RAW)
		add_raw(&b, m, id, tid, x, y);
	make_record(m, PERF_RECORD_SAMPLE, b.v, b.n);
}

/* What records that are no samples end with. */
static void add_end(struct bytes *b, const struct make_perf *m, int tid, uint64_t time)
{
	uint64_t s = m->sample_type;

	if (s & PERF_SAMPLE_TID)
		add(b, (uint64_t)tid << 32 | (uint32_t)tid, 8);
	if (s & PERF_SAMPLE_TIME)
		add(b, time, 8);
	if (s & PERF_SAMPLE_ID)
		add(b, 1000, 8);
	if (s & PERF_SAMPLE_CPU)
		add(b, 0, 8);
	if (s & PERF_SAMPLE_IDENTIFIER)
		add(b, 1000, 8);
}

void make_comm(struct make_perf *m, int tid, uint64_t time, const char *name)
{
	struct bytes b = { .n = 0 };
	char padded[16] = "";

	memcpy(padded, name, strlen(name));
	add(&b, tid, 4);
	add(&b, tid, 4);
	memcpy(b.v + b.n, padded, 16);
	b.n += 16;
	add_end(&b, m, tid, time);
	make_record(m, PERF_RECORD_COMM, b.v, b.n);
}

void make_fork(struct make_perf *m, int tid, int parent, uint64_t time)
{
	struct bytes b = { .n = 0 };

	add(&b, tid, 4);
	add(&b, parent, 4);
	add(&b, tid, 4);
	add(&b, parent, 4);
	add(&b, time, 8);
	add_end(&b, m, parent, time);
	make_record(m, PERF_RECORD_FORK, b.v, b.n);
}

void make_round(struct make_perf *m)
{
	make_record(m, PERF_FINISHED_ROUND, "", 0);
}

void make_packed(struct make_perf *m, uint32_t piece, uint32_t type)
{
	ZSTD_CCtx *c = ZSTD_createCCtx();
	ZSTD_inBuffer in = { NULL, m->used, 0 };
	ZSTD_outBuffer out = { NULL, sizeof(m->data), 0 };
	uint8_t *copy = malloc(m->used), *packed = malloc(sizeof(m->data)), rec[2048];
	size_t at, n;

	assert_true(copy && packed && c && piece <= 1024);
	memcpy(copy, m->data, m->used);
	in.src = copy;
	out.dst = packed;
	/* perf flushes the stream and never ends it */
	assert_int_equal(ZSTD_compressStream2(c, &out, &in, ZSTD_e_flush), 0);
	m->used = 0;
	for (at = 0; at < out.pos; at += n) {
		n = out.pos - at < piece ? out.pos - at : piece;
		memset(rec, 0, sizeof(rec));
		memcpy(rec, &n, 8);
		memcpy(rec + (type == PERF_COMPRESSED2 ? 8 : 0), packed + at, n);
		make_record(m, type, rec, type == PERF_COMPRESSED2 ? 8 + (n + 7) / 8 * 8 : n);
	}
	ZSTD_freeCCtx(c);
	free(copy);
	free(packed);
}

/* ---- the formats ---- */

static void put_text(FILE *f, const char *s, unsigned int size_bytes)
{
	uint64_t n = strlen(s);

	fwrite(&n, 1, size_bytes, f);
	fputs(s, f);
}

static void put(FILE *f, uint64_t v, unsigned int size)
{
	fwrite(&v, 1, size, f);
}

static void put_format(FILE *f, const struct make_perf *m, unsigned int i)
{
	static const struct { const char *name, *fields[4]; } events[NR_EVENTS] = {
		{ "kfree", { "call_site", "ptr" } },
		{ "kmalloc", { "bytes_req", "ptr", "bytes_alloc", "gfp_flags" } },
		{ "mm_page_alloc", { "pfn", "order", "migratetype", "gfp_flags" } },
		{ "mm_page_free", { "pfn", "order" } },
	};
	char text[2048];
	int n, k;

	n = snprintf(text, sizeof(text), "name: %s\nID: %u\nformat:\n"
		     "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		     "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
		     "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
		     "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n",
		     events[i].name, MAKE_KFREE + i);
	for (k = 0; k < 4 && events[i].fields[k]; k++)
		if (!m->leave_out || strcmp(m->leave_out, events[i].fields[k]))
			n += snprintf(text + n, sizeof(text) - n,
				      "\tfield:unsigned long %s;\toffset:%u;\tsize:%u;\tsigned:0;\n",
				      events[i].fields[k], 8 + k * m->word, m->word);
	snprintf(text + n, sizeof(text) - n, "\nprint fmt: \"x\"\n");
	put_text(f, text, 8);
}

static void put_tracing_data(FILE *f, const struct make_perf *m)
{
	char s[256];
	unsigned int i;

	fwrite("\x17\x08\x44tracing0.6", 1, 14, f);
	put(f, 0, 1);
	put(f, m->word, 1);
	put(f, 4096, 4);
	fwrite("header_page", 1, 12, f);
	snprintf(s, sizeof(s), "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
		 "\tfield: local_t commit;\toffset:8;\tsize:%u;\tsigned:1;\n"
		 "\tfield: char data;\toffset:%u;\tsize:4080;\tsigned:1;\n", m->word, 8 + m->word);
	put_text(f, s, 8);
	fwrite("header_event", 1, 13, f);
	put_text(f, "", 8);
	put(f, 0, 4);		/* ftrace formats */
	put(f, 1, 4);		/* groups */
	fwrite("kmem", 1, 5, f);
	put(f, NR_EVENTS, 4);
	for (i = 0; i < NR_EVENTS; i++)
		put_format(f, m, i);
	put(f, 0, 4);		/* kallsyms */
	put(f, 0, 4);		/* trace_printk */
	put(f, 0, 8);		/* process information */
}

static uint8_t *tracing_data(const struct make_perf *m, size_t *n)
{
	char *buf = NULL;
	FILE *f = open_memstream(&buf, n);

	assert_non_null(f);
	put_tracing_data(f, m);
	fclose(f);
	return (uint8_t *)buf;
}

/* ---- the file ---- */

static struct perf_event_attr attr(const struct make_perf *m, unsigned int i)
{
	return (struct perf_event_attr){
		.type = PERF_TYPE_TRACEPOINT, .size = sizeof(struct perf_event_attr),
		.config = MAKE_KFREE + i, .sample_type = m->sample_type,
		.read_format = m->read_format, .sample_id_all = 1,
	};
}

static void put_pipe(FILE *f, const struct make_perf *m, const uint8_t *formats, size_t n)
{
	struct perf_event_attr a;
	unsigned int i;

	put(f, 16, 8);
	for (i = 0; i < NR_EVENTS; i++) {
		a = attr(m, i);
		put(f, PERF_HEADER_ATTR, 4);
		put(f, (uint64_t)(8 + sizeof(a) + 8) << 16, 4);
		fwrite(&a, 1, sizeof(a), f);
		put(f, 1000 + i, 8);
	}
	if (!m->no_formats) {
		put(f, PERF_HEADER_TRACING_DATA, 4);
		put(f, 16u << 16, 4);
		put(f, (n + 7) / 8 * 8, 8);
		fwrite(formats, 1, n, f);
		put(f, 0, (8 - n % 8) % 8);
	}
	fwrite(m->data, 1, m->used, f);
}

static void put_file(FILE *f, const struct make_perf *m, const uint8_t *formats, size_t n)
{
	unsigned int i, attrs = m->one_attr ? 1 : NR_EVENTS;
	uint64_t size = sizeof(struct perf_event_attr) + 16, ids = HEADER + attrs * size;
	uint64_t data = ids + attrs * 8;
	struct perf_event_attr a;

	put(f, HEADER, 8);
	put(f, size, 8);
	put(f, HEADER, 8);
	put(f, attrs * size, 8);
	put(f, data, 8);
	put(f, m->used, 8);
	put(f, 0, 8);
	put(f, 0, 8);
	put(f, m->no_formats ? 0 : 1u << 1 | 1u << 4, 8); /* tracing data, release */
	for (i = 0; i < 3; i++)
		put(f, 0, 8);
	for (i = 0; i < attrs; i++) {
		a = attr(m, i);
		fwrite(&a, 1, sizeof(a), f);
		put(f, ids + i * 8, 8);
		put(f, m->one_attr ? 0 : 8, 8);
	}
	for (i = 0; i < attrs; i++)
		put(f, 1000 + i, 8);
	fwrite(m->data, 1, m->used, f);
	if (m->no_formats)
		return;
	put(f, data + m->used + 32, 8);
	put(f, n, 8);
	put(f, data + m->used + 32 + n, 8);
	put(f, 12, 8);
	fwrite(formats, 1, n, f);
	put(f, 8, 4);
	fwrite("6.1.0\0\0", 1, 8, f);
}

uint8_t *make_perf_end(struct make_perf *m, size_t *n)
{
	char *buf = NULL;
	size_t len;
	uint8_t *formats = tracing_data(m, &len);
	FILE *f = open_memstream(&buf, n);

	assert_non_null(f);
	fwrite("PERFILE2", 1, 8, f);
	if (m->pipe)
		put_pipe(f, m, formats, len);
	else
		put_file(f, m, formats, len);
	fclose(f);
	free(formats);
	return (uint8_t *)buf;
}
