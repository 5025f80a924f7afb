/* cluster.h: questions to many, and servers that talk: docs/CONFORMANCE.md, "Asking many". */
#ifndef SERVER_CONFORMANCE_CLUSTER_H
#define SERVER_CONFORMANCE_CLUSTER_H

#include <sio/sio.h>

/* Before the server starts.  False: out of memory. */
bool serve_cluster(sio_ns *ns);

#endif
