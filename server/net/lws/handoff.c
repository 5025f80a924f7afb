/* handoff.c: an open WebSocket leaves lws for server/net/ws, on a descriptor of its own.
 *
 * lws reads a WebSocket by small pieces, each with a turn of the loop, and parses them byte by
 * byte.  So once the 101 is out its part is over.  A client that has sent frames behind its
 * request, before it could know the answer, breaks RFC 6455 (4.1); lws has read them already, and
 * damages them (L38).  Such a WebSocket is closed, as is one for which there is no memory or no
 * descriptor: lws never reads a frame. */
#include <fcntl.h>
#include <sys/ioctl.h>

#include "server/net/lws/conn.h"

enum { TURNS_MOST = 8 }; /* then those that have bytes of a request do not get in the way */

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

/* Behind a front what the client has sent since lies in the pair: frames that came too early. */
static bool has_pair_bytes(const struct sio__conn *conn)
{
    int bytes = 0;

    return conn->is_secure && (ioctl(sio__lws_fd(conn), FIONREAD, &bytes) != 0 || bytes > 0);
}

/* What its frames are to be read from. */
static bool take_stream(struct sio__conn *conn, struct sio__stream *stream)
{
    if (conn->is_secure)
        return conn->front != NULL && sio__front_give(conn->front, stream);
    *stream = (struct sio__stream){duplicate(conn), NULL};
    if (stream->fd < 0)
        SIO__COUNT(conn->transport->config.stats, out_of_memory);
    return stream->fd >= 0;
}

/* NULL: it cannot. */
static struct sio__link *leave(struct sio__conn *conn)
{
    struct sio__stats *stats = conn->transport->config.stats;
    struct sio__stream stream;
    struct sio__link *link;

    if (lws_partial_buffered(conn->wsi) || !take_stream(conn, &stream))
        return NULL;
    link = sio__ws_open(&conn->transport->websockets, &stream, conn->request);
    if (link == NULL) {
        sio__stream_close(&stream);
        SIO__COUNT(stats, out_of_memory);
        if (conn->is_secure)
            SIO__COUNT(stats, connections_closed);
        return NULL;
    }
    conn->request = NULL;
    sio__conn_leave(conn);
    return link;
}

/* A close frame with 1002, if the socket takes it: nobody waits for its answer. */
static void refuse_early(struct sio__conn *conn)
{
    static const unsigned char close_1002[] = {0x88, 2, 1002 >> 8, 1002 & 0xff};

    SIO__COUNT(conn->transport->config.stats, frames_too_early);
    SIO__LOG(conn->transport->config.log, SIO_LOG_INFO,
             "WebSocket closed: it sent frames before its handshake was answered");
    send(sio__lws_fd(conn), close_1002, sizeof close_1002, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void decide(struct sio__conn *conn)
{
    struct sio__transport *transport = conn->transport;
    struct sio__link *link = NULL;

    sio__handoff_remove(conn);
    if (conn->is_early || has_pair_bytes(conn))
        refuse_early(conn);
    else
        link = leave(conn);
    if (link == NULL) {
        if (conn->front != NULL)
            sio__front_resume(conn->front);
        sio__conn_kill(conn);
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

/* Whether lws is to read requests meanwhile; its deadlines stay as they are. */
static void read_requests(const struct sio__transport *transport, bool is_on)
{
    for (struct sio__conn *conn = transport->conns; conn != NULL; conn = conn->next)
        if (conn->wsi != NULL && !conn->is_killed &&
            (conn->state == SIO__CONN_IDLE || conn->state == SIO__CONN_READING))
            lws_rx_flow_control(conn->wsi, is_on);
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

static void ask_all(struct sio__transport *transport)
{
    for (struct sio__conn *conn = transport->opened; conn != NULL; conn = conn->held_next)
        conn->is_early = is_early(conn);
}

bool sio__transport_turn(struct sio__transport *transport)
{
    bool is_certain, is_mixed;

    if (transport->opened == NULL)
        return false;
    is_certain = transport->opened_turns == 0 && !has_bytes(transport);
    if (!is_certain) {
        pause_all(transport->opened);
        /* As long as a connection of another kind has bytes it cannot be told whose they are. */
        is_mixed = has_bytes(transport);
        if (is_mixed && transport->opened_turns++ < TURNS_MOST)
            return false;
        if (is_mixed)
            read_requests(transport, false);
        ask_all(transport);
        if (is_mixed)
            read_requests(transport, true);
    }
    transport->opened_turns = 0;
    while (transport->opened != NULL)
        decide(transport->opened);
    if (!is_certain)
        lws_cancel_service(transport->context); /* else a callback of this turn has lws look */
    return true;
}
