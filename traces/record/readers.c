/* SPDX-License-Identifier: MIT
 *
 * A thread for each CPU copies whole pages of its ring buffer to a file.
 *
 * A read takes the oldest page out of the buffer, and one that is not full yet
 * when there is no other; so between two rounds a thread sleeps 20 ms, for
 * which even small buffers have room, and a quiet CPU costs fifty pages a second.
 */
#include "traces/record/readers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define CHUNK (1u << 20)
#define NAP_NS 20000000

int record_temp(const char *path, struct mm_error *err)
{
	const char *slash = strrchr(path, '/'), *tmp = getenv("TMPDIR");
	char dir[4096], name[4200];
	int fd;

	if (!strcmp(path, "-"))
		snprintf(dir, sizeof(dir), "%s", tmp && *tmp ? tmp : "/tmp");
	else
		snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path) + (slash == path) : 1,
			 slash ? path : ".");
	fd = open(dir, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	if (fd >= 0)
		return fd;
	if (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL)
		return mm_fail(err, -errno, "%s: cannot make a temporary file: %s", dir, strerror(errno));
	snprintf(name, sizeof(name), "%s/mmreplay-record-XXXXXX", dir);
	fd = mkstemp(name);
	if (fd < 0)
		return mm_fail(err, -errno, "%s: cannot make a temporary file: %s", dir, strerror(errno));
	unlink(name);
	return fd;
}

/* Fill the buffer with pages: bytes, 0: there is none, negative errno. */
static ssize_t read_pages(const struct reader *r, char *buf, uint32_t page_size)
{
	size_t n = 0;
	ssize_t got;

	while (n + page_size <= CHUNK) {
		got = read(r->from, buf + n, page_size);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno != EAGAIN)
			return -errno;
		if (got <= 0)
			break;
		if ((size_t)got < page_size)
			memset(buf + n + got, 0, page_size - got);
		n += page_size;
	}
	return n;
}

static int write_all(int fd, const char *p, size_t n)
{
	ssize_t w;

	while (n) {
		w = write(fd, p, n);
		if (w < 0 && errno == EINTR)
			continue;
		if (w < 0)
			return errno;
		p += w;
		n -= w;
	}
	return 0;
}

static void *copy(void *arg)
{
	struct reader *r = arg;
	struct timespec nap = { 0, NAP_NS };
	uint32_t page_size = r->all->session->page_size;
	char *buf = malloc(CHUNK);
	ssize_t n = 0;
	bool last;

	r->tid = syscall(SYS_gettid);
	session_not(r->all->session, r->tid);
	if (!buf)
		r->error = ENOMEM;
	while (!r->error) {
		last = atomic_load(&r->all->quit);
		while (!r->error && (n = read_pages(r, buf, page_size)) > 0) {
			r->error = write_all(r->to, buf, n);
			r->bytes += n;
		}
		if (n < 0)
			r->error = -n;
		if (last)
			break;
		nanosleep(&nap, NULL);
	}
	if (r->error)
		atomic_store(&r->all->failed, true);
	free(buf);
	return NULL;
}

int readers_open(struct readers *r, struct session *s, const char *near, struct mm_error *err)
{
	char name[64];
	struct reader *v;
	uint32_t cpu;
	int e = 0;

	memset(r, 0, sizeof(*r));
	r->session = s;
	r->v = calloc(s->nr_cpus, sizeof(*r->v));
	if (!r->v)
		return mm_fail(err, -ENOMEM, "out of memory");
	for (cpu = 0; !e && cpu < s->nr_cpus; cpu++) {
		v = &r->v[r->n];
		*v = (struct reader){ .all = r, .cpu = cpu, .from = -1, .to = -1 };
		snprintf(name, sizeof(name), "per_cpu/cpu%u/trace_pipe_raw", cpu);
		v->from = tracefs_instance_file_open(s->instance, name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (v->from < 0)
			continue; /* a CPU that is not there */
		r->n++;
		v->to = record_temp(near, err);
		e = v->to < 0 ? v->to : 0;
	}
	if (!e && !r->n)
		e = mm_fail(err, -EIO, "no ring buffer of any CPU can be read: %s", strerror(errno));
	return e;
}

int readers_start(struct readers *r, struct mm_error *err)
{
	uint32_t i;

	for (i = 0; i < r->n; i++) {
		if (pthread_create(&r->v[i].thread, NULL, copy, &r->v[i]))
			return mm_fail(err, -EAGAIN, "cannot start a thread to read the ring buffer of CPU %u",
				       r->v[i].cpu);
		r->v[i].started = true;
	}
	return 0;
}

int readers_finish(struct readers *r, struct mm_error *err)
{
	uint32_t i;
	int e = 0;

	atomic_store(&r->quit, true);
	for (i = 0; i < r->n; i++) {
		if (!r->v[i].started)
			continue;
		pthread_join(r->v[i].thread, NULL);
		r->v[i].started = false;
		close(r->v[i].from); /* an instance whose buffers are open cannot be removed */
		r->v[i].from = -1;
		if (r->v[i].error && !e)
			e = mm_fail(err, -r->v[i].error, "the events of CPU %u cannot be kept: %s",
				    r->v[i].cpu, strerror(r->v[i].error));
	}
	return e;
}

void readers_close(struct readers *r)
{
	uint32_t i;

	readers_finish(r, NULL);
	for (i = 0; i < r->n; i++) {
		if (r->v[i].from >= 0)
			close(r->v[i].from);
		if (r->v[i].to >= 0)
			close(r->v[i].to);
	}
	free(r->v);
	memset(r, 0, sizeof(*r));
}
