/* SPDX-License-Identifier: MIT
 * A throttled status line.  The time left is extrapolated from the whole run so
 * far, not from the last moment: it moves less. */
#include "base/progress.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/fmt.h"

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec * 1e-9;
}

static bool wants_colour(void)
{
	const char *no = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return !(no && *no) && term && strcmp(term, "dumb") != 0;
}

void progress_begin(struct progress *p, FILE *out, const char *what, const char *unit)
{
	*p = (struct progress){ .what = what, .unit = unit };
	if (!out || !isatty(fileno(out)))
		return;
	p->out = out;
	p->colour = wants_colour();
	p->begin = p->last = now();
}

void progress_update(struct progress *p, uint64_t done, double part)
{
	char line[160], a[FMT_LEN], b[FMT_LEN], c[FMT_LEN];
	double t, elapsed;
	int n;

	if (!p->out)
		return;
	t = now();
	if (t - p->last < 0.1)
		return;
	p->last = t;
	elapsed = t - p->begin;
	n = part >= 0 ? snprintf(line, sizeof(line), "  %3.0f %%", part * 100) : 0;
	n += snprintf(line + n, sizeof(line) - (size_t)n, "  %s %s  %s/s",
		      fmt_count(a, (double)done), p->unit,
		      fmt_count(b, elapsed > 0 ? (double)done / elapsed : 0));
	if (part > 0.01 && part <= 1)
		n += snprintf(line + n, sizeof(line) - (size_t)n, "  %s left",
			      fmt_seconds(c, elapsed * (1 - part) / part));
	fprintf(p->out, "\r%s%s%s%s%*s", p->colour ? "\033[1m" : "", p->what,
		p->colour ? "\033[0m" : "", line, p->width > n ? p->width - n : 0, "");
	p->width = n;
	fflush(p->out);
}

void progress_end(struct progress *p)
{
	if (p->out && p->width)
		fprintf(p->out, "\r%*s\r", p->width + (int)strlen(p->what), "");
	if (p->out)
		fflush(p->out);
	p->out = NULL;
}
