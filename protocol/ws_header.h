/* ws_header.h: the header of a WebSocket frame from a client, and its mask (RFC 6455, section 5).
 * Pure functions.  Any thread. */
#ifndef PROTOCOL_WS_HEADER_H
#define PROTOCOL_WS_HEADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SIO__WS_HEADER_MOST = 14, /* bytes: 2, a 64-bit length, the mask */
    SIO__WS_CONTROL_MOST = 125,
};

enum sio__ws_opcode {
    SIO__WS_CONTINUATION = 0x0,
    SIO__WS_TEXT = 0x1,
    SIO__WS_BINARY = 0x2,
    SIO__WS_CLOSE = 0x8,
    SIO__WS_PING = 0x9,
    SIO__WS_PONG = 0xA,
};

struct sio__ws_header {
    uint64_t len; /* payload bytes, as announced: anything below 2^63 */
    uint8_t mask[4];
    uint8_t opcode; /* enum sio__ws_opcode */
    bool is_final;
    bool is_deflated; /* RSV1: begins a message that is deflated (RFC 7692, 6) */
};

static inline bool sio__ws_is_control(const struct sio__ws_header *header)
{
    return (header->opcode & 0x8) != 0;
}

/**
 * Reads a header from the first of len bytes.  may_deflate: permessage-deflate was granted.
 * Returns its length; 0: more bytes are needed; -1: not allowed from a client (reserved bits or
 * opcode, no mask, a control frame that is long or in pieces, a length beyond 63 bits).
 */
int sio__ws_header_read(const unsigned char *ptr, size_t len, bool may_deflate,
                        struct sio__ws_header *out);

/* Takes the mask off bytes of a payload that begin at this offset of it. */
void sio__ws_unmask(unsigned char *ptr, size_t len, const uint8_t mask[4], uint64_t offset);

#endif
