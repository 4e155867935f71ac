/* SPDX-License-Identifier: MIT
 *
 * The recorded kernel's symbol table: from code address to function name.
 */
#ifndef IMPORT_SYMBOLS_H
#define IMPORT_SYMBOLS_H

#include <stddef.h>
#include <stdint.h>

struct symbol {
	uint64_t addr;
	const char *name;	/* not terminated */
	uint32_t len;
};

struct symbols {
	struct symbol *v;
	size_t n;
};

/* Parse the text of /proc/kallsyms, which must stay valid; -ENOMEM. */
int symbols_parse(struct symbols *s, const char *text, size_t n);
void symbols_free(struct symbols *s);

/* The symbol at or before addr; NULL when there is none. */
const struct symbol *symbols_find(const struct symbols *s, uint64_t addr);
uint64_t symbols_address(const struct symbols *s, const char *name);

#endif
