#ifndef BENCH_DEFLATE_H
#define BENCH_DEFLATE_H

#include <stdbool.h>
#include <stddef.h>

/* permessage-deflate, without context takeover in either direction (RFC 7692). */

enum { DEFLATE_KEPT = 512 }; /* deflated bytes in which the beginning of a message lies */

/* --deflate: clients offer it. */
extern bool deflate_is_offered;

/* The payload of a deflated message, malloc()ed. */
char *deflate_text(const char *text, size_t len, size_t *out_len);

/* The first bytes of a message from its first deflated ones; returns how many. */
size_t deflate_prefix(const char *deflated, size_t len, char *out, size_t room);

#endif
