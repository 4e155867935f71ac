/* SPDX-License-Identifier: MIT
 *
 * timeline.csv.  The cost of a sample is that of the engine's introspection
 * (some 10 microseconds): 1000 of them take about 10 ms.
 */
#include "replay/timeline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "replay/csv.h"

struct timeline {
	FILE *f;
	uint64_t every, next_op;
	uint64_t interval, next_time;	/* by time */
	bool adaptive;
	uint32_t cap, nr;		/* rows in memory (adaptive) */
	struct sample *rows;
	uint64_t written;
	bool any;
	struct timeline_peak high[NR_SAMPLE_COLUMNS], low[NR_SAMPLE_COLUMNS];
};

static void write_header(FILE *f)
{
	int i;

	for (i = 0; i < NR_SAMPLE_COLUMNS; i++)
		fprintf(f, "%s%s", i ? "," : "", sample_column_name[i]);
	putc('\n', f);
}

struct timeline *timeline_new(FILE *f, const struct timeline_spec *spec, uint64_t duration_ns,
			      struct mm_error *err)
{
	struct timeline *t = calloc(1, sizeof(*t));
	uint32_t samples = spec->samples ? spec->samples : 1;

	if (!t)
		goto no_memory;
	t->f = f;
	t->every = spec->every;
	t->next_op = t->every ? 0 : UINT64_MAX;
	t->next_time = t->every ? UINT64_MAX : 0;
	if (!t->every && !duration_ns) {
		t->adaptive = true;
		t->interval = 1000000;
		t->cap = 2 * samples < 16 ? 16 : 2 * samples;
		t->rows = malloc(t->cap * sizeof(*t->rows));
		if (!t->rows)
			goto no_memory;
	} else if (!t->every) {
		t->interval = duration_ns / samples ? duration_ns / samples : 1;
	}
	write_header(f);
	return t;
no_memory:
	free(t);
	mm_fail(err, -ENOMEM, "no memory for the timeline");
	return NULL;
}

void timeline_stop(const struct timeline *t, struct backend_stop *stop)
{
	if (t->next_time < stop->time)
		stop->time = t->next_time;
	if (t->next_op < stop->operations)
		stop->operations = t->next_op;
}

bool timeline_due(const struct timeline *t, uint64_t operations, uint64_t time_ns)
{
	return operations >= t->next_op || time_ns >= t->next_time;
}

static void write_row(struct timeline *t, const struct sample *s)
{
	char row[NR_SAMPLE_COLUMNS * CSV_NUMBER], *end = row;
	int i;

	for (i = 0; i < NR_SAMPLE_COLUMNS; i++) {
		end = csv_number(end, s->v[i]);
		*end++ = ',';
	}
	end[-1] = '\n';
	fwrite(row, 1, (size_t)(end - row), t->f);
	t->written++;
}

static void note_peaks(struct timeline *t, const struct sample *s)
{
	int i;

	for (i = 0; i < NR_SAMPLE_COLUMNS; i++) {
		struct timeline_peak p = { s->v[i], s->v[SAMPLE_op], s->v[SAMPLE_time_ns] };

		if (!t->any || p.value > t->high[i].value)
			t->high[i] = p;
		if (!t->any || p.value < t->low[i].value)
			t->low[i] = p;
	}
	t->any = true;
}

/* Half the rows, twice the interval. */
static void thin(struct timeline *t)
{
	uint32_t i;

	for (i = 0; i * 2 < t->nr; i++)
		t->rows[i] = t->rows[i * 2];
	t->nr = i;
	t->interval *= 2;
}

static void add_row(struct timeline *t, struct backend *b, uint64_t time_ns)
{
	struct sample s;

	memset(&s, 0, sizeof(s));
	b->ops->sample(b, &s);
	s.v[SAMPLE_op] = b->counts.operations;
	s.v[SAMPLE_time_ns] = time_ns;
	note_peaks(t, &s);
	if (!t->adaptive) {
		write_row(t, &s);
		return;
	}
	if (t->nr == t->cap)
		thin(t);
	t->rows[t->nr++] = s;
}

void timeline_sample(struct timeline *t, struct backend *b, uint64_t time_ns)
{
	uint64_t at = time_ns;

	if (t->every) {
		t->next_op = b->counts.operations + t->every;
	} else {
		at -= time_ns % t->interval; /* the last moment that was due */
		t->next_time = at + t->interval;
	}
	add_row(t, b, at);
}

void timeline_last(struct timeline *t, struct backend *b, uint64_t time_ns)
{
	add_row(t, b, time_ns);
}

void timeline_flush(struct timeline *t)
{
	uint32_t i;

	for (i = 0; i < t->nr; i++)
		write_row(t, &t->rows[i]);
	t->nr = 0;
}

const struct timeline_peak *timeline_high(const struct timeline *t)
{
	return t->high;
}

const struct timeline_peak *timeline_low(const struct timeline *t)
{
	return t->low;
}

uint64_t timeline_rows(const struct timeline *t)
{
	return t->written;
}

void timeline_free(struct timeline *t)
{
	if (!t)
		return;
	free(t->rows);
	free(t);
}
