/* steps.h: a namespace with several middlewares: docs/CONFORMANCE.md, "`/steps`". */
#ifndef SERVER_CONFORMANCE_STEPS_H
#define SERVER_CONFORMANCE_STEPS_H

#include <sio/sio.h>

/* Before the server starts.  False: out of memory. */
bool serve_steps(sio_ns *ns);

#endif
