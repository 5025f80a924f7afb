/* wait.c: a WebSocket handshake whose 101 is held back until somebody has decided on it.
 *
 * lws wants its answer at once, and writes the 101 if it is yes (L37).  So for the moment of that
 * write one end of a socket pair stands in the place of the connection's socket, under the same
 * number: what the loop's poll knows is the open socket behind it, which is back before the loop
 * looks again.  The 101 is then ours, to be sent or not; until then the handshake is an exchange
 * that is held like any other. */
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/net/lws/conn.h"

enum { END_BYTES = 2 }; /* the empty line behind the headers, before which more may stand */

static void close_end(int *fd)
{
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
}

/* --- taking the 101 ------------------------------------------------------------------------ */

bool sio__wait_begin(struct sio__conn *conn)
{
    int fd = sio__lws_fd(conn), pair[2] = {-1, -1}, socket = fcntl(fd, F_DUPFD_CLOEXEC, 0);
    bool is_swapped =
        socket >= 0 &&
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) == 0 &&
        dup3(pair[0], fd, O_CLOEXEC) >= 0;

    close_end(&pair[0]);
    if (!is_swapped) {
        close_end(&pair[1]);
        close_end(&socket);
        SIO__COUNT(conn->transport->config.stats, out_of_memory);
        return false;
    }
    conn->waits = (struct sio__wait){.is_swapped = true, .socket = socket, .written = pair[1]};
    return true;
}

static bool read_answer(struct sio__conn *conn)
{
    ssize_t n = recv(conn->waits.written, conn->transport->scratch, SIO__LWS_SCRATCH_BYTES, 0);

    if (n <= END_BYTES || n == SIO__LWS_SCRATCH_BYTES)
        return false;
    sio__buf_bytes(&conn->inbox, (const char *)conn->transport->scratch, (size_t)n);
    return !conn->inbox.failed;
}

void sio__wait_fini(struct sio__conn *conn)
{
    if (!conn->waits.is_swapped)
        return;
    close_end(&conn->waits.socket);
    close_end(&conn->waits.written);
    conn->waits.is_swapped = false;
}

/* The socket is back in its place.  False: it is not, or there is no answer. */
static bool end_swap(struct sio__conn *conn)
{
    bool is_good = dup3(conn->waits.socket, sio__lws_fd(conn), O_CLOEXEC) >= 0 && read_answer(conn);

    sio__wait_fini(conn);
    return is_good;
}

/* --- the answer ---------------------------------------------------------------------------- */

/* What was taken, with these headers as its last. */
static bool complete(struct sio__conn *conn, const struct sio__answer *answer)
{
    struct sio__buf *out = &conn->inbox;

    out->len -= END_BYTES;
    for (size_t i = 0; i < answer->field_count; i++)
        if (!sio__reply_field(out, answer->fields[i].name, answer->fields[i].value))
            return false;
    sio__buf_lit(out, "\r\n");
    return !out->failed;
}

/* A socket to which nothing was written yet takes it in one. */
static bool send_answer(struct sio__conn *conn, const struct sio__answer *answer)
{
    return complete(conn, answer) && send(sio__lws_fd(conn), conn->inbox.ptr, conn->inbox.len,
                                          MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)conn->inbox.len;
}

static void let_in(struct sio__conn *conn, const struct sio__answer *answer)
{
    bool is_sent = send_answer(conn, answer);

    conn->exchange.events = NULL;
    conn->request = conn->exchange.request;
    conn->exchange.request = NULL;
    sio__hold_remove(conn);
    sio__buf_fini(&conn->inbox);
    if (!is_sent) {
        sio__conn_kill(conn);
        return;
    }
    sio__lws_resume(conn);
    sio__handoff_add(conn);
    conn->transport->opened_turns++; /* no callback of this turn has lws look at it */
}

static void on_answer(struct sio__exchange *x, const struct sio__answer *answer)
{
    struct sio__conn *conn = lws_container_of(x, struct sio__conn, exchange);
    struct sio__answer last = *answer;

    if (conn->state == SIO__CONN_HELD && answer->status == 101) {
        let_in(conn, answer);
        return;
    }
    last.close = true;
    sio__buf_fini(&conn->inbox);
    sio__lws_exchange_ops.answer(x, &last);
}

static void on_destroy(struct sio__exchange *x)
{
    sio__lws_exchange_ops.destroy(x);
}

static const struct sio__exchange_ops ops = {on_answer, on_destroy};

int sio__wait_opened(struct sio__conn *conn)
{
    struct sio__transport *transport = conn->transport;
    struct sio__exchange *x = &conn->exchange;

    if (conn->is_killed || !end_swap(conn))
        return -1;
    memset(x, 0, sizeof *x);
    x->ops = &ops;
    x->request = conn->request;
    conn->request = NULL;
    conn->state = SIO__CONN_HELD;
    conn->is_head = false;
    conn->has_body = false;
    conn->is_inside = true;
    transport->config.routes->held(transport->config.user, x);
    conn->is_inside = false;
    if (conn->state == SIO__CONN_HELD && x->events == NULL)
        return -1; /* nobody took it */
    return sio__http_settle(conn);
}
