/* SPDX-License-Identifier: MIT
 *
 * modules: windows of the vmalloc area that come and go.
 *
 * Loading a module reads its file into a vmalloc buffer, takes the window of the
 * module itself from the same area, and gives the buffer back: the window is
 * left behind a hole.  Drivers map device memory in between, and keep it.
 */
#include <errno.h>
#include <stdlib.h>

#include "traces/synth/gen.h"

enum { RESIDENT, PINNED, LARGEST, WINDOW, EVERY, FIRMWARE };

struct modules {
	struct gen_pool loaded;
	uint32_t core, file, firmware, io, meta, window;
	uint32_t nr_io, loads;
	struct rng_alias sizes;
};

/* Shares of window sizes, in powers of two of pages (4 KiB ... 2 MiB): an assumption
 * that most modules are small and a few very large, not a measurement. */
static const uint64_t size_share[] = { 4, 22, 31, 22, 12, 5, 2, 1, 1, 0 };

static const struct synth_param params[] = {
	[RESIDENT] = { "resident", SYNTH_NUMBER, 250, 1, 4000, NULL, "modules loaded at a time" },
	[PINNED] = { "pinned", SYNTH_NUMBER, 64, 0, 2000, NULL, "device windows (ioremap) that drivers keep" },
	[LARGEST] = { "largest", SYNTH_BYTES, 2 << 20, 1 << 16, 64 << 20, NULL, "the largest module" },
	[WINDOW] = { "window", SYNTH_BYTES, 32 << 20, 0, 512 << 20, NULL, "a large request now and then (graphics, BPF, a ramdisk); 0: none" },
	[EVERY] = { "window-every", SYNTH_NUMBER, 50, 1, 1000000, NULL, "loads between two of these" },
	[FIRMWARE] = { "firmware", SYNTH_PERCENT, 10, 0, 100, NULL, "modules that load a firmware file of up to 512 KiB" },
	{ .name = NULL },
};

static int begin(struct gen *g)
{
	struct modules *s = g->part->state = gen_alloc(g, 1, sizeof(*s));
	const gfp_t gfp = MM_GFP_KERNEL;

	if (!s || !gen_pool_init(g, &s->loaded, gen_param(g, RESIDENT)))
		return g->rc;
	if (rng_alias_init(&s->sizes, size_share, sizeof(size_share) / sizeof(size_share[0])))
		return g->rc = mm_fail(g->err, -ENOMEM, "out of memory for the sizes of modules");
	s->core = gen_class(g, (struct gen_class){ .kind = TRACE_VMALLOC, .gfp = gfp }, "module_alloc", "module_memfree");
	s->file = gen_class(g, (struct gen_class){ .kind = TRACE_VMALLOC, .gfp = gfp }, "kernel_read_file", "free_copy");
	s->firmware = gen_class(g, (struct gen_class){ .kind = TRACE_VMALLOC, .gfp = gfp }, "fw_get_filesystem_firmware", "release_firmware");
	s->window = gen_class(g, (struct gen_class){ .kind = TRACE_VMALLOC, .gfp = gfp }, "vmalloc_user", "vfree");
	s->io = gen_class(g, (struct gen_class){ .kind = TRACE_IOREMAP, .arg = 0xfe000 }, "ioremap", "iounmap");
	s->meta = gen_class(g, (struct gen_class){ .kind = TRACE_KMALLOC, .gfp = gfp | MM_GFP_ZERO }, "mod_sysfs_setup", "mod_sysfs_teardown");
	g->task = gen_task(g, 300, "modprobe");
	return g->rc;
}

static uint32_t module_size(struct gen *g, struct modules *s)
{
	uint32_t pages = 1u << rng_alias_draw(&g->rng, &s->sizes);
	uint64_t bytes = 4096ull * (pages + rng_below(&g->rng, pages));

	return (uint32_t)(bytes < gen_param(g, LARGEST) ? bytes : gen_param(g, LARGEST));
}

static void map_device(struct gen *g, struct modules *s)
{
	struct trace_op *op;

	gen_new_sized(g, s->io, 4096u << rng_below(&g->rng, 7));
	/* Each window has registers of its own. */
	op = g->closed ? &g->spare : &g->op[g->nr - 1];
	op->arg = 0xe0000 + s->nr_io++ * 128;
}

static void load(struct gen *g, struct modules *s)
{
	uint32_t size = module_size(g, s), file, core, meta, blob;

	/* The file has symbols and relocations that the window does not keep. */
	file = gen_new_sized(g, s->file, size + size / 2);
	gen_pause_about(g, 2000000);
	core = gen_new_sized(g, s->core, size);
	meta = gen_new_sized(g, s->meta, 64 + rng_below(&g->rng, 1000));
	gen_end(g, file);
	if (s->nr_io < gen_param(g, PINNED) && rng_percent(&g->rng, 60))
		map_device(g, s);
	if (rng_percent(&g->rng, gen_param(g, FIRMWARE))) {
		blob = gen_new_sized(g, s->firmware, 4096 * (1 + rng_below(&g->rng, 128)));
		gen_pause_about(g, 20000000);
		gen_end(g, blob);
	}
	if (core == TRACE_NO_SLOT)
		return;
	g->tag[core] = meta;
	gen_pool_put(&s->loaded, core);
}

static void unload(struct gen *g, struct modules *s)
{
	uint32_t core = gen_pool_take(&s->loaded, rng_below(&g->rng, s->loaded.nr)), meta = g->tag[core];

	gen_end(g, meta);
	gen_end(g, core);
}

static void step(struct gen *g)
{
	struct modules *s = g->part->state;

	if (s->loaded.nr == s->loaded.cap)
		unload(g, s);
	load(g, s);
	gen_pause_about(g, 50000000);
	if (!gen_param(g, WINDOW) || ++s->loads % gen_param(g, EVERY))
		return;
	gen_end_after(g, gen_new_sized(g, s->window, (uint32_t)gen_param(g, WINDOW)), 3000000000);
}

static void end(struct gen *g)
{
	struct modules *s = g->part->state;

	rng_alias_free(&s->sizes);
	free(s->loaded.slot);
	free(s);
}

const struct synth_profile synth_modules = {
	.name = "modules",
	.about = "module load and unload: vmalloc windows of all sizes that come and go",
	.stresses = "The 120 MiB of the vmalloc area: lazy frees and purges, holes that no longer fit, and the large window "
		    "that one day fails although there is room enough in pieces.",
	.source = "The order of requests: Linux 6.1 kernel/module, mm/vmalloc.c. The sizes are assumed.",
	.machine = "x86_32-1g",
	.operations = 100000,
	.rate = 20000,
	.params = params,
	.begin = begin, .step = step, .end = end,
};
