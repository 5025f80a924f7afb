/* Refusals and what is told of them, admissions, and clients of Engine.IO 3, on a fake transport.
 */
#include <stdlib.h>

#include "server/engine/id.h"
#include "tests/support/check.h"
#include "tests/support/fake_app.h"

#define OLD_WS "/socket.io/?EIO=3&transport=websocket"
#define OLD_POLLING "/socket.io/?EIO=3&transport=polling"

/* --- refusals --------------------------------------------------------------------------------- */

static char log_text[4096];
static unsigned log_lines;

static void on_log(sio_log_level level, const char *line, void *user)
{
    (void)level, (void)user;
    log_lines++;
    strncat(log_text, line, sizeof log_text - strlen(log_text) - 2);
    strcat(log_text, "\n");
}

static void with_log(sio_config *config)
{
    log_text[0] = '\0';
    log_lines = 0;
    config->log = on_log;
    config->log_level = SIO_LOG_INFO;
}

static struct {
    unsigned count[6];
    sio_admission *admission;
    const char *refuse; /* at once, with this message */
    bool is_waiting;    /* the admission is kept */
} seen;

static void on_error(const sio_connection_error *error, void *user)
{
    (void)user;
    CHECK(error->code >= 0 && error->code <= 5);
    CHECK(error->message[0] != '\0' && error->context[0] != '\0');
    CHECK(sio_request_url(error->request).len > 0);
    seen.count[error->code]++;
}

static void on_handshake(const sio_request *request, sio_admission *admission, void *user)
{
    (void)request, (void)user;
    if (seen.is_waiting)
        seen.admission = admission;
    else if (seen.refuse != NULL)
        sio_admission_refuse(admission, seen.refuse);
    else
        sio_admission_allow(admission);
}

/* Like app_start(), with hooks. */
static sio_server *start(fake_configure_fn *configure)
{
    const sio_engine_hooks hooks = {.allow_request = on_handshake, .connection_error = on_error};
    sio_server *server = fake_server_new(configure);

    memset(&app, 0, sizeof app);
    memset(&seen, 0, sizeof seen);
    CHECK(app_serve(sio_of(server, "/")));
    CHECK_EQ(sio_engine_set_hooks(server, "/nowhere", &hooks), SIO_ENOENT);
    CHECK_EQ(sio_engine_set_hooks(server, NULL, &hooks), SIO_OK);
    CHECK(fake_start(server));
    CHECK_EQ(sio_engine_set_hooks(server, NULL, &hooks), SIO_EBUSY);
    return server;
}

TEST(each_refusal_is_counted_by_its_code_and_logged_once)
{
    static const struct {
        const char *counter;
        enum sio__method method;
        const char *target;
        bool is_upgrade;
        int status;
    } refusals[] = {
        {"refused_transport_unknown", SIO__GET, "/socket.io/?EIO=4&transport=x", false, 400},
        {"refused_transport_unknown", SIO__GET, "/socket.io/?EIO=4&transport=x", true, 0},
        {"refused_session_unknown", SIO__GET, POLLING "&sid=x", false, 400},
        {"refused_session_unknown", SIO__GET, WS "&sid=x", true, 0},
        {"refused_handshake_method", SIO__POST, POLLING, false, 400},
        {"refused_bad_request", SIO__GET, WS, false, 400},
        {"refused_protocol_version", SIO__GET, OLD_POLLING, false, 400},
        {"refused_protocol_version", SIO__GET, OLD_WS, true, 0},
    };
    sio_server *server = start(with_log);

    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++) {
        uint64_t before = fake_count(server, refusals[i].counter);
        unsigned lines = log_lines;

        if (refusals[i].is_upgrade)
            CHECK(fake_ws(server, 0, refusals[i].target) == NULL);
        else
            CHECK_EQ(fake_request(server, 0, refusals[i].method, refusals[i].target)->status,
                     refusals[i].status);
        CHECK_EQ(fake_count(server, refusals[i].counter), before + 1);
        CHECK_EQ(log_lines, lines + 1);
    }
    CHECK(strstr(log_text, "allow_eio3") != NULL);
    CHECK(strstr(log_text, "proxy") != NULL);
    CHECK_EQ(seen.count[0] + seen.count[1] + seen.count[2] + seen.count[3] + seen.count[5], 8);
    fake_free(server);
}

TEST(a_flood_of_refusals_is_counted_but_hardly_logged)
{
    sio_server *server = start(with_log);

    for (int i = 0; i < 1000; i++)
        fake_get(server, 0, POLLING "&sid=x");
    CHECK_EQ(fake_count(server, "refused_session_unknown"), 1000);
    CHECK(log_lines >= 1 && log_lines <= 40);
    fake_free(server);
}

/* --- admissions ------------------------------------------------------------------------------- */

TEST(the_application_refuses_at_once)
{
    sio_server *server = start(NULL);
    struct fake_exchange *x;

    seen.refuse = "not \"you\"";
    x = fake_get(server, 0, POLLING);
    CHECK_EQ(x->status, 403);
    CHECK_STR(x->body.ptr, "{\"code\":4,\"message\":\"not \\\"you\\\"\"}");
    CHECK(fake_ws(server, 0, WS) == NULL);
    CHECK_EQ(fake_count(server, "refused_forbidden"), 2);
    CHECK_EQ(seen.count[4], 2);
    fake_free(server);
}

TEST(the_application_decides_later_on_another_thread)
{
    sio_server *server = start(NULL);
    struct fake_exchange *x;
    struct fake_link *link;

    seen.is_waiting = true;
    x = fake_get(server, 0, POLLING);
    CHECK_EQ(x->status, 0);
    fake_enter(server, -1);
    sio_admission_allow(seen.admission);
    fake_run(server);
    CHECK_EQ(x->status, 200);

    link = fake_ws(server, 0, WS);
    CHECK_STR(fake_heard(link), "");
    fake_enter(server, -1);
    sio_admission_allow(seen.admission);
    fake_run(server);
    CHECK(strncmp(fake_heard(link), "0{\"sid\":\"", 9) == 0);

    link = fake_ws(server, 0, WS);
    fake_enter(server, -1);
    sio_admission_refuse(seen.admission, "no");
    fake_run(server);
    CHECK(link->is_over);
    CHECK_EQ(link->status, 400);
    CHECK_STR(fake_heard(link), "no");
    CHECK_EQ(seen.count[4], 1);
    fake_free(server);
}

TEST(who_is_gone_before_the_decision_costs_nothing)
{
    sio_server *server = start(NULL);
    struct fake_link *link;

    seen.is_waiting = true;
    fake_gone(server, fake_get(server, 0, POLLING));
    sio_admission_allow(seen.admission);
    fake_run(server);

    link = fake_ws(server, 0, WS);
    fake_ws_closed(server, link, SIO__LINK_CLOSED);
    sio_admission_allow(seen.admission);
    fake_run(server);

    CHECK_EQ(fake_count(server, "sessions_opened"), fake_count(server, "sessions_closed"));
    fake_free(server);
}

TEST(a_decision_after_the_stop_is_ignored)
{
    sio_server *server = start(NULL);
    sio_admission *first, *second;
    struct fake_exchange *x;
    struct fake_link *link;

    seen.is_waiting = true;
    x = fake_get(server, 0, POLLING);
    first = seen.admission;
    link = fake_ws(server, 0, WS);
    second = seen.admission;
    fake_gone(server, x);
    fake_ws_closed(server, link, SIO__LINK_CLOSED);
    fake_stop(server);
    fake_enter(server, -1);
    sio_admission_allow(first);
    sio_admission_refuse(second, "late");
    fake_free(server);
}

/* --- clients of Engine.IO 3 ------------------------------------------------------------------- */

static void with_old(sio_config *config)
{
    config->allow_eio3 = true;
}

/* A WebSocket client of revision 3; its sid is written to id, what it heard is forgotten. */
static struct fake_link *join_old(sio_server *server, char id[SIO__ID_LEN + 1])
{
    struct fake_link *link = fake_ws(server, 0, OLD_WS);
    const char *heard = fake_heard(link);

    CHECK(strstr(heard, "}\n40\n") != NULL);
    snprintf(id, SIO__ID_LEN + 1, "%s", strchr(heard, ':') + 2);
    return link;
}

TEST(an_old_client_is_in_the_main_namespace_at_once)
{
    sio_server *server = app_start(with_old);
    char id[SIO__ID_LEN + 1], text[256];
    struct fake_link *a = join_old(server, id);

    CHECK_STR(app_trace(), "+/ ");
    fake_ws_text(server, a, "42[\"join\",\"r\"]");
    fake_ws_text(server, a, "42[\"echo\",1]");
    CHECK_STR(fake_heard(a), "42[\"echo\",1]\n");
    snprintf(text, sizeof text, "42[\"room\",\"%s\"]", id);
    fake_ws_text(server, a, text);
    CHECK(strstr(fake_heard(a), id) != NULL);
    fake_ws_text(server, a, "41");
    CHECK_STR(app_trace(),
              "<client namespace disconnect rooms:2> -/(client namespace disconnect) ");
    fake_free(server);
}

TEST(a_refusal_of_an_old_client_is_the_data_alone)
{
    sio_server *server = app_start(with_old);
    char id[SIO__ID_LEN + 1];
    struct fake_link *a = join_old(server, id);

    fake_ws_text(server, a, "40/guarded?refuse=1,");
    CHECK_STR(fake_heard(a), "44/guarded,{\"code\":7}\n");
    fake_ws_text(server, a, "40/guarded?early=bird,");
    CHECK_STR(fake_heard(a), "42/guarded,[\"early\",\"bird\"]\n40/guarded,\n");
    fake_ws_text(server, a, "42/guarded?early=bird,[\"echo\",1]");
    CHECK_STR(fake_heard(a), "42/guarded,[\"echo\",1]\n");
    fake_ws_text(server, a, "40/none?a=1,");
    CHECK_STR(fake_heard(a), "44/none,{\"message\":\"Invalid namespace\"}\n");
    fake_free(server);
}

TEST(an_old_client_may_wait_for_a_middleware_and_ask_again)
{
    sio_server *server = app_start(with_old);
    char id[SIO__ID_LEN + 1];
    struct fake_link *a = join_old(server, id);

    fake_ws_text(server, a, "40/guarded?wait=1,");
    CHECK_STR(fake_heard(a), "");
    fake_ws_text(server, a, "40/guarded,");
    CHECK_STR(fake_heard(a), "40/guarded,\n");
    sio_next_accept(app.next);
    fake_run(server);
    CHECK_STR(fake_heard(a), "");
    fake_free(server);
}

TEST(an_auth_of_an_old_client_is_bounded)
{
    sio_server *server = app_start(with_old);
    char id[SIO__ID_LEN + 1], *text = malloc(2100 * 4 + 64), *at = text;
    struct fake_link *a = join_old(server, id);

    at += sprintf(at, "40/guarded?");
    for (int i = 0; i < 2000; i++)
        at += sprintf(at, "a=1&");
    sprintf(at, "refuse=1,");
    fake_ws_text(server, a, text);
    CHECK_STR(fake_heard(a), "40/guarded,\n"); /* the thousandth parameter was the last */
    free(text);
    fake_free(server);
}

static void leave_at_once(sio_socket *socket, void *user)
{
    (void)user;
    sio_socket_disconnect(socket, true);
}

TEST(a_handler_may_close_an_old_client_while_its_session_opens)
{
    sio_server *server = fake_server_new(with_old);
    struct fake_link *link;
    struct fake_exchange *x;

    CHECK_EQ(sio_ns_on_connection(sio_of(server, "/"), leave_at_once, NULL), SIO_OK);
    CHECK(fake_start(server));
    link = fake_ws(server, 0, OLD_WS);
    CHECK(strstr(fake_heard(link), "}\n40\n41\n") != NULL);
    CHECK(link->is_over);
    x = fake_get(server, 0, OLD_POLLING);
    CHECK_EQ(x->status, 200);
    CHECK(strstr(x->body.ptr, "2:40") == NULL);
    fake_free(server);
}

TEST(an_old_client_must_ping)
{
    sio_server *server = app_start(with_old);
    char id[SIO__ID_LEN + 1];
    struct fake_link *a = join_old(server, id);

    fake_tick(server, 44000);
    CHECK_STR(fake_heard(a), "");
    fake_ws_text(server, a, "2x");
    CHECK_STR(fake_heard(a), "3\n");
    fake_tick(server, 44000);
    fake_ws_text(server, a, "42[\"echo\",1]");
    CHECK_STR(fake_heard(a), "42[\"echo\",1]\n");
    CHECK(!a->is_over);
    fake_tick(server, 1001);
    CHECK(a->is_over);
    CHECK(strstr(app_trace(), "ping timeout") != NULL);
    fake_free(server);
}

CHECK_MAIN(CHECK_ROW(each_refusal_is_counted_by_its_code_and_logged_once),
           CHECK_ROW(a_flood_of_refusals_is_counted_but_hardly_logged),
           CHECK_ROW(the_application_refuses_at_once),
           CHECK_ROW(the_application_decides_later_on_another_thread),
           CHECK_ROW(who_is_gone_before_the_decision_costs_nothing),
           CHECK_ROW(a_decision_after_the_stop_is_ignored),
           CHECK_ROW(an_old_client_is_in_the_main_namespace_at_once),
           CHECK_ROW(a_refusal_of_an_old_client_is_the_data_alone),
           CHECK_ROW(an_old_client_may_wait_for_a_middleware_and_ask_again),
           CHECK_ROW(an_auth_of_an_old_client_is_bounded),
           CHECK_ROW(a_handler_may_close_an_old_client_while_its_session_opens),
           CHECK_ROW(an_old_client_must_ping))
