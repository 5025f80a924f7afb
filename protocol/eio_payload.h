/* eio_payload.h: a polling body split into packets, and packets joined into one.
 * Three framings share one iterator and one joiner; no piece is copied or allocated when splitting.
 * Revision 4:        packets joined by RS (0x1E); binary as b<base64>.
 * Revision 3:        <length in UTF-16 units>:<packet>...; binary as b4<base64>.
 * Revision 3 binary: 0|1, decimal digits as bytes 0 to 9, 0xFF, content (octet-stream bodies).
 * Pure functions on borrowed bytes. Any thread. */
#ifndef PROTOCOL_EIO_PAYLOAD_H
#define PROTOCOL_EIO_PAYLOAD_H

#include "protocol/buf.h"
#include "protocol/frame.h"
#include "protocol/slice.h"

#include <stdbool.h>

#define SIO__EIO_RS '\x1e'

enum sio__eio_framing {
    SIO__EIO_FRAMING_4,
    SIO__EIO_FRAMING_3,
    SIO__EIO_FRAMING_3_BINARY,
};

/* What one WebSocket message would have been; goes to sio__eio_decode as it is. */
struct sio__eio_piece {
    struct sio__slice bytes; /* lies inside the body; may be empty, which is no packet */
    bool binary;             /* only in SIO__EIO_FRAMING_3_BINARY */
};

enum sio__eio_step {
    SIO__EIO_PIECE, /* *piece is the next one */
    SIO__EIO_END,   /* the body is used up */
    SIO__EIO_BAD,   /* framing broken from here on: `parse error`; again on every further call */
};

struct sio__eio_payload {
    struct sio__slice rest; /* not yet split */
    enum sio__eio_framing framing;
    bool done; /* revision 4: the piece after the last RS was handed out */
    bool bad;
};

/** Starts over a body, which is borrowed until the last call of next. Text bodies are UTF-8 already
 *  (repair them first: sio__utf8_repair); other bytes are safe, but counted oddly in revision 3.
 * The text pieces of a binary body are as they came: check each of them. */
void sio__eio_payload_init(struct sio__eio_payload *it, enum sio__eio_framing framing,
                           struct sio__slice body);

/** The next piece. Revision 4 never answers BAD: an empty body, and a doubled or trailing RS, give
 *  empty pieces. Pieces handed out before BAD are good and to be delivered. */
enum sio__eio_step sio__eio_payload_next(struct sio__eio_payload *it, struct sio__eio_piece *piece);

/** Appends a sealed text or binary frame and all that follow it to a body under construction: each
 *  is a packet. Revision 4 puts RS before it when out is not empty; base64 is made once for each
 *  frame. Failure is out's. */
void sio__eio_payload_join_frame(struct sio__buf *out, enum sio__eio_framing framing,
                                 struct sio__frame *f);

#endif
