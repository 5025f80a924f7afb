/* sio_encoder.h: Socket.IO packets to sealed frames, ready for every transport.
 * With the JSON parser a text frame holds the Engine.IO message (`4` and the packet); attachments
 * are binary frames that hang on its `next`, in order.  With the msgpack parser one binary frame
 * holds it all (msgpack_packet.h).  Callers say the same in both cases: JSON texts and attachments.
 * Stateless, any thread. */
#ifndef PROTOCOL_SIO_ENCODER_H
#define PROTOCOL_SIO_ENCODER_H

#include <sio/err.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/frame.h"
#include "protocol/sio_packet.h"
#include "protocol/slice.h"

/* A packet to be sent.  Everything is borrowed for the call of sio__encode().  Zero means absent.
 */
struct sio__outgoing {
    enum sio__packet_type type; /* never a BINARY_ one: attachments decide that */
    bool is_volatile;           /* a full queue may drop it, attachments and all */
    bool no_compress;           /* not worth it */
    bool has_ack;
    enum sio__parser parser; /* of the server; sio__emit_encode() sets it */
    uint64_t ack_id;         /* own ids start at 0 and stay below 2^31 for the Java client */
    struct sio__slice nsp;   /* empty means "/" */
    struct sio__slice name;  /* EVENT: UTF-8, escaped here */
    struct sio__slice
        args; /* EVENT, ACK: JSON texts of the arguments with commas between, no brackets */
    struct sio__slice offset;  /* EVENT: recovery offset, appended as last argument; empty: none */
    struct sio__slice payload; /* CONNECT, CONNECT_ERROR: JSON text; empty: none */
    const struct sio__slice *attachments; /* EVENT, ACK */
    size_t attachment_count;
};

/**
 * Encodes a packet.  args and payload are trusted to be valid JSON (sio__json_pack() or the scanner
 * has seen them) and placeholders in them to fit the attachments.
 *
 * out   the first frame, new reference, caller releases; the whole chain hangs on it.  Written only
 * on success.
 *
 * Returns SIO_OK; SIO_EINVAL the name is reserved or not UTF-8, the type is a BINARY_ one, or it is
 * too deep or too large for msgpack; SIO_ENOMEM.
 */
sio_err sio__encode(const struct sio__outgoing *packet, struct sio__frame **out);

/* Writes the offset into an event that was encoded with SIO__OFFSET_ROOM (protocol/sio_offset.h) as
 * its offset.  Only while the caller has the one reference: nobody else may see it change. */
void sio__stamp(struct sio__frame *packet, uint64_t seq);

/* The common small ones, otherwise like sio__encode(). */
sio_err sio__encode_connect(enum sio__parser parser, struct sio__slice nsp,
                            struct sio__slice payload, struct sio__frame **out);
sio_err sio__encode_connect_error(enum sio__parser parser, struct sio__slice nsp,
                                  struct sio__slice payload, struct sio__frame **out);
sio_err sio__encode_disconnect(enum sio__parser parser, struct sio__slice nsp,
                               struct sio__frame **out);

#endif
