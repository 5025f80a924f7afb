/* knock.c: WebSocket handshakes: who gets a 101, and what becomes of it. */
#include "protocol/query.h"
#include "server/engine/admission.h"
#include "server/engine/answers.h"
#include "server/engine/ask.h"
#include "server/engine/cors.h"
#include "server/engine/hooks.h"
#include "server/engine/naming.h"
#include "server/engine/refusal.h"
#include "server/engine/relay.h"
#include "server/server.h"

/* A handshake that is being looked at. */
struct knock {
    struct sio__engine *engine;
    struct sio__worker *worker;
    struct sio__request *request;
    struct sio__answer *refusal;
};

/* --- who is refused ------------------------------------------------------------------------ */

static enum sio__upgrade refuse(const struct knock *knock, enum sio__refusal why, const char *hint)
{
    sio__refusal_tell(knock->engine, knock->worker, knock->request, why, hint);
    sio__refuse_upgrade(knock->refusal, why);
    return SIO__UPGRADE_REFUSE;
}

static enum sio__upgrade refuse_by_middleware(const struct knock *knock, const char *message)
{
    return refuse(knock, SIO__BAD_REQUEST, message != NULL ? message : sio__hint_not_passed);
}

static enum sio__upgrade refuse_by_app(const struct knock *knock, const char *message)
{
    refuse(knock, SIO__FORBIDDEN, sio__hint_not_allowed);
    if (message != NULL)
        knock->refusal->body = sio__slice_of(message);
    return SIO__UPGRADE_REFUSE;
}

/* The connection ends without a byte. */
static enum sio__upgrade hang_up(const struct knock *knock)
{
    *knock->refusal = (struct sio__answer){.status = 0};
    return SIO__UPGRADE_REFUSE;
}

/* --- the checks, in their order ------------------------------------------------------------ */

static enum sio__upgrade check_handshake(const struct knock *knock, int revision)
{
    const struct sio__gatekeeper *keeper = &knock->engine->allow;
    const char *message;
    enum sio__verdict verdict = sio__admit_upgrade(knock->engine, knock->worker, knock->request,
                                                   keeper->cb != NULL ? keeper : NULL, &message);

    if (verdict == SIO__REFUSED)
        return refuse_by_app(knock, message);
    if (verdict != SIO__ALLOWED && verdict != SIO__UNDECIDED)
        return hang_up(knock);
    if (revision == 0)
        return refuse(knock, SIO__UNSUPPORTED_PROTOCOL_VERSION, sio__hint_old_client);
    return verdict == SIO__UNDECIDED ? SIO__UPGRADE_HOLD : SIO__UPGRADE_ACCEPT;
}

static enum sio__upgrade check_joining(const struct knock *knock, const struct sio__ask *ask)
{
    struct sio__session_fact fact =
        sio__sessions_ask(&sio__home_of(knock->engine, knock->worker, sio__ask_sid(ask))->sessions,
                          sio__ask_sid(ask));

    if (!fact.exists || fact.engine != knock->engine)
        return refuse(knock, SIO__UNKNOWN_SID,
                      "the session has ended, or lives in another process");
    if (ask->revision != fact.revision)
        return refuse(knock, SIO__BAD_REQUEST, "not the session's protocol revision");
    return SIO__UPGRADE_ACCEPT;
}

/* Everything but the middlewares. */
static enum sio__upgrade check(const struct knock *knock)
{
    const sio_config *config = knock->engine->config;
    struct sio__ask ask;

    if (!sio__ask_read(knock->worker, knock->request, &ask)) {
        SIO__COUNT(&knock->worker->stats, out_of_memory);
        return hang_up(knock);
    }
    if ((config->transports & SIO_WEBSOCKET) == 0) {
        /* The reference has no upgrade handler then: a plain request. */
        refuse(knock, SIO__UNKNOWN_TRANSPORT, "WebSocket is switched off");
        sio__fill_refusal(knock->refusal, SIO__UNKNOWN_TRANSPORT);
        return SIO__UPGRADE_REFUSE;
    }
    if (ask.transport == 0)
        return refuse(knock, SIO__UNKNOWN_TRANSPORT, "transport is missing or unknown");
    if (sio__has_bad_origin(knock->request))
        return refuse(knock, SIO__BAD_REQUEST, "the Origin header holds illegal characters");
    if (!sio__origin_is_allowed(config, knock->request))
        return refuse(knock, SIO__FORBIDDEN, sio__hint_foreign_origin);
    return ask.has_sid ? check_joining(knock, &ask) : check_handshake(knock, ask.revision);
}

static enum sio__upgrade ask_middlewares(const struct knock *knock)
{
    const char *message;

    switch (sio__admit_upgrade(knock->engine, knock->worker, knock->request,
                               knock->engine->middlewares, &message)) {
    case SIO__ALLOWED:
        return check(knock);
    case SIO__UNDECIDED:
        return SIO__UPGRADE_HOLD;
    case SIO__REFUSED:
        return refuse_by_middleware(knock, message);
    default:
        return hang_up(knock);
    }
}

/* --- the answer ---------------------------------------------------------------------------- */

/* A 101, whose headers are valid until the next call. */
static struct sio__answer accept_with(const struct sio__engine *engine,
                                      struct sio__request *request)
{
    static _Thread_local struct sio__fields fields;
    struct sio__slice sid;
    bool is_first = !sio__query_find_raw(request->query, SIO__SLICE("sid"), &sid) || sid.len == 0;

    fields.count = 0;
    sio__cors_answer(engine->config, request, &fields);
    sio__kept_headers(request, &fields);
    sio__hooks_headers(engine, request, is_first, &fields);
    return (struct sio__answer){.status = 101, .fields = fields.at, .field_count = fields.count};
}

enum sio__upgrade sio__engine_upgrade(struct sio__engine *engine, struct sio__worker *worker,
                                      struct sio__request *request, struct sio__answer *accept,
                                      struct sio__answer *refusal)
{
    const struct knock knock = {engine, worker, request, refusal};
    struct sio__fields none = {.count = 0};
    enum sio__upgrade decision;

    if (sio__cors_begin(engine->config, request, &none) == SIO__CORS_FAIL)
        return refuse(&knock, SIO__BAD_REQUEST, "the origin callback failed");
    decision = ask_middlewares(&knock);
    if (decision == SIO__UPGRADE_ACCEPT)
        *accept = accept_with(engine, request);
    return decision;
}

/* Whoever took his time has decided. */
static void on_decided(struct sio__exchange *x, const struct sio__admission_result *result)
{
    struct sio__engine *engine = result->engine;
    struct sio__answer answer;
    const struct knock knock = {engine, result->worker, x->request, &answer};
    bool is_first = result->asked != &engine->allow;
    enum sio__upgrade decision;

    if (result->verdict == SIO__REFUSED)
        decision = is_first ? refuse_by_middleware(&knock, result->message)
                            : refuse_by_app(&knock, result->message);
    else if (result->verdict == SIO__ALLOWED)
        decision = is_first ? check(&knock) : SIO__UPGRADE_ACCEPT;
    else
        decision = hang_up(&knock);
    if (decision == SIO__UPGRADE_ACCEPT)
        answer = accept_with(engine, x->request);
    if (decision == SIO__UPGRADE_HOLD)
        sio__admit_held(x, on_decided);
    else if (answer.status == 0)
        x->ops->destroy(x);
    else
        x->ops->answer(x, &answer);
}

void sio__engine_held(struct sio__exchange *x)
{
    sio__admit_held(x, on_decided);
}

/* --- the open WebSocket -------------------------------------------------------------------- */

static void end_link(struct sio__link *link)
{
    link->ops->end(link, sio__frame_close_code(0));
}

static struct sio__session *new_websocket_session(struct sio__engine *engine,
                                                  struct sio__worker *worker,
                                                  struct sio__request *request, int revision)
{
    bool is_named;
    struct sio__session *session =
        sio__named_session_new(engine, worker, request, revision, &is_named);

    if (!is_named)
        sio__refusal_tell(engine, worker, request, SIO__BAD_REQUEST, sio__hint_not_named);
    return session;
}

static void open_websocket(struct sio__engine *engine, struct sio__worker *worker,
                           struct sio__link *link, int revision)
{
    struct sio__session *session = new_websocket_session(engine, worker, link->request, revision);

    if (session != NULL && sio__websocket_take(session, link)) {
        sio__session_open(session);
        return;
    }
    if (session != NULL)
        sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
    end_link(link);
}

static void join_session(struct sio__engine *engine, struct sio__worker *worker,
                         struct sio__link *link, const struct sio__ask *ask)
{
    struct sio__session *session = sio__sessions_find(&worker->sessions, sio__ask_sid(ask));

    if (session == NULL || session->engine != engine)
        end_link(link); /* ended between the check and the 101 */
    else
        sio__upgrade_begin(session, link);
}

void sio__engine_opened(struct sio__engine *engine, struct sio__worker *worker,
                        struct sio__link *link)
{
    struct sio__worker *home;
    struct sio__ask ask;

    link->max_message_bytes = worker->server->config.max_http_buffer_size;
    if (!sio__ask_read(worker, link->request, &ask) || ask.transport != SIO_WEBSOCKET) {
        end_link(link);
        return;
    }
    if (!ask.has_sid) {
        open_websocket(engine, worker, link, ask.revision);
        return;
    }
    home = sio__home_of(engine, worker, sio__ask_sid(&ask));
    if (home == worker)
        join_session(engine, worker, link, &ask);
    else
        sio__relay_link(engine, worker, home, link);
}

void sio__engine_relayed_link(struct sio__engine *engine, struct sio__worker *worker,
                              struct sio__link *link)
{
    struct sio__ask ask;

    if (sio__ask_read(worker, link->request, &ask))
        join_session(engine, worker, link, &ask);
    else
        end_link(link);
}
