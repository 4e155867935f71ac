/* SPDX-License-Identifier: MIT
 *
 * What operations refer to: strings, sites and stacks, tasks, caches, and the
 * metadata.  One table type serves the writer (with interning on top) and the
 * reader; ids are given in order of definition, from 1, so that a definition
 * on disk needs no number.  The definition records' bytes are made and read
 * here too.
 */
#ifndef TRACE_NAMES_H
#define TRACE_NAMES_H

#include "traces/format/mmt.h"
#include "traces/format/wire.h"

/* Longest string, metadata value (bytes) and deepest stack (frames). */
#define MMT_STRING_MAX	(1u << 20)
#define MMT_STACK_MAX	4096u

struct site_def {
	uint32_t name;		/* string id; 0: a stack */
	uint32_t nr_frames;
	const uint32_t *frames;
};

struct task_def {
	int32_t pid;
	uint32_t comm;		/* string id */
};

struct cache_def {
	uint32_t name;		/* string id */
	uint32_t size, align, flags;
};

struct meta_def {
	char *key, *value;
};

/* Zero-initialise; ids 1..nr_X are defined (nr counts the definitions). */
struct mmt_names {
	const char **strings;
	struct site_def *sites;
	struct task_def *tasks;
	struct cache_def *caches;
	struct meta_def *meta;
	uint32_t nr_strings, nr_sites, nr_tasks, nr_caches, nr_meta;
	uint32_t cap_strings, cap_sites, cap_tasks, cap_caches, cap_meta;
	struct names_block *blocks;	/* stable storage of strings and frames */
};

/* Each returns the new id, 0 when out of memory or at the limit of ids. */
uint32_t names_add_string(struct mmt_names *n, const char *s, size_t len);
uint32_t names_add_site(struct mmt_names *n, uint32_t name);
uint32_t names_add_stack(struct mmt_names *n, const uint32_t *frames, uint32_t nr);
uint32_t names_add_task(struct mmt_names *n, int32_t pid, uint32_t comm);
uint32_t names_add_cache(struct mmt_names *n, const struct cache_def *c);
int names_set_meta(struct mmt_names *n, const char *key, size_t key_len,
		   const char *value, size_t value_len);
const char *names_string(const struct mmt_names *n, uint32_t id); /* "?" if unknown */
void names_free(struct mmt_names *n);

/* Append the definition record of the newest entry of a kind to b. */
void names_put_string(const struct mmt_names *n, struct mmt_buf *b);
void names_put_site(const struct mmt_names *n, struct mmt_buf *b);
void names_put_task(const struct mmt_names *n, struct mmt_buf *b);
void names_put_cache(const struct mmt_names *n, struct mmt_buf *b);
void names_put_meta(struct mmt_buf *b, const char *key, const char *value);

/* Add every definition record of a names chunk.  -EINVAL with a sentence about
 * the record (the caller adds file and place), or -ENOMEM. */
int names_read(struct mmt_names *n, struct mmt_view v, struct mm_error *err);

#endif
