/* SPDX-License-Identifier: MIT
 *
 * router: a small machine that runs for weeks.
 *
 * Connections come and go with the time of day, each with a tracking entry that
 * lives from seconds to days; leases, neighbours and routes are renewed; packets
 * pass in bursts; once a day logs are rotated by a few processes and the firmware
 * looks for updates; and something leaks a little.  Only what outlives a burst
 * is in the trace: at weeks of trace time a packet is one in many thousands.
 */
#include <stdlib.h>

#include "traces/synth/gen.h"

enum { CONNECTIONS, SHORT, LONG, LEAK, DAILY, QUIET, RESIDENT };

#define HOUR	3600000000000ull
#define DAY	(24 * HOUR)

struct router {
	uint32_t conn, ext, neigh, route, skb, data, frag, page, stack, area, leak, log;
	uint32_t daemon, softirq, cron;
	struct gen_pool resident;
	uint32_t live;		/* connections */
	uint64_t next_day;
};

static const struct synth_param params[] = {
	[CONNECTIONS] = { "connections", SYNTH_NUMBER, 8000, 10, 200000, NULL, "tracked connections at most (nf_conntrack_max)" },
	[SHORT] = { "short", SYNTH_TIME, 120000000000, 1000000000, DAY, NULL, "mean life of most connections" },
	[LONG] = { "long", SYNTH_TIME, 12 * HOUR, 1000000000, 30 * DAY, NULL, "mean life of one in fifty (TCP, five days at most)" },
	[LEAK] = { "leak", SYNTH_NUMBER, 2, 0, 1000, NULL, "objects that are never freed, of 10000 connections" },
	[DAILY] = { "daily-pages", SYNTH_NUMBER, 3000, 0, 100000, NULL, "pages that the daily work takes for a minute" },
	[QUIET] = { "night", SYNTH_PERCENT, 15, 1, 100, NULL, "traffic at 4 in the morning, of that at 4 in the afternoon" },
	[RESIDENT] = { "resident", SYNTH_NUMBER, 5000, 0, 500000, NULL, "pages of daemons and cached files, each replaced after about a day" },
	{ .name = NULL },
};

static int begin(struct gen *g)
{
	struct router *s = g->part->state = gen_alloc(g, 1, sizeof(*s));
	const gfp_t atomic = MM_GFP_ATOMIC;

	if (!s || !gen_pool_init(g, &s->resident, gen_param(g, RESIDENT)))
		return g->rc;
	s->conn = gen_objects(g, gen_cache(g, "nf_conntrack", 256, TRACE_CACHE_HWALIGN | TRACE_CACHE_RCU), atomic, "__nf_conntrack_alloc", "nf_conntrack_free");
	s->ext = gen_class(g, (struct gen_class){ .kind = TRACE_KMALLOC, .gfp = atomic, .size = 128 }, "nf_ct_ext_add", "nf_conntrack_free");
	s->neigh = gen_class(g, (struct gen_class){ .kind = TRACE_KMALLOC, .gfp = atomic, .size = 360 }, "neigh_alloc", "neigh_destroy");
	s->route = gen_objects(g, gen_cache(g, "ip_dst_cache", 128, TRACE_CACHE_HWALIGN | TRACE_CACHE_PANIC), atomic, "dst_alloc", "dst_destroy");
	s->skb = gen_objects(g, gen_cache(g, "skbuff_head_cache", 192, TRACE_CACHE_HWALIGN | TRACE_CACHE_PANIC), atomic, "__alloc_skb", "kfree_skbmem");
	s->data = gen_class(g, (struct gen_class){ .kind = TRACE_KMALLOC, .gfp = atomic | MM_GFP_NOWARN | MM_GFP_NOMEMALLOC }, "__alloc_skb", "skb_free_head");
	s->frag = gen_pages(g, 3, atomic | MM_GFP_NOWARN | MM_GFP_COMP | MM_GFP_NORETRY | MM_GFP_NOMEMALLOC, "__page_frag_cache_refill", "page_frag_free");
	s->page = gen_pages(g, 0, MM_GFP_HIGHUSER_MOVABLE | MM_GFP_ZERO, "do_anonymous_page", "release_pages");
	s->log = gen_pages(g, 0, MM_GFP_HIGHUSER_MOVABLE, "page_cache_ra_unbounded", "truncate_inode_pages_range");
	s->stack = gen_pages(g, 1, MM_GFP_KERNEL_ACCOUNT | MM_GFP_ZERO, "alloc_thread_stack_node", "free_thread_stack");
	s->area = gen_class(g, (struct gen_class){ .kind = TRACE_VMALLOC, .gfp = MM_GFP_KERNEL, .size = 1 << 20 }, "xt_alloc_table_info", "xt_free_table_info");
	s->leak = gen_class(g, (struct gen_class){ .kind = TRACE_KMALLOC, .gfp = MM_GFP_KERNEL, .size = 96 }, "vendor_driver", NULL);
	s->softirq = gen_task(g, 9, "ksoftirqd/0");
	s->daemon = gen_task(g, 210, "dnsmasq");
	s->cron = gen_task(g, 230, "crond");
	s->next_day = 4 * HOUR;
	return g->rc;
}

/* Percent of the afternoon's traffic: a triangle with its foot at 4 o'clock. */
static uint64_t activity(struct gen *g)
{
	uint64_t t = (g->now + 20 * HOUR) % DAY, half = DAY / 2, quiet = gen_param(g, QUIET);

	return quiet + (100 - quiet) * (t < half ? t : DAY - t) / half;
}

static void due(struct gen *g, uint32_t slot)
{
	struct router *s = g->part->state;

	if (g->class_of[slot] == s->conn) {
		gen_end(g, g->tag[slot]);
		s->live--;
	}
	gen_end(g, slot);
}

static void connection(struct gen *g, struct router *s)
{
	uint32_t conn, ext;

	if (s->live == gen_param(g, CONNECTIONS))
		return;
	conn = gen_new(g, s->conn);
	ext = gen_new(g, s->ext);
	if (conn == TRACE_NO_SLOT || ext == TRACE_NO_SLOT)
		return;
	g->tag[conn] = ext;
	s->live++;
	gen_end_after(g, conn, gen_param(g, rng_below(&g->rng, 50) ? SHORT : LONG));
	if (rng_percent(&g->rng, 5))
		gen_end_after(g, gen_new(g, s->route), 10 * 60000000000ull);
	if (rng_percent(&g->rng, 1))
		gen_end_after(g, gen_new(g, s->neigh), HOUR);
	if (rng_below(&g->rng, 10000) < gen_param(g, LEAK))
		gen_new(g, s->leak);
}

/* Some packets of a burst, held in a queue for a moment. */
static void packets(struct gen *g, struct router *s)
{
	uint32_t n = 1 + rng_below(&g->rng, 8);

	while (n--) {
		gen_end_after(g, gen_new_sized(g, s->data, 256 + rng_below(&g->rng, 1700)), 20000000);
		gen_end_after(g, gen_new(g, s->skb), 20000000);
	}
	if (rng_percent(&g->rng, 10))
		gen_end_after(g, gen_new(g, s->frag), 200000000);
}

/* Logs are read and packed, tables loaded anew, by a process that ends. */
static void daily(struct gen *g, struct router *s)
{
	uint64_t i, minute = 60000000000;

	g->task = s->cron;
	gen_end_after(g, gen_new(g, s->stack), minute);
	gen_end_after(g, gen_new(g, s->area), minute);
	for (i = 0; i < gen_param(g, DAILY); i++)
		gen_end_after(g, gen_new(g, i % 3 ? s->page : s->log), minute);
	s->next_day += DAY;
}

/* One of the pages that are always there goes, another comes. */
static void turn_over(struct gen *g, struct router *s)
{
	while (s->resident.nr + 1 < s->resident.cap)
		gen_pool_put(&s->resident, gen_new(g, s->page));
	if (s->resident.nr && rng_percent(&g->rng, 60))
		gen_end(g, gen_pool_take(&s->resident, rng_below(&g->rng, s->resident.nr)));
}

static void step(struct gen *g)
{
	struct router *s = g->part->state;

	g->ctx = TRACE_SOFTIRQ;
	g->task = s->softirq;
	connection(g, s);
	packets(g, s);
	g->ctx = TRACE_TASK;
	g->task = s->daemon;
	turn_over(g, s);
	/* 100 new connections a minute in the afternoon, a tenth of them in the trace. */
	gen_pause_about(g, 6000000000 * 100 / activity(g));
	if (g->now >= s->next_day)
		daily(g, s);
}

static void end(struct gen *g)
{
	struct router *s = g->part->state;

	free(s->resident.slot);
	free(s);
}

const struct synth_profile synth_router = {
	.name = "router",
	.about = "a small router over weeks: connections, bursts of packets, daily work, a slow leak",
	.stresses = "Time: objects that live from milliseconds to days share slabs and pageblocks on a machine of 64 MiB, and "
		    "order-3 requests still have to succeed after weeks.",
	.source = "Lifetimes: defaults of Linux 6.1 net/netfilter (nf_conntrack_max, timeouts from 30 s to 5 days). The shape of a "
		  "day is assumed.",
	.machine = "router-64m",
	.operations = 3000000,
	.rate = 20000,
	.params = params,
	.begin = begin, .step = step, .due = due, .end = end,
};
