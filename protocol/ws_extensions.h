/* ws_extensions.h: what a client offers in Sec-WebSocket-Extensions (RFC 6455, 9.1) of
 * permessage-deflate (RFC 7692, 7.1), and what it is answered.  Pure functions on borrowed bytes.
 * Any thread. */
#ifndef PROTOCOL_WS_EXTENSIONS_H
#define PROTOCOL_WS_EXTENSIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "protocol/buf.h"
#include "protocol/slice.h"

/* The first offer of permessage-deflate. */
struct sio__ws_offer {
    bool is_made;
    uint8_t server_window_bits; /* the most that we may use: 8 to 15; 0: not said */
    uint8_t client_window_bits; /* the most that it will use: 8 to 15; 0: not said */
};

/**
 * Reads the header's value, of several lines joined by commas.
 * False: it breaks the grammar, or any of its offers of permessage-deflate has a parameter that is
 * unknown, twice there, or not a number of 8 to 15 where one is due; *out is then of no meaning.
 * As in the reference the whole handshake is then refused.  Numbers are decimal, without a zero
 * before them.  Other extensions are passed over.
 */
bool sio__ws_extensions_read(struct sio__slice value, struct sio__ws_offer *out);

/* Appends the value that grants the offer: no context is taken over, in neither direction, and we
 * keep to a window of so many bits, 15 or what was asked for or less. */
void sio__ws_extensions_grant(struct sio__buf *out, const struct sio__ws_offer *offer,
                              uint8_t window_bits);

#endif
