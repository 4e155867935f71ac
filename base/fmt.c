/* SPDX-License-Identifier: MIT
 * Number formatting: divide until the number is short, keep three digits. */
#include "base/fmt.h"

#include <stdio.h>
#include <string.h>

/* Three significant digits; "999.6" would print as 1000, so the limit at which
 * a step up is due is 999.5, not 1000. */
static const char *scaled(char *buf, double n, double step, const char *const *units, int last)
{
	const char *sign = n < 0 ? "-" : "";
	double limit = step - 0.5;
	int i = 0;

	n = n < 0 ? -n : n;
	while (n >= limit && i < last) {
		n /= step;
		i++;
	}
	if (i == 0 && n == (double)(long long)n)
		snprintf(buf, FMT_LEN, "%s%.0f%s", sign, n, units[0]);
	else
		snprintf(buf, FMT_LEN, "%s%.*f%s", sign, n < 9.995 ? 2 : n < 99.95 ? 1 : 0, n,
			 units[i]);
	return buf;
}

const char *fmt_count(char buf[FMT_LEN], double n)
{
	static const char *const units[] = { "", " k", " M", " G", " T" };

	return scaled(buf, n, 1000, units, 4);
}

const char *fmt_bytes(char buf[FMT_LEN], double bytes)
{
	static const char *const units[] = { " B", " kB", " MB", " GB", " TB" };

	return scaled(buf, bytes, 1000, units, 4);
}

const char *fmt_mem(char buf[FMT_LEN], uint64_t bytes)
{
	static const char *const units[] = { " B", " KiB", " MiB", " GiB", " TiB" };

	return scaled(buf, (double)bytes, 1024, units, 4);
}

const char *fmt_grouped(char buf[FMT_LEN], uint64_t n)
{
	char digits[24];
	int len = snprintf(digits, sizeof(digits), "%llu", (unsigned long long)n);
	char *out = buf;
	int i;

	for (i = 0; i < len; i++) {
		if (i && (len - i) % 3 == 0)
			*out++ = ',';
		*out++ = digits[i];
	}
	*out = '\0';
	return buf;
}

const char *fmt_seconds(char buf[FMT_LEN], double s)
{
	static const char *const units[] = { " ns", " us", " ms" };
	unsigned long long whole = (unsigned long long)(s + 0.5);

	if (s < 0.9995)
		return scaled(buf, s * 1e9, 1000, units, 2);
	if (s < 59.95)
		snprintf(buf, FMT_LEN, "%.*f s", s < 9.995 ? 2 : 1, s);
	else if (whole < 3600)
		snprintf(buf, FMT_LEN, "%llu min %02llu s", whole / 60, whole % 60);
	else
		snprintf(buf, FMT_LEN, "%llu h %02llu min", whole / 3600, whole % 3600 / 60);
	return buf;
}
