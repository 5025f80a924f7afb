/* gzip.h: bytes compressed once, whole, as Content-Encoding: gzip wants them.  Any thread. */
#ifndef SERVER_NET_GZIP_H
#define SERVER_NET_GZIP_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol/slice.h"

/**
 * *ptr is new memory (sio__free) of *len bytes, or NULL when the result would not be smaller.
 * False: out of memory; *ptr and *len are untouched.
 */
bool sio__gzip(struct sio__slice plain, char **ptr, size_t *len);

#endif
