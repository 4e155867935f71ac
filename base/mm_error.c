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
	char old[sizeof(err->text)];

	if (!err)
		return -1;
	memcpy(old, err->text, sizeof(old));
	snprintf(err->text, sizeof(err->text), "%s: %s", prefix, old);
	return err->code;
}
