/* SPDX-License-Identifier: MIT
 *
 * perf.data: what its header says (internal to the importer).
 *
 * The layout is described in Documentation/perf.data-file-format.txt of
 * tools/perf and in perf_event_open(2).  A file has a header with attributes
 * (one for each event that was asked for), records, and behind them features;
 * the formats of the events are the feature "tracing data", which is laid out
 * like the sections of a trace.dat.  What came through a pipe has all that as
 * records of perf's own instead.
 */
#ifndef IMPORT_PERF_FILE_H
#define IMPORT_PERF_FILE_H

#include <linux/perf_event.h>
#include <string.h>

#include "traces/import/dat_kinds.h"
#include "traces/import/tables.h"

/* Records that perf itself writes: tools/lib/perf/include/perf/event.h. */
enum {
	PERF_HEADER_ATTR = 64, PERF_HEADER_TRACING_DATA = 66, PERF_FINISHED_ROUND = 68,
	PERF_AUXTRACE = 71, PERF_HEADER_FEATURE = 80, PERF_COMPRESSED = 81, PERF_COMPRESSED2 = 83,
};

/* An attribute, and where its records hold what: 0 = not there. */
struct perf_attr {
	uint32_t type;			/* PERF_TYPE_TRACEPOINT, ... */
	uint64_t config;		/* id of the tracepoint */
	uint64_t sample_type, read_format;
	uint16_t tid, time, id, cpu;	/* bytes from the begin of a sample */
	uint16_t body;			/* where the parts of variable length begin */
	uint16_t end_time, end_id, end_cpu; /* bytes from the end of other records */
	struct dat_kind *kind;		/* NULL: no tracepoint, or one without a format */
};

struct perf_file {
	const struct import_input *in;
	struct dat_file dat;		/* formats, strings */
	struct perf_attr *attrs;
	uint32_t nr_attrs, cap_attrs;
	struct addr_map ids;		/* id + 1 -> attribute */
	uint16_t sample_id, end_id;	/* where records hold the id, 0 = they need none */
	uint64_t data, data_end;	/* the records */
	bool pipe;
	bool open_end;			/* perf did not say where the records end: it was killed */
	bool cut;			/* the header counts more than there is */
	bool have_formats;
	char *release, *tool, *arch;
	uint32_t cpus;
};

static inline uint16_t perf_u16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint32_t perf_u32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t perf_u64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* A record's header: type, misc, size with the header. */
static inline uint32_t perf_type(const uint8_t *rec) { return perf_u32(rec); }
static inline uint16_t perf_misc(const uint8_t *rec) { return perf_u16(rec + 4); }
static inline uint16_t perf_size(const uint8_t *rec) { return perf_u16(rec + 6); }

bool perf_file_match(const struct import_input *in);

/* Read header, attributes, features.  0 or negative errno with a sentence. */
int perf_file_read(struct perf_file *f, const struct import_input *in, struct mm_error *err);
void perf_file_free(struct perf_file *f);

/* Fails with "PATH: offset N: what". */
int perf_bad(const struct perf_file *f, uint64_t offset, struct mm_error *err, const char *fmt,
	     ...) __attribute__((format(printf, 4, 5)));

/* perf_pipe.c: the records before the first sample of what came through a pipe. */
int perf_pipe_read(struct perf_file *f, struct mm_error *err);
/* Bytes from a record to the next one: some are followed by data of their own.
 * left: bytes up to the end.  0: it does not end before that. */
uint64_t perf_step(const uint8_t *rec, uint64_t left);

/* perf_attr.c */
int perf_add_attr(struct perf_file *f, uint64_t offset, uint32_t size, const uint8_t *ids,
		  uint64_t nr_ids, struct mm_error *err);
/* All attributes are known: where records hold their id. */
int perf_attrs_done(struct perf_file *f, struct mm_error *err);

/* The attribute of a sample or of another record; NULL: there is none. */
static inline struct perf_attr *perf_attr_of(const struct perf_file *f, const uint8_t *rec,
					     uint32_t size, bool sample)
{
	uint32_t at = sample ? f->sample_id : f->end_id;
	const struct addr_entry *e;

	if (!at)
		return f->attrs;
	if (size < at + 8u)
		return NULL;
	e = addr_get(&f->ids, perf_u64(sample ? rec + at : rec + size - at) + 1);
	return e ? &f->attrs[e->slot] : NULL;
}

struct perf_sample {
	const uint8_t *raw, *chain;	/* NULL = none */
	uint32_t raw_len;
	uint64_t chain_len;		/* of 8 bytes each */
};

/* The parts of a sample behind the fixed ones; false: they overrun the record. */
bool perf_sample_parts(const struct perf_attr *a, const uint8_t *rec, uint32_t size,
		       struct perf_sample *s);

/* perf_features.c: one feature's bytes. */
int perf_feature(struct perf_file *f, unsigned int feature, uint64_t offset, uint64_t size,
		 struct mm_error *err);

/* perf_formats.c: the formats from DIR, a copy of tracing/events: of a file whose own are cut off. */
int perf_formats_load(struct perf_file *f, const char *dir, struct mm_error *err);

/* perf_check.c: resolve the kinds; -EINVAL names the event or the field that is missing. */
int perf_check(struct perf_file *f, struct dat_kinds *k, struct mm_error *err);
/* The event that shows the frees of something whose allocations were recorded, when it
 * was not recorded itself; NULL: none is missing. */
const char *perf_missing_free(const struct perf_file *f);

#endif
