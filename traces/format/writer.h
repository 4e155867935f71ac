/* SPDX-License-Identifier: MIT
 *
 * Inside the writer: what writer.c (chunks and file), write.c (operations), define.c
 * (dictionaries) and check.c (what may be written) share.
 */
#ifndef TRACE_WRITER_H
#define TRACE_WRITER_H

#include "traces/format/codec.h"
#include "traces/format/intern.h"
#include "traces/format/names.h"
#include "traces/format/output.h"

enum interned { INTERN_STRING, INTERN_SITE, INTERN_STACK, INTERN_TASK, INTERNED };

struct mmt_writer {
	struct output out;
	struct encoder *encoder;
	struct packer *packer;		/* of names and index */
	bool no_answers;

	struct mmt_names names;
	struct intern interned[INTERNED];
	struct mmt_buf defs;		/* definition records not yet written */

	struct trace_op *ops;		/* the chunk being gathered */
	size_t nr, cap;
	uint32_t items_due;		/* items that the last operation still wants */
	uint8_t bulk_kind;		/* that operation's kind */
	uint64_t written;		/* operations in chunks already written */
	uint64_t chunk_time;		/* time of the last of them */

	struct mmt_buf payload;
	struct chunk_ref *refs;		/* totals.chunks of them */
	uint64_t refs_cap;
	struct trace_totals totals;
	struct mm_error error;		/* the first failure of file or memory */
};

void writer_release(struct mmt_writer *w);
int writer_fail(struct mmt_writer *w, struct mm_error *err);
int writer_put_names(struct mmt_writer *w);
int writer_put_ops(struct mmt_writer *w);	/* those gathered, as a chunk */

/* Write w->payload as the next chunk; number, size and checksum are filled in. */
int writer_put_chunk(struct mmt_writer *w, struct chunk_header *h);

/* Whether op may be written next: 0, or -EINVAL with a sentence. */
int writer_check(struct mmt_writer *w, const struct trace_op *op, struct mm_error *err);

#endif
