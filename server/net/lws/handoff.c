/* handoff.c: an open WebSocket leaves lws for server/net/ws, on a descriptor of its own.
 *
 * lws reads a WebSocket by pieces of SIO__LWS_RX_BYTES, each with a turn of the loop, parses them
 * byte by byte, and keeps two KiB for each.  So once the 101 is out its part is over, but for a
 * client that has sent frames behind its request, before it could know the answer: lws has read
 * them already and gives them to nobody (L38).  Such a WebSocket stays with lws (websocket.c), or
 * is closed if it was granted deflate, which lws must not do (L7). */
#include <fcntl.h>
#include <sys/ioctl.h>

#include "server/net/lws/conn.h"

enum { TURNS_MOST = 8 }; /* then all that were opened stay with lws */

/* Where its fate is decided: after the turn, when lws has put aside what it read too much. */
int sio__handoff_add(struct sio__conn *conn)
{
    struct sio__transport *transport = conn->transport;

    if (!conn->is_upgrading || conn->is_killed)
        return -1;
    conn->is_upgrading = false;
    conn->state = SIO__CONN_OPENED;
    if (conn->front != NULL)
        sio__front_pause(conn->front);
    conn->held_next = transport->opened;
    transport->opened = conn;
    return 0;
}

void sio__handoff_remove(struct sio__conn *conn)
{
    struct sio__conn **link = &conn->transport->opened;

    while (*link != NULL && *link != conn)
        link = &(*link)->held_next;
    if (*link != NULL)
        *link = conn->held_next;
    conn->held_next = NULL;
}

/* Whether lws holds back bytes of any connection that it may read from. */
static bool has_bytes(const struct sio__transport *transport)
{
    return lws_service_adjust_timeout(transport->context, 1, 0) == 0;
}

/* Above those that lws has places for (L6), if the limit allows such a number. */
static int duplicate(const struct sio__conn *conn)
{
    int fd = fcntl(sio__lws_fd(conn), F_DUPFD_CLOEXEC, conn->transport->descriptors);

    return fd >= 0 ? fd : fcntl(sio__lws_fd(conn), F_DUPFD_CLOEXEC, 0);
}

/* What the client has sent lies in the pair, or lws has what is in the pair's other end. */
static bool take_secure(struct sio__conn *conn, struct sio__stream *stream)
{
    int bytes = 0;

    return conn->front != NULL && ioctl(sio__lws_fd(conn), FIONREAD, &bytes) == 0 && bytes == 0 &&
           sio__front_give(conn->front, stream);
}

/* What its frames are to be read from.  False: it stays with lws. */
static bool take_stream(struct sio__conn *conn, struct sio__stream *stream)
{
    if (conn->is_secure)
        return take_secure(conn, stream);
    *stream = (struct sio__stream){duplicate(conn), NULL};
    return stream->fd >= 0;
}

/* NULL: it stays with lws. */
static struct sio__link *leave(struct sio__conn *conn)
{
    struct sio__stream stream;
    struct sio__link *link;

    if (!take_stream(conn, &stream))
        return NULL;
    link = sio__ws_open(&conn->transport->websockets, &stream, conn->request);
    if (link == NULL) {
        sio__stream_close(&stream);
        if (conn->is_secure)
            SIO__COUNT(conn->transport->config.stats, connections_closed);
        return NULL;
    }
    conn->request = NULL;
    sio__conn_leave(conn);
    return link;
}

/* lws would take deflated frames for broken ones. */
static void stay(struct sio__conn *conn)
{
    sio__lws_resume(conn);
    if (conn->front != NULL)
        sio__front_resume(conn->front);
    if (conn->request->deflate_bits == 0) {
        sio__lws_link_open(conn);
        return;
    }
    SIO__COUNT(conn->transport->config.stats, deflate_too_early);
    SIO__LOG(conn->transport->config.log, SIO_LOG_INFO,
             "WebSocket closed: deflate was granted, and frames may have come before that");
    sio__lws_link_refuse(conn, 1013);
}

static void decide(struct sio__conn *conn)
{
    struct sio__transport *transport = conn->transport;
    struct sio__link *link = NULL;

    sio__handoff_remove(conn);
    if (!conn->is_early && !lws_partial_buffered(conn->wsi))
        link = leave(conn);
    if (link == NULL) {
        stay(conn);
        return;
    }
    SIO__COUNT(transport->config.stats, websockets_opened);
    transport->config.routes->opened(transport->config.user, link);
    if (link->events == NULL && link->request != NULL)
        sio__ws_abandon(link); /* nobody took it, nor has it moved or ended */
}

/* What a paused connection has is not counted. */
static void pause_all(struct sio__conn *conn)
{
    for (; conn != NULL; conn = conn->held_next)
        sio__lws_pause(conn);
}

/* All others are paused, or have nothing. */
static bool is_early(struct sio__conn *conn)
{
    bool has_some;

    sio__lws_resume(conn);
    has_some = has_bytes(conn->transport);
    sio__lws_pause(conn);
    return has_some;
}

bool sio__transport_turn(struct sio__transport *transport)
{
    bool is_certain;

    if (transport->opened == NULL)
        return false;
    is_certain = transport->opened_turns == 0 && !has_bytes(transport);
    if (!is_certain) {
        pause_all(transport->opened);
        /* As long as a connection of another kind has bytes it cannot be told whose they are. */
        if (has_bytes(transport) && transport->opened_turns++ < TURNS_MOST)
            return false;
        for (struct sio__conn *conn = transport->opened; conn != NULL; conn = conn->held_next)
            conn->is_early = is_early(conn);
    }
    transport->opened_turns = 0;
    while (transport->opened != NULL)
        decide(transport->opened);
    if (!is_certain)
        lws_cancel_service(transport->context); /* else a callback of this turn has lws look */
    return true;
}
