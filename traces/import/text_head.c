/* SPDX-License-Identifier: MIT
 *
 * The beginnings of lines, one tokenizer for each format:
 *
 *   trace-cmd report  "   bash-148   [000]    19.337805: kmalloc:    fields"
 *   tracefs trace     "   bash-148   [000] d.h1.    19.337805: kmalloc: fields"
 *                     "   bash-148   ( 148) [000] ...", and with the flags absent
 *   perf script       "bash   148 [000]    19.337805: kmem:kmalloc: fields"
 *
 * A task's name may hold spaces, dashes and brackets, so a line is entered at
 * its "[CPU]": the first bracketed number that a time stamp follows.
 */
#include <stdlib.h>
#include <string.h>

#include "traces/import/text.h"

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

static const char *skip_space(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

static const char *number(const char *p, const char *end, uint64_t *v)
{
	*v = 0;
	while (p < end && digit(*p) && *v < UINT64_MAX / 100)
		*v = *v * 10 + (*p++ - '0');
	return p;
}

/* "19.337805:" or "19.337804984:"; NULL when it is none. */
static const char *time_stamp(const char *p, const char *end, uint64_t *ns)
{
	uint64_t sec, frac, digits;
	const char *q = number(p, end, &sec), *dot = q;

	if (q == p || q >= end || *q != '.')
		return NULL;
	q = number(q + 1, end, &frac);
	digits = q - dot - 1;
	if (q >= end || *q != ':' || !digits || digits > 9)
		return NULL;
	while (digits++ < 9)
		frac *= 10;
	*ns = sec * 1000000000 + frac;
	return q + 1;
}

/* irqs-off, need-resched, hardirq/softirq, preempt depth, ... */
static uint8_t flags_context(const char *p, size_t n)
{
	if (n < 3)
		return TRACE_TASK;
	switch (p[2]) {
	case 'h':
	case 'H':
	case 'Z':
	case 'z':
		return TRACE_HARDIRQ;
	case 's':
		return TRACE_SOFTIRQ;
	}
	return TRACE_TASK;
}

/* "[CPU]" at p, then perhaps flags, then the time. */
static const char *cpu_and_time(const char *p, const char *end, struct text_head *h)
{
	const char *q, *word;
	uint64_t cpu;

	q = number(p + 1, end, &cpu);
	if (q == p + 1 || q >= end || *q != ']' || cpu > 4095)
		return NULL;
	h->cpu = cpu;
	h->ctx = TRACE_TASK;
	word = skip_space(q + 1, end);
	q = time_stamp(word, end, &h->time);
	if (q)
		return q;
	for (q = word; q < end && *q != ' ' && *q != '\t'; q++)
		;
	h->ctx = flags_context(word, q - word);
	return time_stamp(skip_space(q, end), end, &h->time);
}

/* The place of "[CPU]" with what follows it; NULL: the line is no event. */
static const char *find_cpu(const char *line, const char *end, struct text_head *h,
			    const char **after)
{
	const char *p = line;

	while ((p = memchr(p, '[', end - p)) != NULL) {
		*after = cpu_and_time(p, end, h);
		if (*after && p > line)
			return p;
		p++;
	}
	return NULL;
}

/* "event:" or "group:event:", or "<stack trace>"; sets rest. */
static bool event_name(const char *p, const char *end, bool group, struct text_head *h)
{
	const char *q, *colon;

	p = skip_space(p, end);
	h->group = (struct text_span){ NULL, 0 };
	if (end - p >= 13 && !memcmp(p, "<stack trace>", 13)) {
		h->event = (struct text_span){ "kernel_stack", 12 };
		h->rest = p + 13;
		return true;
	}
	for (q = p; q < end && *q != ' ' && *q != ':'; q++)
		;
	if (q == p || q >= end || *q != ':')
		return false;
	if (group) {
		for (colon = q + 1; colon < end && *colon != ' ' && *colon != ':'; colon++)
			;
		if (colon < end && *colon == ':' && colon > q + 1) {
			h->group = (struct text_span){ p, q - p };
			p = q + 1;
			q = colon;
		}
	}
	h->event = (struct text_span){ p, q - p };
	h->rest = q + 1;
	return true;
}

/* Back over "-148" (and, before it, a "( 148)") to the task's name. */
static bool comm_dash_pid(const char *line, const char *p, struct text_head *h)
{
	const char *digits_end;
	uint64_t pid;

	while (p > line && p[-1] == ' ')
		p--;
	if (p > line && p[-1] == ')') { /* the thread group */
		while (p > line && *--p != '(')
			;
		while (p > line && p[-1] == ' ')
			p--;
	}
	for (digits_end = p; p > line && digit(p[-1]); p--)
		;
	if (p == digits_end || p == line || p[-1] != '-')
		return false;
	number(p, digits_end, &pid);
	h->pid = pid;
	line = skip_space(line, p - 1);
	h->comm = (struct text_span){ line, p - 1 - line };
	return h->comm.n > 0;
}

static bool head_dash(const char *line, const char *end, struct text_head *h)
{
	const char *after, *cpu = find_cpu(line, end, h, &after);

	return cpu && comm_dash_pid(line, cpu, h) && event_name(after, end, false, h);
}

bool text_head_report(const char *line, const char *end, struct text_head *h)
{
	return head_dash(line, end, h);
}

bool text_head_ftrace(const char *line, const char *end, struct text_head *h)
{
	return head_dash(line, end, h);
}

bool text_head_perf(const char *line, const char *end, struct text_head *h)
{
	const char *after, *p = find_cpu(line, end, h, &after), *digits_end, *slash;
	uint64_t pid;

	if (!p)
		return false;
	while (p > line && p[-1] == ' ')
		p--;
	for (digits_end = p; p > line && (digit(p[-1]) || p[-1] == '/'); p--)
		;
	if (p == digits_end || p == line || p[-1] != ' ')
		return false;
	slash = memchr(p, '/', digits_end - p); /* PID/TID: the task is the second */
	number(slash ? slash + 1 : p, digits_end, &pid);
	h->pid = pid;
	while (p > line && p[-1] == ' ')
		p--;
	line = skip_space(line, p);
	h->comm = (struct text_span){ line, p - line };
	return h->comm.n > 0 && event_name(after, end, true, h) && h->group.n;
}

static bool hex(char c)
{
	return digit(c) || (c >= 'a' && c <= 'f');
}

bool text_frame(const char *line, const char *end, struct text_span *symbol)
{
	const char *p = skip_space(line, end), *q;

	if (end - p > 3 && !memcmp(p, "=> ", 3)) {
		p += 3;
	} else if (p > line) { /* perf: indented, address first */
		for (q = p; q < end && hex(*q); q++)
			;
		if (q - p < 4 || q >= end || *q != ' ')
			return false;
		p = q + 1;
	} else {
		return false;
	}
	for (q = p; q < end && *q != ' ' && *q != '+' && *q != '\t'; q++)
		;
	*symbol = (struct text_span){ p, q - p };
	return q > p;
}
