/* Middlewares of events that go on with other arguments. */
#include "protocol/mem.h"
#include "tests/support/check.h"
#include "tests/support/fake_app.h"

static sio_err decided;

/* What "x" goes on with; the first argument says it. */
static void change(sio_socket *socket, const sio_args *args, sio_next *next, void *user)
{
    sio_str how = app_text(args, 0), name = sio_args_event(args);

    (void)socket, (void)user;
    app_note("use:%.*s(%.*s) ", (int)name.len, name.ptr, (int)how.len, how.ptr);
    if (how.len == 4 && memcmp(how.ptr, "wait", 4) == 0) {
        app.next = next;
        return;
    }
    if (how.len == 3 && memcmp(how.ptr, "bad", 3) == 0)
        decided = sio_next_accept_with(next, "q");
    else if (how.len == 4 && memcmp(how.ptr, "none", 4) == 0)
        decided = sio_next_accept_with(next, NULL);
    else
        decided =
            sio_next_accept_with(next, "s{s:i,s:B#}", "new", "n", 7, "bytes", "\1\2\3", (size_t)3);
    if (decided != SIO_OK)
        sio_next_accept(next);
}

static void pass(sio_socket *socket, const sio_args *args, sio_next *next, void *user)
{
    sio_str first = {"", 0};

    (void)socket, (void)user;
    sio_args_raw(args, 0, &first);
    app_note("then:%zu(%.*s) ", sio_args_count(args), (int)first.len, first.ptr);
    sio_next_accept(next);
}

static bool add_middlewares(sio_ns *ns)
{
    return sio_ns_use_event(ns, change, NULL) == SIO_OK &&
           sio_ns_use_event(ns, pass, NULL) == SIO_OK;
}

static sio_server *start(void)
{
    sio_server *server;

    app_add = add_middlewares;
    server = app_start(NULL);
    app_add = NULL;
    return server;
}

TEST(those_that_follow_get_the_other_arguments_and_the_same_ack)
{
    sio_server *server = start();
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "427[\"ack\",\"old\",1,2,3]");
    CHECK_STR(app_trace(), "use:ack(old) then:2(\"new\") ");
    CHECK_STR(fake_heard(a),
              "461-7[\"new\",{\"n\":7,\"bytes\":{\"_placeholder\":true,\"num\":0}}]\n"
              "b:010203\n");
    fake_ws_text(server, a, "428[\"ack\",\"none\",1]");
    CHECK_STR(app_trace(), "use:ack(none) then:0() ");
    CHECK_STR(fake_heard(a), "438[]\n");
    fake_free(server);
}

TEST(attachments_that_came_are_gone_with_the_arguments)
{
    sio_server *server = start();
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "451-[\"echo\",\"none\",{\"_placeholder\":true,\"num\":0}]");
    fake_ws_send(server, a, true, "\4\5", 2);
    CHECK_STR(fake_heard(a), "42[\"echo\"]\n");
    fake_free(server);
}

TEST(names_stay_as_they_came)
{
    sio_server *server = start();
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "42[7,\"none\"]");
    fake_ws_text(server, a, "42[\"\\u0065cho\",\"none\"]");
    CHECK_STR(app_trace(), "use:7(none) then:0() 7 use:echo(none) then:0() ");
    CHECK_STR(fake_heard(a), "42[\"echo\"]\n");
    fake_free(server);
}

TEST(what_cannot_be_packed_is_no_decision)
{
    sio_server *server = start();
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "42[\"echo\",\"bad\"]");
    CHECK_EQ(decided, SIO_EINVAL);
    CHECK_STR(app_trace(), "use:echo(bad) then:1(\"bad\") ");
    CHECK_STR(fake_heard(a), "42[\"echo\",\"bad\"]\n");
    fake_free(server);
}

TEST(a_late_decision_may_bring_other_arguments_from_any_thread)
{
    for (int from = -1; from < 1; from++) {
        sio_server *server = start();
        struct fake_link *a = app_join(server, 0);

        fake_ws_text(server, a, "42[\"echo\",\"wait\",1]");
        fake_enter(server, from);
        CHECK_EQ(sio_next_accept_with(app.next, "i", 2), SIO_OK);
        fake_run(server);
        CHECK_STR(app_trace(), "use:echo(wait) then:1(2) ");
        CHECK_STR(fake_heard(a), "42[\"echo\",2]\n");
        fake_free(server);
    }
}

TEST(a_late_decision_for_a_client_that_left_is_ignored)
{
    sio_server *server = start();
    struct fake_link *a = app_join(server, 0);

    fake_ws_text(server, a, "42[\"echo\",\"wait\"]");
    fake_ws_closed(server, a, SIO__LINK_CLOSED);
    fake_enter(server, 0);
    CHECK_EQ(sio_next_accept_with(app.next, "i", 2), SIO_OK);
    fake_run(server);
    CHECK_STR(app_trace(), "use:echo(wait) <transport close rooms:1> -/(transport close) ");
    fake_free(server);
}

TEST(a_connection_has_no_arguments)
{
    sio_server *server = start();
    struct fake_link *a = fake_ws(server, 0, WS);

    fake_ws_text(server, a, "40/guarded,{\"wait\":1}");
    fake_enter(server, 0);
    CHECK_EQ(sio_next_accept_with(app.next, "i", 2), SIO_EINVAL);
    sio_next_refuse(app.next, "no", NULL);
    fake_run(server);
    fake_free(server);
}

/* Each allocation fails in turn: the client is closed, or what came goes on. */
TEST(without_memory_at_most_that_client_is_closed)
{
    bool is_over = false;

    for (long nth = 1; !is_over; nth++) {
        sio_server *server = start();
        struct fake_link *a = app_join(server, 0), *b = app_join(server, 0);
        const char *trace;

        sio__mem_fail_nth(nth, false);
        fake_ws_text(server, a, "42[\"echo\",\"old\"]");
        is_over = sio__mem_count() < nth;
        sio__mem_fail_nth(0, false);
        trace = app_trace();
        CHECK(a->is_over ||
              strstr(trace, decided == SIO_OK ? "then:2(\"new\") " : "then:1(\"old\") "));
        fake_ws_text(server, b, "42[\"echo\",\"none\"]");
        CHECK(strstr(fake_heard(b), "42[\"echo\"]\n") != NULL);
        fake_free(server);
    }
}

CHECK_MAIN(CHECK_ROW(those_that_follow_get_the_other_arguments_and_the_same_ack),
           CHECK_ROW(attachments_that_came_are_gone_with_the_arguments),
           CHECK_ROW(names_stay_as_they_came), CHECK_ROW(what_cannot_be_packed_is_no_decision),
           CHECK_ROW(a_late_decision_may_bring_other_arguments_from_any_thread),
           CHECK_ROW(a_late_decision_for_a_client_that_left_is_ignored),
           CHECK_ROW(a_connection_has_no_arguments),
           CHECK_ROW(without_memory_at_most_that_client_is_closed))
