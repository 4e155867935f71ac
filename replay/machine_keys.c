/* SPDX-License-Identifier: MIT
 *
 * The table of machine file keys and the readers of their values.  One line a
 * key: where it goes in struct mm_config, its type and its limits.  Whether the
 * values fit together is the engine's business (mm_machine_create).
 */
#include "replay/machine_keys.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/opt.h"

#define AT(member) offsetof(struct mm_config, member)
#define MIB (1024ull * 1024)
#define GIB (1024 * MIB)

static const struct machine_key keys[] = {
	{ "machine", "base", KEY_BASE, 0, 0, 0 },
	{ "machine", "name", KEY_NAME, AT(name), 0, 0 },
	{ "cpu", "cpus", KEY_U32, AT(cpus), 1, MM_NR_CPUS },
	{ "cpu", "pae", KEY_BOOL, AT(pae), 0, 0 },
	{ "cpu", "pse", KEY_BOOL, AT(pse), 0, 0 },
	{ "cpu", "cache_line", KEY_U32, AT(cache_line), 16, 128 },
	{ "memory", "ram", KEY_SIZE64, AT(ram_bytes), 64 * MIB, 64 * GIB },
	{ "memory", "e820", KEY_E820, 0, 0, 0 },
	{ "memory", "swap", KEY_SIZE64, AT(swap_bytes), 0, 64 * GIB },
	{ "boot", "kernel", KEY_RANGE32, AT(kernel_base), 0, 0 },
	{ "boot", "init", KEY_RANGE32, AT(init_base), 0, 0 },
	{ "boot", "smp_alternatives", KEY_SPAN32, AT(smp_alt_base), 0, 0 },
	{ "boot", "initrd", KEY_SIZE32, AT(initrd_bytes), 0, GIB },
	{ "boot", "initrd_base", KEY_U32, AT(initrd_base), 0, UINT32_MAX },
	{ "boot", "log_buf_len", KEY_SIZE32, AT(log_buf_len), 0, GIB },
	{ "boot", "reserved", KEY_RESERVED, 0, 0, 0 },
	{ "boot", "percpu_pages", KEY_U32, AT(percpu_pages), 1, 4096 },
	{ "kernel", "split", KEY_SPLIT, AT(page_offset), 0, 0 },
	{ "kernel", "vmalloc", KEY_VMALLOC, AT(vmalloc_reserve), MIB, 3 * GIB },
	{ "kernel", "highmem", KEY_BOOL, AT(highmem), 0, 0 },
	{ "kernel", "init_on_alloc", KEY_BOOL, AT(init_on_alloc), 0, 0 },
	{ "kernel", "memcg_kmem", KEY_BOOL, AT(memcg_kmem), 0, 0 },
	{ "kernel", "min_free_kbytes", KEY_AUTO, AT(min_free_kbytes), 0, 4 * MIB },
	{ "kernel", "watermark_scale_factor", KEY_U32, AT(watermark_scale_factor), 1, 3000 },
	{ "kernel", "watermark_boost_factor", KEY_U32, AT(watermark_boost_factor), 0, 1000000 },
	{ "kernel", "percpu_pagelist_high_fraction", KEY_U32, AT(pcp_high_fraction), 0, 1000000 },
	{ "slab", "allocator", KEY_SLAB, AT(slab), 0, 0 },
	{ "slab", "nomerge", KEY_BOOL, AT(slab_nomerge), 0, 0 },
	{ "slab", "freelist_random", KEY_BOOL, AT(freelist_random), 0, 0 },
};

enum { NR_KEYS = sizeof(keys) / sizeof(keys[0]) };

const struct machine_key *machine_key_find(const char *section, const char *key,
					   bool *section_known)
{
	int i;

	*section_known = false;
	for (i = 0; i < NR_KEYS; i++) {
		if (strcmp(keys[i].section, section))
			continue;
		*section_known = true;
		if (!strcmp(keys[i].key, key))
			return &keys[i];
	}
	return NULL;
}

void machine_key_list(const char *section, char *buf, size_t size)
{
	const char *last = "";
	size_t n = 0;
	int i;

	buf[0] = '\0';
	for (i = 0; i < NR_KEYS; i++) {
		const char *word = section ? keys[i].key : keys[i].section;

		if (section ? strcmp(keys[i].section, section) != 0 : !strcmp(word, last))
			continue;
		last = word;
		if (n < size)
			n += (size_t)snprintf(buf + n, size - n, "%s%s", n ? ", " : "", word);
	}
}

/* A number, with *end at what follows it.  false: none stands there. */
static bool number(const char *s, uint64_t *v, const char **end)
{
	char *e;

	if (*s < '0' || *s > '9')
		return false;
	errno = 0;
	*v = strtoull(s, &e, 0);
	*end = e;
	return !errno;
}

/* START-END as boot logs print it: END is the last byte. */
static bool range(const char *s, struct mm_range *r, const char **end)
{
	uint64_t a, b;

	if (!number(s, &a, &s) || *s++ != '-' || !number(s, &b, end))
		return false;
	if (b < a || b == UINT64_MAX)
		return false;
	r->start = a;
	r->end = b + 1;
	return true;
}

static int set_e820(const char *value, struct mm_config *c, const char **want)
{
	struct mm_e820 *e = &c->e820[c->nr_e820];
	struct mm_range r;
	const char *rest;

	*want = "START-END usable|reserved with the last byte as END, as the boot log prints it";
	if (!range(value, &r, &rest) || *rest != ' ')
		return -EINVAL;
	rest += strspn(rest, " ");
	if (strcmp(rest, "usable") && strcmp(rest, "reserved"))
		return -EINVAL;
	if (c->nr_e820 == MM_MAX_E820) {
		*want = "at most 32 e820 entries";
		return -EINVAL;
	}
	if (c->nr_e820 && r.start < e[-1].end) {
		*want = "e820 entries in ascending order that do not overlap";
		return -EINVAL;
	}
	e->start = r.start;
	e->end = r.end;
	e->type = *rest == 'u' ? MM_E820_RAM : MM_E820_RESERVED;
	c->nr_e820++;
	return 0;
}

static int set_reserved(const char *value, struct mm_config *c, const char **want)
{
	const char *rest;

	*want = "START-END with the last byte as END";
	if (c->nr_reserved == MM_MAX_RESERVED) {
		*want = "at most 32 reserved ranges";
		return -EINVAL;
	}
	if (!range(value, &c->reserved[c->nr_reserved], &rest) || *rest)
		return -EINVAL;
	c->nr_reserved++;
	return 0;
}

static int set_range32(const char *value, uint32_t *to, bool span, const char **want)
{
	struct mm_range r;
	const char *rest;

	*want = "START-END below 4 GiB with the last byte as END";
	if (!range(value, &r, &rest) || *rest || r.end > UINT32_MAX)
		return -EINVAL;
	to[0] = (uint32_t)r.start;
	to[1] = (uint32_t)(span ? r.end - r.start : r.end);
	return 0;
}

/* Linux 6.1 arch/x86/Kconfig, "Memory split". */
static int set_split(const char *value, uint32_t *to, const char **want)
{
	static const struct { const char *name; uint32_t offset; } splits[] = {
		{ "3G/1G", 0xC0000000u }, { "3G_OPT", 0xB0000000u }, { "2G/2G", 0x80000000u },
		{ "2G_OPT", 0x78000000u }, { "1G/3G", 0x40000000u },
	};
	size_t i;

	*want = "3G/1G, 3G_OPT, 2G/2G, 2G_OPT or 1G/3G (user/kernel)";
	for (i = 0; i < sizeof(splits) / sizeof(splits[0]); i++)
		if (!strcmp(splits[i].name, value)) {
			*to = splits[i].offset;
			return 0;
		}
	return -EINVAL;
}

static int set_slab(const char *value, enum mm_slab_kind *to, const char **want)
{
	static const char *const names[] = { "slub", "slab", "slob" };
	int i;

	*want = "slub, slab or slob";
	for (i = 0; i < 3; i++)
		if (!strcmp(names[i], value)) {
			*to = (enum mm_slab_kind)i;
			return 0;
		}
	return -EINVAL;
}

static int set_name(const char *value, char *to, const char **want)
{
	*want = "a name of 1 to 31 characters without '/'";
	if (!*value || strlen(value) > 31 || strchr(value, '/'))
		return -EINVAL;
	strcpy(to, value);
	return 0;
}

static int set_bool(const char *value, bool *to, const char **want)
{
	*want = "yes or no";
	if (strcmp(value, "yes") && strcmp(value, "no"))
		return -EINVAL;
	*to = *value == 'y';
	return 0;
}

/* A number or size within the key's limits. */
static int read_number(const struct machine_key *k, const char *value, uint64_t *v,
		       char *buf, size_t size, const char **want)
{
	bool bytes = k->type != KEY_U32 && k->type != KEY_AUTO;
	const char *rest;
	bool ok;

	if (bytes)
		ok = !opt_size(value, v);
	else
		ok = number(value, v, &rest) && !*rest;
	if (ok && *v >= k->min && *v <= k->max)
		return 0;
	snprintf(buf, size, "%s from %llu to %llu%s", bytes ? "a size" : "a number",
		 (unsigned long long)k->min, (unsigned long long)k->max,
		 bytes ? " bytes (suffix K, M or G)" : k->type == KEY_AUTO ? ", or auto" : "");
	*want = buf;
	return -EINVAL;
}

static int set_number(const struct machine_key *k, const char *value, void *to,
		      char *buf, size_t size, const char **want)
{
	uint64_t v;
	int r;

	if (k->type == KEY_AUTO && !strcmp(value, "auto")) {
		*(int32_t *)to = -1;
		return 0;
	}
	r = read_number(k, value, &v, buf, size, want);
	if (r)
		return r;
	if (k->type == KEY_SIZE64)
		*(uint64_t *)to = v;
	else if (k->type == KEY_AUTO)
		*(int32_t *)to = (int32_t)v;
	else if (k->type == KEY_VMALLOC) /* Linux 6.1 arch/x86/mm/pgtable_32.c parse_vmalloc */
		*(uint32_t *)to = (uint32_t)(v + 8 * MIB);
	else
		*(uint32_t *)to = (uint32_t)v;
	return 0;
}

int machine_key_set(const struct machine_key *k, const char *value, struct mm_config *c,
		    char *buf, size_t size, const char **want)
{
	void *to = (char *)c + k->offset;

	switch (k->type) {
	case KEY_NAME:
		return set_name(value, to, want);
	case KEY_BOOL:
		return set_bool(value, to, want);
	case KEY_SPLIT:
		return set_split(value, to, want);
	case KEY_SLAB:
		return set_slab(value, to, want);
	case KEY_RANGE32:
	case KEY_SPAN32:
		return set_range32(value, to, k->type == KEY_SPAN32, want);
	case KEY_E820:
		return set_e820(value, c, want);
	case KEY_RESERVED:
		return set_reserved(value, c, want);
	case KEY_U32:
	case KEY_SIZE32:
	case KEY_SIZE64:
	case KEY_AUTO:
	case KEY_VMALLOC:
		return set_number(k, value, to, buf, size, want);
	case KEY_BASE:
		break;	/* machine_file.c reads that file instead */
	}
	*want = "the first key of the file";
	return -EINVAL;
}
