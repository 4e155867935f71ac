/* SPDX-License-Identifier: MIT
 *
 * The machine that a trace names: metadata "machine", when that is a preset.
 * A recording of any other machine names it in its own words, which are no
 * preset; a pipe cannot be asked before it is read.
 */
#include <stdlib.h>
#include <string.h>

#include "replay/machine_file.h"
#include "traces/format/mmt.h"

char *machine_of_trace(const char *path)
{
	struct mm_config ignored;
	struct mmt_reader *r;
	struct mm_error err;
	const char *name;
	char *found = NULL;

	r = strcmp(path, "-") ? mmt_open(path, NULL, &err) : NULL;
	if (!r)
		return NULL;
	name = mmt_get_meta(r, "machine");
	if (name && !strchr(name, '/') && !machine_file_read(name, &ignored, &err))
		found = strdup(name);
	mmt_close(r);
	return found;
}
