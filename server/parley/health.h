/* health.h: GET /healthz, and asking it (for a container's health check). */
#ifndef PARLEY_HEALTH_H
#define PARLEY_HEALTH_H

#include <sio/sio.h>

/* Before the server starts. */
sio_err health_init(sio_server *server);

/* Asks the parley on this port of the local host, with TLS or without.  True: it answers that it is
 * well. */
bool health_check(uint16_t port, bool is_secure);

#endif
