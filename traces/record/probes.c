/* SPDX-License-Identifier: MIT
 *
 * kprobes from a file of definitions: kmap and the other calls for which a
 * kernel has no events (traces/record/kprobes-RELEASE.txt).
 *
 * They are the whole host's, not the instance's, so those made here are
 * removed by name afterwards; one that was there before is used and left.
 */
#include "traces/record/probes.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* "p:GROUP/NAME ...", "r256:GROUP/NAME ...": GROUP/NAME; false: it is no such line. */
static bool name_of(const char *line, char *name, size_t size)
{
	const char *colon = strchr(line, ':');
	size_t n = colon ? strcspn(colon + 1, " \t\n") : 0;

	if ((*line != 'p' && *line != 'r') || !n || n >= size || !memchr(colon + 1, '/', n))
		return false;
	memcpy(name, colon + 1, n);
	name[n] = '\0';
	return true;
}

static int command(const char *text)
{
	char *path = tracefs_get_tracing_file("kprobe_events");
	int fd = path ? open(path, O_WRONLY | O_APPEND | O_CLOEXEC) : -1;
	int e = fd < 0 || write(fd, text, strlen(text)) < 0 ? -errno : 0;

	if (fd >= 0)
		close(fd);
	tracefs_put_tracing_file(path);
	return e;
}

static int make_one(struct session *s, const char *path, int nr, const char *line,
		    struct mm_error *err)
{
	char name[256], *slash, **grown;
	int e;

	if (!name_of(line, name, sizeof(name)))
		return mm_fail(err, -EINVAL, "%s:%d: expected \"p:GROUP/NAME PLACE [ARGUMENT...]\" or \"r:...\"",
			       path, nr);
	e = command(line);
	if (e && e != -EEXIST)
		return mm_fail(err, e == -ENOENT && tracefs_file_exists(NULL, "kprobe_events") ? -EINVAL : e,
			       "%s:%d: the kernel refuses the probe %s: %s%s", path, nr, name, strerror(-e),
			       tracefs_file_exists(NULL, "kprobe_events") ? " (is the file made for this kernel?)"
									  : " (it has no CONFIG_KPROBE_EVENTS)");
	if (!e) {
		grown = tracefs_list_add(s->probes, name);
		if (!grown)
			return mm_fail(err, -ENOMEM, "out of memory");
		s->probes = grown;
	}
	slash = strchr(name, '/');
	*slash = '\0';
	if (tracefs_event_enable(s->instance, name, slash + 1))
		return mm_fail(err, -EINVAL, "%s:%d: the probe %s/%s cannot be enabled", path, nr, name,
			       slash + 1);
	return 0;
}

int probes_make(struct session *s, const char *path, struct mm_error *err)
{
	FILE *f = fopen(path, "r");
	char *line = NULL;
	size_t cap = 0;
	int e = 0, nr = 0;

	if (!f)
		return mm_fail(err, -errno, "%s: %s", path, strerror(errno));
	while (!e && getline(&line, &cap, f) > 0) {
		nr++;
		if (*line != '#' && *line != '\n')
			e = make_one(s, path, nr, line, err);
	}
	free(line);
	fclose(f);
	return e;
}

void probes_remove(struct session *s)
{
	char text[300];
	size_t i;

	for (i = 0; s->probes && s->probes[i]; i++) {
		snprintf(text, sizeof(text), "-:%s\n", s->probes[i]);
		command(text);
	}
	tracefs_list_free(s->probes);
	s->probes = NULL;
}
