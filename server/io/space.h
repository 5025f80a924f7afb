/* space.h: namespaces: what an application defined, and each worker's part of it.
 *
 * struct sio_ns is the definition: a name, middlewares and handlers; shared by all workers and
 * unchanging while the server runs.  struct sio__space is one worker's part: the sockets that live
 * there, their rooms, and the acks that are awaited of them.
 *
 * User code never runs while a set is walked: what an op does to a socket beyond its rooms and its
 * queue is noted and done by sio__spaces_turn(), and so is every free. */
#ifndef SERVER_IO_SPACE_H
#define SERVER_IO_SPACE_H

#include <sio/sio.h>

#include "protocol/table.h"
#include "rooms/op.h"
#include "rooms/room_index.h"
#include "server/io/ears.h"
#include "server/io/adapter_ordered.h"
#include "server/io/home.h"
#include "server/server.h"

struct sio__client;
struct sio__crowd;
struct sio__pending;
struct sio__sent;
struct sio__survey;

/* Something to be done at the end of the turn, since it runs handlers or must not be seen before.
 */
struct sio__job {
    struct sio__job *next;
    void (*run)(struct sio__job *job); /* frees it */
};

struct sio_ns {
    struct sio_ns *next;
    sio_server *server;
    struct sio__ears ears;
    struct sio__ears server_side; /* events only */
    _Atomic size_t socket_count;  /* connected, of all workers */
    size_t name_len;
    char name[]; /* with its '/', NUL-terminated */
};

struct sio__space {
    UT_hash_handle hh; /* in spaces->by_name */
    struct sio_ns *ns;
    struct sio__spaces *spaces;
    struct sio__room_index rooms; /* every socket, also those whose middlewares still run */
    struct sio__room_watch watch; /* of rooms, if somebody listens (room_changes.h) */
    struct sio__pending *pending; /* table: acks awaited of clients, by id */
    struct sio__crowd *crowds;    /* table: the same of many, by id */
    uint32_t next_ack_id;
    bool is_heard; /* somebody listens, or did once, to what its sockets are sent */
};

/* All that one worker has of the Socket.IO layer. */
struct sio__spaces {
    struct sio__worker *worker;
    struct sio__home *home;
    struct sio__space *by_name;       /* table */
    struct sio_socket *doomed;        /* list: to be disconnected at the end of the turn */
    struct sio_socket *gone;          /* list: to be freed then */
    struct sio__client *gone_clients; /* list: to be released then */
    struct sio__letter *decided;      /* list: decisions that chains wait for, in their order */
    struct sio__letter **decided_end;
    struct sio__sent *sent; /* list: what outgoing listeners are to hear, in its order */
    struct sio__sent **sent_end;
    bool is_telling;       /* them */
    struct sio__job *jobs; /* list: to be done at the end of the turn, in their order */
    struct sio__job **jobs_end;
    struct sio__survey *surveys; /* list: those that wait for replies */
    struct sio__letter *settled; /* list: surveys whose callback is due, in their order */
    struct sio__letter **settled_end;
    bool is_closed; /* after the shutdown: nothing new is asked */
    uint32_t id_counter;
    struct sio__op_reader reader; /* with recovery; else all zero */
    struct sio__timer expiring;   /* of the first worker: what is kept for too long */
};

static inline struct sio__slice sio__ns_name(const struct sio_ns *ns)
{
    return sio__slice_make(ns->name, ns->name_len);
}

/* --- the server's part --------------------------------------------------------------------- */

/* The main namespace and the adapter; in sio_server_new().  SIO_ENOMEM: nothing was made. */
sio_err sio__io_init(sio_server *server);

/* Frees them with all namespaces.  The workers have ended.  Fine on a server without them. */
void sio__io_fini(sio_server *server);

/* --- a worker's part ----------------------------------------------------------------------- */

/* A part of each namespace.  After the last sio_of(), before sessions open.  NULL: out of memory.
 */
struct sio__spaces *sio__spaces_new(struct sio__worker *worker);

/* After all sessions have closed and were freed; before the worker's storage goes.  NULL is taken.
 */
void sio__spaces_free(struct sio__spaces *spaces);

/* End of a turn: tells outgoing listeners, disconnects who is doomed, goes on with joins and events
 * that were decided on, does what waits for this moment, frees what is gone; runs handlers.  True:
 * something was done. */
bool sio__spaces_turn(struct sio__worker *worker);

/* Every socket leaves with "server shutting down"; the clients are not told.  Runs handlers. */
void sio__spaces_shutdown(struct sio__worker *worker);

/* NULL: there is no such namespace. */
struct sio__space *sio__spaces_find(const struct sio__spaces *spaces, struct sio__slice name);

/* How many sockets of this worker an op with this target reaches. */
size_t sio__space_count(struct sio__space *space, const struct sio__target *target);

/* Applies an op to the sockets of this worker.  Calls no handler. */
void sio__spaces_apply(struct sio__spaces *spaces, struct sio__op *op);

/* Has a job run at the end of the turn. */
void sio__spaces_add_job(struct sio__spaces *spaces, struct sio__job *job);

#endif
