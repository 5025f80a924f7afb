/* socket.h: one client in one namespace.
 *
 *   joining --middlewares accept--> connected --leave--> leaving (`disconnecting`) --> left
 *      \______ refused, or its session ends _______________________________________^
 *
 * A socket that has left is freed at the end of the turn.  Home thread only. */
#ifndef SERVER_IO_SOCKET_H
#define SERVER_IO_SOCKET_H

#include "protocol/buf.h"
#include "rooms/op.h"
#include "server/engine/id.h"
#include "server/io/client.h"
#include "server/io/space.h"

struct sio__incoming;
struct sio__join;
struct sio__record;

enum sio__socket_state { SIO__JOINING, SIO__CONNECTED, SIO__LEAVING, SIO__LEFT };

/* What an op has decided about a socket; done at the end of the turn.  A doomed socket gets no more
 * broadcasts. */
enum sio__doom {
    SIO__DOOM_NONE,
    SIO__DOOM_LEAVE,   /* it leaves its namespace; the client has been told */
    SIO__DOOM_CLOSE,   /* its client leaves all namespaces and is closed; told of this one */
    SIO__DOOM_DISCARD, /* out of memory: its session ends */
};

/* What only some sockets have; made when it is needed first. */
struct sio__own {
    struct sio__ears ears;
    struct sio__incoming *waiting; /* list: events that wait for middlewares (incoming.h) */
    size_t waiting_bytes;
};

struct sio_socket {
    struct sio__member member; /* first: sio__socket_of() */
    struct sio__space *space;
    struct sio__client *client;
    struct sio_socket *next; /* of its client; then of the gone ones */
    struct sio_socket *next_doomed;
    struct sio__join *join; /* while middlewares run; NULL: they are through or there are none */
    struct sio__own *own;   /* NULL: nothing */
    struct sio__record *record;   /* recovery.h: for its coming back; NULL: it will not */
    struct sio__pending *pending; /* list: acks that it owes us */
    struct sio__owed *owed;       /* list: the same to emits to many (crowd.h) */
    uint32_t pending_count;
    uint8_t state; /* enum sio__socket_state */
    uint8_t doom;  /* enum sio__doom */
    bool is_recovered;
    bool knows_error;     /* has been told that its client sent what is no packet */
    struct sio__slice id; /* behind auth, NUL-terminated */
    void *data;
    void (*free_data)(void *data);
    int64_t issued_ms; /* since the epoch */
    size_t auth_len;
    char auth[]; /* JSON text of an object; empty: none was given */
};

static inline struct sio_socket *sio__socket_of(struct sio__member *member)
{
    return (struct sio_socket *)member;
}

/* Reached by ops: connected, and not about to be disconnected. */
static inline bool sio__socket_is_within_reach(const struct sio_socket *socket)
{
    return socket->state == SIO__CONNECTED && socket->doom == SIO__DOOM_NONE;
}

/* The next of a selection that an op reaches. */
static inline struct sio_socket *sio__socket_next(struct sio__selection *selection)
{
    struct sio__member *member;

    while ((member = sio__selection_next(selection)) != NULL) {
        struct sio_socket *socket = sio__socket_of(member);

        if (sio__socket_is_within_reach(socket))
            return socket;
    }
    return NULL;
}

/* Queues an op's packet, unless it is volatile and could not go out now.  True: it was queued. */
bool sio__socket_send_op(struct sio_socket *socket, const struct sio__op_spec *spec);

/* A joining socket, on its client's list and, but for limbo, in its namespace's room index.  NULL:
 * out of memory. */
struct sio_socket *sio__socket_new(struct sio__client *client, struct sio__space *space,
                                   struct sio__slice auth);

/* Takes a socket from limbo to its namespace.  False: out of memory, it stays. */
bool sio__socket_move(struct sio_socket *socket, struct sio__space *space);

/* Gives a joining socket another id of SIO__ID_LEN bytes; its rooms are gone.  False: out of
 * memory, and it is in no namespace any more. */
bool sio__socket_rename(struct sio_socket *socket, const char *id);

/* Joins or leaves a room, for ops from this one on (the worker's present place, or an earlier one).
 * False: out of memory. */
bool sio__socket_set_room(struct sio_socket *socket, struct sio__slice room, bool is_in,
                          uint64_t place);

/* Appends the query of an old client's CONNECT as a JSON object of strings; nothing if it is empty.
 * At most 1000 parameters are taken.  Failure is out's. */
void sio__auth_of_query(struct sio__buf *out, struct sio__slice query);

/* Its own part, made if there is none.  NULL: out of memory. */
struct sio__own *sio__socket_own(struct sio_socket *socket);

/* The listeners of a kind: its namespace's, then its own. */
static inline void sio__socket_walk(const struct sio_socket *socket, enum sio__ear_kind kind,
                                    struct sio__walk *walk)
{
    struct sio__own *own = socket->own;

    sio__walk_init(walk, &socket->space->ns->ears.lists[kind], own != NULL ? &own->ears : NULL,
                   own != NULL ? &own->ears.lists[kind] : NULL);
}

/* The CONNECT packet's answer and the `connection` handlers. */
void sio__socket_connected(struct sio_socket *socket);

/* A packet from the client for a connected socket: an event, an ack or its leaving.  An event that
 * has to wait is taken over (the caller's packet is empty afterwards).  Runs handlers. */
void sio__socket_take(struct sio_socket *socket, struct sio__packet *packet);

/* A connected socket leaves: disconnecting, rooms, removal, awaited acks, disconnect.  No effect in
 * any other state.  Runs handlers. */
void sio__socket_leave(struct sio_socket *socket, const char *reason);

/* Tells the client, then leaves as "server namespace disconnect".  Runs handlers. */
void sio__socket_evict(struct sio_socket *socket);

/* A joining socket goes, without handlers (but awaited acks are answered). */
void sio__socket_drop(struct sio_socket *socket);

/* Notes what is to be done at the end of the turn.  Calls no handler. */
void sio__socket_doom(struct sio_socket *socket, enum sio__doom doom);

/* Does it.  Runs handlers. */
void sio__socket_meet_doom(struct sio_socket *socket);

/* For sio__spaces_turn(): the last of a socket that has left. */
void sio__socket_free(struct sio_socket *socket);

#endif
