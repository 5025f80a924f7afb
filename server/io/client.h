/* client.h: what stands on an Engine.IO session of the Socket.IO engine: the decoder of its
 * messages and its sockets, one for each namespace that it has joined or is joining. Home thread,
 * but for the counting of references (an ack may be kept by any thread). */
#ifndef SERVER_IO_CLIENT_H
#define SERVER_IO_CLIENT_H

#include <stdatomic.h>

#include "protocol/sio_decoder.h"
#include "server/engine/session.h"
#include "server/io/home.h"

struct sio__spaces;
struct sio_socket;

struct sio__client {
    _Atomic uint32_t refs; /* the session's, and one for each ack asked for by the client */
    _Atomic bool is_gone;  /* the session has closed; may be read by any thread */
    struct sio__home *home;
    struct sio__spaces *spaces;
    struct sio__session *session; /* NULL: closed */
    struct sio__request *request; /* the session's first one; kept for its sockets */
    struct sio_socket *sockets;   /* list */
    struct sio__client *next_gone;
    bool is_old;                  /* of Engine.IO 3: packets of Socket.IO 1 and 2 */
    uint64_t toured;              /* the latest tour that has nothing for it (tour.h) */
    const char *transport;        /* the last one, when session is NULL */
    struct sio__timer connecting; /* to the first join */
    struct sio__timer attaching;  /* to the last attachment of a packet */
    struct sio__decoder decoder;
};

/* The engine's way up. */
extern const struct sio__session_events sio__client_events;

struct sio__client *sio__client_hold(struct sio__client *client); /* any thread */
void sio__client_rele(struct sio__client *client);                /* any thread */

/* True: what is sent now still goes out. */
bool sio__client_is_open(const struct sio__client *client);

/* Its socket in a namespace, NULL if it has none. */
struct sio_socket *sio__client_find(const struct sio__client *client, struct sio__slice nsp);

/* Takes a socket off the list. */
void sio__client_remove(struct sio__client *client, struct sio_socket *socket);

/* Queues a packet; the caller keeps its reference.  SIO_OK, SIO_ECLOSED, SIO_ENOMEM (then the
 * session ends at the end of the turn). */
sio_err sio__client_send(struct sio__client *client, struct sio__frame *packet);

/* The client broke the protocol: counted, logged, its session closed gracefully.  Runs handlers. */
void sio__client_violated(struct sio__client *client, const char *what);

/* Its session is closed at once: its client is on another link, or is to come anew.  Runs handlers.
 */
void sio__client_cut(struct sio__client *client);

/* Out of memory: counted, its session closed at once.  Runs handlers. */
void sio__client_discard(struct sio__client *client);

/* disconnect(true): tells it that it leaves each namespace, then closes gracefully.  Runs handlers.
 */
void sio__client_disconnect(struct sio__client *client);

/* Its sockets leave without a word to the client.  Runs handlers. */
void sio__client_leave_all(struct sio__client *client, const char *reason);

#endif
