/* ack.h: acks in both directions.
 *
 * struct sio_ack: a client or another worker asked for it; the application answers, now or later,
 * on any thread. struct sio__pending: we asked; the client answers, or the timeout, or the end of
 * the socket: each callback is called exactly once.  Pending ones are the home thread's. */
#ifndef SERVER_IO_ACK_H
#define SERVER_IO_ACK_H

#include <sio/sio.h>

#include "protocol/sio_packet.h"
#include "protocol/table.h"
#include "rooms/asker.h"
#include "server/io/home.h"
#include "server/net/timers.h"

struct sio__space;

/* The ack that an event asks for; the caller releases it after the handlers.  NULL: out of memory.
 */
struct sio_ack *sio__ack_new(struct sio_socket *socket, uint64_t id);

/* The ack that a server-side emit asks for; home: of the worker that was asked.  Otherwise the
 * same.
 */
struct sio_ack *sio__ack_new_for(struct sio__asker *asker, struct sio__home *home);

struct sio__pending {
    UT_hash_handle hh;                 /* in space->pending */
    struct sio__pending *next, **link; /* in socket->pending; link points to what points here */
    struct sio_socket *socket;
    sio_answer_cb cb;
    void *user;
    struct sio__timer timeout;
    uint32_t id; /* below SIO__CROWD_ACK_ID */
};

/* Awaits an answer.  timeout_ms 0: for ever.  NULL: out of memory. */
struct sio__pending *sio__pending_new(struct sio_socket *socket, uint32_t timeout_ms,
                                      sio_answer_cb cb, void *user);

/* Forgets it without a call. */
void sio__pending_free(struct sio__pending *pending);

/* An ACK packet came, of a single emit or one to many.  Unknown ids, and those of other sockets,
 * are ignored.  Runs a callback. */
void sio__pending_answer(struct sio_socket *socket, const struct sio__packet *packet);

/* The socket is gone: every callback gets SIO_ECLOSED. */
void sio__pending_close(struct sio_socket *socket);

#endif
