/* msgpack_json.h: values of msgpack to JSON text and back, with the binary beside it: what the rest
 * of the code knows as the arguments of an event, whatever was on the wire. */
#ifndef PROTOCOL_MSGPACK_JSON_H
#define PROTOCOL_MSGPACK_JSON_H

#include <sio/err.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol/buf.h"
#include "protocol/json_placeholder.h"
#include "protocol/json_scan.h"
#include "protocol/msgpack.h"
#include "protocol/sio_packet.h"

/* Whether a value may be the key of a map: JavaScript's text of it is of some use. */
bool sio__msgpack_is_key(enum sio__msgpack_kind kind);

/**
 * Appends the JSON text of one value, as JSON.stringify() would write what notepack.io makes of it:
 *
 *     undefined        null in an array; in a map its key is left out
 *     Date             its ISO text; null if it is invalid
 *     NaN              null
 *     Infinity         1e999, which reads as infinity again (JSON.stringify() says null)
 *     integer          exact, all 64 bits
 *     str              UTF-8; what is none becomes U+FFFD
 *     bin              a placeholder, and an attachment of the packet
 *     ext TYPE BYTES   [TYPE, BYTES], the bytes as a bin
 *     key of a map     a string as it is; a number, nil, true, false and undefined as JavaScript's
 *                      String() has them; any other is refused
 *
 * r        moved past the value.
 * packet   gets the attachments, which borrow the bytes that are read.  NULL: binary is written as
 *          JSON.stringify() writes a Buffer, {"type":"Buffer","data":[...]}.
 *
 * SIO__JSON_BAD: no whole value, a key that is refused, more than SIO__JSON_DEPTH levels, or,
 * beside binary, a map that looks like a placeholder (its `_placeholder` is true).
 */
enum sio__json_verdict sio__msgpack_to_json(struct sio__msgpack_reader *r, struct sio__buf *json,
                                            struct sio__packet *packet);

/* JSON texts that are to become values of msgpack. */
struct sio__json_values {
    uint32_t count; /* of the values */

    /* private */
    struct sio__slice text;
    const struct sio__slice *attachments;
    struct sio__places places;
    struct sio__json_counts {
        uint32_t *items; /* of each array and object, in the order of their beginnings */
        size_t count, cap;
    } counts;
};

/**
 * text     values with commas between them, accepted by the scanner, their placeholders legal;
 *          borrowed like the attachments until fini.
 * values   ended with sio__json_values_fini(), also after an error.
 *
 * SIO_OK; SIO_EINVAL more than SIO__JSON_DEPTH levels; SIO_ENOMEM.
 */
sio_err sio__json_values_init(struct sio__json_values *values, struct sio__slice text,
                              const struct sio__slice *attachments, uint32_t attachment_count);
void sio__json_values_fini(struct sio__json_values *values);

/* Writes the values one after another, without a head; numbers as sio__msgpack_put_real() has them,
 * but plain integers of 64 bits are exact; binary for placeholders.  False: out of memory. */
bool sio__json_values_put(const struct sio__json_values *values, struct sio__msgpack_sink *sink);

#endif
