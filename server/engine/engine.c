#include "server/engine/engine.h"

#include <string.h>

#include "protocol/http_field.h"
#include "protocol/query.h"
#include "server/engine/admission.h"
#include "server/engine/answers.h"
#include "server/engine/cors.h"
#include "server/engine/hooks.h"
#include "server/engine/id.h"
#include "server/engine/refusal.h"
#include "server/engine/relay.h"
#include "server/server.h"

static const char foreign_origin[] =
    "a page of another origin: cors allows some, origin_check switches this off; does a proxy "
    "change the Host header?";

static const char not_allowed[] = "allow_request refused it";

static const char old_client[] =
    "an old client (socket.io-client 2 and before) or no EIO parameter: allow_eio3 lets it in";

/* What a request's query says, for the checks in the reference's order. */
struct ask {
    unsigned transport; /* SIO_POLLING, SIO_WEBSOCKET; 0: unknown or switched off */
    int revision;       /* 4, or 3 for everything else; 0: not allowed */
    bool has_sid;
    char sid[64]; /* a longer one is no id of ours; cut, so it is not found */
    size_t sid_len;
};

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

bool sio__engine_matches(const struct sio__engine *engine, struct sio__slice path)
{
    return path.len >= engine->path.len &&
           memcmp(path.ptr, engine->path.ptr, engine->path.len) == 0;
}

/* --- reading the query --------------------------------------------------------------------- */

/* False: out of memory. */
static bool read_sid(struct ask *ask, struct sio__slice raw)
{
    struct sio__buf text = SIO__BUF_INIT;
    bool is_read;

    sio__query_decode(&text, raw);
    is_read = !text.failed;
    ask->has_sid = text.len > 0;
    ask->sid_len = text.len < sizeof ask->sid ? text.len : sizeof ask->sid;
    if (ask->sid_len > 0)
        memcpy(ask->sid, text.ptr, ask->sid_len);
    sio__buf_fini(&text);
    return is_read;
}

/* False: out of memory. */
static bool read_query(const struct sio__worker *worker, const struct sio__request *request,
                       struct ask *ask)
{
    struct sio__slice value;

    memset(ask, 0, sizeof *ask);
    if (sio__query_find_raw(request->query, SIO__SLICE("transport"), &value)) {
        if (sio__query_is(value, SIO__SLICE("polling")))
            ask->transport = SIO_POLLING;
        else if (sio__query_is(value, SIO__SLICE("websocket")))
            ask->transport = SIO_WEBSOCKET;
        ask->transport &= worker->server->config.transports;
    }
    if (sio__query_find_raw(request->query, SIO__SLICE("EIO"), &value) &&
        sio__query_is(value, SIO__SLICE("4")))
        ask->revision = 4;
    else if (worker->server->config.allow_eio3)
        ask->revision = 3;
    return !sio__query_find_raw(request->query, SIO__SLICE("sid"), &value) || read_sid(ask, value);
}

static struct sio__slice sid_of(const struct ask *ask)
{
    return sio__slice_make(ask->sid, ask->sid_len);
}

static bool has_bad_origin(const struct sio__request *request)
{
    return !sio__field_value_valid(sio__request_header(request, "origin"));
}

/* The worker on which this session would live: this one for what is no id of ours. */
static struct sio__worker *home_of(struct sio__worker *worker, const struct ask *ask)
{
    int index = sio__id_worker(sid_of(ask));

    if (index < 0 || (unsigned)index >= worker->server->worker_count)
        return worker;
    return &worker->server->workers[index];
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
    struct sio__session *session = sio__session_new(engine, worker, x->request, revision);

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

static void go_on_request(struct sio__exchange *x, const struct sio__admission_result *result)
{
    struct sio__engine *engine = result->engine;
    struct sio__worker *worker = result->worker;

    if (!result->is_allowed) {
        sio__refusal_tell(engine, worker, x->request, SIO__FORBIDDEN, not_allowed);
        sio__answer_forbidden(engine, x, result->message);
    } else if (result->revision == 0) {
        refuse(engine, worker, x, SIO__UNSUPPORTED_PROTOCOL_VERSION, old_client);
    } else {
        handshake(engine, worker, x, result->revision);
    }
}

static void request_without_sid(struct sio__engine *engine, struct sio__worker *worker,
                                struct sio__exchange *x, const struct ask *ask)
{
    if (x->request->method != SIO__GET)
        refuse(engine, worker, x, SIO__BAD_HANDSHAKE_METHOD, "a handshake is a GET");
    else if (ask->transport == SIO_WEBSOCKET)
        refuse(engine, worker, x, SIO__BAD_REQUEST,
               "a WebSocket handshake without Connection: upgrade or Upgrade: websocket: does a "
               "proxy strip them?");
    else if (!sio__origin_is_allowed(engine->config, x->request))
        refuse(engine, worker, x, SIO__FORBIDDEN, foreign_origin);
    else
        sio__admit_request(engine, worker, x, ask->revision, go_on_request);
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
                             struct sio__exchange *x, const struct ask *ask)
{
    struct sio__session *session = sio__sessions_find(&worker->sessions, sid_of(ask));

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

void sio__engine_request(struct sio__engine *engine, struct sio__worker *worker,
                         struct sio__exchange *x)
{
    struct sio__worker *home;
    struct ask ask;

    if (is_for_cors(engine, worker, x))
        return;
    if (!read_query(worker, x->request, &ask)) {
        SIO__COUNT(&worker->stats, out_of_memory);
        sio__answer_empty(engine, x, 503);
        return;
    }
    if (ask.transport == 0) {
        refuse(engine, worker, x, SIO__UNKNOWN_TRANSPORT,
               "transport is missing, unknown or switched off");
        return;
    }
    if (has_bad_origin(x->request)) {
        refuse(engine, worker, x, SIO__BAD_REQUEST, "the Origin header holds illegal characters");
        return;
    }
    if (!ask.has_sid) {
        request_without_sid(engine, worker, x, &ask);
        return;
    }
    home = home_of(worker, &ask);
    if (home == worker)
        request_with_sid(engine, worker, x, &ask);
    else
        sio__relay_request(engine, worker, home, x);
}

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

static bool allow_handshake(const struct knock *knock, int revision)
{
    const char *message;
    bool is_refused = sio__admit_upgrade(knock->engine, knock->worker, knock->request, revision,
                                         &message) == SIO__REFUSED;

    if (is_refused) {
        refuse_upgrade(knock, SIO__FORBIDDEN, not_allowed);
        if (message != NULL)
            knock->refusal->body = sio__slice_of(message);
        return false;
    }
    if (revision == 0)
        return refuse_upgrade(knock, SIO__UNSUPPORTED_PROTOCOL_VERSION, old_client);
    return true;
}

static bool allow_joining(const struct knock *knock, const struct ask *ask)
{
    struct sio__session_fact fact =
        sio__sessions_ask(&home_of(knock->worker, ask)->sessions, sid_of(ask));

    if (!fact.exists || fact.engine != knock->engine)
        return refuse_upgrade(knock, SIO__UNKNOWN_SID,
                              "the session has ended, or lives in another process");
    if (ask->revision != fact.revision)
        return refuse_upgrade(knock, SIO__BAD_REQUEST, "not the session's protocol revision");
    return true;
}

static bool allow_upgrade(const struct knock *knock, const struct ask *ask)
{
    const sio_config *config = knock->engine->config;

    if ((config->transports & SIO_WEBSOCKET) == 0) {
        /* The reference has no upgrade handler then: a plain request. */
        refuse_upgrade(knock, SIO__UNKNOWN_TRANSPORT, "WebSocket is switched off");
        sio__fill_refusal(knock->refusal, SIO__UNKNOWN_TRANSPORT);
        return false;
    }
    if (ask->transport == 0)
        return refuse_upgrade(knock, SIO__UNKNOWN_TRANSPORT, "transport is missing or unknown");
    if (has_bad_origin(knock->request))
        return refuse_upgrade(knock, SIO__BAD_REQUEST,
                              "the Origin header holds illegal characters");
    if (!sio__origin_is_allowed(config, knock->request))
        return refuse_upgrade(knock, SIO__FORBIDDEN, foreign_origin);
    return ask->has_sid ? allow_joining(knock, ask) : allow_handshake(knock, ask->revision);
}

bool sio__engine_upgrade(struct sio__engine *engine, struct sio__worker *worker,
                         struct sio__request *request, struct sio__answer *accept,
                         struct sio__answer *refusal)
{
    static _Thread_local struct sio__fields fields; /* until the 101 is written */
    struct knock knock = {engine, worker, request, refusal};
    struct ask ask;

    fields.count = 0;
    if (sio__cors_begin(engine->config, request, &fields) == SIO__CORS_FAIL)
        return refuse_upgrade(&knock, SIO__BAD_REQUEST, "the origin callback failed");
    if (!read_query(worker, request, &ask)) {
        SIO__COUNT(&worker->stats, out_of_memory);
        *refusal = (struct sio__answer){.status = 0};
        return false;
    }
    if (!allow_upgrade(&knock, &ask))
        return false;
    sio__cors_answer(engine->config, request, &fields);
    sio__hooks_headers(engine, request, !ask.has_sid, &fields);
    *accept = (struct sio__answer){.status = 101, .fields = fields.at, .field_count = fields.count};
    return true;
}

static void end_link(struct sio__link *link)
{
    link->ops->end(link, sio__frame_close_code(0));
}

static void open_websocket(struct sio__engine *engine, struct sio__worker *worker,
                           struct sio__link *link, int revision)
{
    struct sio__session *session = sio__session_new(engine, worker, link->request, revision);

    if (session != NULL && sio__websocket_take(session, link)) {
        sio__session_open(session);
        return;
    }
    if (session != NULL)
        sio__session_end(session, SIO__CLOSE_TRANSPORT_ERROR);
    end_link(link);
}

static void go_on_link(struct sio__link *link, const struct sio__admission_result *result)
{
    if (result->is_allowed && result->revision != 0)
        open_websocket(result->engine, result->worker, link, result->revision);
    else
        end_link(link);
}

static void join_session(struct sio__engine *engine, struct sio__worker *worker,
                         struct sio__link *link, const struct ask *ask)
{
    struct sio__session *session = sio__sessions_find(&worker->sessions, sid_of(ask));

    if (session == NULL || session->engine != engine)
        end_link(link); /* ended between the check and the 101 */
    else
        sio__upgrade_begin(session, link);
}

void sio__engine_opened(struct sio__engine *engine, struct sio__worker *worker,
                        struct sio__link *link)
{
    struct sio__worker *home;
    struct ask ask;

    link->max_message_bytes = worker->server->config.max_http_buffer_size;
    if (!read_query(worker, link->request, &ask) || ask.transport != SIO_WEBSOCKET) {
        end_link(link);
        return;
    }
    if (!ask.has_sid) {
        if (!sio__admit_link(link, go_on_link))
            open_websocket(engine, worker, link, ask.revision);
        return;
    }
    home = home_of(worker, &ask);
    if (home == worker)
        join_session(engine, worker, link, &ask);
    else
        sio__relay_link(engine, worker, home, link);
}
