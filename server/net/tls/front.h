/* front.h: TLS connections that speak HTTP: a front owns the socket and its TLS, and hands the
 * plain bytes on through a socket pair, whose other end is served like any accepted socket.
 *
 *   HANDSHAKE --done--> OPEN --the plain end is closed--> DRAIN --all is out--> LINGER --FIN-->
 * DEAD
 *       `--failed-------------------------------------------------------------^
 *   and from each of them, when the connection is lost or too slow: DEAD (freed at the end of the
 *   turn).  From OPEN also by sio__front_give(), which leaves no connection behind.
 *
 * What libwebsockets does to a socket, and our guards against it, are so the same with TLS and
 * without.  The pair's two buffers, and what one read has left over, are all that is held back: a
 * side that does not read stops the other.  One thread, that of the loop. */
#ifndef SERVER_NET_TLS_FRONT_H
#define SERVER_NET_TLS_FRONT_H

#include <sys/socket.h>
#include <uv.h>

#include "server/log.h"
#include "server/net/stream.h"
#include "server/net/timers.h"
#include "server/stats.h"

enum {
    SIO__FRONT_DRAIN_MS = 60000, /* for what the plain side has left when it was closed */
    SIO__FRONT_LINGER_MS = 2000, /* for the peer's FIN */
};

struct sio__front;
struct sio__tls_context;

struct sio__fronts_config {
    struct sio__tls_context *context; /* NULL: there is no TLS */
    uv_loop_t *loop;
    struct sio__timers *timers;
    struct sio__stats *stats; /* tls_..., connections_closed of those that end here */
    const struct sio__log *log;
    uint32_t handshake_timeout_ms;
    atomic_size_t *pair_descriptors; /* counted there, until the pair is closed */
    int descriptors;      /* those of fronts are above this number, if the limit allows it */
    unsigned char *bytes; /* SIO__STREAM_READ_BYTES that nobody else uses meanwhile */

    /* The handshake is done: takes over fd, on which the connection is plain, and may own the
     * front. */
    void (*on_open)(void *user, struct sio__front *front, int fd, const struct sockaddr *peer);
    void *user;
};

/* The fronts of one loop.  Read count, and io; the rest is private. */
struct sio__fronts {
    struct sio__fronts_config config;
    struct sio__tls_io io;
    struct sio__front *first; /* list */
    size_t count;             /* that are not dead */
};

/* The config is copied.  False: out of memory. */
bool sio__fronts_init(struct sio__fronts *fronts, const struct sio__fronts_config *config);

/* Ends those whose handshake is not done. */
void sio__fronts_stop(struct sio__fronts *fronts);

/* Ends all at once. */
void sio__fronts_end(struct sio__fronts *fronts);

/* After the end. */
void sio__fronts_fini(struct sio__fronts *fronts);

/* Takes over an accepted, non-blocking socket. */
void sio__front_adopt(struct sio__fronts *fronts, int fd, const struct sockaddr *peer);

/* Whoever has the plain end keeps the front there: *owner is cleared when the front ends. */
void sio__front_own(struct sio__front *front, struct sio__front **owner);

/* The plain end is closed, or about to be: what is left goes out, in time. */
void sio__front_leave(struct sio__front *front);

/* Stops and starts what goes from the client to the plain end. */
void sio__front_pause(struct sio__front *front);
void sio__front_resume(struct sio__front *front);

/* Sends what was written to the plain end, and gives the connection away: the front is over, its
 * owner's pointer cleared.  False: something is held back on the way, and it stays. */
bool sio__front_give(struct sio__front *front, struct sio__stream *stream);

bool sio__front_is_authorized(const struct sio__front *front);

#endif
