/* stream.h: the bytes of an open WebSocket below its frames: a connected, non-blocking socket.
 *
 * The calls are those of recv(2), sendmsg(2) and shutdown(2), so that what a WebSocket stands on
 * may be something else than a socket.  A stream is a value that moves: it has one owner, who ends
 * it with sio__stream_close().  One thread at a time. */
#ifndef SERVER_NET_STREAM_H
#define SERVER_NET_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

struct sio__stream {
    int fd; /* for the loop's poll */
};

/* How many bytes came; 0: the peer has ended; -1 with errno. */
static inline ssize_t sio__stream_read(const struct sio__stream *stream, void *bytes, size_t size)
{
    return recv(stream->fd, bytes, size, MSG_DONTWAIT);
}

/* How many bytes it took, less than there are when it is full; -1 with errno. */
static inline ssize_t sio__stream_write(const struct sio__stream *stream, struct iovec *pieces,
                                        size_t count)
{
    struct msghdr message = {.msg_iov = pieces, .msg_iovlen = count};

    return sendmsg(stream->fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Our side is over: the peer sees the end behind all that was written. */
static inline void sio__stream_end(const struct sio__stream *stream)
{
    shutdown(stream->fd, SHUT_WR);
}

/* Both sides are over; the next read finds it. */
static inline void sio__stream_break(const struct sio__stream *stream)
{
    shutdown(stream->fd, SHUT_RDWR);
}

static inline void sio__stream_close(struct sio__stream *stream)
{
    close(stream->fd);
    stream->fd = -1;
}

#endif
