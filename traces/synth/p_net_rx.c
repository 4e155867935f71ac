/* SPDX-License-Identifier: MIT
 *
 * net-rx: a network card's receive path.
 *
 * In softirq context packets take their data from page fragments: blocks of
 * 2^order pages, allocated with GFP_ATOMIC, cut into pieces of frag bytes.  A
 * block is freed when the last packet that holds a piece of it is.  The reader
 * frees packets in task context after a delay; slow sockets keep theirs long and
 * pin whole blocks with one piece each.
 */
#include <errno.h>
#include <stdlib.h>

#include "traces/synth/gen.h"

enum { ORDER, FRAG, BURST, DELAY, SLOW, SLOW_DELAY, REPLY, HELD };

#define NO_BLOCK	UINT32_MAX
#define SLOW_PACKET	0x80000000u	/* in the tag of a packet, beside its block */

struct net {
	uint32_t block_cls, small_cls, skb_cls, reply_cls, replyskb_cls;
	uint32_t softirq_task, reader;
	uint32_t block, left;	/* the block that pieces are cut from, bytes left in it */
	uint32_t *users;	/* of each slot of a block: packets, +1 while it is cut */
	uint32_t nr_users;
	uint32_t held;
};

static const struct synth_param params[] = {
	[ORDER] = { "order", SYNTH_NUMBER, 3, 0, 5, NULL, "order of the blocks that fragments are cut from" },
	[FRAG] = { "frag", SYNTH_BYTES, 2048, 256, 32768, NULL, "bytes that a packet takes of a block" },
	[BURST] = { "burst", SYNTH_NUMBER, 64, 1, 1024, NULL, "most packets of one interrupt (the NAPI budget)" },
	[DELAY] = { "delay", SYNTH_TIME, 2000000, 1000, 60000000000, NULL, "mean time until the reader frees a packet" },
	[SLOW] = { "slow", SYNTH_PERCENT, 1, 0, 100, NULL, "packets of sockets that nobody reads" },
	[SLOW_DELAY] = { "slow-delay", SYNTH_TIME, 20000000000, 1000, 86400000000000, NULL, "how long these stay, in the mean" },
	[REPLY] = { "reply", SYNTH_PERCENT, 30, 0, 100, NULL, "packets that are answered with a small one (ACK)" },
	[HELD] = { "held", SYNTH_NUMBER, 3000, 0, 1000000, NULL, "such packets held at most, by the limits of the sockets' buffers" },
	{ .name = NULL },
};

#define RX_GFP (MM_GFP_ATOMIC | MM_GFP_NOWARN)

static int begin(struct gen *g)
{
	struct net *s = g->part->state = gen_alloc(g, 1, sizeof(*s));
	gfp_t block = RX_GFP | (gen_param(g, ORDER) ? MM_GFP_COMP | MM_GFP_NORETRY | MM_GFP_NOMEMALLOC : 0);
	uint32_t skb, fclone;

	if (!s)
		return g->rc;
	skb = gen_cache(g, "skbuff_head_cache", 192, TRACE_CACHE_HWALIGN | TRACE_CACHE_PANIC);
	fclone = gen_cache(g, "skbuff_fclone_cache", 388, TRACE_CACHE_HWALIGN | TRACE_CACHE_PANIC);
	s->block_cls = gen_pages(g, (unsigned int)gen_param(g, ORDER), block, "__page_frag_cache_refill", "page_frag_free");
	s->skb_cls = gen_objects(g, skb, MM_GFP_ATOMIC, "__napi_build_skb", "__kfree_skb");
	s->replyskb_cls = gen_objects(g, fclone, MM_GFP_ATOMIC, "__alloc_skb", "kfree_skbmem");
	s->reply_cls = gen_class(g, (struct gen_class){ .kind = TRACE_KMALLOC, .gfp = MM_GFP_ATOMIC | MM_GFP_NOWARN |
							MM_GFP_NOMEMALLOC, .size = 640 }, "__alloc_skb", "skb_release_data");
	s->softirq_task = gen_task(g, 13, "ksoftirqd/0");
	s->reader = gen_task(g, 900, "reader");
	s->block = NO_BLOCK;
	return g->rc;
}

/* Packets of each block, by the block's slot. */
static uint32_t *users(struct gen *g, struct net *s, uint32_t slot)
{
	if (slot >= s->nr_users) {
		uint32_t n = g->cap > slot ? g->cap : slot + 1, *p = realloc(s->users, n * sizeof(*p));

		if (!p) {
			g->rc = mm_fail(g->err, -ENOMEM, "out of memory for the fragments of packets");
			return NULL;
		}
		s->users = p;
		s->nr_users = n;
	}
	return &s->users[slot];
}

static void put_block(struct gen *g, struct net *s, uint32_t block)
{
	if (!--s->users[block])
		gen_end(g, block);
}

/* Cut a piece; the block that it is of, NO_BLOCK on error. */
static uint32_t take_piece(struct gen *g, struct net *s)
{
	uint32_t frag = (uint32_t)gen_param(g, FRAG), *n;

	if (s->block == NO_BLOCK || s->left < frag) {
		if (s->block != NO_BLOCK)
			put_block(g, s, s->block);
		s->block = gen_new(g, s->block_cls);
		n = s->block == TRACE_NO_SLOT ? NULL : users(g, s, s->block);
		if (!n) {
			s->block = NO_BLOCK;
			return NO_BLOCK;
		}
		*n = 1;
		s->left = 4096u << gen_param(g, ORDER);
	}
	s->left -= s->left < frag ? s->left : frag;
	s->users[s->block]++;
	return s->block;
}

static void receive(struct gen *g, struct net *s)
{
	bool slow = s->held < gen_param(g, HELD) && rng_percent(&g->rng, gen_param(g, SLOW));
	uint32_t block = take_piece(g, s), skb = gen_new(g, s->skb_cls);

	if (block == NO_BLOCK || skb == TRACE_NO_SLOT)
		return;
	s->held += slow;
	g->tag[skb] = block | (slow ? SLOW_PACKET : 0);
	gen_end_after(g, skb, gen_param(g, slow ? SLOW_DELAY : DELAY));
}

/* The answer lives until the card has sent it. */
static void reply(struct gen *g, struct net *s)
{
	uint32_t skb = gen_new(g, s->replyskb_cls), data = gen_new(g, s->reply_cls);

	gen_end_after(g, data, 50000);
	gen_end_after(g, skb, 50000);
}

static void due(struct gen *g, uint32_t slot)
{
	struct net *s = g->part->state;
	uint32_t tag = g->tag[slot];

	g->ctx = TRACE_TASK;
	g->task = s->reader;
	if (g->class_of[slot] == s->skb_cls) {
		put_block(g, s, tag & ~SLOW_PACKET);
		s->held -= (tag & SLOW_PACKET) != 0;
	}
	gen_end(g, slot);
}

static void step(struct gen *g)
{
	struct net *s = g->part->state;
	uint32_t n = 1 + rng_below(&g->rng, (uint32_t)gen_param(g, BURST));

	g->ctx = TRACE_SOFTIRQ;
	g->task = s->softirq_task;
	while (n--) {
		receive(g, s);
		if (rng_percent(&g->rng, gen_param(g, REPLY)))
			reply(g, s);
	}
	g->ctx = TRACE_TASK;
	gen_pause_about(g, 500000);
}

static void end(struct gen *g)
{
	struct net *s = g->part->state;

	free(s->users);
	free(s);
}

const struct synth_profile synth_net_rx = {
	.name = "net-rx",
	.about = "network receive: GFP_ATOMIC, order-3 page fragments, skbs, sockets that nobody reads",
	.stresses = "High orders without the right to sleep: each needs a free block at once, from the atomic reserve if need "
		    "be. One held packet pins a whole block, so that memory runs out in large pieces first.",
	.source = "Linux 6.1 mm/page_alloc.c (page_frag_alloc), net/core/skbuff.c; pinning by few bytes of a 32 KiB block: "
		  "E. Dumazet, net: avoid 32 x truesize under-estimation for tiny skbs (2021).",
	.machine = "x86_32-512m",
	.operations = 500000,
	.rate = 500000,
	.params = params,
	.begin = begin, .step = step, .due = due, .end = end,
};
