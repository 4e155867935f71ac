/* SPDX-License-Identifier: MIT
 *
 * kpageflags: 64 bits a frame, as /proc/kpageflags gives them, little endian.
 *
 * Of them bit 5 (LRU) is taken: stealing a pageblock counts the pages of it
 * that could be moved, and those are the ones on LRU lists.  The text of a
 * state folder does not name the page cache's pages; without this file none of
 * the pages in use counts as movable.
 */
#include "replay/state/parse.h"

#include <errno.h>
#include <stdlib.h>

#include "replay/state/lines.h"

enum { KPF_LRU = 5, CHUNK = 1 << 16 };

static int append(struct mm_state *s, const unsigned char *b, uint32_t n, const char *path,
		  struct mm_error *err)
{
	uint8_t *lru = realloc(s->lru, (size_t)s->nr_lru + n);

	if (!lru)
		return mm_fail(err, -ENOMEM, "%s: out of memory", path);
	s->lru = lru;
	for (uint32_t i = 0; i < n; i++)
		s->lru[s->nr_lru++] = b[i * 8] >> KPF_LRU & 1;
	return 0;
}

int lru_read(struct mm_state *s, const char *dir, struct mm_error *err)
{
	static const char *const names[] = { "kpageflags", "snap/000-before-kpageflags" };
	const unsigned char *b;
	struct mm_error none;
	struct lines *l = NULL;
	long n;
	int ret = -ENOENT;

	for (int i = 0; i < 2 && ret == -ENOENT; i++)
		ret = lines_open(&l, dir, names[i], &none);
	if (ret)
		return ret == -ENOENT ? 0 : mm_fail(err, ret, "%s", none.text);
	while ((n = lines_bytes(l, CHUNK, &b, err)) > 0) {
		if (n % 8 || s->nr_lru + (uint32_t)n / 8 > PFN_LIMIT)
			ret = mm_fail(err, -EINVAL, "%s: ends inside a frame's 8 bytes, or has more "
				      "than %u frames", lines_path(l), PFN_LIMIT);
		else
			ret = append(s, b, (uint32_t)n / 8, lines_path(l), err);
		if (ret)
			break;
	}
	lines_close(l);
	return n < 0 ? (int)n : ret;
}
