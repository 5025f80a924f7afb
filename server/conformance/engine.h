/* engine.h: the hooks of --hooks, middlewares and session ids of --engine-app, and the event `conn`
 * (docs/CONFORMANCE.md). */
#ifndef SERVER_CONFORMANCE_ENGINE_H
#define SERVER_CONFORMANCE_ENGINE_H

#include <sio/sio.h>

/* Each for both engines, before the start; sets their hooks. */
sio_err engine_hooks(sio_server *server);
sio_err engine_app(sio_server *server);

/* Events of a namespace.  False: out of memory. */
bool engine_serve(sio_ns *ns);

#endif
