/* SPDX-License-Identifier: MIT
 *
 * Where a recording begins: at boot, when the kernel's own command line turned
 * the events on (trace_event=), on the machine that its boot messages describe;
 * else at the before snapshot, when kpageflags was read.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "analyze/verify/rec.h"
#include "replay/state/lines.h"
#include "replay/state/state.h"

static int need(const char *dir, const char *name, struct mm_error *err)
{
	char path[4096];
	struct stat st;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if (!stat(path, &st))
		return 0;
	snprintf(path, sizeof(path), "%s/%s.zst", dir, name);
	if (!stat(path, &st))
		return 0;
	return mm_fail(err, -ENOENT, "%s: %s is missing, which a recording has beside trace.dat", dir, name);
}

/* Call line for each line of DIR/NAME; a negative answer ends it. */
static int each_line(const char *dir, const char *name, int (*line)(void *arg, char *text),
		     void *arg, struct mm_error *err)
{
	struct lines *l;
	char *text;
	size_t len;
	int ret = lines_open(&l, dir, name, err);

	if (ret)
		return ret;
	while ((ret = lines_next(l, &text, &len, err)) > 0) {
		ret = line(arg, text);
		if (ret < 0)
			break;
	}
	lines_close(l);
	return ret < 0 ? ret : 0;
}

/* What the boot messages say of the machine. */
struct boot_text {
	struct mm_config *c;
	char kernel[64];	/* release */
	uint64_t ram;		/* usable bytes */
	uint32_t initrd_pages;
};

static int boot_line(void *arg, char *text)
{
	struct boot_text *b = arg;
	uint64_t start, last;
	char what[16], *at;

	if ((at = strstr(text, "] Linux version ")) && !b->kernel[0])
		sscanf(at + 16, "%63s", b->kernel);
	if ((at = strstr(text, "BIOS-e820: [mem ")) &&
	    sscanf(at, "BIOS-e820: [mem 0x%" SCNx64 "-0x%" SCNx64 "] %15s", &start, &last, what) == 3 &&
	    last > start && b->c->nr_e820 < MM_MAX_E820) {
		bool usable = !strcmp(what, "usable");

		b->c->e820[b->c->nr_e820++] = (struct mm_e820){
			start, last + 1, usable ? MM_E820_RAM : MM_E820_RESERVED };
		if (usable)
			b->ram += last + 1 - start;
	}
	if ((at = strstr(text, "] RAMDISK: [mem ")) &&
	    sscanf(at, "] RAMDISK: [mem 0x%" SCNx64 "-0x%" SCNx64 "]", &start, &last) == 2 && last > start)
		b->c->initrd_bytes = (uint32_t)(last + 1 - start);
	if ((at = strstr(text, "Move RAMDISK from [mem ")) &&
	    sscanf(at, "Move RAMDISK from [mem 0x%" SCNx64 "-0x%" SCNx64 "]", &start, &last) == 2)
		b->c->initrd_bytes = (uint32_t)(last + 1 - start);
	if ((at = strstr(text, "printk: log_buf_len: ")))
		b->c->log_buf_len = (uint32_t)strtoul(at + 21, NULL, 10);
	return 0;
}

/* "  01000000-0191bfff : Kernel code", "  01e72000-01ee5fff : Kernel bss": the
 * image in RAM, which the brk area follows (Debian 6.1: 64 KiB, with PAE 100). */
static int kernel_line(void *arg, char *text)
{
	const struct boot_text *b = arg;
	unsigned int brk = strstr(b->kernel, "-pae") ? 25 : 16;
	uint64_t start, last;
	int n = 0;

	if (sscanf(text, " %" SCNx64 "-%" SCNx64 " : %n", &start, &last, &n) != 2 || !n ||
	    last < start || last >> 31)
		return 0;
	if (!strcmp(text + n, "Kernel code"))
		b->c->kernel_base = (uint32_t)start;
	else if (!strcmp(text + n, "Kernel bss"))
		b->c->kernel_end = (uint32_t)(last + 1 + brk * MM_PAGE_SIZE);
	return 0;
}

struct cmdline { bool traces; size_t bytes; };

static int cmdline_line(void *arg, char *text)
{
	struct cmdline *c = arg;

	c->traces |= strstr(text, "trace_event=") != NULL;
	if (!c->bytes)
		c->bytes = strlen(text) + 1;
	return 0;
}

/* "c1234567 T si_meminfo" */
static int symbol_line(void *arg, char *text)
{
	char *name = strrchr(text, ' ');

	if (name && !strcmp(name + 1, REC_SYMBOL))
		*(uint64_t *)arg = strtoull(text, NULL, 16);
	return 0;
}

static int uname_line(void *arg, char *text)
{
	snprintf(arg, 128, "%s", text);
	return 0;
}

/* The trace, uname, the symbols and the boot messages: of one kernel? */
static int check_kernel(const char *dir, const struct rec_trace *t, const char *release,
			struct mm_error *err)
{
	char uname[128] = "";
	uint64_t address = 0;
	int ret = 0;

	if (!need(dir, "uname", NULL))
		ret = each_line(dir, "uname", uname_line, uname, err);
	if (!ret && t->text_address && !need(dir, "static/kallsyms", NULL))
		ret = each_line(dir, "static/kallsyms", symbol_line, &address, err);
	if (ret)
		return ret;
	if (t->kernel[0] && release[0] && !strstr(t->kernel, release))
		return mm_fail(err, -EINVAL, "%s: trace.dat is of the kernel '%s', static/dmesg.before of %s",
			       dir, t->kernel, release);
	if (uname[0] && release[0] && !strstr(uname, release))
		return mm_fail(err, -EINVAL, "%s: uname is of the kernel '%s', static/dmesg.before of %s",
			       dir, uname, release);
	if (address && address != t->text_address)
		return mm_fail(err, -EINVAL, "%s: the kernel of trace.dat has " REC_SYMBOL " at 0x%" PRIx64
			       ", that of static/kallsyms at 0x%" PRIx64, dir, t->text_address, address);
	return 0;
}

/* No event names a frame that the machine has not. */
static int check_frames(const char *dir, const struct rec_trace *t, const struct mm_state *s,
			struct mm_error *err)
{
	uint32_t end = 0;

	for (int i = 0; i < MM_NR_ZONES; i++)
		if (s->zone[i].present_in_state && s->zone[i].start + s->zone[i].spanned > end)
			end = s->zone[i].start + s->zone[i].spanned;
	for (uint32_t i = 0; i < t->nr; i++) {
		const struct rec_event *e = &t->ev[i];

		if (e->kind <= REC_STEAL && e->pfn != REC_FAILED && e->pfn >= end)
			return mm_fail(err, -EINVAL, "%s: event %u of trace.dat names pfn 0x%x, the RAM of "
				       "before/zoneinfo ends at 0x%x", dir, e->number, e->pfn, end);
	}
	return 0;
}

/* The trace and the folder's files must be of one machine. */
static int check_same(const char *dir, const struct rec_trace *t, const struct boot_text *b,
		      const struct mm_state *s, const struct mm_config *before, struct mm_error *err)
{
	uint64_t present = 0, pages = b->ram >> MM_PAGE_SHIFT;
	int ret = check_kernel(dir, t, b->kernel, err);

	if (!ret)
		ret = check_frames(dir, t, s, err);
	if (ret)
		return ret;
	for (int i = 0; i < MM_NR_ZONES; i++)
		present += s->zone[i].present;
	if (b->ram && (present > pages || pages - present > 1024))
		return mm_fail(err, -EINVAL, "%s: the zones of before/zoneinfo have %" PRIu64 " pages of RAM, the "
			       "boot messages in static/dmesg.before %" PRIu64, dir, present, pages);
	if (t->cpus > before->cpus)
		return mm_fail(err, -EINVAL, "%s: trace.dat has events of %u CPUs, before/zoneinfo lists of %u",
			       dir, t->cpus, before->cpus);
	return 0;
}

static uint32_t mark_at(const struct rec_trace *t, const char *text, uint32_t otherwise)
{
	const struct rec_mark *m = rec_find_mark(t, text);

	return m ? m->at : otherwise;
}

static int find_range(struct rec_start *s, const char *dir, const struct rec_trace *t,
		      struct mm_error *err)
{
	uint32_t last = 0;

	s->first = s->from_boot ? 0 : mark_at(t, "GTSNAP before read /proc/kpageflags", UINT32_MAX);
	s->end = mark_at(t, "GTSNAP after read /proc/buddyinfo", UINT32_MAX);
	s->has_end = s->end != UINT32_MAX;
	if (!s->has_end)
		s->end = t->nr;
	if (s->first == UINT32_MAX)
		return mm_fail(err, -EINVAL, "%s: trace.dat has no mark 'GTSNAP before read /proc/kpageflags', which "
			       "tells where the files of before/ belong", dir);
	for (uint32_t i = s->first; i < s->end; i++) {
		const struct rec_event *e = &t->ev[i];

		last = e->cpu > last ? e->cpu : last;
	}
	if (last >= s->config.cpus)
		return mm_fail(err, -EINVAL, "%s: trace.dat has an event on CPU %u, before/zoneinfo lists of %u CPUs",
			       dir, last, s->config.cpus);
	return 0;
}

/* The counts of the per-CPU lists are those of zoneinfo, which was read after
 * kpageflags: what happened in between is taken back. */
static void count_back(struct rec_start *s, const struct rec_trace *t)
{
	uint32_t end = mark_at(t, "GTSNAP before read /proc/zoneinfo", s->first);

	for (uint32_t i = s->first; i < end; i++) {
		const struct rec_event *e = &t->ev[i];
		int32_t pages = 0;

		if (e->kind == REC_ALLOC || e->kind == REC_BULK || e->kind == REC_DRAIN)
			pages = -(1 << e->order);
		if (e->kind == REC_FREE || (e->kind == REC_TAKE && e->refill))
			pages = 1 << e->order;
		for (int z = 0; pages && z < MM_NR_ZONES; z++) {
			struct mm_zone_state *zs = &s->state.zone[z];
			uint32_t *count = &zs->pcp[e->cpu].count;

			if (e->pfn < zs->start || e->pfn >= zs->start + zs->spanned || e->order > 3)
				continue;
			*count = (int32_t)*count > pages ? *count - (uint32_t)pages : 0;
		}
	}
}

int rec_start(struct rec_start *s, const char *dir, const struct rec_trace *t, struct mm_error *err)
{
	static const char *const files[] = {
		"before/zoneinfo", "before/buddyinfo", "before/pagetypeinfo", "before/kpageflags",
		"after/buddyinfo", "static/dmesg.before", "static/cmdline",
	};
	struct mm_config from_boot;
	struct boot_text b = { .c = &from_boot };
	struct state_assumed assumed;
	struct cmdline cmdline = { 0 };
	char before[4096];
	int ret = 0;

	memset(s, 0, sizeof(*s));
	for (size_t i = 0; !ret && i < sizeof(files) / sizeof(files[0]); i++)
		ret = need(dir, files[i], err);
	mm_config_init(&from_boot);
	if (!ret)
		ret = each_line(dir, "static/dmesg.before", boot_line, &b, err);
	if (!ret)
		ret = each_line(dir, "static/cmdline", cmdline_line, &cmdline, err);
	if (!ret && !need(dir, "static/iomem", NULL))
		ret = each_line(dir, "static/iomem", kernel_line, &b, err);
	s->from_boot = cmdline.traces;
	from_boot.cmdline_bytes = (uint32_t)cmdline.bytes;
	snprintf(before, sizeof(before), "%s/before", dir);
	if (!ret)
		ret = state_read_proc(before, &s->state, &s->config, &assumed, err);
	if (ret)
		return ret;
	state_assumed_free(&assumed);
	s->config.movable_on_lru = true;
	snprintf(s->kernel, sizeof(s->kernel), "%s", b.kernel);
	ret = check_same(dir, t, &b, &s->state, &s->config, err);
	if (!ret && s->from_boot) {
		from_boot.cpus = s->config.cpus;
		from_boot.pae = s->config.pae;
		from_boot.page_offset = s->config.page_offset;
		from_boot.vmalloc_reserve = s->config.vmalloc_reserve;
		from_boot.movable_on_lru = true;
		from_boot.ram_bytes = b.ram;
		s->config = from_boot;
	}
	if (!ret)
		ret = find_range(s, dir, t, err);
	if (!ret && !s->from_boot)
		count_back(s, t);
	if (ret)
		rec_start_free(s);
	return ret;
}

void rec_start_free(struct rec_start *s)
{
	mm_state_free(&s->state);
	memset(s, 0, sizeof(*s));
}

struct mm_machine *rec_machine(const struct rec_start *s, struct mm_error *err)
{
	return s->from_boot ? mm_follow_boot(&s->config, err)
			    : mm_follow_load(&s->config, &s->state, err);
}

/* "Node 0, zone   Normal      0      3 ...": eleven counts. */
static int buddyinfo_line(void *arg, char *text)
{
	static const char *const names[MM_NR_ZONES] = { "DMA", "Normal", "HighMem" };
	uint32_t (*blocks)[MM_MAX_ORDER] = arg;
	char name[16];
	int at = 0;

	if (sscanf(text, "Node 0, zone %15s%n", name, &at) != 1)
		return 0;
	for (int z = 0; z < MM_NR_ZONES; z++) {
		char *p = text + at;

		if (strcmp(name, names[z]))
			continue;
		for (int o = 0; o < MM_MAX_ORDER; o++)
			blocks[z][o] = (uint32_t)strtoul(p, &p, 10);
	}
	return 0;
}

int rec_buddyinfo(const char *dir, uint32_t blocks[MM_NR_ZONES][MM_MAX_ORDER], struct mm_error *err)
{
	memset(blocks, 0, MM_NR_ZONES * sizeof(*blocks));
	return each_line(dir, "after/buddyinfo", buddyinfo_line, blocks, err);
}
