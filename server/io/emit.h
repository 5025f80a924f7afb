/* emit.h: from values to sealed packets: the one place where events and acks are encoded. */
#ifndef SERVER_IO_EMIT_H
#define SERVER_IO_EMIT_H

#include <sio/sio.h>
#include <stdarg.h>

#include "protocol/frame.h"
#include "protocol/sio_encoder.h"

/* What an event or an answer carries: arguments as they came, or else a format and its values. */
struct sio__content {
    const sio_args *args;
    const char *format;
    va_list *values;
};

/**
 * Encodes an event or an ack.
 *
 * ns       where it belongs; says the namespace and, by its server, the parser.
 * head     type, and name or ack id; the rest is filled in.
 * content  its values are used up.
 * packet   out, a new reference; written only on success.
 *
 * Any thread.  SIO_OK; SIO_EINVAL (reserved name, bad format or value); SIO_EMSGSIZE; SIO_ENOMEM.
 */
sio_err sio__emit_encode(const struct sio_ns *ns, const struct sio__outgoing *head,
                         const struct sio__content *content, struct sio__frame **packet);

/* An event for this namespace; otherwise the same. */
sio_err sio__emit_event(const struct sio_ns *ns, const char *event, bool no_compress,
                        const struct sio__content *content, struct sio__frame **packet);

#endif
