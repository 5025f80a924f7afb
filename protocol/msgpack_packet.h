/* msgpack_packet.h: Socket.IO packets as socket.io-msgpack-parser writes them: one binary message
 * with a map of `type`, `nsp`, `data` and `id`, where binary stands in its place.  What is between
 * is the same as with the JSON parser, so that nothing above this file knows the difference: see
 * sio_decoder.h and sio_encoder.h, which choose. */
#ifndef PROTOCOL_MSGPACK_PACKET_H
#define PROTOCOL_MSGPACK_PACKET_H

#include "protocol/sio_decoder.h"
#include "protocol/sio_encoder.h"

/**
 * Decodes a message, as strictly as the reference (socket.io-msgpack-parser 3.0.2).  Stricter in
 * this: an event needs a name that is not reserved, and see sio__msgpack_to_json().
 *
 * bytes   binary values of the packet are borrowed from them, all else is copied.
 * out     need not be initialised; after another result than SIO__DECODE_PACKET it holds nothing.
 * error   the reason of SIO__DECODE_BAD, a constant.
 */
enum sio__decode sio__msgpack_decode(const void *bytes, size_t len, struct sio__packet *out,
                                     const char **error);

/* What sio__encode() does with the msgpack parser: a sealed binary frame without a chain. */
sio_err sio__msgpack_encode(const struct sio__outgoing *packet, struct sio__frame **out);

#endif
