/* SPDX-License-Identifier: MIT
 *
 * Places in a trace as a user writes them: a number is an operation, a number
 * with a unit is a time, mark:NAME is a mark.
 */
#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "traces/tools/tools.h"

static const struct {
	const char *name;
	double ns;
} units[] = {
	{ "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 }, { "m", 60e9 }, { "min", 60e9 },
	{ "h", 3600e9 }, { "d", 86400e9 },
};

int tool_time_parse(const char *text, const char *what, uint64_t *ns, struct mm_error *err)
{
	char *end;
	double v = strtod(text, &end);
	size_t i;

	if (end != text && isdigit((unsigned char)*text))
		for (i = 0; i < sizeof(units) / sizeof(units[0]); i++)
			if (!strcmp(end, units[i].name) && v * units[i].ns < 9e18) {
				*ns = (uint64_t)llround(v * units[i].ns);
				return 0;
			}
	return mm_fail(err, -EINVAL, "%s: found '%s', expected a time such as 250ms, 1.5s or 2h",
		       what, text);
}

int tool_when_parse(const char *text, const char *what, struct tool_when *when,
		    struct mm_error *err)
{
	char *end;

	memset(when, 0, sizeof(*when));
	if (!strncmp(text, "mark:", 5) && text[5]) {
		when->unit = WHEN_MARK;
		when->mark = text + 5;
		return 0;
	}
	errno = 0;
	when->value = strtoull(text, &end, 10);
	if (isdigit((unsigned char)*text) && !*end && !errno)
		return 0;
	when->unit = WHEN_TIME;
	if (!tool_time_parse(text, what, &when->value, NULL))
		return 0;
	return mm_fail(err, -EINVAL, "%s: found '%s', expected the number of an operation, a time "
		       "such as 250ms or 1.5s, or mark:NAME", what, text);
}
