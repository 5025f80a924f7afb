/* worker.h: one thread with its own loop, transport, sessions, rooms and timers; or the same on a
 * loop of the application (config.loop), whose thread is then the worker's.
 *
 * A turn of the loop:  prepare -> (poll: sockets, inbox, timers) -> check.  Emitting only queues
 * and marks the session dirty; dirty sessions are flushed, and what ended is freed, from both
 * prepare and check, so that the output of timers does not wait for the next event.
 *
 * A worker's fields are touched by its own thread only, but for inbox and stats.  Its storage stays
 * from sio_server_new() to sio_server_free(): a thread of the application that is about to emit, or
 * to answer an ack, finds a closed inbox there when the server does not run. */
#ifndef SERVER_WORKER_H
#define SERVER_WORKER_H

#include <uv.h>

#include "server/engine/sessions.h"
#include "server/net/inbox.h"
#include "server/net/listener.h"
#include "server/net/timers.h"
#include "server/net/transport.h"
#include "server/stats.h"

struct sio_server;
struct sio__spaces;

struct sio__worker {
    struct sio_server *server;
    unsigned index;
    uv_thread_t thread;
    uv_loop_t *loop; /* own_loop, or the application's */
    uv_loop_t own_loop;
    struct sio__worker *next_here; /* list: the workers whose thread is the same */
    bool is_here;                  /* it is in that list */
    uv_prepare_t prepare;
    uv_check_t check;
    uv_timer_t timer; /* the one loop timer behind timers; the last to be closed */
    unsigned parts;   /* that must be closed before it: prepare, check, inbox, ... */
    bool is_off;      /* nothing of it is on the loop any more */
    void (*on_off)(struct sio__worker *worker); /* told so, on an application's loop */
    struct sio__inbox inbox;
    struct sio__timers timers;
    struct sio__listener listener;
    struct sio__transport *transport;
    struct sio__sessions sessions;
    struct sio__spaces *spaces; /* server/io: this worker's part of each namespace */
    struct sio__stats stats;
    uint64_t spread_ns; /* when that was last done which is for many */
    uint64_t served_ns; /* how long the others had since then; 0: nothing is for many */
    uint64_t cut_ms;    /* stopping: when what is still open is cut */
    bool is_listening, is_stopping, is_ended;
    struct sio__letter stop;
    uint32_t grace_ms;
};

/* The worker of this server whose thread this is; NULL: it is none of them.  Any thread. */
struct sio__worker *sio__worker_here(const struct sio_server *server);

/* True: this is the thread of that worker, which need not exist any more.  Any thread. */
bool sio__worker_is_here(const struct sio__worker *worker);

/* Milliseconds of a monotonic clock, as of the start of the turn. */
uint64_t sio__worker_now(const struct sio__worker *worker);

/* The same clock as it is now.  Any thread. */
uint64_t sio__worker_clock(void);

/* Posts a letter; it is delivered on the worker's thread, in the order of this thread's letters.
 * False: the worker has ended and the caller keeps the letter.  Any thread. */
bool sio__worker_post(struct sio__worker *worker, struct sio__letter *letter);

/* --- for server.c -------------------------------------------------------------------------- */

/* Makes zeroed storage a worker that does not run: its inbox refuses letters. */
void sio__worker_prepare(struct sio__worker *worker);

/* Loop, transport, tables; on the starting thread, one worker at a time.  After an error nothing is
 * left of it.  Again after sio__worker_fini(). */
sio_err sio__worker_init(struct sio__worker *worker, struct sio_server *server, unsigned index);

/* Serves this listening socket, which is the worker's from here on. */
sio_err sio__worker_listen(struct sio__worker *worker, int fd);

/* Runs it on a thread of its own.  SIO_ENOMEM: no thread.  Not for one on an application's loop,
 * which runs as soon as that loop does. */
sio_err sio__worker_start(struct sio__worker *worker);

/* Asks a started worker to end: closes every session, waits at most grace_ms for the connections to
 * end.  Once.  Any thread. */
void sio__worker_stop(struct sio__worker *worker, uint32_t grace_ms);

/* Waits for its thread. */
void sio__worker_join(struct sio__worker *worker);

/* Ends a worker that was not started.  An application's loop is run meanwhile. */
void sio__worker_abandon(struct sio__worker *worker);

/* Frees what is left after its loop has ended. */
void sio__worker_fini(struct sio__worker *worker);

#endif
