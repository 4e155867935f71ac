/* SPDX-License-Identifier: MIT
 * params: a profile's parameters from NAME=VALUE words. */
#ifndef SYNTH_PARAMS_H
#define SYNTH_PARAMS_H

#include "traces/synth/synth.h"

/* Defaults, then the settings: value[] in the order of the profile's table.
 * -EINVAL with a sentence that lists what exists. */
int params_read(const struct synth_profile *p, const struct synth_options *opt, uint64_t *value,
		struct mm_error *err);

/* "ram=512M hold=64": every parameter, to be freed; NULL: out of memory. */
char *params_text(const struct synth_profile *p, const uint64_t *value);

#endif
