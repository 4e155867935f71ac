/* SPDX-License-Identifier: MIT
 *
 * datadir: where the command finds the files that come with it (machine
 * presets, gnuplot scripts, bundled traces).
 *
 * Names are those of the source tree ("traces/bundled/build2g.mmt"); an
 * installed copy keeps the same names under PREFIX/share/mmreplay.  Looked for
 * in this order:
 *   1. $MMREPLAY_DATA, when set: only there;
 *   2. EXE/../share/mmreplay: installed.  Found from the running file, so that
 *      an installed tree may be moved and DESTDIR needs no thought;
 *   3. the folders above the executable: run from its source tree.
 */
#ifndef BASE_DATADIR_H
#define BASE_DATADIR_H

#include "base/mm_error.h"

/* Full path of an existing file or folder, to be freed; NULL with a sentence
 * that names the places looked at. */
char *datadir_find(const char *name, struct mm_error *err);

#endif
