/* zlib.h: zlib on our heap, so that its allocations are counted and may be made to fail. */
#ifndef SERVER_NET_ZLIB_H
#define SERVER_NET_ZLIB_H

#include <zlib.h>

/* For z_stream.zalloc and z_stream.zfree. */
void *sio__zlib_alloc(void *opaque, unsigned count, unsigned size);
void sio__zlib_free(void *opaque, void *ptr);

#endif
