/* SPDX-License-Identifier: MIT
 *
 * host: the large tables of a machine, as address ranges of the host.
 *
 * A page of the host that is touched for the first time costs some hundred
 * operations' time (a page fault, several microseconds on a virtual host).  So
 * tables are reserved for the most there can be, on huge pages where the host has
 * them, and what a machine is sure to use is touched while it is made.
 * Internal to engine/.
 */
#ifndef MM_HOST_H
#define MM_HOST_H

#include <stddef.h>

/* bytes of zeroes, the first `touch` of them resident at once; only what is
 * touched takes memory.  NULL: the host has no such range.  To be freed with
 * the same size; NULL is nothing to free. */
void *host_table(size_t bytes, size_t touch);
void host_table_free(void *p, size_t bytes);

#endif
