/* SPDX-License-Identifier: MIT
 *
 * The table of profiles: a line for each.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "traces/synth/synth.h"

#define PROFILES(X) \
	X(kernel_build) \
	X(file_server) \
	X(memory_pressure) \
	X(net_rx) \
	X(modules) \
	X(highmem_cache) \
	X(pkmap_storm) \
	X(frag_adversary) \
	X(process_churn) \
	X(swap_thrash) \
	X(slab_heavy) \
	X(router) \
	X(vmalloc_tests) \
	X(mix) \
	X(fitted)

#define DECLARE(name) extern const struct synth_profile synth_##name;
#define ROW(name) &synth_##name,
PROFILES(DECLARE)

static const struct synth_profile *const profiles[] = { PROFILES(ROW) };

enum { NR_PROFILES = sizeof(profiles) / sizeof(profiles[0]) };

const struct synth_profile *synth_profile_at(size_t i)
{
	return i < NR_PROFILES ? profiles[i] : NULL;
}

const struct synth_profile *synth_find(const char *name, struct mm_error *err)
{
	char list[400] = "";
	size_t i, n = 0;

	for (i = 0; i < NR_PROFILES; i++)
		if (!strcmp(profiles[i]->name, name))
			return profiles[i];
	for (i = 0; i < NR_PROFILES && n < sizeof(list) - 32; i++)
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", i ? ", " : "", profiles[i]->name);
	mm_fail(err, -EINVAL, "found profile '%.80s', expected one of: %s", name, list);
	return NULL;
}
