/* upgrade.c: a WebSocket that asks to take a session over.
 *
 *   101 -> probing --"2probe"--> answered "3probe", held polls released every 100 ms
 *             |  \--"5"--> the session's transport (with or without a probe before it)
 *             \--anything else, close, error, upgrade_timeout--> that WebSocket ends, no more */
#include "server/engine/hooks.h"
#include "server/engine/session.h"
#include "server/server.h"

enum { NOOP_INTERVAL_MS = 100 };

struct sio__probe {
    struct sio__session *session;
    struct sio__link *link;
    struct sio__sendq queue; /* of the WebSocket, until it is the session's */
    struct sio__timer deadline;
    struct sio__timer noop;
};

static void start_timer(struct sio__probe *probe, struct sio__timer *timer, uint32_t ms)
{
    struct sio__worker *worker = probe->session->worker;
    sio__timer_start(&worker->timers, timer, sio__worker_now(worker), ms);
}

static void free_probe(struct sio__probe *probe)
{
    probe->session->probe = NULL;
    sio__timer_stop(&probe->deadline);
    sio__timer_stop(&probe->noop);
    sio__sendq_drop_all(&probe->queue);
    sio__free(probe);
}

static void fail(struct sio__probe *probe)
{
    struct sio__link *link = probe->link;

    SIO__COUNT(&probe->session->worker->stats, upgrades_failed);
    free_probe(probe);
    link->ops->end(link, sio__frame_close_code(0));
}

static void on_deadline(struct sio__timer *timer)
{
    fail((struct sio__probe *)((char *)timer - offsetof(struct sio__probe, deadline)));
}

/* A client stops polling by finishing its last GET, so that GET must not wait. */
static void on_noop(struct sio__timer *timer)
{
    struct sio__probe *probe =
        (struct sio__probe *)((char *)timer - offsetof(struct sio__probe, noop));

    start_timer(probe, timer, NOOP_INTERVAL_MS);
    sio__polling_release(probe->session, sio__frame_noop);
}

static void answer_probe(struct sio__probe *probe)
{
    if (sio__sendq_push_always(&probe->queue, sio__frame_probe) != SIO__SENDQ_OK) {
        fail(probe);
        return;
    }
    probe->link->ops->flush(probe->link, &probe->queue);
    sio__hooks_session(probe->session, SIO_SESSION_UPGRADING);
    if (!sio__timer_is_running(&probe->noop))
        start_timer(probe, &probe->noop, NOOP_INTERVAL_MS);
}

/* From here on the session speaks over the new WebSocket. */
static void complete(struct sio__probe *probe)
{
    struct sio__session *session = probe->session;
    struct sio__link *link = probe->link, *old = session->link;

    if (sio__sendq_is_midway(&session->queue)) {
        fail(probe); /* the frame that was begun on the old WebSocket can end only there */
        return;
    }
    free_probe(probe);
    sio__polling_end(session, sio__frame_close);
    if (!sio__websocket_take(session, link)) {
        SIO__COUNT(&session->worker->stats, out_of_memory);
        link->ops->end(link, sio__frame_close_code(0));
        sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
        return;
    }
    if (old != NULL)
        old->ops->end(old, sio__frame_close_code(0));
    session->is_upgraded = true;
    SIO__COUNT(&session->worker->stats, upgrades);
    sio__hooks_session(session, SIO_SESSION_UPGRADE);
    sio__session_mark_dirty(session);
}

static void on_message(struct sio__link *link, bool binary, const char *ptr, size_t len)
{
    struct sio__probe *probe = link->owner;
    struct sio__slice text = {ptr, len};

    if (!binary && sio__slice_is(text, "2probe"))
        answer_probe(probe);
    else if (!binary && sio__slice_starts(text, "5"))
        complete(probe);
    else
        fail(probe);
}

static void on_writable(struct sio__link *link)
{
    struct sio__probe *probe = link->owner;
    link->ops->flush(link, &probe->queue);
}

static void on_closed(struct sio__link *link, enum sio__link_end how)
{
    struct sio__probe *probe = link->owner;

    (void)how;
    SIO__COUNT(&probe->session->worker->stats, upgrades_failed);
    free_probe(probe);
}

static const struct sio__link_events events = {on_message, on_writable, on_closed};

void sio__upgrade_begin(struct sio__session *session, struct sio__link *link)
{
    struct sio__probe *probe = NULL;

    if (session->probe == NULL && !session->is_upgraded)
        probe = sio__calloc(1, sizeof *probe);
    if (probe == NULL) {
        link->ops->end(link, sio__frame_close_code(0));
        return;
    }
    probe->session = session;
    probe->link = link;
    probe->deadline.fire = on_deadline;
    probe->noop.fire = on_noop;
    sio__sendq_init(&probe->queue, SIZE_MAX);
    session->probe = probe;
    link->owner = probe;
    link->events = &events;
    start_timer(probe, &probe->deadline, session->worker->server->config.upgrade_timeout_ms);
}

void sio__upgrade_cancel(struct sio__session *session)
{
    if (session->probe != NULL)
        fail(session->probe);
}
