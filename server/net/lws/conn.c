#include "server/net/lws/conn.h"

#include <sys/socket.h>

#include "protocol/mem.h"

static void on_timer(struct sio__timer *timer)
{
    struct sio__conn *conn = lws_container_of(timer, struct sio__conn, timer);

    switch (conn->state) {
    case SIO__CONN_READING:
        sio__http_timeout(conn);
        break;
    case SIO__CONN_SENDING:
    case SIO__CONN_LINGER:
        sio__reply_timeout(conn);
        break;
    default:
        break;
    }
}

struct sio__conn *sio__conn_new(struct sio__transport *transport, const struct sockaddr *peer)
{
    struct sio__conn *conn = sio__calloc(1, sizeof *conn);

    if (conn == NULL)
        return NULL;
    conn->transport = transport;
    conn->timer.fire = on_timer;
    if (peer != NULL && peer->sa_family == AF_INET)
        memcpy(&conn->peer, peer, sizeof conn->peer.in);
    else if (peer != NULL && peer->sa_family == AF_INET6)
        memcpy(&conn->peer, peer, sizeof conn->peer.in6);
    conn->next = transport->conns;
    if (conn->next != NULL)
        conn->next->prev = conn;
    transport->conns = conn;
    transport->count++;
    return conn;
}

void sio__conn_free(struct sio__conn *conn)
{
    if (conn->prev != NULL)
        conn->prev->next = conn->next;
    else
        conn->transport->conns = conn->next;
    if (conn->next != NULL)
        conn->next->prev = conn->prev;
    sio__free(conn);
}

static void end_exchange(struct sio__conn *conn)
{
    const struct sio__exchange_events *events = conn->exchange.events;

    sio__request_rele(conn->exchange.request);
    conn->exchange.request = NULL;
    if (events != NULL)
        events->gone(&conn->exchange);
}

/* All that it has beside its exchange. */
static void let_go(struct sio__conn *conn)
{
    conn->state = SIO__CONN_DEAD;
    conn->transport->count--;
    sio__timer_stop(&conn->timer);
    if (conn->front != NULL)
        sio__front_leave(conn->front);
    sio__hold_remove(conn);
    sio__handoff_remove(conn);
    sio__wait_fini(conn);
    sio__reply_drop(conn);
    sio__buf_fini(&conn->inbox);
    sio__request_rele(conn->request);
    conn->request = NULL;
}

void sio__conn_end(struct sio__conn *conn)
{
    enum sio__conn_state state = conn->state;

    if (state == SIO__CONN_DEAD)
        return;
    let_go(conn);
    if (!conn->is_secure)
        SIO__COUNT(conn->transport->config.stats, connections_closed);
    if (state == SIO__CONN_READING || state == SIO__CONN_HELD)
        end_exchange(conn);
    else if (state == SIO__CONN_SENDING)
        sio__request_rele(conn->exchange.request);
}

/* A wsi that has run into a deadline is closed without a word, and its socket is not shut down. */
static void have_closed(struct sio__conn *conn)
{
    conn->is_killed = true;
    lws_set_timeout(conn->wsi, PENDING_TIMEOUT_USER_REASON_BASE, LWS_TO_KILL_ASYNC);
}

void sio__conn_leave(struct sio__conn *conn)
{
    let_go(conn);
    have_closed(conn);
}

void sio__conn_kill(struct sio__conn *conn)
{
    if (conn->is_killed || conn->wsi == NULL)
        return;
    shutdown(sio__lws_fd(conn), SHUT_RDWR);
    have_closed(conn);
    /* A deadline set outside of lws's callbacks is not looked at on a foreign loop until something
     * wakes it. */
    lws_cancel_service_pt(conn->wsi);
}
