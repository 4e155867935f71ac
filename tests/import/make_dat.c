/* SPDX-License-Identifier: MIT
 * A writer of trace.dat version 6, as trace-cmd.dat.v6(5) describes it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/import/make_dat.h"

#define PAGE 4096

static void put(const struct make_dat *m, uint8_t *p, uint64_t v, unsigned int size)
{
	unsigned int i;

	for (i = 0; i < size; i++)
		p[m->big ? size - 1 - i : i] = v >> (8 * i);
}

void make_begin(struct make_dat *m, bool big, unsigned int word, unsigned int cpus)
{
	memset(m, 0, sizeof(*m));
	m->big = big;
	m->word = word;
	m->cpus = cpus;
}

static uint8_t *room(struct make_dat *m, unsigned int cpu, uint32_t n)
{
	uint8_t *p = m->page[cpu] + 8 + m->word + m->used[cpu];

	assert_true(8 + m->word + m->used[cpu] + n <= PAGE);
	m->used[cpu] += n;
	return p;
}

/* The header word: type in the first 5 bits, as the file's byte order has them. */
static uint32_t header(const struct make_dat *m, uint32_t type, uint32_t delta)
{
	return m->big ? type << 27 | delta : type | delta << 5;
}

void make_words(struct make_dat *m, unsigned int cpu, uint32_t type, uint32_t delta, uint32_t word)
{
	uint8_t *p = room(m, cpu, 8);

	put(m, p, header(m, type, delta), 4);
	put(m, p + 4, word, 4);
}

void make_kfree(struct make_dat *m, unsigned int cpu, uint32_t delta, int pid, uint8_t flags,
		uint64_t ptr)
{
	uint32_t len = 8 + 2 * m->word;
	uint8_t *p = room(m, cpu, 4 + len);

	put(m, p, header(m, len / 4, delta), 4);
	put(m, p + 4, 300, 2);		/* id of kfree */
	p[6] = flags;
	put(m, p + 8, pid, 4);
	put(m, p + 12, 0xc1001005, m->word);
	put(m, p + 12 + m->word, ptr, m->word);
}

static void text(FILE *f, const struct make_dat *m, const char *s, unsigned int size_bytes)
{
	uint8_t n[8];

	put(m, n, strlen(s), size_bytes);
	fwrite(n, 1, size_bytes, f);
	fputs(s, f);
}

static void number(FILE *f, const struct make_dat *m, uint64_t v, unsigned int size)
{
	uint8_t n[8];

	put(m, n, v, size);
	fwrite(n, 1, size, f);
}

static void header_sections(FILE *f, const struct make_dat *m)
{
	char s[1024];

	fwrite("\x17\x08\x44tracing6", 1, 12, f);
	fputc(m->big, f);
	fputc(m->word, f);
	number(f, m, PAGE, 4);
	fwrite("header_page", 1, 12, f);
	snprintf(s, sizeof(s), "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
		 "\tfield: local_t commit;\toffset:8;\tsize:%u;\tsigned:1;\n"
		 "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
		 "\tfield: char data;\toffset:%u;\tsize:4080;\tsigned:1;\n", m->word, 8 + m->word);
	text(f, m, s, 8);
	fwrite("header_event", 1, 13, f);
	text(f, m, "", 8);
	number(f, m, 0, 4);		/* ftrace formats */
	number(f, m, 1, 4);		/* event groups */
	fwrite("kmem", 1, 5, f);
	number(f, m, 1, 4);
	snprintf(s, sizeof(s), "name: kfree\nID: 300\nformat:\n"
		 "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
		 "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
		 "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
		 "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n\n"
		 "\tfield:unsigned long call_site;\toffset:8;\tsize:%u;\tsigned:0;\n"
		 "\tfield:const void * ptr;\toffset:%u;\tsize:%u;\tsigned:0;\n\n"
		 "print fmt: \"x\"\n", m->word, 8 + m->word, m->word);
	text(f, m, s, 8);
	text(f, m, "c1000000 T _text\nc1001000 t free_it\t[mod]\n", 4);
	text(f, m, "", 4);
	text(f, m, "1 first\n2 second task\n", 8);
}

uint8_t *make_end(struct make_dat *m, size_t *n)
{
	char *buf = NULL;
	FILE *f = open_memstream(&buf, n);
	unsigned int i;

	assert_non_null(f);
	header_sections(f, m);
	number(f, m, m->cpus, 4);
	fwrite("flyrecord", 1, 10, f);
	for (i = 0; i < m->cpus; i++) {
		number(f, m, PAGE + i * PAGE, 8);
		number(f, m, PAGE, 8);
	}
	while (ftell(f) % PAGE)
		fputc(0, f);
	assert_int_equal(ftell(f), PAGE);
	for (i = 0; i < m->cpus; i++) {
		put(m, m->page[i], m->start[i], 8);
		put(m, m->page[i] + 8, m->used[i] | m->flags[i], m->word);
		fwrite(m->page[i], 1, PAGE, f);
	}
	fclose(f);
	return (uint8_t *)buf;
}
