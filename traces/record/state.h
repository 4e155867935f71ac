/* SPDX-License-Identifier: MIT
 * The machine's state from /proc (internal to traces/record). */
#ifndef RECORD_STATE_H
#define RECORD_STATE_H

#include "base/out.h"

/*
 * Copy the files of /proc that docs/state-format.md names into the folder path,
 * compressed.  The folder appears with out_dir_commit.  Files that cannot be
 * read are named in missing; NULL when none can, or the folder cannot be made.
 */
struct out_dir *state_copy(const char *path, char *missing, size_t size, struct mm_error *err);

#endif
