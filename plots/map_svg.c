/* SPDX-License-Identifier: MIT
 * The map as SVG.  Three columns: physical memory; the kernel's addresses, to
 * scale; and the part above the vmalloc range, magnified, because its regions
 * would be a few pixels high.  Shaded bands join what is the same in two
 * columns.  Labels whose regions are too thin stand beside the column and are
 * pushed apart until they do not overlap. */
#include "plots/map.h"

#include <inttypes.h>
#include <string.h>

enum { WIDTH = 1100, HEIGHT = 780, COL_TOP = 96, COL_BOTTOM = 744, LINE = 15, COL_WIDTH = 145 };
enum { X_PHYS = 95, X_VIRT = 440, X_HIGH = 785 };

static const char *fill(enum map_kind k)
{
	switch (k) {
	case MAP_DMA:		return "#CC79A7";
	case MAP_NORMAL:	return "#0072B2";
	case MAP_VMALLOC:	return "#E69F00";
	case MAP_PKMAP:
	case MAP_KMAP_LOCAL:	return "#009E73";
	case MAP_FIXMAP:
	case MAP_FIXMAP_BOOT:	return "#56B4E9";
	case MAP_LDT:		return "#F0E442";
	case MAP_CPU_ENTRY:	return "#D9B38C";
	default:		return "none";
	}
}

static const char *ink_on(const char *colour)
{
	if (!strcmp(colour, "none"))
		return "currentColor";
	return strcmp(colour, "#0072B2") ? "#111111" : "#ffffff";
}

/* One column: [start, end) over the height of the picture, end at the top. */
struct column {
	FILE *out;
	int x;
	uint64_t start, end;
	double label_below;	/* labels beside it must stay above this y */
	double address_below;
};

static double y_of(const struct column *c, uint64_t address)
{
	double part = (double)(address - c->start) / (double)(c->end - c->start);

	return COL_BOTTOM - part * (COL_BOTTOM - COL_TOP);
}

static void text(FILE *out, double x, double y, const char *anchor, const char *class,
		 const char *colour, const char *s)
{
	fprintf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\" fill=\"%s\">", x, y,
		anchor, class, colour);
	for (; *s; s++) {
		if (*s == '&')
			fputs("&amp;", out);
		else if (*s == '<')
			fputs("&lt;", out);
		else
			fputc(*s, out);
	}
	fputs("</text>\n", out);
}

static double push_up(double *below, double y)
{
	if (y > *below - LINE)
		y = *below - LINE;
	*below = y;
	return y;
}

/* An address left of the column, with a tick to its place. */
static void address(struct column *c, uint64_t a, int digits)
{
	double y = y_of(c, a), at = push_up(&c->address_below, y + 4);
	char s[24];

	snprintf(s, sizeof(s), "0x%0*" PRIx64, digits, a);
	text(c->out, c->x - 10, at, "end", "map-address", "currentColor", s);
	fprintf(c->out, "<path d=\"M%d,%.1f L%d,%.1f\" stroke=\"currentColor\" stroke-width=\"0.7\"/>\n",
		c->x - 8, at - 4, c->x, y);
}

/* "16 MiB" and not "16.00 MiB". */
static void short_size(char size[32], uint64_t bytes)
{
	char *zeros;

	map_size(size, bytes);
	zeros = strstr(size, ".00 ");
	if (zeros)
		memmove(zeros, zeros + 3, strlen(zeros + 3) + 1);
}

/* A box of [start, end); its name and size inside when they fit, else beside. */
static void box_of(struct column *c, uint64_t start, uint64_t end, const char *colour,
		   const char *name, uint64_t bytes)
{
	double top = y_of(c, end), height = y_of(c, start) - top, mid = top + height / 2;
	char size[32], both[96];

	short_size(size, bytes);
	fprintf(c->out, "<rect x=\"%d\" y=\"%.1f\" width=\"%d\" height=\"%.1f\" fill=\"%s\" stroke=\"currentColor\" stroke-width=\"0.7\"/>\n",
		c->x, top, COL_WIDTH, height, colour);
	if (height >= 2.4 * LINE) {
		text(c->out, c->x + COL_WIDTH / 2.0, mid - 3, "middle", "map-name", ink_on(colour), name);
		text(c->out, c->x + COL_WIDTH / 2.0, mid + LINE - 2, "middle", "map-size", ink_on(colour), size);
		return;
	}
	snprintf(both, sizeof(both), "%s, %s", name, size);
	mid = push_up(&c->label_below, mid + 4);
	text(c->out, c->x + COL_WIDTH + 10, mid, "start", "map-size", "currentColor", both);
	fprintf(c->out, "<path d=\"M%d,%.1f L%d,%.1f\" stroke=\"currentColor\" stroke-width=\"0.7\" fill=\"none\"/>\n",
		c->x + COL_WIDTH, top + height / 2, c->x + COL_WIDTH + 7, mid - 4);
}

static void box(struct column *c, uint64_t start, uint64_t end, const char *colour, const char *name)
{
	box_of(c, start, end, colour, name, end - start);
}

static void heading(FILE *out, int x, const char *line1, const char *line2)
{
	text(out, x + COL_WIDTH / 2.0, COL_TOP - 28, "middle", "map-name", "currentColor", line1);
	text(out, x + COL_WIDTH / 2.0, COL_TOP - 12, "middle", "map-size", "currentColor", line2);
}

/* A shaded band between the same addresses in two columns. */
static void band(const struct column *a, uint64_t a0, uint64_t a1, const struct column *b,
		 uint64_t b0, uint64_t b1)
{
	fprintf(a->out, "<path d=\"M%d,%.1f L%d,%.1f L%d,%.1f L%d,%.1f Z\" fill=\"currentColor\" fill-opacity=\"0.08\"/>\n",
		a->x + COL_WIDTH, y_of(a, a0), b->x, y_of(b, b0), b->x, y_of(b, b1), a->x + COL_WIDTH,
		y_of(a, a1));
}

static const char *with_hole(const struct map_zone *n, char *buf, size_t size)
{
	snprintf(buf, size, "%s and holes", n->name);
	return buf;
}

static void draw_physical(struct column *c, const struct addr_map *m)
{
	static const enum map_kind kinds[MM_NR_ZONES] = { MAP_DMA, MAP_NORMAL, MAP_PKMAP };
	char name[32];
	int z;

	heading(c->out, c->x, "physical memory", "by zone");
	for (z = 0; z < MM_NR_ZONES; z++) {
		const struct map_zone *n = &m->zone[z];

		if (n->start == n->end)
			continue;
		/* The first MiB is no hole worth telling of; the one below 4 GiB is. */
		if (n->present && (n->present << MM_PAGE_SHIFT) + (2u << 20) < n->end - n->start)
			box_of(c, n->start, n->end, fill(kinds[z]), with_hole(n, name, sizeof(name)),
			       n->present << MM_PAGE_SHIFT);
		else
			box(c, n->start, n->end, fill(kinds[z]), n->name);
		address(c, n->start, 8);
	}
	address(c, c->end, 8);
}

static void draw_kernel(struct column *c, const struct addr_map *m, uint64_t magnified)
{
	unsigned int i;

	heading(c->out, c->x, "kernel addresses", "to scale");
	for (i = 0; i < m->nr_regions; i++) {
		const struct map_region *g = &m->region[i];

		if (g->start < c->start || g->start >= magnified)
			continue;
		box(c, g->start, g->end, fill(g->kind), g->kind == MAP_DMA ? "DMA" : g->name);
		address(c, g->start, 8);
	}
	box(c, magnified, c->end, "none", "top");
	address(c, magnified, 8);
	address(c, c->end - 1, 8);
}

static void draw_top(struct column *c, const struct addr_map *m)
{
	unsigned int i;

	heading(c->out, c->x, "the upper end", "magnified");
	for (i = 0; i < m->nr_regions; i++) {
		const struct map_region *g = &m->region[i];

		if (g->start < c->start)
			continue;
		box(c, g->start, g->end, fill(g->kind), g->name);
		address(c, g->start, 8);
	}
	address(c, c->end - 1, 8);
}

static void open_svg(const struct addr_map *m, bool inlined, FILE *out)
{
	char title[128];

	if (!inlined)
		fputs("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n", out);
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-label=\"Address map\"%s>\n",
		WIDTH, HEIGHT, inlined ? "" : " color=\"#222222\"");
	fputs("<style>.map-name{font:14px sans-serif}.map-size{font:13px sans-serif}"
	      ".map-address{font:12px monospace}.map-title{font:20px sans-serif}</style>\n", out);
	if (!inlined)
		fputs("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n", out);
	snprintf(title, sizeof(title), "Address map of %s", m->machine);
	text(out, 15, 30, "start", "map-title", "currentColor", title);
}

void map_svg(const struct addr_map *m, bool inlined, FILE *out)
{
	const struct mm_layout *l = &m->layout;
	uint64_t top = UINT64_C(1) << 32, low = (uint64_t)l->max_low_pfn << MM_PAGE_SHIFT;
	struct column phys = { out, X_PHYS, 0, (uint64_t)l->max_pfn << MM_PAGE_SHIFT, HEIGHT, HEIGHT };
	struct column virt = { out, X_VIRT, l->page_offset, top, HEIGHT, HEIGHT };
	struct column high = { out, X_HIGH, l->vmalloc_end, top, HEIGHT, HEIGHT };

	open_svg(m, inlined, out);
	band(&phys, 0, low, &virt, l->page_offset, l->high_memory);
	band(&virt, l->vmalloc_end, top, &high, l->vmalloc_end, top);
	draw_physical(&phys, m);
	draw_kernel(&virt, m, l->vmalloc_end);
	draw_top(&high, m);
	fputs("</svg>\n", out);
}
