/* conn.h: what the files of this folder share: one transport, and one struct for each connection.
 * The only code that includes libwebsockets; L1, L2, ... name the facts about it in docs/LWS.md.
 *
 * A connection's life:
 *
 *   IDLE --header--> READING --whole body--> HELD --answer--> SENDING --all sent--> IDLE
 *     |                 |                     |                  `--Connection: close--> LINGER
 *     `--101--> OPENED --> server/net/ws (handoff.c)
 *
 *   and from each of them: DEAD (events told, waiting for lws to let go of the wsi).
 *
 * With TLS the socket that lws has is one end of a pair; behind the other is a front
 * (server/net/tls/front.h), which counts the connection's end.
 *
 * While HELD, SENDING and LINGER lws does not read (L1): we look at the socket ourselves. */
#ifndef SERVER_NET_LWS_CONN_H
#define SERVER_NET_LWS_CONN_H

#include <libwebsockets.h>
#include <netinet/in.h>

#include "protocol/buf.h"
#include "protocol/http_chunked.h"
#include "server/log.h"
#include "server/net/tls/front.h"
#include "server/net/transport.h"
#include "server/net/ws/ws.h"

enum {
    SIO__LWS_READ_BYTES = 16384,    /* lws's buffer: one read of a request or a body */
    SIO__LWS_SCRATCH_BYTES = 16384, /* what is read outside of lws and not kept there */
    SIO__LWS_SWEEP_MS = 1000,
    SIO__LWS_RETRY_MS = 20, /* of an answer that the socket did not take at once */
    SIO__LWS_LINGER_MS = 2000,
    SIO__LWS_HEADERS_MAX = 160,
};

enum sio__conn_state {
    SIO__CONN_IDLE,    /* before and between requests */
    SIO__CONN_READING, /* handed up; the body is coming in */
    SIO__CONN_HELD,    /* handed up; awaits its answer */
    SIO__CONN_SENDING, /* answered; not all of it is out */
    SIO__CONN_LINGER,  /* all out, our side is shut; what still comes is thrown away */
    SIO__CONN_OPENED,  /* a WebSocket of which nobody has been told */
    SIO__CONN_DEAD,
};

/* An answer on its way out: head, then body. */
struct sio__reply {
    struct sio__buf head; /* with the body behind it when that was copied */
    struct sio__slice body;
    void (*release)(void *arg);
    void *release_arg;
    size_t sent; /* of head and body together */
    uint64_t deadline_ms;
    bool close;
};

/* While the 101 that is to be held back is being written. */
struct sio__wait {
    bool is_swapped; /* a pair stands in the place of the socket */
    int socket;      /* the connection's own */
    int written;     /* where what is written comes out */
};

struct sio__conn {
    struct lws *wsi; /* NULL: not adopted, or gone */
    struct sio__transport *transport;
    struct sio__front *front;                /* NULL: none, or it is over */
    struct sio__conn *next, *prev;           /* of the transport's list */
    struct sio__conn *held_next, *held_prev; /* of those held, or of those just opened */
    struct sio__timer timer;                 /* what for follows from the state */
    enum sio__conn_state state;
    bool is_secure;     /* over TLS */
    bool is_authorized; /* the client has shown a good certificate */
    bool is_killed;
    bool is_held;   /* in the transport's list of those that lws does not watch */
    bool is_inside; /* in a callback of lws that may complete the transaction itself */
    bool is_head;   /* HEAD: no body in the answer */
    bool is_http10;
    bool wants_close;  /* the client asked for Connection: close */
    bool has_body;     /* a body follows this request and was not read wholly */
    bool is_upgrading; /* CONFIRM_UPGRADE said yes */
    bool is_waiting;   /* and its 101 is to be held back (wait.c) */
    bool is_early;     /* OPENED: lws has read frames of it (L38) */
    struct sio__exchange exchange;
    struct sio__request *request; /* while upgrading */
    struct sio__buf inbox;        /* a body that comes in pieces; a 101 held back */
    struct sio__wait waits;
    uint32_t requests; /* up to now */
    enum sio__method method;
    bool is_body_over; /* lws said so */
    size_t body_bytes; /* announced by Content-Length */
    size_t body_read;
    bool is_chunked; /* the body comes in chunks, and nothing is read after it */
    struct sio__chunked chunked;
    struct sio__reply reply;
    union {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
    } peer;
};

struct sio__transport {
    struct sio__transport_config config;
    struct lws_context *context; /* cleared by lws when it is gone */
    struct lws_vhost *vhost;
    struct lws_protocols protocols[2];
    char subprotocol[64]; /* the name of protocols[0]; see upgrade.c */
    struct sio__conn *conns;
    struct sio__conn *held;
    struct sio__conn *opened;        /* list: of whom handoff.c has still to decide */
    unsigned opened_turns;           /* that it has been waiting */
    struct sio__ws_group websockets; /* those that have left */
    struct sio__fronts fronts;       /* of TLS connections that speak HTTP */
    struct sio__timer sweep;
    size_t count;
    int descriptors; /* that lws has places for */
    bool is_stopping;
    struct sio__buf accepted; /* further header lines of the 101 that is about to be written */
    unsigned char *scratch;
    struct sio__transport *next_logging; /* of the process's list */
    struct lws *wake;                    /* by which other threads would wake lws */
    uv_idle_t bye;                       /* after sio__transport_free() */
    unsigned bye_turns;
    void (*on_freed)(void *user);
    void *freed_user;
    int64_t date_s;
    char date[48];
};

static inline uint64_t sio__conn_now(const struct sio__conn *conn)
{
    return uv_now(conn->transport->config.loop);
}

static inline void sio__conn_time(struct sio__conn *conn, uint64_t ms)
{
    sio__timer_start(conn->transport->config.timers, &conn->timer, sio__conn_now(conn), ms);
}

/* --- conn.c -------------------------------------------------------------------------------- */

struct sio__conn *sio__conn_new(struct sio__transport *transport, const struct sockaddr *peer);
void sio__conn_free(struct sio__conn *conn);

/* The connection ended: tells whoever holds its exchange, once. */
void sio__conn_end(struct sio__conn *conn);

/* The connection goes on without lws, which closes its descriptor when it next looks at its
 * deadlines.  Nobody is told. */
void sio__conn_leave(struct sio__conn *conn);

/* Makes lws close it soon.  Safe anywhere; its end is told from there.  Repeatable. */
void sio__conn_kill(struct sio__conn *conn);

/* --- lws.c: the calls that can assert, or that lws wants in a certain order
 * ----------------------- */

int sio__lws_fd(const struct sio__conn *conn);

/* Starts and stops reading; stopped, lws keeps no deadline of its own either (L1, L2). */
void sio__lws_pause(struct sio__conn *conn);
void sio__lws_resume(struct sio__conn *conn);

/* L39: lws has closed the descriptor of its own wake, and would close the number once more a turn
 * later, when it may be somebody else's.  NULL is allowed. */
void sio__lws_forget_fd(struct lws *wake);

/* Whether the request has this header, be it empty; or a further line of it. */
bool sio__lws_has_fragment(struct lws *wsi, enum lws_token_indexes token, int index);

static inline bool sio__lws_has_header(struct lws *wsi, enum lws_token_indexes token)
{
    return sio__lws_has_fragment(wsi, token, 0);
}

/* --- head.c, headers.c, target.c: the request head
 * ------------------------------------------------ */

enum sio__head_verdict {
    SIO__HEAD_GOOD,
    SIO__HEAD_BAD, /* answered by status */
    SIO__HEAD_NO_MEMORY,
};

struct sio__head {
    enum sio__method method;
    bool is_http10, wants_close, has_length, is_chunked, expects_continue;
    uint64_t length; /* Content-Length */
    int status;      /* of the refusal */
    struct sio__request *request;
};

/* Reads and checks the head that lws has parsed. */
enum sio__head_verdict sio__head_read(struct sio__conn *conn, bool is_upgrade,
                                      struct sio__head *head);

/* Collects the headers as lws has them; their bytes are in text, whose failure is to be asked for.
 * Returns 0, or the status of a refusal: too many of them, or one with an odd name. */
int sio__headers_collect(struct sio__conn *conn, enum lws_token_indexes method,
                         struct sio__request_header *headers, uint32_t *count,
                         struct sio__buf *text);

/* The request target, rebuilt: lws has only decoded parts of it.  False: no memory. */
bool sio__target_rebuild(struct lws *wsi, enum lws_token_indexes method, struct sio__buf *out);

/* Whether a comma-separated list has this token, whatever its case. */
bool sio__head_has_token(struct sio__slice list, struct sio__slice token);

/* --- http.c: requests ---------------------------------------------------------------------- */

/* Each returns what the lws callback is to return. */
int sio__http_request(struct sio__conn *conn);
int sio__http_body(struct sio__conn *conn, const char *ptr, size_t len);
int sio__http_body_end(struct sio__conn *conn);
void sio__http_timeout(struct sio__conn *conn);

/* --- answer.c: answers --------------------------------------------------------------------- */

extern const struct sio__exchange_ops sio__lws_exchange_ops;

/* Builds the reply of conn.  False: no memory; the release was called. */
bool sio__reply_make(struct sio__conn *conn, const struct sio__answer *answer, bool may_reuse);

/* Sends what the socket takes.  False: broken. */
bool sio__reply_push(struct sio__conn *conn);
bool sio__reply_is_out(const struct sio__conn *conn);
void sio__reply_drop(struct sio__conn *conn);

/* After an lws callback that may complete the transaction: goes on with what is due. */
int sio__http_settle(struct sio__conn *conn);

/* The connection's timer while SENDING and LINGER. */
void sio__reply_timeout(struct sio__conn *conn);

/* Appends a header line to an answer: the only way into one (L21).  False: not allowed there. */
bool sio__reply_field(struct sio__buf *out, struct sio__slice name, struct sio__slice value);

/* --- hold.c -------------------------------------------------------------------------------- */

void sio__hold_add(struct sio__conn *conn);
void sio__hold_remove(struct sio__conn *conn);
void sio__hold_init(struct sio__transport *transport);

/* --- upgrade.c ----------------------------------------------------------------------------- */

int sio__upgrade_confirm(struct sio__conn *conn);
int sio__upgrade_headers(struct sio__conn *conn, struct lws_process_html_args *args);

/* --- handoff.c ----------------------------------------------------------------------------- */

/* The 101 is out.  Returns what the lws callback is to return. */
int sio__handoff_add(struct sio__conn *conn);
void sio__handoff_remove(struct sio__conn *conn);

/* --- wait.c -------------------------------------------------------------------------------- */

/* What lws writes from here on is taken; before it writes a 101.  False: out of memory or
 * descriptors. */
bool sio__wait_begin(struct sio__conn *conn);

/* It has written it.  Hands the handshake up as an exchange; returns what the lws callback is to
 * return. */
int sio__wait_opened(struct sio__conn *conn);

/* The connection goes before that. */
void sio__wait_fini(struct sio__conn *conn);

/* --- callback.c ---------------------------------------------------------------------------- */

int sio__lws_callback(struct lws *wsi, enum lws_callback_reasons reason, void *user, void *in,
                      size_t len);

#endif
