#include <errno.h>

#include "server/net/ws/parts.h"

enum { PIECES = 64 }; /* of one write */

/* Goes on when the socket takes bytes again. */
static void await_write(struct sio__ws *ws)
{
    if (ws->awaits_write)
        return;
    ws->awaits_write = true;
    sio__ws_watch(ws);
}

static size_t bytes_of(const struct iovec *pieces, size_t count)
{
    size_t bytes = 0;

    for (size_t i = 0; i < count; i++)
        bytes += pieces[i].iov_len;
    return bytes;
}

/* How many bytes the socket took: less than there are makes us wait for it.  What is broken is
 * found by the next read, which is where a link may end. */
static size_t send_pieces(struct sio__ws *ws, struct iovec *pieces, size_t count)
{
    size_t bytes = bytes_of(pieces, count);
    ssize_t n = sio__stream_write(&ws->stream, pieces, count);

    if (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)
        sio__stream_break(&ws->stream);
    if (n < (ssize_t)bytes || sio__stream_is_choked(&ws->stream))
        await_write(ws);
    return n < 0 ? 0 : (size_t)n;
}

void sio__ws_end_stream(struct sio__ws *ws)
{
    sio__stream_end(&ws->stream);
    sio__ws_unchoke(ws);
}

void sio__ws_unchoke(struct sio__ws *ws)
{
    if (sio__stream_is_choked(&ws->stream))
        await_write(ws);
}

/* --- packets ------------------------------------------------------------------------------- */

/* What is next is deflated where that is worth it; for the first of all its receivers. */
static void settle_next(struct sio__ws *ws, struct sio__sendq *queue)
{
    struct sio__frame *frames[PIECES];
    size_t count = sio__sendq_frames(queue, frames, PIECES);

    queue->deflate_most_bytes = ws->deflate_most_bytes;
    for (size_t i = 0; i < count; i++)
        if (frames[i]->len <= ws->deflate_most_bytes)
            sio__deflater_settle(&ws->group->deflater, frames[i]);
}

static void write_some(struct sio__ws *ws, struct sio__sendq *queue)
{
    struct iovec pieces[PIECES];
    size_t count;

    if (ws->deflate_most_bytes != 0)
        settle_next(ws, queue);
    count = sio__sendq_pieces(queue, pieces, PIECES);
    sio__sendq_advance(queue, send_pieces(ws, pieces, count));
    ws->is_midway = sio__sendq_is_midway(queue);
}

static void write_pong(struct sio__ws *ws);

static bool on_flush(struct sio__link *link, struct sio__sendq *queue)
{
    struct sio__ws *ws = sio__ws_of(link);

    if (ws->state != SIO__WS_OPEN)
        return false;
    while (!ws->awaits_write && !sio__sendq_is_empty(queue))
        write_some(ws, queue);
    write_pong(ws);
    return sio__sendq_is_empty(queue);
}

static bool on_is_writable(struct sio__link *link)
{
    const struct sio__ws *ws = sio__ws_of(link);

    return ws->state == SIO__WS_OPEN && !ws->awaits_write;
}

/* --- control frames ------------------------------------------------------------------------ */

/* A control frame is some bytes, and is sent wholly or, when the socket is full, later; a socket
 * that takes a part of it is as good as broken. */
static bool send_control(struct sio__ws *ws, struct sio__frame *frame)
{
    struct sio__slice wire = sio__frame_wire(frame);
    struct iovec piece = {(void *)wire.ptr, wire.len};
    size_t sent = send_pieces(ws, &piece, 1);

    if (sent > 0 && sent < wire.len)
        sio__stream_break(&ws->stream);
    return sent > 0;
}

static void write_pong(struct sio__ws *ws)
{
    if (ws->pong == NULL || ws->awaits_write || ws->is_midway || !send_control(ws, ws->pong))
        return;
    sio__frame_rele(ws->pong);
    ws->pong = NULL;
}

static void write_last(struct sio__ws *ws)
{
    if (ws->last == NULL || ws->awaits_write || !send_control(ws, ws->last))
        return;
    sio__frame_rele(ws->last);
    ws->last = NULL;
    if (ws->state == SIO__WS_LINGER)
        sio__ws_end_stream(ws);
}

void sio__ws_send_pong(struct sio__ws *ws, struct sio__frame *pong)
{
    sio__frame_rele(ws->pong); /* RFC 6455, 5.5.3: the newest ping is the one to answer */
    ws->pong = pong;
    write_pong(ws);
}

/* Behind half a packet a close frame would be taken for its rest: then there is none. */
void sio__ws_send_last(struct sio__ws *ws, struct sio__frame *last)
{
    if (ws->is_midway || last == NULL || ws->state == SIO__WS_DEAD) {
        sio__frame_rele(last);
        if (ws->state != SIO__WS_DEAD)
            sio__stream_break(&ws->stream);
        return;
    }
    ws->last = last;
    write_last(ws);
}

static void on_end(struct sio__link *link, struct sio__frame *last)
{
    struct sio__ws *ws = sio__ws_of(link);

    if (ws->state != SIO__WS_OPEN)
        return;
    sio__ws_end(ws);
    sio__ws_send_last(ws, last != NULL ? sio__frame_hold(last) : NULL);
}

/* --- the socket takes bytes again ---------------------------------------------------------- */

void sio__ws_write(struct sio__ws *ws)
{
    bool was_waiting = ws->awaits_write;

    if (!sio__stream_flush(&ws->stream))
        return;
    ws->awaits_write = false;
    write_pong(ws);
    write_last(ws);
    if (was_waiting && ws->state == SIO__WS_OPEN && ws->link.events != NULL)
        ws->link.events->writable(&ws->link);
    if (ws->state != SIO__WS_DEAD && !ws->awaits_write)
        sio__ws_watch(ws);
}

const struct sio__link_ops sio__ws_link_ops = {on_flush, on_is_writable, on_end, sio__ws_release};
