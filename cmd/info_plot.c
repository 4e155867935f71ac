/* SPDX-License-Identifier: MIT
 *
 * mmreplay info --plot: the trace itself in pictures.
 */
#include <stdlib.h>
#include <string.h>

#include "base/progress.h"
#include "base/stop.h"
#include "cmd/cmd.h"
#include "cmd/info.h"
#include "plots/shape.h"
#include "replay/run.h"

struct watch {
	struct progress bar;
	const struct mmt_reader *r;
};

static bool show(void *arg, uint64_t done)
{
	struct watch *w = arg;
	uint64_t size = mmt_size(w->r);

	progress_update(&w->bar, done, size ? (double)mmt_offset(w->r) / (double)size : -1);
	return stop_requested();
}

/* "build2g" of "traces/bundled/build2g.mmt". */
static char *name_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *name = strdup(!strcmp(path, "-") ? "standard input" : slash ? slash + 1 : path);
	size_t n = name ? strlen(name) : 0;

	if (n > 4 && !strcmp(name + n - 4, ".mmt"))
		name[n - 4] = '\0';
	return name;
}

int info_plot(struct mmt_reader *r, const char *path, const char *dir, bool json, struct mm_error *err)
{
	struct watch w = { .r = r };
	struct trace_shape *s;
	char *own = dir ? NULL : run_default_out(path, "shape"), *name = name_of(path);
	int rc = -12;

	stop_install();
	progress_begin(&w.bar, stderr, "reading", "operations");
	s = trace_shape_read(r, show, &w, err);
	progress_end(&w.bar);
	if (!s)
		rc = err->code;
	else if ((!dir && !own) || !name)
		rc = mm_fail(err, -12, "out of memory");
	else
		rc = plots_shape(s, name, dir ? dir : own, err);
	if (!rc && json) {
		json_t *o = plots_shape_json(s, name);

		json_dumpf(o, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(o);
	} else if (!rc) {
		printf("%s/trace.html: open it in a browser; the charts lie beside it\n", dir ? dir : own);
	}
	free(s);
	free(own);
	free(name);
	return rc;
}
