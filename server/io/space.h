/* space.h: each worker's part of the namespaces.
 *
 * struct sio_ns (registry.h) is the definition: a name, middlewares and handlers; shared by all
 * workers and unchanging while it is served.  struct sio__space is one worker's part: the sockets
 * that live there, their rooms, and the acks that are awaited of them.  A worker makes its part
 * when it needs it first; that of a child that goes when it is empty ends with its last socket.
 *
 * User code never runs while a set is walked: what an op does to a socket beyond its rooms and its
 * queue is noted and done by sio__spaces_turn(), and so is every free. */
#ifndef SERVER_IO_SPACE_H
#define SERVER_IO_SPACE_H

#include <sio/sio.h>

#include "protocol/table.h"
#include "rooms/op.h"
#include "rooms/room_index.h"
#include "rooms/visit.h"
#include "server/io/ears.h"
#include "server/io/adapter_ordered.h"
#include "server/io/home.h"
#include "server/io/registry.h"
#include "server/server.h"

struct sio__client;
struct sio__crowd;
struct sio__pending;
struct sio__sent;
struct sio__survey;
struct sio__tour;

/* Something to be done at the end of the turn, since it runs handlers or must not be seen before.
 */
struct sio__job {
    struct sio__job *next;
    void (*run)(struct sio__job *job); /* frees it */
};

struct sio__space {
    UT_hash_handle hh; /* in spaces->by_name */
    struct sio_ns *ns; /* a reference */
    struct sio__spaces *spaces;
    struct sio__room_index rooms; /* every socket, also those whose middlewares still run */
    struct sio__room_watch watch; /* of rooms, if somebody listens (room_changes.h) */
    struct sio__pending *pending; /* table: acks awaited of clients, by id */
    struct sio__crowd *crowds;    /* table: the same of many, by id */
    uint32_t next_ack_id;
    uint32_t users; /* sockets that know it: also those that have left and are to be freed */
    bool is_limbo;  /* of one socket whose namespace is not known to exist (lookup.h) */
    bool is_heard;  /* somebody listens, or did once, to what its sockets are sent */
};

/* Emits to many that are under way (tour.h). */
struct sio__tours {
    struct sio__tour *first, **end; /* list, oldest first */
    uint64_t latest;                /* number of the newest one there was */
    size_t bytes;                   /* of their packets */
};

/* All that one worker has of the Socket.IO layer. */
struct sio__spaces {
    struct sio__worker *worker;
    struct sio__home *home;
    struct sio__space *by_name;       /* table */
    struct sio__census_part census;   /* of the rooms of all of them */
    struct sio_socket *doomed;        /* list: to be disconnected at the end of the turn */
    struct sio_socket *gone;          /* list: to be freed then */
    struct sio__client *gone_clients; /* list: to be released then */
    struct sio__letter *decided;      /* list: decisions that chains wait for, in their order */
    struct sio__letter **decided_end;
    struct sio__sent *sent; /* list: what outgoing listeners are to hear, in its order */
    struct sio__sent **sent_end;
    bool is_telling; /* them */
    struct sio__tours tours;
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

/* --- the server's part --------------------------------------------------------------------- */

/* The main namespace and the adapter; in sio_server_new().  SIO_ENOMEM: nothing was made. */
sio_err sio__io_init(sio_server *server);

/* Frees them with all namespaces.  The workers have ended.  Fine on a server without them. */
void sio__io_fini(sio_server *server);

/* --- a worker's part ----------------------------------------------------------------------- */

/* With a part of each namespace that was made before the start.  Before sessions open.  NULL: out
 * of memory. */
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

/* NULL: this worker has none. */
struct sio__space *sio__spaces_find(const struct sio__spaces *spaces, struct sio__slice name);

/* The worker's part of a namespace that it has entered (registry.h), which it has none of yet; the
 * use is the space's then.  NULL: out of memory, and the use is dropped. */
struct sio__space *sio__spaces_add(struct sio__spaces *spaces, struct sio_ns *ns);

/* For one socket, under a name of which no namespace is known; bound to that socket.  NULL: out of
 * memory. */
struct sio__space *sio__spaces_limbo(struct sio__spaces *spaces, struct sio__slice name);

/* For as long as a socket knows it, or is about to; the last rele of a part that does not stay
 * frees it. */
static inline void sio__space_hold(struct sio__space *space)
{
    space->users++;
}
void sio__space_rele(struct sio__space *space);

/* How many sockets of this worker an op with this target reaches. */
size_t sio__space_count(struct sio__space *space, const struct sio__target *target);

/* Applies an op to the sockets of this worker.  Calls no handler. */
void sio__spaces_apply(struct sio__spaces *spaces, struct sio__op *op);

/* Has a job run at the end of the turn. */
void sio__spaces_add_job(struct sio__spaces *spaces, struct sio__job *job);

#endif
