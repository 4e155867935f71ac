/* SPDX-License-Identifier: MIT
 *
 * A recording from end to end.
 */
#include "traces/record/record.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/out.h"
#include "base/stop.h"
#include "traces/record/child.h"
#include "traces/record/dat_write.h"
#include "traces/record/readers.h"
#include "traces/record/session.h"
#include "traces/record/state.h"

#define POLL_NS 20000000

struct recording {
	const struct record_options *opt;
	struct record_result *res;
	struct session session;
	struct readers readers;
	struct child child;
	struct out_dir *before, *after;
	char *head;		/* of the trace.dat */
	size_t head_size;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec * 1e-9;
}

/* "DIR/T.mmt": "DIR/T.before". */
static void state_name(char *to, size_t size, const char *output, const char *ending)
{
	size_t n = strlen(output);

	if (n > 4 && !strcmp(output + n - 4, ".mmt"))
		n -= 4;
	snprintf(to, size, "%.*s.%s", (int)n, output, ending);
}

static bool wants_state(const struct record_options *opt)
{
	return opt->state && strcmp(opt->output, "-");
}

static int prepare(struct recording *rec, struct mm_error *err)
{
	const struct record_options *opt = rec->opt;
	struct record_result *res = rec->res;
	int e = session_open(&rec->session, opt, err);

	if (!e)
		e = readers_open(&rec->readers, &rec->session, opt->output, err);
	if (!e && wants_state(opt)) {
		state_name(res->after, sizeof(res->after), opt->output, "after");
		state_name(res->before, sizeof(res->before), opt->output, "before");
		rec->before = state_copy(res->before, res->missing, sizeof(res->missing), err);
		e = rec->before ? 0 : err->code;
	}
	if (!e && opt->command)
		e = child_prepare(&rec->child, opt->command, err);
	if (!e && opt->own_tasks)
		e = session_only(&rec->session, rec->child.pid, err);
	else if (!e)
		session_not(&rec->session, getpid());
	return e ? e : readers_start(&rec->readers, err);
}

/* Until the command ends, the time is over, the user stops it, or the disk is full. */
static void wait_for_end(struct recording *rec, double begin)
{
	const struct record_options *opt = rec->opt;
	struct timespec nap = { 0, POLL_NS };

	while (!stop_requested() && !atomic_load(&rec->readers.failed) &&
	       !(opt->command && child_ended(&rec->child)) &&
	       !(opt->duration && now() - begin >= opt->duration))
		nanosleep(&nap, NULL);
}

static int run(struct recording *rec, struct mm_error *err)
{
	const struct record_options *opt = rec->opt;
	double begin = now();
	uint32_t i;
	int e;

	e = session_start(&rec->session, err);
	if (!e && opt->command)
		e = child_go(&rec->child, opt->command[0], err);
	if (!e)
		wait_for_end(rec, begin);
	session_stop(&rec->session);
	rec->res->seconds = now() - begin;
	if (e)
		return e;
	e = readers_finish(&rec->readers, err);
	rec->res->lost = session_lost(&rec->session);
	for (i = 0; i < rec->readers.n; i++)
		rec->res->raw_bytes += rec->readers.v[i].bytes;
	if (!e && !rec->res->raw_bytes)
		e = mm_fail(err, -EINVAL, "nothing was recorded: no event came in %.1f s", rec->res->seconds);
	if (!e && rec->before) {
		rec->after = state_copy(rec->res->after, rec->res->missing, sizeof(rec->res->missing), err);
		e = rec->after ? 0 : err->code;
	}
	if (!e) {
		rec->head = dat_head(&rec->session, &rec->head_size, err);
		e = rec->head ? 0 : err->code;
	}
	return e;
}

/* "make -j2" */
static void command_line(char *to, size_t size, char *const *argv)
{
	size_t n = 0;

	*to = '\0';
	for (; argv && *argv && n < size; argv++)
		n += snprintf(to + n, size - n, "%s%s", n ? " " : "", *argv);
}

/* The recording as a file, and its path; kept where it is wanted. */
static int put_together(struct recording *rec, struct out_file **kept, FILE **f, char *path,
			size_t size, struct mm_error *err)
{
	int fd;

	*kept = rec->opt->keep ? out_open(rec->opt->keep, f, err) : NULL;
	if (rec->opt->keep && !*kept)
		return err->code;
	fd = *kept ? fileno(*f) : record_temp(rec->opt->output, err);
	if (fd < 0)
		return fd;
	if (!*kept) {
		*f = fdopen(fd, "w+");
		if (!*f) {
			close(fd);
			return mm_fail(err, -ENOMEM, "out of memory");
		}
	}
	snprintf(path, size, "/proc/self/fd/%d", fd);
	return dat_write(fd, &rec->readers, rec->head, rec->head_size, err);
}

static int import(struct recording *rec, const char *path, struct mm_error *err)
{
	char command[1100] = "command=", lost[64];
	const char *meta[] = { "source.file=tracefs", lost, command };
	struct import_options opt = {
		.format = "trace.dat", .meta = meta, .nr_meta = rec->opt->command ? 3 : 2,
		.write = rec->opt->write, .progress = rec->opt->progress, .arg = rec->opt->arg,
	};
	int e;

	command_line(command + 8, sizeof(command) - 8, rec->opt->command);
	snprintf(lost, sizeof(lost), "lost_events=%llu", (unsigned long long)rec->res->lost);
	e = import_run(path, rec->opt->output, &opt, &rec->res->import, err);
	return e;
}

static int finish(struct recording *rec, struct mm_error *err)
{
	struct out_file *kept = NULL;
	FILE *f = NULL;
	char path[64];
	int e;

	e = put_together(rec, &kept, &f, path, sizeof(path), err);
	readers_close(&rec->readers); /* their files have been copied */
	if (!e)
		e = import(rec, path, err);
	if (kept && e)
		out_abort(kept);
	else if (kept)
		e = out_commit(kept, err);
	else if (f)
		fclose(f);
	if (!e && rec->before) {
		e = out_dir_commit(rec->before, err);
		rec->before = NULL;
	}
	if (!e && rec->after) {
		e = out_dir_commit(rec->after, err);
		rec->after = NULL;
	}
	return e;
}

int record_run(const struct record_options *opt, struct record_result *res, struct mm_error *err)
{
	struct recording rec = { .opt = opt, .res = res };
	int e;

	memset(res, 0, sizeof(*res));
	e = prepare(&rec, err);
	if (!e)
		e = run(&rec, err);
	readers_finish(&rec.readers, NULL);
	session_close(&rec.session);
	/* One that outlives its recording is ended; one that never began just ends. */
	child_wait(&rec.child, stop_requested() ? stop_signal : e || opt->duration ? SIGTERM : 0);
	res->status = rec.child.status;
	if (!e)
		e = finish(&rec, err);
	readers_close(&rec.readers);
	out_dir_abort(rec.before);
	out_dir_abort(rec.after);
	free(rec.head);
	if (e)
		record_result_free(res);
	return e;
}

void record_result_free(struct record_result *res)
{
	import_summary_free(&res->import);
}
