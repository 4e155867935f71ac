/* SPDX-License-Identifier: MIT
 * mmreplay map: the kernel's part of a machine's address space. */
#include "cmd/cmd.h"

#include <stdio.h>

#include "base/out.h"
#include "engine/mm86.h"
#include "plots/map.h"
#include "replay/machine_file.h"

/* Boot the machine and take its layout and zones. */
static int build(const char *what, struct addr_map *map, struct mm_error *err)
{
	struct mm_zone_info info;
	struct mm_machine *m;
	struct mm_config c;
	int z, r = machine_file_read(what, &c, err);

	if (r)
		return r;
	m = mm_machine_create(&c, err);
	if (!m)
		return err->code;
	r = map_build(map, mm_machine_config(m)->name, mm_machine_layout(m), err);
	for (z = 0; z < MM_NR_ZONES && !r; z++) {
		mm_zone_info(m, (enum mm_zone_id)z, &info);
		map->zone[z].present = info.present;
		map->zone[z].managed = info.managed;
	}
	mm_machine_destroy(m);
	return r;
}

static int write_svg(const struct addr_map *map, const char *file, struct mm_error *err)
{
	FILE *f;
	struct out_file *o = out_open(file, &f, err);

	if (!o)
		return err->code;
	map_svg(map, false, f);
	return out_commit(o, err);
}

int cmd_map(int argc, char **argv)
{
	const char *machine = MACHINE_DEFAULT, *svg = NULL;
	const struct opt opts[] = {
		{ "machine", 0, OPT_STRING, &machine, "FILE|NAME",
		  "the machine (default " MACHINE_DEFAULT ")", 0, 0 },
		{ "svg", 0, OPT_STRING, &svg, "FILE", "draw the map into FILE instead", 0, 0 },
		{ NULL, 0, OPT_FLAG, NULL, NULL, NULL, 0, 0 },
	};
	const struct opt_spec spec = {
		.usage = "[OPTION...]",
		.about = "Show the kernel's part of the address space with its real addresses: direct map, vmalloc, pkmap, fixmap, and the physical zones behind them.",
		.opts = opts,
	};
	struct addr_map map;
	struct mm_error err;
	int status;

	if (cmd_options(&spec, argc, argv, &status) < 0)
		return status;
	if (build(machine, &map, &err) || (svg && write_svg(&map, svg, &err)))
		return cmd_fail(argv[0], &err);
	if (!svg)
		map_text(&map, stdout);
	return CMD_DONE;
}
