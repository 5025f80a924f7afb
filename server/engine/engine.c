#include "server/engine/engine.h"

#include <string.h>

#include "server/engine/admission.h"
#include "server/engine/answers.h"
#include "server/engine/ask.h"
#include "server/engine/cors.h"
#include "server/engine/naming.h"
#include "server/engine/refusal.h"
#include "server/engine/relay.h"
#include "server/server.h"

/* --- life ---------------------------------------------------------------------------------- */

struct sio__engine *sio__engine_new(struct sio__slice path, const sio_config *config,
                                    const struct sio__session_events *events)
{
    struct sio__engine *engine;

    while (path.len > 0 && path.ptr[path.len - 1] == '/')
        path.len--;
    engine = sio__calloc(1, sizeof *engine + path.len + 1);
    if (engine == NULL)
        return NULL;
    if (path.len > 0)
        memcpy(engine->path_text, path.ptr, path.len);
    engine->path_text[path.len] = '/';
    engine->path = sio__slice_make(engine->path_text,
                                   path.len + (config->add_trailing_slash || path.len == 0));
    engine->config = config;
    engine->events = events;
    return engine;
}

static void free_gatekeepers(struct sio__gatekeeper *list)
{
    while (list != NULL) {
        struct sio__gatekeeper *next = list->next;
        sio__free(list);
        list = next;
    }
}

void sio__engine_free(struct sio__engine *engine)
{
    free_gatekeepers(engine->middlewares);
    sio__free(engine);
}

static struct sio__slice without_slash(struct sio__slice path)
{
    while (path.len > 1 && path.ptr[path.len - 1] == '/')
        path.len--;
    return path;
}

struct sio__engine *sio__engine_at(const struct sio_server *server, const char *path)
{
    struct sio__engine *engine = server->engines;

    if (path == NULL)
        return engine;
    while (engine != NULL &&
           !sio__slice_eq(without_slash(engine->path), without_slash(sio__slice_of(path))))
        engine = engine->next;
    return engine;
}

bool sio__engine_matches(const struct sio__engine *engine, struct sio__slice path)
{
    return path.len >= engine->path.len &&
           memcmp(path.ptr, engine->path.ptr, engine->path.len) == 0;
}

/* --- plain requests ------------------------------------------------------------------------ */

static void refuse(const struct sio__engine *engine, struct sio__worker *worker,
                   struct sio__exchange *x, enum sio__refusal why, const char *hint)
{
    sio__refusal_tell(engine, worker, x->request, why, hint);
    sio__answer_refusal(engine, x, why);
}

static void handshake(struct sio__engine *engine, struct sio__worker *worker,
                      struct sio__exchange *x, int revision)
{
    bool is_named;
    struct sio__session *session =
        sio__named_session_new(engine, worker, x->request, revision, &is_named);

    if (!is_named) {
        refuse(engine, worker, x, SIO__BAD_REQUEST, sio__hint_not_named);
        return;
    }
    if (session == NULL) {
        sio__answer_empty(engine, x, 503);
        return;
    }
    if (!sio__polling_init(session)) {
        sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
        sio__answer_empty(engine, x, 503);
        return;
    }
    sio__polling_get(session, x);
    sio__session_open(session);
}

/* Somebody who was asked has answered by himself. */
static void answer_for_app(struct sio__exchange *x, const struct sio__admission_result *result)
{
    if (result->answer != NULL) {
        sio__answer_for_app(result->engine, x, result->answer);
    } else {
        SIO__COUNT(&result->worker->stats, out_of_memory);
        x->ops->destroy(x);
    }
}

static void on_admitted(struct sio__exchange *x, const struct sio__admission_result *result)
{
    struct sio__engine *engine = result->engine;
    struct sio__worker *worker = result->worker;
    int revision = sio__ask_revision(worker, x->request);

    if (result->verdict == SIO__REFUSED) {
        sio__refusal_tell(engine, worker, x->request, SIO__FORBIDDEN, sio__hint_not_allowed);
        sio__answer_forbidden(engine, x, result->message);
    } else if (result->verdict == SIO__ANSWERED) {
        answer_for_app(x, result);
    } else if (revision == 0) {
        refuse(engine, worker, x, SIO__UNSUPPORTED_PROTOCOL_VERSION, sio__hint_old_client);
    } else {
        handshake(engine, worker, x, revision);
    }
}

static void request_without_sid(struct sio__engine *engine, struct sio__worker *worker,
                                struct sio__exchange *x, const struct sio__ask *ask)
{
    if (x->request->method != SIO__GET)
        refuse(engine, worker, x, SIO__BAD_HANDSHAKE_METHOD, "a handshake is a GET");
    else if (ask->transport == SIO_WEBSOCKET)
        refuse(engine, worker, x, SIO__BAD_REQUEST,
               "a WebSocket handshake without Connection: upgrade or Upgrade: websocket: does a "
               "proxy strip them?");
    else if (!sio__origin_is_allowed(engine->config, x->request))
        refuse(engine, worker, x, SIO__FORBIDDEN, sio__hint_foreign_origin);
    else
        sio__admit_request(engine, worker, x, engine->allow.cb != NULL ? &engine->allow : NULL,
                           on_admitted);
}

static void request_of_session(struct sio__engine *engine, struct sio__session *session,
                               struct sio__exchange *x)
{
    switch (x->request->method) {
    case SIO__GET:
        sio__polling_get(session, x);
        break;
    case SIO__POST:
        sio__polling_post(session, x);
        break;
    default:
        sio__answer_empty(engine, x, 500);
        break;
    }
}

static void request_with_sid(struct sio__engine *engine, struct sio__worker *worker,
                             struct sio__exchange *x, const struct sio__ask *ask)
{
    struct sio__session *session = sio__sessions_find(&worker->sessions, sio__ask_sid(ask));

    if (session == NULL || session->engine != engine)
        refuse(engine, worker, x, SIO__UNKNOWN_SID,
               "the session has ended, or lives in another process: is sticky balancing on?");
    else if (ask->transport == SIO_WEBSOCKET || session->link != NULL)
        refuse(engine, worker, x, SIO__BAD_REQUEST, "not the session's transport");
    else if (ask->revision != session->revision)
        refuse(engine, worker, x, SIO__BAD_REQUEST, "not the session's protocol revision");
    else
        request_of_session(engine, session, x);
}

/* Preflights, and what the application's callback refuses, end here. */
static bool is_for_cors(const struct sio__engine *engine, struct sio__worker *worker,
                        struct sio__exchange *x)
{
    struct sio__fields fields = {.count = 0};

    switch (sio__cors_begin(engine->config, x->request, &fields)) {
    case SIO__CORS_PREFLIGHT:
        sio__answer_preflight(x, &fields);
        return true;
    case SIO__CORS_FAIL:
        refuse(engine, worker, x, SIO__BAD_REQUEST, "the origin callback failed");
        return true;
    default:
        return false;
    }
}

/* False: out of memory, and it has been answered. */
static bool read_request(struct sio__engine *engine, struct sio__worker *worker,
                         struct sio__exchange *x, struct sio__ask *ask)
{
    if (sio__ask_read(worker, x->request, ask))
        return true;
    SIO__COUNT(&worker->stats, out_of_memory);
    sio__answer_empty(engine, x, 503);
    return false;
}

static void check_request(struct sio__engine *engine, struct sio__worker *worker,
                          struct sio__exchange *x)
{
    struct sio__worker *home;
    struct sio__ask ask;

    if (!read_request(engine, worker, x, &ask))
        return;
    if (ask.transport == 0) {
        refuse(engine, worker, x, SIO__UNKNOWN_TRANSPORT,
               "transport is missing, unknown or switched off");
        return;
    }
    if (sio__has_bad_origin(x->request)) {
        refuse(engine, worker, x, SIO__BAD_REQUEST, "the Origin header holds illegal characters");
        return;
    }
    if (!ask.has_sid) {
        request_without_sid(engine, worker, x, &ask);
        return;
    }
    home = sio__home_of(engine, worker, sio__ask_sid(&ask));
    if (home == worker)
        request_with_sid(engine, worker, x, &ask);
    else
        sio__relay_request(engine, worker, home, x);
}

static void on_passed(struct sio__exchange *x, const struct sio__admission_result *result)
{
    if (result->verdict == SIO__REFUSED)
        refuse(result->engine, result->worker, x, SIO__BAD_REQUEST,
               result->message != NULL ? result->message : sio__hint_not_passed);
    else if (result->verdict == SIO__ANSWERED)
        answer_for_app(x, result);
    else
        check_request(result->engine, result->worker, x);
}

void sio__engine_request(struct sio__engine *engine, struct sio__worker *worker,
                         struct sio__exchange *x)
{
    if (!is_for_cors(engine, worker, x))
        sio__admit_request(engine, worker, x, engine->middlewares, on_passed);
}

void sio__engine_relayed_request(struct sio__engine *engine, struct sio__worker *worker,
                                 struct sio__exchange *x)
{
    struct sio__ask ask;

    if (read_request(engine, worker, x, &ask))
        request_with_sid(engine, worker, x, &ask);
}
