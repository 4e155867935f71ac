/* SPDX-License-Identifier: MIT
 *
 * gfp flags of a recorded kernel to this project's canonical bits.
 */
#ifndef IMPORT_GFP_H
#define IMPORT_GFP_H

#include <stdbool.h>
#include <stddef.h>

#include "base/gfp.h"
#include "base/mm_error.h"

struct gfp_map {
	gfp_t bit[32];		/* canonical bits of each bit of the recorded kernel */
	char from[64];		/* where the map comes from, for people */
};

/* The map of a kernel version ("6.1", "4.9.0-8-686"): the newest numbering that
 * is not newer.  NULL or "": 6.1.  -EINVAL when it is no version. */
int gfp_map_version(struct gfp_map *m, const char *version, struct mm_error *err);

/* The map that the print format of an event spells out ("{0x400u, "__GFP_IO"}");
 * -ENOENT when it names fewer than eight single flags. */
int gfp_map_format(struct gfp_map *m, const char *text, size_t n);

gfp_t gfp_from_number(const struct gfp_map *m, uint64_t number);

/* "GFP_KERNEL|__GFP_ZERO", "0xcc0", "3264", "none", and mixtures; names of all
 * versions from 2.6.33 on.  *unknown counts names that are none. */
gfp_t gfp_from_text(const struct gfp_map *m, const char *s, size_t n, unsigned int *unknown);

#endif
