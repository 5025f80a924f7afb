#include "server/net/ws/parts.h"

/* --- the group ----------------------------------------------------------------------------- */

bool sio__ws_group_init(struct sio__ws_group *group, uv_loop_t *loop, struct sio__timers *timers,
                        struct sio__stats *stats, const sio_per_message_deflate *deflate)
{
    *group = (struct sio__ws_group){.loop = loop, .timers = timers, .stats = stats};
    group->ahead_end = &group->ahead;
    sio__deflater_init(&group->deflater, deflate, stats);
    sio__inflater_init(&group->inflater);
    group->bytes = sio__malloc(SIO__WS_READ_BYTES);
    return group->bytes != NULL;
}

void sio__ws_group_end(struct sio__ws_group *group)
{
    while (group->first != NULL) {
        struct sio__ws *ws = group->first;

        if (ws->state == SIO__WS_OPEN)
            sio__ws_lose(ws, SIO__LINK_CLOSED);
        sio__ws_drop(ws);
    }
}

void sio__ws_group_fini(struct sio__ws_group *group)
{
    sio__ws_ahead_fini(group);
    sio__deflater_fini(&group->deflater);
    sio__inflater_fini(&group->inflater);
    sio__free(group->bytes);
    group->bytes = NULL;
}

/* --- birth --------------------------------------------------------------------------------- */

static void on_timer(struct sio__timer *timer)
{
    struct sio__ws *ws = (struct sio__ws *)((char *)timer - offsetof(struct sio__ws, timer));

    if (ws->state == SIO__WS_OPEN) {
        SIO__COUNT(ws->group->stats, messages_too_slow);
        sio__ws_lose(ws, SIO__LINK_ERROR);
    }
    sio__ws_drop(ws);
}

void sio__ws_time(struct sio__ws *ws, uint64_t ms)
{
    sio__timer_start(ws->group->timers, &ws->timer, uv_now(ws->group->loop), ms);
}

static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct sio__ws *ws = poll->data;

    if ((events & UV_WRITABLE) != 0)
        sio__ws_write(ws);
    if (ws->state != SIO__WS_DEAD && (status != 0 || (events & UV_READABLE) != 0))
        sio__ws_read(ws);
    if (status != 0 && ws->state != SIO__WS_DEAD)
        sio__ws_lost(ws); /* libuv does not look at it any more */
}

void sio__ws_watch(struct sio__ws *ws)
{
    uv_poll_start(&ws->poll, ws->awaits_write ? UV_READABLE | UV_WRITABLE : UV_READABLE, on_ready);
}

static void on_closed(uv_handle_t *poll)
{
    sio__free(poll->data);
}

struct sio__link *sio__ws_open(struct sio__ws_group *group, const struct sio__stream *stream,
                               struct sio__request *request)
{
    struct sio__ws *ws = sio__calloc(1, sizeof *ws);

    if (ws == NULL)
        return NULL;
    if (uv_poll_init(group->loop, &ws->poll, stream->fd) != 0) {
        sio__free(ws);
        return NULL;
    }
    ws->link.ops = &sio__ws_link_ops;
    ws->link.request = request;
    ws->poll.data = ws;
    ws->group = group;
    ws->deflate_most_bytes = sio__deflater_most(&group->deflater, request->deflate_bits);
    ws->timer.fire = on_timer;
    ws->stream = *stream;
    ws->next = group->first;
    if (ws->next != NULL)
        ws->next->prev = ws;
    group->first = ws;
    group->count++;
    sio__ws_watch(ws);
    return &ws->link;
}

void sio__ws_abandon(struct sio__link *link)
{
    sio__ws_drop(sio__ws_of(link));
}

/* --- death --------------------------------------------------------------------------------- */

/* What only an open link has. */
static void close_link(struct sio__ws *ws)
{
    ws->state = SIO__WS_CLOSING;
    sio__ws_read_fini(ws);
    sio__request_rele(ws->link.request);
    ws->link.request = NULL;
    sio__ws_time(ws, SIO__LINK_CLOSE_WAIT_MS);
}

void sio__ws_lose(struct sio__ws *ws, enum sio__link_end how)
{
    const struct sio__link_events *events = ws->link.events;

    close_link(ws);
    if (events != NULL)
        events->closed(&ws->link, how);
}

void sio__ws_end(struct sio__ws *ws)
{
    ws->link.events = NULL;
    close_link(ws);
}

void sio__ws_linger(struct sio__ws *ws)
{
    if (ws->state == SIO__WS_DEAD)
        return;
    ws->state = SIO__WS_LINGER;
    sio__ws_time(ws, SIO__WS_LINGER_MS);
    if (ws->last == NULL)
        sio__ws_end_stream(ws);
}

/* All but its socket and its request. */
static void let_go(struct sio__ws *ws)
{
    struct sio__ws_group *group = ws->group;

    ws->state = SIO__WS_DEAD;
    if (ws->prev != NULL)
        ws->prev->next = ws->next;
    else
        group->first = ws->next;
    if (ws->next != NULL)
        ws->next->prev = ws->prev;
    group->count--;
    sio__timer_stop(&ws->timer);
    sio__ws_read_fini(ws);
    sio__ws_forget_ahead(ws);
    sio__frame_rele(ws->pong);
    sio__frame_rele(ws->last);
    uv_close((uv_handle_t *)&ws->poll, on_closed);
}

void sio__ws_drop(struct sio__ws *ws)
{
    if (ws->state == SIO__WS_DEAD)
        return;
    let_go(ws);
    SIO__COUNT(ws->group->stats, connections_closed);
    sio__request_rele(ws->link.request);
    ws->link.request = NULL;
    sio__stream_close(&ws->stream);
}

void sio__ws_release(struct sio__link *link, struct sio__stream *stream)
{
    struct sio__ws *ws = sio__ws_of(link);

    let_go(ws);
    ws->link.request = NULL; /* the caller's */
    *stream = ws->stream;
}
