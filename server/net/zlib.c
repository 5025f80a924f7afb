#include "server/net/zlib.h"

#include "protocol/mem.h"

/* Zeroed: zlib looks at bytes of its window that it has not written, without harm. */
void *sio__zlib_alloc(void *opaque, unsigned count, unsigned size)
{
    (void)opaque;
    return sio__calloc(count, size);
}

void sio__zlib_free(void *opaque, void *ptr)
{
    (void)opaque;
    sio__free(ptr);
}
