/* json_read.h: JSON text that the scanner has accepted to a jansson value.
 *
 * Unlike jansson's own reader it takes everything that JavaScript takes: a number that is no int64
 * is a real, an infinite one is null, a lone surrogate becomes U+FFFD, keys may hold
 * NUL. */
#ifndef PROTOCOL_JSON_READ_H
#define PROTOCOL_JSON_READ_H

#include <jansson.h>
#include <stddef.h>

/* Returns a new reference, caller releases; NULL: out of memory. */
json_t *sio__json_read(const char *text, size_t len);

#endif
