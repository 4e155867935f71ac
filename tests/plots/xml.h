/* SPDX-License-Identifier: MIT
 *
 * xml: is a text well-formed XML?  Enough for SVG: elements nest and close,
 * attributes are quoted and not given twice, entities are the five of XML or
 * numeric, there is one root.
 */
#ifndef TESTS_XML_H
#define TESTS_XML_H

#include <stddef.h>

/* NULL when well-formed, else what is wrong and where (valid until the next call). */
const char *xml_fault(const char *text);

/* Start tags of that name. */
size_t xml_count(const char *text, const char *name);

#endif
