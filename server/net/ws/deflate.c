#include "server/net/ws/deflate.h"

#include <limits.h>

#include "protocol/mem.h"

enum { TAIL_BYTES = 4 }; /* 00 00 ff ff: the end of a flush, which is not sent */

void sio__deflater_init(struct sio__deflater *deflater, const sio_per_message_deflate *options,
                        struct sio__stats *stats)
{
    *deflater = (struct sio__deflater){.options = options, .stats = stats};
}

void sio__deflater_fini(struct sio__deflater *deflater)
{
    if (deflater->is_ready)
        deflateEnd(&deflater->z);
    deflater->is_ready = false;
    sio__buf_fini(&deflater->out);
}

uint32_t sio__deflater_most(const struct sio__deflater *deflater, uint8_t window_bits)
{
    if (window_bits == 0)
        return 0;
    return window_bits >= deflater->options->window_bits ? UINT32_MAX : (uint32_t)1 << window_bits;
}

static bool get_ready(struct sio__deflater *deflater)
{
    const sio_per_message_deflate *options = deflater->options;

    if (deflater->is_ready)
        return deflateReset(&deflater->z) == Z_OK;
    deflater->z = (z_stream){.zalloc = sio__zlib_alloc, .zfree = sio__zlib_free};
    deflater->is_ready =
        deflateInit2(&deflater->z, options->level, Z_DEFLATED, -(int)options->window_bits,
                     options->mem_level, Z_DEFAULT_STRATEGY) == Z_OK;
    return deflater->is_ready;
}

/* Into deflater->out.  0: it would not be smaller, or there is no memory. */
static size_t deflate_payload(struct sio__deflater *deflater, struct sio__slice plain)
{
    z_stream *z = &deflater->z;
    size_t room = plain.len + TAIL_BYTES; /* one that is full has not been smaller */
    char *into;

    sio__buf_clear(&deflater->out);
    if (plain.len > UINT_MAX - TAIL_BYTES || !get_ready(deflater) ||
        (into = sio__buf_extend(&deflater->out, room)) == NULL)
        return 0;
    z->next_in = (unsigned char *)plain.ptr;
    z->avail_in = (unsigned)plain.len;
    z->next_out = (unsigned char *)into;
    z->avail_out = (unsigned)room;
    if (deflate(z, Z_SYNC_FLUSH) != Z_OK || z->avail_out == 0)
        return 0;
    return room - z->avail_out - TAIL_BYTES;
}

static void count(struct sio__deflater *deflater, size_t from, size_t to)
{
    SIO__COUNT(deflater->stats, messages_deflated);
    SIO__COUNT_MORE(deflater->stats, deflated_from_bytes, from);
    SIO__COUNT_MORE(deflater->stats, deflated_to_bytes, to);
}

void sio__deflater_settle(struct sio__deflater *deflater, struct sio__frame *frame)
{
    struct sio__frame *twin = NULL;
    size_t len;

    if (frame->no_compress || frame->len < deflater->options->threshold ||
        sio__frame_is_constant(frame) || sio__frame_is_settled(frame))
        return;
    len = deflate_payload(deflater, sio__frame_payload(frame));
    if (len > 0)
        twin = sio__frame_deflated_of(frame, deflater->out.ptr, len);
    if (twin != NULL)
        count(deflater, frame->len, len);
    else
        SIO__COUNT(deflater->stats, messages_not_deflated);
    sio__frame_settle(frame, twin);
    if (deflater->out.cap > SIO__DEFLATE_KEPT_BYTES)
        sio__buf_fini(&deflater->out);
}
