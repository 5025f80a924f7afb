/* polling.c: a session's long polling: at most one GET that is held and one POST that arrives. */
#include "protocol/buf.h"
#include "protocol/eio_payload.h"
#include "protocol/utf8.h"
#include "server/engine/answers.h"
#include "server/engine/session.h"
#include "server/server.h"

/* --- GET ----------------------------------------------------------------------------------------
 */

static void free_body(void *body)
{
    sio__free(body);
}

/* Hands the body over to the transport, which frees it when it is out. */
static void answer_poll(struct sio__session *session, struct sio__buf *body)
{
    struct sio__exchange *x = session->poll;
    struct sio__slice text;

    session->poll = NULL;
    text.ptr = sio__buf_take(body, &text.len);
    if (text.ptr == NULL) {
        SIO__COUNT(&session->worker->stats, out_of_memory);
        x->ops->destroy(x);
        sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
        return;
    }
    sio__answer_packets(x, text, free_body, (void *)text.ptr);
}

void sio__polling_release(struct sio__session *session, struct sio__frame *packet)
{
    struct sio__exchange *x = session->poll;

    if (x == NULL)
        return;
    session->poll = NULL;
    sio__answer_packets(x, sio__frame_payload(packet), NULL, NULL);
}

/* Whole packets, until the next one would pass the number that every client takes. */
static void join_packets(struct sio__session *session, struct sio__buf *body)
{
    uint32_t limit = session->worker->server->config.max_poll_packets;
    size_t joined = 0;
    struct sio__frame *packet;

    while ((packet = sio__sendq_first(&session->queue)) != NULL) {
        size_t count = sio__frame_chain_count(packet);
        if (limit > 0 && joined > 0 && joined + count > limit)
            break;
        sio__eio_payload_join_frame(body, SIO__EIO_FRAMING_4, packet);
        sio__frame_rele(sio__sendq_pop(&session->queue));
        joined += count;
    }
}

void sio__polling_flush(struct sio__session *session)
{
    struct sio__buf body = SIO__BUF_INIT;

    if (session->poll == NULL || sio__sendq_is_empty(&session->queue))
        return;
    join_packets(session, &body);
    answer_poll(session, &body);
}

static void on_poll_gone(struct sio__exchange *x)
{
    struct sio__session *session = x->owner;

    session->poll = NULL;
    sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
}

static const struct sio__exchange_events poll_events = {NULL, on_poll_gone};

/* The GET that comes while the session is closing takes what is queued; the one after it ends. */
static void answer_closing(struct sio__session *session)
{
    struct sio__exchange *x = session->poll;

    if (!sio__sendq_is_empty(&session->queue)) {
        sio__polling_flush(session);
        return;
    }
    session->poll = NULL;
    sio__answer_packets(x,
                        SIO__SLICE("6\x1e"
                                   "1"),
                        NULL, NULL);
    sio__session_end(session, SIO__CLOSE_FORCED);
}

void sio__polling_get(struct sio__session *session, struct sio__exchange *x)
{
    if (session->poll != NULL) {
        sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
        sio__answer_empty(x, 400);
        return;
    }
    session->poll = x;
    x->owner = session;
    x->events = &poll_events;
    if (session->state == SIO__CLOSING)
        answer_closing(session);
    else if (!sio__sendq_is_empty(&session->queue))
        sio__session_mark_dirty(session);
}

/* --- POST ---------------------------------------------------------------------------------------
 */

static void receive_payload(struct sio__session *session, struct sio__slice body)
{
    struct sio__eio_payload it;
    struct sio__eio_piece piece;

    sio__eio_payload_init(&it, SIO__EIO_FRAMING_4, body);
    while (session->state != SIO__CLOSED && sio__eio_payload_next(&it, &piece) == SIO__EIO_PIECE)
        sio__session_receive(session, piece.binary, piece.bytes);
}

/* What is not UTF-8 is replaced, as the reference does: raw bytes must never be passed on. */
static void receive_body(struct sio__session *session, struct sio__slice body)
{
    struct sio__buf repaired = SIO__BUF_INIT;

    if (sio__utf8_valid(body.ptr, body.len)) {
        receive_payload(session, body);
        return;
    }
    sio__utf8_repair(&repaired, body.ptr, body.len);
    if (repaired.failed) {
        SIO__COUNT(&session->worker->stats, out_of_memory);
        sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
    } else {
        receive_payload(session, sio__buf_view(&repaired));
    }
    sio__buf_fini(&repaired);
}

static void on_post_body(struct sio__exchange *x, const char *ptr, size_t len, bool too_large)
{
    struct sio__session *session = x->owner;

    session->post = NULL;
    if (too_large) {
        SIO__COUNT(&session->worker->stats, bodies_too_large);
        sio__answer_empty(x, 413);
        return;
    }
    receive_body(session, sio__slice_make(ptr, len));
    sio__answer_ok(x);
}

static void on_post_gone(struct sio__exchange *x)
{
    struct sio__session *session = x->owner;

    session->post = NULL;
    sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
}

static const struct sio__exchange_events post_events = {on_post_body, on_post_gone};

void sio__polling_post(struct sio__session *session, struct sio__exchange *x)
{
    bool is_octets =
        sio__slice_is(sio__request_header(x->request, "content-type"), "application/octet-stream");

    if (session->post != NULL || is_octets) {
        sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
        sio__answer_empty(x, 400);
        return;
    }
    session->post = x;
    x->owner = session;
    x->events = &post_events;
    x->take_body = true;
    x->max_body_bytes = session->worker->server->config.max_http_buffer_size;
}

/* --- end ----------------------------------------------------------------------------------------
 */

void sio__polling_end(struct sio__session *session, struct sio__frame *last)
{
    struct sio__exchange *post = session->post;

    sio__polling_release(session, last);
    session->post = NULL;
    if (post != NULL)
        sio__answer_cut(post);
}
