/* transport.h: HTTP and WebSocket for one worker: takes accepted sockets and hands requests and
 * links up through struct sio__routes.  The only implementation is server/net/lws/.
 * One thread, that of the loop; several transports may share a loop.  What is the process's own in
 * libwebsockets (its counts, its log) is guarded inside. */
#ifndef SERVER_NET_TRANSPORT_H
#define SERVER_NET_TRANSPORT_H

#include <sio/config.h>
#include <sio/err.h>
#include <sys/socket.h>
#include <uv.h>

#include "server/net/exchange.h"
#include "server/net/timers.h"
#include "server/log.h"
#include "server/stats.h"

struct sio__tls_context;
struct sio__transport;

struct sio__transport_config {
    uv_loop_t *loop;            /* foreign: run by the worker */
    struct sio__timers *timers; /* the worker's deadlines */
    struct sio__stats *stats;   /* the worker's counters */
    const struct sio__log *log;
    const struct sio__routes *routes;
    void *user;                     /* given to the routes */
    size_t max_header_bytes;        /* header block; over it the connection is closed */
    uint32_t header_timeout_ms;     /* connection to whole header */
    uint32_t body_timeout_ms;       /* whole body, in all */
    uint32_t idle_timeout_ms;       /* between requests of a kept-alive connection */
    struct sio__tls_context *tls;   /* the server's; NULL: plain */
    uint32_t handshake_timeout_ms;  /* of TLS */
    atomic_size_t *tls_descriptors; /* counted there: beside one for each connection */
    uint32_t http_descriptors;      /* sockets are adopted below this number; WebSockets go above */
    const sio_per_message_deflate *deflate; /* NULL: it is never granted */
};

/* SIO_ENOMEM, or SIO_EIO when the library refuses to start. */
sio_err sio__transport_new(struct sio__transport **out, const struct sio__transport_config *config);

/* Takes over an accepted, non-blocking socket; it is closed when it cannot be served. */
void sio__transport_adopt(struct sio__transport *transport, int fd, const struct sockaddr *peer);

/* Opens a WebSocket here whose link on another loop has given its stream up.  Takes over the stream
 * and the reference to its request.  NULL: out of memory; both are gone. */
struct sio__link *sio__transport_take(struct sio__transport *transport, struct sio__stream *stream,
                                      struct sio__request *request);

/* End of a turn: what libwebsockets cannot decide within its callbacks.  Calls the routes up.
 * True: something was done. */
bool sio__transport_turn(struct sio__transport *transport);

/* WebSockets that have inflated their share of a turn have more to read (sio__ws_group_turn()). */
bool sio__transport_is_behind(const struct sio__transport *transport);
void sio__transport_catch_up(struct sio__transport *transport);

/* Connections that are open now. */
size_t sio__transport_connections(const struct sio__transport *transport);

/* Starts the end: new requests get Connection: close, idle connections are closed. */
void sio__transport_stop(struct sio__transport *transport);

/* Ends every connection at once (events: gone, closed) and frees.  on_freed, may be NULL, is called
 * once all of its handles are closed or about to be closed in the same turn of the loop, at once if
 * there are none; what the config points to must stay until then.  Not from within an event. */
void sio__transport_free(struct sio__transport *transport, void (*on_freed)(void *user),
                         void *user);

#endif
