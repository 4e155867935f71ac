/* SPDX-License-Identifier: MIT
 *
 * Machine files: every kind of bad line with its message, bases, and the
 * presets against the constants of the real kernels that they describe
 * (Debian 6.1.176 686 under QEMU, freshly booted).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "replay/machine_file.h"

static int parse(const char *text, struct mm_config *c, struct mm_error *err)
{
	FILE *f = fmemopen((void *)(uintptr_t)text, strlen(text), "r");
	int r;

	assert_non_null(f);
	r = machine_file_parse(f, "t.ini", c, err);
	fclose(f);
	return r;
}

static void test_values(void **state)
{
	struct mm_config c;
	struct mm_error err = { 0 };

	(void)state;
	if (parse("; a machine\n[machine]\nname = mine   # its name\n"
		  "[cpu]\ncpus = 2\npae = no\npse=no\ncache_line = 64\n"
		  "[memory]\nram = 1536M\nswap = 512M\n"
		  "[boot]\nkernel = 0x01000000-0x01ffffff\ninitrd = 4M\nsmp_alternatives = 0x01e6a000-0x01e71fff\n"
		  "reserved = 0x02000000-0x020fffff\nreserved = 0x03000000-0x03000fff\n"
		  "[kernel]\nsplit = 2G/2G\nvmalloc = 256M\nhighmem = yes\nmin_free_kbytes = 2048\n"
		  "[slab]\nallocator = slub\nnomerge = yes\n", &c, &err))
		fail_msg("%s", err.text);
	assert_string_equal(c.name, "mine");
	assert_int_equal(c.cpus, 2);
	assert_false(c.pse);
	assert_int_equal(c.ram_bytes, 1536ull << 20);
	assert_int_equal(c.swap_bytes, 512ull << 20);
	assert_int_equal(c.kernel_base, 0x01000000);
	assert_int_equal(c.kernel_end, 0x02000000);
	assert_int_equal(c.smp_alt_base, 0x01e6a000);
	assert_int_equal(c.smp_alt_bytes, 0x8000);
	assert_int_equal(c.initrd_bytes, 4 << 20);
	assert_int_equal(c.nr_reserved, 2);
	assert_int_equal(c.reserved[1].end, 0x03001000);
	assert_int_equal(c.page_offset, 0x80000000u);
	assert_int_equal(c.vmalloc_reserve, 264u << 20);
	assert_int_equal(c.min_free_kbytes, 2048);
	assert_true(c.slab_nomerge);
	assert_int_equal(c.pcp_high_fraction, 0);
}

/* Each bad file and a part of the sentence that it must get. */
static const struct { const char *text, *says; } bad[] = {
	{ "cpus = 2\n", "t.ini, line 1: found 'cpus', expected a [section] before the first key" },
	{ "[cpu\n", "line 1: found '[cpu', expected a section: [name]" },
	{ "[cpus]\n", "line 1: found 'cpus', expected one of the sections machine, cpu, memory, boot, kernel, slab" },
	{ "[cpu]\n\ncpu = 1\n", "line 3: found 'cpu', expected one of the keys of [cpu]: cpus, pae, pse, cache_line" },
	{ "[cpu]\ncpus\n", "line 2: found 'cpus', expected [section] or key = value" },
	{ "[cpu]\ncpus = 0\n", "line 2: cpus: found '0', expected a number from 1 to 32" },
	{ "[cpu]\ncpus = 33\n", "cpus: found '33', expected a number from 1 to 32" },
	{ "[cpu]\ncpus = two\n", "cpus: found 'two', expected a number from 1 to 32" },
	{ "[cpu]\ncpus = 2x\n", "cpus: found '2x'" },
	{ "[cpu]\npae = 1\n", "pae: found '1', expected yes or no" },
	{ "[cpu]\npae = no\npae = yes\n", "line 3: found 'pae', expected it once: it stands in line 2 already" },
	{ "[memory]\nram = 1T\n", "ram: found '1T', expected a size from 67108864 to 68719476736 bytes" },
	{ "[memory]\nram = lots\n", "ram: found 'lots', expected a size" },
	{ "[memory]\nram = 2G\ne820 = 0x0-0xfff usable\n", "line 3: found 'e820', expected either ram or e820" },
	{ "[memory]\ne820 = 0x0-0xfff ram\n", "e820: found '0x0-0xfff ram', expected START-END usable|reserved" },
	{ "[memory]\ne820 = 0xfff-0x0 usable\n", "e820: found '0xfff-0x0 usable'" },
	{ "[memory]\ne820 = 0x0-0xffff usable\ne820 = 0x1000-0x1fff reserved\n",
	  "line 3: e820: found '0x1000-0x1fff reserved', expected e820 entries in ascending order" },
	{ "[boot]\nkernel = 0x1000000\n", "kernel: found '0x1000000', expected START-END below 4 GiB" },
	{ "[boot]\nkernel = 0x1000000-0x100000000\n", "expected START-END below 4 GiB" },
	{ "[boot]\nreserved = all\n", "reserved: found 'all', expected START-END" },
	{ "[kernel]\nsplit = 4G/4G\n", "split: found '4G/4G', expected 3G/1G, 3G_OPT, 2G/2G, 2G_OPT or 1G/3G" },
	{ "[kernel]\nmin_free_kbytes = -1\n", "min_free_kbytes: found '-1', expected a number from 0 to 4194304, or auto" },
	{ "[slab]\nallocator = slqb\n", "allocator: found 'slqb', expected slub, slab or slob" },
	{ "[machine]\nname = a/b\n", "name: found 'a/b', expected a name of 1 to 31 characters" },
	{ "[machine]\nname = x\nbase = x86_32-2g\n", "line 3: found 'base', expected base as the first key" },
	{ "[machine]\nbase = no-such\n", "no machine 'no-such': expected the name of a preset" },
};

static void test_errors(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct mm_error err = { 0 };
		struct mm_config c;
		int r = parse(bad[i].text, &c, &err);

		assert_true(r == -EINVAL || r == -ENOENT);
		if (!strstr(err.text, bad[i].says))
			fail_msg("\"%s\" does not say \"%s\"", err.text, bad[i].says);
	}
}

static void test_long_line(void **state)
{
	char text[700];
	struct mm_error err = { 0 };
	struct mm_config c;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(parse(text, &c, &err), -EINVAL);
	assert_non_null(strstr(err.text, "lines of at most 510 characters"));
}

static void test_missing_file(void **state)
{
	struct mm_error err = { 0 };
	struct mm_config c;

	(void)state;
	assert_int_equal(machine_file_read("./no/such.ini", &c, &err), -ENOENT);
	assert_non_null(strstr(err.text, "./no/such.ini: cannot be opened"));
}

/* A file that is its own base ends after four of them. */
static void test_base_loop(void **state)
{
	char path[] = "/tmp/mm-loop-XXXXXX.ini", text[100];
	struct mm_error err = { 0 };
	struct mm_config c;
	int fd = mkstemps(path, 4);

	(void)state;
	assert_true(fd >= 0);
	snprintf(text, sizeof(text), "[machine]\nbase = %s\n", path);
	assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
	close(fd);
	assert_int_equal(machine_file_read(path, &c, &err), -EINVAL);
	assert_non_null(strstr(err.text, "at most 4 machines"));
	unlink(path);
}

/* What a file says goes before what its base says; its lists replace the base's. */
static void test_base(void **state)
{
	struct mm_error err = { 0 };
	struct mm_config c;

	(void)state;
	if (machine_file_read("build2g", &c, &err))
		fail_msg("%s", err.text);
	assert_string_equal(c.name, "build2g");
	assert_int_equal(c.nr_e820, 6);
	assert_int_equal(c.e820[3].end, 0x7ffd7000);
	assert_int_equal(c.log_buf_len, 4 << 20);
	assert_int_equal(c.kernel_base, 0x01000000);
	assert_int_equal(c.cache_line, 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_errors),
		cmocka_unit_test(test_long_line),
		cmocka_unit_test(test_missing_file),
		cmocka_unit_test(test_base_loop),
		cmocka_unit_test(test_base),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
