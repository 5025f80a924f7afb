/* sessions.h: the sessions of one worker: found by sid, flushed at the end of a turn, freed after
 * it. The table is written by its worker under a lock, so that another worker may ask whether a sid
 * exists (a WebSocket handshake must be refused before it is relayed); all else is the worker's. */
#ifndef SERVER_ENGINE_SESSIONS_H
#define SERVER_ENGINE_SESSIONS_H

#include <sio/err.h>
#include <uv.h>

#include "server/engine/session.h"

enum {
    SIO__SESSIONS_BULK = 16, /* receivers of a broadcast; others of it can wait */
    SIO__SESSIONS_STEP = 8,  /* of those that are flushed at a time */
};

struct sio__sessions {
    struct sio__session *table;
    struct sio__session *dirty;           /* list */
    struct sio__session *bulk, *bulk_end; /* list, oldest first */
    uint32_t receivers;          /* of the broadcast that is going on, and 1; 0: there is none */
    struct sio__session *closed; /* list, freed at the end of the turn */
    uv_mutex_t lock;
    uint32_t counter; /* of ids given by this worker */
    _Atomic size_t count;
};

sio_err sio__sessions_init(struct sio__sessions *sessions);
void sio__sessions_fini(struct sio__sessions *sessions);

/* False: out of memory. */
bool sio__sessions_add(struct sio__sessions *sessions, struct sio__session *session);

/* Home thread. */
struct sio__session *sio__sessions_find(struct sio__sessions *sessions, struct sio__slice sid);

/* Takes a closed session out; it is freed at the end of the turn. */
void sio__sessions_remove(struct sio__sessions *sessions, struct sio__session *session);

/* What another worker may know.  Any thread. */
struct sio__session_fact {
    bool exists;
    uint8_t revision;
    const struct sio__engine *engine;
};
struct sio__session_fact sio__sessions_ask(struct sio__sessions *sessions, struct sio__slice sid);

/* Flushes dirty sessions, but for the bulk, and frees closed ones.  True: something was done. */
bool sio__sessions_turn(struct sio__sessions *sessions);

/* The receivers of a broadcast to thousands must not keep the others waiting: of those who are
 * marked dirty between begin and end, all but the first SIO__SESSIONS_BULK belong to the bulk,
 * which is flushed SIO__SESSIONS_STEP at a time, in its order. */
static inline void sio__sessions_begin_broadcast(struct sio__sessions *sessions)
{
    sessions->receivers = 1;
}

static inline void sio__sessions_end_broadcast(struct sio__sessions *sessions)
{
    sessions->receivers = 0;
}

/* Flushes the next SIO__SESSIONS_STEP of the bulk.  True: something was done. */
bool sio__sessions_turn_bulk(struct sio__sessions *sessions);

/* Closes every session with discard (shutdown). */
void sio__sessions_close_all(struct sio__sessions *sessions);

#endif
