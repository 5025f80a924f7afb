/* crowd.h: those of one worker who owe the answer to one emit with ack to many.
 * They all have the same ack id.  Who leaves its namespace is not waited for.  Home thread. */
#ifndef SERVER_IO_CROWD_H
#define SERVER_IO_CROWD_H

#include "protocol/sio_packet.h"
#include "rooms/op.h"
#include "server/io/space.h"

struct sio_socket;

/* Ack ids from here on, below 2^31, are of crowds; smaller ones of single sockets. */
#define SIO__CROWD_ACK_ID (UINT32_C(1) << 30)

/* One that owes; in its crowd's table, on its socket's list. */
struct sio__owed {
    struct sio_socket *socket; /* NULL: a free place */
    struct sio__crowd *crowd;
    struct sio__owed *next, **link; /* in socket->owed; link NULL: it has answered */
};

/* Sends the packet of an SIO__OP_EMIT_ACK to everybody meant and awaits their answers.  Calls no
 * handler. */
void sio__crowd_emit(struct sio__space *space, const struct sio__op *op);

/* An ACK packet with an id of crowds came.  What nobody waits for is ignored. */
void sio__crowd_answer(struct sio_socket *socket, const struct sio__packet *packet);

/* The socket leaves: its answers are no longer awaited. */
void sio__crowd_leave(struct sio_socket *socket);

#endif
