/* fake_server.h: a whole server without threads, sockets and libwebsockets: its workers take turns
 * on the thread of the test, its clock stands still until told, and HTTP requests and WebSockets
 * are objects that write down what they were given.  It stands where server/worker.c and
 * server/net/lws/ do; all above them is the real thing.
 *
 * What the seams forbid aborts the program: ending twice, writing after the end, and at the end a
 * request without an answer or a WebSocket that is still open.
 *
 * One fake server at a time.  What belongs to the fake itself comes from malloc(), so failing
 * allocations hit the server alone. */
#ifndef TESTS_SUPPORT_FAKE_SERVER_H
#define TESTS_SUPPORT_FAKE_SERVER_H

#include <sio/sio.h>

#include "server/net/exchange.h"
#include "server/server.h"

struct fake_bytes {
    char *ptr; /* NUL-terminated */
    size_t len;
};

/* An HTTP request, kept until fake_free(). */
struct fake_exchange {
    struct sio__exchange base; /* first */
    struct fake_exchange *next;
    unsigned worker;
    bool is_over;      /* answered, destroyed or gone: not to be touched any more */
    bool is_destroyed; /* the connection was ended without an answer */
    int status;        /* of the answer; 0: none yet */
    struct fake_bytes body;
};

/* A WebSocket, kept until fake_free(). */
struct fake_link {
    struct sio__link base; /* first */
    struct fake_link *next;
    unsigned worker;
    bool is_over;           /* ended by the server, or closed */
    bool is_held;           /* its handshake is not decided yet */
    struct sio__exchange x; /* until then */
    int status;             /* of the answer to a handshake that was held; 0: none */
    bool is_blocked;        /* takes nothing until fake_unblock() */
    int moving_fd;          /* its stream, while it is on its way to another worker; else -1 */
    int close_code;         /* of the server's close frame; -1: none came; 0: an empty one */
    struct fake_bytes text; /* all it was sent: messages, each with a newline after it; binary ones
                               as b:HEX */
    size_t message_count;
};

/* For tests; NULL: defaults, one worker. */
typedef void fake_configure_fn(sio_config *config);

/* A server that is not started: namespaces and engines can be set up.  NULL: out of memory. */
sio_server *fake_server_new(fake_configure_fn *configure);

/* What sio_server_start() does.  False: out of memory. */
bool fake_start(sio_server *server);

/* Takes turns until nothing is left to do. */
void fake_run(sio_server *server);

/* Lets the clock run, with all timers and turns in between. */
void fake_tick(sio_server *server, uint64_t ms);

/* What sio_server_stop() does, with no grace. */
void fake_stop(sio_server *server);

/* Stops it if it runs, frees it with all requests and links. */
void fake_free(sio_server *server);

/* Makes calls count as made on this worker's thread; -1: on the application's. */
void fake_enter(sio_server *server, int worker);

/* What the counter of that name stands at; UINT64_MAX: there is none. */
uint64_t fake_count(const sio_server *server, const char *name);

/* How many letters were posted to workers so far. */
uint64_t fake_letters(void);

/* --- clients ------------------------------------------------------------------------------- */

/* Requests; turns are taken afterwards.  NULL: the request itself found no memory. */
struct fake_exchange *fake_get(sio_server *server, unsigned worker, const char *target);
struct fake_exchange *fake_post(sio_server *server, unsigned worker, const char *target,
                                const char *body, size_t len);
struct fake_exchange *fake_request(sio_server *server, unsigned worker, enum sio__method method,
                                   const char *target);

/* The connection of a request is lost. */
void fake_gone(sio_server *server, struct fake_exchange *x);

/* A WebSocket; NULL: refused, or no memory. */
struct fake_link *fake_ws(sio_server *server, unsigned worker, const char *target);

/* A message from the client; nothing on a link that is over. */
void fake_ws_text(sio_server *server, struct fake_link *link, const char *text);
void fake_ws_send(sio_server *server, struct fake_link *link, bool binary, const char *ptr,
                  size_t len);

/* The client closes, or breaks the WebSocket protocol. */
void fake_ws_closed(sio_server *server, struct fake_link *link, enum sio__link_end how);

/* It can be written to again. */
void fake_unblock(sio_server *server, struct fake_link *link);

/* What a link was sent since the last call; valid until the next one. */
const char *fake_heard(struct fake_link *link);

#endif
