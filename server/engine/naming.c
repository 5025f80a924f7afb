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

bool sio__name_session(const struct sio__engine *engine, const struct sio__worker *worker,
                       const struct sio__request *request, char room[SIO__SID_MAX + 1],
                       const char **id)
{
    const sio_engine_hooks *hooks = &engine->hooks;

    *id = NULL;
    if (hooks->generate_id == NULL)
        return true;
    memset(room, 0, SIO__SID_MAX + 1);
    if (!hooks->generate_id((const sio_request *)request, room, hooks->user) || !is_good(room) ||
        find_home(worker->server, sio__slice_of(room)) != NULL)
        return false;
    *id = room;
    return true;
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
