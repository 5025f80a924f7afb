/* websocket.c: a session's WebSocket: each message is a packet.
 * Clients of revision 3, and those that asked for base64, get their packets converted just before
 * they are written, a little at a time, so that the session's queue still counts what waits. */
#include "protocol/query.h"
#include "server/engine/session.h"
#include "server/server.h"

enum { CONVERT_BYTES = 16 * 1024 }; /* ahead of the writing */

static struct sio__frame *to_text(struct sio__frame *frame, enum sio__wire wire)
{
    struct sio__frame *text = NULL;
    struct sio__buf buf = SIO__BUF_INIT;
    struct sio__slice base64;

    if (!sio__frame_polling_text(frame, &base64))
        return NULL;
    sio__buf_cstr(&buf, wire == SIO__WIRE_3_BASE64 ? "b4" : "b");
    sio__buf_slice(&buf, sio__slice_from(base64, 1));
    if (!buf.failed)
        text = sio__frame_text(buf.ptr, buf.len);
    sio__buf_fini(&buf);
    return text;
}

static struct sio__frame *convert(struct sio__frame *frame, enum sio__wire wire)
{
    struct sio__slice payload = sio__frame_payload(frame);

    if (!sio__frame_is_binary(frame))
        return sio__frame_text(payload.ptr, payload.len);
    return wire == SIO__WIRE_3 ? sio__frame_eio3(frame) : to_text(frame, wire);
}

/* False: out of memory. */
static bool convert_packet(struct sio__session *session, struct sio__frame *packet)
{
    bool is_queued = true;

    for (struct sio__frame *frame = packet; frame != NULL && is_queued; frame = frame->next) {
        struct sio__frame *converted = convert(frame, session->wire);
        if (converted != NULL)
            converted->no_compress = frame->no_compress;
        is_queued = converted != NULL &&
                    sio__sendq_push_always(session->converted, converted) == SIO__SENDQ_OK;
        sio__frame_rele(converted);
    }
    return is_queued;
}

static bool convert_some(struct sio__session *session)
{
    bool is_converted = true;

    while (is_converted && session->converted->bytes < CONVERT_BYTES &&
           !sio__sendq_is_empty(&session->queue)) {
        struct sio__frame *packet = sio__sendq_pop(&session->queue);
        is_converted = convert_packet(session, packet);
        sio__frame_rele(packet);
    }
    return is_converted;
}

static bool flush_converted(struct sio__session *session)
{
    do {
        if (!convert_some(session)) {
            SIO__COUNT(&session->worker->stats, out_of_memory);
            sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
            return false;
        }
        if (!session->link->ops->flush(session->link, session->converted))
            return false;
    } while (!sio__sendq_is_empty(&session->queue));
    return true;
}

bool sio__websocket_flush(struct sio__session *session)
{
    if (session->converted != NULL)
        return flush_converted(session);
    return session->link->ops->flush(session->link, &session->queue);
}

void sio__websocket_fini(struct sio__session *session)
{
    if (session->converted != NULL)
        sio__sendq_drop_all(session->converted);
    sio__free(session->converted);
    session->converted = NULL;
}

static void on_message(struct sio__link *link, bool binary, const char *ptr, size_t len)
{
    sio__session_receive(link->owner, binary, sio__slice_make(ptr, len));
}

static void on_writable(struct sio__link *link)
{
    sio__session_flush(link->owner);
}

static void on_closed(struct sio__link *link, enum sio__link_end how)
{
    struct sio__session *session = link->owner;

    session->link = NULL;
    sio__session_end(session, how == SIO__LINK_ERROR ? SIO__CLOSE_TRANSPORT_ERROR
                                                     : SIO__CLOSE_TRANSPORT_CLOSE);
}

static const struct sio__link_events events = {on_message, on_writable, on_closed};

static enum sio__wire wire_of(const struct sio__session *session, const struct sio__link *link)
{
    struct sio__slice value = {NULL, 0};

    sio__query_find_raw(link->request->query, SIO__SLICE("b64"), &value);
    if (session->revision == 3)
        return value.len > 0 ? SIO__WIRE_3_BASE64 : SIO__WIRE_3;
    return value.len > 0 ? SIO__WIRE_BASE64 : SIO__WIRE_FRAMES;
}

bool sio__websocket_take(struct sio__session *session, struct sio__link *link)
{
    sio__websocket_fini(session);
    session->wire = wire_of(session, link);
    if (session->wire != SIO__WIRE_FRAMES) {
        session->converted = sio__malloc(sizeof *session->converted);
        if (session->converted == NULL)
            return false;
        sio__sendq_init(session->converted, SIZE_MAX);
    }
    session->link = link;
    session->is_websocket = true;
    link->owner = session;
    link->events = &events;
    return true;
}
