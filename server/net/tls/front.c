#include "server/net/tls/front.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <string.h>
#include <unistd.h>

#include "protocol/buf.h"
#include "protocol/mem.h"

enum { TURNS_DOWN = 4 }; /* pieces of SIO__TLS_WRITE_BYTES in a turn */

enum state { HANDSHAKE, OPEN, DRAIN, LINGER, DEAD };

struct sio__front {
    struct sio__fronts *fronts;
    struct sio__front *next, *prev;
    struct sio__front **owner;
    struct sio__timer timer; /* what for follows from the state */
    uv_poll_t outer, inner;
    unsigned handles; /* still to be closed */
    struct sio__stream stream;
    int plain; /* our end of the pair; -1: none */
    uint8_t state;
    bool is_counted; /* its pair, as descriptors */
    bool is_paused;
    bool is_peer_over;  /* the client has ended its side */
    struct sio__buf up; /* from the client, and not yet taken by the pair */
    size_t up_at;       /* of it is on its way */
    union {
        struct sockaddr any;
        struct sockaddr_in6 in6;
    } peer;
};

/* --- the end ------------------------------------------------------------------------------- */

static void on_closed(uv_handle_t *handle)
{
    struct sio__front *front = handle->data;

    if (--front->handles == 0)
        sio__free(front);
}

/* Counted from the beginning, so that those whose handshake is going on find some left. */
static void count_pair(struct sio__front *front, bool is_coming)
{
    if (front->is_counted == is_coming)
        return;
    front->is_counted = is_coming;
    if (is_coming)
        atomic_fetch_add(front->fronts->config.pair_descriptors, 2);
    else
        atomic_fetch_sub(front->fronts->config.pair_descriptors, 2);
}

static void close_plain(struct sio__front *front)
{
    count_pair(front, false);
    if (front->plain < 0)
        return;
    uv_close((uv_handle_t *)&front->inner, on_closed);
    close(front->plain);
    front->plain = -1;
    sio__buf_fini(&front->up);
}

/* All but the stream. */
static void let_go(struct sio__front *front)
{
    struct sio__fronts *fronts = front->fronts;

    front->state = DEAD;
    if (front->owner != NULL)
        *front->owner = NULL;
    if (front->prev != NULL)
        front->prev->next = front->next;
    else
        fronts->first = front->next;
    if (front->next != NULL)
        front->next->prev = front->prev;
    fronts->count--;
    sio__timer_stop(&front->timer);
    close_plain(front);
    uv_close((uv_handle_t *)&front->outer, on_closed);
}

static void drop(struct sio__front *front)
{
    if (front->state == DEAD)
        return;
    let_go(front);
    SIO__COUNT(front->fronts->config.stats, connections_closed);
    sio__stream_close(&front->stream);
}

static void set_time(struct sio__front *front, uint64_t ms)
{
    const struct sio__fronts_config *config = &front->fronts->config;

    sio__timer_start(config->timers, &front->timer, uv_now(config->loop), ms);
}

/* A close with unread bytes makes the kernel send RST, which may overtake what we said last. */
static void linger(struct sio__front *front)
{
    front->state = LINGER;
    if (front->is_peer_over)
        drop(front);
    else
        set_time(front, SIO__FRONT_LINGER_MS);
}

static void on_flushed(struct sio__front *front)
{
    if (front->state == DRAIN)
        linger(front);
}

/* The plain end is closed, and all that was written to it is sealed. */
static void end_down(struct sio__front *front)
{
    close_plain(front);
    front->state = DRAIN;
    set_time(front, SIO__FRONT_DRAIN_MS);
    sio__stream_end(&front->stream);
    if (!sio__stream_is_choked(&front->stream))
        on_flushed(front);
}

/* --- bytes --------------------------------------------------------------------------------- */

static bool is_again(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

/* How many bytes the plain end took.  One that is closed takes all: reading from it tells so. */
static size_t send_up(struct sio__front *front, const void *ptr, size_t len)
{
    ssize_t n = send(front->plain, ptr, len, MSG_NOSIGNAL | MSG_DONTWAIT);

    if (n < 0)
        return is_again() ? 0 : len;
    return (size_t)n;
}

static void end_up(struct sio__front *front)
{
    if (front->is_peer_over && front->up.len == 0)
        shutdown(front->plain, SHUT_WR);
}

static void push_up(struct sio__front *front)
{
    front->up_at += send_up(front, front->up.ptr + front->up_at, front->up.len - front->up_at);
    if (front->up_at < front->up.len)
        return;
    sio__buf_fini(&front->up);
    front->up_at = 0;
    end_up(front);
}

static void take_up(struct sio__front *front, size_t len)
{
    const unsigned char *bytes = front->fronts->config.bytes;
    size_t sent = send_up(front, bytes, len);

    sio__buf_bytes(&front->up, bytes + sent, len - sent);
    if (!front->up.failed)
        return;
    SIO__COUNT(front->fronts->config.stats, out_of_memory);
    drop(front);
}

static void pump_up(struct sio__front *front)
{
    ssize_t n =
        sio__stream_read(&front->stream, front->fronts->config.bytes, SIO__STREAM_READ_BYTES);

    if (n > 0) {
        take_up(front, (size_t)n);
    } else if (n == 0) {
        front->is_peer_over = true;
        end_up(front);
    } else if (!is_again()) {
        drop(front);
    }
}

/* False: nothing is there, or nothing can be taken now. */
static bool pump_down_once(struct sio__front *front)
{
    struct iovec piece = {front->fronts->config.bytes, SIO__TLS_WRITE_BYTES};
    ssize_t n;

    if (sio__stream_is_choked(&front->stream))
        return false;
    n = recv(front->plain, piece.iov_base, piece.iov_len, MSG_DONTWAIT);
    if (n > 0) {
        /* One piece is taken whole by a stream that is not choked, or the stream is broken. */
        piece.iov_len = (size_t)n;
        if (sio__stream_write(&front->stream, &piece, 1) == n)
            return true;
        drop(front);
    } else if (n == 0 || !is_again()) {
        end_down(front);
    }
    return false;
}

static void pump_down(struct sio__front *front)
{
    for (int i = 0; i < TURNS_DOWN && pump_down_once(front); i++)
        ;
}

/* Throws away what still comes, sealed as it is. */
static void discard(struct sio__front *front)
{
    ssize_t n =
        recv(front->stream.fd, front->fronts->config.bytes, SIO__STREAM_READ_BYTES, MSG_DONTWAIT);

    if (n == 0 || (n < 0 && !is_again()))
        drop(front);
}

/* --- the loop's poll ----------------------------------------------------------------------- */

static void on_outer(uv_poll_t *poll, int status, int events);
static void on_inner(uv_poll_t *poll, int status, int events);

static void watch_one(uv_poll_t *poll, int events, uv_poll_cb cb)
{
    if (events != 0)
        uv_poll_start(poll, events, cb);
    else
        uv_poll_stop(poll);
}

static void watch(struct sio__front *front)
{
    bool is_choked = sio__stream_is_choked(&front->stream), has_up = front->up.len > 0;
    bool wants_up = !has_up && !front->is_paused && !front->is_peer_over;
    int outer = is_choked ? UV_WRITABLE : 0;

    if (front->state == DEAD)
        return;
    if (front->state == HANDSHAKE || front->state == LINGER || (front->state == OPEN && wants_up))
        outer |= UV_READABLE;
    watch_one(&front->outer, outer, on_outer);
    if (front->plain >= 0)
        watch_one(&front->inner, (is_choked ? 0 : UV_READABLE) | (has_up ? UV_WRITABLE : 0),
                  on_inner);
}

/* The low numbers are for those who need them: L6 of docs/LWS.md. */
static int lift(const struct sio__fronts *fronts, int fd)
{
    int high = fcntl(fd, F_DUPFD_CLOEXEC, fronts->config.descriptors);

    if (high < 0)
        return fd;
    close(fd);
    return high;
}

static bool open_plain(struct sio__front *front)
{
    struct sio__fronts *fronts = front->fronts;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair) != 0)
        return false;
    pair[0] = lift(fronts, pair[0]);
    if (uv_poll_init(fronts->config.loop, &front->inner, pair[0]) != 0) {
        close(pair[0]);
        close(pair[1]);
        return false;
    }
    front->inner.data = front;
    front->handles++;
    front->plain = pair[0];
    front->state = OPEN;
    sio__timer_stop(&front->timer);
    fronts->config.on_open(fronts->config.user, front, pair[1], &front->peer.any);
    return true;
}

static void refuse(struct sio__front *front, const char *why)
{
    SIO__COUNT(front->fronts->config.stats, tls_failed);
    SIO__LOG(front->fronts->config.log, SIO_LOG_INFO, "TLS handshake failed: %s", why);
    shutdown(front->stream.fd, SHUT_WR);
    linger(front);
}

static void shake(struct sio__front *front)
{
    const char *why;

    switch (sio__tls_handshake(front->stream.tls, &why)) {
    case SIO__TLS_AGAIN:
        break;
    case SIO__TLS_FAILED:
        refuse(front, why);
        break;
    case SIO__TLS_DONE:
        SIO__COUNT(front->fronts->config.stats, tls_handshakes);
        if (!open_plain(front)) {
            SIO__COUNT(front->fronts->config.stats, out_of_memory);
            drop(front);
        }
        break;
    }
}

static void on_readable(struct sio__front *front)
{
    switch (front->state) {
    case HANDSHAKE:
        shake(front);
        break;
    case OPEN:
        pump_up(front);
        break;
    case LINGER:
        discard(front);
        break;
    default:
        break;
    }
}

static void on_outer(uv_poll_t *poll, int status, int events)
{
    struct sio__front *front = poll->data;

    if (status != 0) {
        drop(front); /* libuv does not look at it any more */
        return;
    }
    if ((events & UV_WRITABLE) != 0 && sio__stream_flush(&front->stream))
        on_flushed(front);
    if ((events & UV_READABLE) != 0)
        on_readable(front);
    watch(front);
}

static void on_inner(uv_poll_t *poll, int status, int events)
{
    struct sio__front *front = poll->data;

    if ((events & UV_WRITABLE) != 0)
        push_up(front);
    /* An end that was closed with something unread in it is an error, behind what it has sent. */
    if (status != 0 || (events & UV_READABLE) != 0)
        pump_down(front);
    watch(front);
}

static void on_timer(struct sio__timer *timer)
{
    struct sio__front *front =
        (struct sio__front *)((char *)timer - offsetof(struct sio__front, timer));

    if (front->state == HANDSHAKE) {
        SIO__COUNT(front->fronts->config.stats, tls_too_slow);
        SIO__LOG(front->fronts->config.log, SIO_LOG_INFO, "TLS handshake not done in time");
    }
    drop(front);
}

/* --- for the plain end --------------------------------------------------------------------- */

void sio__front_own(struct sio__front *front, struct sio__front **owner)
{
    front->owner = owner;
    *owner = front;
}

void sio__front_leave(struct sio__front *front)
{
    if (front->owner != NULL)
        *front->owner = NULL;
    front->owner = NULL;
    if (front->state == OPEN)
        set_time(front, SIO__FRONT_DRAIN_MS);
}

void sio__front_pause(struct sio__front *front)
{
    front->is_paused = true;
    watch(front);
}

void sio__front_resume(struct sio__front *front)
{
    front->is_paused = false;
    watch(front);
}

bool sio__front_give(struct sio__front *front, struct sio__stream *stream)
{
    while (front->state == OPEN && pump_down_once(front))
        ;
    if (front->state != OPEN || front->is_peer_over || front->up.len > 0 ||
        sio__stream_is_choked(&front->stream)) {
        watch(front);
        return false;
    }
    *stream = front->stream;
    front->stream = (struct sio__stream){-1, NULL};
    let_go(front);
    return true;
}

bool sio__front_is_authorized(const struct sio__front *front)
{
    return sio__tls_is_authorized(front->stream.tls);
}

/* --- life ---------------------------------------------------------------------------------- */

static void give_up(struct sio__fronts *fronts, struct sio__front *front,
                    struct sio__stream *stream)
{
    SIO__COUNT(fronts->config.stats, out_of_memory);
    SIO__COUNT(fronts->config.stats, connections_closed);
    sio__stream_close(stream);
    sio__free(front);
}

static void keep_peer(struct sio__front *front, const struct sockaddr *peer)
{
    if (peer != NULL && peer->sa_family == AF_INET)
        memcpy(&front->peer, peer, sizeof(struct sockaddr_in));
    else if (peer != NULL && peer->sa_family == AF_INET6)
        memcpy(&front->peer, peer, sizeof(struct sockaddr_in6));
}

void sio__front_adopt(struct sio__fronts *fronts, int fd, const struct sockaddr *peer)
{
    struct sio__front *front = sio__calloc(1, sizeof *front);
    struct sio__stream stream = {lift(fronts, fd), NULL};

    if (front != NULL)
        stream.tls = sio__tls_new(fronts->config.context, &fronts->io, stream.fd);
    if (stream.tls == NULL || uv_poll_init(fronts->config.loop, &front->outer, stream.fd) != 0) {
        give_up(fronts, front, &stream);
        return;
    }
    front->fronts = fronts;
    front->stream = stream;
    front->outer.data = front;
    front->handles = 1;
    front->plain = -1;
    front->timer.fire = on_timer;
    keep_peer(front, peer);
    front->next = fronts->first;
    if (front->next != NULL)
        front->next->prev = front;
    fronts->first = front;
    fronts->count++;
    count_pair(front, true);
    set_time(front, fronts->config.handshake_timeout_ms);
    watch(front);
}

bool sio__fronts_init(struct sio__fronts *fronts, const struct sio__fronts_config *config)
{
    *fronts = (struct sio__fronts){.config = *config};
    return config->context == NULL || sio__tls_io_init(&fronts->io);
}

void sio__fronts_stop(struct sio__fronts *fronts)
{
    struct sio__front *next;

    for (struct sio__front *front = fronts->first; front != NULL; front = next) {
        next = front->next;
        if (front->state == HANDSHAKE)
            drop(front);
    }
}

void sio__fronts_end(struct sio__fronts *fronts)
{
    while (fronts->first != NULL)
        drop(fronts->first);
}

void sio__fronts_fini(struct sio__fronts *fronts)
{
    if (fronts->config.context != NULL)
        sio__tls_io_fini(&fronts->io);
}
