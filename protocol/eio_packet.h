/* eio_packet.h: one Engine.IO packet, as it comes in one WebSocket message or as one piece of a
 * polling body (see eio_payload.h). Revision 4, and revision 3 for old clients.
 * Pure functions on borrowed bytes. Any thread. */
#ifndef PROTOCOL_EIO_PACKET_H
#define PROTOCOL_EIO_PACKET_H

#include "protocol/buf.h"
#include "protocol/slice.h"

#include <stdbool.h>

/* The digit on the wire. */
enum sio__eio_type {
    SIO__EIO_OPEN = 0,
    SIO__EIO_CLOSE = 1,
    SIO__EIO_PING = 2,
    SIO__EIO_PONG = 3,
    SIO__EIO_MESSAGE = 4,
    SIO__EIO_UPGRADE = 5,
    SIO__EIO_NOOP = 6,
};

enum sio__eio_encoding {
    SIO__EIO_TEXT,   /* data is text; whether it is UTF-8 was not looked at */
    SIO__EIO_RAW,    /* data is binary as it stands */
    SIO__EIO_BASE64, /* data is base64 of binary: sio__eio_binary */
};

struct sio__eio_packet {
    enum sio__eio_type type;
    enum sio__eio_encoding encoding;
    struct sio__slice data; /* without the type; lies inside the bytes that were decoded */
};

/**
 * Decodes one packet.
 *
 * revision  3 or 4.
 * binary    the bytes came as a binary WebSocket message or as a binary piece of a revision 3 body.
 * bytes     borrowed; out->data points into them.
 *
 * Returns false when they are no packet (empty, unknown type): the session ends with `parse error`.
 * What a type means now (a ping from a revision 4 client, say) is the session's business.
 */
bool sio__eio_decode(int revision, bool binary, struct sio__slice bytes,
                     struct sio__eio_packet *out);

/** Appends the bytes of a binary packet (RAW or BASE64). Failure is out's. */
void sio__eio_binary(struct sio__buf *out, const struct sio__eio_packet *packet);

/** "open", "close", ...: for logs and tests. */
const char *sio__eio_type_name(enum sio__eio_type type);

#endif
