/* sio_decoder.h: messages of one client to Socket.IO packets, verdict for verdict as the reference
 * (socket.io-parser 4.2.7, or socket.io-msgpack-parser 3.0.2, see msgpack_packet.h).  It belongs to
 * the client, not to a transport: attachments may come by
 * another one than their header.
 *
 * States:   idle --text of type 5 or 6--> pending --last attachment--> idle
 *           any  --BAD or NOMEM--> idle, and the client's session is to be closed
 * Whoever owns the decoder runs a deadline while it is pending.  One thread at a time. */
#ifndef PROTOCOL_SIO_DECODER_H
#define PROTOCOL_SIO_DECODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/frame.h"
#include "protocol/sio_packet.h"

#define SIO__DECODER_MAX_ATTACHMENTS 10 /* the reference's default */

enum sio__decode {
    SIO__DECODE_PACKET, /* out is a packet; the caller ends it with sio__packet_fini() */
    SIO__DECODE_MORE,   /* attachments are due */
    SIO__DECODE_BAD,    /* error says why */
    SIO__DECODE_NOMEM,
};

/* Of the JSON parser; a packet of the other one is a single message. */
struct sio__decoder_limits {
    uint32_t max_attachments;    /* of one packet */
    size_t max_attachment_bytes; /* of one packet, all together; 0: no limit */
};

struct sio__decoder {
    enum sio__parser parser;
    struct sio__decoder_limits limits;
    const char *error;           /* after SIO__DECODE_BAD: the reference's message, valid until the
                                    next call */
    struct sio__packet *pending; /* waits for attachments; NULL: idle */
    uint32_t attachments_due;    /* attachments that the pending packet announced */
    size_t attachment_bytes;     /* held for the pending packet */
    char error_text[32];         /* private: an error with a number in it */
};

void sio__decoder_init(struct sio__decoder *d, enum sio__parser parser,
                       struct sio__decoder_limits limits);
void sio__decoder_fini(struct sio__decoder *d);

/* Forgets a packet that waits for attachments. */
void sio__decoder_reset(struct sio__decoder *d);

/**
 * Takes a text message (what follows the Engine.IO `4`).
 *
 * text   valid UTF-8.  A packet made of it borrows it: it must stay until the packet is ended or
 *        sio__packet_own() was called.  Nothing of it is kept after another result.
 * out    need not be initialised; after another result it holds nothing.
 */
enum sio__decode sio__decoder_text(struct sio__decoder *d, const char *text, size_t len,
                                   struct sio__packet *out);

/**
 * Takes a binary message.  With the msgpack parser it is a packet, which borrows its binary values
 * from the message; else an attachment.  The last attachment of a packet is borrowed by it, like
 * the text above; earlier ones are copied.
 */
enum sio__decode sio__decoder_binary(struct sio__decoder *d, const void *bytes, size_t len,
                                     struct sio__packet *out);

/**
 * Reads again what sio__encode() has made, with either parser; for whoever is to see what goes out.
 *
 * frame  a whole packet with its chain, borrowed by the packet.  A recovery offset in it is its
 * last argument.
 *
 * SIO__DECODE_PACKET or SIO__DECODE_NOMEM.
 */
enum sio__decode sio__decode_sent(enum sio__parser parser, const struct sio__frame *frame,
                                  struct sio__packet *out);

#endif
