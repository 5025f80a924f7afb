/* incoming.h: an event from the client: catch-alls, then middlewares, then the listeners.
 *
 * An event that waits for a middleware holds up no other one.  Home thread. */
#ifndef SERVER_IO_INCOMING_H
#define SERVER_IO_INCOMING_H

#include "protocol/sio_packet.h"
#include "server/io/socket.h"

/* An event for a connected socket.  If it has to wait it is taken over, and the caller's packet is
 * empty afterwards; over config.max_waiting_bytes the client is closed.  Runs handlers. */
void sio__incoming_event(struct sio_socket *socket, struct sio__packet *packet);

/* Forgets the events that wait; the socket leaves. */
void sio__incoming_drop(struct sio_socket *socket);

/* The `error` listeners.  Runs handlers. */
void sio__incoming_error(struct sio_socket *socket, const sio_socket_error *error);

#endif
