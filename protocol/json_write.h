/* json_write.h: jansson values to JSON text as JavaScript would write it: compact, integral reals
 * without fraction, shortest round-trip doubles, NaN and infinities as null. */
#ifndef PROTOCOL_JSON_WRITE_H
#define PROTOCOL_JSON_WRITE_H

#include <jansson.h>
#include <sio/err.h>

#include "protocol/buf.h"

/**
 * Appends the text of a value.
 *
 * value   borrowed; only read, so it may be shared by threads that do the same.
 *
 * Returns SIO_OK; SIO_EINVAL value is NULL or nested deeper than SIO__JSON_DEPTH (so also when it
 * contains itself); SIO_ENOMEM.  After an error the buffer holds a part of the text.
 */
sio_err sio__json_write(struct sio__buf *buf, const json_t *value);

#endif
