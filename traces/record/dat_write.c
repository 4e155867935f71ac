/* SPDX-License-Identifier: MIT
 *
 * A trace.dat of version 6, as trace-cmd.dat.v6(5) describes it: the formats
 * of the events that were recorded, the kernel's symbols, the names of tasks,
 * and the pages of each CPU.
 */
#include "traces/record/dat_write.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/utsname.h>
#include <unistd.h>

static void number(FILE *f, uint64_t v, unsigned int bytes)
{
	fwrite(&v, 1, bytes, f); /* in this host's byte order, as the head says */
}

static void text(FILE *f, const char *s, unsigned int size_bytes)
{
	size_t n = s ? strlen(s) : 0;

	number(f, n, size_bytes);
	if (n)
		fwrite(s, 1, n, f);
}

static void tracing_file(FILE *f, const char *name, unsigned int size_bytes)
{
	char *s = tracefs_instance_file_read(NULL, name, NULL);

	text(f, s, size_bytes);
	free(s);
}

/* A file of /proc, which does not tell its size. */
static void proc_file(FILE *f, const char *path, unsigned int size_bytes)
{
	char *copy = NULL, chunk[1 << 14];
	size_t size = 0, n;
	FILE *in = fopen(path, "r"), *b = open_memstream(&copy, &size);

	while (in && b && (n = fread(chunk, 1, sizeof(chunk), in)) > 0)
		fwrite(chunk, 1, n, b);
	if (in)
		fclose(in);
	text(f, b && !fclose(b) ? copy : NULL, size_bytes);
	free(copy);
}

/* The format of an event, behind its length; false: there is none. */
static bool put_format(FILE *f, const char *system, const char *event)
{
	char name[600], *format;

	snprintf(name, sizeof(name), "events/%s/%s/format", system, event);
	format = tracefs_instance_file_read(NULL, name, NULL);
	if (format)
		text(f, format, 8);
	free(format);
	return format;
}

struct block {			/* formats, whose number stands before them */
	char *p;
	size_t size;
	FILE *f;
	uint32_t n;
};

static void put_block(FILE *f, struct block *b)
{
	if (b->f && fclose(b->f))
		b->n = 0;
	number(f, b->n, 4);
	if (b->n)
		fwrite(b->p, 1, b->size, f);
	free(b->p);
	memset(b, 0, sizeof(*b));
}

/* Stacks and markers. */
static void put_ftrace(FILE *f)
{
	static const char *const events[] = { "kernel_stack", "print" };
	struct block b = { 0 };
	size_t i;

	b.f = open_memstream(&b.p, &b.size);
	for (i = 0; b.f && i < sizeof(events) / sizeof(events[0]); i++)
		b.n += put_format(b.f, "ftrace", events[i]);
	put_block(f, &b);
}

/* The recorded events, lines "SYSTEM:EVENT" in which a system's stand together.
 * (libtracefs's tracefs_event_is_enabled looks at every file of every event.) */
static void put_systems(FILE *f, struct session *s)
{
	char *list = tracefs_instance_file_read(s->instance, "set_event", NULL), *line, *colon, *next;
	char system[256] = "";
	struct block systems = { 0 }, formats = { 0 };

	systems.f = open_memstream(&systems.p, &systems.size);
	for (line = list; systems.f && line && *line; line = next) {
		next = line + strcspn(line, "\n");
		if (*next)
			*next++ = '\0';
		colon = strchr(line, ':');
		if (!colon)
			continue;
		*colon = '\0';
		if (strcmp(system, line)) {
			if (*system)
				put_block(systems.f, &formats);
			snprintf(system, sizeof(system), "%s", line);
			fwrite(system, 1, strlen(system) + 1, systems.f);
			systems.n++;
			formats.f = open_memstream(&formats.p, &formats.size);
		}
		if (formats.f)
			formats.n += put_format(formats.f, system, colon + 1);
	}
	if (*system)
		put_block(systems.f, &formats);
	put_block(f, &systems);
	free(list);
}

static void option(FILE *f, unsigned int id, const void *p, uint32_t n)
{
	number(f, id, 2);
	number(f, n, 4);
	fwrite(p, 1, n, f);
}

static void put_options(FILE *f, struct session *s)
{
	struct utsname host;
	char kernel[300];

	fwrite("options  ", 1, 10, f);
	if (!uname(&host)) {
		snprintf(kernel, sizeof(kernel), "%s %s %s", host.sysname, host.release, host.machine);
		option(f, 5, kernel, strlen(kernel) + 1);
	}
	option(f, 4, "[mono]", 7);
	option(f, 8, &s->nr_cpus, 4);
	option(f, 9, "mmreplay " MM_VERSION, sizeof("mmreplay " MM_VERSION));
	number(f, 0, 2);
}

char *dat_head(struct session *s, size_t *size, struct mm_error *err)
{
	char *head = NULL;
	FILE *f = open_memstream(&head, size);

	if (!f) {
		mm_fail(err, -ENOMEM, "out of memory");
		return NULL;
	}
	fwrite("\x17\x08\x44tracing6", 1, 12, f);
	number(f, __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__, 1);
	number(f, sizeof(long), 1);
	number(f, s->page_size, 4);
	fwrite("header_page", 1, 12, f);
	tracing_file(f, "events/header_page", 8);
	fwrite("header_event", 1, 13, f);
	tracing_file(f, "events/header_event", 8);
	put_ftrace(f);
	put_systems(f, s);
	proc_file(f, "/proc/kallsyms", 4);
	number(f, 0, 4); /* printk formats */
	tracing_file(f, "saved_cmdlines", 8);
	number(f, s->nr_cpus, 4);
	put_options(f, s);
	fwrite("flyrecord", 1, 10, f);
	if (fclose(f)) {
		free(head);
		mm_fail(err, -ENOMEM, "out of memory");
		return NULL;
	}
	return head;
}

static uint64_t whole_pages(uint64_t n, uint64_t page)
{
	return (n + page - 1) / page * page;
}

static int pad(FILE *f, uint64_t to)
{
	while (ftello(f) < (off_t)to)
		fputc(0, f);
	return fflush(f) ? -errno : 0;
}

static int append(int fd, const struct reader *r)
{
	uint64_t left = r->bytes;
	off_t from = 0;
	ssize_t n;

	while (left) {
		n = sendfile(fd, r->to, &from, left < 1u << 30 ? left : 1u << 30);
		if (n <= 0)
			return n ? -errno : -EIO;
		left -= n;
	}
	return 0;
}

int dat_write(int fd, const struct readers *r, const char *head, size_t size, struct mm_error *err)
{
	uint32_t page = r->session->page_size, cpu, i, nr_cpus = r->session->nr_cpus;
	uint64_t begin = whole_pages(size + nr_cpus * 16ull, page), at = begin, bytes;
	int copy = dup(fd), e = 0;
	FILE *f = copy < 0 ? NULL : fdopen(copy, "w");

	if (!f)
		return mm_fail(err, -errno, "temporary file: %s", strerror(errno));
	fwrite(head, 1, size, f);
	for (cpu = 0; cpu < nr_cpus; cpu++) {
		for (i = 0, bytes = 0; i < r->n; i++)
			if (r->v[i].cpu == cpu)
				bytes = r->v[i].bytes;
		number(f, at, 8);
		number(f, bytes, 8);
		at += bytes;
	}
	e = pad(f, begin);
	for (i = 0; !e && i < r->n; i++)
		e = append(fd, &r->v[i]);
	fclose(f);
	return e ? mm_fail(err, e, "the recording cannot be put together: %s", strerror(-e)) : 0;
}
