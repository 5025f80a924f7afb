/* dynamic.h: parent namespaces, and one that tells of new namespaces: docs/CONFORMANCE.md, "Dynamic
 * namespaces". */
#ifndef SERVER_CONFORMANCE_DYNAMIC_H
#define SERVER_CONFORMANCE_DYNAMIC_H

#include <sio/sio.h>

/* Before the server starts; serve: what a child's sockets get.  False: out of memory. */
bool dynamic_serve(sio_server *server, bool (*serve)(sio_ns *ns));

#endif
