/* relay_link.c: WebSockets of a session that lives on another worker.
 *
 * One with a stream of its own (server/net/ws) moves there.  Those that have to stay with the
 * transport that opened them (frames that came too early: server/net/lws/handoff.c) are
 * relayed: home sends packets ahead of near's writing, at most WINDOW_BYTES or one packet; near
 * reports what is out.  So a slow reader's backlog stays in its session's queue, where it is
 * counted. */
#include "server/engine/relay_ends.h"
#include "server/server.h"

enum {
    WINDOW_BYTES = 64 * 1024,
    LETTER_PACKETS = 32,
    RETRY_MS = 50, /* after out of memory */
};

struct relayed {
    struct sio__relay relay;
    struct sio__letter open;
    struct sio__engine *engine;

    /* near */
    struct sio__link *link; /* NULL: it has ended */
    struct sio__sendq queue;
    size_t unreported;       /* bytes of packets taken and not reported as written */
    struct sio__timer drain; /* home has ended it: how long the rest may take */
    bool is_ending;

    /* far */
    struct sio__link far;
    size_t in_flight; /* bytes sent ahead */
    struct sio__timer retry;
    bool wants_writable, is_over;

    /* from near to home; the letter is on its way while is_reporting */
    struct sio__letter report;
    atomic_size_t written;
    atomic_bool is_reporting;

    /* with the last words */
    struct sio__frame *last;
    enum sio__link_end how;
};

struct packets {
    struct sio__letter letter;
    struct relayed *to;
    size_t count;
    struct sio__frame *at[LETTER_PACKETS];
};

static struct relayed *relayed_of(struct sio__letter *last_word)
{
    return (struct relayed *)sio__relay_of(last_word);
}

static void fini(struct sio__relay *relay)
{
    struct relayed *r = (struct relayed *)relay;

    sio__sendq_drop_all(&r->queue);
    sio__frame_rele(r->last);
    sio__request_rele(r->far.request);
}

/* --- far: what the session sees ------------------------------------------------------------ */

static void tell_writable(struct relayed *r)
{
    if (r->is_over || !r->wants_writable)
        return;
    r->wants_writable = false;
    r->far.events->writable(&r->far);
}

static void on_report(struct sio__letter *letter, void *worker)
{
    struct relayed *r = (struct relayed *)((char *)letter - offsetof(struct relayed, report));

    (void)worker;
    atomic_store(&r->is_reporting, false);
    r->in_flight -= atomic_exchange(&r->written, 0);
    tell_writable(r);
    sio__relay_release(&r->relay);
}

static void on_retry(struct sio__timer *timer)
{
    tell_writable((struct relayed *)((char *)timer - offsetof(struct relayed, retry)));
}

static void drop_packets(struct sio__letter *letter)
{
    struct packets *packets = (struct packets *)letter;

    for (size_t i = 0; i < packets->count; i++)
        sio__frame_rele(packets->at[i]);
    sio__free(packets);
}

static void on_packets(struct sio__letter *letter, void *worker);

static void fill(struct relayed *r, struct packets *packets, struct sio__sendq *queue)
{
    struct sio__frame *packet;

    while (packets->count < LETTER_PACKETS && (packet = sio__sendq_first(queue)) != NULL) {
        size_t bytes = sio__frame_chain_bytes(packet);
        if (r->in_flight > 0 && r->in_flight + bytes > WINDOW_BYTES)
            break;
        r->in_flight += bytes;
        packets->at[packets->count++] = sio__sendq_pop(queue);
    }
}

static bool far_flush(struct sio__link *link, struct sio__sendq *queue)
{
    struct relayed *r = (struct relayed *)((char *)link - offsetof(struct relayed, far));
    struct packets *packets;

    while (!sio__sendq_is_empty(queue)) {
        if ((packets = sio__malloc(sizeof *packets)) == NULL) {
            struct sio__worker *home = r->relay.home_worker;
            sio__timer_start(&home->timers, &r->retry, sio__worker_now(home), RETRY_MS);
            break;
        }
        packets->letter.deliver = on_packets;
        packets->letter.drop = drop_packets;
        packets->to = r;
        packets->count = 0;
        fill(r, packets, queue);
        if (packets->count == 0) {
            sio__free(packets);
            break;
        }
        if (!sio__worker_post(r->relay.near_worker, &packets->letter))
            drop_packets(&packets->letter);
    }
    r->wants_writable = !sio__sendq_is_empty(queue);
    return !r->wants_writable;
}

static bool far_is_writable(struct sio__link *link)
{
    return ((struct relayed *)((char *)link - offsetof(struct relayed, far)))->in_flight == 0;
}

static void far_is_over(struct relayed *r)
{
    r->is_over = true;
    sio__timer_stop(&r->retry);
}

static void far_end(struct sio__link *link, struct sio__frame *last)
{
    struct relayed *r = (struct relayed *)((char *)link - offsetof(struct relayed, far));

    far_is_over(r);
    r->last = last != NULL ? sio__frame_hold(last) : NULL;
    sio__relay_far_speaks(&r->relay);
}

static const struct sio__link_ops far_ops = {far_flush, far_is_writable, far_end};

static void on_far_message(struct sio__letter *letter, void *worker)
{
    struct sio__relay_letter *message = (struct sio__relay_letter *)letter;
    struct relayed *r = (struct relayed *)message->relay;

    (void)worker;
    if (!r->is_over)
        r->far.events->message(&r->far, message->flag, message->bytes, message->len);
    sio__free(message);
}

/* Near's WebSocket has ended, by itself or as home asked. */
static void on_near_over(struct sio__letter *last_word, void *worker)
{
    struct relayed *r = relayed_of(last_word);

    (void)worker;
    if (!r->is_over) {
        far_is_over(r);
        r->far.events->closed(&r->far, r->how);
        sio__relay_far_speaks(&r->relay);
    }
    sio__relay_release(&r->relay);
}

/* --- near: the real WebSocket -------------------------------------------------------------- */

static void drop_report(struct sio__letter *letter)
{
    struct relayed *r = (struct relayed *)((char *)letter - offsetof(struct relayed, report));
    sio__relay_release(&r->relay);
}

static void report(struct relayed *r)
{
    if (r->unreported == 0)
        return;
    atomic_fetch_add(&r->written, r->unreported);
    r->unreported = 0;
    if (atomic_exchange(&r->is_reporting, true))
        return;
    /* The letter is part of the relay, which must not go while an inbox has it. */
    sio__relay_hold(&r->relay);
    if (!sio__worker_post(r->relay.home_worker, &r->report))
        sio__relay_release(&r->relay);
}

/* Near's own end: the link is gone or given away, and home knows or will. */
static void near_is_over(struct relayed *r)
{
    bool is_ending = r->is_ending; /* after the last word home may free it */

    r->link = NULL;
    sio__timer_stop(&r->drain);
    sio__sendq_drop_all(&r->queue);
    sio__relay_near_speaks(&r->relay);
    if (is_ending)
        sio__relay_release(&r->relay);
}

static void finish(struct relayed *r)
{
    r->link->ops->end(r->link, r->last);
    near_is_over(r);
}

static void flush(struct relayed *r)
{
    if (!r->link->ops->flush(r->link, &r->queue))
        return;
    if (r->is_ending)
        finish(r);
    else
        report(r);
}

static void fail(struct relayed *r)
{
    SIO__COUNT(&r->relay.near_worker->stats, out_of_memory);
    r->how = SIO__LINK_ERROR;
    r->link->ops->end(r->link, sio__frame_close_code(0));
    near_is_over(r);
}

static void on_packets(struct sio__letter *letter, void *worker)
{
    struct packets *packets = (struct packets *)letter;
    struct relayed *r = packets->to;
    bool is_queued = r->link != NULL;

    (void)worker;
    for (size_t i = 0; i < packets->count && is_queued; i++) {
        is_queued = sio__sendq_push_always(&r->queue, packets->at[i]) == SIO__SENDQ_OK;
        r->unreported += sio__frame_chain_bytes(packets->at[i]);
    }
    drop_packets(letter);
    if (is_queued)
        flush(r);
    else if (r->link != NULL)
        fail(r);
}

static void on_drain_timeout(struct sio__timer *timer)
{
    finish((struct relayed *)((char *)timer - offsetof(struct relayed, drain)));
}

/* Home's last word: end it after what was sent before; or home has heard that it is over. */
static void on_end(struct sio__letter *last_word, void *worker)
{
    struct relayed *r = relayed_of(last_word);
    struct sio__worker *near_worker = worker;

    if (r->link == NULL) {
        sio__relay_release(&r->relay);
        return;
    }
    r->is_ending = true;
    if (sio__sendq_is_empty(&r->queue))
        finish(r);
    else
        sio__timer_start(&near_worker->timers, &r->drain, sio__worker_now(near_worker),
                         SIO__LINK_CLOSE_WAIT_MS);
}

static void on_message(struct sio__link *link, bool binary, const char *ptr, size_t len)
{
    struct relayed *r = link->owner;

    if (r->is_ending)
        return;
    if (!sio__relay_post(&r->relay, r->relay.home_worker, on_far_message, binary, ptr, len))
        fail(r);
}

static void on_writable(struct sio__link *link)
{
    flush(link->owner);
}

static void on_closed(struct sio__link *link, enum sio__link_end how)
{
    struct relayed *r = link->owner;

    r->how = how;
    near_is_over(r);
}

static const struct sio__link_events near_events = {on_message, on_writable, on_closed};

/* --- opening ------------------------------------------------------------------------------- */

static void on_open(struct sio__letter *letter, void *worker)
{
    struct relayed *r = (struct relayed *)((char *)letter - offsetof(struct relayed, open));

    sio__engine_relayed_link(r->engine, worker, &r->far);
}

/* The home worker ended before it read this: there is no far end, but near waits for its word. */
static void drop_open(struct sio__letter *letter)
{
    struct relayed *r = (struct relayed *)((char *)letter - offsetof(struct relayed, open));

    far_end(&r->far, sio__frame_close_code(0));
}

static void relay(struct sio__engine *engine, struct sio__worker *worker, struct sio__worker *home,
                  struct sio__link *link)
{
    struct relayed *r = sio__calloc(1, sizeof *r);

    if (r == NULL) {
        SIO__COUNT(&worker->stats, out_of_memory);
        link->ops->end(link, sio__frame_close_code(0));
        return;
    }
    sio__relay_init(&r->relay, worker, home, fini, on_end, on_near_over);
    r->engine = engine;
    r->link = link;
    r->far.ops = &far_ops;
    r->far.request = sio__request_hold(link->request);
    r->drain.fire = on_drain_timeout;
    r->retry.fire = on_retry;
    r->report.deliver = on_report;
    r->report.drop = drop_report;
    r->open.deliver = on_open;
    r->open.drop = drop_open;
    sio__sendq_init(&r->queue, SIZE_MAX);
    link->owner = r;
    link->events = &near_events;
    if (!sio__worker_post(home, &r->open)) {
        fini(&r->relay);
        sio__free(r);
        link->ops->end(link, sio__frame_close_code(0));
    }
}

/* --- moving -------------------------------------------------------------------------------- */

struct move {
    struct sio__letter letter;
    struct sio__engine *engine;
    struct sio__worker *home;
    struct sio__request *request;
    struct sio__stream stream;
};

static void on_move(struct sio__letter *letter, void *worker)
{
    struct sio__worker *home = worker;
    struct move move = *(struct move *)letter;
    struct sio__link *link = sio__transport_take(home->transport, &move.stream, move.request);

    sio__free(letter);
    if (link == NULL)
        return;
    link->max_message_bytes = home->server->config.max_http_buffer_size;
    sio__engine_relayed_link(move.engine, home, link);
}

/* The home worker has ended: the client sees that its connection has.  here: this thread's. */
static void lose(struct move *move, struct sio__worker *here)
{
    SIO__COUNT(&here->stats, connections_closed);
    sio__request_rele(move->request);
    sio__stream_close(&move->stream);
    sio__free(move);
}

static void drop_move(struct sio__letter *letter)
{
    struct move *move = (struct move *)letter;

    lose(move, move->home);
}

static bool move(struct sio__engine *engine, struct sio__worker *worker, struct sio__worker *home,
                 struct sio__link *link)
{
    struct sio__request *request = link->request;
    struct move *moved;

    if (link->ops->release == NULL || (moved = sio__malloc(sizeof *moved)) == NULL)
        return false;
    if (!link->ops->release(link, &moved->stream)) {
        sio__free(moved);
        return false;
    }
    moved->letter.deliver = on_move;
    moved->letter.drop = drop_move;
    moved->engine = engine;
    moved->home = home;
    moved->request = request;
    if (!sio__worker_post(home, &moved->letter))
        lose(moved, worker);
    return true;
}

void sio__relay_link(struct sio__engine *engine, struct sio__worker *worker,
                     struct sio__worker *home, struct sio__link *link)
{
    if (!move(engine, worker, home, link))
        relay(engine, worker, home, link);
}
