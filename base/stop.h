/* SPDX-License-Identifier: MIT
 *
 * stop: Ctrl-C asks once, kills the second time.
 *
 * A subcommand with long loops calls stop_install() once; the loops poll
 * stop_requested() (a load of one flag) and end in order: temporary files are
 * removed, stop_status() is returned.  A system call that waits ends with EINTR
 * when the signal comes: go on when !stop_requested(), else fail.  The default
 * action is restored by the first signal, so that a second one ends the process
 * at once.
 */
#ifndef BASE_STOP_H
#define BASE_STOP_H

#include <signal.h>
#include <stdbool.h>

extern volatile sig_atomic_t stop_signal; /* 0, or the signal that arrived */

void stop_install(void);

static inline bool stop_requested(void)
{
	return stop_signal != 0;
}

/* 128 + signal, as shells count it; 0 when none arrived. */
int stop_status(void);

#endif
