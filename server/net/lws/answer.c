#include "server/net/lws/conn.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

#include "protocol/http_field.h"

enum {
    COPY_BYTES = 4096,        /* a body up to this goes behind the head, into one segment */
    LINGER_READS = 32,        /* of what still comes, in one go */
    SLOWEST_BYTES_PER_MS = 8, /* below it a reader of an answer is too slow */
};

static const char *reason_of(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        {200, "OK"},
        {201, "Created"},
        {204, "No Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {411, "Length Required"},
        {413, "Payload Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
    };

    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unknown";
}

/* L21: lws would put CR and LF into an answer. */
bool sio__reply_field(struct sio__buf *out, struct sio__slice name, struct sio__slice value)
{
    if (!sio__field_token_valid(name) || !sio__field_value_valid(value))
        return false;
    sio__buf_slice(out, name);
    sio__buf_lit(out, ": ");
    sio__buf_slice(out, value);
    sio__buf_lit(out, "\r\n");
    return true;
}

static struct sio__slice date_now(struct sio__transport *transport)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t now = time(NULL);
    struct tm tm;

    if ((int64_t)now != transport->date_s && gmtime_r(&now, &tm) != NULL) {
        transport->date_s = (int64_t)now;
        snprintf(transport->date, sizeof transport->date, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
                 days + 3 * tm.tm_wday, tm.tm_mday % 32, months + 3 * tm.tm_mon,
                 (tm.tm_year + 1900) % 10000, tm.tm_hour % 24, tm.tm_min % 60, tm.tm_sec % 61);
    }
    return sio__slice_of(transport->date);
}

static bool has_no_body(int status)
{
    return status == 204 || status == 304 || status < 200;
}

static bool put_head(struct sio__conn *conn, const struct sio__answer *answer)
{
    struct sio__buf *head = &conn->reply.head;
    bool good = true;

    sio__buf_lit(head, "HTTP/1.1 ");
    sio__buf_uint(head, (uint64_t)answer->status);
    sio__buf_char(head, ' ');
    sio__buf_cstr(head, reason_of(answer->status));
    sio__buf_lit(head, "\r\n");
    if (answer->content_type != NULL)
        good =
            sio__reply_field(head, SIO__SLICE("Content-Type"), sio__slice_of(answer->content_type));
    for (size_t i = 0; i < answer->field_count && good; i++)
        good = sio__reply_field(head, answer->fields[i].name, answer->fields[i].value);
    if (!has_no_body(answer->status)) {
        sio__buf_lit(head, "Content-Length: ");
        sio__buf_uint(head, answer->body.len);
        sio__buf_lit(head, "\r\n");
    }
    sio__reply_field(head, SIO__SLICE("Date"), date_now(conn->transport));
    if (conn->reply.close)
        sio__buf_lit(head, "Connection: close\r\n\r\n");
    else
        sio__buf_lit(head, "Connection: keep-alive\r\n\r\n");
    return good;
}

static void put_body(struct sio__conn *conn, const struct sio__answer *answer)
{
    struct sio__reply *reply = &conn->reply;
    bool is_left_out = conn->is_head || has_no_body(answer->status);

    if (!is_left_out && answer->release != NULL && answer->body.len > COPY_BYTES) {
        reply->body = answer->body;
        reply->release = answer->release;
        reply->release_arg = answer->release_arg;
        return;
    }
    if (!is_left_out)
        sio__buf_slice(&reply->head, answer->body);
    if (answer->release != NULL)
        answer->release(answer->release_arg);
}

static size_t reply_bytes(const struct sio__conn *conn)
{
    return conn->reply.head.len + conn->reply.body.len;
}

bool sio__reply_make(struct sio__conn *conn, const struct sio__answer *answer, bool may_reuse)
{
    static const struct sio__answer broken = {.status = 500, .close = true};
    struct sio__reply *reply = &conn->reply;

    memset(reply, 0, sizeof *reply);
    reply->close = answer->close || !may_reuse || conn->wants_close || conn->transport->is_stopping;
    if (!put_head(conn, answer)) {
        sio__buf_clear(&reply->head);
        if (answer->release != NULL)
            answer->release(answer->release_arg);
        answer = &broken;
        reply->close = true;
        put_head(conn, answer);
    }
    put_body(conn, answer);
    if (reply->head.failed) {
        SIO__COUNT(conn->transport->config.stats, out_of_memory);
        sio__reply_drop(conn);
        return false;
    }
    reply->deadline_ms = sio__conn_now(conn) + conn->transport->config.body_timeout_ms +
                         reply_bytes(conn) / SLOWEST_BYTES_PER_MS;
    return true;
}

void sio__reply_drop(struct sio__conn *conn)
{
    struct sio__reply *reply = &conn->reply;

    sio__buf_fini(&reply->head);
    if (reply->release != NULL)
        reply->release(reply->release_arg);
    memset(reply, 0, sizeof *reply);
}

bool sio__reply_is_out(const struct sio__conn *conn)
{
    return conn->reply.sent == reply_bytes(conn);
}

/* Not through lws, which would keep what the socket does not take in a list of its own and drain it
 * only while it reads (L9, L1). */
bool sio__reply_push(struct sio__conn *conn)
{
    struct sio__reply *reply = &conn->reply;

    while (!sio__reply_is_out(conn)) {
        size_t head_left = reply->sent < reply->head.len ? reply->head.len - reply->sent : 0;
        size_t body_sent = reply->sent > reply->head.len ? reply->sent - reply->head.len : 0;
        struct iovec parts[2] = {
            {reply->head.ptr + reply->head.len - head_left, head_left},
            {(void *)(uintptr_t)(reply->body.ptr + body_sent), reply->body.len - body_sent},
        };
        struct msghdr message = {.msg_iov = parts, .msg_iovlen = 2};
        ssize_t n = sendmsg(sio__lws_fd(conn), &message, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno == EAGAIN || errno == EWOULDBLOCK;
        reply->sent += (size_t)n;
    }
    return true;
}

/* --- after the answer ---------------------------------------------------------------------- */

/* A close with unread bytes makes the kernel send RST, which may overtake the answer. */
static void linger(struct sio__conn *conn)
{
    sio__lws_pause(conn);
    shutdown(sio__lws_fd(conn), SHUT_WR);
    conn->state = SIO__CONN_LINGER;
    conn->reply.deadline_ms = sio__conn_now(conn) + SIO__LWS_LINGER_MS;
    sio__conn_time(conn, SIO__LWS_RETRY_MS);
}

static bool has_unread(const struct sio__conn *conn)
{
    char c;

    return conn->has_body || recv(sio__lws_fd(conn), &c, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

/* Returns what a callback of lws is to return; outside of one the connection is killed instead. */
static int finish(struct sio__conn *conn, bool is_inside)
{
    bool close = conn->reply.close;

    sio__reply_drop(conn);
    if (close && has_unread(conn)) {
        linger(conn);
        return 0;
    }
    conn->state = SIO__CONN_IDLE;
    if (!close) {
        sio__lws_resume(conn);
        close = lws_http_transaction_completed(conn->wsi) != 0;
    }
    if (close && !is_inside)
        sio__conn_kill(conn);
    return close ? -1 : 0;
}

static int send_and_finish(struct sio__conn *conn, bool is_inside)
{
    if (conn->wsi == NULL || conn->is_killed)
        return -1;
    if (!sio__reply_push(conn)) {
        if (!is_inside)
            sio__conn_kill(conn);
        return -1;
    }
    if (sio__reply_is_out(conn))
        return finish(conn, is_inside);
    sio__lws_pause(conn);
    sio__conn_time(conn, SIO__LWS_RETRY_MS);
    return 0;
}

static void linger_on(struct sio__conn *conn)
{
    ssize_t n = 1;

    /* On TCP MSG_TRUNC throws bytes away without a copy. */
    for (int i = 0; i < LINGER_READS && n > 0; i++)
        n = recv(sio__lws_fd(conn), conn->transport->scratch, SIO__LWS_SCRATCH_BYTES,
                 MSG_TRUNC | MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) ||
        sio__conn_now(conn) >= conn->reply.deadline_ms)
        sio__conn_kill(conn);
    else
        sio__conn_time(conn, SIO__LWS_RETRY_MS);
}

void sio__reply_timeout(struct sio__conn *conn)
{
    if (conn->state == SIO__CONN_LINGER)
        linger_on(conn);
    else if (sio__conn_now(conn) >= conn->reply.deadline_ms)
        sio__conn_kill(conn);
    else
        send_and_finish(conn, false);
}

int sio__http_settle(struct sio__conn *conn)
{
    if (conn->is_killed)
        return -1;
    switch (conn->state) {
    case SIO__CONN_SENDING:
        sio__request_rele(conn->exchange.request);
        conn->exchange.request = NULL;
        return send_and_finish(conn, true);
    case SIO__CONN_HELD:
        sio__hold_add(conn);
        return 0;
    case SIO__CONN_DEAD:
        return -1;
    default:
        return 0;
    }
}

/* --- ops of an exchange -------------------------------------------------------------------- */

static void on_answer(struct sio__exchange *x, const struct sio__answer *answer)
{
    struct sio__conn *conn = lws_container_of(x, struct sio__conn, exchange);

    if (conn->state != SIO__CONN_READING && conn->state != SIO__CONN_HELD) {
        if (answer->release != NULL)
            answer->release(answer->release_arg);
        return;
    }
    sio__hold_remove(conn);
    sio__timer_stop(&conn->timer);
    x->events = NULL;
    conn->state = SIO__CONN_SENDING;
    if (!sio__reply_make(conn, answer, !conn->has_body)) {
        sio__conn_kill(conn);
    } else if (!conn->is_inside) {
        sio__request_rele(x->request);
        x->request = NULL;
        send_and_finish(conn, false);
    }
}

static void on_destroy(struct sio__exchange *x)
{
    struct sio__conn *conn = lws_container_of(x, struct sio__conn, exchange);

    x->events = NULL;
    sio__conn_kill(conn);
}

const struct sio__exchange_ops sio__lws_exchange_ops = {on_answer, on_destroy};
