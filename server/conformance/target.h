/* target.h: who is meant, as docs/CONFORMANCE.md writes it. */
#ifndef SERVER_CONFORMANCE_TARGET_H
#define SERVER_CONFORMANCE_TARGET_H

#include <sio/sio.h>

/* The target that the object describes, seen from this socket; it borrows the object's texts. */
sio_target target_read(sio_socket *socket, const json_t *spec);

#endif
