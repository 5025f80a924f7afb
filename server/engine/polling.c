/* polling.c: a session's long polling: at most one GET that is held and one POST that arrives. */
#include "protocol/buf.h"
#include "protocol/eio_payload.h"
#include "protocol/jsonp.h"
#include "protocol/query.h"
#include "protocol/utf8.h"
#include "server/engine/admission.h"
#include "server/engine/answers.h"
#include "server/engine/session.h"
#include "server/server.h"

enum { PACKETS_MAX = 64 }; /* in one answer, where the option sets no limit */

bool sio__polling_init(struct sio__session *session)
{
    struct sio__slice query = session->request->query, value;
    char index[SIO__JSONP_INDEX_MAX];

    session->is_polling_text =
        sio__query_find_raw(query, SIO__SLICE("b64"), &value) && value.len > 0;
    if (!sio__query_find_raw(query, SIO__SLICE("j"), &value))
        return true;
    session->jsonp = sio__strndup(index, sio__jsonp_index(index, value));
    session->is_polling_text = true;
    return session->jsonp != NULL;
}

/* --- GET ----------------------------------------------------------------------------------- */

static bool has_binary(const struct sio__frame *packet)
{
    while (packet != NULL && !sio__frame_is_binary(packet))
        packet = packet->next;
    return packet != NULL;
}

static enum sio__eio_framing framing_for(const struct sio__session *session,
                                         struct sio__frame *const *packets, size_t count)
{
    if (session->revision == 4)
        return SIO__EIO_FRAMING_4;
    for (size_t i = 0; i < count && !session->is_polling_text; i++)
        if (has_binary(packets[i]))
            return SIO__EIO_FRAMING_3_BINARY;
    return SIO__EIO_FRAMING_3;
}

static void join_packets(struct sio__session *session, struct sio__buf *body,
                         enum sio__eio_framing framing, struct sio__frame **packets, size_t count)
{
    struct sio__buf plain = SIO__BUF_INIT, *out = session->jsonp != NULL ? &plain : body;

    for (size_t i = 0; i < count; i++)
        sio__eio_payload_join_frame(out, framing, packets[i]);
    if (session->jsonp == NULL)
        return;
    sio__jsonp_wrap(body, sio__slice_of(session->jsonp), sio__buf_view(&plain));
    body->failed = body->failed || plain.failed;
    sio__buf_fini(&plain);
}

static bool is_worth_compressing(struct sio__frame *const *packets, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!packets[i]->no_compress)
            return true;
    return false;
}

/* Answers the held GET.  False: out of memory, the connection was destroyed. */
static bool answer_poll(struct sio__session *session, struct sio__frame **packets, size_t count)
{
    enum sio__eio_framing framing = framing_for(session, packets, count);
    struct sio__exchange *x = session->poll;
    struct sio__buf body = SIO__BUF_INIT;
    struct sio__packets_answer how = {
        .is_binary = framing == SIO__EIO_FRAMING_3_BINARY,
        .is_first = !session->has_answered,
        .compress = is_worth_compressing(packets, count),
    };

    session->poll = NULL;
    session->has_answered = true;
    join_packets(session, &body, framing, packets, count);
    if (sio__answer_packets(session, x, &body, how))
        return true;
    SIO__COUNT(&session->worker->stats, out_of_memory);
    return false;
}

void sio__polling_release(struct sio__session *session, struct sio__frame *packet)
{
    if (session->poll != NULL)
        answer_poll(session, &packet, 1);
}

/* Whole packets, until the next one would pass the number that every client takes. */
static size_t take_packets(struct sio__session *session, struct sio__frame **packets)
{
    uint32_t limit = session->worker->server->config.max_poll_packets;
    size_t count = 0, frames = 0;
    struct sio__frame *packet;

    while (count < PACKETS_MAX && (packet = sio__sendq_first(&session->queue)) != NULL) {
        frames += sio__frame_chain_count(packet);
        if (limit > 0 && count > 0 && frames > limit)
            break;
        packets[count++] = sio__sendq_pop(&session->queue);
    }
    return count;
}

void sio__polling_flush(struct sio__session *session)
{
    struct sio__frame *packets[PACKETS_MAX];
    bool is_answered;
    size_t count;

    if (session->poll == NULL || sio__sendq_is_empty(&session->queue))
        return;
    count = take_packets(session, packets);
    is_answered = answer_poll(session, packets, count);
    for (size_t i = 0; i < count; i++)
        sio__frame_rele(packets[i]);
    if (!is_answered)
        sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
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
    struct sio__frame *last[] = {sio__frame_noop, sio__frame_close};

    if (!sio__sendq_is_empty(&session->queue)) {
        sio__polling_flush(session);
        return;
    }
    answer_poll(session, last, 2);
    sio__session_end(session, SIO__CLOSE_FORCED);
}

void sio__polling_get(struct sio__session *session, struct sio__exchange *x)
{
    if (session->poll != NULL) {
        sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
        sio__answer_empty(session->engine, x, 400);
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

/* --- POST ---------------------------------------------------------------------------------- */

static void receive_payload(struct sio__session *session, enum sio__eio_framing framing,
                            struct sio__slice body)
{
    struct sio__eio_payload it;
    struct sio__eio_piece piece;
    enum sio__eio_step step = SIO__EIO_PIECE;

    sio__eio_payload_init(&it, framing, body);
    while (session->state != SIO__CLOSED &&
           (step = sio__eio_payload_next(&it, &piece)) == SIO__EIO_PIECE) {
        bool is_text = framing == SIO__EIO_FRAMING_3_BINARY && !piece.binary;
        if (is_text && !sio__utf8_valid(piece.bytes.ptr, piece.bytes.len))
            step = SIO__EIO_BAD;
        else
            sio__session_receive(session, piece.binary, piece.bytes);
        if (step == SIO__EIO_BAD)
            break;
    }
    if (step == SIO__EIO_BAD)
        sio__session_end(session, SIO__CLOSE_PARSE_ERROR);
}

static void out_of_memory(struct sio__session *session)
{
    SIO__COUNT(&session->worker->stats, out_of_memory);
    sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
}

/* What is not UTF-8 is replaced, as the reference does: raw bytes must never be passed on. */
static void receive_text(struct sio__session *session, struct sio__slice body)
{
    enum sio__eio_framing framing =
        session->revision == 4 ? SIO__EIO_FRAMING_4 : SIO__EIO_FRAMING_3;
    struct sio__buf repaired = SIO__BUF_INIT;

    if (sio__utf8_valid(body.ptr, body.len)) {
        receive_payload(session, framing, body);
        return;
    }
    sio__utf8_repair(&repaired, body.ptr, body.len);
    if (repaired.failed)
        out_of_memory(session);
    else
        receive_payload(session, framing, sio__buf_view(&repaired));
    sio__buf_fini(&repaired);
}

/* A form without the field is taken and means nothing. */
static void receive_form(struct sio__session *session, struct sio__slice form)
{
    struct sio__buf body = SIO__BUF_INIT;
    bool is_there = sio__jsonp_unwrap(&body, form);

    if (body.failed)
        out_of_memory(session);
    else if (is_there)
        receive_text(session, sio__buf_view(&body));
    sio__buf_fini(&body);
}

static bool is_octets(const struct sio__request *request)
{
    return sio__slice_is(sio__request_header(request, "content-type"), "application/octet-stream");
}

static void receive_body(struct sio__session *session, const struct sio__request *request,
                         struct sio__slice body)
{
    if (session->jsonp != NULL)
        receive_form(session, body);
    else if (is_octets(request))
        receive_payload(session, SIO__EIO_FRAMING_3_BINARY, body);
    else
        receive_text(session, body);
}

static void on_post_body(struct sio__exchange *x, const char *ptr, size_t len, bool too_large)
{
    struct sio__session *session = x->owner;

    session->post = NULL;
    if (too_large) {
        SIO__COUNT(&session->worker->stats, bodies_too_large);
        sio__answer_empty(session->engine, x, 413);
        return;
    }
    receive_body(session, x->request, sio__slice_make(ptr, len));
    sio__answer_ok(session->engine, x);
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
    const struct sio__early *early;

    if (session->post != NULL || (session->revision == 4 && is_octets(x->request))) {
        sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
        sio__answer_empty(session->engine, x, 400);
        return;
    }
    session->post = x;
    x->owner = session;
    x->events = &post_events;
    if ((early = sio__early_find(x->request)) != NULL) {
        on_post_body(x, early->bytes, early->len, early->is_too_large);
        return;
    }
    x->take_body = true;
    x->max_body_bytes = session->worker->server->config.max_http_buffer_size;
}

/* --- end ----------------------------------------------------------------------------------- */

void sio__polling_end(struct sio__session *session, struct sio__frame *last)
{
    struct sio__exchange *post = session->post;

    sio__polling_release(session, last);
    session->post = NULL;
    if (post != NULL)
        sio__answer_cut(session->engine, post);
}
