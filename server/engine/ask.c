#include "server/engine/ask.h"

#include <string.h>

#include "protocol/http_field.h"
#include "protocol/query.h"
#include "server/server.h"

const char sio__hint_foreign_origin[] =
    "a page of another origin: cors allows some, origin_check switches this off; does a proxy "
    "change the Host header?";

const char sio__hint_not_allowed[] = "allow_request refused it";

const char sio__hint_not_passed[] = "a middleware of the engine refused it";

const char sio__hint_not_named[] = "generate_id made no id, a bad one, or one that is taken";

const char sio__hint_old_client[] =
    "an old client (socket.io-client 2 and before) or no EIO parameter: allow_eio3 lets it in";

/* False: out of memory. */
static bool read_sid(struct sio__ask *ask, struct sio__slice raw)
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

int sio__ask_revision(const struct sio__worker *worker, const struct sio__request *request)
{
    struct sio__slice value;

    if (sio__query_find_raw(request->query, SIO__SLICE("EIO"), &value) &&
        sio__query_is(value, SIO__SLICE("4")))
        return 4;
    return worker->server->config.allow_eio3 ? 3 : 0;
}

bool sio__ask_read(const struct sio__worker *worker, const struct sio__request *request,
                   struct sio__ask *ask)
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
    ask->revision = sio__ask_revision(worker, request);
    return !sio__query_find_raw(request->query, SIO__SLICE("sid"), &value) || read_sid(ask, value);
}

bool sio__has_bad_origin(const struct sio__request *request)
{
    return !sio__field_value_valid(sio__request_header(request, "origin"));
}
