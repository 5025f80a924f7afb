/* ws.h: open WebSockets on sockets of our own: framing, control frames, the closing handshake.
 *
 * The transport hands a socket over once its 101 is written (server/net/lws/handoff.c) and has no
 * part in it any more.  What is read is unmasked and handed up where it lies in one buffer that all
 * WebSockets of a loop share; what is sent leaves from the frames' own memory (RFC 6455).
 *
 *   OPEN --end()--> CLOSING --peer's close frame--> LINGER --its FIN--> DEAD
 *     `--peer's close frame, or an error of its: answered------^
 *   and from each of them, when the connection is lost: DEAD (freed at the end of the turn).
 *
 * One thread, that of the loop. */
#ifndef SERVER_NET_WS_WS_H
#define SERVER_NET_WS_WS_H

#include <uv.h>

#include "server/net/exchange.h"
#include "server/net/timers.h"
#include "server/net/ws/deflate.h"
#include "server/stats.h"

enum {
    SIO__WS_READ_BYTES = SIO__STREAM_READ_BYTES, /* of one read */
    SIO__WS_READS = 4,              /* of one WebSocket in a turn, so that others have theirs */
    SIO__WS_INFLATE_BYTES = 262144, /* the same: what it may inflate, and the rest of a message */
    SIO__WS_LINGER_MS = 2000,       /* for the peer's FIN after the closing handshake */
    SIO__WS_MESSAGE_MS = 30000,     /* an unfinished message or frame */
    SIO__WS_FRAGMENTS_MOST = 16384, /* of a message */
};

struct sio__ws;
struct sio__ws_ahead;

/* The WebSockets of one loop.  Read count; the rest is private. */
struct sio__ws_group {
    uv_loop_t *loop;
    struct sio__timers *timers;
    struct sio__stats *stats;
    struct sio__ws *first; /* list */
    unsigned char *bytes;  /* what was read last */
    size_t count;          /* that are not dead */
    struct sio__deflater deflater;
    struct sio__inflater inflater;
    size_t inflated_bytes; /* of the WebSocket that is being read, in this turn */
    struct sio__ws_ahead *ahead, **ahead_end; /* list: what was read and has to wait */
};

/* What it points to is borrowed until the fini.  deflate: how what goes out is deflated where that
 * was granted.  False: out of memory. */
bool sio__ws_group_init(struct sio__ws_group *group, uv_loop_t *loop, struct sio__timers *timers,
                        struct sio__stats *stats, const sio_per_message_deflate *deflate);

/* A little inflates to much: what a WebSocket has sent beyond its share of a turn waits here. True:
 * there is some. */
static inline bool sio__ws_group_is_behind(const struct sio__ws_group *group)
{
    return group->ahead != NULL;
}

/* Each of those goes on with its share. */
void sio__ws_group_catch_up(struct sio__ws_group *group);

/* Ends every WebSocket at once (event: closed).  Not from within an event. */
void sio__ws_group_end(struct sio__ws_group *group);

/* After the end. */
void sio__ws_group_fini(struct sio__ws_group *group);

/**
 * Opens a WebSocket on a stream whose 101 is out.
 *
 * stream   the WebSocket's on success.
 * request  the handshake, and whether it granted deflate; a reference is taken over on success.
 *
 * Returns its link, for the routes' opened(); reading begins with the next turn of the loop.
 * NULL: out of memory, or the loop does not take the socket.
 */
struct sio__link *sio__ws_open(struct sio__ws_group *group, const struct sio__stream *stream,
                               struct sio__request *request);

/* Nobody took the link: closes it without a word. */
void sio__ws_abandon(struct sio__link *link);

#endif
