/* SPDX-License-Identifier: MIT
 * The tokenizers of text, and perf script from end to end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "tests/import/import_help.h"
#include "traces/import/text.h"

typedef bool head_fn(const char *line, const char *end, struct text_head *h);

static void check(head_fn *head, const char *line, const char *comm, int pid, unsigned int cpu,
		  uint64_t ns, unsigned int ctx, const char *event)
{
	struct text_head h;

	if (!head(line, line + strlen(line), &h))
		fail_msg("not understood: %s", line);
	assert_int_equal(h.comm.n, strlen(comm));
	assert_memory_equal(h.comm.p, comm, h.comm.n);
	assert_int_equal(h.pid, pid);
	assert_int_equal(h.cpu, cpu);
	assert_int_equal(h.time, ns);
	assert_int_equal(h.ctx, ctx);
	assert_int_equal(h.event.n, strlen(event));
	assert_memory_equal(h.event.p, event, h.event.n);
}

static void none(head_fn *head, const char *line)
{
	struct text_head h;

	if (head(line, line + strlen(line), &h))
		fail_msg("taken for an event: %s", line);
}

static void lines_of_trace_cmd(void **state)
{
	head_fn *f = text_head_report;

	(void)state;
	check(f, "            bash-148   [000]    19.337805: kmalloc:              (x) ptr=0x1",
	      "bash", 148, 0, 19337805000, TRACE_TASK, "kmalloc");
	check(f, "     kworker/u2:1-23   [003] ..s1. 0.000001: kfree: ptr=0x1", "kworker/u2:1", 23, 3,
	      1000, TRACE_SOFTIRQ, "kfree");
	check(f, "  my [9] prog-1-7 [001]  1.5: kfree: ", "my [9] prog-1", 7, 1, 1500000000,
	      TRACE_TASK, "kfree");
	check(f, "          <idle>-0     [000]  123456789.123456789: mm_page_free: pfn=1", "<idle>", 0, 0,
	      123456789123456789, TRACE_TASK, "mm_page_free");
	none(f, "cpus=1");
	none(f, "=> kmalloc_trace (c125672f)");
	none(f, "  bash-148 [000] 19.33: ");
	none(f, "  bash [000] 19.33: kmalloc: ptr=0x1");
	none(f, "  bash-148 [x] 19.33: kmalloc: ptr=0x1");
	none(f, "  bash-148 [000] 19: kmalloc: ptr=0x1");
	none(f, "");
	none(f, "[0");
}

static void lines_of_tracefs(void **state)
{
	head_fn *f = text_head_ftrace;

	(void)state;
	check(f, "       trace-cmd-135     [000] d.h21    14.178978: mm_page_alloc: page=f60a8998",
	      "trace-cmd", 135, 0, 14178978000, TRACE_HARDIRQ, "mm_page_alloc");
	check(f, "       trace-cmd-135     ( 135) [000] ..s..    14.178978: kfree: x", "trace-cmd", 135, 0,
	      14178978000, TRACE_SOFTIRQ, "kfree");
	check(f, "  a-2 (-----) [000] .... 1.000000: kfree: x", "a", 2, 0, 1000000000, TRACE_TASK, "kfree");
	check(f, "  a-2 [011] 1.000000: <stack trace>", "a", 2, 11, 1000000000, TRACE_TASK, "kernel_stack");
	none(f, "# tracer: nop");
	none(f, " => __alloc_pages");
}

static void lines_of_perf(void **state)
{
	head_fn *f = text_head_perf;

	(void)state;
	check(f, "            bash   148 [000]    19.337805:       kmem:kmalloc: call_site=x", "bash", 148, 0,
	      19337805000, TRACE_TASK, "kmalloc");
	check(f, "my prog  10/12 [002] 1.000001: gt:kmap_local: (c1) vaddr=0x1", "my prog", 12, 2, 1000001000,
	      TRACE_TASK, "kmap_local");
	none(f, "            bash-148   [000]    19.337805: kmalloc: x");
	none(f, "\tffffffff8112 kfree+0x10 ([kernel.kallsyms])");
}

static void frames(void **state)
{
	static const char *const lines[] = {
		"=> kmalloc_trace (c125672f)", " => kmalloc_trace", "\t    c125672f kmalloc_trace+0x2f ([kernel.kallsyms])",
	};
	struct text_span s;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		assert_true(text_frame(lines[i], lines[i] + strlen(lines[i]), &s));
		assert_int_equal(s.n, 13);
		assert_memory_equal(s.p, "kmalloc_trace", 13);
	}
	assert_false(text_frame("", (const char *)"" , &s));
	assert_false(text_frame("c125672f x", (const char *)"c125672f x" + 10, &s));
}

static const char perf[] =
	"# captured on: today\n"
	"bash   148 [000]    19.000001:                kmem:kmalloc: call_site=alloc_bprm+0x26 ptr=0xc2d09a00 bytes_req=348 bytes_alloc=512 gfp_flags=GFP_KERNEL|__GFP_ZERO node=-1 accounted=false\n"
	"\tc125672f kmalloc_trace+0x2f ([kernel.kallsyms])\n"
	"\tc12d52e6 alloc_bprm+0x26 ([kernel.kallsyms])\n"
	"\n"
	"ls   149/149 [001]    19.000002:          kmem:mm_page_alloc: page=0xf60a8998 pfn=0x33d7 order=0 migratetype=0 gfp_flags=GFP_KERNEL\n"
	"bash   148 [000]    19.000003:                  kmem:kfree: call_site=free_bprm+0x80 ptr=0xc2d09a00\n"
	"bash   148 [000]    19.000004:             sched:sched_switch: prev_comm=bash\n";

static void perf_script(void **state)
{
	struct trace_site site;
	struct imported im;

	(void)state;
	import_text(&im, perf, NULL);
	assert_string_equal(im.sum.format, "text of perf script");
	assert_all_events_accounted(&im.sum);
	assert_int_equal(im.n, 3);
	assert_int_equal(im.sum.bad_lines, 0);
	assert_int_equal(im.op[0].kind, TRACE_KMALLOC);
	assert_int_equal(im.op[0].gfp, MM_GFP_KERNEL | MM_GFP_ZERO);
	site = mmt_get_site(im.r, im.op[0].site);
	assert_int_equal(site.nr_frames, 2);
	assert_string_equal(mmt_get_string(im.r, site.frames[1]), "alloc_bprm");
	assert_int_equal(im.op[1].cpu, 1);
	assert_int_equal(mmt_get_task(im.r, im.op[1].task).pid, 149);
	assert_int_equal(im.op[2].slot, im.op[0].slot);
	assert_string_equal(mmt_get_site(im.r, im.op[2].site).name, "free_bprm+0x80");
	assert_string_equal(im.sum.unknown.v[0].name, "sched_switch");
	imported_free(&im);
}

/* A probe with names of the user's own. */
static void own_probes(void **state)
{
	const char *probes[] = { "my:map_it=kmap_local,ptr=where,pte=entry", "unmap_it=kunmap_local,ptr=where" };
	const struct import_options opt = { .probes = probes, .nr_probes = 2 };
	struct imported im;

	(void)state;
	import_text(&im,
		"bash   148 [000]    19.000001:  my:map_it: (c1262cd0) where=0xfffbb000 entry=0x40000163\n"
		"bash   148 [000]    19.000002:  my:unmap_it: (c1262cd0) where=0xfffbb000\n"
		"bash   148 [000]    19.000003:  other:map_it: (c1262cd0) where=0xfffbb000\n", &opt);
	assert_int_equal(im.n, 3);
	assert_int_equal(im.op[0].kind, TRACE_PAGE_FOREIGN);
	assert_int_equal(im.op[0].answer, 0x40000);
	assert_int_equal(im.op[1].kind, TRACE_KMAP_LOCAL);
	assert_int_equal(im.op[2].kind, TRACE_KUNMAP_LOCAL);
	imported_free(&im);
}

static void bad_probes(void **state)
{
	static const char *const bad[][2] = {
		{ "kmap", "'kmap': expected EVENT=ROLE[,FIELD=NAME...]" },
		{ "x=no_role", "'no_role' is no role of an event (roles are page_alloc, kmap_local, vmalloc, ...: see docs/import.md)" },
		{ "x=kmap_local,ptr", "'x=kmap_local,ptr': expected FIELD=NAME, found 'ptr'" },
		{ "x=kmap_local,zz=1", "'zz' is no field of an event's role (fields are ptr, size, pfn, page, pte, ...: see docs/import.md)" },
	};
	struct import_options opt = { .nr_probes = 1 };
	struct import_summary sum;
	struct mm_error err;
	size_t i;

	(void)state;
	for (i = 0; i < 4; i++) {
		opt.probes = &bad[i][0];
		assert_int_equal(import_run(DATA "v6.dat", "/tmp/never.mmt", &opt, &sum, &err), -22);
		assert_string_equal(err.text, bad[i][1]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_trace_cmd),
		cmocka_unit_test(lines_of_tracefs),
		cmocka_unit_test(lines_of_perf),
		cmocka_unit_test(frames),
		cmocka_unit_test(perf_script),
		cmocka_unit_test(own_probes),
		cmocka_unit_test(bad_probes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
