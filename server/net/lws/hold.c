#include "server/net/lws/conn.h"

#include <poll.h>
#include <sys/ioctl.h>

enum { BATCH = 256 };

/* What a client may send behind its poll; a client's end that is further behind is not seen. */
enum { BEHIND_BYTES_MOST = 65536 };

static bool is_over(const struct pollfd *fd)
{
    int bytes = 0;

    if ((fd->revents & ~POLLIN) != 0)
        return true;
    return fd->revents != 0 && ioctl(fd->fd, FIONREAD, &bytes) == 0 && bytes > BEHIND_BYTES_MOST;
}

/* L1: lws does not notice that the client of a held poll has gone, so once a second we ask the
 * kernel about all of them. */
static void sweep_batch(struct pollfd *fds, struct sio__conn **conns, size_t count)
{
    if (poll(fds, count, 0) <= 0)
        return;
    for (size_t i = 0; i < count; i++)
        if (is_over(&fds[i]))
            sio__conn_kill(conns[i]);
}

static void on_sweep(struct sio__timer *timer)
{
    struct sio__transport *transport = lws_container_of(timer, struct sio__transport, sweep);
    struct pollfd fds[BATCH];
    struct sio__conn *conns[BATCH];
    size_t count = 0;

    for (struct sio__conn *conn = transport->held; conn != NULL; conn = conn->held_next) {
        fds[count] = (struct pollfd){.fd = sio__lws_fd(conn), .events = POLLIN | POLLRDHUP};
        conns[count++] = conn;
        if (count == BATCH) {
            sweep_batch(fds, conns, count);
            count = 0;
        }
    }
    if (count > 0)
        sweep_batch(fds, conns, count);
    if (transport->held != NULL)
        sio__timer_start(transport->config.timers, timer, uv_now(transport->config.loop),
                         SIO__LWS_SWEEP_MS);
}

void sio__hold_init(struct sio__transport *transport)
{
    transport->sweep.fire = on_sweep;
}

void sio__hold_add(struct sio__conn *conn)
{
    struct sio__transport *transport = conn->transport;

    if (conn->is_held)
        return;
    conn->is_held = true;
    sio__lws_pause(conn);
    conn->held_prev = NULL;
    conn->held_next = transport->held;
    if (conn->held_next != NULL)
        conn->held_next->held_prev = conn;
    transport->held = conn;
    if (!sio__timer_is_running(&transport->sweep))
        sio__timer_start(transport->config.timers, &transport->sweep,
                         uv_now(transport->config.loop), SIO__LWS_SWEEP_MS);
}

void sio__hold_remove(struct sio__conn *conn)
{
    if (!conn->is_held)
        return;
    conn->is_held = false;
    if (conn->held_prev != NULL)
        conn->held_prev->held_next = conn->held_next;
    else
        conn->transport->held = conn->held_next;
    if (conn->held_next != NULL)
        conn->held_next->held_prev = conn->held_prev;
    conn->held_next = conn->held_prev = NULL;
}
