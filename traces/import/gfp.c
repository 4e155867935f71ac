/* SPDX-License-Identifier: MIT
 *
 * gfp flags: names and numbers of all kernels to canonical bits.
 *
 * Numbers changed five times (include/linux/gfp.h of 3.10, 4.4, 4.12, 4.19, 5.1
 * and 6.1); names came and went.  A trace.dat spells its own numbering out in
 * the print format of each event (gfp_format.c), which is better than any
 * guess from a version.
 */
#include "traces/import/gfp.h"
#include "traces/import/gfp_names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DROP 0u			/* the flag has no meaning for the canonical set */

/* Names as printed by any version: composites first in no order, all are equal.
 * Sources: include/trace/events/{gfpflags,mmflags}.h. */
static const struct gfp_name names[] = {
	{ "GFP_TRANSHUGE", MM_GFP_TRANSHUGE },
	{ "GFP_TRANSHUGE_LIGHT", MM_GFP_TRANSHUGE_LIGHT },
	{ "GFP_HIGHUSER_MOVABLE", MM_GFP_HIGHUSER_MOVABLE },
	{ "GFP_HIGHUSER", MM_GFP_HIGHUSER },
	{ "GFP_USER", MM_GFP_USER },
	{ "GFP_TEMPORARY", MM_GFP_KERNEL | MM_GFP_RECLAIMABLE },
	{ "GFP_KERNEL_ACCOUNT", MM_GFP_KERNEL_ACCOUNT },
	{ "GFP_KERNEL", MM_GFP_KERNEL },
	{ "GFP_NOFS", MM_GFP_NOFS },
	{ "GFP_ATOMIC", MM_GFP_ATOMIC },
	{ "GFP_NOIO", MM_GFP_NOIO },
	{ "GFP_NOWAIT", MM_GFP_NOWAIT },
	{ "GFP_IOFS", MM_GFP_IO | MM_GFP_FS },
	{ "GFP_DMA", MM_GFP_DMA_BIT },
	{ "GFP_DMA32", MM_GFP_DMA32_BIT },
	{ "__GFP_DMA", MM_GFP_DMA_BIT },
	{ "__GFP_HIGHMEM", MM_GFP_HIGHMEM_BIT },
	{ "__GFP_DMA32", MM_GFP_DMA32_BIT },
	{ "__GFP_MOVABLE", MM_GFP_MOVABLE_BIT },
	{ "__GFP_RECLAIMABLE", MM_GFP_RECLAIMABLE },
	{ "__GFP_HIGH", MM_GFP_HIGH },
	{ "__GFP_IO", MM_GFP_IO },
	{ "__GFP_FS", MM_GFP_FS },
	{ "__GFP_ZERO", MM_GFP_ZERO },
	{ "__GFP_ATOMIC", MM_GFP_ATOMIC_BIT },
	{ "__GFP_RECLAIM", MM_GFP_RECLAIM },
	{ "__GFP_DIRECT_RECLAIM", MM_GFP_DIRECT_RECLAIM },
	{ "__GFP_KSWAPD_RECLAIM", MM_GFP_KSWAPD_RECLAIM },
	{ "__GFP_WAIT", MM_GFP_RECLAIM },	/* before 4.4 */
	{ "__GFP_WRITE", MM_GFP_WRITE },
	{ "__GFP_NOWARN", MM_GFP_NOWARN },
	{ "__GFP_RETRY_MAYFAIL", MM_GFP_RETRY_MAYFAIL },
	{ "__GFP_REPEAT", MM_GFP_REPEAT },	/* before 4.13 */
	{ "__GFP_NOFAIL", MM_GFP_NOFAIL },
	{ "__GFP_NORETRY", MM_GFP_NORETRY },
	{ "__GFP_MEMALLOC", MM_GFP_MEMALLOC },
	{ "__GFP_COMP", MM_GFP_COMP },
	{ "__GFP_NOMEMALLOC", MM_GFP_NOMEMALLOC },
	{ "__GFP_HARDWALL", MM_GFP_HARDWALL },
	{ "__GFP_THISNODE", MM_GFP_THISNODE },
	{ "__GFP_ACCOUNT", MM_GFP_ACCOUNT },
	{ "__GFP_ZEROTAGS", MM_GFP_ZEROTAGS },
	{ "__GFP_COLD", DROP }, { "__GFP_NOTRACK", DROP }, { "__GFP_OTHER_NODE", DROP },
	{ "__GFP_NO_KSWAPD", DROP }, { "__GFP_NOLOCKDEP", DROP }, { "__GFP_SKIP_ZERO", DROP },
	{ "__GFP_SKIP_KASAN", DROP }, { "__GFP_SKIP_KASAN_POISON", DROP },
	{ "__GFP_SKIP_KASAN_UNPOISON", DROP }, { "__GFP_NO_OBJ_EXT", DROP },
	{ "__GFP_NOACCOUNT", DROP }, { "none", 0 }, { "GFP_NOFLAGS", 0 },
	/* until 4.5 the single flags were printed without underscores */
	{ "GFP_HIGHMEM", MM_GFP_HIGHMEM_BIT }, { "GFP_MOVABLE", MM_GFP_MOVABLE_BIT },
	{ "GFP_RECLAIMABLE", MM_GFP_RECLAIMABLE }, { "GFP_HIGH", MM_GFP_HIGH },
	{ "GFP_IO", MM_GFP_IO }, { "GFP_FS", MM_GFP_FS }, { "GFP_ZERO", MM_GFP_ZERO },
	{ "GFP_WAIT", MM_GFP_RECLAIM }, { "GFP_NOWARN", MM_GFP_NOWARN },
	{ "GFP_REPEAT", MM_GFP_REPEAT }, { "GFP_NOFAIL", MM_GFP_NOFAIL },
	{ "GFP_NORETRY", MM_GFP_NORETRY }, { "GFP_MEMALLOC", MM_GFP_MEMALLOC },
	{ "GFP_COMP", MM_GFP_COMP }, { "GFP_NOMEMALLOC", MM_GFP_NOMEMALLOC },
	{ "GFP_HARDWALL", MM_GFP_HARDWALL }, { "GFP_THISNODE", MM_GFP_THISNODE },
	{ "GFP_COLD", DROP }, { "GFP_NOTRACK", DROP }, { "GFP_OTHER_NODE", DROP },
	{ "GFP_NO_KSWAPD", DROP },
};

/* Bits of the numberings, lowest first; 0 = unused or without meaning. */
static const gfp_t bits_3_10[32] = {
	MM_GFP_DMA_BIT, MM_GFP_HIGHMEM_BIT, MM_GFP_DMA32_BIT, MM_GFP_MOVABLE_BIT,
	MM_GFP_RECLAIM, MM_GFP_HIGH, MM_GFP_IO, MM_GFP_FS,
	0, MM_GFP_NOWARN, MM_GFP_REPEAT, MM_GFP_NOFAIL,
	MM_GFP_NORETRY, MM_GFP_MEMALLOC, MM_GFP_COMP, MM_GFP_ZERO,
	MM_GFP_NOMEMALLOC, MM_GFP_HARDWALL, MM_GFP_THISNODE, MM_GFP_RECLAIMABLE,
	0, 0, 0, 0,
	MM_GFP_WRITE,
};

#define LOW_BYTE MM_GFP_DMA_BIT, MM_GFP_HIGHMEM_BIT, MM_GFP_DMA32_BIT, MM_GFP_MOVABLE_BIT, \
	MM_GFP_RECLAIMABLE, MM_GFP_HIGH, MM_GFP_IO, MM_GFP_FS
#define FROM_BIT_9 MM_GFP_NOWARN, MM_GFP_RETRY_MAYFAIL, MM_GFP_NOFAIL, \
	MM_GFP_NORETRY, MM_GFP_MEMALLOC, MM_GFP_COMP, MM_GFP_ZERO, \
	MM_GFP_NOMEMALLOC, MM_GFP_HARDWALL, MM_GFP_THISNODE, MM_GFP_ATOMIC_BIT, MM_GFP_ACCOUNT

static const gfp_t bits_4_4[32] = {
	LOW_BYTE, 0, FROM_BIT_9,
	0, MM_GFP_DIRECT_RECLAIM, 0, MM_GFP_WRITE, MM_GFP_KSWAPD_RECLAIM,
};

static const gfp_t bits_4_12[32] = {
	LOW_BYTE, 0, FROM_BIT_9,
	0, MM_GFP_DIRECT_RECLAIM, MM_GFP_WRITE, MM_GFP_KSWAPD_RECLAIM,
};

static const gfp_t bits_4_19[32] = {
	LOW_BYTE, MM_GFP_WRITE, FROM_BIT_9,
	MM_GFP_DIRECT_RECLAIM, MM_GFP_KSWAPD_RECLAIM,
};

static const gfp_t bits_5_1[32] = {
	LOW_BYTE, MM_GFP_ZERO, MM_GFP_ATOMIC_BIT, MM_GFP_DIRECT_RECLAIM, MM_GFP_KSWAPD_RECLAIM,
	MM_GFP_WRITE, MM_GFP_NOWARN, MM_GFP_RETRY_MAYFAIL, MM_GFP_NOFAIL, MM_GFP_NORETRY,
	MM_GFP_MEMALLOC, MM_GFP_COMP, MM_GFP_NOMEMALLOC, MM_GFP_HARDWALL, MM_GFP_THISNODE,
	MM_GFP_ACCOUNT, MM_GFP_ZEROTAGS,
};

static const struct {
	unsigned int major, minor;
	const gfp_t *bits;
} versions[] = {
	{ 5, 1, bits_5_1 }, { 4, 19, bits_4_19 }, { 4, 12, bits_4_12 }, { 4, 4, bits_4_4 },
	{ 2, 6, bits_3_10 },
};

int gfp_map_version(struct gfp_map *m, const char *version, struct mm_error *err)
{
	unsigned int major = 6, minor = 1;
	size_t i;

	if (version && *version && sscanf(version, "%u.%u", &major, &minor) != 2)
		return mm_fail(err, -EINVAL, "'%s' is no kernel version (4.9, 6.1)", version);
	for (i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
		if (major < versions[i].major ||
		    (major == versions[i].major && minor < versions[i].minor))
			continue;
		memcpy(m->bit, versions[i].bits, sizeof(m->bit));
		snprintf(m->from, sizeof(m->from), "numbering of Linux %u.%u and later", versions[i].major,
			 versions[i].minor);
		return 0;
	}
	return mm_fail(err, -EINVAL, "the gfp numbers of Linux %u.%u are not known (2.6.33 and later are)",
		       major, minor);
}

const struct gfp_name *gfp_name_find(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == n && !memcmp(names[i].name, name, n))
			return &names[i];
	return NULL;
}

/* Since 6.3 there is no __GFP_ATOMIC: __GFP_HIGH of a caller that cannot reclaim
 * says the same, and GFP_ATOMIC is just that. */
static gfp_t with_atomic(gfp_t g)
{
	if (g & MM_GFP_HIGH && !(g & MM_GFP_DIRECT_RECLAIM) && g & MM_GFP_KSWAPD_RECLAIM)
		g |= MM_GFP_ATOMIC_BIT;
	return g;
}

gfp_t gfp_from_number(const struct gfp_map *m, uint64_t number)
{
	gfp_t g = 0;
	uint32_t n = number;
	bool atomic = false, kswapd = false;
	int i;

	while (n) {
		i = __builtin_ctz(n);
		g |= m->bit[i];
		n &= n - 1;
	}
	for (i = 0; i < 32; i++) {
		atomic |= m->bit[i] == MM_GFP_ATOMIC_BIT;
		kswapd |= m->bit[i] == MM_GFP_KSWAPD_RECLAIM;
	}
	if (!kswapd && number) /* before 4.4 every request woke it */
		g |= MM_GFP_KSWAPD_RECLAIM;
	return atomic ? g : with_atomic(g);
}

gfp_t gfp_from_text(const struct gfp_map *m, const char *s, size_t n, unsigned int *unknown)
{
	const char *end = s + n, *bar;
	const struct gfp_name *name;
	char number[24];
	gfp_t g = 0;
	size_t len;

	while (s < end) {
		bar = memchr(s, '|', end - s);
		len = (bar ? bar : end) - s;
		if (len && *s >= '0' && *s <= '9') {
			snprintf(number, sizeof(number), "%.*s", (int)len, s);
			g |= gfp_from_number(m, strtoull(number, NULL, 0));
		} else if (len) {
			name = gfp_name_find(s, len);
			if (name)
				g |= name->bits;
			else
				++*unknown;
		}
		s += len + 1;
	}
	return g;
}
