/* SPDX-License-Identifier: MIT
 *
 * The /proc files of a simulated machine against those of a real one (Debian
 * 6.1.176 686, 2 GiB; tests/data/replay): the same lines in the same order with
 * the same columns and widths.  Numbers differ, so each file is brought to its
 * shape first: digits to '9', runs of blanks before them kept.
 */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "replay/machine_file.h"
#include "replay/procfs.h"
#include "tests/replay/trace_help.h"

static struct mm_machine *m;

static int boot(void **state)
{
	struct mm_config c;
	struct mm_error err;
	struct mm_caller who = { .op = 0 };
	vaddr_t addr;

	(void)state;
	if (machine_file_read("build2g", &c, &err))
		fail_msg("%s", err.text);
	m = mm_machine_create(&c, &err);
	if (!m)
		fail_msg("%s", err.text);
	assert_int_equal(mm_vmalloc(m, &who, 684032 - 4096, MM_GFP_KERNEL, &addr), MM_OK);
	who.site = 1;
	assert_int_equal(mm_ioremap(m, &who, 0x7ffe1000, 4096, &addr), MM_OK);
	return 0;
}

static int unboot(void **state)
{
	(void)state;
	mm_machine_destroy(m);
	return 0;
}

static const char *site(void *arg, uint32_t id)
{
	(void)arg;
	(void)id;
	return "acpi_os_map_iomem+0x211/0x240;acpi_something+0x1/0x2";
}

static char *ours(procfs_fn *write)
{
	struct procfs_names names = { site, NULL };
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	assert_non_null(f);
	write(f, m, &names);
	fclose(f);
	return text;
}

static char *real(const char *name)
{
	return tt_slurp("tests/data/replay", name);
}

/* A line with its numbers as '9', right-aligned ones with their blanks. */
static void shape(char *to, const char *line, size_t n)
{
	size_t i = 0, len = 0;

	while (i < n) {
		if (isdigit((unsigned char)line[i])) {
			size_t width = 0, back = len;

			while (i < n && isdigit((unsigned char)line[i])) {
				i++;
				width++;
			}
			while (back && to[back - 1] == ' ') {
				back--;
				width++;
			}
			len = back;
			len += (size_t)sprintf(to + len, "<%zu>", width);
		} else {
			to[len++] = line[i++];
		}
	}
	to[len] = '\0';
}

/* Both texts line by line in shape; `only` chooses lines (NULL: all). */
static void same_shape(const char *a, const char *b, bool (*only)(const char *line))
{
	char sa[2000], sb[2000];
	int line = 0;

	while (*a || *b) {
		size_t na = strcspn(a, "\n"), nb = strcspn(b, "\n");

		line++;
		assert_true(na < 600 && nb < 600);
		shape(sa, a, na);
		shape(sb, b, nb);
		if ((!only || only(b)) && strcmp(sa, sb))
			fail_msg("line %d: ours '%.*s', the kernel's '%.*s'", line, (int)na, a, (int)nb, b);
		a += na + (a[na] == '\n');
		b += nb + (b[nb] == '\n');
	}
}

static void compare(procfs_fn *write, const char *name, bool (*only)(const char *))
{
	char *a = ours(write), *b = real(name);

	same_shape(a, b, only);
	free(a);
	free(b);
}

static void test_buddyinfo(void **state)
{
	(void)state;
	compare(procfs_buddyinfo, "real-buddyinfo", NULL);
}

static void test_pagetypeinfo(void **state)
{
	(void)state;
	compare(procfs_pagetypeinfo, "real-pagetypeinfo", NULL);
}

/* Numbers are left-aligned there: their widths are not the format's. */
static void drop_widths(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (isdigit((unsigned char)*s)) {
			if (to[-1] != '9')
				*to++ = '9';
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

static void compare_names(procfs_fn *write, const char *name)
{
	char *a = ours(write), *b = real(name);

	drop_widths(a);
	drop_widths(b);
	assert_string_equal(a, b);
	free(a);
	free(b);
}

static void test_zoneinfo(void **state)
{
	(void)state;
	compare_names(procfs_zoneinfo, "real-zoneinfo");
}

static void test_vmstat(void **state)
{
	(void)state;
	compare_names(procfs_vmstat, "real-vmstat");
}

static void test_meminfo(void **state)
{
	char *b = real("real-meminfo"), *a = ours(procfs_meminfo);
	char *direct = strstr(b, "DirectMap4k");

	(void)state;
	assert_non_null(direct);
	*direct = '\0';		/* left out: procfs.h */
	same_shape(a, b, NULL);
	free(a);
	free(b);
}

/* The widths of signed numbers depend on the sign: values are compared as well. */
static void test_indexes(void **state)
{
	char *a = ours(procfs_extfrag_index);

	(void)state;
	compare(procfs_unusable_index, "real-unusable_index", NULL);
	/* A fresh machine has a block of every order in each zone. */
	assert_non_null(strstr(a, "Node 0, zone  HighMem -1.000 -1.000 "));
	free(a);
	a = real("real-extfrag_index");
	assert_non_null(strstr(a, "Node 0, zone  HighMem -1.000 -1.000 "));
	free(a);
}

/* Caches differ; the lines do not: compare that of a cache both have. */
static void test_slabinfo(void **state)
{
	char *a = ours(procfs_slabinfo), *b = real("real-slabinfo");
	char sa[2000], sb[2000];
	const char *la = strstr(a, "\nkmalloc-192 "), *lb = strstr(b, "\nkmalloc-192 ");
	size_t head = (size_t)(strstr(b, "sharedavail>\n") - b);

	(void)state;
	assert_memory_equal(a, b, head);
	assert_non_null(la);
	assert_non_null(lb);
	shape(sa, la + 1, strcspn(la + 1, "\n"));
	shape(sb, lb + 1, strcspn(lb + 1, "\n"));
	assert_string_equal(sa, sb);
	assert_non_null(strstr(la, " 192   21    1 : tunables    0    0    0 : slabdata "));
	free(a);
	free(b);
}

/* ioremap with its caller, vmalloc with its pages: as the kernel's own lines. */
static void test_vmallocinfo(void **state)
{
	char *a = ours(procfs_vmallocinfo), *b = real("real-vmallocinfo");

	(void)state;
	assert_non_null(strstr(b, "    8192 acpi_os_map_iomem+0x211/0x240 phys=0x7ffe1000 ioremap\n"));
	assert_non_null(strstr(a, "    8192 acpi_os_map_iomem+0x211/0x240 phys=0x7ffe1000 ioremap\n"));
	assert_non_null(strstr(b, "  684032 load_module+0xae0/0x1d20 pages=166 vmalloc\n"));
	assert_non_null(strstr(a, "-0xf74a5000  684032 pages=166 vmalloc\n"));
	free(a);
	free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buddyinfo),
		cmocka_unit_test(test_pagetypeinfo),
		cmocka_unit_test(test_zoneinfo),
		cmocka_unit_test(test_meminfo),
		cmocka_unit_test(test_vmstat),
		cmocka_unit_test(test_indexes),
		cmocka_unit_test(test_slabinfo),
		cmocka_unit_test(test_vmallocinfo),
	};

	return cmocka_run_group_tests(tests, boot, unboot);
}
