/* listeners.h: the namespace /listeners, whose sockets listen as their clients say
 * (docs/CONFORMANCE.md). */
#ifndef SERVER_CONFORMANCE_LISTENERS_H
#define SERVER_CONFORMANCE_LISTENERS_H

#include <sio/sio.h>

/* False: out of memory. */
bool listeners_serve(sio_ns *ns);

#endif
