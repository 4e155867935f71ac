/* SPDX-License-Identifier: MIT
 *
 * --benchmark_perf_counters: counters of this process and the threads that it
 * starts, through perf_event_open(2).  Each is opened by itself, so that one
 * that this machine lacks does not cost the others; where the kernel had to
 * share a hardware counter between several, values are scaled to the whole time.
 */
#include <errno.h>
#include <linux/perf_event.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "internal.h"

#define CACHE(id, op, result) \
	(PERF_COUNT_HW_CACHE_##id | PERF_COUNT_HW_CACHE_OP_##op << 8 | PERF_COUNT_HW_CACHE_RESULT_##result << 16)

static const struct {
	const char *name;
	uint32_t type;
	uint64_t config;
} known[] = {
	{ "cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES },
	{ "instructions", PERF_TYPE_HARDWARE, PERF_COUNT_HW_INSTRUCTIONS },
	{ "cache-references", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_REFERENCES },
	{ "cache-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_CACHE_MISSES },
	{ "branches", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_INSTRUCTIONS },
	{ "branch-misses", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BRANCH_MISSES },
	{ "bus-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_BUS_CYCLES },
	{ "ref-cycles", PERF_TYPE_HARDWARE, PERF_COUNT_HW_REF_CPU_CYCLES },
	{ "stalled-cycles-frontend", PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_FRONTEND },
	{ "stalled-cycles-backend", PERF_TYPE_HARDWARE, PERF_COUNT_HW_STALLED_CYCLES_BACKEND },
	{ "L1-dcache-loads", PERF_TYPE_HW_CACHE, CACHE(L1D, READ, ACCESS) },
	{ "L1-dcache-load-misses", PERF_TYPE_HW_CACHE, CACHE(L1D, READ, MISS) },
	{ "LLC-loads", PERF_TYPE_HW_CACHE, CACHE(LL, READ, ACCESS) },
	{ "LLC-load-misses", PERF_TYPE_HW_CACHE, CACHE(LL, READ, MISS) },
	{ "dTLB-load-misses", PERF_TYPE_HW_CACHE, CACHE(DTLB, READ, MISS) },
	{ "task-clock", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_TASK_CLOCK },
	{ "page-faults", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_PAGE_FAULTS },
	{ "context-switches", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CONTEXT_SWITCHES },
	{ "cpu-migrations", PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_MIGRATIONS },
};

struct perf_counter {
	char *name;
	int fd;
};

struct perf_set {
	struct perf_counter *c;
	size_t n;
};

/* Names as perf list has them; case and _ for - do not matter. */
static bool same_name(const char *a, const char *b)
{
	for (; *a && *b; a++, b++)
		if (strncasecmp(a, b, 1) && !(*a == '_' && *b == '-'))
			return false;
	return *a == *b;
}

static int open_counter(const char *name)
{
	struct perf_event_attr attr = { .size = sizeof(attr), .disabled = 1, .inherit = 1,
					.exclude_kernel = 1, .exclude_hv = 1,
					.read_format = PERF_FORMAT_TOTAL_TIME_ENABLED |
						       PERF_FORMAT_TOTAL_TIME_RUNNING };
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(*known); i++) {
		if (same_name(name, known[i].name)) {
			attr.type = known[i].type;
			attr.config = known[i].config;
			/* Software events happen in the kernel. */
			attr.exclude_kernel = attr.type != PERF_TYPE_SOFTWARE;
			return (int)syscall(SYS_perf_event_open, &attr, 0, -1, -1,
					    PERF_FLAG_FD_CLOEXEC);
		}
	}
	errno = EINVAL;
	return -1;
}

struct perf_set *perf_open(const char *names)
{
	struct perf_set *p = bench_alloc(sizeof(*p));
	char *all = bench_strdup(names), *at = all, *name, *lacking = NULL;
	const char *why = "";

	while ((name = strsep(&at, ","))) {
		int fd = *name ? open_counter(name) : -1;

		if (fd >= 0) {
			p->c = bench_grow(p->c, p->n + 1, sizeof(*p->c));
			p->c[p->n++] = (struct perf_counter){ bench_strdup(name), fd };
		} else if (*name) {
			why = errno == EINVAL ? "no such event" : strerror(errno);
			bench_append(&lacking, "%s%s", lacking ? ", " : "", name);
		}
	}
	if (lacking)
		fprintf(stderr, "***WARNING*** Performance counters not available here: %s (%s).\n",
			lacking, why);
	free(lacking);
	free(all);
	if (p->n)
		return p;
	perf_close(p);
	return NULL;
}

static void all_do(struct perf_set *p, unsigned long what)
{
	size_t i;

	for (i = 0; i < p->n; i++)
		ioctl(p->c[i].fd, what, 0);
}

void perf_start(struct perf_set *p)
{
	all_do(p, PERF_EVENT_IOC_ENABLE);
}

void perf_stop(struct perf_set *p)
{
	all_do(p, PERF_EVENT_IOC_DISABLE);
}

void perf_reset(struct perf_set *p)
{
	all_do(p, PERF_EVENT_IOC_RESET);
}

void perf_report(struct perf_set *p, struct counters *out)
{
	size_t i;

	for (i = 0; i < p->n; i++) {
		struct {
			uint64_t value, enabled, running;
		} r;
		double v;

		if (read(p->c[i].fd, &r, sizeof(r)) != sizeof(r))
			continue;
		v = (double)r.value;
		if (r.running && r.running < r.enabled)
			v *= (double)r.enabled / (double)r.running;
		counters_set(out, p->c[i].name, v, BENCH_AVG_ITERATIONS);
	}
}

void perf_close(struct perf_set *p)
{
	size_t i;

	for (i = 0; p && i < p->n; i++) {
		close(p->c[i].fd);
		free(p->c[i].name);
	}
	if (p)
		free(p->c);
	free(p);
}
