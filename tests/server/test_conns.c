/* What an application may know of an engine's sessions, how it reaches them, and ids of its own. */
#include "tests/support/check.h"
#include "tests/support/fake_server.h"

#define PATH "/engine.io/?EIO=4&transport="

static struct {
    sio_conn *conn; /* the last that opened */
    char id[64];    /* its */
    char trace[512];
    const char *next_id;
    bool is_binding;
    unsigned freed;
} app;

static void free_data(void *data)
{
    (void)data;
    app.freed++;
}

static void note(const char *text)
{
    strncat(app.trace, text, sizeof app.trace - strlen(app.trace) - 1);
}

static void on_open(sio_conn *conn, void *user)
{
    (void)user;
    app.conn = conn;
    snprintf(app.id, sizeof app.id, "%s", sio_conn_id(conn));
    CHECK_EQ(sio_conn_ready_state(conn), SIO_CONN_OPEN);
    if (app.is_binding)
        sio_conn_set_data(conn, &app, free_data);
}

static void on_message(sio_conn *conn, bool binary, const char *ptr, size_t len, void *user)
{
    (void)user;
    sio_conn_send(conn, binary, ptr, len);
}

static void on_close(sio_conn *conn, const char *reason, void *user)
{
    (void)user;
    CHECK_EQ(sio_conn_ready_state(conn), SIO_CONN_CLOSED);
    CHECK_EQ(sio_conn_send(conn, false, "x", 1), SIO_ECLOSED);
    if (app.is_binding)
        CHECK(sio_conn_data(conn) == &app && app.freed == 0);
    note(reason);
}

static void on_socket(sio_socket *socket, void *user)
{
    sio_conn *conn = sio_socket_conn(socket);

    (void)user;
    note("+");
    note(sio_socket_id(socket));
    app.conn = conn;
    CHECK(sio_conn_request(conn) == sio_socket_request(socket));
    CHECK_STR(sio_conn_transport(conn), sio_socket_transport(socket));
    CHECK_EQ(sio_conn_ready_state(conn), SIO_CONN_OPEN);
}

static void on_socket_left(sio_socket *socket, const char *reason, void *user)
{
    sio_str method = sio_request_url(sio_socket_request(socket));

    (void)user;
    CHECK(method.len > 0);
    note("-");
    note(reason);
}

static bool make_id(const sio_request *request, char id[SIO_SESSION_ID_SIZE], void *user)
{
    (void)user;
    CHECK(sio_request_url(request).len > 0);
    if (app.next_id == NULL)
        return false;
    memcpy(id, app.next_id, strnlen(app.next_id, SIO_SESSION_ID_SIZE));
    return true;
}

static void two_workers(sio_config *config)
{
    config->workers = 2;
    config->allow_eio3 = true;
}

static sio_server *start(bool makes_ids)
{
    static const sio_engine_handlers handlers = {
        .open = on_open, .message = on_message, .close = on_close};
    const sio_engine_hooks hooks = {.generate_id = makes_ids ? make_id : NULL};
    sio_server *server = fake_server_new(two_workers);

    memset(&app, 0, sizeof app);
    CHECK_EQ(sio_engine_attach(server, "/engine.io", &handlers), SIO_OK);
    CHECK_EQ(sio_engine_set_hooks(server, "/engine.io", &hooks), SIO_OK);
    CHECK_EQ(sio_engine_set_hooks(server, NULL, &hooks), SIO_OK);
    for (int i = 0; i < 2; i++) {
        sio_ns *ns = sio_of(server, i == 0 ? "/" : "/more");
        CHECK_EQ(sio_ns_on_connection(ns, on_socket, NULL), SIO_OK);
        CHECK_EQ(sio_ns_on_disconnect(ns, on_socket_left, NULL), SIO_OK);
    }
    CHECK(fake_start(server));
    return server;
}

static const char *target(const char *transport)
{
    static char text[256];

    snprintf(text, sizeof text, PATH "%s&sid=%s", transport, app.id);
    return text;
}

TEST(a_session_tells_of_itself)
{
    sio_server *server = start(false);
    struct fake_link *link;

    fake_get(server, 0, PATH "polling&x=1");
    CHECK_EQ(sio_conn_protocol(app.conn), 4);
    CHECK_STR(sio_conn_transport(app.conn), "polling");
    CHECK(!sio_conn_upgraded(app.conn));
    CHECK_EQ(sio_conn_address(app.conn).len, strlen("127.0.0.1"));
    CHECK_STR(sio_request_method(sio_conn_request(app.conn)), "GET");
    link = fake_ws(server, 1, target("websocket"));
    fake_ws_text(server, link, "5");
    CHECK_STR(sio_conn_transport(app.conn), "websocket");
    CHECK(sio_conn_upgraded(app.conn));
    fake_ws(server, 0, "/engine.io/?EIO=3&transport=websocket");
    CHECK_EQ(sio_conn_protocol(app.conn), 3);
    CHECK(!sio_conn_upgraded(app.conn));
    fake_free(server);
}

TEST(a_socket_knows_its_session_and_its_first_request)
{
    sio_server *server = start(false);
    struct fake_link *link = fake_ws(server, 0, "/socket.io/?EIO=4&transport=websocket");
    sio_conn *first;

    fake_ws_text(server, link, "40");
    first = app.conn;
    sio_conn_set_data(first, &app, free_data);
    fake_ws_text(server, link, "40/more,");
    CHECK(app.conn == first && sio_conn_data(app.conn) == &app);
    app.trace[0] = '\0';
    fake_ws_closed(server, link, SIO__LINK_CLOSED);
    CHECK_STR(app.trace, "-transport close-transport close");
    CHECK_EQ(app.freed, 1);
    fake_free(server);
}

TEST(a_polling_session_is_closing_until_its_queue_is_sent)
{
    sio_server *server = start(false);

    fake_get(server, 0, PATH "polling");
    fake_enter(server, 0);
    sio_conn_send(app.conn, false, "last", 4);
    sio_conn_close(app.conn, false);
    CHECK_EQ(sio_conn_ready_state(app.conn), SIO_CONN_CLOSING);
    CHECK_STR(fake_get(server, 0, target("polling"))->body.ptr, "4last");
    CHECK_STR(app.trace, "");
    CHECK_STR(fake_get(server, 0, target("polling"))->body.ptr, "6\x1e"
                                                                "1");
    CHECK_STR(app.trace, "forced close");
    fake_free(server);
}

TEST(data_of_a_session_are_freed_after_its_close_handler)
{
    sio_server *server = start(false);
    struct fake_link *link;

    app.is_binding = true;
    link = fake_ws(server, 0, PATH "websocket");
    CHECK(sio_conn_data(app.conn) == &app);
    fake_ws_closed(server, link, SIO__LINK_CLOSED);
    CHECK_STR(app.trace, "transport close");
    CHECK_EQ(app.freed, 1);
    app.freed = 0;
    fake_ws(server, 0, PATH "websocket");
    fake_enter(server, 0);
    sio_conn_set_data(app.conn, NULL, NULL);
    CHECK_EQ(app.freed, 1);
    app.is_binding = false;
    fake_free(server);
    CHECK_EQ(app.freed, 1);
}

TEST(clients_are_counted_for_each_engine)
{
    sio_server *server = start(false);
    struct fake_link *link = fake_ws(server, 0, PATH "websocket");

    fake_get(server, 1, PATH "polling");
    fake_ws(server, 1, "/socket.io/?EIO=4&transport=websocket");
    CHECK_EQ(sio_engine_clients_count(server, "/engine.io"), 2);
    CHECK_EQ(sio_engine_clients_count(server, NULL), 1);
    CHECK_EQ(sio_engine_clients_count(server, "/none"), 0);
    CHECK_EQ(sio_server_clients_count(server), 3);
    fake_ws_closed(server, link, SIO__LINK_CLOSED);
    CHECK_EQ(sio_engine_clients_count(server, "/engine.io"), 1);
    fake_stop(server);
    CHECK_EQ(sio_engine_clients_count(server, "/engine.io"), 0);
    fake_free(server);
}

TEST(a_session_is_reached_by_its_id_from_any_thread)
{
    sio_server *server = start(false);
    struct fake_link *link = fake_ws(server, 1, PATH "websocket");

    fake_heard(link);
    fake_enter(server, -1);
    CHECK_EQ(sio_engine_send(server, "/engine.io", app.id, false, "hello", 5), SIO_OK);
    CHECK_EQ(sio_engine_send(server, "/engine.io", app.id, true, "\1\2", 2), SIO_OK);
    CHECK_EQ(sio_engine_send(server, "/engine.io", app.id, false, "\xff", 1), SIO_EINVAL);
    CHECK_EQ(sio_engine_send(server, "/none", app.id, false, "x", 1), SIO_ENOENT);
    CHECK_EQ(sio_engine_send(server, NULL, app.id, false, "of another engine", 17), SIO_OK);
    CHECK_EQ(sio_engine_send(server, "/engine.io", "no id", false, "x", 1), SIO_OK);
    fake_run(server);
    CHECK_STR(fake_heard(link), "4hello\nb:0102\n");
    fake_enter(server, -1);
    CHECK_EQ(sio_engine_close(server, "/engine.io", app.id, false), SIO_OK);
    fake_run(server);
    CHECK(link->is_over);
    CHECK_EQ(sio_engine_close(server, "/engine.io", app.id, true), SIO_OK);
    CHECK_EQ(sio_engine_send(server, "/engine.io", app.id, false, "x", 1), SIO_OK);
    fake_stop(server);
    CHECK_EQ(sio_engine_send(server, "/engine.io", app.id, false, "x", 1), SIO_ECLOSED);
    fake_free(server);
}

TEST(ids_of_the_application_are_found_from_every_worker)
{
    sio_server *server = start(true);
    struct fake_exchange *x;
    struct fake_link *link;

    app.next_id = "custom-id_1.~";
    x = fake_get(server, 1, PATH "polling");
    CHECK(strncmp(x->body.ptr, "0{\"sid\":\"custom-id_1.~\",", 24) == 0);
    CHECK_EQ(fake_post(server, 0, target("polling"), "4a", 2)->status, 200);
    CHECK_STR(fake_get(server, 0, target("polling"))->body.ptr, "4a");
    link = fake_ws(server, 0, target("websocket"));
    fake_ws_text(server, link, "5");
    fake_ws_text(server, link, "4b");
    CHECK_STR(fake_heard(link), "4b\n");
    fake_enter(server, -1);
    CHECK_EQ(sio_engine_send(server, "/engine.io", app.id, false, "c", 1), SIO_OK);
    fake_run(server);
    CHECK_STR(fake_heard(link), "4c\n");

    app.next_id = "another";
    link = fake_ws(server, 0, PATH "websocket");
    CHECK(strncmp(fake_heard(link), "0{\"sid\":\"another\",", 18) == 0);
    fake_free(server);
}

TEST(an_id_that_is_taken_or_not_fit_is_refused_with_code_3)
{
    static const char *const bad[] = {
        NULL,
        "",
        "a b",
        "a/b",
        "\xc3\xa4",
        "taken",
        "0123456789012345678901234567890123456789012345678901234567890123"};
    sio_server *server = start(true);

    app.next_id = "taken";
    CHECK_EQ(fake_get(server, 1, PATH "polling")->status, 200);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fake_link *link;

        app.next_id = bad[i];
        CHECK_EQ(fake_get(server, 0, PATH "polling")->status, 400);
        link = fake_ws(server, 0, PATH "websocket");
        CHECK(link->is_over);
        CHECK_EQ(link->close_code, 0);
    }
    app.next_id = "012345678901234567890123456789012345678901234567890123456789012";
    CHECK_EQ(fake_get(server, 0, PATH "polling")->status, 200);
    CHECK_EQ(sio_server_clients_count(server), 2);
    fake_free(server);
}

TEST(an_old_clients_socket_has_the_sessions_id_of_any_length)
{
    sio_server *server = start(true);
    struct fake_link *link;

    app.next_id = "a-rather-long-id-of-the-application";
    link = fake_ws(server, 0, "/socket.io/?EIO=3&transport=websocket");
    CHECK(strstr(fake_heard(link), "\"sid\":\"a-rather-long-id-of-the-application\"") != NULL);
    CHECK_STR(app.trace, "+a-rather-long-id-of-the-application");
    fake_ws_text(server, link, "40/more,");
    CHECK_STR(app.trace, "+a-rather-long-id-of-the-application"
                         "+/more#a-rather-long-id-of-the-application");
    fake_free(server);
}

CHECK_MAIN(CHECK_ROW(a_session_tells_of_itself),
           CHECK_ROW(a_socket_knows_its_session_and_its_first_request),
           CHECK_ROW(a_polling_session_is_closing_until_its_queue_is_sent),
           CHECK_ROW(data_of_a_session_are_freed_after_its_close_handler),
           CHECK_ROW(clients_are_counted_for_each_engine),
           CHECK_ROW(a_session_is_reached_by_its_id_from_any_thread),
           CHECK_ROW(ids_of_the_application_are_found_from_every_worker),
           CHECK_ROW(an_id_that_is_taken_or_not_fit_is_refused_with_code_3),
           CHECK_ROW(an_old_clients_socket_has_the_sessions_id_of_any_length))
