/* SPDX-License-Identifier: MIT
 *
 * /proc/kpageflags (and kpagecount, if it is there): 64 bits a frame, little
 * endian, brought down to a byte of what a state needs.
 *
 * Bit numbers: Linux include/uapi/linux/kernel-page-flags.h; RESERVED is bit 32
 * of include/linux/kernel-page-flags.h.  A page of a huge page on the LRU
 * carries the flag on its head only, but counts as on the LRU (PageLRU looks
 * at the head).  kpagecount counts mappings by processes.  A mapped page has
 * a flag (MMAP), so it tells of frames without flags only that a process gave
 * them back between the reading of the two files.
 */
#include "replay/state/proc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	KPF_LRU = 5, KPF_SLAB = 7, KPF_BUDDY = 10, KPF_COMPOUND_TAIL = 16,
	KPF_NOPAGE = 20, KPF_PGTABLE = 26, KPF_RESERVED = 32,
	CHUNK = 1 << 16, MAX_FRAMES = 1 << 24,
};

static uint64_t get64(const unsigned char *b)
{
	uint64_t v = 0;

	for (int i = 7; i >= 0; i--)
		v = v << 8 | b[i];
	return v;
}

/* before_lru: the frame before is on the LRU, which a tail shares. */
static uint8_t classify(uint64_t k, bool before_lru)
{
	static const struct { uint8_t bit, flag; } map[] = {
		{ KPF_BUDDY, PF_BUDDY }, { KPF_SLAB, PF_SLAB }, { KPF_LRU, PF_LRU },
		{ KPF_PGTABLE, PF_TABLE }, { KPF_RESERVED, PF_RESERVED }, { KPF_NOPAGE, PF_HOLE },
	};
	uint8_t f = k ? 0 : PF_BLANK;

	for (size_t i = 0; i < sizeof(map) / sizeof(map[0]); i++)
		if (k >> map[i].bit & 1)
			f |= map[i].flag;
	if (before_lru && k >> KPF_COMPOUND_TAIL & 1)
		f |= PF_LRU;
	return f;
}

/* Calls each for every 8 bytes of a file. */
static int each_frame(const struct proc *p, const char *name, struct proc_frames *f,
		      int (*each)(const struct proc *, struct proc_frames *, uint32_t pfn, uint64_t v),
		      uint32_t *nr)
{
	const unsigned char *b;
	struct lines *l;
	long n;
	int ret = proc_open(p, &l, name, p->err);

	if (ret)
		return ret;
	*nr = 0;
	while ((n = lines_bytes(l, CHUNK, &b, p->err)) > 0) {
		if (n % 8 || *nr + (uint32_t)n / 8 > MAX_FRAMES) {
			ret = mm_fail(p->err, -EINVAL, "%s: ends inside a frame's 8 bytes, or has more than "
				      "%d frames", lines_path(l), MAX_FRAMES);
			break;
		}
		for (long i = 0; i < n / 8 && !ret; i++)
			ret = each(p, f, (*nr)++, get64(b + i * 8));
		if (ret)
			break;
	}
	if (f->path[0] == '\0')
		snprintf(f->path, sizeof(f->path), "%s", lines_path(l));
	lines_close(l);
	return n < 0 ? (int)n : ret;
}

static int keep_flags(const struct proc *p, struct proc_frames *f, uint32_t pfn, uint64_t v)
{
	if (!(pfn & (pfn - 1)) || !f->f) {
		uint8_t *grown = realloc(f->f, pfn ? (size_t)pfn * 2 : 1);

		if (!grown)
			return mm_fail(p->err, -ENOMEM, "%s/kpageflags: out of memory", p->dir);
		f->f = grown;
	}
	f->f[pfn] = classify(v, pfn && (f->f[pfn - 1] & PF_LRU));
	f->nr = pfn + 1;
	return 0;
}

static int keep_count(const struct proc *p, struct proc_frames *f, uint32_t pfn, uint64_t v)
{
	(void)p;
	if (pfn < f->nr && v)
		f->f[pfn] |= PF_WAS_MAPPED;
	return 0;
}

int proc_frames_read(const struct proc *p, struct proc_frames *f)
{
	uint32_t nr, end = 0;
	int ret = each_frame(p, "kpageflags", f, keep_flags, &nr);

	if (ret)
		return ret;
	for (int i = 0; i < MM_NR_ZONES; i++)	/* in ascending order */
		if (p->s->zone[i].present_in_state)
			end = p->s->zone[i].start + p->s->zone[i].spanned;
	if (f->nr < end)
		return mm_fail(p->err, -EINVAL, "%s has %u frames, the zones of %s/zoneinfo end at frame %u",
			       f->path, f->nr, p->dir, end);
	for (uint32_t i = end; i < f->nr; i++)
		if (!(f->f[i] & PF_HOLE))
			return mm_fail(p->err, -EINVAL, "%s: frame %u is a page, the zones of %s/zoneinfo "
				       "end at frame %u", f->path, i, p->dir, end);
	if (!proc_has(p, "kpagecount"))
		return 0;
	ret = each_frame(p, "kpagecount", f, keep_count, &nr);
	if (!ret && nr != f->nr)
		ret = mm_fail(p->err, -EINVAL, "%s has %u frames, kpagecount beside it %u", f->path, f->nr, nr);
	return ret;
}
