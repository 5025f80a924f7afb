/* restore.h: a client comes back: from the pid in its CONNECT to the packets that it missed.
 *
 * It may come to any worker, and before anybody has noticed that it was gone: then the worker that
 * has the old connection is asked to close it, and the join waits for the answer as it waits for a
 * middleware.  Home thread of the socket. */
#ifndef SERVER_IO_RESTORE_H
#define SERVER_IO_RESTORE_H

#include "server/io/socket.h"

struct sio__claim; /* an answer of another worker that is awaited */

enum sio__restore {
    SIO__RESTORE_DONE,  /* it is the old socket again, or a new one if that was not to be had */
    SIO__RESTORE_WAIT,  /* sio__join_restored() will be called */
    SIO__RESTORE_CLOSE, /* neither: its client has to be closed, and may try again */
    SIO__RESTORE_NOMEM,
};

/* A joining socket asks for what its auth says.  WAIT: *claim is set. */
enum sio__restore sio__restore_begin(struct sio_socket *socket, struct sio__claim **claim);

/* The join does not wait any more. */
void sio__claim_give_up(struct sio__claim *claim);

/* Sends what a socket that came back has missed; after its CONNECT packet, before anything else.
 * False: that is not known any more, its client has to be closed. */
bool sio__restore_replay(struct sio_socket *socket);

#endif
