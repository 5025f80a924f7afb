/* exchange.h: the seam between the transport below and the engine above: neutral HTTP requests that
 * await an answer (exchange), and WebSocket connections (link).
 *
 * The transport implements the ops; whoever takes an exchange or a link (engine, files, relay)
 * implements the events.  Each call happens on the thread of the worker that owns the object.
 * A request whose session lives on another worker is represented there by a far exchange with the
 * same ops, and a WebSocket moves there (server/engine/relay.h), so nothing above knows the
 * difference. */
#ifndef SERVER_NET_EXCHANGE_H
#define SERVER_NET_EXCHANGE_H

#include "protocol/frame.h"
#include "protocol/slice.h"
#include "server/net/request.h"
#include "server/net/sendq.h"
#include "server/net/stream.h"

struct sio__exchange;
struct sio__link;

/* One header line of an answer.  The transport refuses (500) values with CR, LF or NUL. */
struct sio__field {
    struct sio__slice name;
    struct sio__slice value;
};

/* An HTTP answer.  Everything is borrowed for the call of answer(), but for a body with a release.
 */
struct sio__answer {
    int status;
    const char *content_type; /* NULL: no such header */
    const struct sio__field *fields;
    size_t field_count;
    struct sio__slice body; /* always sent with its Content-Length; left out for HEAD and 304 */
    /* Called exactly once, with release_arg, when the body is no longer needed; also when the
     * answer could not be sent.  NULL: the transport copies the body during the call. */
    void (*release)(void *release_arg); /* on any thread */
    void *release_arg;
    bool close; /* Connection: close, and the connection ends after the answer */
};

struct sio__exchange_ops {
    /* Answers and ends the exchange: it must not be touched afterwards.  No event follows.  May be
     * called at any time after the request was handed up, also from within an event. */
    void (*answer)(struct sio__exchange *x, const struct sio__answer *answer);

    /* Ends the connection without an answer; otherwise like answer(). */
    void (*destroy)(struct sio__exchange *x);
};

struct sio__exchange_events {
    /* The whole request body, valid for the call; once, and only if take_body was set.
     * too_large: the body passed max_body_bytes; ptr is NULL; the rest is thrown away below, and
     * after the answer the connection is closed or goes on as the transport can. */
    void (*body)(struct sio__exchange *x, const char *ptr, size_t len, bool too_large);

    /* The connection ended before the answer; the exchange must not be touched afterwards. */
    void (*gone)(struct sio__exchange *x);
};

/* An HTTP request that awaits its answer.  Handed up by the routes' request(); there the taker
 * either answers at once, or sets owner and events before it returns. */
struct sio__exchange {
    const struct sio__exchange_ops *ops;
    struct sio__request *request; /* the exchange's reference */
    const struct sio__exchange_events *events;
    void *owner;
    size_t max_body_bytes; /* set by the taker together with take_body */
    bool take_body;        /* the taker wants events->body; set before request() returns */
};

/* Why a link ended, as its events see it. */
enum sio__link_end {
    SIO__LINK_CLOSED, /* the peer sent a close frame, or the connection was lost */
    SIO__LINK_ERROR,  /* a WebSocket protocol error, a message over the limit, invalid UTF-8 */
};

struct sio__link_ops {
    /* Writes from the queue what the connection takes now, many packets in one write.  True: the
     * queue is empty.  False: the rest stays in the queue and events->writable follows. */
    bool (*flush)(struct sio__link *link, struct sio__sendq *queue);

    /* True if a packet flushed now would go out now (nothing is held back below). */
    bool (*is_writable)(struct sio__link *link);

    /* Sends this last frame (a close frame; a reference is taken), waits for the peer's close frame
     * at most SIO__LINK_CLOSE_WAIT_MS, then drops the connection.  The link must not be touched
     * afterwards and no event follows. */
    void (*end)(struct sio__link *link, struct sio__frame *last);

    /* Gives its stream up, to be opened on another loop (sio__transport_take()): only within
     * opened(), before anything has come or was sent.  The stream is the caller's from now on, as
     * is the link's request; the link must not be touched afterwards and no event follows. */
    void (*release)(struct sio__link *link, struct sio__stream *stream);
};

enum { SIO__LINK_CLOSE_WAIT_MS = 30000 };

struct sio__link_events {
    /* One whole message; text is valid UTF-8; the bytes are valid for the call. */
    void (*message)(struct sio__link *link, bool binary, const char *ptr, size_t len);

    /* After a flush() that returned false: the queue can go on. */
    void (*writable)(struct sio__link *link);

    /* The link ended by itself; exactly once, and not after end().  It must not be touched
     * afterwards. */
    void (*closed)(struct sio__link *link, enum sio__link_end how);
};

/* An open WebSocket.  Handed up by the routes' opened(), which sets owner and events. */
struct sio__link {
    const struct sio__link_ops *ops;
    struct sio__request *request; /* the link's reference */
    const struct sio__link_events *events;
    void *owner;
    size_t max_message_bytes; /* over it: close 1009 and SIO__LINK_ERROR; set by opened() */
};

/* What becomes of a WebSocket handshake. */
enum sio__upgrade {
    SIO__UPGRADE_REFUSE, /* *refusal was filled (status, type, body; copied after the return) and
                            goes out with Connection: close; with status 0 the connection ends
                            without a byte */
    SIO__UPGRADE_ACCEPT, /* 101, with the fields of *accept, then opened() */
    SIO__UPGRADE_HOLD,   /* it is not decided yet: held() follows */
};

/* What the transport calls up for each connection's request.  user is the worker. */
struct sio__routes {
    /* A plain HTTP request whose header has passed the transport's guards. */
    void (*request)(void *user, struct sio__exchange *x);

    /* A WebSocket handshake that is well-formed (GET, version 13, key).  What is filled is valid
     * until opened() or held(), or until the next call. */
    enum sio__upgrade (*upgrade)(void *user, struct sio__request *request,
                                 struct sio__answer *accept, struct sio__answer *refusal);

    /* The handshake that was held back, as an exchange.  Answered with 101 it is accepted, with the
     * fields of that answer, and opened() follows; any other answer is a refusal, with
     * Connection: close. */
    void (*held)(void *user, struct sio__exchange *x);

    /* The WebSocket is open. */
    void (*opened)(void *user, struct sio__link *link);
};

#endif
