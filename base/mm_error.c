/* SPDX-License-Identifier: MIT
 * The two ways of filling a struct mm_error. */
#include "base/mm_error.h"

#include <stdio.h>
#include <string.h>

int mm_fail(struct mm_error *err, int code, const char *fmt, ...)
{
	va_list ap;

	if (!err)
		return code;
	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	return code;
}

int mm_fail_in(struct mm_error *err, const char *prefix)
{
	const size_t cap = sizeof(err->text);
	size_t old, add;

	if (!err)
		return -1;
	add = strlen(prefix) + 2;
	if (add > cap / 2)
		add = cap / 2;
	old = strlen(err->text);
	if (old > cap - 1 - add)
		old = cap - 1 - add;
	memmove(err->text + add, err->text, old);
	err->text[add + old] = '\0';
	memcpy(err->text, prefix, add - 2);
	memcpy(err->text + add - 2, ": ", 2);
	return err->code;
}
