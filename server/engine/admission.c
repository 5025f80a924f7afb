#include "server/engine/admission.h"

#include <stdatomic.h>
#include <string.h>
#include <uv.h>

#include "server/engine/answers.h"
#include "server/engine/hooks.h"
#include "server/net/answer.h"
#include "server/net/inbox.h"
#include "server/server.h"

/* References: of whoever waits, of the request of a WebSocket, and of the application while it
 * decides. */
struct sio_admission {
    struct sio__letter letter; /* a decision that comes later */
    struct sio__attached attached;
    _Atomic uint32_t refs;
    struct sio__admission_result result;
    char *message;
    struct sio__answer *answer;
    struct sio__attached *headers; /* list: added since the last decision */
    unsigned header_count;

    uv_mutex_t lock;   /* the worker does not end while a decision is posted to it */
    bool is_abandoned; /* nobody waits any more, and the worker may have ended */

    /* The worker's thread: */
    const struct sio__gatekeeper *next; /* to be asked */
    bool is_asking;                     /* one of them runs */
    bool is_decided;                    /* by the last one that was asked */
    struct sio__exchange *x;            /* waits; NULL: it does not, or has gone */
    void (*go_on)(struct sio__exchange *x, const struct sio__admission_result *result);
};

static struct sio_admission *admission_new(struct sio__engine *engine, struct sio__worker *worker,
                                           const struct sio__gatekeeper *list)
{
    struct sio_admission *admission = sio__calloc(1, sizeof *admission);

    if (admission == NULL || uv_mutex_init(&admission->lock) != 0) {
        SIO__COUNT(&worker->stats, out_of_memory);
        sio__free(admission);
        return NULL;
    }
    atomic_init(&admission->refs, 1);
    admission->next = list;
    admission->result =
        (struct sio__admission_result){.engine = engine, .worker = worker, .asked = list};
    return admission;
}

static void free_list(struct sio__attached *list)
{
    while (list != NULL) {
        struct sio__attached *next = list->next;
        list->free(list);
        list = next;
    }
}

static void release(struct sio_admission *admission)
{
    if (atomic_fetch_sub_explicit(&admission->refs, 1, memory_order_acq_rel) != 1)
        return;
    uv_mutex_destroy(&admission->lock);
    free_list(admission->headers);
    sio__answer_free(admission->answer);
    sio__free(admission->message);
    sio__free(admission);
}

static void abandon(struct sio_admission *admission)
{
    uv_mutex_lock(&admission->lock);
    admission->is_abandoned = true;
    uv_mutex_unlock(&admission->lock);
}

/* --- asking -------------------------------------------------------------------------------- */

/* The headers that were added go with the request's answer. */
static void keep_headers(struct sio_admission *admission, struct sio__request *request)
{
    struct sio__attached *header = admission->headers;

    admission->headers = NULL;
    while (header != NULL) {
        struct sio__attached *next = header->next;
        sio__request_attach(request, header);
        header = next;
    }
}

/* Asks until one does not allow it, does not decide now, or all have. */
static void ask(struct sio_admission *admission, struct sio__request *request)
{
    do {
        const struct sio__gatekeeper *keeper = admission->next;

        admission->next = keeper->next;
        admission->is_decided = false;
        atomic_fetch_add_explicit(&admission->refs, 1, memory_order_relaxed);
        admission->is_asking = true;
        keeper->cb((const sio_request *)request, admission, keeper->user);
        admission->is_asking = false;
        if (!admission->is_decided)
            return;
        keep_headers(admission, request);
    } while (admission->result.verdict == SIO__ALLOWED && admission->next != NULL);
}

/* --- decisions ----------------------------------------------------------------------------- */

static void finish(struct sio_admission *admission)
{
    struct sio__exchange *x = admission->x;

    admission->x = NULL;
    admission->go_on(x, &admission->result);
    release(admission); /* the exchange's */
}

/* A decision has come: the next one is asked, or whoever waits goes on. */
static void proceed(struct sio_admission *admission)
{
    struct sio__request *request = admission->x->request;

    keep_headers(admission, request);
    if (admission->result.verdict == SIO__ALLOWED && admission->next != NULL)
        ask(admission, request);
    if (admission->is_decided)
        finish(admission);
}

static void on_decision(struct sio__letter *letter, void *worker)
{
    struct sio_admission *admission = (struct sio_admission *)letter;

    (void)worker;
    admission->is_decided = true;
    if (admission->x != NULL)
        proceed(admission);
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

static void decide(struct sio_admission *admission, enum sio__verdict verdict)
{
    admission->result.verdict = verdict;
    if (sio__worker_is_here(admission->result.worker) && admission->is_asking) {
        admission->is_decided = true;
        release(admission);
    } else {
        post(admission);
    }
}

void sio_admission_allow(sio_admission *admission)
{
    decide(admission, SIO__ALLOWED);
}

void sio_admission_refuse(sio_admission *admission, const char *message)
{
    if (message != NULL && message[0] != '\0')
        admission->message = sio__strndup(message, strlen(message));
    admission->result.message = admission->message;
    decide(admission, SIO__REFUSED);
}

void sio_admission_answer(sio_admission *admission, int status, const char *content_type,
                          const char *ptr, size_t len)
{
    const struct sio__answer answer = {
        .status = status, .content_type = content_type, .body = sio__slice_make(ptr, len)};

    admission->answer = sio__answer_copy(&answer);
    admission->result.answer = admission->answer;
    decide(admission, SIO__ANSWERED);
}

sio_err sio_admission_add_header(sio_admission *admission, const char *name, const char *value)
{
    struct sio__attached *header;
    sio_err err;

    if (admission->header_count == SIO__KEPT_HEADERS_MAX)
        return SIO_ELIMIT;
    if ((err = sio__kept_header_new(&header, name, value)) != SIO_OK)
        return err;
    header->next = admission->headers;
    admission->headers = header;
    admission->header_count++;
    return SIO_OK;
}

/* --- what comes meanwhile ------------------------------------------------------------------ */

static void free_early(struct sio__attached *attached)
{
    sio__free(attached);
}

const struct sio__early *sio__early_find(const struct sio__request *request)
{
    struct sio__attached *attached = sio__request_find(request, free_early);

    return attached == NULL
               ? NULL
               : (struct sio__early *)((char *)attached - offsetof(struct sio__early, attached));
}

/* False: out of memory. */
static bool keep_early(struct sio__worker *worker, struct sio__request *request, const char *ptr,
                       size_t len, bool is_too_large)
{
    struct sio__early *early = sio__calloc(1, sizeof *early + (is_too_large ? 0 : len));

    if (early == NULL) {
        SIO__COUNT(&worker->stats, out_of_memory);
        return false;
    }
    early->attached.free = free_early;
    early->is_too_large = is_too_large;
    early->len = len;
    if (len > 0 && !is_too_large)
        memcpy(early->bytes, ptr, len);
    sio__request_attach(request, &early->attached);
    return true;
}

/* --- plain requests ------------------------------------------------------------------------ */

static void on_gone(struct sio__exchange *x)
{
    struct sio_admission *admission = x->owner;

    admission->x = NULL;
    abandon(admission);
    release(admission);
}

static void on_body(struct sio__exchange *x, const char *ptr, size_t len, bool too_large)
{
    struct sio_admission *admission = x->owner;

    x->take_body = false;
    if (keep_early(admission->result.worker, x->request, ptr, len, too_large))
        return;
    on_gone(x);
    x->ops->destroy(x);
}

static const struct sio__exchange_events waiting_exchange = {on_body, on_gone};

static void wait_with(struct sio_admission *admission, struct sio__exchange *x)
{
    admission->x = x;
    x->owner = admission;
    x->events = &waiting_exchange;
}

void sio__admit_request(struct sio__engine *engine, struct sio__worker *worker,
                        struct sio__exchange *x, const struct sio__gatekeeper *list,
                        void (*go_on)(struct sio__exchange *x,
                                      const struct sio__admission_result *result))
{
    const struct sio__admission_result allowed = {.engine = engine, .worker = worker};
    struct sio_admission *admission;

    if (list == NULL) {
        go_on(x, &allowed);
        return;
    }
    if ((admission = admission_new(engine, worker, list)) == NULL) {
        sio__answer_empty(engine, x, 503);
        return;
    }
    admission->go_on = go_on;
    admission->x = x;
    ask(admission, x->request);
    if (admission->is_decided) {
        finish(admission);
        return;
    }
    wait_with(admission, x);
    if (x->request->method == SIO__POST) {
        x->take_body = true;
        x->max_body_bytes = worker->server->config.max_http_buffer_size;
    }
}

/* --- WebSocket handshakes ------------------------------------------------------------------ */

/* The request holds it: for the text of a refusal, and until the handshake is held, which it may
 * never be. */
static void on_request_gone(struct sio__attached *attached)
{
    struct sio_admission *admission =
        (struct sio_admission *)((char *)attached - offsetof(struct sio_admission, attached));

    abandon(admission);
    release(admission);
}

enum sio__verdict sio__admit_upgrade(struct sio__engine *engine, struct sio__worker *worker,
                                     struct sio__request *request,
                                     const struct sio__gatekeeper *list, const char **message)
{
    struct sio_admission *admission;

    *message = NULL;
    if (list == NULL)
        return SIO__ALLOWED;
    if ((admission = admission_new(engine, worker, list)) == NULL)
        return SIO__NO_MEMORY;
    admission->attached.free = on_request_gone;
    sio__request_attach(request, &admission->attached);
    ask(admission, request);
    if (!admission->is_decided)
        return SIO__UNDECIDED;
    *message = admission->message;
    return admission->result.verdict;
}

void sio__admit_held(struct sio__exchange *x,
                     void (*go_on)(struct sio__exchange *x,
                                   const struct sio__admission_result *result))
{
    struct sio__attached *attached = sio__request_find(x->request, on_request_gone);
    struct sio_admission *admission =
        (struct sio_admission *)((char *)attached - offsetof(struct sio_admission, attached));

    if (attached == NULL)
        __builtin_unreachable(); /* what is held was asked about; else gcc warns at the linking */
    atomic_fetch_add_explicit(&admission->refs, 1, memory_order_relaxed);
    admission->go_on = go_on;
    wait_with(admission, x);
    if (admission->is_decided)
        proceed(admission);
}
