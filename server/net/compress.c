#include "server/net/compress.h"

#include <limits.h>

#include "protocol/mem.h"
#include "server/net/zlib.h"

/* As many bytes as were made, at most plain.len - 1; 0: it would be more. */
static size_t deflate_into(z_stream *z, struct sio__slice plain, char *into)
{
    z->next_in = (unsigned char *)plain.ptr;
    z->avail_in = (unsigned)plain.len;
    z->next_out = (unsigned char *)into;
    z->avail_out = (unsigned)plain.len - 1;
    return deflate(z, Z_FINISH) == Z_STREAM_END ? (size_t)z->total_out : 0;
}

bool sio__compress(enum sio__coding coding, struct sio__slice plain, char **ptr, size_t *len)
{
    const int window_bits = coding == SIO__CODING_GZIP ? MAX_WBITS + 16 : MAX_WBITS;
    z_stream z = {.zalloc = sio__zlib_alloc, .zfree = sio__zlib_free};
    char *made = NULL, *smaller;
    size_t made_len = 0;

    if (plain.len > 1 && plain.len <= UINT_MAX) {
        if ((made = sio__malloc(plain.len - 1)) == NULL)
            return false;
        if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, window_bits, MAX_MEM_LEVEL,
                         Z_DEFAULT_STRATEGY) != Z_OK) {
            sio__free(made);
            return false;
        }
        made_len = deflate_into(&z, plain, made);
        deflateEnd(&z);
    }
    if (made_len == 0) {
        sio__free(made);
        made = NULL;
    } else if ((smaller = sio__realloc(made, made_len)) != NULL) {
        made = smaller;
    }
    *ptr = made;
    *len = made_len;
    return true;
}
