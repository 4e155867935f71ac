/* SPDX-License-Identifier: MIT
 *
 * mmreplay record: each refusal, and real recordings where this host lets one
 * make them (root, tracefs with instances); elsewhere those are skipped.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include <jansson.h>

#include "tests/cli/run_cmd.h"

#define INSTANCES "/sys/kernel/tracing/instances"

static char dir[64], out[128], path[200];

static int set_up(void **state)
{
	(void)state;
	run_make_dir(dir);
	snprintf(out, sizeof(out), "%s/t.mmt", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	run_rm_dir(dir);
	return 0;
}

static const char *in_dir(const char *name)
{
	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return path;
}

static void need_tracefs(void)
{
	if (!access("/sys/kernel/tracing/events/kmem/kmalloc", F_OK) &&
	    !access(INSTANCES, W_OK))
		return;
	print_message("needs root and a tracefs at /sys/kernel/tracing with events of kmem: skipped\n");
	skip();
}

static void no_instance_is_left(void)
{
	DIR *d = opendir(INSTANCES);
	const struct dirent *e;
	long pid;

	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		pid = strncmp(e->d_name, "mmreplay-", 9) ? 0 : strtol(e->d_name + 9, NULL, 10);
		if (pid > 0 && kill(pid, 0))
			fail_msg("%s was left", e->d_name);
	}
	closedir(d);
}

static json_t *recorded(struct run *r)
{
	json_t *o = json_loads(r->out, 0, NULL);

	if (!o)
		fail_msg("status %d, no JSON: %s", r->status, r->err);
	return o;
}

static json_int_t number(const json_t *o, const char *key)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_integer(v))
		fail_msg("no number '%s'", key);
	return json_integer_value(v);
}

/* ---- refusals: one sentence, status 2, nothing written ---- */

static void without_tracefs(void **state)
{
	struct run *r;

	(void)state;
	setenv("MMREPLAY_TRACEFS", "/nonexistent", 1);
	r = MMREPLAY("record", "-o", out, "--", "true");
	unsetenv("MMREPLAY_TRACEFS");
	assert_int_equal(r->status, 2);
	assert_string_equal(r->err, "mmreplay record: /nonexistent: no tracefs is mounted there; recording needs a kernel with ftrace (mount -t tracefs nodev /sys/kernel/tracing)\n");
	assert_int_not_equal(access(out, F_OK), 0);
}

/* A folder that only root may write to, and somebody else who asks. */
static void without_root(void **state)
{
	static const char sentence[] = ": Permission denied; recording this host needs root\n";
	const char *sh[] = { "sh", "-c", NULL, NULL };
	char cmd[600];
	struct run r;

	(void)state;
	if (getuid()) {
		print_message("needs root, to be somebody else: skipped\n");
		skip();
	}
	snprintf(cmd, sizeof(cmd), "chmod 755 %s && mkdir -p %s/fs/instances && cp %s %s/mmreplay && "
		 "MMREPLAY_TRACEFS=%s/fs setpriv --reuid 65534 --clear-groups %s/mmreplay record -o /tmp/x.mmt -- true",
		 dir, dir, run_binary(), dir, dir, dir);
	sh[2] = cmd;
	run_program(&r, sh);
	assert_int_equal(r.status, 2);
	assert_non_null(strstr(r.err, sentence));
	assert_int_equal(strlen(strchr(r.err, '\n')), 1);
}

static void bad_usage(void **state)
{
	struct run *r = MMREPLAY("record", "--whose", "command");

	(void)state;
	assert_int_equal(r->status, 2);
	assert_string_equal(r->err, "mmreplay record: --whose command needs a command\n");
	r = MMREPLAY("record", "--buffer", "1K", "true");
	assert_int_equal(r->status, 2);
	assert_non_null(strstr(r->err, "buffer"));
}

static void what_this_kernel_lacks(void **state)
{
	struct run *r;

	(void)state;
	need_tracefs();
	r = MMREPLAY("record", "-o", out, "-e", "kmem:nosuch", "--", "true");
	assert_int_equal(r->status, 2);
	assert_string_equal(r->err, "mmreplay record: event 'kmem:nosuch': this kernel has no such event (/sys/kernel/tracing/events has a folder for each SYSTEM, and in it one for each EVENT)\n");
	r = MMREPLAY("record", "-o", out, "--no-state", "--", "/nonexistent/command");
	assert_int_equal(r->status, 2);
	assert_string_equal(r->err, "mmreplay record: /nonexistent/command: No such file or directory\n");
	r = MMREPLAY("record", "-o", out, "--probes", "/nonexistent/probes", "--", "true");
	assert_int_equal(r->status, 2);
	assert_string_equal(r->err, "mmreplay record: /nonexistent/probes: No such file or directory\n");
	assert_int_not_equal(access(out, F_OK), 0);
	no_instance_is_left();
}

/* ---- real recordings ---- */

static void the_host(void **state)
{
	struct run *r;
	json_t *o, *import;

	(void)state;
	need_tracefs();
	r = MMREPLAY("record", "-o", out, "--no-state", "--json", "--keep", in_dir("t.dat"), "--", "ls", "/");
	assert_int_equal(r->status, 0);
	o = json_loads(strchr(r->out, '{'), 0, NULL); /* what ls printed comes first */
	assert_non_null(o);
	import = json_object_get(o, "import");
	assert_int_equal(number(o, "version"), 1);
	assert_true(number(o, "events") > 200);
	assert_int_equal(number(o, "events"), number(import, "events"));
	assert_int_equal(number(o, "command_status"), 0);
	assert_string_equal(json_string_value(json_object_get(import, "format")), "trace.dat version 6");
	assert_string_equal(json_string_value(json_object_get(import, "gfp_numbers")), "the recording's own table");
	assert_int_equal(json_object_size(json_object_get(import, "unknown_events")), 0);
	json_decref(o);
	r = MMREPLAY("info", out);
	assert_int_equal(r->status, 0);
	assert_non_null(strstr(r->out, "  command: ls /\n"));
	/* what was kept is the same recording */
	o = recorded(MMREPLAY("import", in_dir("t.dat"), "-o", out, "--json"));
	assert_true(number(o, "events") > 200);
	json_decref(o);
	no_instance_is_left();
}

static void only_the_command(void **state)
{
	struct run *r;

	(void)state;
	need_tracefs();
	r = MMREPLAY("record", "-o", out, "--no-state", "--whose", "command", "--stacks", "--", "sh", "-c",
		     "ls / >/dev/null; exit 7");
	assert_int_equal(r->status, 7);
	assert_non_null(strstr(r->err, "'sh' ended with status 7"));
	r = MMREPLAY("info", out);
	assert_int_equal(r->status, 0);
	assert_non_null(strstr(r->out, " ls-"));
	assert_null(strstr(r->out, " kworker"));
	assert_non_null(strstr(r->out, ";do_syscall_64")); /* a stack: functions with ; between */
}

static void for_a_time(void **state)
{
	struct run *r;
	json_t *o;

	(void)state;
	need_tracefs();
	r = MMREPLAY("record", "-o", out, "--no-state", "--json", "--duration", "0.2", "--", "sleep", "600");
	assert_int_equal(r->status, 128 + 15);
	o = recorded(r);
	assert_true(json_real_value(json_object_get(o, "seconds")) >= 0.2);
	assert_true(number(o, "events") > 0);
	json_decref(o);
	no_instance_is_left();
}

/* A signal ends the recording; what was recorded is there. */
static void stopped(void **state)
{
	const char *sh[] = { "sh", "-c", NULL, NULL };
	char cmd[400];
	struct run r;

	(void)state;
	need_tracefs();
	snprintf(cmd, sizeof(cmd), "%s record -o %s --no-state >/dev/null & pid=$!; sleep 1; kill -TERM $pid; wait $pid",
		 run_binary(), out);
	sh[2] = cmd;
	run_program(&r, sh);
	assert_int_equal(r.status, 0);
	assert_int_equal(MMREPLAY("info", out)->status, 0);
	no_instance_is_left();
}

static void state_before_and_after(void **state)
{
	static const char *const files[] = { "t.before/zoneinfo.zst", "t.before/buddyinfo.zst",
					     "t.after/zoneinfo.zst", "t.after/meminfo.zst" };
	struct run *r;
	size_t i;

	(void)state;
	need_tracefs();
	r = MMREPLAY("record", "-o", out, "--", "true");
	assert_int_equal(r->status, 0);
	assert_non_null(strstr(r->out, "state of the machine: "));
	for (i = 0; i < sizeof(files) / sizeof(files[0]); i++)
		assert_int_equal(access(in_dir(files[i]), R_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(without_tracefs, set_up, tear_down),
		cmocka_unit_test_setup_teardown(without_root, set_up, tear_down),
		cmocka_unit_test_setup_teardown(bad_usage, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_this_kernel_lacks, set_up, tear_down),
		cmocka_unit_test_setup_teardown(the_host, set_up, tear_down),
		cmocka_unit_test_setup_teardown(only_the_command, set_up, tear_down),
		cmocka_unit_test_setup_teardown(for_a_time, set_up, tear_down),
		cmocka_unit_test_setup_teardown(stopped, set_up, tear_down),
		cmocka_unit_test_setup_teardown(state_before_and_after, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
