/* SPDX-License-Identifier: MIT
 * A flag set by SIGINT and SIGTERM. */
#include "base/stop.h"

volatile sig_atomic_t stop_signal;

static void on_signal(int sig)
{
	stop_signal = sig;
	signal(SIGINT, SIG_DFL);
	signal(SIGTERM, SIG_DFL);
}

void stop_install(void)
{
	/* No SA_RESTART: a read that waits for a pipe must end with EINTR. */
	struct sigaction sa = { .sa_handler = on_signal };
	struct sigaction old;

	sigemptyset(&sa.sa_mask);
	/* A shell's background job has SIGINT ignored; that stays so. */
	if (sigaction(SIGINT, NULL, &old) == 0 && old.sa_handler != SIG_IGN)
		sigaction(SIGINT, &sa, NULL);
	sigaction(SIGTERM, &sa, NULL);
}

int stop_status(void)
{
	return stop_signal ? 128 + stop_signal : 0;
}
