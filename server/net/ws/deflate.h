/* deflate.h: permessage-deflate without context takeover (RFC 7692): each message by itself, so one
 * compressor and one decompressor serve all WebSockets of a loop.  One thread, that of the loop. */
#ifndef SERVER_NET_WS_DEFLATE_H
#define SERVER_NET_WS_DEFLATE_H

#include <sio/config.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/buf.h"
#include "protocol/frame.h"
#include "protocol/slice.h"
#include "server/net/zlib.h"
#include "server/stats.h"

enum { SIO__DEFLATE_KEPT_BYTES = 65536 }; /* of a buffer between two messages */

/* --- out ----------------------------------------------------------------------------------- */

/* Takes its memory (some 270 KiB by default) with the first message. */
struct sio__deflater {
    const sio_per_message_deflate *options;
    struct sio__stats *stats;
    z_stream z;
    bool is_ready;
    struct sio__buf out;
};

/* What is pointed to is borrowed until the fini.  Allocates nothing. */
void sio__deflater_init(struct sio__deflater *deflater, const sio_per_message_deflate *options,
                        struct sio__stats *stats);
void sio__deflater_fini(struct sio__deflater *deflater);

/* The most bytes of a payload that may go out deflated to somebody with a window of so many bits:
 * what is not longer than that window needs no other.  0 for 0. */
uint32_t sio__deflater_most(const struct sio__deflater *deflater, uint8_t window_bits);

/* Settles what goes out for a frame, if nobody has (sio__frame_settle()).  Without memory it is the
 * frame itself. */
void sio__deflater_settle(struct sio__deflater *deflater, struct sio__frame *frame);

/* --- in ------------------------------------------------------------------------------------ */

/* Takes its memory (some 110 KiB) with the first message. */
struct sio__inflater {
    z_stream z;
    bool is_ready;
    char *ptr;
    size_t len, cap;
};

enum sio__inflated {
    SIO__INFLATED,
    SIO__INFLATED_TOO_LARGE,
    SIO__INFLATED_INVALID, /* no deflate data, or not all of them */
    SIO__INFLATED_NO_MEMORY,
};

/* Allocates nothing. */
void sio__inflater_init(struct sio__inflater *inflater);
void sio__inflater_fini(struct sio__inflater *inflater);

/**
 * Inflates the payload of a whole message to at most `most` bytes; more than most + 1 are never
 * made, nor room for more.  What follows a final block is not looked at, as in the reference.
 * *out is valid until the next call of a function of the inflater.
 */
enum sio__inflated sio__inflate(struct sio__inflater *inflater, const void *ptr, size_t len,
                                size_t most, struct sio__slice *out);

/* Gives a long message's memory back. */
void sio__inflater_trim(struct sio__inflater *inflater);

#endif
