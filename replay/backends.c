/* SPDX-License-Identifier: MIT
 *
 * The table of backends, one line each, and the names that backends share.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "replay/backend.h"

extern const struct backend_ops backend_sim, backend_jemalloc, backend_libc;

static const struct backend_ops *const backends[] = {
	&backend_sim,
	&backend_jemalloc,
	&backend_libc,
};

enum { NR_BACKENDS = sizeof(backends) / sizeof(backends[0]) };

const struct backend_ops *backend_at(unsigned int i)
{
	return i < NR_BACKENDS ? backends[i] : NULL;
}

const struct backend_ops *backend_find(const char *name, struct mm_error *err)
{
	char list[200] = "";
	size_t n = 0;
	unsigned int i;

	for (i = 0; i < NR_BACKENDS; i++) {
		if (!strcmp(backends[i]->name, name))
			return backends[i];
		if (n < sizeof(list))
			n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s",
					      i ? ", " : "", backends[i]->name);
	}
	mm_fail(err, -EINVAL, "backend: found '%s', expected one of: %s", name, list);
	return NULL;
}

void *backend_slots(const struct backend_setup *s, size_t size, uint32_t *nr)
{
	/* A trace of more live things begins with a part of them: it grows. */
	enum { FEWEST = 1024, MOST = 1 << 20 };
	const size_t huge = (size_t)2 << 20;
	size_t bytes;
	void *p;

	*nr = s->slots < FEWEST ? FEWEST : s->slots > MOST ? MOST : s->slots;
	bytes = *nr * size;
	if (bytes <= huge / 8)
		return calloc(1, bytes);
	bytes = (bytes + huge - 1) & ~(huge - 1);
	if (posix_memalign(&p, huge, bytes))
		return NULL;
	madvise(p, bytes, MADV_HUGEPAGE);	/* a hint: without them it is slower */
	return memset(p, 0, bytes);
}

enum op_cause backend_outcome_cause(enum mm_outcome r)
{
	static const enum op_cause of[NR_OUTCOMES] = {
		[MM_OK] = CAUSE_ANY, [MM_FAIL] = CAUSE_FAIL,
		[MM_WOULD_BLOCK] = CAUSE_WOULD_BLOCK, [MM_MISUSE] = CAUSE_MISUSE,
		[MM_UNSUPPORTED] = CAUSE_UNSUPPORTED,
	};

	return of[r];
}

const char *not_replayed_name(enum not_replayed n)
{
	static const char *const names[NR_NOT_REPLAYED] = {
		[NOT_USER_SPACE] = "user_address_space",
		[NOT_OUTSIDE_MACHINE] = "page_outside_machine",
		[NOT_UNKNOWN_CACHE] = "cache_of_unknown_size",
		[NOT_OTHER_KIND] = "slot_holds_other_kind",
		[NOT_NO_MAPPING] = "kunmap_local_without_mapping",
		[NOT_FOREIGN_LRU] = "lru_add_of_foreign_page",
		[NOT_UNKNOWN_KIND] = "unknown_kind",
	};

	return names[n];
}

const char *const sample_column_name[NR_SAMPLE_COLUMNS] = {
#define SAMPLE_NAME(name) #name,
	SAMPLE_COLUMNS(SAMPLE_NAME)
#undef SAMPLE_NAME
};
