/* session.h: one Engine.IO session: its state, its output queue, its heartbeat and its transport.
 * Revisions 4 and 3.  Lives on the worker that took its handshake (its home); home thread only.
 *
 *   opening --open packet queued--> open --close()--> closing --queue drained--> closed
 *                                    |________ error, timeout, discard ___________^
 *
 * A polling session may carry a probing WebSocket beside its polling transport (upgrade.c).
 *
 * In revision 4 the server pings and awaits a pong; in revision 3 the client pings and a session
 * ends that has not been pinged for ping_interval + ping_timeout. */
#ifndef SERVER_ENGINE_SESSION_H
#define SERVER_ENGINE_SESSION_H

#include <sio/err.h>

#include "protocol/frame.h"
#include "protocol/table.h"
#include "server/net/exchange.h"
#include "server/net/sendq.h"
#include "server/net/timers.h"

struct sio__engine;
struct sio__worker;

enum { SIO__SID_MAX = 63 }; /* bytes of an id that the application makes (generate_id) */

/* A packet for an open session was lost, and to what: the session ends at the end of the turn,
 * since whoever sends may be in the middle of a set. */
enum sio__session_loss {
    SIO__LOST_NOTHING,
    SIO__LOST_TO_LIMIT, /* its client reads too slowly: max_queue_bytes */
    SIO__LOST_TO_MEMORY,
};

enum sio__session_state { SIO__OPENING, SIO__OPEN, SIO__CLOSING, SIO__CLOSED };

/* Engine close reasons, in the reference's words (sio__close_text). */
enum sio__close_reason {
    SIO__CLOSE_TRANSPORT_CLOSE,
    SIO__CLOSE_TRANSPORT_ERROR,
    SIO__CLOSE_PING_TIMEOUT,
    SIO__CLOSE_PARSE_ERROR,
    SIO__CLOSE_FORCED, /* our side closed */
};

struct sio__session;

/* What stands on a session: the Socket.IO client (server/io/client.c) or a raw connection
 * (server/engine/api.c).  Called on the home thread.  Any of them may send and close. */
struct sio__session_events {
    /* The session is open; sets session->user.  False: out of memory, the session is dropped. */
    bool (*open)(struct sio__session *session);
    /* One message, without the Engine.IO type; text is valid UTF-8; valid for the call. */
    void (*message)(struct sio__session *session, bool binary, const char *ptr, size_t len);
    /* Exactly once for each open that returned true; the session is freed at the end of the turn.
     */
    void (*close)(struct sio__session *session, enum sio__close_reason reason);
};

/* How packets are written on a WebSocket. */
enum sio__wire {
    SIO__WIRE_FRAMES,   /* revision 4: as they are */
    SIO__WIRE_BASE64,   /* revision 4, b64: binary as base64 text */
    SIO__WIRE_3,        /* revision 3: the type byte before binary */
    SIO__WIRE_3_BASE64, /* revision 3, b64 */
};

struct sio__session {
    UT_hash_handle by_sid; /* in sessions; also read under its lock by other workers */
    struct sio__session *next_dirty, *prev_dirty; /* in home's list, if it is dirty */
    struct sio__sessions *home;                   /* the worker's sessions */
    struct sio__worker *worker;
    struct sio__engine *engine;
    void *user; /* whoever stands on it */
    void *data; /* the application's (sio_conn_set_data) */
    void (*free_data)(void *data);
    struct sio__request *request; /* the first one */
    struct sio__sendq queue;
    size_t allowance;             /* bytes that its queue may be longer, see sio__session_allow() */
    struct sio__sendq *converted; /* for a WebSocket that is not SIO__WIRE_FRAMES; else NULL */
    struct sio__timer heartbeat;  /* next ping, or the wait for its pong */
    struct sio__timer closing;    /* polling: the last GET; WebSocket: the queue's end */

    struct sio__link *link;     /* WebSocket transport; NULL: polling */
    struct sio__exchange *poll; /* polling: the GET that is held */
    struct sio__exchange *post; /* polling: the POST whose body is still arriving */
    struct sio__probe *probe;   /* a WebSocket that asks to take over; NULL: none */

    char *jsonp; /* polling by scripts: the index, NUL-terminated; else NULL */

    enum sio__session_state state;
    enum sio__session_loss loss;
    enum sio__wire wire;
    uint8_t revision;     /* of Engine.IO: 4 or 3 */
    bool is_polling_text; /* b64: no raw binary in polling bodies */
    bool has_answered;    /* polling: the handshake has its answer */
    bool is_dirty;
    bool is_in_bulk;   /* dirty by a large broadcast alone */
    bool is_websocket; /* its transport, also when that has ended */
    bool is_upgraded;  /* came to its WebSocket by upgrade */
    bool awaits_pong;
    bool was_extended; /* the pong wait was once lengthened by another packet */
    size_t sid_len;
    char sid[]; /* NUL-terminated */
};

/* Queues a packet (an Engine.IO message: text payload with its leading '4', or raw binary, with its
 * chain); takes its own reference.  Written at the end of the turn.  SIO_ECLOSED: not open, or
 * closed for it: its queue is full; SIO_ENOMEM: closed for that.  The packet is dropped then and
 * counted. */
sio_err sio__session_send(struct sio__session *session, struct sio__frame *packet);

/* Lets the queue be so many bytes longer than max_queue_bytes, until all has gone out once: for
 * packets that are kept anyway, so that a client which missed many of them is not closed for it. */
void sio__session_allow(struct sio__session *session, size_t bytes);

/* Would a packet go out now: nothing is queued and the transport can take it (volatile). */
bool sio__session_is_writable(const struct sio__session *session);

/* Closes from our side.  Graceful: what is queued is sent first.  discard: at once.
 * True: the close event has been called.  False: it follows ("forced server close" is what the
 * sockets on it say then), or the session was closed already. */
bool sio__session_close(struct sio__session *session, bool discard);

/* "polling" or "websocket". */
const char *sio__session_transport(const struct sio__session *session);

const char *sio__close_text(enum sio__close_reason reason);

/* --- for server/engine only ---------------------------------------------------------------- */

/* A new session in its worker's table: state opening, no transport yet.  id: what it is to be
 * called, which no session is; NULL: one of ours.  NULL: out of memory. */
struct sio__session *sio__session_new(struct sio__engine *engine, struct sio__worker *worker,
                                      struct sio__request *request, int revision, const char *id);

/* Sends the open packet over the transport that has been set, then tells those above. */
void sio__session_open(struct sio__session *session);

/* One Engine.IO packet as it came: a WebSocket message, or a piece of a polling body. */
void sio__session_receive(struct sio__session *session, bool binary, struct sio__slice bytes);

/* Ends it now: transports are closed, what is queued is dropped, those above are told. */
void sio__session_end(struct sio__session *session, enum sio__close_reason reason);

/* Has sio__session_flush() run at the end of the turn. */
void sio__session_mark_dirty(struct sio__session *session);
void sio__session_flush(struct sio__session *session);

/* Polling (polling.c). */
/* Reads b64 and j of the handshake.  False: out of memory. */
bool sio__polling_init(struct sio__session *session);
void sio__polling_get(struct sio__session *session, struct sio__exchange *x);
void sio__polling_post(struct sio__session *session, struct sio__exchange *x);
void sio__polling_flush(struct sio__session *session);
/* Ends both requests: a held GET gets this last packet, a POST still arriving is answered 400. */
void sio__polling_end(struct sio__session *session, struct sio__frame *last);
/* Answers the held GET, if there is one, with this packet alone. */
void sio__polling_release(struct sio__session *session, struct sio__frame *packet);

/* WebSocket (websocket.c). */
/* False: out of memory; the link is still the caller's. */
bool sio__websocket_take(struct sio__session *session, struct sio__link *link);
bool sio__websocket_flush(struct sio__session *session); /* true: nothing is queued any more */
void sio__websocket_fini(struct sio__session *session);  /* drops what was converted */

/* Upgrade (upgrade.c): a WebSocket came with this session's sid. */
void sio__upgrade_begin(struct sio__session *session, struct sio__link *link);
void sio__upgrade_cancel(struct sio__session *session); /* the session ends */

#endif
