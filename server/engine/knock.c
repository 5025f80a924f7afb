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

/* --- WebSocket handshakes ------------------------------------------------------------------ */

/* A WebSocket handshake that is being looked at. */
struct knock {
    struct sio__engine *engine;
    struct sio__worker *worker;
    struct sio__request *request;
    struct sio__answer *refusal;
};

static bool refuse_upgrade(const struct knock *knock, enum sio__refusal why, const char *hint)
{
    sio__refusal_tell(knock->engine, knock->worker, knock->request, why, hint);
    sio__refuse_upgrade(knock->refusal, why);
    return false;
}

/* The connection ends without a byte. */
static bool hang_up(const struct knock *knock)
{
    *knock->refusal = (struct sio__answer){.status = 0};
    return false;
}

static bool allow_handshake(const struct knock *knock, int revision)
{
    const struct sio__gatekeeper *keeper = &knock->engine->allow;
    const char *message;

    switch (sio__admit_upgrade(knock->engine, knock->worker, knock->request,
                               keeper->cb != NULL ? keeper : NULL, &message)) {
    case SIO__REFUSED:
        refuse_upgrade(knock, SIO__FORBIDDEN, sio__hint_not_allowed);
        if (message != NULL)
            knock->refusal->body = sio__slice_of(message);
        return false;
    case SIO__ANSWERED:
    case SIO__NO_MEMORY:
        return hang_up(knock);
    default:
        break;
    }
    if (revision == 0)
        return refuse_upgrade(knock, SIO__UNSUPPORTED_PROTOCOL_VERSION, sio__hint_old_client);
    return true;
}

static bool allow_joining(const struct knock *knock, const struct sio__ask *ask)
{
    struct sio__session_fact fact =
        sio__sessions_ask(&sio__home_of(knock->engine, knock->worker, sio__ask_sid(ask))->sessions,
                          sio__ask_sid(ask));

    if (!fact.exists || fact.engine != knock->engine)
        return refuse_upgrade(knock, SIO__UNKNOWN_SID,
                              "the session has ended, or lives in another process");
    if (ask->revision != fact.revision)
        return refuse_upgrade(knock, SIO__BAD_REQUEST, "not the session's protocol revision");
    return true;
}

/* Everything but the middlewares. */
static bool allow_upgrade(const struct knock *knock)
{
    const sio_config *config = knock->engine->config;
    struct sio__ask ask;

    if (!sio__ask_read(knock->worker, knock->request, &ask)) {
        SIO__COUNT(&knock->worker->stats, out_of_memory);
        return hang_up(knock);
    }
    if ((config->transports & SIO_WEBSOCKET) == 0) {
        /* The reference has no upgrade handler then: a plain request. */
        refuse_upgrade(knock, SIO__UNKNOWN_TRANSPORT, "WebSocket is switched off");
        sio__fill_refusal(knock->refusal, SIO__UNKNOWN_TRANSPORT);
        return false;
    }
    if (ask.transport == 0)
        return refuse_upgrade(knock, SIO__UNKNOWN_TRANSPORT, "transport is missing or unknown");
    if (sio__has_bad_origin(knock->request))
        return refuse_upgrade(knock, SIO__BAD_REQUEST,
                              "the Origin header holds illegal characters");
    if (!sio__origin_is_allowed(config, knock->request))
        return refuse_upgrade(knock, SIO__FORBIDDEN, sio__hint_foreign_origin);
    return ask.has_sid ? allow_joining(knock, &ask) : allow_handshake(knock, ask.revision);
}

static bool pass_middlewares(const struct knock *knock)
{
    const char *message;

    switch (sio__admit_upgrade(knock->engine, knock->worker, knock->request,
                               knock->engine->middlewares, &message)) {
    case SIO__ALLOWED:
        return allow_upgrade(knock);
    case SIO__UNDECIDED:
        return true; /* go_on_link() sees to the rest */
    case SIO__REFUSED:
        return refuse_upgrade(knock, SIO__BAD_REQUEST,
                              message != NULL ? message : sio__hint_not_passed);
    default:
        return hang_up(knock);
    }
}

bool sio__engine_upgrade(struct sio__engine *engine, struct sio__worker *worker,
                         struct sio__request *request, struct sio__answer *accept,
                         struct sio__answer *refusal)
{
    static _Thread_local struct sio__fields fields; /* until the 101 is written */
    struct knock knock = {engine, worker, request, refusal};
    struct sio__slice sid;

    fields.count = 0;
    if (sio__cors_begin(engine->config, request, &fields) == SIO__CORS_FAIL)
        return refuse_upgrade(&knock, SIO__BAD_REQUEST, "the origin callback failed");
    if (!pass_middlewares(&knock))
        return false;
    sio__cors_answer(engine->config, request, &fields);
    sio__kept_headers(request, &fields);
    sio__hooks_headers(
        engine, request,
        !sio__query_find_raw(request->query, SIO__SLICE("sid"), &sid) || sid.len == 0, &fields);
    *accept = (struct sio__answer){.status = 101, .fields = fields.at, .field_count = fields.count};
    return true;
}

static void end_link(struct sio__link *link)
{
    link->ops->end(link, sio__frame_close_code(0));
}

static struct sio__session *new_websocket_session(struct sio__engine *engine,
                                                  struct sio__worker *worker,
                                                  struct sio__request *request, int revision)
{
    char room[SIO__SID_MAX + 1];
    const char *id;

    if (sio__name_session(engine, worker, request, room, &id))
        return sio__session_new(engine, worker, request, revision, id);
    sio__refusal_tell(engine, worker, request, SIO__BAD_REQUEST, sio__hint_not_named);
    return NULL;
}

static void open_websocket(struct sio__engine *engine, struct sio__worker *worker,
                           struct sio__link *link, int revision)
{
    struct sio__session *session = new_websocket_session(engine, worker, link->request, revision);
    const struct sio__early *early;

    if (session == NULL || !sio__websocket_take(session, link)) {
        if (session != NULL)
            sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
        end_link(link);
        return;
    }
    sio__session_open(session);
    if ((early = sio__early_find(session->request)) != NULL)
        sio__session_receive(session, early->is_binary, sio__slice_make(early->bytes, early->len));
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

/* Every check is behind it. */
static void enter(struct sio__engine *engine, struct sio__worker *worker, struct sio__link *link)
{
    struct sio__worker *home;
    struct sio__ask ask;

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

static void go_on_link(struct sio__link *link, const struct sio__admission_result *result);

/* The middlewares took their time: the checks come after the 101, and a refusal is its end. */
static void check_link(struct sio__engine *engine, struct sio__worker *worker,
                       struct sio__link *link)
{
    struct sio__answer refusal;
    const struct knock knock = {engine, worker, link->request, &refusal};

    if (!allow_upgrade(&knock))
        end_link(link);
    else if (!sio__admit_link(link, go_on_link))
        enter(engine, worker, link);
}

static void go_on_link(struct sio__link *link, const struct sio__admission_result *result)
{
    struct sio__engine *engine = result->engine;
    struct sio__worker *worker = result->worker;
    bool is_first = result->asked != &engine->allow;

    if (result->verdict == SIO__REFUSED)
        sio__refusal_tell(engine, worker, link->request,
                          is_first ? SIO__BAD_REQUEST : SIO__FORBIDDEN,
                          is_first ? sio__hint_not_passed : sio__hint_not_allowed);
    if (result->verdict != SIO__ALLOWED)
        end_link(link);
    else if (is_first)
        check_link(engine, worker, link);
    else
        enter(engine, worker, link);
}

void sio__engine_opened(struct sio__engine *engine, struct sio__worker *worker,
                        struct sio__link *link)
{
    link->max_message_bytes = worker->server->config.max_http_buffer_size;
    if (!sio__admit_link(link, go_on_link))
        enter(engine, worker, link);
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
