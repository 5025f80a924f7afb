/* worker.h: one thread with its own loop, transport, sessions, rooms and timers.
 *
 * A turn of the loop:  prepare -> (poll: sockets, inbox, timers) -> check.  Emitting only queues and
 * marks the session dirty; dirty sessions are flushed, and what ended is freed, in sio__worker_turn(),
 * run from both prepare and check, so that the output of timers does not wait for the next event.
 *
 * A worker's fields are touched by its own thread only, but for inbox and stats. */
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
    uv_loop_t loop;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_timer_t timer; /* the one loop timer behind timers */
    struct sio__inbox inbox;
    struct sio__timers timers;
    struct sio__listener listener;
    struct sio__transport *transport;
    struct sio__sessions sessions;
    struct sio__spaces *spaces; /* server/io: this worker's part of each namespace */
    struct sio__stats stats;
    bool is_stopping;
};

/* The worker whose thread this is; NULL on a thread of the application. */
struct sio__worker *sio__worker_current(void);

/* Milliseconds of a monotonic clock, as of the start of the turn. */
uint64_t sio__worker_now(const struct sio__worker *worker);

/* Posts a letter; it is delivered on the worker's thread, in the order of this thread's letters.
 * False: the worker has ended and the caller keeps the letter.  Any thread. */
bool sio__worker_post(struct sio__worker *worker, struct sio__letter *letter);

/* Prepares a worker (not yet listening), runs it on a thread of its own, and frees it after the
 * thread has ended.  For server.c. */
sio_err sio__worker_init(struct sio__worker *worker, struct sio_server *server, unsigned index);
sio_err sio__worker_listen(struct sio__worker *worker, const char *host, uint16_t *port);
sio_err sio__worker_start(struct sio__worker *worker);
void sio__worker_stop(struct sio__worker *worker, uint32_t grace_ms); /* posts; any thread */
void sio__worker_join(struct sio__worker *worker);
void sio__worker_fini(struct sio__worker *worker);

#endif
