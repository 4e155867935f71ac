/* SPDX-License-Identifier: MIT
 *
 * machine_file: machine files (INI) to struct mm_config.
 *
 * A machine file names what a boot log names: the firmware's memory map, the
 * kernel image, the initrd and other boot reservations, the CPU, the kernel's
 * configuration.  docs/machines.md lists every key; machines/ holds presets.
 */
#ifndef REPLAY_MACHINE_FILE_H
#define REPLAY_MACHINE_FILE_H

#include <stdio.h>

#include "engine/mm86.h"

/* What --machine takes when it is not given and the trace names no preset. */
#define MACHINE_DEFAULT "x86_32-2g"

/*
 * Read the machine `what`: a file when it holds a '/' or ends in ".ini", else
 * the preset of that name.  *c is set from mm_config_init first.  Errors name
 * file, line, what was found and what was expected: -ENOENT, -EINVAL.
 * The values are checked one by one; whether a kernel boots on the whole is
 * for mm_machine_create to say.
 */
int machine_file_read(const char *what, struct mm_config *c, struct mm_error *err);

/* The same from an open stream; name stands in the messages. */
int machine_file_parse(FILE *f, const char *name, struct mm_config *c, struct mm_error *err);

/* The preset that a trace's metadata names, to be freed; NULL: none, no such
 * file, a pipe, or no memory. */
char *machine_of_trace(const char *path);

#endif
