/* SPDX-License-Identifier: MIT
 *
 * An instance of tracefs: its own buffers and events, beside whatever else is
 * traced on the host.  It is named after the process, so that what a killed
 * recorder left can be told, and is removed by the next one.
 */
#include "traces/record/session.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "traces/record/probes.h"

#define PREFIX "mmreplay-"

static int find_tracefs(struct mm_error *err)
{
	const char *given = getenv("MMREPLAY_TRACEFS"), *dir;
	char path[4096];

	tracefs_set_loglevel(TEP_LOG_NONE);
	if (given && *given)
		tracefs_set_tracing_dir((char *)given);
	dir = given && *given ? given : tracefs_tracing_dir();
	if (!dir)
		return mm_fail(err, -ENOENT, "this host has no tracefs that could be used (usually /sys/kernel/tracing): recording needs root, and a kernel with ftrace");
	snprintf(path, sizeof(path), "%s/instances", dir);
	if (access(path, W_OK | X_OK)) {
		if (errno == EACCES || errno == EPERM || errno == EROFS)
			return mm_fail(err, -EACCES, "%s: %s; recording this host needs root", dir,
				       strerror(errno));
		return mm_fail(err, -ENOENT, "%s: no tracefs is mounted there; recording needs a kernel with ftrace (mount -t tracefs nodev /sys/kernel/tracing)",
			       dir);
	}
	return 0;
}

/* Instances of recorders that are no more.  (Given a pattern, libtracefs 1.6
 * keeps what it compiles from it.) */
static void remove_stale(void)
{
	char **list = tracefs_instances(NULL);
	struct tracefs_instance *old;
	size_t i;
	long pid;

	for (i = 0; list && list[i]; i++) {
		if (strncmp(list[i], PREFIX, strlen(PREFIX)))
			continue;
		pid = strtol(list[i] + strlen(PREFIX), NULL, 10);
		if (pid <= 0 || !kill(pid, 0) || errno != ESRCH)
			continue;
		old = tracefs_instance_create(list[i]);
		if (!old)
			continue;
		tracefs_instance_destroy(old);
		tracefs_instance_free(old);
	}
	tracefs_list_free(list);
}

static int enable(struct session *s, const char *spec, struct mm_error *err)
{
	const char *colon = strchr(spec, ':');
	char *system = colon ? strndup(spec, colon - spec) : strdup(spec);
	int e = 0;

	if (!system)
		return mm_fail(err, -ENOMEM, "out of memory");
	if (!*system || tracefs_event_enable(s->instance, system, colon ? colon + 1 : NULL))
		e = mm_fail(err, -EINVAL, "event '%s': this kernel has no such event (%s/events has a folder for each SYSTEM, and in it one for each EVENT)",
			    spec, tracefs_tracing_dir());
	free(system);
	return e;
}

static bool has_system(const char *name)
{
	char *path = tracefs_get_tracing_file("events");
	char dir[4096];

	snprintf(dir, sizeof(dir), "%s/%s", path ? path : "", name);
	tracefs_put_tracing_file(path);
	return !access(dir, F_OK);
}

static int enable_events(struct session *s, const struct record_options *opt, struct mm_error *err)
{
	size_t i;
	int e = 0;

	for (i = 0; !e && i < opt->nr_events; i++)
		e = enable(s, opt->events[i], err);
	if (!e && !opt->nr_events)
		e = enable(s, "kmem", err);
	if (!e && !opt->nr_events && has_system("vmalloc")) /* Linux 6.3 and later */
		e = enable(s, "vmalloc", err);
	return e;
}

static int set_up(struct session *s, const struct record_options *opt, struct mm_error *err)
{
	long long kb = opt->buffer >> 10, sub = 0;
	char text[32];

	tracefs_trace_off(s->instance);
	snprintf(text, sizeof(text), "%lld", kb);
	if (tracefs_instance_file_write(s->instance, "buffer_size_kb", text) < 0)
		return mm_fail(err, -ENOMEM, "the kernel gives no ring buffer of %lld KiB for each CPU: %s; ask for less with --buffer",
			       kb, strerror(errno));
	/* One clock for all CPUs, so that their events can be put in order. */
	if (tracefs_instance_file_write(s->instance, "trace_clock", "mono") < 0)
		return mm_fail(err, -EIO, "the trace clock 'mono' cannot be set: %s", strerror(errno));
	if (opt->stacks &&
	    tracefs_instance_file_write(s->instance, "options/stacktrace", "1") < 0)
		return mm_fail(err, -EINVAL, "this kernel records no stacks (CONFIG_STACKTRACE)");
	if (tracefs_instance_file_read_number(s->instance, "buffer_subbuf_size_kb", &sub) || sub <= 0)
		sub = sysconf(_SC_PAGESIZE) >> 10;
	s->page_size = sub << 10;
	return 0;
}

int session_open(struct session *s, const struct record_options *opt, struct mm_error *err)
{
	char name[40];
	int e;

	memset(s, 0, sizeof(*s));
	e = find_tracefs(err);
	if (e)
		return e;
	remove_stale();
	snprintf(name, sizeof(name), PREFIX "%d", getpid());
	s->instance = tracefs_instance_create(name);
	if (!s->instance)
		return mm_fail(err, -errno, "%s/instances/%s: %s", tracefs_tracing_dir(), name,
			       strerror(errno));
	s->nr_cpus = sysconf(_SC_NPROCESSORS_CONF);
	e = set_up(s, opt, err);
	if (!e && opt->probes)
		e = probes_make(s, opt->probes, err);
	if (!e)
		e = enable_events(s, opt, err);
	if (e)
		session_close(s);
	return e;
}

void session_close(struct session *s)
{
	if (!s->instance)
		return;
	tracefs_trace_off(s->instance);
	tracefs_instance_file_write(s->instance, "events/enable", "0");
	probes_remove(s);
	tracefs_instance_destroy(s->instance);
	tracefs_instance_free(s->instance);
	s->instance = NULL;
}

int session_start(struct session *s, struct mm_error *err)
{
	if (tracefs_trace_on(s->instance))
		return mm_fail(err, -errno, "tracing cannot be switched on: %s", strerror(errno));
	return 0;
}

void session_stop(struct session *s)
{
	tracefs_trace_off(s->instance);
}

int session_only(struct session *s, pid_t pid, struct mm_error *err)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", pid);
	if (tracefs_instance_file_write(s->instance, "set_event_pid", text) < 0 ||
	    tracefs_instance_file_write(s->instance, "options/event-fork", "1") < 0)
		return mm_fail(err, -EINVAL, "this kernel cannot record the events of some tasks only (set_event_pid): %s",
			       strerror(errno));
	return 0;
}

void session_not(struct session *s, pid_t tid)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", tid);
	tracefs_instance_file_append(s->instance, "set_event_notrace_pid", text);
}

/* per_cpu/cpuN/stats: "overrun: 12", "dropped events: 0", ... */
static uint64_t count_in(const char *stats, const char *key)
{
	const char *at = stats ? strstr(stats, key) : NULL;

	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

uint64_t session_lost(struct session *s)
{
	uint64_t lost = 0;
	char name[64], *stats;
	uint32_t cpu;

	for (cpu = 0; cpu < s->nr_cpus; cpu++) {
		snprintf(name, sizeof(name), "per_cpu/cpu%u/stats", cpu);
		stats = tracefs_instance_file_read(s->instance, name, NULL);
		lost += count_in(stats, "\noverrun: ") + count_in(stats, "\ndropped events: ");
		free(stats);
	}
	return lost;
}
