#include "server/net/ws/deflate.h"

#include "protocol/mem.h"

enum {
    WINDOW_BITS = 15,    /* whatever the client keeps to */
    AT_BLOCK_END = 0x80, /* of z_stream.data_type, whose low bits are bits of a byte not yet used */
    BITS_LEFT = 0x3f,
};

void sio__inflater_init(struct sio__inflater *inflater)
{
    *inflater = (struct sio__inflater){.is_ready = false};
}

void sio__inflater_fini(struct sio__inflater *inflater)
{
    if (inflater->is_ready)
        inflateEnd(&inflater->z);
    sio__free(inflater->ptr);
    sio__inflater_init(inflater);
}

void sio__inflater_trim(struct sio__inflater *inflater)
{
    if (inflater->cap <= SIO__DEFLATE_KEPT_BYTES)
        return;
    sio__free(inflater->ptr);
    inflater->ptr = NULL;
    inflater->cap = 0;
}

static bool get_ready(struct sio__inflater *inflater)
{
    inflater->len = 0;
    if (inflater->is_ready)
        return inflateReset(&inflater->z) == Z_OK;
    inflater->z = (z_stream){.zalloc = sio__zlib_alloc, .zfree = sio__zlib_free};
    inflater->is_ready = inflateInit2(&inflater->z, -WINDOW_BITS) == Z_OK;
    return inflater->is_ready;
}

/* At most one byte more than is allowed, by which it is seen to be too large. */
static bool grow(struct sio__inflater *inflater, size_t most)
{
    size_t cap = inflater->cap == 0 ? SIO__DEFLATE_KEPT_BYTES : inflater->cap * 2;
    char *ptr;

    if (cap > most + 1)
        cap = most + 1;
    if ((ptr = sio__realloc(inflater->ptr, cap)) == NULL)
        return false;
    inflater->ptr = ptr;
    inflater->cap = cap;
    return true;
}

static size_t room_of(const struct sio__inflater *inflater, size_t most)
{
    size_t end = inflater->cap < most + 1 ? inflater->cap : most + 1;

    return end - inflater->len;
}

static enum sio__inflated step(struct sio__inflater *inflater, size_t room, int *result)
{
    z_stream *z = &inflater->z;

    z->next_out = (unsigned char *)inflater->ptr + inflater->len;
    z->avail_out = (unsigned)(room < UINT32_MAX ? room : UINT32_MAX);
    room = z->avail_out;
    *result = inflate(z, Z_NO_FLUSH);
    inflater->len += room - z->avail_out;
    if (*result == Z_MEM_ERROR)
        return SIO__INFLATED_NO_MEMORY;
    return *result == Z_OK || *result == Z_STREAM_END || *result == Z_BUF_ERROR
               ? SIO__INFLATED
               : SIO__INFLATED_INVALID;
}

/* All of these bytes, or up to the end of the data. */
static enum sio__inflated feed(struct sio__inflater *inflater, const void *ptr, size_t len,
                               size_t most, int *result)
{
    z_stream *z = &inflater->z;
    enum sio__inflated how = SIO__INFLATED;
    size_t room;

    z->next_in = (unsigned char *)ptr;
    z->avail_in = (unsigned)len;
    do {
        if (inflater->len > most)
            return SIO__INFLATED_TOO_LARGE;
        if ((room = room_of(inflater, most)) == 0 && !grow(inflater, most))
            return SIO__INFLATED_NO_MEMORY;
        how = step(inflater, room_of(inflater, most), result);
    } while (how == SIO__INFLATED && *result != Z_STREAM_END && z->avail_out == 0);
    return inflater->len > most ? SIO__INFLATED_TOO_LARGE : how; /* also if it then is wrong */
}

/* Between two blocks, with nothing of a byte left over. */
static bool is_at_end(const struct sio__inflater *inflater, int result)
{
    return result == Z_STREAM_END ||
           (inflater->z.data_type & (AT_BLOCK_END | BITS_LEFT)) == AT_BLOCK_END;
}

enum sio__inflated sio__inflate(struct sio__inflater *inflater, const void *ptr, size_t len,
                                size_t most, struct sio__slice *out)
{
    static const unsigned char tail[] = {0x00, 0x00, 0xff, 0xff};
    enum sio__inflated how;
    int result = Z_OK;

    if (!get_ready(inflater))
        return SIO__INFLATED_NO_MEMORY;
    how = feed(inflater, ptr, len, most, &result);
    if (how == SIO__INFLATED && !is_at_end(inflater, result)) /* some clients send the tail too */
        how = feed(inflater, tail, sizeof tail, most, &result);
    if (how == SIO__INFLATED && !is_at_end(inflater, result))
        how = SIO__INFLATED_INVALID; /* the tail is within a block: something is missing */
    *out = sio__slice_make(inflater->ptr, inflater->len);
    return how;
}
