/* What the session hook of an engine is told, in order, over polling, WebSocket and upgrade. */
#include "tests/support/check.h"
#include "tests/support/fake_server.h"

static char trace[2048];

static void on_session(sio_session_event event, const sio_session_info *info, void *user)
{
    static const char *const names[] = {"open",  "packet",  "create", "flush", "drain",
                                        "probe", "upgrade", "beat",   "close"};
    size_t at = strlen(trace);

    (void)user;
    at += (size_t)snprintf(trace + at, sizeof trace - at, "%s", names[event]);
    if (info->packet_type != NULL)
        at += (size_t)snprintf(trace + at, sizeof trace - at, ":%s", info->packet_type);
    if (info->packet_type != NULL && strcmp(info->packet_type, "message") == 0)
        at += (size_t)snprintf(trace + at, sizeof trace - at, "=%.*s", (int)info->packet_data.len,
                               info->packet_data.ptr);
    if (info->reason != NULL)
        at += (size_t)snprintf(trace + at, sizeof trace - at, "=%s", info->reason);
    snprintf(trace + at, sizeof trace - at, "@%c ", info->transport[0]);
    CHECK_EQ(strlen(info->id), 20);
    CHECK_EQ(info->protocol, 4);
    CHECK_EQ(sio_request_url(info->request).ptr[0], '/');
}

static void echo(sio_conn *conn, bool binary, const char *ptr, size_t len, void *user)
{
    (void)user;
    sio_conn_send(conn, binary, ptr, len);
}

static sio_server *start(void)
{
    static const sio_engine_handlers handlers = {.message = echo};
    static const sio_engine_hooks hooks = {.session = on_session};
    sio_server *server = fake_server_new(NULL);

    trace[0] = '\0';
    CHECK_EQ(sio_engine_attach(server, "/engine.io", &handlers), SIO_OK);
    CHECK_EQ(sio_engine_set_hooks(server, "/engine.io/", &hooks), SIO_OK);
    CHECK_EQ(sio_engine_set_hooks(server, "/nothing", &hooks), SIO_ENOENT);
    CHECK(fake_start(server));
    return server;
}

static const char *take_trace(void)
{
    static char copy[sizeof trace];

    memcpy(copy, trace, sizeof copy);
    trace[0] = '\0';
    return copy;
}

TEST(a_websocket_session_is_told_from_open_to_close)
{
    sio_server *server = start();
    struct fake_link *link = fake_ws(server, 0, "/engine.io/?EIO=4&transport=websocket");

    CHECK_STR(take_trace(), "create:open@w open@w flush@w drain@w ");
    fake_ws_text(server, link, "4hi");
    CHECK_STR(take_trace(), "packet:message=hi@w create:message=hi@w flush@w drain@w ");
    fake_ws_send(server, link, true, "\x01\x02", 2);
    CHECK_STR(take_trace(), "packet:message=\x01\x02@w create:message=\x01\x02@w flush@w drain@w ");
    fake_tick(server, 25000);
    CHECK_STR(take_trace(), "create:ping@w flush@w drain@w ");
    fake_ws_text(server, link, "3");
    CHECK_STR(take_trace(), "packet:pong@w beat@w ");
    fake_ws_closed(server, link, SIO__LINK_CLOSED);
    CHECK_STR(take_trace(), "close=transport close@w ");
    fake_free(server);
}

TEST(what_a_blocked_websocket_holds_back_is_flushed_again_and_drained_once)
{
    sio_server *server = start();
    struct fake_link *link = fake_ws(server, 0, "/engine.io/?EIO=4&transport=websocket");

    take_trace();
    link->is_blocked = true;
    fake_ws_text(server, link, "4a");
    CHECK_STR(take_trace(), "packet:message=a@w create:message=a@w flush@w ");
    fake_unblock(server, link);
    CHECK_STR(take_trace(), "flush@w drain@w ");
    fake_ws_closed(server, link, SIO__LINK_ERROR);
    CHECK_STR(take_trace(), "close=transport error@w ");
    fake_free(server);
}

TEST(an_upgrade_is_told_twice_when_it_probes_and_when_it_is_done)
{
    sio_server *server = start();
    struct fake_exchange *x = fake_get(server, 0, "/engine.io/?EIO=4&transport=polling");
    struct fake_link *link;
    char target[128];

    CHECK_STR(take_trace(), "create:open@p open@p ");
    snprintf(target, sizeof target, "/engine.io/?EIO=4&transport=websocket&sid=%.20s",
             x->body.ptr + strlen("0{\"sid\":\""));
    link = fake_ws(server, 0, target);
    fake_ws_text(server, link, "2probe");
    CHECK_STR(take_trace(), "probe@p ");
    fake_ws_text(server, link, "5");
    CHECK_STR(take_trace(), "upgrade@w ");
    fake_ws_text(server, link, "4x");
    CHECK_STR(take_trace(), "packet:message=x@w create:message=x@w flush@w drain@w ");
    fake_stop(server);
    CHECK_STR(take_trace(), "close=forced close@w ");
    fake_free(server);
}

CHECK_MAIN(CHECK_ROW(a_websocket_session_is_told_from_open_to_close),
           CHECK_ROW(what_a_blocked_websocket_holds_back_is_flushed_again_and_drained_once),
           CHECK_ROW(an_upgrade_is_told_twice_when_it_probes_and_when_it_is_done))
