/* SPDX-License-Identifier: MIT
 *
 * out: output that is either whole or not there.
 *
 * A file is written as NAME.PID.tmp in its own folder, flushed to disk and
 * renamed; a run directory is built under such a name and renamed when all
 * its files are written.  A killed process leaves at most a .tmp, never
 * something that looks finished.
 */
#ifndef BASE_OUT_H
#define BASE_OUT_H

#include <stdio.h>

#include "base/mm_error.h"

/* Make the folders of path that do not exist, the last one included. */
int out_mkdirs(const char *path, struct mm_error *err);

struct out_file;

/* Open path for writing; its folder is made when missing.  NULL on error.
 * *f is the stream to write to; out_commit and out_abort close it. */
struct out_file *out_open(const char *path, FILE **f, struct mm_error *err);

/* Flush, fsync, rename over path; frees o in every case.  A failed write on
 * the stream, however long ago, is reported here and the file removed. */
int out_commit(struct out_file *o, struct mm_error *err);

/* Remove the temporary file and free o (which may be NULL). */
void out_abort(struct out_file *o);

struct out_dir;

/*
 * Begin the directory path.  marker names a file that shows that an existing
 * directory is an earlier result of the same kind ("run.json") and may be
 * replaced; another directory that is not empty, or a file, is refused with
 * -EEXIST before any work is done.  NULL on error.
 */
struct out_dir *out_dir_begin(const char *path, const char *marker, struct mm_error *err);

/* Where to write: the temporary directory's path. */
const char *out_dir_path(const struct out_dir *d);

/* fsync what is in it and rename it to its name, replacing an earlier result
 * in one step; frees d in every case. */
int out_dir_commit(struct out_dir *d, struct mm_error *err);

/* Remove the temporary directory with all in it, free d (which may be NULL). */
void out_dir_abort(struct out_dir *d);

#endif
