#include "server/engine/session.h"

#include "protocol/buf.h"
#include "protocol/eio_packet.h"
#include "server/engine/engine.h"
#include "server/engine/hooks.h"
#include "server/engine/id.h"
#include "server/server.h"

enum { CLOSE_WAIT_MS = 30000 }; /* for the last GET, or for a slow reader's queue */

static const struct sio_config *config_of(const struct sio__session *session)
{
    return &session->worker->server->config;
}

static void start_timer(struct sio__session *session, struct sio__timer *timer, uint64_t ms)
{
    sio__timer_start(&session->worker->timers, timer, sio__worker_now(session->worker), ms);
}

const char *sio__close_text(enum sio__close_reason reason)
{
    static const char *const texts[] = {"transport close", "transport error", "ping timeout",
                                        "parse error", "forced close"};
    return texts[reason];
}

const char *sio__session_transport(const struct sio__session *session)
{
    return session->is_websocket ? "websocket" : "polling";
}

/* Our own packets are not bound by the queue's limit.  False: out of memory. */
static bool queue_own(struct sio__session *session, struct sio__frame *packet)
{
    if (sio__sendq_push_always(&session->queue, packet) != SIO__SENDQ_OK)
        return false;
    sio__hooks_created(session, packet);
    return true;
}

/* --- heartbeat ----------------------------------------------------------------------------- */

static void on_heartbeat(struct sio__timer *timer)
{
    struct sio__session *session =
        (struct sio__session *)((char *)timer - offsetof(struct sio__session, heartbeat));

    if (session->awaits_pong || session->revision == 3) {
        SIO__COUNT(&session->worker->stats, heartbeats_missed);
        sio__session_end(session, SIO__CLOSE_PING_TIMEOUT);
        return;
    }
    session->awaits_pong = true;
    session->was_extended = false;
    start_timer(session, timer, config_of(session)->ping_timeout_ms);
    if (session->state != SIO__OPEN)
        return;
    if (!queue_own(session, sio__frame_ping)) {
        SIO__COUNT(&session->worker->stats, out_of_memory);
        sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
        return;
    }
    sio__session_mark_dirty(session);
}

/* The time without a heartbeat begins anew. */
static void start_heartbeat(struct sio__session *session)
{
    const struct sio_config *config = config_of(session);

    session->awaits_pong = false;
    start_timer(session, &session->heartbeat,
                session->revision == 3
                    ? (uint64_t)config->ping_interval_ms + config->ping_timeout_ms
                    : config->ping_interval_ms);
}

/* Only clients of revision 3 ping. */
static void hear_ping(struct sio__session *session)
{
    if (session->revision != 3) {
        sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
        return;
    }
    start_heartbeat(session);
    sio__hooks_session(session, SIO_SESSION_HEARTBEAT);
    if (queue_own(session, sio__frame_pong)) {
        sio__session_mark_dirty(session);
    } else {
        SIO__COUNT(&session->worker->stats, out_of_memory);
        sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
    }
}

static void hear_pong(struct sio__session *session)
{
    if (session->revision == 3) {
        sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
        return;
    }
    start_heartbeat(session);
    if (sio__sendq_is_empty(&session->queue))
        session->allowance = 0;
    sio__hooks_session(session, SIO_SESSION_HEARTBEAT);
}

/* A client that is busy sending is given a second pong wait, but only one for each ping. */
static void hear_other(struct sio__session *session)
{
    if (!session->awaits_pong || session->was_extended)
        return;
    session->was_extended = true;
    start_timer(session, &session->heartbeat, config_of(session)->ping_timeout_ms);
}

/* --- life ---------------------------------------------------------------------------------- */

static void on_closing_timeout(struct sio__timer *timer)
{
    struct sio__session *session =
        (struct sio__session *)((char *)timer - offsetof(struct sio__session, closing));
    sio__session_end(session, SIO__CLOSE_FORCED);
}

struct sio__session *sio__session_new(struct sio__engine *engine, struct sio__worker *worker,
                                      struct sio__request *request, int revision, const char *id)
{
    size_t sid_len = id != NULL ? strlen(id) : SIO__ID_LEN;
    struct sio__session *session = sio__calloc(1, sizeof *session + sid_len + 1);

    if (session == NULL)
        goto fail;
    session->sid_len = sid_len;
    session->home = &worker->sessions;
    session->worker = worker;
    session->engine = engine;
    session->revision = (uint8_t)revision;
    session->heartbeat.fire = on_heartbeat;
    session->closing.fire = on_closing_timeout;
    sio__sendq_init(&session->queue, worker->server->config.max_queue_bytes);
    if (id != NULL)
        memcpy(session->sid, id, sid_len);
    else if (!sio__id_make(session->sid, worker->index, worker->sessions.counter++))
        goto free_session;
    if (!sio__sessions_add(&worker->sessions, session))
        goto free_session;
    session->request = sio__request_hold(request);
    atomic_fetch_add_explicit(&engine->clients, 1, memory_order_relaxed);
    SIO__COUNT(&worker->stats, sessions_opened);
    return session;

free_session:
    sio__free(session);
fail:
    SIO__COUNT(&worker->stats, out_of_memory);
    return NULL;
}

static struct sio__frame *make_open_packet(const struct sio__session *session)
{
    const struct sio_config *config = config_of(session);
    bool may_upgrade = session->link == NULL && config->allow_upgrades &&
                       (config->transports & SIO_WEBSOCKET) != 0;
    struct sio__buf text = SIO__BUF_INIT;
    struct sio__frame *packet = NULL;

    sio__buf_lit(&text, "0{\"sid\":\"");
    sio__buf_cstr(&text, session->sid);
    sio__buf_lit(&text, "\",\"upgrades\":[");
    if (may_upgrade)
        sio__buf_lit(&text, "\"websocket\"");
    sio__buf_lit(&text, "],\"pingInterval\":");
    sio__buf_uint(&text, config->ping_interval_ms);
    sio__buf_lit(&text, ",\"pingTimeout\":");
    sio__buf_uint(&text, config->ping_timeout_ms);
    sio__buf_lit(&text, ",\"maxPayload\":");
    sio__buf_uint(&text, config->max_http_buffer_size);
    sio__buf_char(&text, '}');
    if (!text.failed)
        packet = sio__frame_text(text.ptr, text.len);
    sio__buf_fini(&text);
    return packet;
}

static struct sio__frame *make_initial_packet(const char *text)
{
    size_t len = strlen(text);
    struct sio__frame *packet = sio__frame_new(false, len + 1);

    if (packet == NULL)
        return NULL;
    sio__frame_data(packet)[0] = '4';
    memcpy(sio__frame_data(packet) + 1, text, len);
    return sio__frame_seal(packet);
}

/* Takes the reference.  False: out of memory. */
static bool queue_first(struct sio__session *session, struct sio__frame *packet)
{
    bool is_queued = packet != NULL && queue_own(session, packet);

    sio__frame_rele(packet);
    return is_queued;
}

void sio__session_open(struct sio__session *session)
{
    const char *initial = config_of(session)->initial_packet;

    if (queue_first(session, make_open_packet(session)) &&
        (initial == NULL || queue_first(session, make_initial_packet(initial)))) {
        if (session->link == NULL)
            sio__polling_flush(session); /* nothing else gets into the handshake's body */
        else
            sio__session_mark_dirty(session);
        if (session->state == SIO__CLOSED) /* no memory for that body */
            return;
        session->state = SIO__OPEN;
        start_heartbeat(session);
        sio__hooks_session(session, SIO_SESSION_OPEN);
        if (session->engine->events->open(session))
            return;
        session->state = SIO__OPENING; /* those above do not know it: no close event */
    }
    SIO__COUNT(&session->worker->stats, out_of_memory);
    sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
}

void sio__session_end(struct sio__session *session, enum sio__close_reason reason)
{
    bool was_open = session->state == SIO__OPEN || session->state == SIO__CLOSING;

    if (session->state == SIO__CLOSED)
        return;
    session->state = SIO__CLOSED;
    sio__timer_stop(&session->heartbeat);
    sio__timer_stop(&session->closing);
    sio__sendq_drop_all(&session->queue);
    sio__websocket_fini(session);
    sio__upgrade_cancel(session);
    sio__polling_end(session, sio__frame_close);
    if (session->link != NULL)
        session->link->ops->end(session->link, sio__frame_close_code(0));
    session->link = NULL;
    SIO__COUNT(&session->worker->stats, sessions_closed);
    atomic_fetch_sub_explicit(&session->engine->clients, 1, memory_order_relaxed);
    sio__sessions_remove(session->home, session);
    if (!was_open)
        return;
    sio__hooks_closed(session, reason);
    session->engine->events->close(session, reason);
}

bool sio__session_close(struct sio__session *session, bool discard)
{
    if (discard && session->state != SIO__CLOSED) {
        sio__session_end(session, SIO__CLOSE_FORCED);
        return true;
    }
    if (session->state != SIO__OPEN)
        return false;
    sio__session_flush(session);
    if (session->state != SIO__OPEN)
        return session->state == SIO__CLOSED;
    session->state = SIO__CLOSING;
    if (sio__sendq_is_empty(&session->queue) && (session->link != NULL || session->poll != NULL)) {
        sio__session_end(session, SIO__CLOSE_FORCED);
        return true;
    }
    start_timer(session, &session->closing, CLOSE_WAIT_MS);
    return false;
}

/* --- packets ------------------------------------------------------------------------------- */

void sio__session_allow(struct sio__session *session, size_t bytes)
{
    session->allowance += bytes;
}

static bool is_allowed(const struct sio__session *session, const struct sio__frame *packet)
{
    return session->allowance > 0 && session->queue.bytes + sio__frame_chain_bytes(packet) <=
                                         session->queue.limit_bytes + session->allowance;
}

/* What the socket takes now does not wait for a slow reader: much may be sent in one turn.  Calls
 * nobody up, unless packets are converted, which may fail. */
static void make_room(struct sio__session *session)
{
    if (session->link != NULL && session->converted == NULL)
        sio__websocket_flush(session);
}

static enum sio__sendq_result queue(struct sio__session *session, struct sio__frame *packet)
{
    enum sio__sendq_result result = sio__sendq_push(&session->queue, packet);

    if (result == SIO__SENDQ_FULL) {
        make_room(session);
        result = sio__sendq_push(&session->queue, packet);
    }
    if (result == SIO__SENDQ_FULL && is_allowed(session, packet))
        result = sio__sendq_push_always(&session->queue, packet);
    return result;
}

static void lose(struct sio__session *session, enum sio__sendq_result why)
{
    struct sio__stats *stats = &session->worker->stats;

    SIO__COUNT(stats, packets_dropped);
    if (why == SIO__SENDQ_FULL) {
        SIO__COUNT(stats, queues_full);
        session->loss = SIO__LOST_TO_LIMIT;
    } else {
        SIO__COUNT(stats, out_of_memory);
        session->loss = SIO__LOST_TO_MEMORY;
    }
    sio__session_mark_dirty(session);
}

sio_err sio__session_send(struct sio__session *session, struct sio__frame *packet)
{
    struct sio__stats *stats = &session->worker->stats;
    enum sio__sendq_result result;

    if (session->state != SIO__OPEN || session->loss != SIO__LOST_NOTHING) {
        SIO__COUNT(stats, packets_dropped);
        return SIO_ECLOSED;
    }
    result = queue(session, packet);
    if (result != SIO__SENDQ_OK) {
        lose(session, result);
        return result == SIO__SENDQ_FULL ? SIO_ECLOSED : SIO_ENOMEM;
    }
    SIO__COUNT(stats, packets_sent);
    sio__hooks_created(session, packet);
    sio__session_mark_dirty(session);
    return SIO_OK;
}

static bool has_output(const struct sio__session *session)
{
    return !sio__sendq_is_empty(&session->queue) ||
           (session->converted != NULL && !sio__sendq_is_empty(session->converted));
}

bool sio__session_is_writable(const struct sio__session *session)
{
    if (session->state != SIO__OPEN || has_output(session))
        return false;
    if (session->link == NULL)
        return session->poll != NULL;
    return session->link->ops->is_writable(session->link);
}

static void hear_message(struct sio__session *session, const struct sio__eio_packet *packet)
{
    struct sio__buf bytes = SIO__BUF_INIT;

    SIO__COUNT(&session->worker->stats, packets_received);
    if (packet->encoding != SIO__EIO_BASE64) {
        session->engine->events->message(session, packet->encoding == SIO__EIO_RAW,
                                         packet->data.ptr, packet->data.len);
        return;
    }
    sio__eio_binary(&bytes, packet);
    if (bytes.failed) {
        SIO__COUNT(&session->worker->stats, out_of_memory);
        sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
    } else {
        session->engine->events->message(session, true, bytes.ptr, bytes.len);
    }
    sio__buf_fini(&bytes);
}

void sio__session_receive(struct sio__session *session, bool binary, struct sio__slice bytes)
{
    struct sio__eio_packet packet;

    if (session->state != SIO__OPEN) {
        /* Closing: what still comes is ignored, but the heartbeat lives on. */
        if (session->state == SIO__CLOSING && !binary && sio__slice_starts(bytes, "3") &&
            session->revision == 4)
            start_heartbeat(session);
        return;
    }
    if (!sio__eio_decode(session->revision, binary, bytes, &packet)) {
        sio__session_end(session, SIO__CLOSE_PARSE_ERROR);
        return;
    }
    sio__hooks_received(session, &packet);
    if (packet.type != SIO__EIO_PONG)
        hear_other(session);

    switch (packet.type) {
    case SIO__EIO_MESSAGE:
        hear_message(session, &packet);
        break;
    case SIO__EIO_PING:
        hear_ping(session);
        break;
    case SIO__EIO_PONG:
        hear_pong(session);
        break;
    case SIO__EIO_CLOSE: /* on a WebSocket the close frame says it */
        if (session->link == NULL) {
            sio__polling_release(session, sio__frame_noop);
            sio__session_end(session, SIO__CLOSE_TRANSPORT_CLOSE);
        }
        break;
    default:
        break;
    }
}

/* A graceful close of a WebSocket waits for its queue; one of polling for the next GET. */
static void end_if_drained(struct sio__session *session)
{
    if (session->state == SIO__CLOSING && session->link != NULL && !has_output(session))
        sio__session_end(session, SIO__CLOSE_FORCED);
}

/* The log may have the id only once it opens nothing any more. */
static void end_lossy(struct sio__session *session)
{
    size_t waiting = session->queue.bytes;
    struct sio__slice address = session->request->address;

    if (session->converted != NULL)
        waiting += session->converted->bytes;
    sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
    if (session->loss == SIO__LOST_TO_LIMIT)
        SIO__LOG(&session->worker->server->log, SIO_LOG_WARN,
                 "session %s (%s, %.*s) reads too slowly: closed with %zu bytes waiting, of %zu "
                 "(max_queue_bytes)",
                 session->sid, sio__session_transport(session), (int)address.len, address.ptr,
                 waiting, session->queue.limit_bytes);
}

void sio__session_flush(struct sio__session *session)
{
    if (session->loss != SIO__LOST_NOTHING) {
        end_lossy(session);
        return;
    }
    if (!has_output(session) || (session->link == NULL && session->poll == NULL)) {
        end_if_drained(session);
        return;
    }
    sio__hooks_session(session, SIO_SESSION_FLUSH);
    if (session->link == NULL)
        sio__polling_flush(session);
    else if (!sio__websocket_flush(session))
        return; /* goes on when the link is writable */
    if (session->state == SIO__CLOSED || has_output(session))
        return;
    sio__hooks_session(session, SIO_SESSION_DRAIN);
    end_if_drained(session);
}
