/* fetch.h: snapshots of sockets, taken on each worker at the end of the turn in which it was asked,
 * since the application describes the data.  Home thread; a snapshot may go to any. */
#ifndef SERVER_IO_FETCH_H
#define SERVER_IO_FETCH_H

#include "rooms/op.h"
#include "server/io/space.h"

struct sio_remote_socket {
    struct sio__snapshot base; /* first */
    sio_ns *ns;
    struct sio__request *request; /* of its session */
    int64_t issued_ms;
    struct sio__slice id; /* NUL-terminated, like auth and data behind the rooms */
    struct sio__slice auth, data;
    size_t room_count;
    struct sio__slice rooms[];
};

/* Notes who is meant by an SIO__OP_FETCH.  Calls no handler. */
void sio__fetch_start(struct sio__space *space, const struct sio__op *op);

#endif
