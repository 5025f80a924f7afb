/* The life of Engine.IO sessions: polling, WebSocket, upgrade, heartbeat, on a fake clock. */
#include "tests/support/check.h"
#include "tests/support/fake_server.h"

#define WS "/engine.io/?EIO=4&transport=websocket"
#define POLLING "/engine.io/?EIO=4&transport=polling"
#define RS "\x1e"

static char trace[1024];

static void note(const char *what, const char *ptr, size_t len)
{
    size_t at = strlen(trace);

    snprintf(trace + at, sizeof trace - at, "%s%.*s ", what, (int)len, ptr);
}

static const char *take_trace(void)
{
    static char copy[sizeof trace];

    memcpy(copy, trace, sizeof copy);
    trace[0] = '\0';
    return copy;
}

static void on_open(sio_conn *conn, void *user)
{
    (void)conn, (void)user;
    note("open", "", 0);
}

static void on_message(sio_conn *conn, bool binary, const char *ptr, size_t len, void *user)
{
    (void)user;
    note(binary ? "b:" : "t:", ptr, len);
    if (len == 3 && memcmp(ptr, "bye", 3) == 0)
        sio_conn_close(conn, false);
    else if (len == 4 && memcmp(ptr, "kill", 4) == 0)
        sio_conn_close(conn, true);
    else
        sio_conn_send(conn, binary, ptr, len);
}

static void on_close(sio_conn *conn, const char *reason, void *user)
{
    (void)conn, (void)user;
    note("close:", reason, strlen(reason));
}

static sio_server *start(fake_configure_fn *configure)
{
    static const sio_engine_handlers handlers = {on_open, on_message, on_close, NULL};
    sio_server *server = fake_server_new(configure);

    take_trace();
    CHECK_EQ(sio_engine_attach(server, "/engine.io", &handlers), SIO_OK);
    CHECK(fake_start(server));
    return server;
}

static void two_workers(sio_config *config)
{
    config->workers = 2;
}

/* --- polling ------------------------------------------------------------------------------- */

struct poller {
    sio_server *server;
    char target[128];
    unsigned worker; /* where its requests go */
};

static struct poller handshake(sio_server *server)
{
    struct fake_exchange *x = fake_get(server, 0, POLLING);
    struct poller p = {.server = server};

    CHECK_EQ(x->status, 200);
    snprintf(p.target, sizeof p.target, POLLING "&sid=%.20s", strstr(x->body.ptr, "sid\":\"") + 6);
    return p;
}

static struct fake_exchange *poll_get(const struct poller *p)
{
    return fake_get(p->server, p->worker, p->target);
}

static struct fake_exchange *post(const struct poller *p, const char *body)
{
    return fake_post(p->server, p->worker, p->target, body, strlen(body));
}

TEST(a_handshake_tells_the_timers_and_the_upgrades)
{
    sio_server *server = start(NULL);
    struct fake_exchange *x = fake_get(server, 0, POLLING);

    CHECK_EQ(x->status, 200);
    CHECK(strncmp(x->body.ptr, "0{\"sid\":\"", 9) == 0);
    CHECK_STR(x->body.ptr + 29, "\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,"
                                "\"pingTimeout\":20000,\"maxPayload\":1000000}");
    CHECK_STR(take_trace(), "open ");
    CHECK_EQ(sio_server_clients_count(server), 1);
    fake_free(server);
    CHECK_STR(take_trace(), "close:forced close ");
}

TEST(messages_go_both_ways_over_polling)
{
    sio_server *server = start(NULL);
    struct poller p = handshake(server);
    struct fake_exchange *x = post(&p, "4a" RS "4b" RS "bAQI=");

    CHECK_EQ(x->status, 200);
    CHECK_STR(x->body.ptr, "ok");
    CHECK_STR(take_trace(), "open t:a t:b b:\1\2 ");
    CHECK_STR(poll_get(&p)->body.ptr, "4a" RS "4b" RS "bAQI=");
    x = poll_get(&p);
    CHECK_EQ(x->status, 0);
    post(&p, "4c");
    CHECK_STR(x->body.ptr, "4c");
    fake_free(server);
}

TEST(a_body_carries_sixteen_packets_at_most)
{
    sio_server *server = start(NULL);
    struct poller p = handshake(server);
    struct fake_exchange *x;
    unsigned count = 1;

    for (int i = 0; i < 20; i++)
        post(&p, "4x");
    x = poll_get(&p);
    for (size_t i = 0; i < x->body.len; i++)
        count += x->body.ptr[i] == 0x1e;
    CHECK_EQ(count, 16);
    CHECK_STR(poll_get(&p)->body.ptr, "4x" RS "4x" RS "4x" RS "4x");
    fake_free(server);
}

TEST(a_session_is_served_on_every_worker)
{
    sio_server *server = start(two_workers);
    struct poller p = handshake(server);
    struct fake_exchange *x;

    p.worker = 1;
    CHECK_STR(post(&p, "4far")->body.ptr, "ok");
    CHECK_STR(poll_get(&p)->body.ptr, "4far");
    x = poll_get(&p);
    CHECK_EQ(x->status, 0);
    p.worker = 0;
    post(&p, "4near");
    CHECK_STR(x->body.ptr, "4near");
    p.worker = 1;
    x = poll_get(&p);
    fake_gone(server, x);
    CHECK_STR(take_trace(), "open t:far t:near close:transport error ");
    CHECK_EQ(sio_server_clients_count(server), 0);
    fake_free(server);
}

TEST(a_second_get_ends_the_session)
{
    sio_server *server = start(NULL);
    struct poller p = handshake(server);
    struct fake_exchange *first = poll_get(&p), *second = poll_get(&p);

    CHECK_STR(first->body.ptr, "1");
    CHECK_EQ(second->status, 400);
    CHECK_STR(take_trace(), "open close:transport error ");
    CHECK_EQ(poll_get(&p)->status, 400);
    fake_free(server);
}

TEST(a_lost_get_ends_the_session)
{
    sio_server *server = start(NULL);
    struct poller p = handshake(server);

    fake_gone(server, poll_get(&p));
    CHECK_STR(take_trace(), "open close:transport error ");
    fake_free(server);
}

TEST(a_client_says_goodbye_over_polling)
{
    sio_server *server = start(NULL);
    struct poller p = handshake(server);
    struct fake_exchange *x = poll_get(&p);

    CHECK_STR(post(&p, "1" RS "4late")->body.ptr, "ok");
    CHECK_STR(x->body.ptr, "6");
    CHECK_STR(take_trace(), "open close:transport close ");
    fake_free(server);
}

TEST(a_packet_that_is_none_ends_the_session)
{
    sio_server *server = start(NULL);
    struct poller p = handshake(server);
    struct fake_exchange *x = poll_get(&p);

    CHECK_STR(post(&p, "4a" RS "x" RS "4b")->body.ptr, "ok");
    CHECK_STR(take_trace(), "open t:a close:parse error ");
    CHECK(x->is_over);
    fake_free(server);
}

TEST(a_body_over_the_limit_is_refused_and_the_session_lives)
{
    sio_server *server = start(NULL);
    struct poller p = handshake(server);
    char *body = malloc(1000001);

    memset(body, 'x', 1000001);
    body[0] = '4';
    CHECK_EQ(fake_post(server, 0, p.target, body, 1000001)->status, 413);
    CHECK_EQ(fake_post(server, 0, p.target, body, 1000000)->status, 200);
    CHECK_EQ(poll_get(&p)->body.len, 1000000);
    free(body);
    fake_free(server);
}

TEST(a_graceful_close_waits_for_the_next_get)
{
    sio_server *server = start(NULL);
    struct poller p = handshake(server);

    post(&p, "4last" RS "4bye");
    CHECK_STR(take_trace(), "open t:last t:bye ");
    CHECK_STR(post(&p, "4ignored")->body.ptr, "ok");
    CHECK_STR(poll_get(&p)->body.ptr, "4last");
    CHECK_STR(poll_get(&p)->body.ptr, "6" RS "1");
    CHECK_STR(take_trace(), "close:forced close ");
    fake_free(server);
}

TEST(a_graceful_close_does_not_wait_for_ever)
{
    sio_server *server = start(NULL);
    struct poller p = handshake(server);

    post(&p, "4bye");
    fake_tick(server, 29999);
    CHECK_STR(take_trace(), "open t:bye ");
    fake_tick(server, 1);
    CHECK_STR(take_trace(), "close:forced close ");
    CHECK_EQ(poll_get(&p)->status, 400);
    fake_free(server);
}

TEST(a_close_that_discards_is_immediate)
{
    sio_server *server = start(NULL);
    struct poller p = handshake(server);
    struct fake_exchange *x = poll_get(&p);

    post(&p, "4kill");
    CHECK_STR(x->body.ptr, "1");
    CHECK_STR(take_trace(), "open t:kill close:forced close ");
    fake_free(server);
}

/* --- WebSocket ----------------------------------------------------------------------------- */

TEST(messages_go_both_ways_over_a_websocket)
{
    sio_server *server = start(NULL);
    struct fake_link *a = fake_ws(server, 0, WS);

    CHECK(strstr(fake_heard(a), "\"upgrades\":[]") != NULL);
    fake_ws_text(server, a, "4a");
    fake_ws_send(server, a, true, "\1\2", 2);
    CHECK_STR(fake_heard(a), "4a\nb:0102\n");
    fake_ws_closed(server, a, SIO__LINK_CLOSED);
    CHECK_STR(take_trace(), "open t:a b:\1\2 close:transport close ");
    fake_free(server);
}

TEST(a_broken_websocket_is_a_transport_error)
{
    sio_server *server = start(NULL);

    fake_ws_closed(server, fake_ws(server, 0, WS), SIO__LINK_ERROR);
    CHECK_STR(take_trace(), "open close:transport error ");
    fake_free(server);
}

TEST(a_ping_from_the_client_is_a_transport_error)
{
    sio_server *server = start(NULL);
    struct fake_link *a = fake_ws(server, 0, WS);

    fake_ws_text(server, a, "2");
    CHECK_EQ(a->close_code, 0);
    CHECK_STR(take_trace(), "open close:transport error ");
    fake_free(server);
}

TEST(a_graceful_close_waits_for_a_slow_reader)
{
    sio_server *server = start(NULL);
    struct fake_link *a = fake_ws(server, 0, WS);

    fake_heard(a);
    a->is_blocked = true;
    fake_ws_text(server, a, "4last");
    fake_ws_text(server, a, "4bye");
    CHECK(!a->is_over);
    fake_unblock(server, a);
    CHECK_STR(fake_heard(a), "4last\n");
    CHECK(a->is_over);
    CHECK_STR(take_trace(), "open t:last t:bye close:forced close ");
    fake_free(server);
}

/* --- heartbeat ----------------------------------------------------------------------------- */

TEST(a_ping_follows_the_pong_by_the_interval)
{
    sio_server *server = start(NULL);
    struct fake_link *a = fake_ws(server, 0, WS);

    fake_heard(a);
    fake_tick(server, 24999);
    CHECK_STR(fake_heard(a), "");
    fake_tick(server, 1);
    CHECK_STR(fake_heard(a), "2\n");
    fake_tick(server, 10000);
    fake_ws_text(server, a, "3");
    fake_tick(server, 24999);
    CHECK_STR(fake_heard(a), "");
    fake_tick(server, 1);
    CHECK_STR(fake_heard(a), "2\n");
    fake_free(server);
}

TEST(a_missing_pong_ends_the_session)
{
    sio_server *server = start(NULL);
    struct fake_link *a = fake_ws(server, 0, WS);

    fake_tick(server, 44999);
    CHECK(!a->is_over);
    fake_tick(server, 1);
    CHECK(a->is_over);
    CHECK_STR(take_trace(), "open close:ping timeout ");
    fake_free(server);
}

TEST(other_packets_lengthen_the_wait_once)
{
    sio_server *server = start(NULL);
    struct fake_link *a = fake_ws(server, 0, WS);

    fake_tick(server, 35000);
    fake_ws_text(server, a, "4x");
    fake_tick(server, 15000);
    fake_ws_text(server, a, "4y");
    fake_tick(server, 4999);
    CHECK(!a->is_over);
    fake_tick(server, 1);
    CHECK(a->is_over);
    CHECK_STR(take_trace(), "open t:x t:y close:ping timeout ");
    fake_free(server);
}

/* --- upgrade ------------------------------------------------------------------------------- */

static struct fake_link *probe(const struct poller *p)
{
    char target[160];

    snprintf(target, sizeof target, WS "%s", strstr(p->target, "&sid="));
    return fake_ws(p->server, p->worker, target);
}

static void upgrade_on(unsigned worker)
{
    sio_server *server = start(two_workers);
    struct poller p = handshake(server);
    struct fake_exchange *x = poll_get(&p);
    struct fake_link *a;

    p.worker = worker;
    a = probe(&p);
    fake_ws_text(server, a, "2probe");
    CHECK_STR(fake_heard(a), "3probe\n");
    fake_tick(server, 99);
    CHECK_EQ(x->status, 0);
    fake_tick(server, 1);
    CHECK_STR(x->body.ptr, "6");
    post(&p, "4queued");
    CHECK_STR(fake_heard(a), "");
    fake_ws_text(server, a, "5");
    CHECK_STR(fake_heard(a), "4queued\n");
    fake_ws_text(server, a, "4x");
    CHECK_STR(fake_heard(a), "4x\n");
    CHECK_EQ(poll_get(&p)->status, 400);
    fake_ws_closed(server, a, SIO__LINK_CLOSED);
    CHECK_STR(take_trace(), "open t:queued t:x close:transport close ");
    fake_free(server);
}

TEST(a_session_moves_to_a_websocket)
{
    upgrade_on(0);
}

TEST(a_session_moves_to_a_websocket_on_another_worker)
{
    upgrade_on(1);
}

TEST(a_failed_probe_leaves_the_session_alone)
{
    sio_server *server = start(NULL);
    struct poller p = handshake(server);
    struct fake_link *a = probe(&p);

    fake_ws_text(server, a, "4x");
    CHECK(a->is_over);
    a = probe(&p);
    fake_ws_closed(server, a, SIO__LINK_ERROR);
    a = probe(&p);
    fake_ws_text(server, a, "2probe");
    fake_tick(server, 10000);
    CHECK(a->is_over);
    post(&p, "4x");
    CHECK_STR(poll_get(&p)->body.ptr, "4x");
    CHECK_STR(take_trace(), "open t:x ");
    fake_free(server);
}

TEST(a_session_that_ends_takes_its_probe_along)
{
    sio_server *server = start(NULL);
    struct poller p = handshake(server);
    struct fake_link *a = probe(&p);

    post(&p, "1");
    CHECK(a->is_over);
    CHECK_STR(take_trace(), "open close:transport close ");
    CHECK(probe(&p) == NULL);
    fake_free(server);
}

TEST(a_closing_session_upgrades_and_closes)
{
    sio_server *server = start(NULL);
    struct poller p = handshake(server);
    struct fake_link *a = probe(&p);

    post(&p, "4last" RS "4bye");
    fake_ws_text(server, a, "5");
    CHECK_STR(fake_heard(a), "4last\n");
    CHECK(a->is_over);
    CHECK_STR(take_trace(), "open t:last t:bye close:forced close ");
    fake_free(server);
}

/* --- refusals ------------------------------------------------------------------------------ */

TEST(wrong_requests_are_refused_with_the_codes_of_the_protocol)
{
    static const struct {
        enum sio__method method;
        const char *target, *body;
    } rows[] = {
        {SIO__GET, "/engine.io/", "{\"code\":0,\"message\":\"Transport unknown\"}"},
        {SIO__GET, "/engine.io/?EIO=4&transport=tcp",
         "{\"code\":0,\"message\":\"Transport unknown\"}"},
        {SIO__GET, POLLING "&sid=none", "{\"code\":1,\"message\":\"Session ID unknown\"}"},
        {SIO__POST, POLLING, "{\"code\":2,\"message\":\"Bad handshake method\"}"},
        {SIO__GET, WS, "{\"code\":3,\"message\":\"Bad request\"}"},
        {SIO__GET, "/engine.io/?EIO=3&transport=polling",
         "{\"code\":5,\"message\":\"Unsupported protocol version\"}"},
    };
    sio_server *server = start(NULL);

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fake_exchange *x = fake_request(server, 0, rows[i].method, rows[i].target);

        CHECK_EQ(x->status, 400);
        CHECK_STR(x->body.ptr, rows[i].body);
    }
    CHECK_EQ(fake_get(server, 0, "/other")->status, 404);
    CHECK_EQ(sio_server_clients_count(server), 0);
    fake_free(server);
}

CHECK_MAIN(CHECK_ROW(a_handshake_tells_the_timers_and_the_upgrades),
           CHECK_ROW(messages_go_both_ways_over_polling),
           CHECK_ROW(a_body_carries_sixteen_packets_at_most),
           CHECK_ROW(a_session_is_served_on_every_worker), CHECK_ROW(a_second_get_ends_the_session),
           CHECK_ROW(a_lost_get_ends_the_session), CHECK_ROW(a_client_says_goodbye_over_polling),
           CHECK_ROW(a_packet_that_is_none_ends_the_session),
           CHECK_ROW(a_body_over_the_limit_is_refused_and_the_session_lives),
           CHECK_ROW(a_graceful_close_waits_for_the_next_get),
           CHECK_ROW(a_graceful_close_does_not_wait_for_ever),
           CHECK_ROW(a_close_that_discards_is_immediate),
           CHECK_ROW(messages_go_both_ways_over_a_websocket),
           CHECK_ROW(a_broken_websocket_is_a_transport_error),
           CHECK_ROW(a_ping_from_the_client_is_a_transport_error),
           CHECK_ROW(a_graceful_close_waits_for_a_slow_reader),
           CHECK_ROW(a_ping_follows_the_pong_by_the_interval),
           CHECK_ROW(a_missing_pong_ends_the_session),
           CHECK_ROW(other_packets_lengthen_the_wait_once),
           CHECK_ROW(a_session_moves_to_a_websocket),
           CHECK_ROW(a_session_moves_to_a_websocket_on_another_worker),
           CHECK_ROW(a_failed_probe_leaves_the_session_alone),
           CHECK_ROW(a_session_that_ends_takes_its_probe_along),
           CHECK_ROW(a_closing_session_upgrades_and_closes),
           CHECK_ROW(wrong_requests_are_refused_with_the_codes_of_the_protocol))
