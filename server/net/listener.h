/* listener.h: listening sockets of our own, one for each worker, and the accepting of connections.
 *
 * libwebsockets cannot share a port between contexts and spins when descriptors run out, so it
 * never listens (guards L3 and L4).  One thread, that of the loop; sio__listen() may run anywhere.
 */
#ifndef SERVER_NET_LISTENER_H
#define SERVER_NET_LISTENER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <uv.h>

#include "server/stats.h"

/**
 * Opens a listening TCP socket: non-blocking, close-on-exec, SO_REUSEADDR.
 *
 * host       name or address; NULL or "": every address, IPv6 and IPv4 on one socket (IPv4 alone
 *            where there is no IPv6).  A name is looked up, which may block.
 * port       0: the kernel chooses.
 * reuseport  several sockets share the port; the first of them must have been opened so too.
 * fd         out, the caller's.
 * bound_port out, may be NULL: the port in the end; the further sockets of a server are opened
 *            with it.
 *
 * Returns 0, or a negative errno value (-EADDRINUSE, -EACCES, -EMFILE, ...); -EADDRNOTAVAIL also
 * when the host has no address.  After an error nothing is open.
 */
int sio__listen(const char *host, uint16_t port, int backlog, bool reuseport, int *fd,
                uint16_t *bound_port);

/**
 * Opens the listening sockets of all workers on one port: count (at least 1) of them, into fds.
 * Unlike single calls it refuses a port where another server of the same user listens.
 * All or none; otherwise like sio__listen().
 */
int sio__listen_group(const char *host, uint16_t port, int backlog, size_t count, int *fds,
                      uint16_t *bound_port);

enum {
    SIO__ACCEPT_BATCH = 64,     /* in one turn of the loop, so that others run in between */
    SIO__ACCEPT_RETRY_MS = 100, /* after "no free descriptors" */
};

struct sio__listener_config {
    /* Takes over an accepted socket: non-blocking, close-on-exec, TCP_NODELAY.  May close the
     * listener. */
    void (*on_accept)(void *user, int fd, const struct sockaddr *peer);

    /* How many connections are open now; asked before each is handed over.  NULL: no limit. */
    size_t (*connections)(void *user);
    size_t max_connections; /* what comes at the limit is accepted and closed at once */
    void *user;
    struct sio__stats *stats; /* connections_opened, connections_refused, accepts_paused */
};

/* Fields are private. */
struct sio__listener {
    struct sio__listener_config config;
    uv_poll_t poll;
    uv_timer_t retry;
    int fd;
    bool is_closing;
    unsigned handles; /* still to be closed */
    void (*on_closed)(void *user);
    void *closed_user;
};

/**
 * Starts to accept on fd, which belongs to the listener on success.
 * The config is copied.  The storage must stay, at its place, until sio__listener_close() has
 * called on_closed.  Returns 0 or libuv's error (negative); after an error nothing was started, fd
 * is the caller's, but the loop must still run once more before the storage goes (handles being
 * closed): listener->handles is 0 when it may.
 */
int sio__listener_start(struct sio__listener *listener, uv_loop_t *loop, int fd,
                        const struct sio__listener_config *config);

/**
 * Ends it, once: the socket is closed before this returns (the kernel resets what it still had in
 * its queue), on_closed (may be NULL) is called from the loop when both handles are closed.
 */
void sio__listener_close(struct sio__listener *listener, void (*on_closed)(void *user), void *user);

#endif
