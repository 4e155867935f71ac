/* SPDX-License-Identifier: MIT
 *
 * /proc files that are missing, cut, damaged or of another moment: the sentence
 * for each.  Each bad folder is a good one with one thing changed.
 */
#include <dirent.h>
#include <stdarg.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "replay/state/lines.h"
#include "replay/state/state.h"
#include "tests/replay/trace_help.h"

#define GOOD "tests/data/proc/build2g"

static const char *const files[] = {
	"zoneinfo", "buddyinfo", "pagetypeinfo", "slabinfo", "vmallocinfo", "iomem", "cmdline", "meminfo",
	"kpageflags", "kpagecount",
};
enum { NR_FILES = sizeof(files) / sizeof(files[0]) };

/* All bytes of a good file, NUL after them. */
static char *good(const char *name, size_t *size)
{
	const unsigned char *b;
	struct mm_error err;
	struct lines *l;
	char *all = NULL;
	size_t n = 0;
	long got;

	assert_int_equal(lines_open(&l, GOOD, name, &err), 0);
	while ((got = lines_bytes(l, 1 << 16, &b, &err)) > 0) {
		all = realloc(all, n + (size_t)got + 1);
		memcpy(all + n, b, (size_t)got);
		n += (size_t)got;
	}
	assert_int_equal(got, 0);
	lines_close(l);
	assert_non_null(all);
	all[n] = 0;
	*size = n;
	return all;
}

static void put(const char *dir, const char *name, const char *data, size_t n)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(data, 1, n, f), n);
	fclose(f);
}

static void make_folder(const char *dir)
{
	for (int i = 0; i < NR_FILES; i++) {
		size_t n;
		char *data = good(files[i], &n);

		put(dir, files[i], data, n);
		free(data);
	}
}

/* What is said must name the folder and contain the sentence. */
static void refused(const char *dir, const char *sentence)
{
	struct state_assumed a;
	struct mm_error err = { 0 };
	struct mm_config c;
	struct mm_state s;

	if (!state_read_proc(dir, &s, &c, &a, &err))
		fail_msg("read, expected \"%s\"", sentence);
	assert_true(err.code < 0);
	assert_null(a.text);
	assert_null(s.vmap);
	if (!strstr(err.text, sentence) || !strstr(err.text, dir))
		fail_msg("\"%s\", expected \"%s\" and the folder", err.text, sentence);
}

static void accepted(const char *dir)
{
	struct state_assumed a;
	struct mm_error err;
	struct mm_config c;
	struct mm_state s;

	if (state_read_proc(dir, &s, &c, &a, &err))
		fail_msg("%s", err.text);
	mm_state_free(&s);
	state_assumed_free(&a);
}

/* The first `from` of a text file exchanged. */
static void exchanged(const char *dir, const char *name, const char *from, const char *to)
{
	size_t n;
	char *data = good(name, &n), *at = strstr(data, from), *out;

	if (!at)
		fail_msg("%s has no '%s'", name, from);
	out = malloc(n + strlen(to) + 1);
	sprintf(out, "%.*s%s%s", (int)(at - data), data, to, at + strlen(from));
	put(dir, name, out, strlen(out));
	free(out);
	free(data);
}

static void test_text(void **state)
{
	static const struct { const char *file, *from, *to, *sentence; } bad[] = {
		{ "zoneinfo", "Node 0, zone  HighMem", "Node 0, zone  Highest",
		  "a zone with pages that is none of DMA, Normal, HighMem" },
		{ "zoneinfo", "Node 0, zone   Normal", "Node 1, zone   Normal", "a second node" },
		{ "zoneinfo", "Node 0, zone   Normal", "Node 0, zone      DMA", "a zone that is there twice" },
		{ "zoneinfo", "Node 0, zone      DMA\n", "", "line 1: text before the first 'Node 0, zone NAME'" },
		{ "zoneinfo", "        managed  206993\n", "", "zone Normal ends without a line 'managed'" },
		{ "zoneinfo", "vm stats threshold: 8", "vm stats: 8",
		  "zone Normal ends without a line 'vm stats threshold'" },
		{ "zoneinfo", "present  220158", "present  220159",
		  "206993 pages managed, 220159 present, 220158 spanned from pfn 4096" },
		{ "zoneinfo", "(0, 806, 1977, 1977)", "0 806 1977 1977", "expected 'protection: (N, N, N, N)'" },
		{ "zoneinfo", "cpu: 0", "cpu: 1", "CPUs are not 0, 1, 2" },
		{ "zoneinfo", "boost    0", "boost    200", "a watermark below its boost" },
		{ "zoneinfo", "pages free     195530", "pages free     197000",
		  "zone Normal has 195530 free pages, " },
		{ "zoneinfo", "count: 781", "count: 9781",
		  "zoneinfo counts 9781 pages on per-CPU lists in zone Normal" },
		{ "buddyinfo", "  189 ", "  191 ", "buddyinfo counts 197578: expected files of one moment" },
		{ "buddyinfo", "zone  HighMem", "zone  Movable", "has a zone HighMem with 299993 pages, buddyinfo has none" },
		{ "buddyinfo", "zone      DMA      0", "zone      DMA      x", "line 1: expected 'Node 0, zone NAME' and 11 counts" },
		{ "pagetypeinfo", "Page block order: 10", "Page block order: 11", "the pageblock order is 11" },
		{ "pagetypeinfo", "Page block order: 10", "Page block order: 9",
		  "no user/kernel split of a PAE i386 kernel" },
		{ "pagetypeinfo", "          203 ", "          204 ",
		  "pagetypeinfo counts 216 pageblocks in zone Normal, its bounds in zoneinfo make 215" },
		{ "pagetypeinfo", "    189 \n", "    180 \n", "pagetypeinfo counts 186314: expected files of" },
		{ "pagetypeinfo", "    189 \n", "    \n", "TYPE' and 11 counts" },
		{ "pagetypeinfo", "HighAtomic      Isolate", "HighAtomic      CMA", "expected the types Unmovable" },
		{ "slabinfo", "version: 2.1", "version: 1.1", "line 1: expected slabinfo version 2.1" },
		{ "slabinfo", "ext4_inode_cache     450    450    800   10", "ext4_inode_cache     450    450    800   11",
		  "sizes that do not fit together" },
		{ "slabinfo", " : slabdata     45", " ; slabdata     45", "line 5: expected 'NAME ACTIVE TOTAL" },
		{ "vmallocinfo", "0xf73fe000-0xf7400000    8192", "0xf73fe000-0xf7400000    8193",
		  "expected '0xSTART-0xEND SIZE" },
		{ "vmallocinfo", "0xf7400000-0xf7403000", "0xf73ff000-0xf7402000", "begins before the end of the one before it" },
		{ "vmallocinfo", "0xf73fe000-0xf7400000", "0xf73fc000-0xf73fe000",
		  "no user/kernel split of an i386 kernel with vmalloc=128M does that" },
		{ "cmdline", "console=ttyS0", "vmalloc=256M", "with vmalloc=256M does that" },
		{ "iomem", "00001000-0009fbff", "00000000-00000000", "it was read without privilege" },
		{ "iomem", "00100000-7ffd6fff", "00100000-3ffd6fff", "have 524149 pages of RAM, iomem" },
		{ "iomem", "00100000-7ffd6fff : ", "00100000 ", "expected 'START-END : NAME'" },
		{ "meminfo", "MemTotal:        2043304", "MemTotal:        2043300",
		  "says MemTotal 2043300 kB, the zones of" },
	};
	char *dir = tt_mkdir();

	(void)state;
	make_folder(dir);
	accepted(dir);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		exchanged(dir, bad[i].file, bad[i].from, bad[i].to);
		refused(dir, bad[i].sentence);
		exchanged(dir, bad[i].file, bad[i].from, bad[i].from);
	}
	accepted(dir);
	tt_rmdir(dir);
}

/* HighMem's section cut off: the frames above lowmem belong to no zone. */
static void test_without_highmem(void **state)
{
	char *dir = tt_mkdir(), *text;
	size_t n;

	(void)state;
	make_folder(dir);
	text = good("zoneinfo", &n);
	put(dir, "zoneinfo", text, (size_t)(strstr(text, "Node 0, zone  HighMem") - text));
	refused(dir, "buddyinfo has a zone HighMem, zoneinfo has none with pages");
	free(text);
	text = good("buddyinfo", &n);
	put(dir, "buddyinfo", text, (size_t)(strstr(text, "Node 0, zone  HighMem") - text));
	refused(dir, "frame 224254 is a page, the zones of");
	free(text);
	tt_rmdir(dir);
}

static void test_missing(void **state)
{
	static const struct { const char *file, *sentence; } needed[] = {
		{ "zoneinfo", "zoneinfo (or" }, { "buddyinfo", "buddyinfo (or" },
		{ "pagetypeinfo", "pagetypeinfo (or" }, { "kpageflags", "kpageflags (or" },
		{ "slabinfo", "slabinfo (or" }, { "vmallocinfo", "vmallocinfo (or" },
	};
	static const char *const optional[] = { "iomem", "cmdline", "meminfo", "kpagecount" };
	char path[128], *dir = tt_mkdir();

	(void)state;
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		make_folder(dir);
		snprintf(path, sizeof(path), "%s/%s", dir, needed[i].file);
		assert_int_equal(unlink(path), 0);
		refused(dir, needed[i].sentence);
		put(dir, needed[i].file, "", 0);
		refused(dir, needed[i].file);	/* empty is as bad */
	}
	make_folder(dir);
	for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, optional[i]);
		assert_int_equal(unlink(path), 0);
		accepted(dir);
	}
	tt_rmdir(dir);
}

/* kpageflags with some frames' flags exchanged, or cut. */
static void test_flags(void **state)
{
	char *dir = tt_mkdir(), *flags;
	size_t n, free_frame = 0;

	(void)state;
	make_folder(dir);
	flags = good("kpageflags", &n);
	assert_int_equal(n, 524247 * 8);
	put(dir, "kpageflags", flags, n - 8);
	refused(dir, "has 524246 frames, the zones of");
	put(dir, "kpageflags", flags, n - 4);
	refused(dir, "ends inside a frame's 8 bytes");
	while (!(flags[free_frame * 8 + 1] & 4))	/* BUDDY, bit 10 */
		free_frame++;
	for (size_t i = 0; i < 40; i++)
		flags[(free_frame + i) * 8 + 1] &= ~4;
	put(dir, "kpageflags", flags, n);
	refused(dir, "zone DMA has 3800 free pages");
	free(flags);
	flags = good("kpagecount", &n);
	put(dir, "kpagecount", flags, n - 8);
	refused(dir, "has 524247 frames, kpagecount beside it 524246");
	free(flags);
	tt_rmdir(dir);
}

/* A running machine's files are read one after the other: small differences are
 * said, and the machine is consistent all the same. */
static void test_not_one_moment(void **state)
{
	static const struct { const char *file, *from, *to, *sentence; } moved[] = {
		{ "zoneinfo", "pages free     195530", "pages free     195539", "zoneinfo 195539; kpageflags was taken" },
		{ "buddyinfo", "Normal      0      3", "Normal      0      5", "buddyinfo 195534" },
		{ "pagetypeinfo", "Normal, type      Movable      0      2", "Normal, type      Movable      0      1",
		  "pagetypeinfo 195528" },
		{ "zoneinfo", "count: 781", "count: 7810",
		  "zoneinfo counts 7810 pages on per-CPU lists, kpageflags has only 7749" },
	};
	char *dir = tt_mkdir();

	(void)state;
	make_folder(dir);
	for (size_t i = 0; i < sizeof(moved) / sizeof(moved[0]); i++) {
		struct state_assumed a;
		struct mm_machine *m;
		struct mm_error err;
		struct mm_config c;
		struct mm_state s;
		bool said = false;

		exchanged(dir, moved[i].file, moved[i].from, moved[i].to);
		if (state_read_proc(dir, &s, &c, &a, &err))
			fail_msg("%s", err.text);
		for (uint32_t k = 0; k < a.nr; k++)
			said |= strstr(a.text[k], moved[i].sentence) != NULL;
		if (!said)
			fail_msg("nothing says '%s'", moved[i].sentence);
		m = mm_machine_load(&c, &s, &err);
		if (!m || mm_check(m, &err))
			fail_msg("%s", err.text);
		mm_machine_destroy(m);
		mm_state_free(&s);
		state_assumed_free(&a);
		exchanged(dir, moved[i].file, moved[i].from, moved[i].from);
	}
	tt_rmdir(dir);
}

/* A cut or garbled text is refused or read; never a crash. */
static void test_cuts(void **state)
{
	char *dir = tt_mkdir();

	(void)state;
	make_folder(dir);
	for (int i = 0; i < 8; i++) {
		size_t n;
		char *data = good(files[i], &n);

		for (size_t k = 1; k < 6; k++) {
			struct state_assumed a;
			struct mm_error err = { 0 };
			struct mm_config c;
			struct mm_state s;

			put(dir, files[i], data, n * k / 6);
			if (state_read_proc(dir, &s, &c, &a, &err)) {
				assert_true(err.text[0]);
				continue;
			}
			mm_state_free(&s);
			state_assumed_free(&a);
		}
		put(dir, files[i], data, n);
		free(data);
	}
	accepted(dir);
	tt_rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_without_highmem),
		cmocka_unit_test(test_missing),
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_not_one_moment),
		cmocka_unit_test(test_cuts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
