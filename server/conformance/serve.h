/* serve.h: what the conformance server does with its clients: docs/CONFORMANCE.md. */
#ifndef SERVER_CONFORMANCE_SERVE_H
#define SERVER_CONFORMANCE_SERVE_H

#include <sio/sio.h>

/* Sets up the namespaces of a server that does not run yet.  False: out of memory. */
bool serve(sio_server *server);

#endif
