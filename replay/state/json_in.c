/* SPDX-License-Identifier: MIT
 *
 * Typed reading of JSON members, with one form of error sentence:
 * "FILE line N: WHERE.KEY is FOUND, expected EXPECTED".
 */
#include "replay/state/parse.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

int jfail(const struct jin *in, const char *where, const char *key, const char *found,
	  const char *expected)
{
	return mm_fail(in->err, -EINVAL, "%s line %u: %s%s%s is %s, expected %s", in->file,
		       in->line, where, *where && *key ? "." : "", key, found, expected);
}

static const char *describe(const json_t *v, char buf[64])
{
	if (!v)
		return "missing";
	switch (json_typeof(v)) {
	case JSON_OBJECT: return "an object";
	case JSON_ARRAY:
		snprintf(buf, 64, "an array of %zu", json_array_size(v));
		return buf;
	case JSON_STRING:
		snprintf(buf, 64, "'%.40s'", json_string_value(v));
		return buf;
	case JSON_INTEGER:
		snprintf(buf, 64, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
		return buf;
	case JSON_REAL:
		snprintf(buf, 64, "%g", json_real_value(v));
		return buf;
	case JSON_TRUE: return "true";
	case JSON_FALSE: return "false";
	case JSON_NULL: break;
	}
	return "null";
}

static int check_int(const struct jin *in, const json_t *v, const char *where, const char *key,
		     int64_t min, int64_t max, int64_t *out)
{
	char found[64], expected[64];

	if (json_is_integer(v)) {
		*out = json_integer_value(v);
		if (*out >= min && *out <= max)
			return 0;
	}
	snprintf(expected, sizeof(expected), "an integer from %" PRId64 " to %" PRId64, min, max);
	return jfail(in, where, key, describe(v, found), expected);
}

int jint(const struct jin *in, const json_t *obj, const char *where, const char *key,
	 int64_t min, int64_t max, int64_t *out)
{
	return check_int(in, json_object_get(obj, key), where, key, min, max, out);
}

int ju32(const struct jin *in, const json_t *obj, const char *where, const char *key,
	 uint32_t max, uint32_t *out)
{
	int64_t v;
	int ret = jint(in, obj, where, key, 0, max, &v);

	if (!ret)
		*out = (uint32_t)v;
	return ret;
}

int jarray(const struct jin *in, const json_t *obj, const char *where, const char *key,
	   json_t **out)
{
	char found[64];

	*out = json_object_get(obj, key);
	if (json_is_array(*out))
		return 0;
	return jfail(in, where, key, describe(*out, found), "an array");
}

int jobject(const struct jin *in, const json_t *obj, const char *where, const char *key,
	    json_t **out)
{
	char found[64];

	*out = json_object_get(obj, key);
	if (json_is_object(*out))
		return 0;
	return jfail(in, where, key, describe(*out, found), "an object");
}

int jrow(const struct jin *in, const json_t *row, const char *where, uint32_t n, uint32_t max,
	 uint32_t *out)
{
	char found[64], expected[64];
	int64_t v;

	if (!json_is_array(row) || json_array_size(row) != n) {
		snprintf(expected, sizeof(expected), "an array of %u", n);
		return jfail(in, where, "", describe(row, found), expected);
	}
	for (uint32_t i = 0; i < n; i++) {
		int ret = check_int(in, json_array_get(row, i), where, "", 0, max, &v);

		if (ret)
			return ret;
		out[i] = (uint32_t)v;
	}
	return 0;
}

/* Zeroed memory for n entries; one when n is 0, so that NULL means failure. */
void *jalloc(const struct jin *in, const char *where, size_t n, size_t size, int *ret)
{
	void *p = calloc(n ? n : 1, size);

	*ret = p ? 0 : mm_fail(in->err, -ENOMEM, "%s line %u: %s: out of memory for %zu entries",
			       in->file, in->line, where, n);
	return p;
}
