/* SPDX-License-Identifier: MIT
 *
 * Names of the steps, and where a machine counts them.
 */
#include "engine/machine.h"

static const char *const text[MM_NR_STEPS] = {
#define STEP_TEXT(name, what) [MM_STEP_##name] = what,
	MM_STEP_LIST(STEP_TEXT)
#undef STEP_TEXT
};

static const char *const name[MM_NR_STEPS] = {
#define STEP_NAME(name, what) [MM_STEP_##name] = #name,
	MM_STEP_LIST(STEP_NAME)
#undef STEP_NAME
};

const struct mm_steps *mm_steps(const struct mm_machine *m)
{
	return &m->steps;
}

const char *mm_step_name(enum mm_step s)
{
	return name[s];
}

const char *mm_step_text(enum mm_step s)
{
	return text[s];
}
