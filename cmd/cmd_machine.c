/* SPDX-License-Identifier: MIT
 * mmreplay machine: every value that a machine's configuration leads to. */
#include "cmd/cmd.h"
#include "replay/machine_file.h"
#include "replay/machine_report.h"

int cmd_machine(int argc, char **argv)
{
	bool json = false;
	const struct opt opts[] = {
		{ "json", 0, OPT_FLAG, &json, NULL, "Print JSON instead of tables.", 0, 0 },
		{ 0 }
	};
	const struct opt_spec spec = {
		.usage = "[FILE|NAME] [OPTION...]",
		.about = "Boot a machine and show what follows from its configuration: addresses, zones,\n"
			 "watermarks, reserves, per-CPU lists, slab caches. Without a name: " MACHINE_DEFAULT ".",
		.opts = opts,
		.min_operands = 0, .max_operands = 1,
	};
	int status, first = cmd_options(&spec, argc, argv, &status);
	struct mm_machine *m;
	struct mm_config c;
	struct mm_error err;

	if (first < 0)
		return status;
	if (machine_file_read(first < argc ? argv[first] : MACHINE_DEFAULT, &c, &err))
		return cmd_fail(argv[0], &err);
	m = mm_machine_create(&c, &err);
	if (!m)
		return cmd_fail(argv[0], &err);
	if (json) {
		json_t *o = machine_report_json(m);

		json_dumpf(o, stdout, JSON_INDENT(2));
		putchar('\n');
		json_decref(o);
	} else {
		machine_report_print(m, stdout);
	}
	mm_machine_destroy(m);
	return CMD_DONE;
}
