/* sio_packet.h: one Socket.IO packet as it was received (protocol revision 5; revision 4 is the
 * same here but for the query that a namespace may carry).  Whatever the parser, the payload is
 * JSON text with placeholders, and the binary stands beside it. */
#ifndef PROTOCOL_SIO_PACKET_H
#define PROTOCOL_SIO_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/json_scan.h"
#include "protocol/slice.h"

/* How packets are written on the wire; both sides must use the same. */
enum sio__parser {
    SIO__PARSER_JSON, /* socket.io-parser: a text message, and a binary one for each attachment */
    SIO__PARSER_MSGPACK, /* socket.io-msgpack-parser: one binary message */
};

/* The type on the wire. */
enum sio__packet_type {
    SIO__CONNECT = 0,
    SIO__DISCONNECT = 1,
    SIO__EVENT = 2,
    SIO__ACK = 3,
    SIO__CONNECT_ERROR = 4,
    SIO__BINARY_EVENT = 5, /* on the wire only: a decoded packet says SIO__EVENT */
    SIO__BINARY_ACK = 6,   /* on the wire only: a decoded packet says SIO__ACK */
};

/* An ack id is a JavaScript number.  Up to this value it is kept as it is, so are all that we make.
 * What a peer sends beyond it (or NaN, from digits with a blank between) is kept as the bits of the
 * double, which are larger: opaque, but the encoder echoes it as the reference does. */
#define SIO__ACK_ID_EXACT (UINT64_C(1) << 53)

struct sio__packet {
    enum sio__packet_type type;
    bool has_ack;
    bool has_name;          /* false for an event without a payload (`42`) */
    bool has_placeholder;   /* some object of text has a key `_placeholder` */
    bool name_is_number;    /* `42[7]`: name is the number as JavaScript prints it */
    uint8_t text_type;      /* enum sio__json_type of text, if there is one */
    uint64_t ack_id;        /* if has_ack; see SIO__ACK_ID_EXACT */
    struct sio__slice nsp;  /* "/" by default; a query is still on it, see sio__nsp_split_query() */
    struct sio__slice name; /* of an event: unescaped UTF-8, ready to look up; may hold NUL bytes */
    struct sio__slice text; /* the payload's JSON, as it came; empty: there is none */
    struct sio__spans spans; /* elements of text if that is an array; offsets into it */
    struct sio__slice *attachments;
    uint32_t attachment_count;

    /* private: what the packet owns beside the spans and the array of attachments */
    char *text_mem, *name_mem;
    uint32_t attachments_owned; /* the first so many attachments; the rest is borrowed */
};

/* An empty packet: nothing to free. */
void sio__packet_init(struct sio__packet *p);

/* Frees what the packet owns.  Fine to do again, or on a packet that was only initialised. */
void sio__packet_fini(struct sio__packet *p);

/* Makes a packet independent of the bytes it was decoded from, for one that is to be kept beyond
 * the call that brought it.  False: out of memory, the packet is as before. */
bool sio__packet_own(struct sio__packet *p);

/**
 * Gives a packet whose type is known its payload: checks that it is JSON of the kind that goes with
 * the type, and finds the elements and the name.
 *
 * text   valid UTF-8, borrowed as long as the packet.
 *
 * SIO__JSON_BAD: it is not, or an event has no name or a reserved one.
 */
enum sio__json_verdict sio__packet_set_payload(struct sio__packet *p, struct sio__slice text);

/* Appends an attachment, which is borrowed as long as the packet.  Room grows by doubling, never by
 * what was announced.  False: out of memory. */
bool sio__packet_attach(struct sio__packet *p, struct sio__slice bytes);

/* Arguments of an event (without its name) or of an ack. */
static inline uint32_t sio__packet_arg_count(const struct sio__packet *p)
{
    return p->type == SIO__EVENT && p->has_name ? p->spans.count - 1 : p->spans.count;
}

/* Argument i, which must exist. */
static inline const struct sio__span *sio__packet_arg(const struct sio__packet *p, uint32_t i)
{
    return sio__spans_at(&p->spans, p->type == SIO__EVENT ? i + 1 : i);
}

/* The text of argument i, which must exist. */
static inline struct sio__slice sio__packet_arg_text(const struct sio__packet *p, uint32_t i)
{
    const struct sio__span *span = sio__packet_arg(p, i);

    return (struct sio__slice){p->text.ptr + span->off, span->len};
}

/* The texts of all arguments with what stands between them, no brackets: what the encoder takes as
 * args.  Empty: there are none. */
struct sio__slice sio__packet_args_text(const struct sio__packet *p);

/* The attachment that argument i itself is.  False: it is none. */
bool sio__packet_arg_binary(const struct sio__packet *p, uint32_t i, struct sio__slice *bytes);

/* Cuts a namespace of revision 4 at its '?': nsp keeps what is before, the query (without '?') is
 * returned; empty if there is none. */
struct sio__slice sio__nsp_split_query(struct sio__slice *nsp);

/* True for the names that must be neither received nor emitted: connect, connect_error, disconnect,
 * disconnecting, newListener, removeListener. */
bool sio__event_is_reserved(struct sio__slice name);

#endif
