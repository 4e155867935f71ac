/* SPDX-License-Identifier: MIT
 *
 * Folding: every sample becomes a line, lines are sorted, equal ones counted.
 *
 * `perf script` prints a sample as a line with the command and its pid, then one
 * indented line a frame, the innermost first ("address symbol+0x12 (file)"), then
 * an empty line.  Of a frame the symbol is kept, without its offset; a frame
 * without a symbol takes its file's name in brackets, the kernel's end in "_[k]".
 */
#include "analyze/stacks.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* perf records at most 127 frames by default, and 1024 at most. */
enum { MAX_FRAMES = 1024, MAX_NAME = 200 };

struct reader {
	struct an_stacks *s;
	size_t room;
	const char *name;	/* of the text */
	size_t line;
	char *frame[MAX_FRAMES];	/* of the sample being read, innermost first */
	int nr_frames;
	char comm[MAX_NAME];
	bool in_sample;
};

int an_stack_order(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	/* The separator comes before any character of a name. */
	int x = *a == ';' ? 1 : (unsigned char)*a + 1, y = *b == ';' ? 1 : (unsigned char)*b + 1;

	return (*a ? x : 0) - (*b ? y : 0);
}

static int no_memory(const struct reader *r, struct mm_error *err)
{
	return mm_fail(err, -ENOMEM, "%s: line %zu: out of memory", r->name, r->line);
}

/* Takes frames. */
static int add(struct reader *r, char *frames, uint64_t count, struct mm_error *err)
{
	struct an_stacks *s = r->s;

	if (frames && s->n == r->room) {
		size_t room = r->room ? 2 * r->room : 1024;
		struct an_stack *p = realloc(s->stack, room * sizeof(*p));

		if (p) {
			s->stack = p;
			r->room = room;
		}
	}
	if (!frames || s->n == r->room) {
		free(frames);
		return no_memory(r, err);
	}
	s->stack[s->n++] = (struct an_stack){ frames, count };
	s->samples += count;
	return 0;
}

/* ---- folded lines ---- */

static int folded_line(struct reader *r, char *line, struct mm_error *err)
{
	char *space = strrchr(line, ' '), *end;
	unsigned long long n;

	if (!*line)
		return 0;
	errno = 0;
	n = space ? strtoull(space + 1, &end, 10) : 0;
	if (!space || space == line || !isdigit((unsigned char)space[1]) || *end || errno || !n)
		return mm_fail(err, -EINVAL, "%s: line %zu: found '%.60s', expected FRAME;FRAME;... COUNT",
			       r->name, r->line, line);
	*space = '\0';
	return add(r, strdup(line), n, err);
}

/* ---- perf script ---- */

/* "mmreplay 12345 [001] ...": the command ends before the first number. */
static void take_comm(struct reader *r, const char *line)
{
	const char *p = line, *end = NULL;

	while ((p = strchr(p, ' '))) {
		while (*p == ' ')
			p++;
		if (isdigit((unsigned char)*p)) {
			end = p;
			break;
		}
	}
	if (!end)
		end = line + strcspn(line, " ");
	while (end > line && end[-1] == ' ')
		end--;
	snprintf(r->comm, sizeof(r->comm), "%.*s", (int)(end - line), line);
}

static bool is_kernel(const char *file)
{
	size_t n = strlen(file);

	return strstr(file, "[kernel") || strstr(file, "vmlinux") || (n > 3 && !strcmp(file + n - 3, ".ko"));
}

/* "  7f12 name+0x3f (/usr/bin/x)" -> name.  line is cut up. */
static void frame_name(char *line, char name[MAX_NAME])
{
	char *file, *symbol, *offset, *end = line + strlen(line);

	while (isspace((unsigned char)*line))
		line++;
	symbol = line + strcspn(line, " ");
	while (*symbol == ' ')
		symbol++;
	file = strstr(symbol, " (inlined)") ? NULL : strrchr(symbol, '(');
	if (!file) {
		end = strstr(symbol, " (inlined)");
		file = "";
	} else {
		end = file;
		file++;
		file[strcspn(file, ")")] = '\0';
	}
	while (end && end > symbol && end[-1] == ' ')
		end--;
	if (end)
		*end = '\0';
	offset = strstr(symbol, "+0x");
	if (offset)
		*offset = '\0';
	if (!*symbol || !strcmp(symbol, "[unknown]"))
		snprintf(name, MAX_NAME, *file == '[' ? "%.150s" : "[%.150s]",
			 strrchr(file, '/') ? strrchr(file, '/') + 1 : file);
	else
		snprintf(name, MAX_NAME, "%.150s%s", symbol, is_kernel(file) ? "_[k]" : "");
	for (; *name; name++)
		if (*name == ';' || iscntrl((unsigned char)*name))
			*name = ':';
}

static int frame_line(struct reader *r, char *line, struct mm_error *err)
{
	char name[MAX_NAME];

	if (!r->in_sample)
		return mm_fail(err, -EINVAL, "%s: line %zu: a frame without a sample before it", r->name, r->line);
	if (r->nr_frames == MAX_FRAMES)
		return mm_fail(err, -EINVAL, "%s: line %zu: more than %d frames", r->name, r->line, MAX_FRAMES);
	frame_name(line, name);
	r->frame[r->nr_frames] = strdup(name);
	if (!r->frame[r->nr_frames])
		return no_memory(r, err);
	r->nr_frames++;
	return 0;
}

static void forget(struct reader *r)
{
	while (r->nr_frames)
		free(r->frame[--r->nr_frames]);
	r->in_sample = false;
}

static int end_sample(struct reader *r, struct mm_error *err)
{
	char *text = NULL;
	size_t size;
	FILE *f;

	if (!r->in_sample)
		return 0;
	f = open_memstream(&text, &size);
	if (f) {
		fputs(r->comm, f);
		for (int i = r->nr_frames - 1; i >= 0; i--)
			fprintf(f, ";%s", r->frame[i]);
		if (fclose(f)) {
			free(text);
			text = NULL;
		}
	}
	forget(r);
	return add(r, text, 1, err);
}

static int perf_line(struct reader *r, char *line, struct mm_error *err)
{
	int e;

	if (*line == '#')
		return 0;
	if (isspace((unsigned char)*line))
		return frame_line(r, line, err);
	e = end_sample(r, err);
	if (!e && *line) {
		take_comm(r, line);
		r->in_sample = true;
	}
	return e;
}

/* ---- both ---- */

/* A folded line ends with a count; perf's first with a colon, or it is a comment. */
static bool looks_folded(const char *line)
{
	const char *space = strrchr(line, ' ');

	return *line != '#' && space && isdigit((unsigned char)space[1]) &&
	       space[1 + strspn(space + 1, "0123456789")] == '\0';
}

static int by_frames(const void *a, const void *b)
{
	return an_stack_order(((const struct an_stack *)a)->frames, ((const struct an_stack *)b)->frames);
}

static void put_together(struct an_stacks *s)
{
	size_t n = 0;

	qsort(s->stack, s->n, sizeof(*s->stack), by_frames);
	for (size_t i = 0; i < s->n; i++) {
		if (n && !strcmp(s->stack[n - 1].frames, s->stack[i].frames)) {
			s->stack[n - 1].count += s->stack[i].count;
			free(s->stack[i].frames);
		} else {
			s->stack[n++] = s->stack[i];
		}
	}
	s->n = n;
}

static int read_lines(struct reader *r, FILE *f, struct mm_error *err)
{
	bool folded = false;
	char *line = NULL;
	size_t size = 0;
	ssize_t len;
	int e = 0;

	while (!e && (len = getline(&line, &size, f)) >= 0) {
		while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
			line[--len] = '\0';
		if (!r->line++)
			folded = looks_folded(line);
		e = folded ? folded_line(r, line, err) : perf_line(r, line, err);
	}
	free(line);
	if (!e && ferror(f))
		e = mm_fail(err, -EIO, "%s: cannot be read", r->name);
	return e ? e : end_sample(r, err);
}

int an_stacks_read(struct an_stacks *s, FILE *f, const char *name, struct mm_error *err)
{
	struct reader r = { .s = s, .name = name };
	int e;

	memset(s, 0, sizeof(*s));
	e = read_lines(&r, f, err);
	forget(&r);
	if (!e && !s->n)
		e = mm_fail(err, -EINVAL, "%s: found no stack, expected the text of perf script, or folded stacks",
			    name);
	if (e)
		an_stacks_free(s);
	else
		put_together(s);
	return e;
}

void an_stacks_free(struct an_stacks *s)
{
	for (size_t i = 0; i < s->n; i++)
		free(s->stack[i].frames);
	free(s->stack);
	memset(s, 0, sizeof(*s));
}

void an_stacks_write(const struct an_stacks *s, FILE *f)
{
	for (size_t i = 0; i < s->n; i++)
		fprintf(f, "%s %llu\n", s->stack[i].frames, (unsigned long long)s->stack[i].count);
}
