/* SPDX-License-Identifier: MIT
 *
 * A trace as an operand: a file, or the bare name of one that comes with the
 * command.  A file of that name goes before.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/datadir.h"
#include "cmd/cmd.h"

char *cmd_trace(const char *arg)
{
	char *name = NULL, *path = NULL;

	if (!strchr(arg, '/') && strcmp(arg, "-") && access(arg, F_OK) &&
	    asprintf(&name, CMD_BUNDLED "/%s.mmt", arg) >= 0)
		path = datadir_find(name, NULL);
	free(name);
	return path ? path : strdup(arg);
}
