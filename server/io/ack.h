/* ack.h: acks in both directions.
 *
 * struct sio_ack: a client asked for it; the application answers, now or later, on any thread.
 * struct sio__pending: we asked; the client answers, or the timeout, or the end of the socket: each
 * callback is called exactly once.  Pending ones are the home thread's. */
#ifndef SERVER_IO_ACK_H
#define SERVER_IO_ACK_H

#include <sio/sio.h>

#include "protocol/sio_packet.h"
#include "protocol/table.h"
#include "server/net/timers.h"

struct sio__space;

/* The ack that an event asks for; the caller releases it after the handlers.  NULL: out of memory.
 */
struct sio_ack *sio__ack_new(struct sio_socket *socket, uint64_t id);

struct sio__pending {
    UT_hash_handle hh;                 /* in space->pending */
    struct sio__pending *next, **link; /* in socket->pending; link points to what points here */
    struct sio_socket *socket;
    sio_answer_cb cb;
    void *user;
    struct sio__timer timeout;
    uint32_t id; /* below 2^31, which clients rely on */
};

/* Awaits an answer.  timeout_ms 0: for ever.  NULL: out of memory. */
struct sio__pending *sio__pending_new(struct sio_socket *socket, uint32_t timeout_ms,
                                      sio_answer_cb cb, void *user);

/* Forgets it without a call. */
void sio__pending_free(struct sio__pending *pending);

/* An ACK packet came.  Unknown ids, and those of other sockets, are ignored.  Runs a callback. */
void sio__pending_answer(struct sio_socket *socket, const struct sio__packet *packet);

/* The socket is gone: every callback gets SIO_ECLOSED. */
void sio__pending_close(struct sio_socket *socket);

#endif
