/* SPDX-License-Identifier: MIT
 *
 * The machine that a kernel was booted on, from its boot log, its /proc/iomem
 * and command line, and its constants: all that decides how memory is handed
 * over.  No snapshot is needed.
 *
 * iomem gives the kernel's image (.text to .bss).  Behind it follows the brk
 * area: a page table for each PMD that the log calls initially mapped, and seven
 * pages more (as the 686 and 686-pae kernels show).  In front of .bss lie the SMP alternatives, in front of them .init;
 * the log says how large the two are when it frees them.  The initrd is where
 * the loader put it, or, when the log says "Allocated new RAMDISK", above
 * lowmem, from where the kernel copies it.
 */
#include "replay/state/parse.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "replay/state/lines.h"

#define BRK_MORE 7u	/* pages of the brk area beside page tables */

struct state_boot {
	struct consts consts;
	struct mm_config config;
	char kernel[128];
};

struct boot_text {
	const char *dir;
	struct state_boot *b;
	uint64_t text, bss, bss_end;		/* iomem */
	uint64_t mapped;			/* last byte that the first page tables map */
	uint32_t init_kb, alt_kb;
	struct mm_error *err;
};

static void initrd(struct mm_config *c, const char *at, bool moved)
{
	uint64_t start, last;

	if (sscanf(at, "[mem 0x%" SCNx64 "-0x%" SCNx64 "]", &start, &last) != 2 || last < start)
		return;
	c->initrd_base = moved ? 0 : (uint32_t)start;
	c->initrd_bytes = (uint32_t)(last + 1 - start);
}

static int log_line(struct boot_text *t, const char *line)
{
	struct mm_config *c = &t->b->config;
	const char *at;
	int ret = config_e820_line(c, line, t->err);

	if (ret)
		return ret;
	if (!*t->b->kernel && (at = strstr(line, "Linux version ")))
		sscanf(at, "Linux version %100s", t->b->kernel);
	if ((at = strstr(line, "] Allocated new RAMDISK: ")))
		initrd(c, at + 25, true);
	else if ((at = strstr(line, "] RAMDISK: ")))
		initrd(c, at + 11, false);
	if ((at = strstr(line, "initial memory mapped: [mem 0x")))
		sscanf(at, "initial memory mapped: [mem 0x%*x-0x%" SCNx64, &t->mapped);
	if ((at = strstr(line, "percpu: Embedded ")))
		sscanf(at, "percpu: Embedded %u pages", &c->percpu_pages);
	if ((at = strstr(line, "nr_cpu_ids:")))
		sscanf(at, "nr_cpu_ids:%u", &c->cpus);
	if ((at = strstr(line, "Freeing SMP alternatives memory: ")))
		sscanf(at, "Freeing SMP alternatives memory: %uK", &t->alt_kb);
	if ((at = strstr(line, "(initmem) memory: ")))
		sscanf(at, "(initmem) memory: %uK", &t->init_kb);
	return 0;
}

static int iomem_line(struct boot_text *t, const char *line)
{
	uint64_t start, last;
	int n = 0;

	if (sscanf(line, " %" SCNx64 "-%" SCNx64 " : %n", &start, &last, &n) != 2 || !n)
		return 0;
	if (!strcmp(line + n, "Kernel code"))
		t->text = start;
	if (!strcmp(line + n, "Kernel bss")) {
		t->bss = start;
		t->bss_end = last + 1;
	}
	return 0;
}

static int cmdline_line(struct boot_text *t, const char *line)
{
	struct mm_config *c = &t->b->config;
	const char *at = strstr(line, "vmalloc=");

	if (at)
		c->vmalloc_reserve = (uint32_t)strtoul(at + 8, NULL, 10) << 20;
	c->slab_nomerge = strstr(line, "slab_nomerge") || strstr(line, "slub_nomerge");
	c->init_on_alloc = !strstr(line, "init_on_alloc=0");
	return 0;
}

static int each_line(struct boot_text *t, const char *name,
		     int (*fn)(struct boot_text *t, const char *line))
{
	struct lines *l;
	char *line;
	size_t len;
	int ret = lines_open(&l, t->dir, name, t->err);

	if (ret)
		return ret;
	while ((ret = lines_next(l, &line, &len, t->err)) > 0) {
		ret = fn(t, line);
		if (ret)
			break;
	}
	lines_close(l);
	return ret;
}

/* Where the image's parts lie (see above). */
static int image(struct boot_text *t)
{
	struct mm_config *c = &t->b->config;
	uint32_t tables;

	if (!t->mapped || t->mapped > 1u << 30)
		return mm_fail(t->err, -EINVAL, "%s/dmesg.txt: found no line 'initial memory mapped', expected a boot log from its start",
			       t->dir);
	if (!t->text || t->bss <= t->text || t->bss_end > 1u << 30 || !t->init_kb ||
	    t->init_kb + t->alt_kb > (t->bss - t->text) >> 10)
		return mm_fail(t->err, -EINVAL, "%s: proc/iomem has the kernel at 0x%" PRIx64 " and its bss at 0x%" PRIx64
			       ", dmesg.txt frees %u KB of .init and %u KB of SMP alternatives in front of that",
			       t->dir, t->text, t->bss, t->init_kb, t->alt_kb);
	tables = (uint32_t)((t->mapped + 1) >> (c->pae ? 21 : 22));
	c->kernel_base = (uint32_t)t->text;
	c->smp_alt_bytes = t->alt_kb << 10;
	c->smp_alt_base = ((uint32_t)t->bss & ~(MM_PAGE_SIZE - 1)) - c->smp_alt_bytes;
	c->init_end = c->smp_alt_base;
	c->init_base = c->init_end - (t->init_kb << 10);
	c->kernel_end = (((uint32_t)t->bss_end + MM_PAGE_SIZE - 1) & ~(MM_PAGE_SIZE - 1)) +
			(tables + BRK_MORE) * MM_PAGE_SIZE;
	return 0;
}

static int check(struct boot_text *t)
{
	struct mm_config *c = &t->b->config;

	if (!c->nr_e820 || !*t->b->kernel)
		return mm_fail(t->err, -EINVAL, "%s/dmesg.txt: found no %s, expected a boot log from its start",
			       t->dir, c->nr_e820 ? "'Linux version'" : "line 'BIOS-e820'");
	c->ram_bytes = 0;
	for (unsigned int i = 0; i < c->nr_e820; i++)
		if (c->e820[i].type == MM_E820_RAM)
			c->ram_bytes += c->e820[i].end - c->e820[i].start;
	if (c->cpus < 1 || c->cpus > MM_NR_CPUS)
		return mm_fail(t->err, -EINVAL, "%s/dmesg.txt: nr_cpu_ids is %u, expected 1 to %d",
			       t->dir, c->cpus, MM_NR_CPUS);
	if (config_check_kernel(c, t->dir, "dmesg.txt", t->b->kernel, t->err))
		return t->err->code;
	return image(t);
}

int state_boot_open(struct state_boot **out, const char *dir, struct mm_error *err)
{
	struct state_boot *b = calloc(1, sizeof(*b));
	struct boot_text t = { .dir = dir, .b = b, .err = err };
	const struct meta none = { .kernel = "" };
	int ret;

	*out = NULL;
	if (!b)
		return mm_fail(err, -ENOMEM, "%s: out of memory", dir);
	mm_config_init(&b->config);
	b->config.initrd_bytes = 0;
	ret = consts_read(&b->consts, dir, err);
	if (!ret) {
		config_constants(&b->config, &b->consts, &none);
		ret = each_line(&t, "dmesg.txt", log_line);
	}
	if (!ret)
		ret = each_line(&t, "proc/iomem", iomem_line);
	if (!ret)
		ret = each_line(&t, "proc/cmdline", cmdline_line);
	if (!ret)
		ret = check(&t);
	if (ret) {
		state_boot_close(b);
		return ret;
	}
	snprintf(b->config.name, sizeof(b->config.name), "%.31s", b->kernel);
	*out = b;
	return 0;
}

void state_boot_close(struct state_boot *b)
{
	if (!b)
		return;
	consts_free(&b->consts);
	free(b);
}

const struct mm_config *state_boot_config(const struct state_boot *b)
{
	return &b->config;
}

const char *state_boot_kernel(const struct state_boot *b)
{
	return b->kernel;
}

bool state_boot_constant(const struct state_boot *b, const char *name, uint64_t *value)
{
	return consts_value(&b->consts, name, value);
}

const struct mm_cache_state *state_boot_cache(const struct state_boot *b, uint32_t i)
{
	return i < b->consts.nr_cache ? &b->consts.cache[i] : NULL;
}
