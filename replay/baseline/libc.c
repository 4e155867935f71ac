/* SPDX-License-Identifier: MIT
 *
 * The libc backend: malloc, aligned_alloc and free of the C library, or of what
 * LD_PRELOAD put in its place.
 *
 * Its statistics are mallinfo2's, less what they were at the start; they tell
 * nothing of a preloaded allocator (allocated and active then stay 0).  What
 * is resident the kernel tells (/proc/self/statm), for the whole program: the
 * trace's buffers and the slot table are in it, but most of both stood before
 * the first sample, which is subtracted.
 */
#include <errno.h>
#include <fcntl.h>
#include <gnu/libc-version.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "replay/baseline/ops.h"

struct libc {
	struct baseline base;
	int statm;
	bool mallinfo_counts;	/* mallinfo2 sees what malloc gives */
	uint64_t first_allocated, first_active, first_mapped, first_resident;
	bool any_sample;
};

static inline void *libc_alloc(size_t size, unsigned int lg_align, bool zero)
{
	size_t align = (size_t)1 << lg_align;
	void *p;

	if (align <= _Alignof(max_align_t))
		return zero ? calloc(1, size) : malloc(size);
	size = (size + align - 1) & ~(align - 1);
	p = aligned_alloc(align, size);
	if (p && zero)
		__builtin_memset(p, 0, size);
	return p;
}

static inline void libc_free(void *p, size_t size, unsigned int lg_align)
{
	(void)size;
	(void)lg_align;
	free(p);
}

static const struct baseline_heap heap = { libc_alloc, libc_free };

BASELINE_RUN(libc_run, &heap)

/* Does mallinfo2 know of malloc?  Not when another allocator was preloaded. */
static bool mallinfo_counts(void)
{
	size_t before = mallinfo2().uordblks, after;
	void *volatile p = malloc(1000);

	after = mallinfo2().uordblks;
	free(p);
	return after > before;
}

/* Resident bytes of this process; 0: the kernel does not tell. */
static uint64_t resident(int statm)
{
	unsigned long long size, pages;
	char buf[128];
	ssize_t n = statm < 0 ? -1 : pread(statm, buf, sizeof(buf) - 1, 0);

	if (n <= 0)
		return 0;
	buf[n] = '\0';
	if (sscanf(buf, "%llu %llu", &size, &pages) != 2)
		return 0;
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static uint64_t minus(uint64_t a, uint64_t b)
{
	return a > b ? a - b : 0;
}

static void libc_sample(struct backend *b, struct sample *out)
{
	struct libc *s = (struct libc *)b;
	uint64_t now = resident(s->statm), allocated = 0, active = 0, mapped = 0;

	if (s->mallinfo_counts) {
		struct mallinfo2 m = mallinfo2();

		allocated = m.uordblks + m.hblkhd;
		mapped = m.arena + m.hblkhd;
		active = mapped - m.keepcost;	/* all but the top that could be trimmed */
	}
	if (!s->any_sample) {
		s->any_sample = true;
		s->first_resident = now;
		s->first_allocated = allocated;
		s->first_active = active;
		s->first_mapped = mapped;
	}
	baseline_sample(&s->base, out);
	out->v[SAMPLE_allocated_bytes] = minus(allocated, s->first_allocated);
	out->v[SAMPLE_active_bytes] = minus(active, s->first_active);
	out->v[SAMPLE_mapped_bytes] = minus(mapped, s->first_mapped);
	out->v[SAMPLE_resident_bytes] = minus(now, s->first_resident);
}

static void libc_close(struct backend *b)
{
	int statm = ((struct libc *)b)->statm;

	baseline_close((struct baseline *)b);
	if (statm >= 0)
		close(statm);
}

extern const struct backend_ops backend_libc;

static struct backend *libc_open(const struct backend_setup *setup, struct mm_error *err)
{
	struct libc *s = (struct libc *)baseline_open(sizeof(*s), &backend_libc, &heap, setup, err);
	const char *preload = getenv("LD_PRELOAD");
	char text[80];

	if (!s)
		return NULL;
	s->statm = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	s->mallinfo_counts = mallinfo_counts();
	snprintf(text, sizeof(text), "glibc %s", gnu_get_libc_version());
	baseline_fact(&s->base, "c_library", text);
	baseline_fact(&s->base, "LD_PRELOAD", preload ? preload : "");
	baseline_fact(&s->base, "statistics", s->mallinfo_counts ? "mallinfo2, /proc/self/statm" :
		      "/proc/self/statm (mallinfo2 does not see this allocator)");
	return &s->base.b;
}

const struct backend_ops backend_libc = {
	.name = "libc",
	.help = "malloc of the C library, or of what LD_PRELOAD names",
	.open = libc_open,
	.run = libc_run,
	.sample = libc_sample,
	.machine = baseline_machine,
	.facts = baseline_facts,
	.advance = baseline_advance,
	.close = libc_close,
};
