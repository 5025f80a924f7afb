/* compress.h: bytes compressed once, whole, as Content-Encoding wants them.  Any thread. */
#ifndef SERVER_NET_COMPRESS_H
#define SERVER_NET_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "protocol/slice.h"

#include "server/net/coding.h"

/**
 * coding  gzip, or deflate, which is zlib's format.
 * *ptr is new memory (sio__free) of *len bytes, or NULL when the result would not be smaller.
 * False: out of memory; *ptr and *len are untouched.
 */
bool sio__compress(enum sio__coding coding, struct sio__slice plain, char **ptr, size_t *len);

#endif
