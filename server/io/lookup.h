/* lookup.h: a CONNECT to a namespace that this worker has no part of, or that is a child: it is
 * found, or the parents are asked for it, one after another.
 *
 * While a parent's function decides, the socket is there already, joining, in limbo: so what its
 * client sends is kept, and one that comes again or goes away is treated, as while middlewares run.
 * Home thread of the client. */
#ifndef SERVER_IO_LOOKUP_H
#define SERVER_IO_LOOKUP_H

#include "server/io/client.h"

/* The client asks for a namespace.  Runs middlewares and handlers. */
void sio__lookup_start(struct sio__client *client, struct sio__slice nsp, struct sio__slice auth);

#endif
