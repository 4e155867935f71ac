/* SPDX-License-Identifier: MIT
 *
 * Memory that is there or the program ends, text that grows, and numbers for
 * people: at most six digits with an SI prefix.
 */
#include <math.h>
#include <stdarg.h>

#include "internal.h"

void bench_die(const char *format, ...)
{
	va_list ap;

	fflush(stdout);
	va_start(ap, format);
	fputs("libbench: ", stderr);
	vfprintf(stderr, format, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(2);
}

void *bench_alloc(size_t size)
{
	void *p = calloc(1, size ? size : 1);

	if (!p)
		bench_die("out of memory (%zu bytes)", size);
	return p;
}

void *bench_grow(void *array, size_t n, size_t size)
{
	size_t bytes;
	void *p = NULL;

	if (!__builtin_mul_overflow(n, size, &bytes))
		p = realloc(array, bytes ? bytes : 1);
	if (!p)
		bench_die("out of memory (%zu times %zu bytes)", n, size);
	return p;
}

char *bench_strdup(const char *text)
{
	size_t n = strlen(text) + 1;

	return memcpy(bench_alloc(n), text, n);
}

static char *format_text(const char *format, va_list ap)
{
	va_list again;
	char *text;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, format, again);
	va_end(again);
	if (n < 0)
		bench_die("text cannot be formatted: %s", format);
	text = bench_alloc((size_t)n + 1);
	vsnprintf(text, (size_t)n + 1, format, ap);
	return text;
}

char *bench_printf(const char *format, ...)
{
	va_list ap;
	char *text;

	va_start(ap, format);
	text = format_text(format, ap);
	va_end(ap);
	return text;
}

void bench_append(char **text, const char *format, ...)
{
	size_t old = *text ? strlen(*text) : 0, add;
	va_list ap;
	char *more;

	va_start(ap, format);
	more = format_text(format, ap);
	va_end(ap);
	add = strlen(more) + 1;
	*text = bench_grow(*text, old + add, 1);
	memcpy(*text + old, more, add);
	free(more);
}

const char *bench_unit_name(enum bench_unit unit)
{
	static const char *const name[] = { "ns", "us", "ms", "s" };

	return name[unit];
}

double bench_unit_multiplier(enum bench_unit unit)
{
	static const double multiplier[] = { 1e9, 1e6, 1e3, 1 };

	return multiplier[unit];
}

/* Google Benchmark's rule: 1.1 of a unit is the least that is shown in it, and
 * from 0.01 to 1.1 there is no prefix. */
void bench_human_number(char out[32], double n, double one_k)
{
	static const char big[] = "kMGTPEZY", small[] = "munpfazy";
	const double least = 1.1, plain = 0.01;
	const char *sign = n < 0 ? "-" : "";
	double v = fabs(n), scaled = v;
	int i;

	if (v > least * one_k) {
		for (i = 0; big[i]; i++) {
			scaled /= one_k;
			if (scaled <= least * one_k) {
				snprintf(out, 32, "%s%g%c", sign, scaled, big[i]);
				return;
			}
		}
	} else if (v < plain) {
		for (i = 0; small[i]; i++) {
			scaled *= one_k;
			if (scaled >= least) {
				snprintf(out, 32, "%s%g%c", sign, scaled, small[i]);
				return;
			}
		}
	}
	snprintf(out, 32, "%s%g", sign, v);
}
