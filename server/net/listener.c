#include "server/net/listener.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- opening ------------------------------------------------------------------------------- */

static int set_flag(int fd, int level, int name, int value)
{
    return setsockopt(fd, level, name, &value, sizeof value) == 0 ? 0 : -errno;
}

enum { BIND_ONLY = -1 }; /* as a backlog */

static int prepare(int fd, const struct addrinfo *address, bool dual, int backlog, bool reuseport)
{
    int err;

    if ((err = set_flag(fd, SOL_SOCKET, SO_REUSEADDR, 1)) != 0)
        return err;
    if (reuseport && (err = set_flag(fd, SOL_SOCKET, SO_REUSEPORT, 1)) != 0)
        return err;
    if (address->ai_family == AF_INET6 &&
        (err = set_flag(fd, IPPROTO_IPV6, IPV6_V6ONLY, dual ? 0 : 1)) != 0)
        return err;
    if (bind(fd, address->ai_addr, address->ai_addrlen) != 0)
        return -errno;
    return backlog == BIND_ONLY || listen(fd, backlog) == 0 ? 0 : -errno;
}

static int open_one(const struct addrinfo *address, bool dual, int backlog, bool reuseport,
                    int *out)
{
    int err, fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    if ((err = prepare(fd, address, dual, backlog, reuseport)) != 0) {
        close(fd);
        return err;
    }
    *out = fd;
    return 0;
}

/* "::" takes both families; a machine without IPv6 is asked for 0.0.0.0 instead. */
static int open_any(uint16_t port, int backlog, bool reuseport, int *fd)
{
    struct sockaddr_in6 any6 = {
        .sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = in6addr_any};
    struct sockaddr_in any4 = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_ANY)};
    struct addrinfo six = {
        .ai_family = AF_INET6, .ai_addr = (struct sockaddr *)&any6, .ai_addrlen = sizeof any6};
    struct addrinfo four = {
        .ai_family = AF_INET, .ai_addr = (struct sockaddr *)&any4, .ai_addrlen = sizeof any4};
    int err = open_one(&six, true, backlog, reuseport, fd);

    if (err == -EAFNOSUPPORT || err == -EADDRNOTAVAIL || err == -ENOPROTOOPT)
        err = open_one(&four, false, backlog, reuseport, fd);
    return err;
}

static int lookup_error(int eai)
{
    if (eai == EAI_SYSTEM)
        return -errno;
    return eai == EAI_MEMORY ? -ENOMEM : -EADDRNOTAVAIL;
}

static int open_named(const char *host, uint16_t port, int backlog, bool reuseport, int *fd)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *found;
    char service[6];
    int err;

    snprintf(service, sizeof service, "%u", (unsigned)port);
    if ((err = getaddrinfo(host, service, &hints, &found)) != 0)
        return lookup_error(err);
    err = -EADDRNOTAVAIL;
    for (const struct addrinfo *address = found; address != NULL && err != 0;
         address = address->ai_next)
        err = open_one(address, false, backlog, reuseport, fd);
    freeaddrinfo(found);
    return err;
}

static int port_of(int fd, uint16_t *port)
{
    union {
        struct sockaddr any;
        struct sockaddr_in four;
        struct sockaddr_in6 six;
        struct sockaddr_storage storage;
    } name;
    socklen_t len = sizeof name;

    if (getsockname(fd, &name.any, &len) != 0)
        return -errno;
    *port = ntohs(name.any.sa_family == AF_INET6 ? name.six.sin6_port : name.four.sin_port);
    return 0;
}

int sio__listen(const char *host, uint16_t port, int backlog, bool reuseport, int *fd,
                uint16_t *bound_port)
{
    bool is_any = host == NULL || host[0] == '\0';
    uint16_t bound = 0;
    int err, opened = -1;

    err = is_any ? open_any(port, backlog, reuseport, &opened)
                 : open_named(host, port, backlog, reuseport, &opened);
    if (err != 0)
        return err;
    if ((err = port_of(opened, &bound)) != 0) {
        close(opened);
        return err;
    }
    if (bound_port != NULL)
        *bound_port = bound;
    *fd = opened;
    return 0;
}

/* SO_REUSEPORT would let a second server of the same user in silently: a socket without it is told
 * that the port is taken. */
static int check_free(const char *host, uint16_t port)
{
    int fd, err = sio__listen(host, port, BIND_ONLY, false, &fd, NULL);

    if (err == 0)
        close(fd);
    return err;
}

int sio__listen_group(const char *host, uint16_t port, int backlog, size_t count, int *fds,
                      uint16_t *bound_port)
{
    bool is_shared = count > 1;
    size_t opened = 0;
    int err;

    if (is_shared && port != 0 && (err = check_free(host, port)) != 0)
        return err;
    for (; opened < count; opened++)
        if ((err = sio__listen(host, port, backlog, is_shared, &fds[opened], &port)) != 0)
            goto close_opened;
    *bound_port = port;
    return 0;

close_opened:
    while (opened > 0)
        close(fds[--opened]);
    return err;
}

/* --- accepting ----------------------------------------------------------------------------- */

static void on_readable(uv_poll_t *poll, int status, int events);

static void on_retry(uv_timer_t *retry)
{
    struct sio__listener *listener = retry->data;

    uv_poll_start(&listener->poll, UV_READABLE, on_readable);
}

/* L4: with no descriptor left the socket stays readable, so it must not be polled for a while. */
static void back_off(struct sio__listener *listener)
{
    SIO__COUNT(listener->config.stats, accepts_paused);
    uv_poll_stop(&listener->poll);
    uv_timer_start(&listener->retry, on_retry, SIO__ACCEPT_RETRY_MS, 0);
}

static void take_over(struct sio__listener *listener, int fd, const struct sockaddr *peer)
{
    const struct sio__listener_config *config = &listener->config;

    if (config->connections != NULL &&
        config->connections(config->user) >= config->max_connections) {
        SIO__COUNT(config->stats, connections_refused);
        close(fd);
        return;
    }
    SIO__COUNT(config->stats, connections_opened);
    /* Only latency suffers if it fails. */
    (void)set_flag(fd, IPPROTO_TCP, TCP_NODELAY, 1);
    config->on_accept(config->user, fd, peer);
}

/* What accept4(2) reports of a single connection that failed meanwhile: the next one may be good.
 */
static bool is_of_connection(int err)
{
    switch (err) {
    case EINTR:
    case ECONNABORTED:
    case EPROTO:
    case EPERM:
    case ENETDOWN:
    case ENOPROTOOPT:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case EOPNOTSUPP:
    case ENETUNREACH:
    case ETIMEDOUT:
        return true;
    default:
        return false;
    }
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    struct sio__listener *listener = poll->data;

    (void)status, (void)events;
    for (int i = 0; i < SIO__ACCEPT_BATCH && !listener->is_closing; i++) {
        struct sockaddr_storage peer;
        socklen_t len = sizeof peer;
        int fd =
            accept4(listener->fd, (struct sockaddr *)&peer, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd >= 0) {
            take_over(listener, fd, (struct sockaddr *)&peer);
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
            return;
        } else if (!is_of_connection(errno)) {
            back_off(listener);
            return;
        }
    }
}

/* --- life ---------------------------------------------------------------------------------- */

static void on_handle_closed(uv_handle_t *handle)
{
    struct sio__listener *listener = handle->data;

    if (--listener->handles == 0 && listener->on_closed != NULL)
        listener->on_closed(listener->closed_user);
}

int sio__listener_start(struct sio__listener *listener, uv_loop_t *loop, int fd,
                        const struct sio__listener_config *config)
{
    int err;

    *listener = (struct sio__listener){.config = *config, .fd = fd};
    if ((err = uv_poll_init(loop, &listener->poll, fd)) != 0)
        return err;
    uv_timer_init(loop, &listener->retry);
    listener->poll.data = listener->retry.data = listener;
    listener->handles = 2;
    if ((err = uv_poll_start(&listener->poll, UV_READABLE, on_readable)) != 0) {
        uv_close((uv_handle_t *)&listener->poll, on_handle_closed);
        uv_close((uv_handle_t *)&listener->retry, on_handle_closed);
    }
    return err;
}

void sio__listener_close(struct sio__listener *listener, void (*on_closed)(void *user), void *user)
{
    listener->is_closing = true;
    listener->on_closed = on_closed;
    listener->closed_user = user;
    /* libuv wants the descriptor open until its handle is closed or stopped. */
    uv_close((uv_handle_t *)&listener->poll, on_handle_closed);
    uv_close((uv_handle_t *)&listener->retry, on_handle_closed);
    close(listener->fd);
}
