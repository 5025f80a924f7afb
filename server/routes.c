/* routes.c: which path is whose: the client's bundles, the engines, then everything else. */
#include "server/engine/cors.h"
#include "server/server.h"

static struct sio__engine *find_engine(const struct sio_server *server, struct sio__slice path)
{
    for (struct sio__engine *engine = server->engines; engine != NULL; engine = engine->next)
        if (sio__engine_matches(engine, path))
            return engine;
    return NULL;
}

static void answer_bundle(const struct sio_server *server, struct sio__exchange *x,
                          struct sio__file *bundle)
{
    struct sio__fields fields = {.count = 0};

    sio__cors_answer(&server->config, x->request, &fields);
    sio__web_file(x, bundle, fields.at, fields.count);
}

static void on_request(void *user, struct sio__exchange *x)
{
    struct sio__worker *worker = user;
    struct sio_server *server = worker->server;
    struct sio__engine *engine = find_engine(server, x->request->path);
    struct sio__file *bundle;

    if (engine == NULL) {
        sio__web_request(server, x);
        return;
    }
    bundle = sio__files_find(&server->bundles, x->request->path);
    if (bundle != NULL)
        answer_bundle(server, x, bundle);
    else
        sio__engine_request(engine, worker, x);
}

static enum sio__upgrade on_upgrade(void *user, struct sio__request *request,
                                    struct sio__answer *accept, struct sio__answer *refusal)
{
    struct sio__worker *worker = user;
    struct sio__engine *engine = find_engine(worker->server, request->path);

    if (engine != NULL)
        return sio__engine_upgrade(engine, worker, request, accept, refusal);
    SIO__COUNT(&worker->stats, requests_refused);
    SIO__LOG(&worker->server->log, SIO_LOG_INFO,
             "WebSocket handshake refused: its path is no engine's: does it end in '/', and does a "
             "proxy change it?");
    *refusal = (struct sio__answer){.status = 0}; /* the connection ends */
    return SIO__UPGRADE_REFUSE;
}

static void on_held(void *user, struct sio__exchange *x)
{
    (void)user;
    sio__engine_held(x);
}

static void on_opened(void *user, struct sio__link *link)
{
    struct sio__worker *worker = user;
    struct sio__engine *engine = find_engine(worker->server, link->request->path);

    sio__engine_opened(engine, worker, link);
}

const struct sio__routes sio__server_routes = {on_request, on_upgrade, on_held, on_opened};
