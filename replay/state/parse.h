/* SPDX-License-Identifier: MIT
 *
 * parse: the pieces of the state reader; internal to replay/state.
 */
#ifndef REPLAY_STATE_PARSE_H
#define REPLAY_STATE_PARSE_H

#include <jansson.h>

#include "replay/state/state.h"

/* consts.txt */
struct consts {
	struct { char name[48]; uint64_t value; } *value;
	uint32_t nr_value;
	struct mm_cache_state *cache;	/* file order */
	uint32_t nr_cache;
	struct mm_kmalloc_state *kmalloc;
	uint32_t nr_kmalloc;
};
int consts_read(struct consts *c, const char *dir, struct mm_error *err);
void consts_free(struct consts *c);
bool consts_value(const struct consts *c, const char *name, uint64_t *value);
/* The first line with this address and name. */
const struct mm_cache_state *consts_cache(const struct consts *c, uint32_t ptr, const char *name);

/* Reading JSON with errors that name file, line and key. */
struct jin {
	const char *file;
	unsigned int line;
	const struct consts *consts;
	struct mm_error *err;
};
int jfail(const struct jin *in, const char *where, const char *key, const char *found,
	  const char *expected);
/* Members of an object: integers in [min, max], arrays, objects. */
int jint(const struct jin *in, const json_t *obj, const char *where, const char *key,
	 int64_t min, int64_t max, int64_t *out);
int ju32(const struct jin *in, const json_t *obj, const char *where, const char *key,
	 uint32_t max, uint32_t *out);
int jarray(const struct jin *in, const json_t *obj, const char *where, const char *key,
	   json_t **out);
int jobject(const struct jin *in, const json_t *obj, const char *where, const char *key,
	    json_t **out);
/* An array of integers in [0, max] of exactly n entries into out. */
int jrow(const struct jin *in, const json_t *row, const char *where, uint32_t n, uint32_t max,
	 uint32_t *out);
void *jalloc(const struct jin *in, const char *where, size_t n, size_t size, int *ret);

int parse_zones(const struct jin *in, const json_t *root, struct mm_state *s);
int parse_slabs(const struct jin *in, const json_t *root, struct mm_state *s);
int parse_virt(const struct jin *in, const json_t *root, struct mm_state *s);

/* kpageflags of the folder, if there: which frames are on an LRU list. */
int lru_read(struct mm_state *s, const char *dir, struct mm_error *err);

/* The machine of the folder. */
struct meta { char kernel[128], append[256]; uint32_t mem_mb; };
int meta_read(struct meta *m, const char *dir, struct mm_error *err);
int config_derive(struct mm_config *c, const char *dir, const struct consts *k,
		  const struct meta *m, const struct mm_state *first, struct mm_error *err);

/* One line of a boot log: a range of the firmware's map if it is one. */
int config_e820_line(struct mm_config *c, const char *line, struct mm_error *err);
/* What the constants tell of the kernel's configuration. */
void config_constants(struct mm_config *c, const struct consts *k, const struct meta *m);

/* Whole pages of RAM in the firmware's map. */
uint64_t config_ram_pages(const struct mm_config *c);
/* Do a kernel's name, found in a file of dir, and its constants agree on PAE? */
int config_check_kernel(const struct mm_config *c, const char *dir, const char *file,
			const char *kernel, struct mm_error *err);

#define PFN_LIMIT 0x1000000u	/* frames of 64 GiB, the most that PAE reaches */

#endif
