/* SPDX-License-Identifier: MIT
 *
 * What a report says about the machine: /proc and /sys, as Linux gives them.
 */
#include <time.h>
#include <unistd.h>

#include "internal.h"

const char *context_build_type(void)
{
#if defined(__OPTIMIZE__) && !defined(MM_DEBUG)
	return "release";
#else
	return "debug";
#endif
}

/* The first line of a small file without its end; false if there is none. */
static bool read_line(const char *path, char *out, size_t size)
{
	FILE *f = fopen(path, "re");
	bool ok = f && fgets(out, (int)size, f);

	if (f)
		fclose(f);
	if (ok)
		out[strcspn(out, "\n")] = 0;
	return ok;
}

static void fill_date(struct context *c)
{
	time_t now = time(NULL);
	struct tm tm;
	size_t n;

	localtime_r(&now, &tm);
	n = strftime(c->date, sizeof(c->date), "%Y-%m-%dT%H:%M:%S%z", &tm);
	/* RFC 3339: +hhmm with a colon. */
	if (n > 2 && n + 1 < sizeof(c->date)) {
		memmove(c->date + n - 1, c->date + n - 2, 3);
		c->date[n - 2] = ':';
	}
}

static double mhz(void)
{
	double v = 0;
	char line[256];
	FILE *f;

	if (read_line("/sys/devices/system/cpu/cpu0/tsc_freq_khz", line, sizeof(line)) ||
	    read_line("/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq", line, sizeof(line)))
		return atof(line) / 1000;
	f = fopen("/proc/cpuinfo", "re");
	while (f && v == 0 && fgets(line, sizeof(line), f))
		if (!strncmp(line, "cpu MHz", 7) && strchr(line, ':'))
			v = atof(strchr(line, ':') + 1);
	if (f)
		fclose(f);
	return v;
}

static bool scaling(int cpus)
{
	char path[100], governor[64];
	int i;

	for (i = 0; i < cpus; i++) {
		snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d/cpufreq/scaling_governor", i);
		if (read_line(path, governor, sizeof(governor)) && strcmp(governor, "performance"))
			return true;
	}
	return false;
}

static int bits(const char *hex)
{
	int n = 0;

	for (; *hex; hex++) {
		char digit[2] = { *hex, 0 };

		n += __builtin_popcountl((unsigned long)strtol(digit, NULL, 16));
	}
	return n;
}

static bool read_cache(int i, struct cache_info *c)
{
	static const char dir[] = "/sys/devices/system/cpu/cpu0/cache/index%d/%s";
	char path[100], text[256], *unit;

	snprintf(path, sizeof(path), dir, i, "size");
	if (!read_line(path, text, sizeof(text)))
		return false;
	c->size = strtol(text, &unit, 10);
	c->size *= *unit == 'K' ? 1024 : *unit == 'M' ? 1048576 : 1;
	snprintf(path, sizeof(path), dir, i, "type");
	if (!read_line(path, text, sizeof(text)))
		return false;
	snprintf(c->type, sizeof(c->type), "%.15s", text);
	snprintf(path, sizeof(path), dir, i, "level");
	if (!read_line(path, text, sizeof(text)))
		return false;
	c->level = atoi(text);
	snprintf(path, sizeof(path), dir, i, "shared_cpu_map");
	c->sharing = read_line(path, text, sizeof(text)) ? bits(text) : 0;
	return true;
}

void context_fill(struct context *c)
{
	const size_t most = sizeof(c->cache) / sizeof(*c->cache);

	*c = (struct context){ .cpus = (int)sysconf(_SC_NPROCESSORS_ONLN) };
	fill_date(c);
	if (gethostname(c->host, sizeof(c->host) - 1))
		c->host[0] = 0;
	c->mhz = mhz();
	c->scaling = scaling(c->cpus);
	while (c->n_caches < most && read_cache((int)c->n_caches, &c->cache[c->n_caches]))
		c->n_caches++;
	c->n_load = getloadavg(c->load, 3);
	if (c->n_load < 0)
		c->n_load = 0;
}

void context_print(const struct context *c, FILE *to)
{
	size_t i;
	int k;

	if (!to)
		return;
	fprintf(to, "%s\nRunning %s\nRun on (%d X %g MHz CPU %s)\n", c->date, bench_executable, c->cpus,
		c->mhz, c->cpus > 1 ? "s" : "");
	if (c->n_caches)
		fputs("CPU Caches:\n", to);
	for (i = 0; i < c->n_caches; i++) {
		const struct cache_info *cache = &c->cache[i];

		fprintf(to, "  L%d %s %ld KiB", cache->level, cache->type, cache->size / 1024);
		if (cache->sharing)
			fprintf(to, " (x%d)", c->cpus / cache->sharing);
		fputc('\n', to);
	}
	for (k = 0; k < c->n_load; k++)
		fprintf(to, "%s%.2f", k ? ", " : "Load Average: ", c->load[k]);
	if (c->n_load)
		fputc('\n', to);
	for (i = 0; i < bench_registry.n_context; i++)
		fprintf(to, "%s: %s\n", bench_registry.context[i].key, bench_registry.context[i].value);
	if (c->scaling)
		fputs("***WARNING*** CPU scaling is enabled, the benchmark real time measurements may be noisy and will incur extra overhead.\n",
		      to);
	if (!strcmp(context_build_type(), "debug"))
		fputs("***WARNING*** Library was built as DEBUG. Timings may be affected.\n", to);
}
