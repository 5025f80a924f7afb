#include "deflate.h"

#include <stdlib.h>
#include <zlib.h>

#include "bench.h"

enum { TAIL = 4 }; /* the end of a flush, which is not sent */

bool deflate_is_offered;

char *deflate_text(const char *text, size_t len, size_t *out_len)
{
    z_stream z = {0};
    size_t room;
    char *out;

    if (deflateInit2(&z, 6, Z_DEFLATED, -15, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        die("out of memory");
    room = deflateBound(&z, len) + 16;
    out = malloc(room);
    z.next_in = (unsigned char *)text, z.avail_in = len;
    z.next_out = (unsigned char *)out, z.avail_out = room;
    if (deflate(&z, Z_SYNC_FLUSH) != Z_OK)
        die("a text cannot be deflated");
    *out_len = z.total_out - TAIL;
    deflateEnd(&z);
    return out;
}

size_t deflate_prefix(const char *deflated, size_t len, char *out, size_t room)
{
    static z_stream z;
    static bool is_ready;

    if (is_ready ? inflateReset(&z) != Z_OK : inflateInit2(&z, -15) != Z_OK)
        die("out of memory");
    is_ready = true;
    z.next_in = (unsigned char *)deflated, z.avail_in = len;
    z.next_out = (unsigned char *)out, z.avail_out = room;
    if (inflate(&z, Z_SYNC_FLUSH) < 0 && z.avail_out == room)
        die("what came cannot be inflated");
    return room - z.avail_out;
}
