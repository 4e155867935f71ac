/* SPDX-License-Identifier: MIT
 *
 * How far two traces are from each other (see fit.h).  Shares, not counts, are
 * compared, so that the traces may differ in length.
 */
#include <stdio.h>
#include <string.h>

#include "traces/synth/fit.h"

static bool is_page(const struct fit_class *c)
{
	return c->kind == TRACE_PAGE_ALLOC;
}

/* Sizes that were asked for: of an object of a cache the cache's. */
static void add_sizes(const struct fit_class *c, struct bins *h)
{
	if (c->kind == TRACE_CACHE_ALLOC || c->kind == TRACE_CACHE_ALLOC_BULK)
		h->n[bins_bin(c->cache_size)] += c->objects;
	else
		bins_merge(h, &c->size);
}

static void add_life(const struct fit_class *c, struct bins *h)
{
	bins_merge(h, &c->life_ns);
	bins_merge(h, &c->follow_ns);
	h->n[BINS_NR - 1] += c->objects - c->freed;
}

struct sums {
	struct bins size, page_life, object_life;
	double pages, all;
};

static void sum_up(const struct fit *f, struct sums *s)
{
	uint32_t i;

	memset(s, 0, sizeof(*s));
	for (i = 0; i < f->nr_classes; i++) {
		const struct fit_class *c = &f->class[i];

		s->all += (double)c->count;
		if (is_page(c)) {
			s->pages += (double)c->count;
			add_life(c, &s->page_life);
		} else {
			add_sizes(c, &s->size);
			add_life(c, &s->object_life);
		}
	}
}

/* Share of f's page requests of an order and mobility. */
static double order_share(const struct fit *f, double pages, unsigned int order, gfp_t mobility)
{
	double n = 0;
	uint32_t i;

	for (i = 0; i < f->nr_classes; i++) {
		const struct fit_class *c = &f->class[i];

		if (is_page(c) && c->order == order &&
		    (c->gfp & (MM_GFP_MOVABLE_BIT | MM_GFP_RECLAIMABLE)) == mobility)
			n += (double)c->count;
	}
	return pages > 0 ? n / pages : 0;
}

static double apart(double a, double b)
{
	return a < b ? b - a : a - b;
}

/* Half of the summed differences of shares: the total variation distance. */
static double order_distance(const struct fit *a, const struct fit *b, const struct sums *sa, const struct sums *sb)
{
	static const gfp_t mobility[] = { 0, MM_GFP_MOVABLE_BIT, MM_GFP_RECLAIMABLE };
	unsigned int order, m;
	double d = 0;

	for (order = 0; order <= 10; order++)
		for (m = 0; m < 3; m++)
			d += apart(order_share(a, sa->pages, order, mobility[m]),
				   order_share(b, sb->pages, order, mobility[m]));
	return d / 2;
}

static bool alike(const struct fit_class *x, const struct fit_class *y)
{
	return x->kind == y->kind && x->order == y->order && x->ctx == y->ctx && x->gfp == y->gfp &&
	       !strcmp(x->cache_name, y->cache_name);
}

/* Share of a's requests that b has no request for, class by class. */
static double mix_distance(const struct fit *a, const struct fit *b, const struct sums *sa, const struct sums *sb)
{
	double both = 0;
	uint32_t i, j;

	if (sa->all <= 0 || sb->all <= 0)
		return sa->all > 0 || sb->all > 0;
	for (i = 0; i < a->nr_classes; i++) {
		double x = (double)a->class[i].count / sa->all, y = 0;

		for (j = 0; j < b->nr_classes; j++)
			if (alike(&a->class[i], &b->class[j]))
				y += (double)b->class[j].count / sb->all;
		both += x < y ? x : y;
	}
	return both < 1 ? 1 - both : 0;
}

/* Arrivals between two shares of the trace's time, as a share of all. */
static double arrived(const struct fit *f, double from, double to)
{
	double whole = (double)f->duration_ns / (double)f->phase_ns, n = 0;
	uint32_t i;

	for (i = 0; i < f->phases; i++) {
		/* The last phase ends where the trace does. */
		double begin = i, end = i + 1 < whole ? i + 1 : whole, low = from * whole, high = to * whole;

		if (low < begin)
			low = begin;
		if (high > end)
			high = end;
		if (high > low)
			n += (double)f->arrival[i] * (high - low) / (end - begin);
	}
	return f->arrivals ? n / (double)f->arrivals : 0;
}

static double rate_distance(const struct fit *a, const struct fit *b)
{
	enum { PARTS = 32 };
	double d = 0;
	int i;

	for (i = 0; i < PARTS; i++)
		d += apart(arrived(a, (double)i / PARTS, (double)(i + 1) / PARTS),
			   arrived(b, (double)i / PARTS, (double)(i + 1) / PARTS));
	return d;
}

void fit_compare(const struct fit *a, const struct fit *b, struct fit_distance *d)
{
	struct sums sa, sb;

	sum_up(a, &sa);
	sum_up(b, &sb);
	d->size = bins_compare(&sa.size, &sb.size);
	d->page_life = bins_compare(&sa.page_life, &sb.page_life);
	d->object_life = bins_compare(&sa.object_life, &sb.object_life);
	d->gap = bins_compare(&a->gap_ns, &b->gap_ns);
	d->order = order_distance(a, b, &sa, &sb);
	d->mix = mix_distance(a, b, &sa, &sb);
	d->rate = rate_distance(a, b);
}

void fit_distance_text(const struct fit_distance *d, char *buf, size_t size)
{
	snprintf(buf, size, "size %.3f, page life %.3f, object life %.3f, gap %.3f (Kolmogorov-Smirnov); "
		 "order %.3f, mix %.3f (shares); rate %.3f", d->size.ks, d->page_life.ks, d->object_life.ks,
		 d->gap.ks, d->order, d->mix, d->rate);
}
