/* context.h: the certificates of a server and what it asks of its clients, shared by its workers.
 * New connections take them as they are at that moment; a reload changes nothing for those that are
 * open.  Any thread, but for new and free. */
#ifndef SERVER_NET_TLS_CONTEXT_H
#define SERVER_NET_TLS_CONTEXT_H

#include <sio/config.h>
#include <sio/err.h>

#include "server/log.h"

struct sio__tls_context;

/* config and log are borrowed until the free.  SIO_EIO: a file cannot be read, or is not what it
 * should be; SIO_EINVAL: a field is wrong, or certificate and key do not belong together;
 * SIO_ENOMEM.  The reason goes to the log. */
sio_err sio__tls_context_new(struct sio__tls_context **out, const sio_tls *config,
                             const struct sio__log *log);

/* Reads the files again.  After an error, as above, what was there goes on to be used. */
sio_err sio__tls_context_reload(struct sio__tls_context *context);

/* After the last connection.  NULL is allowed. */
void sio__tls_context_free(struct sio__tls_context *context);

#endif
