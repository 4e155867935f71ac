/* SPDX-License-Identifier: MIT
 * Fields of CSV files. */
#include "replay/csv.h"

#include <string.h>

char *csv_number(char *to, uint64_t v)
{
	char digits[20];
	int n = 0;

	do
		digits[n++] = (char)('0' + v % 10);
	while (v /= 10);
	while (n)
		*to++ = digits[--n];
	return to;
}

void csv_text(FILE *f, const char *s)
{
	if (!strpbrk(s, ",\"\r\n")) {
		fputs(s, f);
		return;
	}
	putc('"', f);
	for (; *s; s++) {
		if (*s == '"')
			putc('"', f);
		putc(*s, f);
	}
	putc('"', f);
}

const char *site_text(char buf[SITE_LEN], const struct mmt_reader *r, uint32_t site)
{
	struct trace_site s;
	size_t n = 0;
	uint32_t i;

	buf[0] = '\0';
	if (!site)
		return buf;
	s = mmt_get_site(r, site);
	if (s.name) {
		snprintf(buf, SITE_LEN, "%s", s.name);
		return buf;
	}
	for (i = 0; i < s.nr_frames && i < SITE_FRAMES && n < SITE_LEN; i++)
		n += (size_t)snprintf(buf + n, SITE_LEN - n, "%s%s", i ? ";" : "",
				      mmt_get_string(r, s.frames[i]));
	return buf;
}

const char *task_text(const struct mmt_reader *r, uint32_t task)
{
	return task ? mmt_get_task(r, task).comm : "";
}
