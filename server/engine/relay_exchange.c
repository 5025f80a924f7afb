/* relay_exchange.c: HTTP requests of a session that lives on another worker. */
#include "server/engine/admission.h"
#include "server/engine/answers.h"
#include "server/engine/relay_ends.h"
#include "server/net/answer.h"
#include "server/server.h"

struct relayed {
    struct sio__relay relay;
    struct sio__letter open;
    struct sio__engine *engine;

    struct sio__exchange *x; /* near; NULL: it has ended */
    struct sio__exchange far;
    bool is_over;               /* far: answered, or gone */
    struct sio__answer *answer; /* from far to near with far's last word; NULL: destroy */
};

static struct relayed *relayed_of(struct sio__letter *last_word)
{
    return (struct relayed *)sio__relay_of(last_word);
}

static void fini(struct sio__relay *relay)
{
    struct relayed *r = (struct relayed *)relay;

    sio__answer_free(r->answer);
    sio__request_rele(r->far.request);
}

/* --- near: the real exchange --------------------------------------------------------------- */

static void on_answer(struct sio__letter *last_word, void *worker)
{
    struct relayed *r = relayed_of(last_word);
    struct sio__exchange *x = r->x;

    (void)worker;
    if (x != NULL) {
        r->x = NULL;
        if (r->answer != NULL)
            x->ops->answer(x, r->answer);
        else
            x->ops->destroy(x);
        sio__answer_sent(r->answer);
        sio__relay_near_speaks(&r->relay);
    }
    sio__relay_release(&r->relay);
}

static void on_far_body(struct sio__letter *letter, void *worker)
{
    struct sio__relay_letter *body = (struct sio__relay_letter *)letter;
    struct relayed *r = (struct relayed *)body->relay;

    (void)worker;
    if (!r->is_over && r->far.take_body) {
        r->far.take_body = false;
        r->far.events->body(&r->far, body->flag ? NULL : body->bytes, body->len, body->flag);
    }
    sio__free(body);
}

static void on_body(struct sio__exchange *x, const char *ptr, size_t len, bool too_large)
{
    struct relayed *r = x->owner;

    if (sio__relay_post(&r->relay, r->relay.home_worker, on_far_body, too_large, ptr, len))
        return;
    SIO__COUNT(&r->relay.near_worker->stats, out_of_memory);
    r->x = NULL;
    x->ops->destroy(x);
    sio__relay_near_speaks(&r->relay);
}

static void on_gone(struct sio__exchange *x)
{
    struct relayed *r = x->owner;

    r->x = NULL;
    sio__relay_near_speaks(&r->relay);
}

static const struct sio__exchange_events near_events = {on_body, on_gone};

/* --- far: what the engine sees ------------------------------------------------------------- */

static void far_answer(struct sio__exchange *x, const struct sio__answer *answer)
{
    struct relayed *r = (struct relayed *)((char *)x - offsetof(struct relayed, far));

    r->is_over = true;
    r->answer = sio__answer_copy(answer);
    if (r->answer == NULL)
        SIO__COUNT(&r->relay.home_worker->stats, out_of_memory);
    sio__relay_far_speaks(&r->relay);
}

static void far_destroy(struct sio__exchange *x)
{
    struct relayed *r = (struct relayed *)((char *)x - offsetof(struct relayed, far));

    r->is_over = true;
    sio__relay_far_speaks(&r->relay);
}

static const struct sio__exchange_ops far_ops = {far_answer, far_destroy};

/* Near's exchange has ended, answered or not. */
static void on_near_over(struct sio__letter *last_word, void *worker)
{
    struct relayed *r = relayed_of(last_word);

    (void)worker;
    if (!r->is_over) {
        r->is_over = true;
        r->far.events->gone(&r->far);
        sio__relay_far_speaks(&r->relay);
    }
    sio__relay_release(&r->relay);
}

static void on_open(struct sio__letter *letter, void *worker)
{
    struct relayed *r = (struct relayed *)((char *)letter - offsetof(struct relayed, open));

    sio__engine_relayed_request(r->engine, worker, &r->far);
}

/* The home worker ended before it read this: there is no far end, but near waits for its word. */
static void drop_open(struct sio__letter *letter)
{
    struct relayed *r = (struct relayed *)((char *)letter - offsetof(struct relayed, open));

    sio__relay_far_speaks(&r->relay);
}

void sio__relay_request(struct sio__engine *engine, struct sio__worker *worker,
                        struct sio__worker *home, struct sio__exchange *x)
{
    struct relayed *r = sio__calloc(1, sizeof *r);

    if (r == NULL) {
        SIO__COUNT(&worker->stats, out_of_memory);
        sio__answer_empty(engine, x, 503);
        return;
    }
    sio__relay_init(&r->relay, worker, home, fini, on_answer, on_near_over);
    r->engine = engine;
    r->x = x;
    r->far.ops = &far_ops;
    r->far.request = sio__request_hold(x->request);
    r->open.deliver = on_open;
    r->open.drop = drop_open;
    x->owner = r;
    x->events = &near_events;
    if (x->request->method == SIO__POST && sio__early_find(x->request) == NULL) {
        x->take_body = true;
        x->max_body_bytes = worker->server->config.max_http_buffer_size;
    }
    if (!sio__worker_post(home, &r->open)) {
        fini(&r->relay);
        sio__free(r);
        x->take_body = false;
        sio__answer_empty(engine, x, 503);
    }
}
