#include "server/net/lws/conn.h"

#include <sys/socket.h>

static const char *hint_for(int status)
{
    switch (status) {
    case 405:
        return "its method is not known";
    case 411:
        return "it has a body without Content-Length: does a proxy strip it?";
    case 413:
        return "its body is too large";
    case 431:
        return "it has too many header fields";
    default:
        return "its head breaks the rules of HTTP";
    }
}

/* Answers instead of the routes.  What the client sends after a refused head cannot be told apart
 * from a body, so the connection ends. */
static int refuse(struct sio__conn *conn, int status)
{
    struct sio__answer answer = {.status = status, .close = true};

    SIO__COUNT(conn->transport->config.stats, requests_refused);
    SIO__LOG(conn->transport->config.log, SIO_LOG_INFO, "request refused with %d: %s", status,
             hint_for(status));
    conn->has_body = conn->requests == 1; /* L32 */
    conn->state = SIO__CONN_SENDING;
    if (!sio__reply_make(conn, &answer, false))
        return -1;
    return sio__http_settle(conn);
}

static void continue_100(struct sio__conn *conn)
{
    static const char text[] = "HTTP/1.1 100 Continue\r\n\r\n";

    if (send(sio__lws_fd(conn), text, sizeof text - 1, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        sio__conn_kill(conn);
}

static bool is_pending(const struct sio__conn *conn)
{
    return conn->state == SIO__CONN_READING || conn->state == SIO__CONN_HELD;
}

static void give_body(struct sio__conn *conn, const char *ptr, size_t len)
{
    conn->has_body = false;
    conn->state = SIO__CONN_HELD;
    sio__timer_stop(&conn->timer);
    conn->exchange.events->body(&conn->exchange, ptr, len, false);
}

/* The taker has seen the head and did not answer yet. */
static void start_body(struct sio__conn *conn, bool expects_continue)
{
    struct sio__exchange *x = &conn->exchange;

    if (!x->take_body) {
        conn->state = SIO__CONN_HELD;
    } else if (conn->body_bytes > x->max_body_bytes) {
        SIO__COUNT(conn->transport->config.stats, bodies_too_large);
        conn->state = SIO__CONN_HELD;
        x->events->body(x, NULL, 0, true);
    } else if (!conn->has_body) {
        give_body(conn, "", 0);
    } else {
        /* L17: lws's own deadline starts again with every byte. */
        conn->state = SIO__CONN_READING;
        sio__conn_time(conn, conn->transport->config.body_timeout_ms);
        if (expects_continue)
            continue_100(conn);
    }
}

static void hand_up(struct sio__conn *conn, const struct sio__head *head)
{
    static const struct sio__answer nobody = {.status = 500};
    struct sio__exchange *x = &conn->exchange;

    memset(x, 0, sizeof *x);
    x->ops = &sio__lws_exchange_ops;
    x->request = head->request;
    conn->state = SIO__CONN_HELD;
    conn->transport->config.routes->request(conn->transport->config.user, x);
    if (is_pending(conn) && x->events == NULL && !conn->is_killed)
        x->ops->answer(x, &nobody);
    if (is_pending(conn) && !conn->is_killed)
        start_body(conn, head->expects_continue);
}

int sio__http_request(struct sio__conn *conn)
{
    struct sio__head head;
    enum sio__head_verdict verdict;

    if (conn->state != SIO__CONN_IDLE || conn->is_killed)
        return -1;
    SIO__COUNT(conn->transport->config.stats, requests);
    conn->requests++;
    conn->body_read = 0;
    conn->is_body_over = false;
    verdict = sio__head_read(conn, false, &head);
    conn->method = head.method;
    conn->is_head = head.method == SIO__HEAD;
    if (verdict == SIO__HEAD_NO_MEMORY) {
        SIO__COUNT(conn->transport->config.stats, out_of_memory);
        return -1;
    }
    if (verdict == SIO__HEAD_BAD)
        return refuse(conn, head.status);
    /* L16: lws does not know where a chunked body ends. */
    conn->is_chunked = head.is_chunked;
    conn->chunked = (struct sio__chunked){0};
    conn->wants_close = head.wants_close || head.is_chunked;
    conn->body_bytes = (size_t)head.length;
    conn->has_body = head.length > 0 || head.is_chunked;

    conn->is_inside = true;
    hand_up(conn, &head);
    conn->is_inside = false;
    return sio__http_settle(conn);
}

/* L32: when a request was read together with the end of the one before it, lws takes its head for
 * its body once more, and then never comes back.  Its head is then what the body starts with: the
 * method.  A body that does so rightly costs the client its connection. */
static bool is_own_head(const struct sio__conn *conn, const char *ptr, size_t len)
{
    const char *name = sio__method_name(conn->method);
    size_t name_len = strlen(name);

    if (len > name_len)
        len = name_len;
    return sio__slice_ieq(sio__slice_make(ptr, len), sio__slice_make(name, len));
}

/* All of it has come. */
static int give_inbox(struct sio__conn *conn)
{
    struct sio__buf body = conn->inbox;

    sio__buf_init(&conn->inbox);
    conn->is_inside = true;
    give_body(conn, body.ptr, body.len);
    conn->is_inside = false;
    sio__buf_fini(&body);
    return sio__http_settle(conn);
}

/* The request ends before its body does. */
static void give_up(struct sio__conn *conn, int status)
{
    const struct sio__exchange_events *events = conn->exchange.events;
    struct sio__answer answer = {.status = status, .close = true};

    conn->exchange.events = NULL;
    if (events != NULL)
        events->gone(&conn->exchange);
    sio__lws_exchange_ops.answer(&conn->exchange, &answer);
}

static int refuse_chunks(struct sio__conn *conn)
{
    SIO__COUNT(conn->transport->config.stats, requests_refused);
    SIO__LOG(conn->transport->config.log, SIO_LOG_INFO,
             "request refused with 400: its chunks break the rules of HTTP");
    conn->is_inside = true;
    give_up(conn, 400);
    conn->is_inside = false;
    return sio__http_settle(conn);
}

static int refuse_large(struct sio__conn *conn)
{
    SIO__COUNT(conn->transport->config.stats, bodies_too_large);
    sio__timer_stop(&conn->timer);
    sio__buf_fini(&conn->inbox);
    conn->state = SIO__CONN_HELD;
    conn->is_inside = true;
    conn->exchange.events->body(&conn->exchange, NULL, 0, true);
    conn->is_inside = false;
    return sio__http_settle(conn);
}

static int read_chunks(struct sio__conn *conn, const char *ptr, size_t len)
{
    struct sio__slice in = sio__slice_make(ptr, len), out;
    enum sio__chunked_step step;

    while ((step = sio__chunked_next(&conn->chunked, &in, &out)) == SIO__CHUNKED_DATA) {
        if (out.len > conn->exchange.max_body_bytes - conn->inbox.len)
            return refuse_large(conn);
        sio__buf_bytes(&conn->inbox, out.ptr, out.len);
    }
    if (conn->inbox.failed) {
        SIO__COUNT(conn->transport->config.stats, out_of_memory);
        return -1;
    }
    if (step == SIO__CHUNKED_BAD)
        return refuse_chunks(conn);
    return step == SIO__CHUNKED_END ? give_inbox(conn) : 0;
}

/* lws gives at most Content-Length bytes in all, and that was within the limit. */
int sio__http_body(struct sio__conn *conn, const char *ptr, size_t len)
{
    if (len > 0 && conn->body_read == 0 && conn->requests > 1 && is_own_head(conn, ptr, len)) {
        SIO__COUNT(conn->transport->config.stats, requests_refused);
        return -1;
    }
    conn->body_read += len;
    if (conn->state != SIO__CONN_READING || len == 0)
        return conn->is_killed ? -1 : 0;
    if (conn->is_chunked)
        return read_chunks(conn, ptr, len);
    if (conn->body_read < conn->body_bytes || conn->inbox.len > 0) {
        sio__buf_bytes(&conn->inbox, ptr, len);
        if (conn->inbox.failed) {
            SIO__COUNT(conn->transport->config.stats, out_of_memory);
            return -1;
        }
        return 0;
    }
    /* All in one piece.  lws completes the transaction in the call that follows at once. */
    conn->is_inside = true;
    give_body(conn, ptr, len);
    conn->is_inside = false;
    return 0;
}

int sio__http_body_end(struct sio__conn *conn)
{
    if (conn->is_body_over || conn->is_chunked)
        return -1; /* L32, L16 */
    conn->is_body_over = true;
    if (conn->state == SIO__CONN_READING && conn->body_read == conn->body_bytes)
        return give_inbox(conn);
    return sio__http_settle(conn);
}

void sio__http_timeout(struct sio__conn *conn)
{
    SIO__COUNT(conn->transport->config.stats, bodies_too_slow);
    give_up(conn, 408);
}
