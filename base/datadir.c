/* SPDX-License-Identifier: MIT
 * The search of datadir.h. */
#include "base/datadir.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* build/debug-clang/mmreplay lies two below the top; one more for comfort. */
enum { MAX_UP = 4 };

static char *exists(const char *dir, const char *sub, const char *name)
{
	char *path;

	if (asprintf(&path, "%s%s/%s", dir, sub, name) < 0)
		return NULL;
	if (access(path, F_OK) == 0)
		return path;
	free(path);
	return NULL;
}

/* Cut the last component of dir; 0 when nothing is left. */
static int cut(char *dir)
{
	char *slash = strrchr(dir, '/');

	if (!slash || slash == dir)
		return 0;
	*slash = '\0';
	return 1;
}

char *datadir_find(const char *name, struct mm_error *err)
{
	const char *env = getenv("MMREPLAY_DATA");
	char exe[PATH_MAX], dir[PATH_MAX];
	char *path;
	ssize_t n;
	int i;

	if (env && *env) {
		path = exists(env, "", name);
		if (!path)
			mm_fail(err, -ENOENT, "%s: not found in %s (from MMREPLAY_DATA)", name, env);
		return path;
	}
	n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);
	if (n < 0) {
		mm_fail(err, -errno, "%s: cannot read /proc/self/exe; set MMREPLAY_DATA", name);
		return NULL;
	}
	exe[n] = '\0';
	cut(exe);
	strcpy(dir, exe);
	path = cut(dir) ? exists(dir, "/share/mmreplay", name) : NULL;
	for (i = 0; !path && i < MAX_UP; i++) {
		path = exists(dir, "", name);
		if (!cut(dir))
			break;
	}
	if (!path)
		mm_fail(err, -ENOENT,
			"%s: found neither in %s/../share/mmreplay nor in a folder above; "
			"set MMREPLAY_DATA to the folder that holds it", name, exe);
	return path;
}
