/* SPDX-License-Identifier: MIT
 * The names of gfp flags (internal to gfp.c and gfp_format.c). */
#ifndef IMPORT_GFP_NAMES_H
#define IMPORT_GFP_NAMES_H

#include "base/gfp.h"

struct gfp_name {
	const char *name;
	gfp_t bits;
};

/* NULL when it is no flag of any version. */
const struct gfp_name *gfp_name_find(const char *name, size_t n);

#endif
