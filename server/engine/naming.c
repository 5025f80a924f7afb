#include "server/engine/naming.h"

#include <string.h>

#include "server/engine/id.h"
#include "server/server.h"

/* What stands in a URL, a cookie and a JSON string as it is. */
static bool is_unreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("-._~", c) != NULL);
}

static bool is_good(const char *id)
{
    size_t len = 0;

    while (len <= SIO__SID_MAX && is_unreserved(id[len]))
        len++;
    return len > 0 && len <= SIO__SID_MAX && id[len] == '\0';
}

/* NULL: no worker has it. */
static struct sio__worker *find_home(const struct sio_server *server, struct sio__slice sid)
{
    for (unsigned i = 0; i < server->worker_count; i++)
        if (sio__sessions_ask(&server->workers[i].sessions, sid).exists)
            return &server->workers[i];
    return NULL;
}

/* From the look at all workers until the id is in a table, no other worker takes one. */
static struct sio__session *new_unless_taken(struct sio__engine *engine, struct sio__worker *worker,
                                             struct sio__request *request, int revision,
                                             const char *id, bool *is_free)
{
    struct sio_server *server = worker->server;
    struct sio__session *session = NULL;

    uv_mutex_lock(&server->naming);
    *is_free = find_home(server, sio__slice_of(id)) == NULL;
    if (*is_free)
        session = sio__session_new(engine, worker, request, revision, id);
    uv_mutex_unlock(&server->naming);
    return session;
}

struct sio__session *sio__named_session_new(struct sio__engine *engine, struct sio__worker *worker,
                                            struct sio__request *request, int revision,
                                            bool *is_named)
{
    const sio_engine_hooks *hooks = &engine->hooks;
    char id[SIO__SID_MAX + 1] = "";

    *is_named = true;
    if (hooks->generate_id == NULL)
        return sio__session_new(engine, worker, request, revision, NULL);
    if (hooks->generate_id((const sio_request *)request, id, hooks->user) && is_good(id))
        return new_unless_taken(engine, worker, request, revision, id, is_named);
    *is_named = false;
    return NULL;
}

struct sio__worker *sio__home_of(const struct sio__engine *engine, struct sio__worker *here,
                                 struct sio__slice sid)
{
    struct sio__worker *home;
    int index;

    if (engine->hooks.generate_id != NULL)
        return (home = find_home(here->server, sid)) != NULL ? home : here;
    index = sio__id_worker(sid);
    if (index < 0 || (unsigned)index >= here->server->worker_count)
        return here;
    return &here->server->workers[index];
}
