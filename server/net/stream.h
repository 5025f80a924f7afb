/* stream.h: the bytes of an open WebSocket below its frames: a connected, non-blocking socket,
 * plain or with TLS on it.
 *
 * The calls are those of recv(2), sendmsg(2) and shutdown(2), which a plain one does at once.  What
 * was written to one with TLS may be held back sealed below it, a little: then it is choked, takes
 * no more, and is to be flushed when the loop's poll says that it can be written to.
 * A stream is a value that moves: it has one owner, who ends it with sio__stream_close().  One
 * thread at a time. */
#ifndef SERVER_NET_STREAM_H
#define SERVER_NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "server/net/tls/tls.h"

enum { SIO__STREAM_READ_BYTES = SIO__TLS_READ_BYTES };

struct sio__stream {
    int fd;               /* for the loop's poll */
    struct sio__tls *tls; /* NULL: plain */
};

/* How many bytes came; 0: the peer has ended; -1 with errno.  size is at least
 * SIO__STREAM_READ_BYTES; when less came there is no more now that poll does not tell of. */
static inline ssize_t sio__stream_read(const struct sio__stream *stream, void *bytes, size_t size)
{
    if (stream->tls != NULL)
        return sio__tls_read(stream->tls, bytes, size);
    return recv(stream->fd, bytes, size, MSG_DONTWAIT);
}

/* How many bytes it took, less than there are when it is full; -1 with errno. */
static inline ssize_t sio__stream_write(const struct sio__stream *stream, struct iovec *pieces,
                                        size_t count)
{
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = count};

    if (stream->tls != NULL)
        return sio__tls_write(stream->tls, pieces, count);
    return sendmsg(stream->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Something of what it took is still held back. */
static inline bool sio__stream_is_choked(const struct sio__stream *stream)
{
    return stream->tls != NULL && sio__tls_is_choked(stream->tls);
}

/* Sends what is held back.  False: the socket does not take all of it. */
static inline bool sio__stream_flush(const struct sio__stream *stream)
{
    return stream->tls == NULL || sio__tls_flush(stream->tls);
}

/* It is on the loop of this io from now on. */
static inline void sio__stream_enter(const struct sio__stream *stream, struct sio__tls_io *io)
{
    if (stream->tls != NULL)
        sio__tls_enter(stream->tls, io);
}

/* Our side is over: the peer sees the end behind all that was written, once that is flushed. */
static inline void sio__stream_end(const struct sio__stream *stream)
{
    if (stream->tls != NULL)
        sio__tls_end(stream->tls);
    else
        shutdown(stream->fd, SHUT_WR);
}

/* Both sides are over; the next read finds it. */
static inline void sio__stream_break(const struct sio__stream *stream)
{
    shutdown(stream->fd, SHUT_RDWR);
}

static inline void sio__stream_close(struct sio__stream *stream)
{
    if (stream->tls != NULL)
        sio__tls_free(stream->tls);
    else
        close(stream->fd);
    *stream = (struct sio__stream){-1, NULL};
}

#endif
