/* handshake.h: all that a socket knows of its first request, as one object. */
#ifndef SERVER_CONFORMANCE_HANDSHAKE_H
#define SERVER_CONFORMANCE_HANDSHAKE_H

#include <sio/sio.h>

/* A new reference; NULL: out of memory. */
json_t *handshake_json(const sio_socket *socket);
json_t *remote_handshake_json(const sio_remote_socket *socket);

#endif
