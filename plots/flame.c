/* SPDX-License-Identifier: MIT
 *
 * Flame graph as SVG.
 *
 * Stacks come sorted by frames.  One walk builds the boxes: frames that a stack
 * shares with the one before stay open, the others of the one before are closed,
 * its own are opened.  A second pass draws them, when the hottest is known.
 * The picture follows the reader's light or dark preference; every box has a
 * tooltip; no script.
 */
#include "plots/flame.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "plots/html.h"

enum { WIDTH = 1200, MARGIN = 10, ROW = 17, HEAD = 62, FOOT = 12, MAX_DEPTH = 1025 };
#define CHAR_WIDTH 6.65		/* of the 11 px font */
#define MIN_WIDTH 1.0		/* pixels: what is narrower is not drawn, nor makes the picture
				 * higher: perf now and then sees some stack of a hundred frames */

struct box {
	const char *name;	/* of len bytes */
	size_t len;
	uint32_t depth;
	uint64_t start, samples, own;
};

struct flame {
	struct box *box;
	size_t n, room;
	size_t open[MAX_DEPTH];
	uint32_t depth;
	uint32_t rows;		/* of what is wide enough to be drawn */
	uint64_t total, hottest;
};

static double width_of(const struct flame *x, uint64_t samples)
{
	return (double)samples * (WIDTH - 2 * MARGIN) / (double)x->total;
}

/* ---- boxes ---- */

static int open_box(struct flame *x, const char *name, size_t len, uint64_t start)
{
	if (x->n == x->room) {
		size_t room = x->room ? 2 * x->room : 1024;
		struct box *p = realloc(x->box, room * sizeof(*p));

		if (!p)
			return -ENOMEM;
		x->box = p;
		x->room = room;
	}
	x->box[x->n] = (struct box){ name, len, x->depth, start, 0, 0 };
	x->open[x->depth++] = x->n++;
	return 0;
}

static void close_boxes(struct flame *x, uint32_t depth, uint64_t end)
{
	while (x->depth > depth) {
		struct box *b = &x->box[x->open[--x->depth]];

		b->samples = end - b->start;
	}
}

static int add_stack(struct flame *x, const struct an_stack *s, uint64_t start)
{
	const char *p = s->frames;
	uint32_t common = 0;
	bool same = true;

	for (;;) {
		size_t len = strcspn(p, ";");
		const struct box *b = same && common < x->depth ? &x->box[x->open[common]] : NULL;

		if (b && b->len == len && !memcmp(b->name, p, len)) {
			common++;
		} else {
			if (same)
				close_boxes(x, common, start);
			same = false;
			if (x->depth < MAX_DEPTH && open_box(x, p, len, start))
				return -ENOMEM;
		}
		if (!p[len])
			break;
		p += len + 1;
	}
	if (same)
		close_boxes(x, common, start);
	x->box[x->open[x->depth - 1]].own += s->count;
	return 0;
}

static int build(struct flame *x, const struct an_stacks *s)
{
	uint64_t at = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (add_stack(x, &s->stack[i], at))
			return -ENOMEM;
		at += s->stack[i].count;
	}
	close_boxes(x, 0, at);
	x->total = at;
	for (size_t i = 0; i < x->n; i++) {
		const struct box *b = &x->box[i];

		if (b->own > x->hottest)
			x->hottest = b->own;
		if (width_of(x, b->samples) >= MIN_WIDTH && b->depth >= x->rows)
			x->rows = b->depth + 1;
	}
	return 0;
}

/* ---- the picture ---- */

/* From pale to red by the function's own part of the hottest's; the square root
 * keeps small parts apart.  ColorBrewer's YlOrRd, readable in dark and light. */
static int shade(const struct flame *x, const struct box *b)
{
	static const double steps[] = { 0.005, 0.02, 0.06, 0.15, 0.3, 0.6 };
	double part = x->hottest ? (double)b->own / (double)x->hottest : 0;
	int i = 0;

	while (i < 6 && part > steps[i])
		i++;
	return i;
}

static void put_name(FILE *f, const char *name, size_t len)
{
	char text[256];

	snprintf(text, sizeof(text), "%.*s", (int)(len < 255 ? len : 255), name);
	html_text(f, text);
}

static void put_label(FILE *f, const struct box *b, double width)
{
	size_t room = width > 8 ? (size_t)((width - 6) / CHAR_WIDTH) : 0;

	if (room < 3)
		return;
	if (b->len <= room) {
		put_name(f, b->name, b->len);
	} else {
		put_name(f, b->name, room - 2);
		fputs("..", f);
	}
}

static void put_box(const struct flame *x, const struct box *b, FILE *f)
{
	double left = MARGIN + width_of(x, b->start), width = width_of(x, b->samples);
	uint32_t top = HEAD + (x->rows - 1 - b->depth) * ROW;
	char n[FMT_LEN];
	int s = shade(x, b);

	if (width < MIN_WIDTH)
		return;
	fprintf(f, "<g><title>");
	put_name(f, b->name, b->len);
	fprintf(f, ": %.2f %% (%s samples), itself %.2f %%</title>", 100.0 * (double)b->samples / (double)x->total,
		fmt_grouped(n, b->samples), 100.0 * (double)b->own / (double)x->total);
	fprintf(f, "<rect class=\"s%d\" x=\"%.1f\" y=\"%u\" width=\"%.1f\" height=\"%d\" rx=\"1\"/>", s, left, top,
		width > 0.6 ? width - 0.5 : width, ROW - 1);
	if (width > 26) {
		fprintf(f, "<text class=\"%s\" x=\"%.1f\" y=\"%u\">", s > 4 ? "on" : "in", left + 3, top + 12);
		put_label(f, b, width);
		fputs("</text>", f);
	}
	fputs("</g>\n", f);
}

static void put_head(const struct flame *x, const char *title, FILE *f)
{
	unsigned int height = HEAD + x->rows * ROW + FOOT;
	char n[FMT_LEN];

	fprintf(f, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %u\" width=\"%d\" height=\"%u\" role=\"img\">\n",
		WIDTH, height, WIDTH, height);
	fputs("<style>\n"
	      "svg { font: 11px \"DejaVu Sans Mono\", ui-monospace, monospace; background: #ffffff; }\n"
	      ".head { font: 18px sans-serif; fill: #1f2328; } .soft { font: 12px sans-serif; fill: #59636e; }\n"
	      ".page { fill: #ffffff; } .in { fill: #2b1b00; } .on { fill: #ffffff; }\n"
	      ".s0 { fill: #f3ead2; } .s1 { fill: #fee5a0; } .s2 { fill: #fecf6e; } .s3 { fill: #fdae49; }\n"
	      ".s4 { fill: #fb8a3c; } .s5 { fill: #d9301f; } .s6 { fill: #a80f26; }\n"
	      "g:hover > rect { stroke: #0a5c9c; stroke-width: 1.5; }\n"
	      "@media (prefers-color-scheme: dark) {\n"
	      "svg { background: #12161b; } .page { fill: #12161b; } .head { fill: #e6e8eb; } .soft { fill: #a2abb5; }\n"
	      ".s0 { fill: #b9ae94; } g:hover > rect { stroke: #7cc0ff; } }\n"
	      "</style>\n<title>", f);
	html_text(f, title);
	fprintf(f, "</title>\n<rect class=\"page\" width=\"%d\" height=\"%u\"/>\n<text class=\"head\" x=\"%d\" y=\"26\">",
		WIDTH, height, MARGIN);
	html_text(f, title);
	fprintf(f, "</text>\n<text class=\"soft\" x=\"%d\" y=\"46\">%s samples. Width: a function with all that it calls. "
		"Colour: the function itself, of the hottest one</text>\n", MARGIN, fmt_grouped(n, x->total));
	for (int i = 0; i < 7; i++)
		fprintf(f, "<rect class=\"s%d\" x=\"%d\" y=\"35\" width=\"24\" height=\"13\"/>\n", i, 960 + 24 * i);
	fputs("<text class=\"soft\" x=\"952\" y=\"46\" text-anchor=\"end\">nothing</text>"
	      "<text class=\"soft\" x=\"1134\" y=\"46\">most</text>\n", f);
}

int flame_svg(const struct an_stacks *s, const char *title, FILE *f, struct mm_error *err)
{
	struct flame *x = calloc(1, sizeof(*x));
	int r = x ? build(x, s) : -ENOMEM;

	if (!r) {
		put_head(x, title, f);
		for (size_t i = 0; i < x->n; i++)
			put_box(x, &x->box[i], f);
		fputs("</svg>\n", f);
	}
	if (x)
		free(x->box);
	free(x);
	return r ? mm_fail(err, r, "no memory for the flame graph") : 0;
}
