#include "server/engine/admission.h"

#include <stdatomic.h>
#include <string.h>
#include <uv.h>

#include "server/engine/answers.h"
#include "server/net/inbox.h"
#include "server/server.h"

/* Two references: of who decides, and of the handshake that waits. */
struct sio_admission {
    struct sio__letter letter; /* the decision, when it comes later */
    struct sio__attached attached;
    _Atomic uint32_t refs;
    struct sio__admission_result result;
    char *message;

    uv_mutex_t lock;   /* the worker does not end while a decision is posted to it */
    bool is_abandoned; /* nobody waits any more, and the worker may have ended */

    /* The worker's thread: */
    bool is_asking; /* the hook runs */
    bool is_decided;
    struct sio__exchange *x; /* waits; NULL: it does not, or has gone */
    struct sio__link *link;
    void (*go_on_request)(struct sio__exchange *x, const struct sio__admission_result *result);
    void (*go_on_link)(struct sio__link *link, const struct sio__admission_result *result);
};

static struct sio_admission *admission_new(struct sio__engine *engine, struct sio__worker *worker,
                                           int revision)
{
    struct sio_admission *admission = sio__calloc(1, sizeof *admission);

    if (admission == NULL) {
        SIO__COUNT(&worker->stats, out_of_memory);
        return NULL;
    }
    if (uv_mutex_init(&admission->lock) != 0) {
        sio__free(admission);
        return NULL;
    }
    atomic_init(&admission->refs, 2);
    admission->result =
        (struct sio__admission_result){.engine = engine, .worker = worker, .revision = revision};
    return admission;
}

static void release(struct sio_admission *admission)
{
    if (atomic_fetch_sub_explicit(&admission->refs, 1, memory_order_acq_rel) != 1)
        return;
    uv_mutex_destroy(&admission->lock);
    sio__free(admission->message);
    sio__free(admission);
}

static void abandon(struct sio_admission *admission)
{
    uv_mutex_lock(&admission->lock);
    admission->is_abandoned = true;
    uv_mutex_unlock(&admission->lock);
}

static void ask(struct sio_admission *admission, const struct sio__request *request)
{
    const sio_engine_hooks *hooks = &admission->result.engine->hooks;

    admission->is_asking = true;
    hooks->allow_request((const sio_request *)request, admission, hooks->user);
    admission->is_asking = false;
}

/* --- decisions ----------------------------------------------------------------------------- */

/* Whoever waits goes on. */
static void resume(struct sio_admission *admission)
{
    struct sio__exchange *x = admission->x;
    struct sio__link *link = admission->link;

    admission->is_decided = true;
    admission->x = NULL;
    admission->link = NULL;
    if (x != NULL)
        admission->go_on_request(x, &admission->result);
    else if (link != NULL)
        admission->go_on_link(link, &admission->result);
    if (x != NULL)
        release(admission); /* the exchange's; a link's goes with its request */
}

static void on_decision(struct sio__letter *letter, void *worker)
{
    struct sio_admission *admission = (struct sio_admission *)letter;

    (void)worker;
    resume(admission);
    release(admission);
}

static void drop_decision(struct sio__letter *letter)
{
    release((struct sio_admission *)letter);
}

/* Hands the decider's reference to the letter, if somebody still waits. */
static void post(struct sio_admission *admission)
{
    bool is_posted;

    admission->letter.deliver = on_decision;
    admission->letter.drop = drop_decision;
    atomic_fetch_add_explicit(&admission->refs, 1, memory_order_relaxed); /* ours, for the lock */
    uv_mutex_lock(&admission->lock);
    is_posted =
        !admission->is_abandoned && sio__worker_post(admission->result.worker, &admission->letter);
    uv_mutex_unlock(&admission->lock);
    if (!is_posted)
        release(admission);
    release(admission);
}

static void decide(struct sio_admission *admission)
{
    struct sio__worker *here = sio__worker_current();

    if (here != NULL && here == admission->result.worker && admission->is_asking) {
        admission->is_decided = true;
        release(admission);
    } else {
        post(admission);
    }
}

void sio_admission_allow(sio_admission *admission)
{
    admission->result.is_allowed = true;
    decide(admission);
}

void sio_admission_refuse(sio_admission *admission, const char *message)
{
    if (message != NULL && message[0] != '\0')
        admission->message = sio__strndup(message, strlen(message));
    admission->result.message = admission->message;
    decide(admission);
}

/* --- polling ------------------------------------------------------------------------------- */

static void on_gone(struct sio__exchange *x)
{
    struct sio_admission *admission = x->owner;

    admission->x = NULL;
    abandon(admission);
    release(admission);
}

static const struct sio__exchange_events waiting_exchange = {NULL, on_gone};

void sio__admit_request(struct sio__engine *engine, struct sio__worker *worker,
                        struct sio__exchange *x, int revision,
                        void (*go_on)(struct sio__exchange *x,
                                      const struct sio__admission_result *result))
{
    struct sio__admission_result allowed = {
        .engine = engine, .worker = worker, .is_allowed = true, .revision = revision};
    struct sio_admission *admission;

    if (engine->hooks.allow_request == NULL) {
        go_on(x, &allowed);
        return;
    }
    if ((admission = admission_new(engine, worker, revision)) == NULL) {
        sio__answer_empty(engine, x, 503);
        return;
    }
    admission->go_on_request = go_on;
    admission->x = x;
    x->owner = admission;
    x->events = &waiting_exchange;
    ask(admission, x->request);
    if (admission->is_decided)
        resume(admission);
}

/* --- WebSocket ----------------------------------------------------------------------------- */

/* The request goes, and with it the wait: of a link that was closed, or never opened. */
static void on_request_gone(struct sio__attached *attached)
{
    struct sio_admission *admission =
        (struct sio_admission *)((char *)attached - offsetof(struct sio_admission, attached));

    abandon(admission);
    release(admission);
}

static struct sio_admission *find(const struct sio__request *request)
{
    struct sio__attached *attached = sio__request_find(request, on_request_gone);

    if (attached == NULL)
        return NULL;
    return (struct sio_admission *)((char *)attached - offsetof(struct sio_admission, attached));
}

enum sio__verdict sio__admit_upgrade(struct sio__engine *engine, struct sio__worker *worker,
                                     struct sio__request *request, int revision,
                                     const char **message)
{
    struct sio_admission *admission;

    *message = NULL;
    if (engine->hooks.allow_request == NULL)
        return SIO__NOT_ASKED;
    if ((admission = admission_new(engine, worker, revision)) == NULL)
        return SIO__REFUSED;
    admission->attached.free = on_request_gone;
    sio__request_attach(request, &admission->attached);
    ask(admission, request);
    if (!admission->is_decided)
        return SIO__UNDECIDED;
    *message = admission->message;
    return admission->result.is_allowed ? SIO__ADMITTED : SIO__REFUSED;
}

static void on_message(struct sio__link *link, bool binary, const char *ptr, size_t len)
{
    struct sio_admission *admission = link->owner;

    (void)binary, (void)ptr, (void)len;
    admission->link = NULL; /* it speaks before it is spoken to */
    abandon(admission);
    link->ops->end(link, sio__frame_close_code(0));
}

static void on_writable(struct sio__link *link)
{
    (void)link;
}

static void on_closed(struct sio__link *link, enum sio__link_end how)
{
    struct sio_admission *admission = link->owner;

    (void)how;
    admission->link = NULL;
    abandon(admission);
}

static const struct sio__link_events waiting_link = {on_message, on_writable, on_closed};

bool sio__admit_link(struct sio__link *link,
                     void (*go_on)(struct sio__link *link,
                                   const struct sio__admission_result *result))
{
    struct sio_admission *admission = find(link->request);

    if (admission == NULL)
        return false;
    if (admission->is_decided) {
        go_on(link, &admission->result);
        return true;
    }
    admission->go_on_link = go_on;
    admission->link = link;
    link->owner = admission;
    link->events = &waiting_link;
    return true;
}
