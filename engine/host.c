/* SPDX-License-Identifier: MIT
 *
 * host: ranges that begin at a huge page, so that whole ones can back them.
 */
#include "engine/host.h"

#include <stdint.h>
#include <sys/mman.h>

#define SMALL	((size_t)4096)
#define HUGE	((size_t)2 << 20)	/* of x86_64; elsewhere it is only an alignment */

/* What a table is made of: huge pages from an eighth of one on, for a fault costs as
 * much as clearing that. */
static size_t unit_of(size_t bytes)
{
	return bytes > HUGE / 8 ? HUGE : SMALL;
}

static size_t rounded(size_t bytes, size_t unit)
{
	return (bytes + unit - 1) & ~(unit - 1);
}

/* Linux 5.14 can do it in one call; every kernel does it for a write. */
static void make_resident(char *p, size_t bytes)
{
#ifdef MADV_POPULATE_WRITE
	if (!madvise(p, bytes, MADV_POPULATE_WRITE))
		return;
#endif
	for (size_t i = 0; i < bytes; i += SMALL)
		*(volatile char *)(p + i) = 0;
}

void *host_table(size_t bytes, size_t touch)
{
	size_t unit = unit_of(bytes), size = rounded(bytes, unit), over = unit - SMALL;
	char *p = mmap(NULL, size + over, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	size_t front;

	if (p == MAP_FAILED)
		return NULL;
	front = rounded((uintptr_t)p, unit) - (uintptr_t)p;
	if (front)
		munmap(p, front);
	if (over - front)
		munmap(p + front + size, over - front);
	p += front;
	if (unit == HUGE)
		madvise(p, size, MADV_HUGEPAGE);	/* a hint: without them it is slower */
	make_resident(p, rounded(touch < bytes ? touch : bytes, SMALL));
	return p;
}

void host_table_free(void *p, size_t bytes)
{
	if (p)
		munmap(p, rounded(bytes, unit_of(bytes)));
}
