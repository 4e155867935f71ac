/* SPDX-License-Identifier: MIT
 * A driver script with the names of files and the truth's title, then
 * plots/verify.gp.  Both of the driver and gnuplot's log go again. */
#include "plots/verify_chart.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/datadir.h"
#include "plots/gnuplot.h"

static void quoted(FILE *f, const char *before, const char *text)
{
	fprintf(f, "%s'", before);
	for (; *text; text++)
		if (*text == '\'')
			fputs("''", f);
		else
			fputc((unsigned char)*text < ' ' ? ' ' : *text, f);
	fputs("'\n", f);
}

static int write_driver(const struct verify_result *r, const char *dir, const char *driver,
			struct mm_error *err)
{
	char *common = datadir_find("plots/common.gp", err);
	char *script = common ? datadir_find("plots/verify.gp", err) : NULL;
	char run[600];
	FILE *f = script ? fopen(driver, "we") : NULL;
	int ret = 0;

	if (!script)
		ret = err->code;
	else if (!f)
		ret = mm_fail(err, -errno, "%s: cannot write: %s", driver, strerror(errno));
	else {
		snprintf(run, sizeof(run), "%s%s%s", r->truth, *r->kernel ? ", " : "", r->kernel);
		fputs("set terminal svg noenhanced dynamic size 1000,420 font 'sans-serif,14' background '#ffffff'\n", f);
		quoted(f, "DIR = ", dir);
		quoted(f, "RUN = ", run);
		quoted(f, "UNIT = ", strcmp(r->kind, "recording") ? "operation" : "event");
		quoted(f, "TITLE = ", "Decisions that differ from the kernel's, over time");
		fprintf(f, "XMAX = %llu\nNMARKS = 0\n",
			(unsigned long long)(r->operations ? r->operations : 1));
		quoted(f, "load ", common);
		quoted(f, "load ", script);
		fputs("unset output\n", f);
		if (fclose(f))
			ret = mm_fail(err, -errno, "%s: cannot write: %s", driver, strerror(errno));
	}
	free(common);
	free(script);
	return ret;
}

int verify_chart(const struct verify_result *r, const char *dir, struct mm_error *err)
{
	char driver[4200], log[4200];
	int ret;

	snprintf(driver, sizeof(driver), "%s/errors.gp", dir);
	snprintf(log, sizeof(log), "%s/errors.log", dir);
	ret = write_driver(r, dir, driver, err);
	if (!ret)
		ret = gnuplot_run(driver, log, err);
	unlink(driver);
	unlink(log);
	return ret;
}
