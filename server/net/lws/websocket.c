#include "server/net/lws/conn.h"

#include <errno.h>
#include <sys/socket.h>

#include "protocol/utf8.h"

/* --- sending ------------------------------------------------------------------------------- */

/* Frames that fit leave together in one write. */
static bool write_small(struct sio__conn *conn, struct sio__sendq *queue)
{
    unsigned char *gather = conn->transport->gather;
    size_t len = 0;

    for (;;) {
        struct sio__slice next = sio__sendq_peek(queue);
        if (next.len == 0 || next.len > SIO__LWS_GATHER_BYTES - len)
            break;
        memcpy(gather + len, next.ptr, next.len);
        len += next.len;
        sio__sendq_advance(queue, next.len);
    }
    return sio__lws_write_raw(conn, gather, len);
}

static bool write_whole(struct sio__conn *conn, struct sio__sendq *queue, struct sio__slice next)
{
    bool good = sio__lws_write_raw(conn, next.ptr, next.len);

    if (good)
        sio__sendq_advance(queue, next.len);
    return good;
}

static size_t header_len(const char *frame)
{
    switch (frame[1] & 0x7f) {
    case 126:
        return 4;
    case 127:
        return 10;
    default:
        return 2;
    }
}

static size_t put_header(unsigned char *out, unsigned char first, size_t len)
{
    size_t bytes = len < 126 ? 0 : len < 65536 ? 2 : 8;

    out[0] = first;
    out[1] = (unsigned char)(bytes == 0 ? len : bytes == 2 ? 126 : 127);
    for (size_t i = 0; i < bytes; i++)
        out[2 + i] = (unsigned char)(len >> 8 * (bytes - 1 - i));
    return 2 + bytes;
}

/* What the socket does not take of a frame is copied by lws, and it must be given the whole frame:
 * a pong of its own could come in between.  So a long message leaves as fragments, between which a
 * pong may stand, from the memory that all its receivers share. */
static bool write_fragment(struct sio__conn *conn, struct sio__sendq *queue, struct sio__slice next)
{
    unsigned char header[SIO__FRAME_HEADROOM], first = 0;
    size_t len;

    if (conn->slice_left == 0) {
        size_t skip = header_len(next.ptr);
        first = (unsigned char)next.ptr[0] & 0x0f;
        sio__sendq_advance(queue, skip);
        next = sio__sendq_peek(queue);
        conn->slice_left = next.len;
    }
    len = conn->slice_left < SIO__LWS_FRAGMENT_BYTES ? conn->slice_left : SIO__LWS_FRAGMENT_BYTES;
    if (len == conn->slice_left)
        first |= 0x80;
    if (!sio__lws_write_raw(conn, header, put_header(header, first, len)) ||
        !sio__lws_write_raw(conn, next.ptr, len))
        return false;
    sio__sendq_advance(queue, len);
    conn->slice_left -= len;
    return true;
}

static bool write_some(struct sio__conn *conn, struct sio__sendq *queue)
{
    struct sio__slice next = sio__sendq_peek(queue);

    if (conn->slice_left > 0 || next.len > SIO__LWS_FRAGMENT_BYTES)
        return write_fragment(conn, queue, next);
    if (next.len > SIO__LWS_GATHER_BYTES / 4)
        return write_whole(conn, queue, next);
    return write_small(conn, queue);
}

static bool on_flush(struct sio__link *link, struct sio__sendq *queue)
{
    struct sio__conn *conn = lws_container_of(link, struct sio__conn, link);

    if (conn->state != SIO__CONN_LINK)
        return false;
    while (!sio__sendq_is_empty(queue)) {
        if (sio__lws_is_choked(conn)) {
            conn->awaits_write = true;
            if (conn->wsi != NULL && !conn->is_killed)
                lws_callback_on_writable(conn->wsi);
            return false;
        }
        if (!write_some(conn, queue))
            return false;
    }
    return true;
}

static bool on_is_writable(struct sio__link *link)
{
    struct sio__conn *conn = lws_container_of(link, struct sio__conn, link);

    return conn->state == SIO__CONN_LINK && !conn->awaits_write && !sio__lws_is_choked(conn);
}

/* --- ending -------------------------------------------------------------------------------- */

static void write_last(struct sio__conn *conn)
{
    struct sio__slice wire;

    if (conn->last == NULL)
        return;
    if (sio__lws_is_choked(conn)) {
        if (conn->wsi != NULL && !conn->is_killed)
            lws_callback_on_writable(conn->wsi);
        return;
    }
    wire = sio__frame_wire(conn->last);
    sio__lws_write_raw(conn, wire.ptr, wire.len);
    sio__frame_rele(conn->last);
    conn->last = NULL;
}

static void start_closing(struct sio__conn *conn)
{
    conn->state = SIO__CONN_CLOSING;
    sio__buf_fini(&conn->inbox);
    sio__request_rele(conn->link.request);
    conn->link.request = NULL;
    sio__conn_time(conn, SIO__LINK_CLOSE_WAIT_MS);
}

/* L10: not by -1 from a writable callback, which loses the close frame. */
static void on_end(struct sio__link *link, struct sio__frame *last)
{
    struct sio__conn *conn = lws_container_of(link, struct sio__conn, link);

    if (conn->state != SIO__CONN_LINK)
        return;
    link->events = NULL;
    start_closing(conn);
    if (last != NULL)
        conn->last = sio__frame_hold(last);
    write_last(conn);
}

static const struct sio__link_ops link_ops = {on_flush, on_is_writable, on_end};

/* The link is over, the connection still has to close. */
static void lose(struct sio__conn *conn, enum sio__link_end how)
{
    const struct sio__link_events *events = conn->link.events;

    start_closing(conn);
    if (events != NULL)
        events->closed(&conn->link, how);
}

/* From the receive callback: lws sends the code and waits 5 s for the peer's. */
static int fail(struct sio__conn *conn, uint16_t code)
{
    sio__lws_close_code(conn, code);
    lose(conn, SIO__LINK_ERROR);
    return -1;
}

/* The peer's close frame is no good.  What we answer must be written before lws ends it. */
static int fail_close(struct sio__conn *conn, uint16_t code)
{
    struct sio__slice wire = sio__frame_wire(sio__frame_close_code(code));

    if (!sio__lws_is_choked(conn))
        sio__lws_write_raw(conn, wire.ptr, wire.len);
    lose(conn, SIO__LINK_ERROR);
    return -1;
}

/* --- what lws calls ------------------------------------------------------------------------ */

static void become_link(struct sio__conn *conn)
{
    memset(&conn->link, 0, sizeof conn->link);
    conn->link.ops = &link_ops;
    conn->link.request = conn->request;
    conn->request = NULL;
    conn->state = SIO__CONN_LINK;
}

void sio__lws_link_refuse(struct sio__conn *conn, uint16_t code)
{
    become_link(conn);
    on_end(&conn->link, sio__frame_close_code(code));
}

void sio__lws_link_open(struct sio__conn *conn)
{
    struct sio__transport *transport = conn->transport;

    become_link(conn);
    SIO__COUNT(transport->config.stats, websockets_opened);
    transport->config.routes->opened(transport->config.user, &conn->link);
    if (conn->state == SIO__CONN_LINK && conn->link.events == NULL)
        sio__conn_kill(conn); /* nobody took it */
}

/* L19, L31: lws's own check of UTF-8 misses cases and sees things that are no text; it is off. */
static int deliver(struct sio__conn *conn, const char *ptr, size_t len)
{
    if (!conn->is_binary && !sio__utf8_valid(ptr, len)) {
        SIO__COUNT(conn->transport->config.stats, messages_invalid);
        return fail(conn, 1007);
    }
    conn->link.events->message(&conn->link, conn->is_binary, ptr, len);
    return conn->is_killed ? -1 : 0;
}

static int deliver_inbox(struct sio__conn *conn)
{
    struct sio__buf message = conn->inbox;
    int result;

    sio__buf_init(&conn->inbox);
    conn->is_midmessage = false;
    sio__timer_stop(&conn->timer);
    result = deliver(conn, message.ptr, message.len);
    sio__buf_fini(&message);
    return result;
}

static int collect(struct sio__conn *conn, const char *ptr, size_t len, bool is_frame_end)
{
    sio__buf_bytes(&conn->inbox, ptr, len);
    if (conn->inbox.failed) {
        SIO__COUNT(conn->transport->config.stats, out_of_memory);
        return fail(conn, 1011);
    }
    if (is_frame_end && ++conn->fragments > SIO__WS_FRAGMENTS_MOST) {
        SIO__COUNT(conn->transport->config.stats, messages_invalid);
        return fail(conn, 1008);
    }
    return 0;
}

/* L18: a frame header may announce anything; it is only compared with the limit. */
static bool is_too_large(const struct sio__conn *conn, size_t len, size_t announced)
{
    size_t max = conn->link.max_message_bytes, have = conn->inbox.len + len;

    return have > max || announced > max - have;
}

int sio__lws_link_receive(struct sio__conn *conn, const char *ptr, size_t len)
{
    bool is_final = lws_is_final_fragment(conn->wsi);
    size_t announced = lws_remaining_packet_payload(conn->wsi);

    if (conn->state != SIO__CONN_LINK)
        return conn->is_killed ? -1 : 0;
    if (is_too_large(conn, len, announced)) {
        SIO__COUNT(conn->transport->config.stats, messages_too_large);
        return fail(conn, 1009);
    }
    if (!conn->is_midmessage) {
        conn->is_binary = lws_frame_is_binary(conn->wsi) != 0;
        if (is_final)
            return deliver(conn, ptr, len);
        conn->is_midmessage = true;
        conn->fragments = 0;
        sio__conn_time(conn, SIO__WS_MESSAGE_MS);
    }
    if (collect(conn, ptr, len, announced == 0) < 0)
        return -1;
    return is_final ? deliver_inbox(conn) : 0;
}

/* lws refuses by itself the codes below that must not travel. */
static bool is_beyond_codes(const char *ptr)
{
    return ((unsigned char)ptr[0] << 8 | (unsigned char)ptr[1]) >= 5000;
}

int sio__lws_link_peer_close(struct sio__conn *conn, const char *ptr, size_t len)
{
    if (conn->state != SIO__CONN_LINK)
        return -1; /* it answers ours */
    if (len == 1 || (len >= 2 && is_beyond_codes(ptr)))
        return fail_close(conn, 1002);
    if (len > 2 && !sio__utf8_valid(ptr + 2, len - 2))
        return fail_close(conn, 1007);
    lose(conn, SIO__LINK_CLOSED);
    return 0; /* lws echoes the code */
}

static bool is_peer_gone(const struct sio__conn *conn)
{
    char c;
    ssize_t n = recv(sio__lws_fd(conn), &c, 1, MSG_PEEK | MSG_DONTWAIT);

    return n == 0 || (n < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

/* lws ends it by itself: the connection was lost, or the frames were wrong, for which it has a
 * close code or, for some, has not. */
void sio__lws_link_dropped(struct sio__conn *conn)
{
    if (conn->state != SIO__CONN_LINK)
        return;
    if (lws_get_close_length(conn->wsi) > 0)
        lose(conn, SIO__LINK_ERROR);
    else if (conn->is_killed || is_peer_gone(conn))
        lose(conn, SIO__LINK_CLOSED);
    else
        fail_close(conn, 1002);
}

/* L11: may come after everything else but CLOSED. */
void sio__lws_link_writable(struct sio__conn *conn)
{
    if (conn->state == SIO__CONN_CLOSING) {
        write_last(conn);
    } else if (conn->state == SIO__CONN_LINK && conn->awaits_write) {
        conn->awaits_write = false;
        conn->link.events->writable(&conn->link);
    }
}

void sio__lws_link_timeout(struct sio__conn *conn)
{
    if (conn->state == SIO__CONN_LINK) {
        SIO__COUNT(conn->transport->config.stats, messages_too_slow);
        lose(conn, SIO__LINK_ERROR);
    }
    sio__conn_kill(conn);
}
