/* recovery.h: connections that come back: docs/CONFORMANCE.md, `--recovery`. */
#ifndef SERVER_CONFORMANCE_RECOVERY_H
#define SERVER_CONFORMANCE_RECOVERY_H

#include <sio/sio.h>

/* What a namespace answers about it. */
bool recovery_serve(sio_ns *ns);

/* The namespace that says nothing by itself. */
bool recovery_serve_quiet(sio_ns *ns);

#endif
