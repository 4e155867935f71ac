/* SPDX-License-Identifier: MIT
 *
 * gfp flags as names.  Composites first, the bits that remain after them:
 * the largest composite that is contained wins, as the kernel's own printing
 * of gfp_flags does (Linux 6.1 include/trace/events/mmflags.h), so that
 * 0xcc0 reads GFP_KERNEL and 0xdc0 GFP_KERNEL|__GFP_ZERO.
 */
#include "base/gfp.h"

#include <stdio.h>
#include <string.h>

static const struct { gfp_t bits; const char *name; } names[] = {
	{ MM_GFP_TRANSHUGE, "GFP_TRANSHUGE" },
	{ MM_GFP_TRANSHUGE_LIGHT, "GFP_TRANSHUGE_LIGHT" },
	{ MM_GFP_HIGHUSER_MOVABLE, "GFP_HIGHUSER_MOVABLE" },
	{ MM_GFP_HIGHUSER, "GFP_HIGHUSER" },
	{ MM_GFP_USER, "GFP_USER" },
	{ MM_GFP_KERNEL_ACCOUNT, "GFP_KERNEL_ACCOUNT" },
	{ MM_GFP_KERNEL, "GFP_KERNEL" },
	{ MM_GFP_NOFS, "GFP_NOFS" },
	{ MM_GFP_ATOMIC, "GFP_ATOMIC" },
	{ MM_GFP_NOIO, "GFP_NOIO" },
	{ MM_GFP_NOWAIT, "GFP_NOWAIT" },
	{ MM_GFP_DMA_BIT, "__GFP_DMA" },
	{ MM_GFP_HIGHMEM_BIT, "__GFP_HIGHMEM" },
	{ MM_GFP_DMA32_BIT, "__GFP_DMA32" },
	{ MM_GFP_MOVABLE_BIT, "__GFP_MOVABLE" },
	{ MM_GFP_RECLAIMABLE, "__GFP_RECLAIMABLE" },
	{ MM_GFP_HIGH, "__GFP_HIGH" },
	{ MM_GFP_IO, "__GFP_IO" },
	{ MM_GFP_FS, "__GFP_FS" },
	{ MM_GFP_ZERO, "__GFP_ZERO" },
	{ MM_GFP_ATOMIC_BIT, "__GFP_ATOMIC" },
	{ MM_GFP_DIRECT_RECLAIM, "__GFP_DIRECT_RECLAIM" },
	{ MM_GFP_KSWAPD_RECLAIM, "__GFP_KSWAPD_RECLAIM" },
	{ MM_GFP_WRITE, "__GFP_WRITE" },
	{ MM_GFP_NOWARN, "__GFP_NOWARN" },
	{ MM_GFP_RETRY_MAYFAIL, "__GFP_RETRY_MAYFAIL" },
	{ MM_GFP_NOFAIL, "__GFP_NOFAIL" },
	{ MM_GFP_NORETRY, "__GFP_NORETRY" },
	{ MM_GFP_MEMALLOC, "__GFP_MEMALLOC" },
	{ MM_GFP_COMP, "__GFP_COMP" },
	{ MM_GFP_NOMEMALLOC, "__GFP_NOMEMALLOC" },
	{ MM_GFP_HARDWALL, "__GFP_HARDWALL" },
	{ MM_GFP_THISNODE, "__GFP_THISNODE" },
	{ MM_GFP_ACCOUNT, "__GFP_ACCOUNT" },
	{ MM_GFP_ZEROTAGS, "__GFP_ZEROTAGS" },
};

const char *gfp_names(char *buf, size_t size, gfp_t gfp)
{
	size_t i, n = 0;

	if (!gfp) {
		snprintf(buf, size, "0");
		return buf;
	}
	buf[0] = '\0';
	for (i = 0; i < sizeof(names) / sizeof(names[0]) && n < size; i++) {
		if ((gfp & names[i].bits) != names[i].bits)
			continue;
		gfp &= ~names[i].bits;
		n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? "|" : "", names[i].name);
	}
	if (gfp && n < size)
		snprintf(buf + n, size - n, "%s0x%x", n ? "|" : "", gfp);
	return buf;
}
