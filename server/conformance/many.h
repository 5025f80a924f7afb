/* many.h: what one client does with many: docs/CONFORMANCE.md, "Many at once". */
#ifndef SERVER_CONFORMANCE_MANY_H
#define SERVER_CONFORMANCE_MANY_H

#include <sio/sio.h>

/* Before the server starts.  False: out of memory. */
bool serve_many(sio_ns *ns);

#endif
