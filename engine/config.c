/* SPDX-License-Identifier: MIT
 *
 * config: the default machine, and the names of what mm86.h enumerates.
 *
 * The defaults are Debian's 686 kernel 6.1.0-50 under QEMU with 2048 MiB:
 * image addresses from its /proc/iomem and kallsyms, the firmware's map from
 * its boot log.
 */
#include "engine/machine.h"

#include <string.h>

void mm_config_init(struct mm_config *c)
{
	memset(c, 0, sizeof(*c));
	strcpy(c->name, "x86_32-2g");
	c->ram_bytes = 2048ull << 20;
	c->page_offset = 0xC0000000u;
	c->vmalloc_reserve = 128u << 20;
	c->highmem = true;
	c->pse = true;
	c->cpus = 1;
	c->cache_line = 64;
	c->slab = MM_SLUB;
	c->freelist_random = true;
	c->init_on_alloc = true;
	c->memcg_kmem = true;
	c->kernel_base = 0x01000000u;
	c->init_base = 0x01d86000u;
	c->init_end = 0x01e6a000u;
	c->smp_alt_base = 0x01e6a000u;
	c->smp_alt_bytes = 0x8000u;
	c->kernel_end = 0x01ee6000u + 16 * MM_PAGE_SIZE;	/* .bss, then the brk area */
	c->initrd_bytes = 149 * MM_PAGE_SIZE;
	c->percpu_pages = 33;
	c->min_free_kbytes = -1;
	c->watermark_scale_factor = 10;
	c->watermark_boost_factor = 15000;
	c->seed = 1;
}

/* QEMU's PC firmware: 640 KiB less the EBDA, then RAM up to the ACPI tables in
 * the last 140 KiB; RAM above 3.5 GiB is moved above 4 GiB (PCI hole). */
void machine_default_e820(struct mm_config *c)
{
	const paddr_t low_max = 0xE0000000u, acpi = 0x23000u;
	paddr_t low = c->ram_bytes < low_max ? c->ram_bytes : 0xC0000000u;

	c->nr_e820 = 0;
	c->e820[c->nr_e820++] = (struct mm_e820){ 0, 0x9fc00, MM_E820_RAM };
	c->e820[c->nr_e820++] = (struct mm_e820){ 0x9fc00, 0xa0000, MM_E820_RESERVED };
	c->e820[c->nr_e820++] = (struct mm_e820){ 0xf0000, 0x100000, MM_E820_RESERVED };
	c->e820[c->nr_e820++] = (struct mm_e820){ 0x100000, low - acpi, MM_E820_RAM };
	c->e820[c->nr_e820++] = (struct mm_e820){ low - acpi, low, MM_E820_RESERVED };
	if (c->ram_bytes > low)
		c->e820[c->nr_e820++] = (struct mm_e820){ 1ull << 32,
			(1ull << 32) + c->ram_bytes - low, MM_E820_RAM };
}

const char *mm_cause_name(enum mm_cause c)
{
	static const char *const names[MM_NR_CAUSES] = {
		"none", "watermark", "fragmented", "order", "vmalloc_space", "vmalloc_size",
		"pkmap_full", "kmap_local_depth", "slab_page", "context", "gfp", "host_memory",
		"not_modelled",
	};

	return (unsigned int)c < MM_NR_CAUSES ? names[c] : "?";
}

const char *mm_misuse_name(enum mm_misuse_kind k)
{
	static const char *const names[MM_NR_MISUSE] = {
		"double free", "wrong order", "not the head of a block", "not allocated",
		"inside an object", "wrong cache", "no slab object", "page of a slab or area",
		"not mapped", "not the last mapping", "no such area", "no such cache or not empty",
	};

	return (unsigned int)k < MM_NR_MISUSE ? names[k] : "?";
}

const char *mm_event_name(enum mm_event e)
{
	static const char *const names[MM_NR_EVENTS] = {
		[MM_EV_PGALLOC_DMA] = "pgalloc_dma", [MM_EV_PGALLOC_NORMAL] = "pgalloc_normal",
		[MM_EV_PGALLOC_HIGH] = "pgalloc_high", [MM_EV_PGFREE] = "pgfree",
		[MM_EV_ALLOC_CALLS] = "alloc_calls", [MM_EV_FREE_CALLS] = "free_calls",
		[MM_EV_PCP_HIT] = "pcp_hit", [MM_EV_PCP_REFILL] = "pcp_refill",
		[MM_EV_PCP_REFILL_PAGES] = "pcp_refill_pages", [MM_EV_PCP_DRAIN] = "pcp_drain",
		[MM_EV_PCP_DRAIN_PAGES] = "pcp_drain_pages", [MM_EV_BUDDY_ALLOC] = "buddy_alloc",
		[MM_EV_SPLIT] = "split", [MM_EV_MERGE] = "merge", [MM_EV_STEAL] = "steal",
		[MM_EV_STEAL_CLAIM] = "steal_claim", [MM_EV_SLOWPATH] = "slowpath",
		[MM_EV_KSWAPD_WAKE] = "kswapd_wake", [MM_EV_WOULD_RECLAIM] = "would_reclaim",
		[MM_EV_ALLOC_FAIL] = "alloc_fail", [MM_EV_ZONE_FALLBACK] = "zone_fallback",
		[MM_EV_HIGHATOMIC_RESERVE] = "highatomic_reserve",
		[MM_EV_ZEROED_BYTES] = "zeroed_bytes", [MM_EV_SLAB_ALLOC] = "slab_alloc",
		[MM_EV_SLAB_FREE] = "slab_free", [MM_EV_SLAB_HIT] = "slab_hit",
		[MM_EV_SLAB_CPU_SLAB] = "slab_cpu_slab", [MM_EV_SLAB_CPU_PARTIAL] = "slab_cpu_partial",
		[MM_EV_SLAB_NODE_PARTIAL] = "slab_node_partial", [MM_EV_SLAB_NEW] = "slab_new",
		[MM_EV_SLAB_DISCARD] = "slab_discard",
		[MM_EV_SLAB_FALLBACK_ORDER] = "slab_fallback_order", [MM_EV_VMALLOC] = "vmalloc",
		[MM_EV_VFREE] = "vfree", [MM_EV_VMAP_PURGE] = "vmap_purge",
		[MM_EV_VMAP_PURGED_AREAS] = "vmap_purged_areas", [MM_EV_TREE_STEPS] = "tree_steps",
		[MM_EV_PTE_WRITE] = "pte_write", [MM_EV_TLB_ALL] = "tlb_all",
		[MM_EV_TLB_RANGE] = "tlb_range", [MM_EV_TLB_PAGE] = "tlb_page", [MM_EV_KMAP] = "kmap",
		[MM_EV_KMAP_HIT] = "kmap_hit", [MM_EV_KMAP_FLUSH] = "kmap_flush",
		[MM_EV_KMAP_WAIT] = "kmap_wait", [MM_EV_KMAP_LOCAL] = "kmap_local",
		[MM_EV_COUNTER_FOLD] = "counter_fold", [MM_EV_MISUSE] = "misuse",
	};

	return (unsigned int)e < MM_NR_EVENTS && names[e] ? names[e] : "?";
}
