/* server_side.h: events from worker to worker and server to server. */
#ifndef SERVER_IO_SERVER_SIDE_H
#define SERVER_IO_SERVER_SIDE_H

#include "rooms/op.h"
#include "server/io/space.h"

/* Notes that the handlers of an SIO__OP_SERVER_EMIT are to run.  Calls no handler.  Home thread. */
void sio__server_side_start(struct sio__space *space, struct sio__op *op);

#endif
